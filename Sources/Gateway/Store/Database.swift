/// The database: one writer on its own thread that commits what is waiting as a group, and readers
/// beside it. Every write that was reported done is on the disk.
///
///     submit ─▶ queue ─▶ writer thread: BEGIN, job, job, job …, COMMIT ─▶ each job's completion
///
/// A job that throws is undone alone; a commit that fails fails every job in it.
// `@unchecked Sendable` is safe because connections are handed out under the lock of `readers`, and
// the writing one never leaves the writer's thread.
package final class Database: @unchecked Sendable {
  /// How to open a database.
  package struct Options: Sendable {
    /// The file; its folder must exist.
    package var path: String
    /// How many may read at once. Each costs its own cache.
    package var readers = 2
    /// The writer's page cache. A reader gets a quarter.
    package var cacheMebibytes = 16
    /// The most jobs in one commit. More makes the first wait longer for the last.
    package var batchMax = 64
    /// The most jobs that may wait; more are refused at once, so that callers hear "later" in time.
    package var queueMax = 10_000
    /// How long to wait for another process's lock before giving up.
    package var busyMilliseconds = 2000

    /// The database in that file.
    package init(path: String) { self.path = path }
  }

  private struct Readers {
    var idle: [Connection] = []
    var open = 0
    var closed = false
  }

  private let options: Options
  private let clock: any Clock
  private let ids: IDSource
  private let readers: Monitor<Readers>
  private let queue: WriteQueue

  /// Opens the file, brings it up to date and starts the writer.
  ///
  /// - Throws: ``StoreError``; for a file newer than this program its sentence names both versions.
  package init(
    _ options: Options, clock: any Clock = SystemClock(), ids: IDSource = IDSource()
  ) throws(StoreError) {
    self.options = options
    self.clock = clock
    self.ids = ids
    readers = Monitor(Readers())
    let writer = try Connection(
      path: options.path, readOnly: false, cacheMebibytes: options.cacheMebibytes,
      busyMilliseconds: options.busyMilliseconds)
    try Self.migrate(writer, clock)
    queue = WriteQueue(
      writer, batchMax: options.batchMax, queueMax: options.queueMax, clock: clock, ids: ids)
  }

  /// Queues `work`; `completion` runs on a thread of the store once it is on the disk, or is not.
  /// `work` may run more than once; only its last run counts.
  package func submit<Result>(
    _ work: @escaping @Sendable (Transaction) throws -> Result,
    completion: @escaping @Sendable (Swift.Result<Result, any Error>) -> Void
  ) {
    let outcome = Locked<Swift.Result<Result, any Error>?>(nil)
    let accepted = queue.submit(
      WriteQueue.Job(
        run: { transaction in
          do {
            let result = try work(transaction)
            outcome.withLock { $0 = .success(result) }
          } catch {
            outcome.withLock { $0 = .failure(error) }
            throw error
          }
        },
        done: { failure in
          if let failure { return completion(.failure(failure)) }
          completion(outcome.withLock { $0 } ?? .failure(StoreError(.broken, "the job never ran")))
        }))
    if !accepted { completion(.failure(StoreError(.later, "too many writes are waiting"))) }
  }

  /// Runs `work` in a transaction and waits until it is on the disk. Never call it on a
  /// thread of the store or of a listener.
  package func write<Result: Sendable>(
    _ work: @escaping @Sendable (Transaction) throws -> Result
  ) throws -> Result {
    let outcome = Monitor<Swift.Result<Result, any Error>?>(nil)
    submit(work) { result in outcome.update { $0 = result } }
    return try outcome.wait { $0 }.get()
  }

  /// Runs `work` on a reading connection, waiting for a free one. It sees one moment's state
  /// throughout.
  package func read<Result>(_ work: (Connection) throws -> Result) throws -> Result {
    let connection = try take()
    defer { readers.update { $0.idle.append(connection) } }
    try connection.run("BEGIN")
    // Nothing was written: rolling back cannot fail, and leaves the connection fit for the next.
    defer { try? connection.run("ROLLBACK") }
    return try work(connection)
  }

  /// Calls `listener`, on a thread of the store, after each commit that gave somebody work: with
  /// what ``Transaction/wake(_:)`` named. A second listener replaces the first.
  package func onWake(_ listener: @escaping @Sendable (Set<Wake>) -> Void) {
    queue.setListener(listener)
  }

  /// How many jobs wait for the writer.
  package var waiting: Int { queue.waiting }

  /// How many commits the writer made since the start.
  package var commits: Int { queue.done.commits }

  /// How many writes were in those commits.
  package var writes: Int { queue.done.jobs }

  /// Tries a write of nothing: whether the disk takes commits right now.
  package func probe() throws {
    try write { transaction in try transaction.connection.touch(transaction.now) }
  }

  /// Finishes what is queued, then closes. Calling it again does nothing.
  package func close() {
    readers.update {
      $0.closed = true
      $0.idle = []
    }
    queue.stop()
  }

  private func take() throws(StoreError) -> Connection {
    enum Turn {
      case use(Connection)
      case open
      case closed
    }
    let turn: Turn = readers.wait { readers in
      if readers.closed { return .closed }
      if let idle = readers.idle.popLast() { return .use(idle) }
      guard readers.open < options.readers else { return nil }
      readers.open += 1
      return .open
    }
    switch turn {
    case .use(let connection): return connection
    case .closed: throw StoreError(.later, "the database is closed")
    case .open:
      do throws(StoreError) {
        return try Connection(
          path: options.path, readOnly: true, cacheMebibytes: max(2, options.cacheMebibytes / 4),
          busyMilliseconds: options.busyMilliseconds)
      } catch {
        readers.update { $0.open -= 1 }
        throw error
      }
    }
  }

  private static let versionQuery = SQL("SELECT COALESCE(MAX(version), 0) FROM schema_migrations")
  private static let versionInsert = SQL(
    "INSERT INTO schema_migrations (version, name, applied_at) VALUES ($1, $2, $3)")

  private static func migrate(_ connection: Connection, _ clock: any Clock) throws(StoreError) {
    // IMMEDIATE: two processes starting at once take turns.
    try connection.run("BEGIN IMMEDIATE")
    do throws(StoreError) {
      try connection.run(Migrations.bookkeeping)
      let version =
        try connection.first(versionQuery) { (row) throws(StoreError) in row.integer(0) } ?? 0
      if version > Migrations.newest {
        throw StoreError(
          .broken,
          "the database has version \(version) and this program knows \(Migrations.newest): "
            + "it was written by a newer trunkline; install that or a later version")
      }
      for migration in Migrations.all where migration.version > version {
        try connection.run(migration.sql)
        try connection.execute(
          versionInsert, .integer(migration.version), .text(migration.name), SQLValue(clock.now()))
      }
      try connection.run("COMMIT")
    } catch {
      try? connection.run("ROLLBACK")
      throw error
    }
  }
}

/// Who has work to do after a commit.
package enum Wake: Hashable, Sendable {
  /// The dispatcher, for a channel.
  case channel(ID<Channel>)
  /// The dispatcher: something came back, and there is room again.
  case room
  /// What fetches files.
  case media
  /// The templates of an account are wanted anew.
  case templates
  /// What replays.
  case replays
  /// Who keeps channels ready for use: one of them was changed by what its provider told.
  case directory(ID<Channel>)
}

/// What a job may do while the writer is its own.
package final class Transaction {
  /// The writing connection. Statements see what the jobs before in this commit have written.
  package let connection: Connection
  /// The time of this job: the same for everything it writes.
  package let now: Instant
  /// Makes identifiers that grow in the order of commit.
  package let ids: IDSource
  /// Who has work to do once this is on the disk.
  private(set) var wakes: Set<Wake> = []

  /// Lets somebody know of new work once it is on the disk. Work is found by looking into the
  /// database, so a wake too many does no harm.
  package func wake(_ wake: Wake) { wakes.insert(wake) }

  /// A turn at the writer.
  package init(_ connection: Connection, now: Instant, ids: IDSource) {
    self.connection = connection
    self.now = now
    self.ids = ids
  }
}
