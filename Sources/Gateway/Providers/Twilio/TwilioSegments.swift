/// How many messages of the telephone network a text takes: what Twilio bills and limits by.
///
/// 3GPP TS 23.038 §6.2.1 (the alphabet) and 23.040 §9.2.3.24.1 (the header that joins segments).
struct TwilioSegments: Equatable {
  /// How the text travels.
  enum Encoding: String {
    /// Seven bits a character, some of them two characters.
    case gsm7
    /// Sixteen bits a unit: everything, as soon as one character is outside of GSM-7.
    case ucs2
  }

  /// How the text travels.
  let encoding: Encoding
  /// How many; 1 for an empty text.
  let count: Int

  /// Counts a text.
  ///
  /// By scalars: an `é` of two scalars looks the same and is not in the alphabet.
  init(_ text: String) {
    if let widths = Self.septets(text) {
      encoding = .gsm7
      count = Self.count(widths, alone: 160, joined: 153)
    } else {
      encoding = .ucs2
      count = Self.count(text.unicodeScalars.map(\.utf16.count), alone: 70, joined: 67)
    }
  }

  /// Fills segments with characters of these widths; no character is cut.
  private static func count(_ widths: [Int], alone: Int, joined: Int) -> Int {
    if widths.reduce(0, +) <= alone { return 1 }
    var count = 1
    var used = 0
    for width in widths {
      if used + width > joined { (count, used) = (count + 1, 0) }
      used += width
    }
    return count
  }

  /// The width of each character in septets; `nil` when one is not in the alphabet.
  private static func septets(_ text: String) -> [Int]? {
    var widths: [Int] = []
    widths.reserveCapacity(text.utf8.count)
    for scalar in text.unicodeScalars {
      if basic.contains(scalar) {
        widths.append(1)
      } else if extended.contains(scalar) {
        widths.append(2)
      } else {
        return nil
      }
    }
    return widths
  }

  private static let basic = Set(
    ("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
      + "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./:;<=>?¡ÄÖÑÜ§¿äöñüà").unicodeScalars)

  /// Behind an escape, so two septets that stay together.
  private static let extended = Set("^{}\\[~]|€\u{0C}".unicodeScalars)
}
