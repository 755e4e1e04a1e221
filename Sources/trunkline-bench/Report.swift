import Gateway

/// What one scenario has shown.
struct ReportLine {
  /// The scenario.
  let scenario: String
  /// How many a second.
  var perSecond: Double?
  /// How many the bare loop did a second, in the same rounds.
  var limitPerSecond: Double?
  /// The time half of them did not exceed, in milliseconds.
  var p50: Double?
  /// The time 99 of 100 did not exceed, in milliseconds.
  var p99: Double?
  /// More numbers, with their names and decimal places.
  var more: [(name: String, value: Double, digits: Int)] = []
  /// What a person should know.
  var note = ""

  /// A scenario without numbers yet.
  init(_ scenario: String) { self.scenario = scenario }

  /// The share of the limit.
  var ratio: Double? {
    guard let perSecond, let limitPerSecond, limitPerSecond > 0 else { return nil }
    return perSecond / limitPerSecond
  }

  /// The line for machines.
  var json: JSON {
    var object: JSONObject = ["scenario": .string(scenario)]
    let numbers: [(String, Double?, Int)] = [
      ("per_second", perSecond, 0), ("limit_per_second", limitPerSecond, 0), ("ratio", ratio, 3),
      ("p50_ms", p50, 3), ("p99_ms", p99, 3),
    ]
    for (name, value, digits) in numbers {
      if let value { object[name] = value.json(digits) }
    }
    var processor = JSONObject()
    for (name, value, digits) in more {
      if name.hasPrefix("cpu ") {
        processor[String(name.dropFirst(4))] = value.json(digits)
      } else {
        object[name] = value.json(digits)
      }
    }
    if !processor.isEmpty { object["cpu"] = .object(processor) }
    return .object(object)
  }
}

/// The table for people, and what it says of the aims.
enum Report {
  private static let header = [
    "scenario", "per second", "limit", "ratio", "p50 ms", "p99 ms", "",
  ]
  /// The aims of the design: what a scenario should reach.
  private static let ratioAim = 0.6
  private static let p99Aim = 50.0
  private static let readyAim = 300.0
  private static let memoryAim = 40.0

  /// The table, a line each.
  static func table(_ lines: [ReportLine]) -> String {
    let rows = [header] + lines.map(cells)
    let widths = header.indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
    var page = ""
    for row in rows {
      var line = ""
      for (column, cell) in row.enumerated() {
        let space = String(repeating: " ", count: widths[column] - cell.count)
        // Words to the left, numbers to the right.
        line += column == 0 || column == row.count - 1 ? cell + space : space + cell
        line += "  "
      }
      page += line.trimmed + "\n"
    }
    return page
  }

  private static func cells(_ line: ReportLine) -> [String] {
    [
      line.scenario, line.perSecond?.shown(0) ?? "", line.limitPerSecond?.shown(0) ?? "",
      line.ratio?.shown(2) ?? "", line.p50?.shown(2) ?? "", line.p99?.shown(2) ?? "", note(line),
    ]
  }

  private static func note(_ line: ReportLine) -> String {
    var words = line.note.isEmpty ? [] : [line.note]
    if line.scenario.hasPrefix("inbound"), let ratio = line.ratio, let p99 = line.p99 {
      words.append(aim("ratio", ratio >= ratioAim, "at least \(ratioAim.shown(2))"))
      words.append(aim("p99", p99 <= p99Aim, "at most \(p99Aim.shown(0)) ms"))
    }
    for (name, value, _) in line.more {
      if name == "ready_ms" {
        words.append(aim("start", value <= readyAim, "at most \(readyAim.shown(0)) ms"))
      } else if name == "memory_mb", line.scenario == "idle" {
        words.append(aim("memory", value <= memoryAim, "at most \(memoryAim.shown(0)) MB"))
      } else if name == "memory_mb" {
        words.append("\(value.shown(0)) MB")
      } else if name.hasPrefix("cpu ") {
        words.append("\(name.dropFirst(4)) \((value * 100).shown(0)) %")
      }
    }
    return words.joined(separator: ", ")
  }

  /// Says whether an aim of the design is met.
  static func aim(_ name: String, _ isMet: Bool, _ aim: String) -> String {
    isMet ? "\(name) as aimed" : "\(name.uppercased()) MISSES ITS AIM: \(aim)"
  }
}

extension Double {
  /// The number with so many decimal places and commas between thousands.
  func shown(_ digits: Int) -> String {
    let (whole, fraction) = parts(digits)
    var text = ""
    for (index, digit) in String(whole).enumerated() {
      if index > 0, (String(whole).count - index) % 3 == 0 { text += "," }
      text.append(digit)
    }
    let sign = self < 0 && (whole > 0 || !fraction.allSatisfy { $0 == "0" }) ? "-" : ""
    return sign + text + (digits > 0 ? ".\(fraction)" : "")
  }

  /// The number rounded to so many decimal places.
  fileprivate func json(_ digits: Int) -> JSON {
    if digits == 0 { return .integer(Int64(rounded())) }
    let scale = (0..<digits).reduce(1.0) { scale, _ in scale * 10 }
    return .number((self * scale).rounded() / scale)
  }

  private func parts(_ digits: Int) -> (whole: Int, fraction: String) {
    let scale = (0..<digits).reduce(1) { scale, _ in scale * 10 }
    let scaled = Int((magnitude * Double(scale)).rounded())
    let fraction = String(scaled % scale)
    let zeros = String(repeating: "0", count: max(0, digits - fraction.count))
    return (scaled / scale, zeros + fraction)
  }
}
