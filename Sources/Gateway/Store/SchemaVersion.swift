/// How old a database file is, learned without changing it.
package struct SchemaVersion: Equatable, Sendable {
  /// What the file has; 0 for an empty file.
  package let file: Int64
  /// What this program knows.
  package let program = Migrations.newest

  private static let known = SQL("SELECT COALESCE(MAX(version), 0) FROM schema_migrations")
  private static let hasBookkeeping = SQL(
    "SELECT COUNT(*) FROM sqlite_master WHERE name = 'schema_migrations'")

  /// Looks into the file at `path`, which must exist.
  ///
  /// - Throws: ``StoreError`` when it is no database or cannot be read.
  package init(ofFile path: String) throws(StoreError) {
    let connection = try Connection(
      path: path, readOnly: true, cacheMebibytes: 1, busyMilliseconds: 2000)
    func number(_ sql: SQL) throws(StoreError) -> Int64 {
      try connection.first(sql) { (row) throws(StoreError) in row.integer(0) } ?? 0
    }
    file = try number(Self.hasBookkeeping) == 0 ? 0 : number(Self.known)
  }
}
