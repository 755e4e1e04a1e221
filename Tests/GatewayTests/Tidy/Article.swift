import Testing

@testable import Gateway

/// One page of the documentation, taken apart as far as tests look.
struct Article: Sendable, CustomTestStringConvertible {
  /// Below the repository's root, such as `Sources/Gateway/Gateway.docc/Limits.md`.
  let path: String
  /// The lines, the first at index 0.
  let lines: [String]

  var testDescription: String { path }

  init(path: String, text: String) {
    self.path = path
    lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
  }

  /// Reads the page of that name.
  init(_ name: String) throws {
    let path = "\(Self.folder)/\(name).md"
    let bytes = try File.read("\(Repository.root)/\(path)")
    self.init(path: path, text: String(decoding: bytes, as: UTF8.self))
  }

  /// Where the pages are.
  static let folder = "Sources/Gateway/Gateway.docc"

  /// Every page, and the README.
  static let all: [Article] = {
    let pages = (try? File.listAll("\(Repository.root)/\(folder)")) ?? []
    return (pages.filter { $0.hasSuffix(".md") }.map { "\(folder)/\($0)" } + ["README.md"])
      .compactMap { path in
        (try? File.read("\(Repository.root)/\(path)")).map {
          Article(path: path, text: String(decoding: $0, as: UTF8.self))
        }
      }
  }()

  /// The code blocks fenced as `language`, each as its lines.
  func blocks(_ language: String) -> [[String]] {
    var blocks: [[String]] = []
    var open: [String]?
    var isWanted = false
    for line in lines {
      if line.hasPrefix("```") {
        if let block = open, isWanted { blocks.append(block) }
        isWanted = line == "```\(language)"
        open = open == nil ? [] : nil
      } else {
        open?.append(line)
      }
    }
    return blocks
  }

  /// The cells of the table rows below the heading `heading`, without the head of the table.
  func rows(below heading: String) -> [[String]] {
    guard let start = lines.firstIndex(of: heading) else { return [] }
    let section = lines[(start + 1)...].prefix { !$0.hasPrefix("#") }
    return section.filter { $0.hasPrefix("| `") }.map { row in
      row.split(separator: "|").map(\.trimmed).filter { !$0.isEmpty }
    }
  }

  /// What stands in single backquotes outside of code blocks.
  var codeWords: [String] {
    var isCode = false
    return lines.flatMap { line -> [String] in
      if line.hasPrefix("```") { isCode.toggle() }
      if isCode || line.hasPrefix("```") { return [] }
      let parts = line.split(separator: "`", omittingEmptySubsequences: false)
      return parts.enumerated().compactMap { $0.offset % 2 == 1 ? String($0.element) : nil }
    }
  }

  /// The text with what stands between the markers of `name` replaced; `nil` without markers.
  func replacing(_ name: String, by text: String) -> String? {
    guard let begin = lines.firstIndex(of: "<!-- begin: \(name) -->"),
      let end = lines.firstIndex(of: "<!-- end: \(name) -->"), begin < end
    else { return nil }
    let inner = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    return (lines[...begin] + [""] + inner + [""] + lines[end...]).joined(separator: "\n")
  }
}
