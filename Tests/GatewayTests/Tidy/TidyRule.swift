import Testing

/// One rule of the house, with a sample that breaks it: a rule that cannot fail guards nothing.
struct TidyRule: Sendable, CustomTestStringConvertible {
  /// A file and the line of it that breaks the rule.
  struct Sample: Sendable {
    var path: String
    var line: Int
    var text: String

    init(_ path: String, line: Int = 1, _ text: String) {
      self.path = path
      self.line = line
      self.text = text
    }
  }

  /// What the rule asks for.
  let name: String
  /// Files that break it, each in one line; read one at a time, with ``beside`` around them.
  let broken: [Sample]
  /// Files that keep it, though a hasty reader might think otherwise.
  let kept: [Sample]
  /// Files that are there in every sample.
  let beside: [Sample]
  /// Finds what breaks the rule, as `path:line: what to do`.
  let check: @Sendable ([SourceFile]) -> [String]

  var testDescription: String { name }

  init(
    _ name: String, broken: [Sample], kept: [Sample] = [], beside: [Sample] = [],
    check: @escaping @Sendable ([SourceFile]) -> [String]
  ) {
    self.name = name
    self.broken = broken
    self.kept = kept
    self.beside = beside
    self.check = check
  }

  /// A rule that looks at one line at a time: `advice` gives what to do, `nil` when all is well.
  static func lines(
    _ name: String, broken: [Sample], kept: [Sample] = [],
    advice: @escaping @Sendable (SourceFile, Int) -> String?
  ) -> TidyRule {
    TidyRule(name, broken: broken, kept: kept) { files in
      files.flatMap { file in
        file.lines.indices.compactMap { index in
          advice(file, index).map { "\(file.path):\(index + 1): \($0)" }
        }
      }
    }
  }

  /// Every rule.
  static let all = [
    bannedWords, leftovers, machinePaths, noWaiting, imports, lineLength, fileLength,
    functionLength, unsafeIsExplained, documented, sqlInStore, layers, providersApart,
    providersComplete,
  ]
}
