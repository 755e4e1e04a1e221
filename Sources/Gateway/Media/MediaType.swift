/// A media type without parameters, lower case, such as `image/jpeg`.
package struct MediaType: Hashable, Sendable, CustomStringConvertible {
  /// The type as written.
  package let description: String

  /// Longer than any registered one (RFC 6838 allows 127 for each half).
  private static let lengthMax = 127

  /// Reads a `Content-Type`; `nil` for what is none. Parameters are dropped.
  package init?(_ text: String?) {
    guard let text else { return nil }
    let type = text.prefix { $0 != ";" && $0 != "," }.trimmed.lowercased()
    let halves = type.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
    guard type.utf8.count <= Self.lengthMax, halves.count == 2,
      halves.allSatisfy({ !$0.isEmpty && $0.allSatisfy(Self.isTokenByte) })
    else { return nil }
    description = type
  }

  private init(known text: StaticString) { description = "\(text)" }

  /// Bytes of which nothing more is known.
  package static let bytes = MediaType(known: "application/octet-stream")

  /// Whether it says nothing.
  var isGeneric: Bool {
    ["application/octet-stream", "binary/octet-stream", "application/unknown", "unknown/unknown"]
      .contains(description)
  }

  /// Whether it is what errors and log-in pages are written in.
  var isPage: Bool {
    ["text/html", "application/xhtml+xml", "application/json", "application/problem+json"]
      .contains(description)
  }

  /// Whether a browser would run what is in it, under our name.
  package var isActive: Bool {
    if description.hasSuffix("+xml") || description.hasPrefix("multipart/")
      || description.hasPrefix("message/") || description.hasPrefix("model/")
    {
      return true
    }
    return Self.active.contains(description) || description.contains("script")
  }

  /// Whether a browser may show it in place: it has no way to run anything.
  package var isShown: Bool { Self.shown.contains(description) }

  private static let active: Set<String> = [
    "text/html", "text/xml", "application/xml", "text/xsl", "text/css", "application/xhtml+xml",
    "application/x-shockwave-flash", "application/wasm", "application/java-archive",
    "text/cache-manifest", "application/hta", "application/x-msdownload",
  ]

  private static let shown: Set<String> = [
    "image/jpeg", "image/png", "image/gif", "image/webp", "image/avif", "image/heic", "image/bmp",
    "video/mp4", "video/webm", "video/3gpp", "video/quicktime", "video/ogg",
    "audio/mpeg", "audio/mp4", "audio/aac", "audio/ogg", "audio/opus", "audio/amr", "audio/wav",
    "audio/webm", "audio/flac", "audio/x-m4a", "audio/3gpp", "application/pdf", "text/plain",
  ]

  /// RFC 9110 §5.6.2, without what nobody registers.
  private static func isTokenByte(_ byte: UInt8) -> Bool {
    switch byte {
    case 48...57, 97...122: true
    case UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "+"), UInt8(ascii: "_"),
      UInt8(ascii: "!"), UInt8(ascii: "#"), UInt8(ascii: "$"), UInt8(ascii: "&"),
      UInt8(ascii: "^"):
      true
    default: false
    }
  }
}

extension MediaType {
  /// The type under which to keep a file; `nil` when it is not the file but a page in place of it,
  /// as sites send with status 200 when something is wrong.
  ///
  /// What the bytes are counts more than what anybody says of them.
  package static func settled(
    kind: AttachmentKind, expected: String?, answered: [String?], head: [UInt8]
  ) -> MediaType? {
    let wanted = MediaType(expected)
    let claims = ([wanted] + answered.map { MediaType($0) }).compactMap(\.self)
    let found = MediaSignature.of(head)
    let saidPage = answered.contains { MediaType($0)?.isPage == true } && wanted?.isPage != true
    let looksLikePage = found == .html && wanted?.description.hasPrefix("text/") != true
    if saidPage || looksLikePage {
      // A document of which nobody said what it is may well be a page.
      guard kind == .document || kind == .other, wanted == nil, !saidPage else { return nil }
    }
    let claim = claims.first { !$0.isGeneric }
    guard let found else {
      // It says that it is something which always begins with a mark, and has none.
      guard let claim, !MediaSignature.isAlwaysMarked(claim) else { return .bytes }
      return claim
    }
    guard let claim, found.fits(claim) else { return found.type }
    return claim
  }

  /// Whether bytes may be what somebody says they are: nothing in them speaks against it.
  package static func isPlausible(_ claim: MediaType, head: [UInt8]) -> Bool {
    guard let found = MediaSignature.of(head) else { return true }
    return claim.isGeneric || found.fits(claim)
  }
}
