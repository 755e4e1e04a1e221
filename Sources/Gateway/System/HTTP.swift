/// HTTP header fields in order. Names compare without case, as RFC 9110 §5.1 says.
package struct HTTPHeaders: Equatable, Sendable, ExpressibleByDictionaryLiteral {
  /// One field.
  package struct Field: Equatable, Sendable {
    /// The name as it was written.
    package let name: String
    /// The value without outer white space.
    package let value: String
  }

  /// The fields in order, repeats kept.
  package private(set) var fields: [Field]

  /// No fields.
  package init() { fields = [] }

  /// Fields in the order written.
  package init(dictionaryLiteral elements: (String, String)...) {
    fields = elements.map { Field(name: $0.0, value: $0.1) }
  }

  /// Adds a field behind the others.
  package mutating func add(_ name: String, _ value: String) {
    fields.append(Field(name: name, value: value))
  }

  /// The value of `name`; repeated fields are joined with a comma, as a proxy would.
  package subscript(name: String) -> String? {
    var joined: String?
    for field in fields where Self.sameName(field.name, name) {
      joined = joined.map { "\($0), \(field.value)" } ?? field.value
    }
    return joined
  }

  /// The media type of `Content-Type`, lower case, without parameters.
  package var mediaType: String? {
    self["content-type"]?.prefix { $0 != ";" }.lowercased().trimmed
  }

  /// Whether two field names are the same.
  package static func sameName(_ left: String, _ right: String) -> Bool {
    left.utf8.count == right.utf8.count
      && zip(left.utf8, right.utf8).allSatisfy { lower($0) == lower($1) }
  }

  private static func lower(_ byte: UInt8) -> UInt8 {
    (65...90).contains(byte) ? byte + 32 : byte
  }
}

/// A request as it stood on the wire, ours or a stranger's.
package struct HTTPRequest: Equatable, Sendable {
  /// The method, upper case.
  package var method: String
  /// The request target byte for byte: path and query, or a whole URL for requests we send.
  package var target: String
  /// The header fields.
  package var headers: HTTPHeaders
  /// The body, empty for none.
  package var body: [UInt8]

  /// A request.
  package init(method: String, target: String, headers: HTTPHeaders = [:], body: [UInt8] = []) {
    self.method = method
    self.target = target
    self.headers = headers
    self.body = body
  }

  /// The target up to the question mark.
  package var path: Substring { target.prefix { $0 != "?" } }

  /// The target after the question mark, byte for byte; empty without one.
  package var query: Substring {
    guard let mark = target.firstIndex(of: "?") else { return "" }
    return target[target.index(after: mark)...]
  }
}

/// A response, ours or a stranger's.
package struct HTTPResponse: Equatable, Sendable {
  /// The status code, 100 to 599.
  package var status: Int
  /// The header fields.
  package var headers: HTTPHeaders
  /// The body, empty for none.
  package var body: [UInt8]
  /// A stretch of a file to send as the body; then `body` is empty.
  package var file: FileSlice?

  /// A response.
  package init(status: Int, headers: HTTPHeaders = [:], body: [UInt8] = []) {
    self.status = status
    self.headers = headers
    self.body = body
  }

  /// A response with a stretch of a file as its body.
  package init(status: Int, headers: HTTPHeaders, file: FileSlice) {
    self.init(status: status, headers: headers)
    self.file = file
  }

  /// A response with a text body.
  package init(status: Int, contentType: String, body: String) {
    self.init(status: status, headers: ["Content-Type": contentType], body: Array(body.utf8))
  }
}

/// A stretch of a file on the disk, sent without being held in memory.
package struct FileSlice: Equatable, Sendable {
  /// Where the file is.
  package let path: String
  /// Where the stretch begins.
  package let offset: Int64
  /// How many bytes it has.
  package let length: Int64

  /// A stretch.
  package init(path: String, offset: Int64, length: Int64) {
    self.path = path
    self.offset = offset
    self.length = length
  }
}

extension HTTPRequest {
  /// Reads a request from a file that holds it as on the wire; lines may end in LF alone, and the
  /// body is everything after the blank line.
  package init?(wire bytes: [UInt8]) {
    guard let head = HTTPHead(bytes) else { return nil }
    let words = head.startLine.split(separator: " ", omittingEmptySubsequences: false)
    guard words.count == 3, words[2].hasPrefix("HTTP/") else { return nil }
    self.init(
      method: String(words[0]), target: String(words[1]), headers: head.headers, body: head.body)
  }

  /// The request as on the wire.
  package var wire: [UInt8] {
    HTTPHead.wire("\(method) \(target) HTTP/1.1", headers, body)
  }
}

extension HTTPResponse {
  /// Reads a response from a file that holds it as on the wire.
  package init?(wire bytes: [UInt8]) {
    guard let head = HTTPHead(bytes) else { return nil }
    let words = head.startLine.split(separator: " ")
    guard words.count >= 2, words[0].hasPrefix("HTTP/"), let status = Int(words[1]),
      (100...599).contains(status)
    else { return nil }
    self.init(status: status, headers: head.headers, body: head.body)
  }

  /// The response as on the wire.
  package var wire: [UInt8] {
    HTTPHead.wire("HTTP/1.1 \(status) \(HTTPStatus.reason(status))", headers, body)
  }
}

/// The reason phrases of RFC 9110 §15.
package enum HTTPStatus {
  /// The phrase for `status`, "Unknown" when it has none.
  package static func reason(_ status: Int) -> String { reasons[status] ?? "Unknown" }

  private static let reasons: [Int: String] = [
    200: "OK", 201: "Created", 202: "Accepted", 204: "No Content", 206: "Partial Content",
    304: "Not Modified", 400: "Bad Request", 401: "Unauthorized", 403: "Forbidden",
    404: "Not Found", 405: "Method Not Allowed", 408: "Request Timeout", 409: "Conflict",
    410: "Gone", 411: "Length Required", 412: "Precondition Failed", 413: "Content Too Large",
    415: "Unsupported Media Type", 416: "Range Not Satisfiable", 422: "Unprocessable Content",
    429: "Too Many Requests",
    431: "Request Header Fields Too Large", 500: "Internal Server Error", 502: "Bad Gateway",
    503: "Service Unavailable", 504: "Gateway Timeout",
  ]
}

private struct HTTPHead {
  var startLine: String
  var headers = HTTPHeaders()
  var body: [UInt8]

  init?(_ bytes: [UInt8]) {
    var lines: [String] = []
    var start = 0
    while true {
      guard let end = bytes[start...].firstIndex(of: 0x0A) else { return nil }
      var line = bytes[start..<end]
      if line.last == 0x0D { line.removeLast() }
      start = end + 1
      if line.isEmpty { break }
      lines.append(String(decoding: line, as: UTF8.self))
      if start >= bytes.count { return nil }
    }
    guard let first = lines.first else { return nil }
    startLine = first
    for line in lines.dropFirst() {
      // By bytes: a colon with an accent behind it is another character to Swift.
      let utf8 = Substring(line).utf8
      guard let colon = utf8.firstIndex(of: UInt8(ascii: ":")), colon > utf8.startIndex else {
        return nil
      }
      headers.add(
        String(Substring(utf8[..<colon])), Substring(utf8[utf8.index(after: colon)...]).trimmed)
    }
    body = Array(bytes[start...])
  }

  static func wire(_ startLine: String, _ headers: HTTPHeaders, _ body: [UInt8]) -> [UInt8] {
    var bytes = Array("\(startLine)\r\n".utf8)
    for field in headers.fields { bytes += Array("\(field.name): \(field.value)\r\n".utf8) }
    return bytes + [0x0D, 0x0A] + body
  }
}

extension StringProtocol {
  /// The text without ASCII white space at both ends.
  package var trimmed: String {
    // On bytes: every telephone number of every request comes by here, and characters cost 6 µs.
    let isSpace: (UInt8) -> Bool = { $0 == 0x20 || $0 == 0x09 || $0 == 0x0A || $0 == 0x0D }
    let bytes = Substring(self).utf8
    guard let first = bytes.firstIndex(where: { !isSpace($0) }),
      let last = bytes.lastIndex(where: { !isSpace($0) })
    else { return "" }
    return String(Substring(bytes[first...last]))
  }
}
