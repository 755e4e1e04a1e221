/// Rules about declarations: what is said beside them.
extension TidyRule {
  static let unsafeIsExplained = lines(
    "what the compiler cannot check is explained",
    broken: [
      Sample("Sources/Gateway/A.swift", "final class A: @unchecked Sendable {}"),
      Sample("Tests/A.swift", line: 3, "// a\n\nnonisolated(unsafe) var b = 1"),
    ],
    kept: [
      Sample("Sources/A.swift", "// Safe: one thread.\nfinal class A: @unchecked Sendable {}"),
      Sample("Sources/A.swift", "nonisolated(unsafe) var a = 1  // Set once, before threads."),
      Sample("Sources/A.swift", "// Safe.\n@frozen\nstruct A: @unchecked Sendable {}"),
    ]
  ) { file, index in
    let code = file.code[index]
    guard code.contains("@unchecked") || code.contains("nonisolated(unsafe)") else { return nil }
    var above = index - 1
    while above >= 0, file.code[above].trimmedOfSpaces.hasPrefix("@") { above -= 1 }
    let isExplained =
      !file.comments[index].trimmedOfSpaces.isEmpty
      || (above >= 0 && !file.comments[above].trimmedOfSpaces.isEmpty)
    return isExplained ? nil : "say in a comment above which rule makes it safe"
  }

  static let documented = TidyRule(
    "what others can use is documented",
    broken: [
      Sample("Sources/Gateway/A.swift", "struct A {}"),
      Sample("Sources/Gateway/A.swift", line: 3, "/// A.\nstruct A {\n  func b() {}\n}"),
      Sample("Sources/Gateway/A.swift", line: 3, "/// A.\nenum A {\n  static let b = 1\n}"),
      Sample("Sources/Gateway/A.swift", line: 3, "/// A.\nstruct A {\n  package let b: Int\n}"),
      Sample("Sources/Gateway/A.swift", line: 2, "extension A {\n  init(b: Int) {}\n}"),
      Sample("Sources/Gateway/A.swift", line: 2, "// Not a document.\nfunc a() {}"),
    ],
    kept: [
      Sample("Sources/Gateway/A.swift", "/// A.\n@frozen\n// Why.\nstruct A {}"),
      Sample("Sources/Gateway/A.swift", "private struct A {\n  func b() {}\n}"),
      Sample("Sources/Gateway/A.swift", "/// A.\nenum A {\n  case b\n  private let c = 1\n}"),
      Sample("Sources/Gateway/A.swift", "/// A.\nfunc a() {\n  func b() {}\n  struct C {}\n}"),
      Sample("Tests/GatewayTests/A.swift", "struct A {}"),
    ]
  ) { files in
    files.filter(\.isSource).flatMap { file in
      file.declarations.compactMap { declaration in
        guard needsDocument(declaration), !hasDocument(file, declaration.line) else { return nil }
        return "\(file.path):\(declaration.line): \(declaration.keyword) \(declaration.name): "
          + "say in a /// sentence what it is for"
      }
    }
  }

  private static func needsDocument(_ declaration: Declaration) -> Bool {
    if declaration.isPrivate { return false }
    switch declaration.keyword {
    case "extension", "deinit": return false
    case "let", "var":
      return declaration.modifiers.contains { ["static", "package", "public"].contains($0) }
    default: return true
    }
  }

  private static func hasDocument(_ file: SourceFile, _ line: Int) -> Bool {
    for above in file.lines[..<(line - 1)].reversed() {
      let text = above.trimmedOfSpaces
      if text.hasPrefix("///") { return true }
      if !text.hasPrefix("@"), !text.hasPrefix("//") { return false }
    }
    return false
  }
}

extension StringProtocol {
  /// The text without spaces at its front.
  var trimmedOfSpaces: SubSequence { drop { $0 == " " } }
}
