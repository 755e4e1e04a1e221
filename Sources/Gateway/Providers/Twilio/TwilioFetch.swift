// Files of messages and recordings of calls:
// <https://www.twilio.com/docs/messaging/guides/webhook-request>, autumn 2026. The address leads by
// redirects to storage that is somebody else's and signs its own addresses.

extension Twilio: MediaFetching {
  /// The most hops to a file; two are usual.
  static let redirectsMax = 5

  /// The first request has the credentials if it is for just this file at Twilio; none behind a
  /// redirect ever has them.
  package func nextFetch(
    _ file: AttachmentReference, messageID: String, after steps: [CompletedStep]
  ) -> FetchStep {
    guard let last = steps.last else {
      guard let address = TwilioFileAddress(file.source) else {
        return .failed(reason: "the file's address is no web address", isFinal: true)
      }
      var request = HTTPRequest(method: "GET", target: address.text)
      if let authorization = api.authorization, isOurs(file, messageID) {
        request.headers.add("Authorization", authorization)
      }
      return .request(name: "file", request, isFile: true)
    }
    switch last.reply {
    case .noFile(let reason): return .failed(reason: reason, isFinal: true)
    case .failure(let failure):
      let isFinal = [.tooLarge, .forbidden, .invalidURL].contains(failure.kind)
      return .failed(reason: failure.description, isFinal: isFinal)
    case .response(let response):
      switch response.status {
      case 200...299: return Self.done(response, file)
      case 301, 302, 303, 307, 308: return redirected(file, steps)
      // Right after the webhook a file may not be there yet.
      case 404: return .failed(reason: "not there, or not yet (404)", isFinal: false)
      case 401, 403:
        return .failed(
          reason: "credentials not accepted (\(response.status)): check auth_token, or api_key_sid "
            + "and api_key_secret", isFinal: false)
      case 408, 429, 500...599:
        return .failed(reason: "answered with \(response.status)", isFinal: false)
      default: return .failed(reason: "answered with \(response.status)", isFinal: true)
      }
    }
  }

  /// Whether the address is one of Twilio's for this very file of our account: whoever could make
  /// us fetch another would be given the account's credentials.
  private func isOurs(_ file: AttachmentReference, _ messageID: String) -> Bool {
    [api.baseURL, TwilioAPI.defaultURL].contains { base in
      let account = base + api.accountPath
      if let rest = Self.rest(of: file.source, behind: "\(account)/Messages/\(messageID)/Media/") {
        return !messageID.isEmpty && Self.isName(rest)
      }
      guard let rest = Self.rest(of: file.source, behind: "\(account)/Recordings/") else {
        return false
      }
      let name = rest.prefix { $0 != "." }
      let ending = rest.dropFirst(name.count)
      return Self.isName(name) && ["", ".mp3", ".wav"].contains(String(ending))
        && file.providerID == String(name)
    }
  }

  /// By bytes: Swift would take letters for the same that are spelt differently.
  private static func rest(of text: String, behind prefix: String) -> Substring? {
    guard text.utf8.starts(with: prefix.utf8) else { return nil }
    return Substring(text.utf8.dropFirst(prefix.utf8.count))
  }

  /// Letters and digits: no further path, query or step upwards.
  private static func isName(_ text: Substring) -> Bool {
    !text.isEmpty
      && text.utf8.allSatisfy {
        (48...57).contains($0) || (65...90).contains($0) || (97...122).contains($0)
      }
  }

  /// Follows the redirects so far from the file's address on.
  private func redirected(_ file: AttachmentReference, _ steps: [CompletedStep]) -> FetchStep {
    guard steps.count <= Self.redirectsMax else {
      return .failed(reason: "more than \(Self.redirectsMax) redirects", isFinal: true)
    }
    var address = TwilioFileAddress(file.source)
    let isSafe = address?.isEncrypted ?? false
    for step in steps {
      guard case .response(let response) = step.reply,
        let location = response.headers["location"], let next = address?.following(location)
      else { return .failed(reason: "a redirect to no web address", isFinal: true) }
      address = next
    }
    guard let address, address.isEncrypted || !isSafe else {
      return .failed(reason: "a redirect from https to http", isFinal: true)
    }
    return .request(
      name: "file", HTTPRequest(method: "GET", target: address.text), isFile: true)
  }

  private static func done(_ response: HTTPResponse, _ file: AttachmentReference) -> FetchStep {
    // Storage that was told no type says so with these.
    let vague = ["application/octet-stream", "binary/octet-stream"]
    let type = response.headers.mediaType.flatMap { $0.isEmpty || vague.contains($0) ? nil : $0 }
    return .done(
      contentType: type ?? file.contentType ?? response.headers.mediaType,
      fileName: response.headers["content-disposition"].flatMap { TwilioFileName($0)?.text })
  }
}

/// A web address, with just as much of RFC 3986 as redirects need.
struct TwilioFileAddress: Equatable {
  /// The whole address without a fragment.
  let text: String
  private let originLength: Int

  /// `nil` for what is no http or https address with a host, or holds a user.
  init?(_ text: String) {
    let text = String(text.prefix { $0 != "#" })
    guard OutboundAttachment.isWebAddress(text), let scheme = text.firstRange(of: "://") else {
      return nil
    }
    let host = text[scheme.upperBound...].prefix { $0 != "/" && $0 != "?" }
    guard !host.isEmpty, !host.contains("@") else { return nil }
    self.text = text
    originLength = text.utf8.distance(from: text.startIndex, to: host.endIndex)
  }

  /// Whether it is https.
  var isEncrypted: Bool { text.hasPrefix("https://") }

  /// Where `Location` leads from here: RFC 3986 §5.2. Dot segments are left to the server.
  func following(_ location: String) -> TwilioFileAddress? {
    let location = location.trimmed
    if location.isEmpty { return nil }
    let origin = String(decoding: text.utf8.prefix(originLength), as: UTF8.self)
    if location.hasPrefix("//") {
      return TwilioFileAddress((isEncrypted ? "https:" : "http:") + location)
    }
    if location.hasPrefix("/") { return TwilioFileAddress(origin + location) }
    if let lowered = Self.schemeLowered(location) { return TwilioFileAddress(lowered) }
    let path = text.utf8.dropFirst(originLength).prefix { $0 != UInt8(ascii: "?") }
    if location.hasPrefix("?") {
      return TwilioFileAddress(
        origin + (Substring(path).isEmpty ? "/" : Substring(path)) + location)
    }
    let folder = Substring(path).lastIndex(of: "/").map { Substring(path)[...$0] } ?? "/"
    return TwilioFileAddress(origin + folder + location)
  }

  /// The address with its scheme in lower case; `nil` for one without a scheme.
  private static func schemeLowered(_ location: String) -> String? {
    guard let colon = location.firstIndex(of: ":"),
      location[..<colon].allSatisfy({ $0.isLetter || $0.isNumber || "+-.".contains($0) })
    else { return nil }
    return location[..<colon].lowercased() + location[colon...]
  }
}
