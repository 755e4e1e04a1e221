/// Whom a message goes to, in Meta's words: a telephone number in `to`, the id that a person has
/// with the business in `recipient`, a group in `to`.
///
/// <https://developers.facebook.com/documentation/business-messaging/whatsapp/business-scoped-user-ids>,
/// March 2026.
enum WhatsAppRecipient: Equatable {
  /// `+` and the digits: without the plus Meta may put the business's own country in front.
  case number(String)
  /// The id, exactly as it was given: `<country>.<letters and digits>`.
  case userID(String)
  /// The id of a group.
  case group(String)

  /// The longest id that is taken for one; Meta's are of up to 131 characters, groups' shorter.
  static let idBytesMax = 256

  /// Where `recipient` is.
  ///
  /// - Throws: ``Unsendable`` for an address that nobody has on WhatsApp.
  init(_ recipient: Recipient) throws(Unsendable) {
    switch recipient {
    case .group(let id):
      guard Self.isWord(id) else {
        throw Unsendable(.wrongAddress, field: "to", "This is no group of WhatsApp.")
      }
      self = .group(id)
    case .person(let address):
      guard address.type == .whatsapp || address.type == .phone else {
        throw Unsendable(
          .wrongAddress, field: "to",
          "WhatsApp knows people by telephone number or by the id they have with the business.")
      }
      if let number = PhoneNumber.e164(address.value), number == address.value {
        self = .number(number)
      } else if address.type == .whatsapp, Self.isUserID(address.value) {
        self = .userID(address.value)
      } else {
        throw Unsendable(
          .wrongAddress, field: "to",
          "Neither an international telephone number, such as +4670…, nor an id of WhatsApp's.")
      }
    }
  }

  /// The fields that say to whom: the first ones of every message.
  var fields: JSONObject {
    switch self {
    case .number(let number): ["recipient_type": "individual", "to": .string(number)]
    case .userID(let id): ["recipient_type": "individual", "recipient": .string(id)]
    case .group(let id): ["recipient_type": "group", "to": .string(id)]
    }
  }

  /// Whether a text is the id of a person: a country's two letters, a dot, letters and digits, with
  /// a word between dots where businesses are linked.
  static func isUserID(_ text: String) -> Bool {
    let words = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    guard (2...3).contains(words.count), words[0].count == 2, text.utf8.count <= idBytesMax,
      words[0].allSatisfy({ (65...90).contains($0) })
    else { return false }
    return words.allSatisfy { word in
      !word.isEmpty
        && word.allSatisfy {
          (48...57).contains($0) || (65...90).contains($0) || (97...122).contains($0)
        }
    }
  }

  private static func isWord(_ text: String) -> Bool {
    (1...idBytesMax).contains(text.utf8.count)
      && text.utf8.allSatisfy { (0x21...0x7E).contains($0) }
  }
}
