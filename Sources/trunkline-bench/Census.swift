/// How many rows each table has, and how many bytes of values are in them.
struct Census {
  /// One table.
  struct Table {
    /// How many rows.
    var rows: Int
    /// How many bytes their values have, numbers as their digits.
    var bytes: Int
  }

  /// The tables by name.
  let tables: [String: Table]

  /// Counts everything: seconds for a hundred thousand messages.
  init(_ path: String) throws(RigError) {
    let file = try SQLiteFile(path)
    var tables: [String: Table] = [:]
    for name in try file.texts("SELECT name FROM sqlite_master WHERE type = 'table'") {
      let columns = try file.texts("SELECT name FROM pragma_table_info('\(name)')")
      let sum = columns.map { "ifnull(length(CAST(\($0) AS BLOB)), 0)" }.joined(separator: " + ")
      let row = try file.prepare("SELECT count(*), ifnull(sum(\(sum)), 0) FROM \(name)")
      guard try row.step() else { continue }
      tables[name] = Table(rows: Int(row.integer(0)), bytes: Int(row.integer(1)))
    }
    self.tables = tables
  }

  /// What one ingest has added to each table, on average.
  func growth(since before: Census, ingests: Int) -> [String: (rows: Double, bytes: Double)] {
    let ingests = Double(max(ingests, 1))
    return tables.mapValues { _ in (0, 0) }.merging(
      tables.map { name, table in
        let old = before.tables[name] ?? Table(rows: 0, bytes: 0)
        return (
          name, (Double(table.rows - old.rows) / ingests, Double(table.bytes - old.bytes) / ingests)
        )
      }, uniquingKeysWith: { $1 })
  }

  /// Compares what an ingest of the daemon and one of the bare loop add, a sentence for each table
  /// that differs: then the limit is the limit of something else.
  static func differences(
    daemon: [String: (rows: Double, bytes: Double)], bare: [String: (rows: Double, bytes: Double)]
  ) -> [String] {
    daemon.keys.sorted().compactMap { name in
      let theirs = daemon[name] ?? (0, 0)
      let ours = bare[name] ?? (0, 0)
      // A row in a hundred thousand may be another matter, and numbers in texts vary in length.
      let sameRows = abs(theirs.rows - ours.rows) < 0.001
      let sameBytes = abs(theirs.bytes - ours.bytes) <= max(1, theirs.bytes * 0.02)
      if sameRows, sameBytes { return nil }
      return "\(name): the daemon adds \(theirs.rows.shown(3)) rows of \(theirs.bytes.shown(1)) "
        + "bytes an ingest, the bare loop \(ours.rows.shown(3)) of \(ours.bytes.shown(1))"
    }
  }
}
