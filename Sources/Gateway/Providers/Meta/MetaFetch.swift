/// Files of inbound messages on Instagram and Messenger: the webhook has an address that is signed
/// itself, and good for a while. It is asked without the channel's token, and only at Meta's own
/// servers: also where they lead on to.
struct MetaFetch: Sendable {
  /// Where the settings say that the API is: its files may be there, too.
  let baseURL: String

  private var addresses: MetaAddresses {
    MetaAddresses(
      domains: ["cdninstagram.com", "facebook.com", "fbcdn.net", "fbsbx.com", "instagram.com"],
      baseURL: baseURL)
  }

  /// The most hops to a file; one is usual.
  static let redirectsMax = 3

  /// The next request for a file, or what came of it.
  func next(_ file: AttachmentReference, after steps: [CompletedStep]) -> FetchStep {
    guard file.isFetchable, addresses.holds(file.source) else {
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
      address = isPath ? MetaAddresses.origin(address) + location : location
    }
    guard addresses.holds(address) else {
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
}
