@testable import Gateway

/// One Swift file, taken apart into code, comments and texts so that rules do not mistake one for
/// another.
struct SourceFile: Sendable {
  /// A string literal.
  struct Literal: Equatable, Sendable {
    var line: Int
    var text: String
  }

  /// Below the repository's root, such as `Sources/Gateway/System/JSON.swift`.
  let path: String
  /// The lines as they are, the first at index 0.
  let lines: [String]
  /// The lines with comments and the content of strings blanked out. Code inside of an
  /// interpolation stays.
  let code: [String]
  /// The lines with everything but comments blanked out.
  let comments: [String]
  /// The string literals, interpolations left out.
  let literals: [Literal]
  /// What is declared at file or type level; found once, as several rules ask.
  private(set) var declarations: [Declaration] = []

  init(path: String, text: String) {
    self.path = path
    lines = Self.split(Array(text.utf8))
    var scanner = Scanner(Array(text.utf8))
    scanner.run()
    code = Self.split(scanner.code)
    comments = Self.split(scanner.comments)
    literals = scanner.literals
    declarations = Outline.declarations(in: code)
  }

  /// The folder below the module: `System`, `Providers/Twilio`; empty for the module's own files.
  var folder: String {
    path.split(separator: "/").dropFirst(2).dropLast().joined(separator: "/")
  }

  /// The module's folder: `Gateway`, `trunkline`, `GatewayTests`.
  var module: String { path.split(separator: "/").dropFirst().first.map(String.init) ?? "" }

  /// Whether it ships, and is no test.
  var isSource: Bool { path.hasPrefix("Sources/") }

  /// Every Swift file of `Sources` and `Tests`.
  static let tree: [SourceFile] = ["Sources", "Tests"].flatMap { top in
    let names = (try? File.listAll("\(Repository.root)/\(top)")) ?? []
    return names.filter { $0.hasSuffix(".swift") }.compactMap { name -> SourceFile? in
      guard let bytes = try? File.read("\(Repository.root)/\(top)/\(name)") else { return nil }
      return SourceFile(path: "\(top)/\(name)", text: String(decoding: bytes, as: UTF8.self))
    }
  }

  private static func split(_ bytes: [UInt8]) -> [String] {
    bytes.split(separator: 0x0A, omittingEmptySubsequences: false)
      .map { String(decoding: $0, as: UTF8.self) }
  }
}

/// Walks over Swift once. Knows comments (which nest), strings of all kinds, and interpolation.
private struct Scanner {
  private enum Mode {
    /// Code; inside of an interpolation, with the parentheses still open.
    case code(open: Int)
    /// A string with that many number signs, `"` or `"""`, that began at a line.
    case string(hashes: Int, multiline: Bool, line: Int)
  }

  private(set) var code: [UInt8] = []
  private(set) var comments: [UInt8] = []
  private(set) var literals: [SourceFile.Literal] = []
  private let bytes: [UInt8]
  private var position = 0
  private var line = 1
  private var stack: [Mode] = [.code(open: 0)]
  private var texts: [[UInt8]] = []

  init(_ bytes: [UInt8]) {
    self.bytes = bytes
    code.reserveCapacity(bytes.count)
    comments.reserveCapacity(bytes.count)
  }

  mutating func run() {
    while position < bytes.count, let mode = stack.last {
      switch mode {
      case .code(let open): stepCode(open)
      case .string(let hashes, let multiline, let start): stepString(hashes, multiline, start)
      }
    }
  }

  private mutating func stepCode(_ open: Int) {
    if starts("//") { return skipLineComment() }
    if starts("/*") { return skipBlockComment() }
    var hashes = 0
    while byte(hashes) == UInt8(ascii: "#") { hashes += 1 }
    if byte(hashes) == UInt8(ascii: "\"") {
      let multiline =
        byte(hashes + 1) == UInt8(ascii: "\"") && byte(hashes + 2) == UInt8(ascii: "\"")
      stack.append(.string(hashes: hashes, multiline: multiline, line: line))
      texts.append([])
      return take(hashes + (multiline ? 3 : 1), intoCode: true)
    }
    switch bytes[position] {
    case UInt8(ascii: "(") where stack.count > 1: stack[stack.count - 1] = .code(open: open + 1)
    case UInt8(ascii: ")") where stack.count > 1:
      if open == 0 { stack.removeLast() } else { stack[stack.count - 1] = .code(open: open - 1) }
    default: break
    }
    take(1, intoCode: true)
  }

  private mutating func stepString(_ hashes: Int, _ multiline: Bool, _ start: Int) {
    let quotes = multiline ? 3 : 1
    let closes =
      (0..<quotes).allSatisfy { byte($0) == UInt8(ascii: "\"") }
      && (0..<hashes).allSatisfy { byte(quotes + $0) == UInt8(ascii: "#") }
    if closes || (!multiline && bytes[position] == 0x0A) {
      stack.removeLast()
      literals.append(.init(line: start, text: String(decoding: texts.removeLast(), as: UTF8.self)))
      return take(closes ? quotes + hashes : 1, intoCode: true)
    }
    if bytes[position] == UInt8(ascii: "\\"),
      (0..<hashes).allSatisfy({ byte(1 + $0) == UInt8(ascii: "#") })
    {
      if byte(1 + hashes) == UInt8(ascii: "(") {
        stack.append(.code(open: 0))
        return take(2 + hashes, intoCode: false)
      }
      texts[texts.count - 1].append(contentsOf: bytes[position..<min(position + 2, bytes.count)])
      return take(2 + hashes, intoCode: false)
    }
    texts[texts.count - 1].append(bytes[position])
    take(1, intoCode: false)
  }

  private mutating func skipLineComment() {
    while position < bytes.count, bytes[position] != 0x0A {
      take(1, intoCode: false, comment: true)
    }
  }

  private mutating func skipBlockComment() {
    var depth = 0
    repeat {
      if starts("/*") { depth += 1 } else if starts("*/") { depth -= 1 }
      take(starts("/*") || starts("*/") ? 2 : 1, intoCode: false, comment: true)
    } while depth > 0 && position < bytes.count
  }

  /// Moves on, keeping lines and columns the same in all three views.
  private mutating func take(_ count: Int, intoCode: Bool, comment: Bool = false) {
    for byte in bytes[position..<min(position + count, bytes.count)] {
      if byte == 0x0A { line += 1 }
      code.append(byte == 0x0A || intoCode ? byte : 0x20)
      comments.append(byte == 0x0A || comment ? byte : 0x20)
    }
    position = min(position + count, bytes.count)
  }

  private func byte(_ offset: Int) -> UInt8? {
    position + offset < bytes.count ? bytes[position + offset] : nil
  }

  private func starts(_ text: StaticString) -> Bool {
    text.withUTF8Buffer { bytes[position...].starts(with: $0) }
  }
}
