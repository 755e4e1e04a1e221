/// A noun that has identifiers.
package protocol Identified {
  /// The three letters and underscore in front of its identifiers.
  static var idPrefix: StaticString { get }
}

/// An identifier of one kind of thing: a UUID version 7 (RFC 9562 §5.7), shown as a prefix and 26
/// Crockford base32 characters, such as `msg_01JD8Z3V9Q4N7B2M5K6T8X0YCW`. Sorts by time of making.
package struct ID<Noun: Identified>: Hashable, Comparable, Sendable, CustomStringConvertible {
  /// The first eight bytes, big end first: the time and twelve counting bits.
  package let high: UInt64
  /// The last eight bytes.
  package let low: UInt64

  /// An identifier of those 128 bits.
  package init(high: UInt64, low: UInt64) {
    self.high = high
    self.low = low
  }

  /// Reads sixteen bytes as stored in the database.
  package init?(bytes: some Collection<UInt8>) {
    guard bytes.count == 16 else { return nil }
    high = bytes.prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
    low = bytes.dropFirst(8).reduce(0) { $0 << 8 | UInt64($1) }
  }

  /// Reads the shown form, letters in either case; `nil` for another kind of thing.
  package init?(_ text: String) {
    let prefix = "\(Noun.idPrefix)"
    let characters = Array(text.utf8)
    guard characters.count == prefix.utf8.count + 26, text.hasPrefix(prefix) else { return nil }
    var high: UInt64 = 0
    var low: UInt64 = 0
    for (index, character) in characters.dropFirst(prefix.utf8.count).enumerated() {
      // Twenty-six characters hold 130 bits: the first may use only three of its five.
      guard let value = Crockford.value(character), index > 0 || value < 8 else { return nil }
      high = high << 5 | low >> 59
      low = low << 5 | UInt64(value)
    }
    self.init(high: high, low: low)
  }

  /// The sixteen bytes, big end first.
  package var bytes: [UInt8] {
    [UInt8](unsafeUninitializedCapacity: 16) { buffer, count in
      for index in 0..<8 {
        buffer[index] = UInt8(truncatingIfNeeded: high >> UInt64(56 - 8 * index))
        buffer[index + 8] = UInt8(truncatingIfNeeded: low >> UInt64(56 - 8 * index))
      }
      count = 16
    }
  }

  /// The shown form.
  package var description: String { String(decoding: text, as: UTF8.self) }

  /// The shown form as ASCII.
  package var text: [UInt8] {
    var text: [UInt8] = []
    text.reserveCapacity(30)
    Noun.idPrefix.withUTF8Buffer { text.append(contentsOf: $0) }
    for index in 0..<26 {
      // Bits 129…0 in groups of five; the two above bit 127 are zero.
      let shift = UInt64(125 - 5 * index)
      let group: UInt64 =
        if shift >= 64 {
          high >> (shift - 64)
        } else if shift > 59 {
          high << (64 - shift) | low >> shift
        } else {
          low >> shift
        }
      text.append(Crockford.alphabet[Int(group & 31)])
    }
    return text
  }

  /// When it was made.
  package var instant: Instant { Instant(millisecondsSinceEpoch: Int64(high >> 16)) }

  /// Made before.
  package static func < (left: ID, right: ID) -> Bool {
    (left.high, left.low) < (right.high, right.low)
  }
}

/// The base32 alphabet without I, L, O and U, <https://www.crockford.com/base32.html>.
enum Crockford {
  /// The thirty-two characters.
  static let alphabet = Array("0123456789ABCDEFGHJKMNPQRSTVWXYZ".utf8)

  /// The number a character stands for, in either case.
  static func value(_ character: UInt8) -> UInt8? {
    let upper = (97...122).contains(character) ? character - 32 : character
    return alphabet.firstIndex(of: upper).map { UInt8($0) }
  }
}

/// Makes identifiers that grow, also within one millisecond and when the wall clock steps back.
package final class IDSource: Sendable {
  private let last = Locked<UInt64>(0)
  private let clock: any Clock
  private let random: any RandomSource

  /// Identifiers of this clock and this randomness.
  package init(clock: any Clock = SystemClock(), random: any RandomSource = SystemRandom()) {
    self.clock = clock
    self.random = random
  }

  /// A new identifier, greater than all before from this source.
  package func next<Noun>(_ noun: Noun.Type = Noun.self) -> ID<Noun> {
    let milliseconds = UInt64(max(clock.now().millisecondsSinceEpoch, 0))
    // 48 bits of time, then 12 that count within the millisecond and overflow into the next:
    // RFC 9562 §6.2, method 1.
    let tick = last.withLock { last in
      last = max(milliseconds << 12, last + 1)
      return last
    }
    let high = (tick >> 12) << 16 | 0x7000 | (tick & 0xFFF)
    let low = random.next() & 0x3FFF_FFFF_FFFF_FFFF | 0x8000_0000_0000_0000
    return ID(high: high, low: low)
  }
}
