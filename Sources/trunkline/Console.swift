import Gateway
import Glibc

/// Where a verb writes, and what it may know of its surroundings.
struct Console: Sendable {
  /// The variables of the environment.
  let environment: [String: String]
  /// Whether standard output is a terminal that shows colours.
  let hasColours: Bool
  /// Whether standard error is a terminal: there a progress bar has its place.
  let showsProgress: Bool
  private let output: @Sendable (String) -> Void
  private let complaints: @Sendable (String) -> Void

  /// A console of any kind; tests have one that remembers.
  init(
    environment: [String: String], hasColours: Bool = false, showsProgress: Bool = false,
    output: @escaping @Sendable (String) -> Void, complaints: @escaping @Sendable (String) -> Void
  ) {
    self.environment = environment
    self.hasColours = hasColours
    self.showsProgress = showsProgress
    self.output = output
    self.complaints = complaints
  }

  /// The process's own streams, unbuffered: who reads a pipe sees each line when it is written.
  static func standard(environment: [String: String]) -> Console {
    // https://no-color.org, and terminals that say that they can do nothing.
    let plain = !(environment["NO_COLOR"] ?? "").isEmpty || environment["TERM"] == "dumb"
    return Console(
      environment: environment, hasColours: isatty(STDOUT_FILENO) == 1 && !plain,
      showsProgress: isatty(STDERR_FILENO) == 1 && environment["TERM"] != "dumb",
      output: { write($0, to: STDOUT_FILENO) }, complaints: { write($0, to: STDERR_FILENO) })
  }

  /// Writes text as it is to standard output.
  func write(_ text: String) { output(text) }

  /// Writes a line to standard output.
  func line(_ text: String = "") { output("\(text)\n") }

  /// Writes a value to standard output: indented for people, or as one line.
  func json(_ json: JSON, compact: Bool = false) {
    output(
      compact ? String(decoding: json.serialized(), as: UTF8.self) + "\n" : json.prettyPrinted())
  }

  /// Writes a line to standard error.
  func error(_ text: String) { complaints("\(text)\n") }

  /// Writes what went wrong to standard error, with the program's name in front as is the custom.
  func complain(_ text: String) { error("trunkline: \(text)") }

  /// Writes to standard error without ending the line.
  func progress(_ text: String) { complaints(text) }

  /// The value of a variable; set to nothing counts as not set.
  func variable(_ name: String) -> String? {
    environment[name].flatMap { $0.isEmpty ? nil : $0 }
  }

  private static func write(_ text: String, to descriptor: Int32) {
    let bytes = Array(text.utf8)
    var written = 0
    while written < bytes.count {
      let count = bytes[written...].withUnsafeBytes {
        Glibc.write(descriptor, $0.baseAddress, $0.count)
      }
      // Whoever read has gone: there is nobody to work for.
      if count < 0, errno != EINTR { exit(Outcome.failed.status) }
      written += max(count, 0)
    }
  }
}

extension Console {
  /// Asks before something that cannot be taken back, unless `--yes` was given. `hint` tells
  /// whoever is no terminal what to give instead; `otherwise` is what a no comes to.
  func confirm(
    _ question: String, _ arguments: Arguments, hint: String, otherwise: String
  ) throws(Failure) {
    if arguments.has("yes") { return }
    guard isatty(STDIN_FILENO) == 1 else {
      throw Failure("nobody is here to ask", hints: [hint])
    }
    progress("\(question) [y/N] ")
    guard let answer = readLine()?.lowercased(), answer == "y" || answer == "yes" else {
      throw Failure(otherwise)
    }
  }
}

/// How a piece of text looks on a terminal.
enum Style: String, Sendable {
  case bold = "1"
  case dim = "2"
  case red = "31"
  case green = "32"
  case yellow = "33"
}

extension Console {
  /// The text in a style, or as it is where there are no colours.
  func styled(_ text: String, _ style: Style?) -> String {
    guard hasColours, let style, !text.isEmpty else { return text }
    return "\u{1B}[\(style.rawValue)m\(text)\u{1B}[0m"
  }
}

extension String {
  /// The text fit for a terminal, on one line: a stranger's text may hold sequences that rewrite
  /// the screen, and marks that turn the direction of everything behind them.
  var harmless: String {
    String(String.UnicodeScalarView(unicodeScalars.map(Self.harmless)))
  }

  private static func harmless(_ scalar: Unicode.Scalar) -> Unicode.Scalar {
    switch scalar.properties.generalCategory {
    case .control, .lineSeparator, .paragraphSeparator:
      return scalar.properties.isWhitespace ? " " : "\u{FFFD}"
    case .format: return scalar.properties.isBidiControl ? "\u{FFFD}" : scalar
    default: return scalar
    }
  }

  /// How many columns a terminal takes for the text.
  var columns: Int { reduce(0) { $0 + Self.columns(of: $1) } }

  /// The text with spaces behind it up to `width` columns.
  func filled(to width: Int) -> String {
    self + String(repeating: " ", count: Swift.max(0, width - columns))
  }

  /// The text cut to `width` columns, with an ellipsis where something is missing.
  func cut(to width: Int) -> String {
    guard columns > width else { return self }
    var kept = ""
    var used = 1
    for character in self {
      used += Self.columns(of: character)
      if used > width { break }
      kept.append(character)
    }
    return kept + "…"
  }

  private static func columns(of character: Character) -> Int {
    guard let scalar = character.unicodeScalars.first else { return 0 }
    if scalar.properties.isEmojiPresentation { return 2 }
    switch scalar.properties.generalCategory {
    case .nonspacingMark, .enclosingMark, .format, .control: return 0
    default: return wide.contains { $0.contains(scalar.value) } ? 2 : 1
    }
  }

  /// The larger blocks of Unicode's EastAsianWidth.txt that are Wide or Fullwidth.
  private static let wide: [ClosedRange<UInt32>] = [
    0x1100...0x115F, 0x2E80...0x303E, 0x3041...0x4DBF, 0x4E00...0xA4CF, 0xA960...0xA97C,
    0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F, 0xFF01...0xFF60, 0xFFE0...0xFFE6,
    0x20000...0x3FFFD,
  ]
}
