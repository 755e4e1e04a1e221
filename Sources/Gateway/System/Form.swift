/// The fields of `application/x-www-form-urlencoded`, as bytes, in order, repeats kept.
///
/// Bytes and not `String`: signatures are over code points, and Swift's strings compare by
/// canonical equivalence, so `é` in two spellings would be one name.
package struct Form: Equatable, Sendable {
  /// One name with one value, both decoded.
  package struct Field: Equatable, Sendable {
    /// The decoded name.
    package let name: [UInt8]
    /// The decoded value; empty for `name=` and for `name`.
    package let value: [UInt8]
  }

  /// Why a body is no form.
  package struct Malformed: Error, Equatable, CustomStringConvertible {
    /// What is wrong, without quoting the body.
    package let description: String
  }

  /// All fields in the order of the body.
  package let fields: [Field]

  /// Decodes a body or query: `+` is a space, `%XX` a byte. The WHATWG URL standard, §5.1.
  package init(_ encoded: some Collection<UInt8>) throws(Malformed) {
    var fields: [Field] = []
    for pair in encoded.split(separator: UInt8(ascii: "&")) {
      let equals = pair.firstIndex(of: UInt8(ascii: "="))
      let name = try Self.decode(pair[..<(equals ?? pair.endIndex)])
      let value: [UInt8] =
        if let equals { try Self.decode(pair[pair.index(after: equals)...]) } else { [] }
      fields.append(Field(name: name, value: value))
    }
    self.fields = fields
  }

  /// The first value of `name` as text; `nil` when absent or not UTF-8.
  package subscript(name: String) -> String? {
    let wanted = name.utf8
    guard let field = fields.first(where: { $0.name.elementsEqual(wanted) }) else { return nil }
    return String(validating: field.value, as: UTF8.self)
  }

  /// The first value of `name`, `nil` when absent or empty: providers send both for "none".
  package func nonEmpty(_ name: String) -> String? {
    guard let value = self[name], !value.isEmpty else { return nil }
    return value
  }

  /// Encodes fields as a body: everything but letters, digits and `*-._` escaped, space as `+`.
  package static func encode(_ fields: [(String, String)]) -> [UInt8] {
    var body: [UInt8] = []
    for (index, field) in fields.enumerated() {
      if index > 0 { body.append(UInt8(ascii: "&")) }
      escape(field.0, into: &body)
      body.append(UInt8(ascii: "="))
      escape(field.1, into: &body)
    }
    return body
  }

  private static let upperHex = Array("0123456789ABCDEF".utf8)

  private static func escape(_ text: String, into body: inout [UInt8]) {
    for byte in text.utf8 {
      switch byte {
      case 48...57, 65...90, 97...122, UInt8(ascii: "*"), UInt8(ascii: "-"), UInt8(ascii: "."),
        UInt8(ascii: "_"):
        body.append(byte)
      case 0x20: body.append(UInt8(ascii: "+"))
      default:
        body.append(UInt8(ascii: "%"))
        body.append(upperHex[Int(byte >> 4)])
        body.append(upperHex[Int(byte & 15)])
      }
    }
  }

  private static func decode(_ encoded: some Collection<UInt8>) throws(Malformed) -> [UInt8] {
    var decoded: [UInt8] = []
    decoded.reserveCapacity(encoded.count)
    var index = encoded.startIndex
    while index != encoded.endIndex {
      let byte = encoded[index]
      if byte == UInt8(ascii: "%") {
        guard let first = encoded.index(index, offsetBy: 1, limitedBy: encoded.endIndex),
          first != encoded.endIndex,
          let second = encoded.index(index, offsetBy: 2, limitedBy: encoded.endIndex),
          second != encoded.endIndex, let high = Hex.value(encoded[first]),
          let low = Hex.value(encoded[second])
        else { throw Malformed(description: "a percent sign without two hexadecimal digits") }
        decoded.append(high << 4 | low)
        index = second
      } else {
        decoded.append(byte == UInt8(ascii: "+") ? 0x20 : byte)
      }
      index = encoded.index(after: index)
    }
    return decoded
  }
}
