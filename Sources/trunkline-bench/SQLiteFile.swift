import CSQLite

/// One SQLite connection without anything of the gateway's in between.
final class SQLiteFile {
  private let handle: OpaquePointer

  // What the daemon saves in SQLite must not count as its own speed.
  private static let configured = trunkline_sqlite_configure()

  /// Opens a database that exists.
  init(_ path: String) throws(RigError) {
    _ = Self.configured
    var handle: OpaquePointer?
    let flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX
    let code = sqlite3_open_v2(path, &handle, flags, nil)
    guard code == SQLITE_OK, let handle else {
      sqlite3_close_v2(handle)
      throw RigError("opening \(path): SQLite code \(code)")
    }
    self.handle = handle
  }

  deinit { sqlite3_close_v2(handle) }

  /// Runs statements without values or rows.
  func run(_ text: String) throws(RigError) {
    guard sqlite3_exec(handle, text, nil, nil, nil) == SQLITE_OK else { throw error(text) }
  }

  /// Prepares a statement for many uses.
  func prepare(_ text: String) throws(RigError) -> SQLiteStatement {
    var statement: OpaquePointer?
    let flags = UInt32(SQLITE_PREPARE_PERSISTENT)
    guard sqlite3_prepare_v3(handle, text, -1, flags, &statement, nil) == SQLITE_OK,
      let statement
    else { throw error(text) }
    return SQLiteStatement(statement, text, self)
  }

  /// The number in the first column of the first row.
  func integer(_ text: String) throws(RigError) -> Int {
    let statement = try prepare(text)
    guard try statement.step() else { throw RigError("no row: \(text)") }
    return Int(statement.integer(0))
  }

  /// The texts in the first column of all rows.
  func texts(_ text: String) throws(RigError) -> [String] {
    let statement = try prepare(text)
    var texts: [String] = []
    while try statement.step() { texts.append(String(decoding: statement.bytes(0), as: UTF8.self)) }
    return texts
  }

  /// Says why the last call failed.
  func error(_ doing: String) -> RigError {
    RigError("\(String(cString: sqlite3_errmsg(handle))), while \(doing.prefix(200))")
  }
}

/// A prepared statement. What is bound stays bound; bytes are not copied, so they have to outlive
/// it.
final class SQLiteStatement {
  private let handle: OpaquePointer
  private let text: String
  private let file: SQLiteFile

  fileprivate init(_ handle: OpaquePointer, _ text: String, _ file: SQLiteFile) {
    self.handle = handle
    self.text = text
    self.file = file
  }

  deinit { sqlite3_finalize(handle) }

  /// Binds a whole number; parameters count from 1.
  func bind(_ parameter: Int32, _ value: Int64) { sqlite3_bind_int64(handle, parameter, value) }

  /// Binds nothing.
  func bindNull(_ parameter: Int32) { sqlite3_bind_null(handle, parameter) }

  /// Binds bytes as a blob.
  func bind(_ parameter: Int32, blob bytes: FixedBytes) {
    sqlite3_bind_blob(handle, parameter, bytes.base, Int32(bytes.count), nil)
  }

  /// Binds bytes as UTF-8 text.
  func bind(_ parameter: Int32, text bytes: FixedBytes) {
    let characters = bytes.base.assumingMemoryBound(to: CChar.self)
    sqlite3_bind_text(handle, parameter, characters, Int32(bytes.count), nil)
  }

  /// Goes to the next row. False when there is none: then the statement can be used again.
  func step() throws(RigError) -> Bool {
    let code = sqlite3_step(handle)
    if code == SQLITE_ROW { return true }
    guard code == SQLITE_DONE else { throw file.error(text) }
    sqlite3_reset(handle)
    return false
  }

  /// Runs to the end.
  func finish() throws(RigError) { while try step() {} }

  /// A number of the row.
  func integer(_ column: Int32) -> Int64 { sqlite3_column_int64(handle, column) }

  /// The bytes of a column of the row.
  func bytes(_ column: Int32) -> [UInt8] {
    guard let base = sqlite3_column_blob(handle, column) else { return [] }
    return Array(
      UnsafeRawBufferPointer(start: base, count: Int(sqlite3_column_bytes(handle, column))))
  }

  /// Copies a column of the row to where a binding finds it.
  func copy(_ column: Int32, to target: FixedBytes) throws(RigError) {
    guard let base = sqlite3_column_blob(handle, column),
      Int(sqlite3_column_bytes(handle, column)) == target.count
    else { throw RigError("a column of another size: \(text.prefix(200))") }
    target.base.copyMemory(from: base, byteCount: target.count)
  }

  /// SQLite's number for the type of a column.
  func type(_ column: Int32) -> Int32 { sqlite3_column_type(handle, column) }

  /// The fractional number of a column.
  func double(_ column: Int32) -> Double { sqlite3_column_double(handle, column) }

  /// Binds a fractional number.
  func bind(_ parameter: Int32, double value: Double) {
    sqlite3_bind_double(handle, parameter, value)
  }

  /// The names of the columns.
  var columns: [String] {
    (0..<sqlite3_column_count(handle)).map { column in
      sqlite3_column_name(handle, column).map { String(cString: $0) } ?? ""
    }
  }
}

/// Bytes that stay where they are, so that a statement can be bound to them once.
final class FixedBytes {
  /// The first byte.
  let base: UnsafeMutableRawPointer
  /// How many there are.
  let count: Int

  /// Holds a copy of the bytes.
  init(_ bytes: some Collection<UInt8>) {
    count = bytes.count
    base = .allocate(byteCount: max(count, 1), alignment: 16)
    UnsafeMutableRawBufferPointer(start: base, count: count).copyBytes(from: bytes)
  }

  deinit { base.deallocate() }

  /// Takes over the bytes of another of the same size.
  func copy(_ other: FixedBytes) {
    base.copyMemory(from: other.base, byteCount: min(count, other.count))
  }

  /// Overwrites bytes with an identifier, its greater half first.
  func set(_ id: (UInt64, UInt64)) {
    base.storeBytes(of: id.0.bigEndian, as: UInt64.self)
    base.storeBytes(of: id.1.bigEndian, toByteOffset: 8, as: UInt64.self)
  }

  /// Overwrites the last 32 bytes with the digits of what is as unique as the identifier, and in no
  /// order: as a provider's own identifiers are.
  func setDigits(_ id: (UInt64, UInt64)) {
    set(Ticks.scatter(id.0), base: 16, digits: 16, at: count - 32)
    set(id.0, base: 16, digits: 16, at: count - 16)
  }

  /// Overwrites the bytes from `offset` with the digits of a number, as many as `digits`.
  func set(_ number: UInt64, base radix: UInt64, digits: Int, at offset: Int) {
    var rest = number
    for place in (offset..<offset + digits).reversed() {
      let digit = UInt8(rest % radix)
      base.storeBytes(of: digit < 10 ? 48 + digit : 87 + digit, toByteOffset: place, as: UInt8.self)
      rest /= radix
    }
  }
}
