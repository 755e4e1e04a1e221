import Gateway

/// The parameters of a method, from wherever they may stand: the query, a form, parts with files,
/// or JSON.
struct TelegramParameters: Sendable {
  /// A file that came with the request.
  struct Upload: Equatable, Sendable {
    /// Its name, or empty.
    let fileName: String
    /// Its bytes.
    let bytes: [UInt8]
  }

  private var values: [String: JSON] = [:]
  private(set) var uploads: [String: Upload] = [:]

  /// Reads a request; a body of another type is none.
  init(_ request: HTTPRequest) throws(TelegramError) {
    try add(form: Array(request.query.utf8))
    switch request.headers.mediaType {
    case "application/json":
      guard let object = (try? JSON.parse(request.body))?.object else {
        throw .bad("can't parse request JSON object")
      }
      for member in object { values[member.key] = member.value }
    case "application/x-www-form-urlencoded": try add(form: request.body)
    case "multipart/form-data": try add(multipart: request)
    default: break
    }
  }

  /// A value as text; numbers and truth values are written out, what is absent is empty.
  func text(_ name: String) -> String {
    switch values[name] {
    case .string(let text): text
    case .integer(let number): String(number)
    case .number(let number): String(number)
    case .bool(let value): value ? "true" : "false"
    default: ""
    }
  }

  /// A value that is an object or an array: itself, or written as text.
  func json(_ name: String) -> JSON? {
    guard let value = values[name] else { return nil }
    guard let text = value.string else { return value }
    return try? JSON.parse(Array(text.utf8))
  }

  /// Whether there is such a parameter at all.
  func has(_ name: String) -> Bool { values[name] != nil || uploads[name] != nil }

  private mutating func add(form bytes: [UInt8]) throws(TelegramError) {
    guard let form = try? Form(bytes) else { throw .bad("can't parse the form") }
    for field in form.fields {
      values[String(decoding: field.name, as: UTF8.self)] =
        .string(String(decoding: field.value, as: UTF8.self))
    }
  }

  /// RFC 7578, as clients write it: every part with a name, files with a file name too.
  private mutating func add(multipart request: HTTPRequest) throws(TelegramError) {
    let type = request.headers["content-type"] ?? ""
    guard let boundary = Self.parameter("boundary", of: type) else {
      throw .bad("can't parse the boundary")
    }
    let separator = Array("\r\n--\(boundary)".utf8)
    var rest = (Array("\r\n".utf8) + request.body)[...]
    guard let first = rest.firstRange(of: separator) else { throw .bad("no parts") }
    rest = rest[first.upperBound...]
    while !rest.starts(with: Array("--".utf8)) {
      guard let end = rest.firstRange(of: separator) else { throw .bad("a part does not end") }
      try add(part: rest[..<end.lowerBound].dropFirst(2))
      rest = rest[end.upperBound...]
    }
  }

  private mutating func add(part: ArraySlice<UInt8>) throws(TelegramError) {
    guard let blank = part.firstRange(of: Array("\r\n\r\n".utf8)) else {
      throw .bad("a part without a header")
    }
    let head = String(decoding: part[..<blank.lowerBound], as: UTF8.self)
    let bytes = Array(part[blank.upperBound...])
    guard
      let line = head.split(separator: "\r\n").first(where: {
        $0.lowercased().hasPrefix("content-disposition:")
      }), let name = Self.parameter("name", of: String(line))
    else { throw .bad("a part without a name") }
    if let fileName = Self.parameter("filename", of: String(line)) {
      uploads[name] = Upload(fileName: fileName, bytes: bytes)
    } else {
      values[name] = .string(String(decoding: bytes, as: UTF8.self))
    }
  }

  /// `name=value` or `name="value"` behind a semicolon.
  private static func parameter(_ name: String, of field: String) -> String? {
    for piece in field.split(separator: ";").dropFirst() {
      let piece = piece.trimmed
      guard piece.lowercased().hasPrefix("\(name)=") else { continue }
      let value = piece.dropFirst(name.utf8.count + 1)
      return String(value.hasPrefix("\"") ? value.dropFirst().prefix { $0 != "\"" } : value)
    }
    return nil
  }
}
