/// A JSON value, RFC 8259. Integers stay exact; objects keep their order.
package enum JSON: Equatable, Sendable {
  case null
  case bool(Bool)
  case integer(Int64)
  case number(Double)
  case string(String)
  case array([JSON])
  case object(JSONObject)

  /// The member `key` of an object, otherwise `nil`.
  package subscript(key: String) -> JSON? {
    if case .object(let object) = self { object[key] } else { nil }
  }

  /// The text of a string, otherwise `nil`.
  package var string: String? { if case .string(let value) = self { value } else { nil } }

  /// The value of a whole number, otherwise `nil`. Never rounds.
  package var integer: Int64? { if case .integer(let value) = self { value } else { nil } }

  /// The value of any number, otherwise `nil`.
  package var number: Double? {
    switch self {
    case .integer(let value): Double(value)
    case .number(let value): value
    default: nil
    }
  }

  /// The truth value, otherwise `nil`.
  package var bool: Bool? { if case .bool(let value) = self { value } else { nil } }

  /// The elements of an array, otherwise `nil`.
  package var array: [JSON]? { if case .array(let value) = self { value } else { nil } }

  /// The members of an object, otherwise `nil`.
  package var object: JSONObject? { if case .object(let value) = self { value } else { nil } }

  /// True for `null` alone.
  package var isNull: Bool { self == .null }
}

/// The members of a JSON object, in order, each name once.
package struct JSONObject: Equatable, Sendable, ExpressibleByDictionaryLiteral, Sequence {
  /// One member.
  package typealias Element = (key: String, value: JSON)

  private var members: [Element]

  /// No members.
  package init() { members = [] }

  /// Members whose names the caller knows to be distinct.
  package init(dictionaryLiteral elements: (String, JSON)...) {
    members = elements.map { (key: $0.0, value: $0.1) }
  }

  /// Members whose names the caller knows to be distinct.
  package init(uniqueMembers members: [Element]) { self.members = members }

  /// How many members.
  package var count: Int { members.count }

  /// True without members.
  package var isEmpty: Bool { members.isEmpty }

  /// The names in order.
  package var keys: [String] { members.map(\.key) }

  /// The value under `key`. Assigning `nil` removes it, a new name goes to the end.
  package subscript(key: String) -> JSON? {
    get { members.first { $0.key == key }?.value }
    set {
      if let index = members.firstIndex(where: { $0.key == key }) {
        if let newValue { members[index].value = newValue } else { members.remove(at: index) }
      } else if let newValue {
        members.append((key: key, value: newValue))
      }
    }
  }

  /// The members in order.
  package func makeIterator() -> IndexingIterator<[Element]> { members.makeIterator() }

  /// Same members, in whatever order.
  package static func == (left: JSONObject, right: JSONObject) -> Bool {
    left.count == right.count && left.members.allSatisfy { right[$0.key] == $0.value }
  }
}

extension JSON: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral,
  ExpressibleByBooleanLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral,
  ExpressibleByNilLiteral
{
  /// A string.
  package init(stringLiteral value: String) { self = .string(value) }
  /// A whole number.
  package init(integerLiteral value: Int64) { self = .integer(value) }
  /// A truth value.
  package init(booleanLiteral value: Bool) { self = .bool(value) }
  /// An array.
  package init(arrayLiteral elements: JSON...) { self = .array(elements) }
  /// An object; the names must be distinct.
  package init(dictionaryLiteral elements: (String, JSON)...) {
    self = .object(JSONObject(uniqueMembers: elements.map { (key: $0.0, value: $0.1) }))
  }
  /// `null`.
  package init(nilLiteral: ()) { self = .null }

  /// A string, or `null`.
  package init(_ value: String?) { self = value.map(JSON.string) ?? .null }
  /// A whole number, or `null`.
  package init(_ value: Int?) { self = value.map { .integer(Int64($0)) } ?? .null }
  /// A whole number, or `null`.
  package init(_ value: Int64?) { self = value.map(JSON.integer) ?? .null }
  /// A time as ISO 8601, or `null`.
  package init(_ value: Instant?) { self = value.map { .string($0.description) } ?? .null }
}

extension JSON {
  /// The value as compact UTF-8, members in order, slashes unescaped.
  package func serialized() -> [UInt8] {
    var writer = JSONWriter()
    writer.value(self)
    return writer.bytes
  }

  /// The value as text a person can read: two spaces a level, a newline at the end.
  package func prettyPrinted() -> String {
    var writer = JSONWriter()
    writer.pretty(self, indent: 0)
    return String(decoding: writer.bytes, as: UTF8.self) + "\n"
  }
}

/// Writes JSON piece by piece: the way of the hot paths, which build no tree first.
package struct JSONWriter {
  /// What was written so far.
  package private(set) var bytes: [UInt8] = []

  private static let hex = Array("0123456789abcdef".utf8)

  /// An empty writer with room for `capacity` bytes.
  package init(capacity: Int = 256) { bytes.reserveCapacity(capacity) }

  /// Bytes that are JSON already.
  package mutating func raw(_ json: some Sequence<UInt8>) { bytes.append(contentsOf: json) }

  /// Text that is JSON already, such as `{"id":`.
  package mutating func raw(_ json: StaticString) {
    json.withUTF8Buffer { bytes.append(contentsOf: $0) }
  }

  /// A string with its quotes.
  package mutating func string(_ text: String) {
    var text = text
    bytes.append(UInt8(ascii: "\""))
    text.withUTF8 { utf8 in
      var start = 0
      for (index, byte) in utf8.enumerated()
      where byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") {
        bytes.append(contentsOf: utf8[start..<index])
        escape(byte)
        start = index + 1
      }
      bytes.append(contentsOf: utf8[start...])
    }
    bytes.append(UInt8(ascii: "\""))
  }

  /// A string or `null`.
  package mutating func string(_ text: String?) {
    if let text { string(text) } else { raw("null") }
  }

  /// A whole number.
  package mutating func integer(_ value: some BinaryInteger) {
    bytes.append(contentsOf: String(value).utf8)
  }

  /// A time as ISO 8601, or `null`.
  package mutating func instant(_ value: Instant?) {
    guard let value else { return raw("null") }
    bytes.append(UInt8(ascii: "\""))
    bytes.append(contentsOf: value.iso8601)
    bytes.append(UInt8(ascii: "\""))
  }

  /// Any value.
  package mutating func value(_ json: JSON) {
    switch json {
    case .null: raw("null")
    case .bool(let value): value ? raw("true") : raw("false")
    case .integer(let value): integer(value)
    // JSON has no word for these; a stranger's number never gets here, the parser refuses it.
    case .number(let value) where !value.isFinite: raw("null")
    case .number(let value): bytes.append(contentsOf: "\(value)".utf8)
    case .string(let value): string(value)
    case .array(let values):
      bytes.append(UInt8(ascii: "["))
      for (index, value) in values.enumerated() {
        if index > 0 { bytes.append(UInt8(ascii: ",")) }
        self.value(value)
      }
      bytes.append(UInt8(ascii: "]"))
    case .object(let object): self.object(object)
    }
  }

  /// An object.
  package mutating func object(_ object: JSONObject) {
    bytes.append(UInt8(ascii: "{"))
    for (index, member) in object.enumerated() {
      if index > 0 { bytes.append(UInt8(ascii: ",")) }
      string(member.key)
      bytes.append(UInt8(ascii: ":"))
      value(member.value)
    }
    bytes.append(UInt8(ascii: "}"))
  }

  fileprivate mutating func pretty(_ json: JSON, indent: Int) {
    let inner = [UInt8](repeating: UInt8(ascii: " "), count: indent * 2 + 2)
    switch json {
    case .array(let values) where !values.isEmpty:
      raw("[\n")
      for (index, value) in values.enumerated() {
        raw(inner)
        pretty(value, indent: indent + 1)
        if index + 1 < values.count { raw(",\n") } else { raw("\n") }
      }
      raw(inner.dropLast(2))
      raw("]")
    case .object(let object) where !object.isEmpty:
      raw("{\n")
      for (index, member) in object.enumerated() {
        raw(inner)
        string(member.key)
        raw(": ")
        pretty(member.value, indent: indent + 1)
        if index + 1 < object.count { raw(",\n") } else { raw("\n") }
      }
      raw(inner.dropLast(2))
      raw("}")
    default: value(json)
    }
  }

  private mutating func escape(_ byte: UInt8) {
    bytes.append(UInt8(ascii: "\\"))
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes.append(byte)
    case 0x0A: bytes.append(UInt8(ascii: "n"))
    case 0x0D: bytes.append(UInt8(ascii: "r"))
    case 0x09: bytes.append(UInt8(ascii: "t"))
    default:
      raw("u00")
      bytes.append(Self.hex[Int(byte >> 4)])
      bytes.append(Self.hex[Int(byte & 15)])
    }
  }
}
