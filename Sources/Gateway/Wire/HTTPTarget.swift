import CCurl

/// What of a request's URL is needed beside the URL itself.
struct HTTPTarget {
  /// The host name in lower case, or the address; IPv6 in brackets.
  let host: String
  /// The port, named or the scheme's.
  let port: String
  /// Whether it is `https`.
  let isSecure: Bool
  /// Whether a name or password stands before the host.
  let hasUser: Bool

  /// `name:port`, for the sentences of failures: they must not show the path.
  var place: String { "\(host):\(port)" }

  /// Reads an absolute `http` or `https` URL.
  init(_ text: String) throws(TransportFailure) {
    guard let url = curl_url() else { throw TransportFailure(.invalidURL, host: "URL") }
    defer { curl_url_cleanup(url) }
    func part(_ part: CURLUPart) -> String? {
      var text: UnsafeMutablePointer<CChar>?
      guard curl_url_get(url, part, &text, UInt32(CURLU_DEFAULT_PORT)) == CURLUE_OK, let text else {
        return nil
      }
      defer { curl_free(text) }
      return String(cString: text)
    }
    guard !text.utf8.contains(where: { $0 <= 0x20 || $0 == 0x7F }),
      curl_url_set(url, CURLUPART_URL, text, 0) == CURLUE_OK,
      let scheme = part(CURLUPART_SCHEME), scheme == "http" || scheme == "https",
      let host = part(CURLUPART_HOST), !host.isEmpty, let port = part(CURLUPART_PORT)
    else { throw TransportFailure(.invalidURL, host: "URL", detail: "not an http or https URL") }
    self.host = host.lowercased()
    self.port = port
    isSecure = scheme == "https"
    hasUser = part(CURLUPART_USER) != nil || part(CURLUPART_PASSWORD) != nil
  }
}
