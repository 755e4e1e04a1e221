/// The fields of a Twilio request the way Twilio signs them: decoded, sorted by name and then value
/// as bytes, equal pairs once.
///
/// Reading uses the same form, so that what was signed is what is read. One buffer and a table of
/// offsets: verifying runs on every request, genuine or not, and must not allocate by field.
/// <https://www.twilio.com/docs/usage/webhooks/webhooks-security>, 2026-08-13.
struct TwilioForm {
  /// More fields than Twilio ever sends (about 60) by a wide margin: sorting a stranger's is work.
  static let fieldsMax = 1000

  private struct Field {
    let name: Int
    let value: Int
    let end: Int
  }

  /// Why the bytes are no form, `nil` when they are one. The fields are there all the same.
  private(set) var fault: String?
  /// Whether there were more fields than ``fieldsMax``; those beyond are not here.
  private(set) var isTooLong = false
  private var bytes: [UInt8] = []
  private var fields: [Field] = []

  /// Decodes a body or a query. A stray `%` stands for itself, as in the WHATWG URL standard §1.3,
  /// and leaves a ``fault``.
  init(_ encoded: [UInt8]) {
    bytes.reserveCapacity(encoded.count)
    fields.reserveCapacity(48)
    var start = 0
    while start < encoded.count {
      let end = encoded[start...].firstIndex(of: UInt8(ascii: "&")) ?? encoded.count
      if end > start {
        if fields.count == Self.fieldsMax {
          isTooLong = true
          break
        }
        let equals = encoded[start..<end].firstIndex(of: UInt8(ascii: "=")) ?? end
        let name = bytes.count
        decode(encoded, start, equals)
        let value = bytes.count
        decode(encoded, min(equals + 1, end), end)
        fields.append(Field(name: name, value: value, end: bytes.count))
      }
      start = end + 1
    }
    sort()
  }

  /// True without any field.
  var isEmpty: Bool { fields.isEmpty }

  /// Whether there is a field of that name, be it empty.
  func has(_ name: String) -> Bool { index(of: name) != nil }

  /// The value of `name`; `nil` when absent or empty, for Twilio sends both for "none".
  ///
  /// - Throws: ``Unreadable`` when the value is not UTF-8.
  func text(_ name: String) throws(Unreadable) -> String? {
    guard let index = index(of: name) else { return nil }
    let field = fields[index]
    guard field.end > field.value else { return nil }
    guard let text = String(validating: bytes[field.value..<field.end], as: UTF8.self) else {
      throw Unreadable("the field \(name) is not UTF-8")
    }
    return text
  }

  /// The value of `name`, or of `other` where that is absent or empty.
  func text(_ name: String, or other: String) throws(Unreadable) -> String? {
    if let text = try text(name) { return text }
    return try text(other)
  }

  /// Appends what Twilio appends to the URL before signing: name and value of each, no separators.
  func appendSigned(to message: inout [UInt8]) {
    for field in fields { message.append(contentsOf: bytes[field.name..<field.end]) }
  }

  private mutating func decode(_ encoded: [UInt8], _ start: Int, _ end: Int) {
    var index = start
    while index < end {
      let byte = encoded[index]
      index += 1
      if byte == UInt8(ascii: "+") {
        bytes.append(0x20)
      } else if byte != UInt8(ascii: "%") {
        bytes.append(byte)
      } else if index + 1 < end, let high = Hex.value(encoded[index]),
        let low = Hex.value(encoded[index + 1])
      {
        bytes.append(high << 4 | low)
        index += 2
      } else {
        fault = "a percent sign without two hexadecimal digits"
        bytes.append(byte)
      }
    }
  }

  private mutating func sort() {
    let order: (Field, Field) -> Int = { [bytes] left, right in
      let names = Self.compare(bytes, left.name..<left.value, right.name..<right.value)
      if names != 0 { return names }
      return Self.compare(bytes, left.value..<left.end, right.value..<right.end)
    }
    fields.sort { order($0, $1) < 0 }
    var kept = 0
    for index in fields.indices where index == 0 || order(fields[kept - 1], fields[index]) != 0 {
      fields[kept] = fields[index]
      kept += 1
    }
    fields.removeLast(fields.count - kept)
  }

  private static func compare(_ bytes: [UInt8], _ left: Range<Int>, _ right: Range<Int>) -> Int {
    for offset in 0..<min(left.count, right.count) {
      let difference = Int(bytes[left.lowerBound + offset]) - Int(bytes[right.lowerBound + offset])
      if difference != 0 { return difference }
    }
    return left.count - right.count
  }

  /// The first field of that name, by halving.
  private func index(of name: String) -> Int? {
    var low = 0
    var high = fields.count
    while low < high {
      let middle = (low + high) / 2
      if compare(fields[middle], name) < 0 { low = middle + 1 } else { high = middle }
    }
    return low < fields.count && compare(fields[low], name) == 0 ? low : nil
  }

  private func compare(_ field: Field, _ name: String) -> Int {
    var position = field.name
    for byte in name.utf8 {
      if position == field.value { return -1 }
      let difference = Int(bytes[position]) - Int(byte)
      if difference != 0 { return difference }
      position += 1
    }
    return field.value - position
  }
}
