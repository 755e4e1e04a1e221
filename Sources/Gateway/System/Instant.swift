/// A point in time, UTC, in whole milliseconds. Shown as ISO 8601: `2026-11-21T06:05:00.000Z`.
package struct Instant: Hashable, Comparable, Sendable, CustomStringConvertible {
  /// Milliseconds since 1970-01-01T00:00:00Z.
  package let millisecondsSinceEpoch: Int64

  /// The years that four digits can name: what a stranger sends outside of them is no time.
  package static let range =
    Instant(
      millisecondsSinceEpoch: -62_135_596_800_000)...Instant(
      millisecondsSinceEpoch: 253_402_300_799_999)

  /// The instant that many milliseconds after 1970.
  package init(millisecondsSinceEpoch: Int64) {
    self.millisecondsSinceEpoch = millisecondsSinceEpoch
  }

  /// The instant that many seconds after 1970, `nil` outside ``range``.
  package init?(secondsSinceEpoch: Int64) {
    let (milliseconds, overflow) = secondsSinceEpoch.multipliedReportingOverflow(by: 1000)
    let instant = Instant(millisecondsSinceEpoch: milliseconds)
    guard !overflow, Self.range.contains(instant) else { return nil }
    self = instant
  }

  /// This instant moved by `milliseconds`, stopping at the ends of ``range``.
  package func adding(milliseconds: Int64) -> Instant {
    let (sum, overflow) = millisecondsSinceEpoch.addingReportingOverflow(milliseconds)
    if overflow { return milliseconds > 0 ? Self.range.upperBound : Self.range.lowerBound }
    let moved = Instant(millisecondsSinceEpoch: sum)
    return min(max(moved, Self.range.lowerBound), Self.range.upperBound)
  }

  /// Milliseconds from `other` to this instant, stopping at what the type can hold.
  package func milliseconds(since other: Instant) -> Int64 {
    let (difference, overflow) = millisecondsSinceEpoch.subtractingReportingOverflow(
      other.millisecondsSinceEpoch)
    return overflow ? (self > other ? .max : .min) : difference
  }

  /// Earlier than.
  package static func < (left: Instant, right: Instant) -> Bool {
    left.millisecondsSinceEpoch < right.millisecondsSinceEpoch
  }

  /// ISO 8601 in UTC with milliseconds.
  package var description: String { String(decoding: iso8601, as: UTF8.self) }

  /// ISO 8601 in UTC with milliseconds, 24 bytes.
  package var iso8601: [UInt8] {
    let clamped = min(max(self, Self.range.lowerBound), Self.range.upperBound)
    let (days, millisecondsOfDay) = Self.floorDivide(clamped.millisecondsSinceEpoch, 86_400_000)
    let date = CivilDate(daysSinceEpoch: days)
    var text: [UInt8] = []
    text.reserveCapacity(24)
    func digits(_ value: Int64, _ width: Int) {
      var divisor: Int64 = 1
      for _ in 1..<width { divisor *= 10 }
      while divisor > 0 {
        text.append(UInt8(48 + (value / divisor) % 10))
        divisor /= 10
      }
    }
    digits(date.year, 4)
    text.append(UInt8(ascii: "-"))
    digits(date.month, 2)
    text.append(UInt8(ascii: "-"))
    digits(date.day, 2)
    text.append(UInt8(ascii: "T"))
    digits(millisecondsOfDay / 3_600_000, 2)
    text.append(UInt8(ascii: ":"))
    digits(millisecondsOfDay / 60_000 % 60, 2)
    text.append(UInt8(ascii: ":"))
    digits(millisecondsOfDay / 1000 % 60, 2)
    text.append(UInt8(ascii: "."))
    digits(millisecondsOfDay % 1000, 3)
    text.append(UInt8(ascii: "Z"))
    return text
  }

  /// Reads ISO 8601 with `Z` or an offset, fraction optional: `2026-10-05T14:23:11.402Z`.
  package init?(iso8601 text: String) {
    var scanner = DigitScanner(Array(text.utf8))
    guard let year = scanner.number(4), scanner.skip("-"), let month = scanner.number(2),
      scanner.skip("-"), let day = scanner.number(2), scanner.skip("T") || scanner.skip(" "),
      let hour = scanner.number(2), scanner.skip(":"), let minute = scanner.number(2),
      scanner.skip(":"), let second = scanner.number(2), hour < 24, minute < 60, second < 61,
      let date = CivilDate(year: year, month: month, day: day)
    else { return nil }
    var milliseconds: Int64 = 0
    if scanner.skip(".") {
      guard let fraction = scanner.fractionMilliseconds() else { return nil }
      milliseconds = fraction
    }
    guard let offsetMinutes = scanner.offsetMinutes(), scanner.atEnd else { return nil }
    let seconds =
      date.daysSinceEpoch * 86_400 + hour * 3600 + minute * 60 + second - offsetMinutes * 60
    self.init(secondsSinceEpoch: seconds, milliseconds: milliseconds)
  }

  /// The instant of a date that was read; an offset can carry it out of ``range``.
  private init?(secondsSinceEpoch: Int64, milliseconds: Int64) {
    self.init(secondsSinceEpoch: secondsSinceEpoch)
    self = adding(milliseconds: milliseconds)
  }

  /// Reads the date of mail and HTTP, RFC 5322 §3.3: `Mon, 05 Oct 2026 14:25:10 +0000`.
  package init?(rfc5322 text: String) {
    let months = [
      "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]
    var words = text.split(separator: " ")
    if let first = words.first, first.hasSuffix(",") { words.removeFirst() }
    guard words.count >= 4, let day = Self.number(words[0]), let year = Self.year(words[2]),
      let month = months.firstIndex(of: String(words[1])),
      let date = CivilDate(year: year, month: Int64(month) + 1, day: day)
    else { return nil }
    let time = words[3].split(separator: ":").map(Self.number)
    guard time.count >= 2, time.count <= 3, let hour = time[0], let minute = time[1],
      let second = time.count == 3 ? time[2] : 0, (0..<24).contains(hour),
      (0..<60).contains(minute), (0..<61).contains(second)
    else { return nil }
    var offset: Int64 = 0
    if words.count > 4, words[4] != "GMT", words[4] != "UTC", words[4] != "UT" {
      var scanner = DigitScanner(Array(words[4].utf8))
      guard let minutes = scanner.offsetMinutes(), scanner.atEnd else { return nil }
      offset = minutes
    }
    let seconds = date.daysSinceEpoch * 86_400 + hour * 3600 + minute * 60 + second - offset * 60
    self.init(secondsSinceEpoch: seconds)
  }

  /// The year of a mail's date: two and three digits count from 1900 or 2000, RFC 5322 §4.3.
  private static func year(_ text: Substring) -> Int64? {
    guard let year = number(text) else { return nil }
    switch text.utf8.count {
    case 2: return year < 50 ? year + 2000 : year + 1900
    case 3: return year + 1900
    case 4: return year
    default: return nil
    }
  }

  /// One to four digits and nothing else: `Int64` would take a sign.
  private static func number(_ text: Substring) -> Int64? {
    let isNumber = text.utf8.allSatisfy { (48...57).contains($0) }
    return isNumber && text.utf8.count <= 4 ? Int64(text) : nil
  }

  private static func floorDivide(_ value: Int64, _ by: Int64) -> (Int64, Int64) {
    let quotient = value >= 0 ? value / by : (value - by + 1) / by
    return (quotient, value - quotient * by)
  }
}

/// A calendar day. Algorithms: Howard Hinnant, "chrono-compatible low-level date algorithms",
/// <https://howardhinnant.github.io/date_algorithms.html>.
private struct CivilDate {
  let year: Int64
  let month: Int64
  let day: Int64

  init?(year: Int64, month: Int64, day: Int64) {
    guard (1...9999).contains(year), (1...12).contains(month), day >= 1 else { return nil }
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
    let lengths: [Int64] = [31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
    guard day <= lengths[Int(month) - 1] else { return nil }
    self.year = year
    self.month = month
    self.day = day
  }

  init(daysSinceEpoch: Int64) {
    let shifted = daysSinceEpoch + 719_468
    let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
    let dayOfEra = shifted - era * 146_097
    let yearOfEra =
      (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shiftedMonth = (5 * dayOfYear + 2) / 153
    day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
    month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
    year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
  }

  var daysSinceEpoch: Int64 {
    let shiftedYear = month <= 2 ? year - 1 : year
    let era = (shiftedYear >= 0 ? shiftedYear : shiftedYear - 399) / 400
    let yearOfEra = shiftedYear - era * 400
    let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
    return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
  }
}

/// Reads fixed-width numbers from the front of a text.
private struct DigitScanner {
  private let bytes: [UInt8]
  private var position = 0

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  var atEnd: Bool { position == bytes.count }

  mutating func number(_ width: Int) -> Int64? {
    guard position + width <= bytes.count else { return nil }
    var value: Int64 = 0
    for byte in bytes[position..<position + width] {
      guard byte >= 48, byte <= 57 else { return nil }
      value = value * 10 + Int64(byte - 48)
    }
    position += width
    return value
  }

  mutating func skip(_ character: Character) -> Bool {
    guard position < bytes.count, bytes[position] == character.asciiValue else { return false }
    position += 1
    return true
  }

  /// One to nine digits after the point; what is finer than a millisecond is cut.
  mutating func fractionMilliseconds() -> Int64? {
    var value: Int64 = 0
    var count = 0
    while position < bytes.count, bytes[position] >= 48, bytes[position] <= 57 {
      if count < 3 { value = value * 10 + Int64(bytes[position] - 48) }
      count += 1
      position += 1
    }
    guard (1...9).contains(count) else { return nil }
    for _ in min(count, 3)..<3 { value *= 10 }
    return value
  }

  /// `Z`, `+02:00` or `+0200`, as minutes east of Greenwich.
  mutating func offsetMinutes() -> Int64? {
    if skip("Z") { return 0 }
    let sign: Int64
    if skip("+") { sign = 1 } else if skip("-") { sign = -1 } else { return nil }
    guard let hours = number(2) else { return nil }
    _ = skip(":")
    guard let minutes = number(2), hours < 24, minutes < 60 else { return nil }
    return sign * (hours * 60 + minutes)
  }
}
