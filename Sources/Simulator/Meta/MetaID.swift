import Gateway

/// The ids of Meta's: opaque, but of the length and letters of real ones.
package enum MetaID {
  /// The id of a message that somebody sent or got.
  static func message(
    _ product: MetaAccount.Product, _ random: any RandomSource, account: String, person: String
  ) -> String {
    switch product {
    case .whatsApp:
      let unique = TwilioSigner.hexadecimal(random.bytes(9)).uppercased()
      let person = Array(person.utf8.prefix(40))
      let inner: [UInt8] =
        [0x1D, 0x0D, UInt8(person.count)] + person + [0x15, 0x02, 0x00, 0x12, 0x18, 0x12]
      return "wamid." + TwilioSigner.base64(inner + Array(unique.utf8) + [0])
    case .instagram:
      let inner = Array("ig_message:1:IGMessageID:\(account):".utf8) + random.bytes(24)
      return "aWdf" + letters(inner)
    case .messenger: return "m_" + letters(random.bytes(66))
    }
  }

  /// Digits, as ids of files and attachments are.
  static func digits(_ random: any RandomSource, count: Int = 15) -> String {
    String(1 + random.below(9))
      + String(decoding: (1..<count).map { _ in UInt8(48 + random.below(10)) }, as: UTF8.self)
  }

  /// The business-scoped id of whoever has that number, the same at each time.
  package static func userID(phone: String) -> String {
    let countries = [
      ("55", "BR"), ("52", "MX"), ("54", "AR"), ("44", "GB"), ("49", "DE"), ("34", "ES"),
      ("1", "US"),
    ]
    let digits = phone.filter(\.isNumber)
    let country = countries.first { digits.hasPrefix($0.0) }?.1 ?? "NL"
    let random = SeededRandom(seed: ProviderDice.hash("user \(digits)"))
    return "\(country).\(Self.digits(random, count: 19))"
  }

  private static func letters(_ bytes: [UInt8]) -> String {
    let plain = TwilioSigner.base64(bytes)
    return String(
      decoding: plain.utf8.compactMap { byte -> UInt8? in
        switch byte {
        case UInt8(ascii: "+"): UInt8(ascii: "-")
        case UInt8(ascii: "/"): UInt8(ascii: "_")
        case UInt8(ascii: "="): nil
        default: byte
        }
      }, as: UTF8.self)
  }
}
