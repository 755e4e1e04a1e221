/// Why bytes are not the JSON we accept, and where.
package struct JSONError: Error, Equatable, CustomStringConvertible {
  /// What is wrong, without quoting the document: it may be somebody's message.
  package let reason: String
  /// The offset of the first offending byte.
  package let offset: Int
  /// The line of that byte, from 1.
  package let line: Int

  /// The sentence for a person.
  package var description: String { "\(reason) (line \(line), byte \(offset))" }
}

extension JSON {
  /// How deep arrays and objects may nest: far above any provider's, far below the stack's end.
  package static let depthMax = 64

  /// Reads one JSON document.
  ///
  /// Strict where two readers could disagree: invalid UTF-8, unpaired surrogates, duplicate names,
  /// numbers beyond a double, nesting over ``depthMax`` and anything after the document are errors.
  /// So are names that only Unicode normalization makes the same.
  /// With `comments`, `//` and `/* */` and trailing commas are skipped, as configuration wants.
  package static func parse(
    _ bytes: [UInt8], comments: Bool = false
  ) throws(JSONError) -> JSON {
    var parser = JSONParser(bytes, comments: comments)
    return try parser.document(nil)
  }

  /// Like ``parse(_:comments:)``, and tells the line of every member and element by its path,
  /// such as `channels[0].name`.
  package static func parse(
    _ bytes: [UInt8], comments: Bool, line: (_ path: String, _ line: Int) -> Void
  ) throws(JSONError) -> JSON {
    var parser = JSONParser(bytes, comments: comments)
    return try withoutActuallyEscaping(line) { (line) throws(JSONError) -> JSON in
      try parser.document(line)
    }
  }
}

/// A recursive-descent reader over bytes; recursion is bounded by ``JSON/depthMax``.
private struct JSONParser {
  private let bytes: [UInt8]
  private let comments: Bool
  private var position = 0

  init(_ bytes: [UInt8], comments: Bool) {
    self.bytes = bytes
    self.comments = comments
    // Senders on Windows put a byte order mark in front; it says nothing.
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { position = 3 }
  }

  typealias Lines = (_ path: String, _ line: Int) -> Void

  mutating func document(_ lines: Lines?) throws(JSONError) -> JSON {
    try skipSpace()
    if position >= bytes.count { throw error("the document is empty") }
    let value = try value(depth: 0, path: "", lines)
    try skipSpace()
    if position < bytes.count { throw error("something follows the document") }
    return value
  }

  private mutating func value(depth: Int, path: String, _ lines: Lines?) throws(JSONError) -> JSON {
    guard position < bytes.count else { throw error("the document ends in the middle") }
    switch bytes[position] {
    case UInt8(ascii: "{"): return .object(try object(depth: depth + 1, path: path, lines))
    case UInt8(ascii: "["): return .array(try array(depth: depth + 1, path: path, lines))
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "t"): return try word("true", .bool(true))
    case UInt8(ascii: "f"): return try word("false", .bool(false))
    case UInt8(ascii: "n"): return try word("null", .null)
    case UInt8(ascii: "-"), 48...57: return try number()
    default: throw error("a value was expected")
    }
  }

  private mutating func object(
    depth: Int, path: String, _ lines: Lines?
  ) throws(JSONError) -> JSONObject {
    if depth > JSON.depthMax { throw error("nested deeper than \(JSON.depthMax) levels") }
    position += 1
    var members: [JSONObject.Element] = []
    // A set only for large objects: scanning a short list is faster than hashing.
    var names = Set<String>()
    while true {
      try skipSpace()
      if take("}") {
        if members.isEmpty || comments { break }
        throw error("a member was expected after the comma")
      }
      guard position < bytes.count, bytes[position] == UInt8(ascii: "\"") else {
        throw error("a member name in double quotes was expected")
      }
      let start = position
      let name = try string()
      let known =
        members.count < 16
        ? members.contains { $0.key == name } : !names.isEmpty && names.contains(name)
      if known {
        position = start
        throw error("a member name appears twice")
      }
      let memberPath = lines == nil ? "" : path.isEmpty ? name : "\(path).\(name)"
      if let lines { lines(memberPath, line(at: start)) }
      try skipSpace()
      if !take(":") { throw error("a colon was expected") }
      try skipSpace()
      members.append((key: name, value: try value(depth: depth, path: memberPath, lines)))
      if members.count == 16 { names = Set(members.map(\.key)) }
      if members.count > 16 { names.insert(name) }
      try skipSpace()
      if take(",") { continue }
      if take("}") { break }
      throw error("a comma or a closing brace was expected")
    }
    return JSONObject(uniqueMembers: members)
  }

  private mutating func array(
    depth: Int, path: String, _ lines: Lines?
  ) throws(JSONError) -> [JSON] {
    if depth > JSON.depthMax { throw error("nested deeper than \(JSON.depthMax) levels") }
    position += 1
    var elements: [JSON] = []
    while true {
      try skipSpace()
      if take("]") {
        if elements.isEmpty || comments { break }
        throw error("an element was expected after the comma")
      }
      let elementPath = lines == nil ? "" : "\(path)[\(elements.count)]"
      if let lines { lines(elementPath, line(at: position)) }
      elements.append(try value(depth: depth, path: elementPath, lines))
      try skipSpace()
      if take(",") { continue }
      if take("]") { break }
      throw error("a comma or a closing bracket was expected")
    }
    return elements
  }

  private mutating func string() throws(JSONError) -> String {
    position += 1
    let start = position
    // Most strings have no escape: then the bytes are the text.
    while position < bytes.count, bytes[position] != UInt8(ascii: "\""),
      bytes[position] != UInt8(ascii: "\\"), bytes[position] >= 0x20
    {
      position += 1
    }
    var text = Array(bytes[start..<position])
    while true {
      guard position < bytes.count else { throw error("a string is not closed") }
      let byte = bytes[position]
      if byte == UInt8(ascii: "\"") { break }
      if byte < 0x20 { throw error("a control character in a string") }
      if byte == UInt8(ascii: "\\") { try escape(&text) } else { text.append(byte); position += 1 }
    }
    position += 1
    guard let valid = String(validating: text, as: UTF8.self) else {
      throw error("a string is not valid UTF-8", at: start)
    }
    return valid
  }

  private mutating func escape(_ text: inout [UInt8]) throws(JSONError) {
    guard position + 1 < bytes.count else { throw error("a string is not closed") }
    let letter = bytes[position + 1]
    if letter != UInt8(ascii: "u") {
      switch letter {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(letter)
      case UInt8(ascii: "b"): text.append(8)
      case UInt8(ascii: "f"): text.append(12)
      case UInt8(ascii: "n"): text.append(10)
      case UInt8(ascii: "r"): text.append(13)
      case UInt8(ascii: "t"): text.append(9)
      default: throw error("an unknown escape in a string")
      }
      position += 2
      return
    }
    var scalar = UInt32(try hexUnit(at: position + 2))
    var length = 6
    if (0xD800...0xDBFF).contains(scalar), position + 7 < bytes.count,
      bytes[position + 6] == UInt8(ascii: "\\"), bytes[position + 7] == UInt8(ascii: "u")
    {
      let low = UInt32(try hexUnit(at: position + 8))
      if (0xDC00...0xDFFF).contains(low) {
        scalar = 0x10000 + (scalar - 0xD800) << 10 + (low - 0xDC00)
        length = 12
      }
    }
    guard let valid = Unicode.Scalar(scalar) else { throw error("an unpaired surrogate") }
    text.append(contentsOf: Array(String(Character(valid)).utf8))
    position += length
  }

  private func hexUnit(at start: Int) throws(JSONError) -> UInt16 {
    guard start + 4 <= bytes.count else { throw error("a string is not closed") }
    var value: UInt16 = 0
    for byte in bytes[start..<start + 4] {
      guard let digit = Hex.value(byte) else { throw error("four hexadecimal digits expected") }
      value = value << 4 | UInt16(digit)
    }
    return value
  }

  private mutating func number() throws(JSONError) -> JSON {
    let start = position
    _ = take("-")
    let leadingZero = position < bytes.count && bytes[position] == 48
    let wholeDigits = skipDigits()
    if wholeDigits == 0 || (leadingZero && wholeDigits > 1) {
      throw error("not a JSON number", at: start)
    }
    var whole = true
    if take(".") {
      whole = false
      if skipDigits() == 0 { throw error("not a JSON number", at: start) }
    }
    if take("e") || take("E") {
      whole = false
      if !take("+") { _ = take("-") }
      if skipDigits() == 0 { throw error("not a JSON number", at: start) }
    }
    let text = String(decoding: bytes[start..<position], as: UTF8.self)
    if whole, let value = Int64(text) { return .integer(value) }
    guard let value = Double(text), value.isFinite else {
      throw error("a number too large to hold", at: start)
    }
    return .number(value)
  }

  private mutating func skipDigits() -> Int {
    let start = position
    while position < bytes.count, bytes[position] >= 48, bytes[position] <= 57 { position += 1 }
    return position - start
  }

  private mutating func word(_ word: StaticString, _ value: JSON) throws(JSONError) -> JSON {
    let matches = word.withUTF8Buffer { bytes[position...].starts(with: $0) }
    if !matches { throw error("a value was expected") }
    position += word.utf8CodeUnitCount
    return value
  }

  private mutating func take(_ character: Character) -> Bool {
    guard position < bytes.count, bytes[position] == character.asciiValue else { return false }
    position += 1
    return true
  }

  private mutating func skipSpace() throws(JSONError) {
    while position < bytes.count {
      switch bytes[position] {
      case 0x20, 0x09, 0x0A, 0x0D: position += 1
      case UInt8(ascii: "/") where comments: try skipComment()
      default: return
      }
    }
  }

  private mutating func skipComment() throws(JSONError) {
    let next = position + 1 < bytes.count ? bytes[position + 1] : 0
    if next == UInt8(ascii: "/") {
      while position < bytes.count, bytes[position] != 0x0A { position += 1 }
    } else if next == UInt8(ascii: "*") {
      let start = position
      position += 2
      while position + 1 < bytes.count,
        !(bytes[position] == UInt8(ascii: "*") && bytes[position + 1] == UInt8(ascii: "/"))
      {
        position += 1
      }
      if position + 1 >= bytes.count { throw error("a comment is not closed", at: start) }
      position += 2
    } else {
      throw error("a value was expected")
    }
  }

  private func error(_ reason: String, at offset: Int? = nil) -> JSONError {
    let offset = min(offset ?? position, bytes.count)
    return JSONError(reason: reason, offset: offset, line: line(at: offset))
  }

  private func line(at offset: Int) -> Int {
    bytes[..<min(offset, bytes.count)].reduce(1) { $1 == 0x0A ? $0 + 1 : $0 }
  }
}
