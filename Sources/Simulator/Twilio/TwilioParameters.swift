/// The parameters of a Twilio request, in the order they are sent, repeats kept.
package struct TwilioParameters: Equatable, Sendable {
  /// One parameter, decoded.
  package struct Field: Equatable, Sendable {
    /// The name.
    package let name: String
    /// The value; may be empty, and is sent and signed then too.
    package let value: String
  }

  /// The parameters in order.
  package private(set) var fields: [Field]

  /// Holds `pairs` in their order.
  package init(_ pairs: [(String, String)] = []) {
    fields = pairs.map { Field(name: $0.0, value: $0.1) }
  }

  /// Adds a parameter behind the others; none for `nil`.
  package mutating func add(_ name: String, _ value: String?) {
    if let value { fields.append(Field(name: name, value: value)) }
  }

  /// Adds `pairs` behind the others.
  package mutating func add(_ pairs: [(String, String)]) {
    for pair in pairs { add(pair.0, pair.1) }
  }

  /// Encodes as `application/x-www-form-urlencoded`,
  /// <https://url.spec.whatwg.org/#urlencoded-serializing>.
  package var encoded: [UInt8] {
    var bytes: [UInt8] = []
    for (index, field) in fields.enumerated() {
      if index > 0 { bytes.append(UInt8(ascii: "&")) }
      Self.append(field.name, to: &bytes)
      bytes.append(UInt8(ascii: "="))
      Self.append(field.value, to: &bytes)
    }
    return bytes
  }

  /// Appends `text` percent-encoded, a space as `+`.
  static func append(_ text: String, to bytes: inout [UInt8]) {
    let digits = Array("0123456789ABCDEF".utf8)
    for byte in text.utf8 {
      switch byte {
      case 48...57, 65...90, 97...122, UInt8(ascii: "*"), UInt8(ascii: "-"), UInt8(ascii: "."),
        UInt8(ascii: "_"):
        bytes.append(byte)
      case 0x20: bytes.append(UInt8(ascii: "+"))
      default: bytes += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
      }
    }
  }
}
