/// Small readings of Instagram's and Messenger's JSON in which a wrong type is the same as nothing
/// there.
enum MetaMessagingJSON {
  /// Below this a time is in seconds: as milliseconds it would be of 1973.
  private static let secondsBelow: Int64 = 100_000_000_000
  /// Bytes of a hash that tell things apart.
  private static let markBytes = 16
  /// The longest word that is taken for one of Meta's.
  private static let kindLengthMax = 64

  /// A text that is not empty.
  static func text(_ json: JSON?) -> String? {
    guard let text = json?.string, !text.isEmpty else { return nil }
    return text
  }

  /// An id: Meta writes some as text and some as numbers.
  static func id(_ json: JSON?) -> String? { text(json) ?? json?.integer.map(String.init) }

  /// A whole number, which Meta may write as text.
  static func integer(_ json: JSON?) -> Int64? {
    json?.integer ?? json?.string.flatMap { Int64($0) }
  }

  /// A time in milliseconds; in seconds where the number is too small for that.
  static func instant(_ json: JSON?) -> Instant? {
    guard let number = integer(json), number > 0 else { return nil }
    if number < secondsBelow { return Instant(secondsSinceEpoch: number) }
    let instant = Instant(millisecondsSinceEpoch: number)
    return Instant.range.contains(instant) ? instant : nil
  }

  /// A word of Meta's for the log; a stranger's only if it looks like one.
  static func kind(_ word: String?, otherwise: String) -> String {
    guard let word, (1...kindLengthMax).contains(word.utf8.count),
      word.utf8.allSatisfy({
        (97...122).contains($0) || (48...57).contains($0) || $0 == UInt8(ascii: "_")
      })
    else { return otherwise }
    return word
  }

  /// What tells a thing without an id from others: the same whenever the same comes again.
  static func mark(of json: JSON) -> String {
    Hex.encode(Crypto.sha256(json.serialized()).prefix(markBytes))
  }

  /// The members that say something: neither null nor an empty text.
  static func said(_ json: JSON?) -> JSONObject? {
    guard let members = json?.object else { return nil }
    var said: JSONObject = [:]
    for member in members where !member.value.isNull && member.value != "" {
      said[member.key] = member.value
    }
    return said.isEmpty ? nil : said
  }
}
