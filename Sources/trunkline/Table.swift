/// Rows in columns as wide as their widest entry.
struct Table {
  /// The words above the columns.
  let titles: [String]
  private var rows: [[String]] = []

  /// No entry is shown wider than this: identifiers have 30 columns, names may have any.
  private static let columnMax = 48

  /// A table without rows.
  init(_ titles: String...) { self.titles = titles }

  /// Adds a row; entries are made harmless for a terminal.
  mutating func add(_ row: String...) {
    rows.append(row.map { $0.harmless.cut(to: Self.columnMax) })
  }

  /// Writes the table, or `empty` when it has no rows.
  func write(_ console: Console, empty: String) {
    if rows.isEmpty { return console.line(empty) }
    let all = [titles] + rows
    let widths = titles.indices.map { index in
      all.map { index < $0.count ? $0[index].columns : 0 }.max() ?? 0
    }
    for (number, row) in all.enumerated() {
      var line = ""
      for (cell, width) in zip(row, widths) { line += cell.filled(to: width + 2) }
      while line.last == " " { line.removeLast() }
      console.line(console.styled(line, number == 0 ? .bold : nil))
    }
  }
}

/// A bar that fills while long work goes on; silent where nobody watches.
struct ProgressBar {
  private let console: Console
  private let total: Int
  private var done = 0

  private static let width = 30

  /// A bar for `total` steps.
  init(_ console: Console, total: Int) {
    self.console = console
    self.total = total
    draw("")
  }

  /// One more step is done.
  mutating func step(_ note: String) {
    done += 1
    draw(note)
  }

  /// So many steps are done.
  mutating func set(_ done: Int, _ note: String) {
    self.done = min(done, total)
    draw(note)
  }

  /// Takes the bar away.
  func finish() {
    if console.showsProgress { console.progress("\r\u{1B}[K") }
  }

  private func draw(_ note: String) {
    guard console.showsProgress, total > 0 else { return }
    let filled = min(Self.width, Self.width * done / total)
    let bar =
      String(repeating: "█", count: filled) + String(repeating: "░", count: Self.width - filled)
    console.progress("\r\u{1B}[K\(bar) \(done)/\(total) \(note)")
  }
}
