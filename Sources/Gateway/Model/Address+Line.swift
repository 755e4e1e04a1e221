extension Address {
  /// The addresses that a text written by a backend stands for on a line, the one the line goes by
  /// first, normalised as those of people who write to us: so both find the same client.
  ///
  /// - Throws: ``ContentError`` for what cannot be an address there; `field` is its name.
  package static func addresses(
    _ text: String, on line: TransportKind, field: String
  ) throws(ContentError) -> [Address] {
    switch line {
    case .sms, .phone:
      guard let number = PhoneNumber.e164(text) ?? PhoneNumber.shortCode(text) else {
        throw ContentError(field, "must be an international number such as +46701234567")
      }
      return [Address(type: .phone, value: number, raw: text)]
    case .whatsapp:
      if let number = PhoneNumber.e164(text) {
        return [
          Address(type: .whatsapp, value: number, raw: text),
          Address(type: .phone, value: number, raw: text),
        ]
      }
      // A business-scoped user id, such as AR.1387…: letters of a country, a point, digits.
      guard text.contains("."), text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
        throw ContentError(
          field, "must be an international number such as +46701234567, or a user id of WhatsApp")
      }
      return [Address(type: .whatsapp, value: text, raw: text)]
    case .telegram:
      guard let number = Int64(text), number > 0, text.utf8.first != UInt8(ascii: "+") else {
        throw ContentError(
          field, "must be the number of a user who has written to the bot; names cannot be used")
      }
      return [Address(type: .telegram, value: String(number), raw: text)]
    case .email: return [Address(type: .email, value: try mailbox(text, field), raw: text)]
    case .instagram: return [Address(type: .instagram, value: text)]
    case .messenger: return [Address(type: .messenger, value: text)]
    case .website: return [Address(type: .website, value: text)]
    case .push: return [Address(type: .push, value: text)]
    case .other: return [Address(type: .other, value: text)]
    }
  }

  private static func mailbox(_ text: String, _ field: String) throws(ContentError) -> String {
    let value = text.lowercased()
    let parts = value.split(separator: "@", omittingEmptySubsequences: false)
    guard parts.count == 2, parts.allSatisfy({ !$0.isEmpty }),
      value.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F })
    else { throw ContentError(field, "must be a mailbox such as maya@example.com") }
    return value
  }
}
