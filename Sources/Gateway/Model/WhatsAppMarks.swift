/// WhatsApp's marks around spans of a text: `*bold*`, `_italic_`, `~struck~`, and three backticks
/// around code.
/// <https://www.twilio.com/docs/whatsapp/message-features>, autumn 2026.
///
/// A mark that WhatsApp would show instead of obeying is left out: inside of a word, beside a
/// space, across lines, or around text that has the mark itself.
struct WhatsAppMarks {
  /// The text with its marks.
  let text: String

  private struct Run {
    var start: Int
    var end: Int
    let mark: String
  }

  /// The part `range` of a text of UTF-16 units with what the spans say of it.
  init(_ units: [UInt16], _ range: Range<Int>, _ spans: [TextEntity]) {
    var runs: [Run] = []
    for span in spans {
      guard let mark = Self.marks[span.style] else { continue }
      let start = max(span.offset, range.lowerBound)
      let end = min(span.offset + span.length, range.upperBound)
      if start < end { runs += Self.runs(units, start..<end, within: range, mark) }
    }
    text = Self.write(units, range, Self.nested(runs))
  }

  private static let code = "```"
  private static let marks: [TextEntity.Style: String] = [
    .bold: "*", .italic: "_", .strikethrough: "~", .code: code, .pre: code,
  ]

  /// The lines of a span, each without white space at its ends; code may have several.
  private static func runs(
    _ units: [UInt16], _ span: Range<Int>, within range: Range<Int>, _ mark: String
  ) -> [Run] {
    let lines =
      mark == code
      ? [units[span]] : units[span].split { $0 == 0x0A || $0 == 0x0D }
    return lines.compactMap { line in
      guard let start = line.firstIndex(where: { !isSpace($0) }),
        let last = line.lastIndex(where: { !isSpace($0) })
      else { return nil }
      let end = last + 1
      let isCut =
        UTF16.isTrailSurrogate(units[start])
        || (end < range.upperBound && UTF16.isTrailSurrogate(units[end]))
      let isInWord =
        (start > range.lowerBound && isWord(units[start - 1]))
        || (end < range.upperBound && isWord(units[end]))
      let hasMark = mark.utf16.first.map(units[start..<end].contains) ?? true
      return isCut || isInWord || hasMark ? nil : Run(start: start, end: end, mark: mark)
    }
  }

  /// The runs of which each is inside of another or beside it, and none is inside of code.
  private static func nested(_ runs: [Run]) -> [Run] {
    var kept: [Run] = []
    var open: [Run] = []
    for run in runs.sorted(by: { ($0.start, -$0.end) < ($1.start, -$1.end) }) {
      open.removeAll { $0.end <= run.start }
      let crosses = open.contains { $0.end < run.end }
      if crosses || open.contains(where: { $0.mark == code || $0.mark == run.mark }) { continue }
      open.append(run)
      kept.append(run)
    }
    return kept
  }

  private static func write(_ units: [UInt16], _ range: Range<Int>, _ runs: [Run]) -> String {
    var marks: [Int: String] = [:]
    // Ends before beginnings, and of ends at one place the innermost first.
    for run in runs.reversed() { marks[run.end, default: ""] += run.mark }
    for run in runs { marks[run.start, default: ""] += run.mark }
    var written: [UInt16] = []
    for index in range {
      if let mark = marks[index] { written += Array(mark.utf16) }
      written.append(units[index])
    }
    if let mark = marks[range.upperBound] { written += Array(mark.utf16) }
    return String(decoding: written, as: UTF16.self)
  }

  private static func isSpace(_ unit: UInt16) -> Bool {
    unit == 0x20 || (0x09...0x0D).contains(unit) || unit == 0xA0
  }

  private static func isWord(_ unit: UInt16) -> Bool {
    guard let scalar = Unicode.Scalar(unit) else { return false }
    return scalar.properties.isAlphabetic || scalar.properties.numericType != nil
  }
}
