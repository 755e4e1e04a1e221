/// Files of inbound messages on Instagram and Messenger: the webhook has an address that is signed
/// itself, and good for a while. It is asked without the channel's token, and only at Meta's own
/// servers: also where they lead on to.
struct MetaFetch: Sendable {
  /// Where the settings say that the API is: its files may be there, too.
  let baseURL: String

  /// The most hops to a file; one is usual.
  static let redirectsMax = 3

  /// The next request for a file, or what came of it.
  func next(_ file: AttachmentReference, after steps: [CompletedStep]) -> FetchStep {
    guard file.isFetchable, isMetas(file.source) else {
      return .failed(reason: "The file's address is not one of Meta's.", isFinal: true)
    }
    guard let last = steps.last else { return Self.request(file.source) }
    switch last.reply {
    case .noFile(let reason): return .failed(reason: reason, isFinal: true)
    case .failure(let failure):
      let isFinal = [.tooLarge, .forbidden, .invalidURL].contains(failure.kind)
      return .failed(reason: failure.description, isFinal: isFinal)
    case .response(let response):
      switch response.status {
      case 200...299: return Self.done(response, file)
      case 301, 302, 303, 307, 308: return redirected(file, steps)
      case 403, 404, 410:
        return .failed(
          reason: "The file's address has expired (\(response.status)).", isFinal: true)
      default:
        let mayPass = response.status >= 500 || [401, 408, 425, 429].contains(response.status)
        return .failed(
          reason: "Meta answered with status \(response.status) for the file.", isFinal: !mayPass)
      }
    }
  }

  /// Follows the redirects so far from the file's address on.
  private func redirected(_ file: AttachmentReference, _ steps: [CompletedStep]) -> FetchStep {
    guard steps.count <= Self.redirectsMax else {
      return .failed(reason: "There are more than \(Self.redirectsMax) redirects.", isFinal: true)
    }
    var address = file.source
    for step in steps {
      guard case .response(let response) = step.reply,
        let location = response.headers["location"]?.trimmed
      else { return .failed(reason: "A redirect leads nowhere.", isFinal: true) }
      // Meta leads to another host, or to another path of the same one.
      let isPath = location.hasPrefix("/") && !location.hasPrefix("//")
      address = isPath ? Self.origin(address) + location : location
    }
    guard isMetas(address) else {
      return .failed(reason: "A redirect leads away from Meta.", isFinal: true)
    }
    return Self.request(address)
  }

  private static func request(_ address: String) -> FetchStep {
    // Some of these servers refuse whoever does not say what they are.
    .request(
      name: "file",
      HTTPRequest(
        method: "GET", target: address,
        headers: ["Accept": "*/*", "User-Agent": "Trunkline/\(Version.current)"]), isFile: true)
  }

  private static func done(_ response: HTTPResponse, _ file: AttachmentReference) -> FetchStep {
    let stated = response.headers.mediaType
    let isVague = stated == nil || stated == "" || stated == "application/octet-stream"
    return .done(
      contentType: isVague ? file.contentType ?? stated : stated, fileName: file.fileName)
  }

  /// Whether an address is one of Meta's own over https, or one where the settings say that the API
  /// is.
  func isMetas(_ address: String) -> Bool {
    guard OutboundAttachment.isWebAddress(address) else { return false }
    if address.utf8.starts(with: "\(Self.origin(baseURL))/".utf8) { return true }
    let prefix = "https://"
    guard address.hasPrefix(prefix) else { return false }
    var host = address.dropFirst(prefix.count).prefix { !"/?#".contains($0) }.lowercased()
    if host.hasSuffix(":443") { host.removeLast(4) }
    // Also no user before an @ and no other port: neither is in a name.
    guard host.utf8.allSatisfy({ Self.isOfName($0) }) else { return false }
    return Self.domains.contains { host == $0 || host.hasSuffix(".\($0)") }
  }

  private static let domains = [
    "cdninstagram.com", "facebook.com", "fbcdn.net", "fbsbx.com", "instagram.com",
  ]

  private static func isOfName(_ byte: UInt8) -> Bool {
    (97...122).contains(byte) || (48...57).contains(byte) || byte == UInt8(ascii: "-")
      || byte == UInt8(ascii: ".")
  }

  /// Scheme, host and port of a URL.
  private static func origin(_ url: String) -> String {
    let words = url.split(separator: "/", maxSplits: 3, omittingEmptySubsequences: false)
    return words.prefix(3).joined(separator: "/")
  }
}
