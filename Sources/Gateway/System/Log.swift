import Glibc

/// How much a log line matters.
package enum LogLevel: Int, Comparable, Sendable, CaseIterable {
  case debug
  case info
  case warning
  case error

  /// The word in the log and in the configuration.
  package var word: String {
    switch self {
    case .debug: "debug"
    case .info: "info"
    case .warning: "warning"
    case .error: "error"
    }
  }

  /// Less urgent than.
  package static func < (left: LogLevel, right: LogLevel) -> Bool { left.rawValue < right.rawValue }
}

/// Writes one line an entry: JSON for machines, plain words on a terminal.
///
/// Values are ids, counts and reasons. Bodies, texts, addresses and secrets are never logged.
package final class Log: Sendable {
  /// Where finished lines go.
  package typealias Sink = @Sendable ([UInt8]) -> Void

  private let minimum: LogLevel
  private let readable: Bool
  private let clock: any Clock
  private let sink: Sink

  /// A log that writes entries of at least `minimum`; `readable` for a person, else JSON.
  package init(
    minimum: LogLevel = .info, readable: Bool = isatty(STDERR_FILENO) == 1,
    clock: any Clock = SystemClock(), sink: @escaping Sink = Log.standardError
  ) {
    self.minimum = minimum
    self.readable = readable
    self.clock = clock
    self.sink = sink
  }

  /// A log that writes nothing.
  package static let none = Log(minimum: .error, readable: false, sink: { _ in })

  /// Writes to standard error, one call a line so that lines of threads do not mix.
  package static let standardError: Sink = { line in
    var written = 0
    while written < line.count {
      let count = line[written...].withUnsafeBytes {
        Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count)
      }
      if count < 0, errno != EINTR { return }
      written += max(count, 0)
    }
  }

  /// Something only a developer wants to know.
  package func debug(_ message: String, _ fields: JSONObject = [:]) {
    write(.debug, message, fields)
  }

  /// Something that happened as it should.
  package func info(_ message: String, _ fields: JSONObject = [:]) { write(.info, message, fields) }

  /// Something that went on, but somebody should look at.
  package func warning(_ message: String, _ fields: JSONObject = [:]) {
    write(.warning, message, fields)
  }

  /// Something that could not be done.
  package func error(_ message: String, _ fields: JSONObject = [:]) {
    write(.error, message, fields)
  }

  private func write(_ level: LogLevel, _ message: String, _ fields: JSONObject) {
    guard level >= minimum else { return }
    sink(readable ? plain(level, message, fields) : json(level, message, fields))
  }

  private func json(_ level: LogLevel, _ message: String, _ fields: JSONObject) -> [UInt8] {
    var entry: JSONObject = [
      "time": JSON(clock.now()), "level": .string(level.word), "message": .string(message),
    ]
    for field in fields { entry[field.key] = field.value }
    return JSON.object(entry).serialized() + [0x0A]
  }

  private func plain(_ level: LogLevel, _ message: String, _ fields: JSONObject) -> [UInt8] {
    let time = clock.now().description.dropFirst(11).dropLast(1)
    var line = "\(time) \(level.word.padded(to: 7)) \(Self.oneLine(message))"
    for field in fields {
      let text =
        field.value.string ?? String(decoding: field.value.serialized(), as: UTF8.self)
      line += " \(field.key)=\(Self.oneLine(text))"
    }
    return Array("\(line)\n".utf8)
  }

  /// A line stays a line and a terminal a terminal, whatever a value holds.
  private static func oneLine(_ text: String) -> String {
    var scalars = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      switch scalar.properties.generalCategory {
      case .control, .lineSeparator, .paragraphSeparator: scalars.append(" ")
      default: scalars.append(scalar)
      }
    }
    return String(scalars)
  }
}

extension String {
  /// The text with spaces behind it up to `width` characters.
  package func padded(to width: Int) -> String {
    self + String(repeating: " ", count: max(0, width - count))
  }
}
