/// How fast Twilio takes messages, by the sender: <https://www.twilio.com/docs/api/errors/30001>
/// and its pages on throughput, autumn 2026. What comes faster waits for up to ten hours at Twilio,
/// where nothing can be cancelled or put in front; so it rather waits here.
enum TwilioRate {
  /// A number of the United States, Canada or the Caribbean: one segment a second.
  private static let longCode = 1.0
  private static let tollFree = 3.0
  private static let shortCode = 100.0
  /// Any other number, a name, or a Messaging Service, which spreads over numbers of its own.
  private static let usual = 10.0
  /// Between Twilio's older pages (10) and its newer ones (80).
  private static let whatsApp = 20.0

  private static let tollFreeCodes = ["800", "833", "844", "855", "866", "877", "888"]

  /// Segments a second of a line's sender.
  static func perSecond(on transport: TransportKind, sender: String?) -> Double {
    switch transport {
    case .sms: sender.map(sms) ?? usual
    case .whatsapp: whatsApp
    default: usual
    }
  }

  private static func sms(_ sender: String) -> Double {
    if PhoneNumber.shortCode(sender) != nil { return shortCode }
    guard let number = PhoneNumber.e164(sender), number.hasPrefix("+1"), number.utf8.count == 12
    else { return usual }
    return tollFreeCodes.contains(String(number.dropFirst(2).prefix(3))) ? tollFree : longCode
  }
}
