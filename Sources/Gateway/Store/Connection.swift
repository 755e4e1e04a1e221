import CSQLite

/// One open SQLite connection with its prepared statements. Used by one thread at a time.
///
/// A text that SQLite holds and a text of ours are both UTF-8; NUL bytes inside survive, because
/// lengths are passed and not found.
package final class Connection {
  private let handle: OpaquePointer
  private var statements: [ObjectIdentifier: Prepared] = [:]
  private var isClosed = false

  /// Opens the file. `readOnly` connections can change nothing.
  package init(
    path: String, readOnly: Bool, cacheMebibytes: Int, busyMilliseconds: Int
  ) throws(StoreError) {
    _ = Self.configured
    var handle: OpaquePointer?
    // NOMUTEX: one thread at a time is our own rule already.
    let flags =
      SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE
      | (readOnly ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE)
    let code = sqlite3_open_v2(path, &handle, flags, nil)
    guard let handle else { throw StoreError(.broken, "SQLite gave no connection", code: code) }
    self.handle = handle
    guard code == SQLITE_OK else { throw error("opening \(path)") }
    sqlite3_busy_timeout(handle, Int32(busyMilliseconds))
    for pragma in Self.pragmas(cacheMebibytes: cacheMebibytes, readOnly: readOnly) {
      try run(pragma)
    }
  }

  private static let configured = trunkline_sqlite_configure()

  private static func pragmas(cacheMebibytes: Int, readOnly: Bool) -> [String] {
    var pragmas = [
      // What is in memory counts in kibibytes when negative.
      "PRAGMA cache_size = -\(cacheMebibytes * 1024)",
      "PRAGMA temp_store = MEMORY",
      // Rows refer to each other by keys made here; checking every reference would double the
      // look-ups of the hot path. The conformance suite checks them instead.
      "PRAGMA foreign_keys = OFF",
    ]
    if readOnly { return pragmas + ["PRAGMA query_only = ON"] }
    pragmas += [
      // Readers beside the writer.
      "PRAGMA journal_mode = WAL",
      // What was answered with success survives a power cut.
      "PRAGMA synchronous = FULL",
      // A checkpoint copies pages back while writers wait: 1,000 pages (4 MB) keep the wait short.
      // With 4,000 the slowest hundredth of webhooks waited 80 ms on a million messages.
      "PRAGMA wal_autocheckpoint = 1000",
      "PRAGMA journal_size_limit = 67108864",
    ]
    return pragmas
  }

  deinit { close() }

  /// Closes the connection before its time; it must not be used any more. Calling it again does
  /// nothing.
  package func close() {
    if isClosed { return }
    isClosed = true
    statements = [:]
    sqlite3_close_v2(handle)
  }

  /// Runs statements that take no values and give no rows, such as a migration.
  package func run(_ text: String) throws(StoreError) {
    guard sqlite3_exec(handle, text, nil, nil, nil) == SQLITE_OK else { throw error(text) }
  }

  /// Runs one statement and returns how many rows it changed.
  @discardableResult
  package func execute(_ sql: SQL, _ values: SQLValue...) throws(StoreError) -> Int {
    let statement = try prepare(sql)
    defer { statement.reset() }
    try bind(statement, values)
    let code = sqlite3_step(statement.handle)
    guard code == SQLITE_DONE || code == SQLITE_ROW else { throw error(sql.text) }
    return Int(sqlite3_changes(handle))
  }

  /// Runs one statement and reads every row.
  package func query<Result>(
    _ sql: SQL, _ values: SQLValue..., read: (Row) throws(StoreError) -> Result
  ) throws(StoreError) -> [Result] {
    try rows(sql, values, most: .max, read)
  }

  /// Runs one statement and reads its first row, `nil` when there is none.
  package func first<Result>(
    _ sql: SQL, _ values: SQLValue..., read: (Row) throws(StoreError) -> Result
  ) throws(StoreError) -> Result? {
    try rows(sql, values, most: 1, read).first
  }

  private func rows<Result>(
    _ sql: SQL, _ values: [SQLValue], most: Int, _ read: (Row) throws(StoreError) -> Result
  ) throws(StoreError) -> [Result] {
    let statement = try prepare(sql)
    defer { statement.reset() }
    try bind(statement, values)
    var results: [Result] = []
    while results.count < most {
      let code = sqlite3_step(statement.handle)
      if code == SQLITE_DONE { return results }
      guard code == SQLITE_ROW else { throw error(sql.text) }
      results.append(try read(Row(statement: statement.handle)))
    }
    // A statement with RETURNING has done its work at the first step; this lets it finish.
    while sqlite3_step(statement.handle) == SQLITE_ROW {}
    return results
  }

  /// Lets nobody but this connection grow the file beyond `pages`: how tests fill a disk.
  package func limitPages(_ pages: Int) throws(StoreError) {
    try run("PRAGMA max_page_count = \(pages)")
  }

  /// A prepared statement with the bytes of the values it was last given.
  private final class Prepared {
    /// Kept, so that its identity, the key of the table, is never another's.
    let sql: SQL
    let handle: OpaquePointer
    /// The value each parameter takes, by SQLite's own numbering.
    let order: [Int]
    /// SQLite reads the values from here: one copy instead of an allocation a value. Grows to the
    /// largest set of values, and is let go above ``keptBytesMax``.
    private(set) var arena: UnsafeMutableRawBufferPointer

    /// A statement that once took a 4 MiB body must not hold them for good.
    static let keptBytesMax = 1 << 18

    init(sql: SQL, handle: OpaquePointer, order: [Int]) {
      self.sql = sql
      self.handle = handle
      self.order = order
      arena = .allocate(byteCount: 1024, alignment: 16)
    }

    deinit {
      sqlite3_finalize(handle)
      arena.deallocate()
    }

    /// Makes room for `count` bytes. What was bound before is gone.
    func reserve(_ count: Int) {
      guard count > arena.count else { return }
      arena.deallocate()
      arena = .allocate(byteCount: count * 2, alignment: 16)
    }

    /// Copies a value behind those placed before.
    func place(_ value: UnsafeRawBufferPointer, _ used: inout Int) -> UnsafeRawPointer? {
      guard let base = arena.baseAddress, used + value.count <= arena.count else { return nil }
      let place = base + used
      if let source = value.baseAddress { place.copyMemory(from: source, byteCount: value.count) }
      used += value.count
      return UnsafeRawPointer(place)
    }

    /// Ends a use of the statement.
    func reset() {
      sqlite3_reset(handle)
      guard arena.count > Self.keptBytesMax else { return }
      sqlite3_clear_bindings(handle)
      arena.deallocate()
      arena = .allocate(byteCount: 1024, alignment: 16)
    }
  }

  private func prepare(_ sql: SQL) throws(StoreError) -> Prepared {
    let key = ObjectIdentifier(sql)
    if let known = statements[key] { return known }
    var statement: OpaquePointer?
    let code = sqlite3_prepare_v3(
      handle, sql.text, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &statement, nil)
    guard code == SQLITE_OK, let statement else { throw error(sql.text) }
    var order: [Int] = []
    for index in 0..<sqlite3_bind_parameter_count(statement) {
      // SQLite numbers `$3` by first appearance, PostgreSQL by its digits: ours is the latter.
      guard let name = sqlite3_bind_parameter_name(statement, index + 1),
        let number = Int(String(cString: name).dropFirst()), number > 0
      else { throw StoreError(.broken, "a parameter without a number", doing: sql.text) }
      order.append(number - 1)
    }
    let prepared = Prepared(sql: sql, handle: statement, order: order)
    statements[key] = prepared
    return prepared
  }

  private func bind(_ statement: Prepared, _ values: [SQLValue]) throws(StoreError) {
    var bytes = 0
    for number in statement.order where number < values.count {
      bytes += values[number].byteCount
    }
    statement.reserve(bytes)
    var used = 0
    for (position, number) in statement.order.enumerated() {
      guard number < values.count else {
        throw StoreError(.broken, "value $\(number + 1) is missing", doing: statement.sql.text)
      }
      let index = Int32(position + 1)
      let code: Int32
      switch values[number] {
      case .null: code = sqlite3_bind_null(statement.handle, index)
      case .integer(let value): code = sqlite3_bind_int64(statement.handle, index, value)
      case .text(var value):
        code = value.withUTF8 { utf8 in
          let place = statement.place(UnsafeRawBufferPointer(utf8), &used)
          return trunkline_sqlite_bind_text(statement.handle, index, place, Int32(utf8.count))
        }
      case .bytes(let value):
        code = value.withUnsafeBytes { utf8 in
          let place = statement.place(utf8, &used)
          return trunkline_sqlite_bind_text(statement.handle, index, place, Int32(utf8.count))
        }
      case .blob(let value):
        code = value.withUnsafeBytes { blob in
          let place = statement.place(blob, &used)
          return trunkline_sqlite_bind_blob(statement.handle, index, place, Int32(blob.count))
        }
      case .id(let high, let low):
        code = withUnsafeBytes(of: (high.bigEndian, low.bigEndian)) { blob in
          let place = statement.place(blob, &used)
          return trunkline_sqlite_bind_blob(statement.handle, index, place, 16)
        }
      }
      guard code == SQLITE_OK else { throw error("binding value \(number + 1)") }
    }
  }

  private func error(_ doing: String) -> StoreError {
    let code = sqlite3_extended_errcode(handle)
    let words = String(cString: sqlite3_errmsg(handle))
    let decision: StoreError.Decision =
      switch code & 0xFF {
      case SQLITE_BUSY, SQLITE_LOCKED, SQLITE_FULL, SQLITE_IOERR, SQLITE_NOMEM, SQLITE_READONLY,
        SQLITE_CANTOPEN, SQLITE_INTERRUPT, SQLITE_PROTOCOL:
        .later
      case SQLITE_CONSTRAINT: .conflict
      default: .broken
      }
    return StoreError(decision, words, code: code, doing: doing)
  }
}

/// One row of a result. Valid inside the closure that got it.
package struct Row {
  fileprivate let statement: OpaquePointer

  /// A whole number; NULL reads as 0.
  package func integer(_ column: Int32) -> Int64 { sqlite3_column_int64(statement, column) }

  /// A whole number or `nil`.
  package func optionalInteger(_ column: Int32) -> Int64? {
    isNull(column) ? nil : integer(column)
  }

  /// A text; NULL reads as empty.
  package func text(_ column: Int32) -> String { String(decoding: bytes(column), as: UTF8.self) }

  /// A text or `nil`.
  package func optionalText(_ column: Int32) -> String? { isNull(column) ? nil : text(column) }

  /// The bytes of a blob or text; NULL reads as empty.
  package func bytes(_ column: Int32) -> [UInt8] {
    guard let pointer = sqlite3_column_blob(statement, column) else { return [] }
    let count = Int(sqlite3_column_bytes(statement, column))
    return Array(UnsafeRawBufferPointer(start: pointer, count: count))
  }

  /// The bytes of a blob or text, or `nil`.
  package func optionalBytes(_ column: Int32) -> [UInt8]? { isNull(column) ? nil : bytes(column) }

  /// A time.
  package func instant(_ column: Int32) -> Instant {
    Instant(millisecondsSinceEpoch: integer(column))
  }

  /// A time or `nil`.
  package func optionalInstant(_ column: Int32) -> Instant? {
    isNull(column) ? nil : instant(column)
  }

  /// An identifier.
  package func id<Noun>(
    _ column: Int32, _ noun: Noun.Type = Noun.self
  ) throws(StoreError) -> ID<Noun> {
    guard let id: ID<Noun> = optionalID(column) else {
      throw StoreError(.broken, "column \(column) holds no identifier")
    }
    return id
  }

  /// An identifier or `nil`.
  package func optionalID<Noun>(_ column: Int32, _ noun: Noun.Type = Noun.self) -> ID<Noun>? {
    guard sqlite3_column_bytes(statement, column) == 16,
      let pointer = sqlite3_column_blob(statement, column)
    else { return nil }
    let high = pointer.loadUnaligned(as: UInt64.self)
    let low = pointer.loadUnaligned(fromByteOffset: 8, as: UInt64.self)
    return ID(high: UInt64(bigEndian: high), low: UInt64(bigEndian: low))
  }

  private func isNull(_ column: Int32) -> Bool {
    sqlite3_column_type(statement, column) == SQLITE_NULL
  }
}
