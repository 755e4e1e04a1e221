import CCurl

/// The header lines of a request, in curl's form.
struct HTTPHeaderList: ~Copyable {
  /// curl's list; it must outlive the transfer.
  private(set) var list: UnsafeMutablePointer<curl_slist>?

  /// The lines of a request to `host`.
  init(_ request: HTTPRequest, host: String) throws(TransportFailure) {
    for field in request.headers.fields {
      guard Self.isToken(field.name), !field.value.utf8.contains(where: Self.isControl) else {
        throw TransportFailure(.invalidURL, host: host, detail: "a header cannot be written")
      }
    }
    list = nil
    for field in request.headers.fields {
      // "Name:" would remove a header; "Name;" sends one without a value.
      try add(field.value.isEmpty ? "\(field.name);" : "\(field.name): \(field.value)", host)
    }
    // Neither curl's idea of a content type nor a wait for "100 Continue".
    if request.headers["content-type"] == nil { try add("Content-Type:", host) }
    if request.headers["expect"] == nil { try add("Expect:", host) }
  }

  deinit { curl_slist_free_all(list) }

  private mutating func add(_ line: String, _ host: String) throws(TransportFailure) {
    // Null when memory is out: the list so far stays, and `deinit` frees it.
    guard let longer = curl_slist_append(list, line) else {
      throw TransportFailure(.invalidURL, host: host, detail: "out of memory")
    }
    list = longer
  }

  /// Whether the text is a token of RFC 9110 §5.6.2, as names and methods are.
  static func isToken(_ text: String) -> Bool {
    !text.isEmpty
      && text.utf8.allSatisfy {
        switch $0 {
        case 48...57, 65...90, 97...122: true
        default: symbols.contains($0)
        }
      }
  }

  private static let symbols = Array("!#$%&'*+-.^_`|~".utf8)

  private static func isControl(_ byte: UInt8) -> Bool {
    byte < 0x20 && byte != 0x09 || byte == 0x7F
  }
}
