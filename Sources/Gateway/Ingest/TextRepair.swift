/// Replaces what is no Unicode by U+FFFD, in bytes that should be JSON or a form.
enum TextRepair {
  /// Repairs a body by its media type: a form's percent-encoded bytes that are no UTF-8; of
  /// anything else invalid UTF-8 and JSON escapes of surrogates without their other half.
  static func repair(_ bytes: [UInt8], mediaType: String?) -> [UInt8] {
    mediaType == "application/x-www-form-urlencoded" ? repairForm(bytes) : repairJSON(bytes)
  }

  /// Encodes anew only the fields that have to be mended.
  private static func repairForm(_ bytes: [UInt8]) -> [UInt8] {
    let fields = bytes.split(separator: UInt8(ascii: "&"), omittingEmptySubsequences: false)
    let mended = fields.map { field -> [UInt8] in
      let parts = field.split(
        separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false
      ).map { decoded($0) }
      let isValid = parts.allSatisfy { String(validating: $0, as: UTF8.self) != nil }
      guard !isValid, let name = parts.first else { return Array(field) }
      let value = parts.dropFirst().first ?? []
      return Form.encode([
        (String(decoding: name, as: UTF8.self), String(decoding: value, as: UTF8.self))
      ])
    }
    return Array(mended.joined(separator: [UInt8(ascii: "&")]))
  }

  /// Decodes a name or value; a stray percent sign stands for itself.
  private static func decoded(_ encoded: ArraySlice<UInt8>) -> [UInt8] {
    var bytes: [UInt8] = []
    var rest = encoded
    while let byte = rest.popFirst() {
      let digits = rest.prefix(2).compactMap { Hex.value($0) }
      if byte == UInt8(ascii: "%"), digits.count == 2 {
        bytes.append(digits[0] << 4 | digits[1])
        rest = rest.dropFirst(2)
      } else {
        bytes.append(byte == UInt8(ascii: "+") ? 0x20 : byte)
      }
    }
    return bytes
  }

  private static func repairJSON(_ bytes: [UInt8]) -> [UInt8] {
    // Decoding replaces every ill-formed sequence.
    let valid = Array(String(decoding: bytes, as: UTF8.self).utf8)
    var repaired: [UInt8] = []
    repaired.reserveCapacity(valid.count)
    var index = 0
    while index < valid.count {
      guard valid[index] == UInt8(ascii: "\\"), index + 1 < valid.count else {
        repaired.append(valid[index])
        index += 1
        continue
      }
      guard let unit = escapedUnit(valid, at: index) else {
        repaired += valid[index...index + 1]
        index += 2
        continue
      }
      if (0xD800...0xDBFF).contains(unit), let low = escapedUnit(valid, at: index + 6),
        (0xDC00...0xDFFF).contains(low)
      {
        repaired += valid[index..<index + 12]
        index += 12
      } else {
        let isSurrogate = (0xD800...0xDFFF).contains(unit)
        repaired += isSurrogate ? Array("\\ufffd".utf8) : Array(valid[index..<index + 6])
        index += 6
      }
    }
    return repaired
  }

  /// The unit of a `\uXXXX` that begins at `index`.
  private static func escapedUnit(_ bytes: [UInt8], at index: Int) -> UInt16? {
    guard index + 6 <= bytes.count, bytes[index] == UInt8(ascii: "\\"),
      bytes[index + 1] == UInt8(ascii: "u")
    else { return nil }
    var unit: UInt16 = 0
    for byte in bytes[index + 2..<index + 6] {
      guard let digit = Hex.value(byte) else { return nil }
      unit = unit << 4 | UInt16(digit)
    }
    return unit
  }
}
