import CSQLite

/// A row the daemon has written, to be written again with some columns changed.
///
/// So the rig's rows have every column and every byte of the daemon's, whatever the schema is.
final class RowTemplate {
  private let statement: SQLiteStatement
  private let parameters: [String: Int32]
  private let original: [String: [UInt8]]
  // What the statement is bound to has to live as long as it.
  private var kept: [FixedBytes] = []

  /// Takes the row that `query` finds, `SELECT * FROM …`.
  init(_ file: SQLiteFile, _ table: String, query: String, suffix: String = "") throws(RigError) {
    let source = try file.prepare(query)
    guard try source.step() else { throw RigError("\(table) has no row to take as a model") }
    let columns = source.columns
    let places = columns.indices.map { "?\($0 + 1)" }.joined(separator: ", ")
    statement = try file.prepare(
      "INSERT INTO \(table) (\(columns.joined(separator: ", "))) VALUES (\(places)) \(suffix)")
    var parameters: [String: Int32] = [:]
    var original: [String: [UInt8]] = [:]
    for (index, name) in columns.enumerated() {
      let column = Int32(index)
      parameters[name] = column + 1
      original[name] = source.bytes(column)
      switch source.type(column) {
      case SQLITE_INTEGER: statement.bind(column + 1, source.integer(column))
      case SQLITE_FLOAT: statement.bind(column + 1, double: source.double(column))
      case SQLITE_NULL: break
      case let type:
        let bytes = FixedBytes(source.bytes(column))
        kept.append(bytes)
        if type == SQLITE_TEXT {
          statement.bind(column + 1, text: bytes)
        } else {
          statement.bind(column + 1, blob: bytes)
        }
      }
    }
    self.parameters = parameters
    self.original = original
  }

  /// What the model has in a column.
  func bytes(_ column: String) throws(RigError) -> [UInt8] {
    guard let bytes = original[column] else { throw RigError("there is no column \(column)") }
    return bytes
  }

  /// The number of a column, for ``set(_:_:)``.
  func parameter(_ column: String) throws(RigError) -> Int32 {
    guard let parameter = parameters[column] else {
      throw RigError("there is no column \(column)")
    }
    return parameter
  }

  /// Lets a column be what these bytes are at each insertion.
  func bind(_ column: String, blob bytes: FixedBytes) throws(RigError) {
    kept.append(bytes)
    statement.bind(try parameter(column), blob: bytes)
  }

  /// Lets a column be the text that these bytes are at each insertion.
  func bind(_ column: String, text bytes: FixedBytes) throws(RigError) {
    kept.append(bytes)
    statement.bind(try parameter(column), text: bytes)
  }

  /// Sets a number for the next insertions.
  func set(_ parameter: Int32, _ value: Int64) { statement.bind(parameter, value) }

  /// Sets a column to nothing for the next insertions.
  func clear(_ parameter: Int32) { statement.bindNull(parameter) }

  /// Inserts the row as it is now.
  func insert() throws(RigError) { try statement.finish() }
}
