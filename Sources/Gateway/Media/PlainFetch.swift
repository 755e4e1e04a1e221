/// Fetching a file from an address that the sender gave: a plain request without credentials, and
/// each redirect another. Pure, as a provider's fetching is.
enum PlainFetch {
  /// As many as anybody needs for a file; more lead in circles.
  static let redirectsMax = 5

  /// The next request, or what came of it.
  static func next(_ source: String, after steps: [CompletedStep]) -> FetchStep {
    var address = source
    for step in steps.dropLast() {
      if case .response(let response) = step.reply, let next = target(of: response, from: address) {
        address = next
      }
    }
    guard let last = steps.last else { return request(source, 0) }
    switch last.reply {
    case .noFile(let reason): return .failed(reason: reason, isFinal: true)
    case .failure(let failure):
      return .failed(
        reason: failure.description,
        isFinal: failure.kind == .forbidden || failure.kind == .invalidURL)
    case .response(let response):
      if (200...299).contains(response.status) {
        return .done(
          contentType: response.headers.mediaType,
          fileName: FileName.inDisposition(response.headers["content-disposition"])
            ?? FileName.inAddress(address))
      }
      if let next = target(of: response, from: address) {
        if steps.count > redirectsMax {
          return .failed(reason: "more than \(redirectsMax) redirects", isFinal: true)
        }
        return request(next, steps.count)
      }
      // Refusals that waiting does not change; 408, 425 and 429 ask to come again.
      let isFinal =
        (300...499).contains(response.status) && ![408, 425, 429].contains(response.status)
      return .failed(reason: "the address answered \(response.status)", isFinal: isFinal)
    }
  }

  private static func request(_ address: String, _ number: Int) -> FetchStep {
    guard OutboundAttachment.isWebAddress(address) else {
      return .failed(reason: "the address is none on the web", isFinal: true)
    }
    return .request(
      name: number == 0 ? "get" : "redirect \(number)",
      HTTPRequest(method: "GET", target: address, headers: ["Accept": "*/*"]), isFile: true)
  }

  private static func target(of response: HTTPResponse, from address: String) -> String? {
    guard [301, 302, 303, 307, 308].contains(response.status),
      let location = response.headers["location"]?.trimmed, !location.isEmpty
    else { return nil }
    return resolve(location, from: address)
  }

  /// An address that is given relative to another, RFC 3986 §5.2.
  static func resolve(_ reference: String, from base: String) -> String {
    let reference = String(reference.prefix { $0 != "#" })
    let lower = reference.lowercased()
    if lower.hasPrefix("http://") { return "http://" + reference.dropFirst(7) }
    if lower.hasPrefix("https://") { return "https://" + reference.dropFirst(8) }
    let scheme = base.hasPrefix("https:") ? "https:" : "http:"
    if reference.hasPrefix("//") { return scheme + reference }
    let rest = base.dropFirst(scheme.count + 2).prefix { $0 != "?" && $0 != "#" }
    let host = rest.prefix { $0 != "/" }
    if reference.hasPrefix("/") { return "\(scheme)//\(host)\(reference)" }
    let path = rest.dropFirst(host.count)
    if reference.hasPrefix("?") {
      return "\(scheme)//\(host)\(path.isEmpty ? "/" : path)\(reference)"
    }
    let folder = path.lastIndex(of: "/").map { path[...$0] } ?? "/"
    return "\(scheme)//\(host)\(folder)\(reference)"
  }
}
