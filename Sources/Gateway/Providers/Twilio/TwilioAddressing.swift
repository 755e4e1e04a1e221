/// How people and senders are written in requests: the way back from ``TwilioParty``.
enum TwilioAddressing {
  /// The address of a person on a line; `nil` for one that is none of this line's.
  static func to(_ recipient: Recipient, on transport: TransportKind) -> String? {
    guard case .person(let address) = recipient, !address.value.isEmpty else { return nil }
    let value = address.value
    switch (transport, address.type) {
    case (.sms, .phone): return value
    // A number, or a business-scoped id, which has no plus.
    case (.whatsapp, .whatsapp): return "whatsapp:\(value)"
    // A short code has no WhatsApp.
    case (.whatsapp, .phone): return PhoneNumber.e164(value).map { "whatsapp:\($0)" }
    case (.messenger, .messenger): return "messenger:\(value)"
    case (.other, .other): return isMessaging(value) ? value : nil
    default: return nil
    }
  }

  /// The channel's own address on that line; `nil` where it has none or one of another line.
  static func from(_ sender: String?, on transport: TransportKind, to: String) -> String? {
    guard let sender = sender?.trimmed, !sender.isEmpty else { return nil }
    let wanted = transport == .sms ? nil : TwilioParty(to).network
    let network = TwilioParty(sender).network
    if network == wanted { return sender }
    return network == nil ? wanted.map { "\($0):\(sender)" } : nil
  }

  /// Addresses of other networks, such as `rcs:…`; calls have theirs too, and take no messages.
  private static func isMessaging(_ value: String) -> Bool {
    guard let network = TwilioParty(value).network else { return false }
    return !["client", "sip", "sim"].contains(network)
  }
}
