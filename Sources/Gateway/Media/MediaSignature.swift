/// What the first bytes of a file say that it is. <https://mimesniff.spec.whatwg.org>, §6, and the
/// formats' own pages.
struct MediaSignature: Equatable, Sendable {
  /// The type, when nothing more exact is known.
  let type: MediaType
  /// The beginnings of other types that such bytes may be as well.
  private let others: [String]

  private init?(_ type: String, _ others: [String] = []) {
    guard let type = MediaType(type) else { return nil }
    self.type = type
    self.others = others
  }

  /// Whether a type that somebody names fits the bytes.
  func fits(_ claim: MediaType) -> Bool {
    claim == type || others.contains { claim.description.hasPrefix($0) }
  }

  /// A page.
  static let html = MediaSignature("text/html", ["application/xhtml+xml", "text/plain"])

  /// The signature of a file that begins with `head`; `nil` when it has none that is known.
  static func of(_ head: [UInt8]) -> MediaSignature? {
    for mark in marks where mark.matches(head) { return mark.signature }
    return markup(head)
  }

  /// Whether files of a type always begin with a mark that is known here.
  static func isAlwaysMarked(_ type: MediaType) -> Bool { marked.contains(type.description) }

  private static let marked: Set<String> = [
    "image/jpeg", "image/png", "image/gif", "image/webp", "application/pdf", "application/zip",
  ]

  private struct Mark: Sendable {
    let offset: Int
    let bytes: [UInt8]
    /// A second mark further on, for containers that name their content there.
    let second: (offset: Int, bytes: [UInt8])?
    let signature: MediaSignature?

    func matches(_ head: [UInt8]) -> Bool {
      Self.has(head, bytes, at: offset)
        && (second.map { Self.has(head, $0.bytes, at: $0.offset) } ?? true)
    }

    private static func has(_ head: [UInt8], _ bytes: [UInt8], at offset: Int) -> Bool {
      head.count >= offset + bytes.count && head[offset..<offset + bytes.count].elementsEqual(bytes)
    }
  }

  private static func mark(
    _ bytes: [UInt8], at offset: Int = 0, then second: (offset: Int, bytes: [UInt8])? = nil,
    _ type: String, _ others: [String] = []
  ) -> Mark {
    Mark(
      offset: offset, bytes: bytes, second: second, signature: MediaSignature(type, others))
  }

  private static func mark(
    _ text: String, at offset: Int = 0, then second: (offset: Int, text: String)? = nil,
    _ type: String, _ others: [String] = []
  ) -> Mark {
    mark(
      Array(text.utf8), at: offset, then: second.map { ($0.offset, Array($0.text.utf8)) }, type,
      others)
  }

  private static let isoMedia = ["video/", "audio/"]

  /// The first that fits counts: `RIFF` and `ftyp` hold many things.
  private static let marks: [Mark] = [
    mark([0xFF, 0xD8, 0xFF], "image/jpeg", ["image/jpg", "image/pjpeg"]),
    mark([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A], "image/png", ["image/apng"]),
    mark("GIF87a", "image/gif"), mark("GIF89a", "image/gif"),
    mark("RIFF", then: (8, "WEBP"), "image/webp"),
    mark("RIFF", then: (8, "WAVE"), "audio/wav", ["audio/x-wav", "audio/wave", "audio/vnd.wave"]),
    mark("RIFF", then: (8, "AVI "), "video/x-msvideo", ["video/"]),
    mark("ftyp", at: 4, then: (8, "avif"), "image/avif", ["image/"]),
    mark("ftyp", at: 4, then: (8, "heic"), "image/heic", ["image/"]),
    mark("ftyp", at: 4, then: (8, "mif1"), "image/heic", ["image/"]),
    mark("ftyp", at: 4, then: (8, "M4A"), "audio/mp4", isoMedia),
    mark("ftyp", at: 4, then: (8, "qt"), "video/quicktime", isoMedia),
    mark("ftyp", at: 4, then: (8, "3g"), "video/3gpp", isoMedia),
    mark("ftyp", at: 4, "video/mp4", isoMedia + ["application/mp4"]),
    mark([0x1A, 0x45, 0xDF, 0xA3], "video/webm", isoMedia),
    mark("OggS", "audio/ogg", isoMedia + ["application/ogg"]),
    mark("fLaC", "audio/flac", ["audio/"]),
    mark("#!AMR", "audio/amr", ["audio/"]),
    mark("ID3", "audio/mpeg", ["audio/"]),
    mark([0xFF, 0xFB], "audio/mpeg", ["audio/"]), mark([0xFF, 0xF3], "audio/mpeg", ["audio/"]),
    mark([0xFF, 0xF2], "audio/mpeg", ["audio/"]), mark([0xFF, 0xFA], "audio/mpeg", ["audio/"]),
    mark([0xFF, 0xF1], "audio/aac", ["audio/"]), mark([0xFF, 0xF9], "audio/aac", ["audio/"]),
    mark("%PDF-", "application/pdf", ["application/x-pdf", "application/illustrator"]),
    // Office documents, e-books, packages.
    mark([0x50, 0x4B, 0x03, 0x04], "application/zip", ["application/"]),
    mark(
      [0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1], "application/x-ole-storage",
      ["application/"]),
    // Animated stickers are gzipped JSON.
    mark([0x1F, 0x8B], "application/gzip", ["application/"]),
    mark("BEGIN:VCARD", "text/vcard", ["text/", "application/vcard"]),
    mark([0x4D, 0x5A], "application/x-msdownload", ["application/"]),
  ]

  /// What browsers take for a page or a picture that can run scripts, whatever it is called.
  private static func markup(_ head: [UInt8]) -> MediaSignature? {
    var text = head[...]
    if text.starts(with: [0xEF, 0xBB, 0xBF]) { text = text.dropFirst(3) }
    text = text.drop { $0 == 0x20 || $0 == 0x09 || $0 == 0x0A || $0 == 0x0D || $0 == 0x0C }
    let start = text.prefix(14).map { (65...90).contains($0) ? $0 + 32 : $0 }
    let begins: (String) -> Bool = { start.starts(with: Array($0.utf8)) }
    if ["<!doctype html", "<html", "<head", "<body", "<script", "<iframe", "<title"]
      .contains(where: begins)
    {
      return html
    }
    if begins("<svg") { return MediaSignature("image/svg+xml", ["text/plain", "text/xml"]) }
    if begins("<?xml") || begins("<!doctype") {
      return MediaSignature("text/xml", ["application/", "image/svg+xml", "text/"])
    }
    return nil
  }
}
