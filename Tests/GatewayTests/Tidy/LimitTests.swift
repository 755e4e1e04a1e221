import Testing

@testable import Gateway

/// The page of limits against the constants of the sources.
@Suite struct LimitTests {
  @Test func everyConfiguredLimitHasItsDefaultInThePage() throws {
    let rows = try Article("Limits").rows(below: "## What you can set")
    let fallbacks = ConfigurationKey.all.filter { $0.fallback.integer != nil }
      .map { ["`\($0.path)`", "\($0.fallback.integer ?? 0)"] }
    #expect(rows.map { Array($0.prefix(2)) } == fallbacks)
  }

  @Test func everyFixedLimitHasTheValueOfItsSource() throws {
    let rows = try Self.rows()
    #expect(rows.count > 40)
    for row in rows {
      let file = try #require(SourceFile.tree.first { $0.path == row.path }, "\(row.path)")
      let values = file.lines.compactMap { Self.value(of: row.name, in: $0) }
      #expect(values.contains(row.value), "\(row.name) in \(row.path): \(values)")
    }
  }

  /// A constant whose name says that it bounds something must be in the page.
  @Test func everyConstantThatBoundsSomethingIsInThePage() throws {
    let known = Set(try Self.rows().map { "\($0.path) \($0.name)" })
    let endings = ["Max", "Min", "Seconds", "Milliseconds", "Nanoseconds", "Uncounted", "Reserved"]
    var found: [String] = []
    for file in SourceFile.tree where file.module == "Gateway" && !file.folder.hasPrefix("Contract")
    {
      for line in file.code {
        let words = line.split(separator: " ")
        guard let keyword = words.firstIndex(of: "let"), words[..<keyword].contains("static"),
          keyword + 1 < words.count
        else { continue }
        let name = words[keyword + 1].prefix { $0 != ":" }
        guard endings.contains(where: name.hasSuffix), Self.value(of: String(name), in: line) != nil
        else { continue }
        found.append("\(file.path) \(name)")
      }
    }
    #expect(found.count > 20)
    #expect(found.filter { !known.contains($0) } == [])
  }

  @Test func readsTheWaysANumberIsWritten() {
    #expect(Self.value(of: "aMax", in: "  static let aMax = 4 << 20") == 4 << 20)
    #expect(Self.value(of: "aMax", in: "  static let aMax: Int64 = 10_000 // x") == 10_000)
    #expect(Self.value(of: "aMax", in: "  static let aMax = 2 * 1024 * 8") == 16_384)
    #expect(Self.value(of: "most", in: "func a(standard: Int = 50, most: Int = 200)") == 200)
    #expect(Self.value(of: "step", in: "\"PRAGMA step = 7\",") == 7)
    #expect(Self.value(of: "most", in: "a(standard: 100, most: 1000)") == 1000)
    #expect(Self.value(of: "most", in: "almost = 3") == nil)
    #expect(Self.value(of: "most", in: "most = other") == nil)
  }

  private struct Limit {
    let name: String
    let value: Int
    let path: String
  }

  /// The rows `| `name` | value unit | `file` | reason |` of the page.
  private static func rows() throws -> [Limit] {
    let page = try Article("Limits")
    let headings = page.lines.filter { $0.hasPrefix("## ") }.dropFirst()
    return try headings.flatMap { heading in
      try page.rows(below: heading).map { cells in
        let words = cells[1].split(separator: " ")
        let number = try #require(words.first.flatMap { Int($0.filter { $0 != "," }) }, "\(cells)")
        return Limit(
          name: cells[0].filter { $0 != "`" }, value: number,
          path: "Sources/Gateway/\(cells[2].filter { $0 != "`" })")
      }
    }
  }

  /// The number that `name` is given in a line of code: digits, `_`, `*` and `<<`.
  private static func value(of name: String, in line: String) -> Int? {
    for start in line.indices where line[start...].hasPrefix(name) {
      if start > line.startIndex, line.utf8[line.utf8.index(before: start)].isWordByte { continue }
      var rest = line[line.index(start, offsetBy: name.count)...]
      let equals = rest.firstRange(of: " = ")
      if rest.hasPrefix(": "), rest.dropFirst(2).first?.isNumber == true {
        rest = rest.dropFirst(2)
      } else if let equals, rest[..<equals.lowerBound].allSatisfy({ $0 != "," && $0 != "(" }),
        rest.hasPrefix(" = ") || rest.hasPrefix(": ")
      {
        rest = rest[equals.upperBound...]
      } else {
        continue
      }
      let text = rest.prefix { $0.isNumber || $0 == "_" || $0 == " " || $0 == "*" || $0 == "<" }
      if let value = number(text) { return value }
    }
    return nil
  }

  private static func number(_ text: Substring) -> Int? {
    let factor: (Substring) -> Int? = { Int($0.trimmed.filter { $0 != "_" }) }
    if let shift = text.firstRange(of: "<<") {
      guard let base = factor(text[..<shift.lowerBound]), let by = factor(text[shift.upperBound...])
      else { return nil }
      return base << by
    }
    let factors = text.split(separator: "*", omittingEmptySubsequences: false).map(factor)
    guard !factors.contains(nil) else { return nil }
    return factors.compactMap(\.self).reduce(1, *)
  }
}
