/// One end of a message or a call as Twilio writes it: `+15035550142`, `whatsapp:+5511987654321`,
/// `whatsapp:AR.138…` (a business-scoped user id), `messenger:7012…`, `rcs:…`, `client:…`, `sip:…`.
struct TwilioParty {
  /// The line a message with this end travels on.
  let transport: TransportKind
  /// The word before the colon, `nil` for a plain number.
  let network: String?
  /// What follows the colon.
  let identifier: String
  /// Every address it proves, the one it stands for first. Empty for a withheld number.
  let addresses: [Address]

  /// Reads an end.
  init(_ raw: String) {
    let colon = raw.firstIndex(of: ":")
    let prefix = colon.map { raw[..<$0] } ?? ""
    let isNetwork = !prefix.isEmpty && prefix.utf8.allSatisfy { (97...122).contains($0) }
    network = isNetwork ? String(prefix) : nil
    identifier = isNetwork ? String(raw.dropFirst(prefix.count + 1)) : raw
    switch network {
    case nil:
      transport = .sms
      addresses = Self.isWithheld(raw) ? [] : [Address(phone: raw)]
    case "whatsapp"?:
      transport = .whatsapp
      addresses = Self.whatsApp(identifier, raw: raw)
    case "messenger"?:
      transport = .messenger
      addresses = [Address(type: .messenger, value: identifier.trimmed, raw: raw)]
    case "rcs"?:
      transport = .other
      // RCS knows people by telephone number, so the number is proven too.
      addresses =
        [Address(type: .other, value: raw.trimmed, raw: raw)] + Self.phone(identifier)
    default:
      transport = .other
      addresses = [Address(type: .other, value: raw.trimmed, raw: raw)]
    }
  }

  /// The person at this end, `nil` when withheld. `more` are other addresses of theirs, which
  /// follow; one that is there already is not repeated.
  func person(named name: String? = nil, _ more: [Address] = []) -> Person? {
    if addresses.isEmpty { return nil }
    var all = addresses
    for address in more
    where !all.contains(where: { $0.type == address.type && $0.value == address.value }) {
      all.append(address)
    }
    return Person(addresses: all, displayName: name)
  }

  /// A WhatsApp user's addresses: of a number also the number itself.
  static func whatsApp(_ identifier: String, raw: String) -> [Address] {
    guard let number = PhoneNumber.e164(identifier) else {
      return [Address(type: .whatsapp, value: identifier.trimmed, raw: raw)]
    }
    return [Address(type: .whatsapp, value: number, raw: raw)] + phone(identifier)
  }

  private static func phone(_ text: String) -> [Address] {
    PhoneNumber.e164(text).map { [Address(type: .phone, value: $0, raw: text)] } ?? []
  }

  /// Whether a caller withheld the number. Twilio then sends a word, or a "number" that spells one
  /// on a keypad, such as +266696687: seen in public code, 2026-10. It must never become a contact:
  /// all who withhold would be one person.
  static func isWithheld(_ raw: String) -> Bool {
    let text = raw.trimmed.lowercased()
    if text.isEmpty || text == "+" || withheldWords.contains(text) { return true }
    if text.hasPrefix("+") { return withheldNumbers.contains(String(text.dropFirst())) }
    // Without the plus a short one may be a short code, which is somebody.
    return PhoneNumber.shortCode(text) == nil && withheldNumbers.contains(text)
  }

  private static let withheldWords: Set<String> = [
    "anonymous", "restricted", "blocked", "unknown", "unavailable", "private", "withheld",
  ]
  private static let withheldNumbers: Set<String> = [
    "266696687",  // ANONYMOUS
    "7378742833",  // RESTRICTED
    "2562533",  // BLOCKED
    "8656696",  // UNKNOWN
    "86282452253",  // UNAVAILABLE
  ]
}
