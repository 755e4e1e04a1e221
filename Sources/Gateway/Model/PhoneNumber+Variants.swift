// Lines that have two numbers: three countries put a digit more into a mobile number, or took it out
// again, and networks and WhatsApp each keep to another form.

extension PhoneNumber {
  /// The other forms of the same line's number, in E.164; none for most numbers.
  ///
  /// - Brazil put a 9 before the eight digits of mobile numbers; WhatsApp knows older accounts
  ///   without it. Landlines, which begin with 2 to 5, have none.
  /// - Mexico had a 1 behind +52 for mobile lines until 2019; WhatsApp has it still.
  /// - Argentina has a 9 behind +54 for mobile lines when called from abroad.
  ///
  /// <https://developers.facebook.com/documentation/business-messaging/whatsapp/phone-numbers>,
  /// <https://www.itu.int/oth/T02020000AD> (national numbering plans), 2026.
  package static func variants(of number: String) -> [String] {
    let digits = Array(number.utf8)
    guard digits.first == UInt8(ascii: "+") else { return [] }
    let rest = Array(digits.dropFirst(3))
    let other: [UInt8]? =
      switch String(decoding: Array(digits.prefix(3)), as: UTF8.self) {
      case "+55": brazilian(rest)
      case "+52": toggled(rest, UInt8(ascii: "1"))
      case "+54": toggled(rest, UInt8(ascii: "9"))
      default: nil
      }
    return other.map { [String(decoding: Array(digits.prefix(3)) + $0, as: UTF8.self)] } ?? []
  }

  /// Two digits of the area, then eight of the line with or without a 9 before them.
  private static func brazilian(_ rest: [UInt8]) -> [UInt8]? {
    let nine = UInt8(ascii: "9")
    let isMobile: (UInt8?) -> Bool = { $0.map { (UInt8(ascii: "6")...nine).contains($0) } ?? false }
    let area = Array(rest.prefix(2))
    let line = Array(rest.dropFirst(2))
    switch line.count {
    case 8 where isMobile(line.first): return area + [nine] + line
    case 9 where line.first == nine && isMobile(line[1]):
      return area + Array(line.dropFirst())
    default: return nil
    }
  }

  /// Ten digits with or without one before them.
  private static func toggled(_ rest: [UInt8], _ digit: UInt8) -> [UInt8]? {
    switch rest.count {
    case 10: [digit] + rest
    case 11 where rest.first == digit: Array(rest.dropFirst())
    default: nil
    }
  }
}

extension Address {
  /// Whether it is a telephone number, which may be another person's one day: on the telephone, or
  /// a WhatsApp account's that is known by it.
  package var isNumber: Bool { value.hasPrefix("+") && (type == .phone || type == .whatsapp) }

  /// Whether it is the id of one account at a service, given once and to nobody else.
  package var isAccount: Bool {
    switch type {
    case .telegram, .instagram, .messenger: true
    case .whatsapp: !isNumber
    case .email, .phone, .website, .push, .other: false
    }
  }

  /// The same line's address under its other numbers.
  package var variants: [Address] {
    guard isNumber else { return [] }
    return PhoneNumber.variants(of: value).map { Address(type: type, value: $0) }
  }
}
