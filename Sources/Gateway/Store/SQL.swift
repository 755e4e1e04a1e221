/// The text of one statement. Made once, as a static constant: its identity is the key under which
/// a connection keeps the prepared form, so that the hot path hashes a pointer and not a text.
package final class SQL: Sendable {
  /// The statement, with `$1`, `$2`, … for its values, which SQLite and PostgreSQL both read.
  package let text: String

  /// A statement.
  package init(_ text: String) { self.text = text }
}

/// A value given to a statement.
package enum SQLValue: Sendable {
  case null
  case integer(Int64)
  case text(String)
  /// Text that is UTF-8 bytes already.
  case bytes([UInt8])
  case blob([UInt8])
  /// The sixteen bytes of an identifier.
  case id(UInt64, UInt64)

  /// An identifier.
  package init<Noun>(_ id: ID<Noun>) { self = .id(id.high, id.low) }

  /// An identifier or NULL.
  package init<Noun>(_ id: ID<Noun>?) { self = id.map { .id($0.high, $0.low) } ?? .null }

  /// Text or NULL.
  package init(_ text: String?) { self = text.map(SQLValue.text) ?? .null }

  /// A whole number or NULL.
  package init(_ number: Int64?) { self = number.map(SQLValue.integer) ?? .null }

  /// A time, in milliseconds since 1970, or NULL.
  package init(_ instant: Instant?) {
    self = instant.map { .integer($0.millisecondsSinceEpoch) } ?? .null
  }

  /// How many bytes SQLite has to read for it.
  var byteCount: Int {
    switch self {
    case .null, .integer: 0
    case .text(let text): text.utf8.count
    case .bytes(let bytes), .blob(let bytes): bytes.count
    case .id: 16
    }
  }

  /// UTF-8 text or NULL.
  package init(utf8 bytes: [UInt8]?) { self = bytes.map(SQLValue.bytes) ?? .null }
}

/// What went wrong in the store, with what the caller should do.
package struct StoreError: Error, Sendable, CustomStringConvertible {
  /// What the caller should do.
  package enum Decision: Sendable, Equatable {
    /// Nothing is wrong with what was asked; the disk, a lock or the queue is. Ask again later.
    case later
    /// A rule of the data forbids it, such as a name that is taken.
    case conflict
    /// The statement or the file is wrong: a bug or a broken disk.
    case broken
  }

  /// What the caller should do.
  package let decision: Decision
  /// The system's own words, without values or SQL: it may be shown outside.
  package let reason: String
  /// SQLite's extended result code, 0 for our own errors.
  package let code: Int32
  /// The beginning of the statement, for the log alone.
  package let doing: String

  /// How much of a statement is enough to find it in the source.
  private static let doingCharactersMax = 120

  /// An error.
  package init(_ decision: Decision, _ reason: String, code: Int32 = 0, doing: String = "") {
    self.decision = decision
    self.reason = reason
    self.code = code
    self.doing = String(doing.prefix(Self.doingCharactersMax))
  }

  /// The sentence for a person.
  package var description: String { code == 0 ? reason : "\(reason) (SQLite code \(code))" }

  /// The sentence with the statement, for the log.
  package var logDescription: String { doing.isEmpty ? description : "\(description): \(doing)" }

  /// What the log says of any error: of one of these with the statement.
  package static func logDescription(of error: any Error) -> String {
    (error as? StoreError)?.logDescription ?? "\(error)"
  }
}
