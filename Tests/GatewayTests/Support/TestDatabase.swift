import Testing

@testable import Gateway

/// A fresh database in a folder of its own, gone when the value is.
final class TestDatabase {
  let folder: String
  let clock: ManualClock
  let ids: IDSource
  private(set) var database: Database

  init(readers: Int = 2, batchMax: Int = 64, queueMax: Int = 10_000) throws {
    folder = try File.makeTemporaryDirectory("trunkline-store")
    clock = ManualClock(Instant(millisecondsSinceEpoch: 1_790_000_000_000))
    ids = IDSource(clock: clock, random: SeededRandom(seed: 7))
    var options = Database.Options(path: "\(folder)/test.db")
    options.readers = readers
    options.batchMax = batchMax
    options.queueMax = queueMax
    options.cacheMebibytes = 4
    options.busyMilliseconds = 20
    database = try Database(options, clock: clock, ids: ids)
  }

  deinit {
    database.close()
    File.remove(folder)
  }

  var path: String { "\(folder)/test.db" }

  /// Closes the database and opens the file anew, as a restart does.
  func reopen() throws {
    database.close()
    database = try Database(Database.Options(path: path), clock: clock, ids: ids)
  }

  /// A second connection to the same file, as another process would have.
  func stranger() throws -> Connection {
    try Connection(path: path, readOnly: false, cacheMebibytes: 1, busyMilliseconds: 20)
  }
}
