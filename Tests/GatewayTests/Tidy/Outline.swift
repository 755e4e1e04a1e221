/// A declaration at file or type level.
struct Declaration: Sendable {
  /// `struct`, `func`, `let`, `extension`, …
  var keyword: String
  /// The name behind the keyword.
  var name: String
  /// What stands in front of the keyword, such as `package` or `private(set)`.
  var modifiers: [String]
  /// The line, from 1.
  var line: Int
  /// How many types it is inside of.
  var depth: Int
  /// Whether it, or a type around it, is private.
  var isPrivate: Bool
  /// The line of the closing brace; `line` when it has none.
  var endLine: Int

  /// Whether it declares a type.
  var isType: Bool { Outline.typeKeywords.contains(keyword) && keyword != "extension" }
}

/// Finds the declarations of a file by its braces: enough for rules, far from a parser.
enum Outline {
  static let typeKeywords: Set = [
    "struct", "class", "enum", "protocol", "actor", "extension", "typealias",
  ]
  private static let memberKeywords: Set = ["func", "init", "deinit", "subscript", "let", "var"]
  private static let modifiers: Set = [
    "package", "public", "internal", "private", "fileprivate", "static", "final", "mutating",
    "nonmutating", "nonisolated", "override", "indirect", "lazy", "weak", "unowned", "open",
    "convenience", "required", "private(set)", "package(set)", "fileprivate(set)", "consuming",
    "borrowing", "nonisolated(unsafe)", "isolated", "unowned(unsafe)", "dynamic",
  ]

  static func declarations(in lines: [String]) -> [Declaration] {
    var found: [Declaration] = []
    // What is open: the declaration whose body it is, or none for other braces.
    var stack: [Int?] = []
    var pending: Int?
    for (index, code) in lines.enumerated() {
      let atDeclarations = stack.allSatisfy { $0.map { isContainer(found[$0]) } ?? false }
      if atDeclarations, var declaration = read(code, line: index + 1) {
        declaration.depth = stack.count
        declaration.isPrivate =
          isPrivate(declaration) || stack.contains { $0.map { found[$0].isPrivate } ?? false }
        found.append(declaration)
        pending = found.count - 1
      }
      for byte in code.utf8 {
        if byte == UInt8(ascii: "{") {
          stack.append(pending)
          pending = nil
        } else if byte == UInt8(ascii: "}"), let closed = stack.popLast(), let closed {
          found[closed].endLine = index + 1
        }
      }
    }
    return found
  }

  private static func isContainer(_ declaration: Declaration) -> Bool {
    typeKeywords.contains(declaration.keyword)
  }

  private static func isPrivate(_ declaration: Declaration) -> Bool {
    declaration.modifiers.contains { $0 == "private" || $0 == "fileprivate" }
  }

  private static func read(_ code: String, line: Int) -> Declaration? {
    var before: [String] = []
    for word in code.split(separator: " ") {
      if modifiers.contains(String(word)) || word.hasPrefix("@") {
        before.append(String(word))
        continue
      }
      let keyword = word.prefix { $0.isLetter }
      guard typeKeywords.contains(String(keyword)) || memberKeywords.contains(String(keyword))
      else {
        return nil
      }
      let rest = code[word.endIndex...].drop { $0 == " " }
      return Declaration(
        keyword: String(keyword),
        name: String(rest.prefix { $0.isLetter || $0.isNumber || $0 == "_" }),
        modifiers: before, line: line, depth: 0, isPrivate: false, endLine: line)
    }
    return nil
  }
}
