/// The queue in front of the one writing connection, and the two threads behind it.
///
///     submit ─▶ jobs ─▶ writer: BEGIN, job, job, job …, COMMIT ─▶ outcomes ─▶ teller: done, done …
///
/// A batch runs without a savepoint for each job: savepoints make SQLite copy every page a job
/// touches. Only when a job throws is the batch rolled back and run again, with savepoints.
// `@unchecked Sendable` is safe because `connection` and `wakes` are the writer's thread's alone,
// and `connection` that of whoever has waited for its end.
final class WriteQueue: @unchecked Sendable {
  /// One unit of work: all or nothing.
  struct Job: Sendable {
    /// Does the work inside the transaction; throwing undoes this job alone. May be run again when
    /// the transaction was lost or another job of it threw: the last run counts.
    let run: @Sendable (Transaction) throws -> Void
    /// Hears `nil` once the work is on the disk, otherwise why it is not.
    let done: @Sendable ((any Error)?) -> Void
  }

  private struct State {
    var jobs: [Job] = []
    var stopping = false
  }

  /// What the writer has done since it started.
  struct Work: Sendable {
    /// How many commits reached the disk or failed.
    var commits = 0
    /// How many jobs were in them.
    var jobs = 0
  }

  private struct Told {
    var outcomes: [(Job, (any Error)?)] = []
    var wakes: Set<Wake> = []
    var stopping = false
  }

  private let connection: Connection
  private let batchMax: Int
  /// Who is called after a commit. A lock must not hold the bare function: see ``Locked``.
  private struct Listener {
    let call: @Sendable (Set<Wake>) -> Void
  }

  private let queueMax: Int
  private let clock: any Clock
  private let ids: IDSource
  private let state = Monitor(State())
  private let told = Monitor(Told())
  private let work = Locked(Work())
  private let threads = Locked<[WorkerThread]>([])
  private let listener = Locked<Listener?>(nil)
  /// Who has work once the commit at hand is on the disk; of runs that were undone, too.
  private var wakes: Set<Wake> = []

  /// Starts the threads.
  init(
    _ connection: Connection, batchMax: Int, queueMax: Int, clock: any Clock, ids: IDSource
  ) {
    self.connection = connection
    self.batchMax = batchMax
    self.queueMax = queueMax
    self.clock = clock
    self.ids = ids
    let writer = WorkerThread(name: "writer") { [self] in write() }
    // Answers are made and sent while the writer is at the next commit already.
    let teller = WorkerThread(name: "teller") { [told, listener] in Self.tell(told, listener) }
    threads.withLock { $0 = [writer, teller] }
  }

  /// Puts a job behind the others. False when too many wait or the writer is stopping.
  func submit(_ job: Job) -> Bool {
    state.update { state in
      guard !state.stopping, state.jobs.count < queueMax else { return false }
      state.jobs.append(job)
      return true
    }
  }

  /// Who is called with what has work to do after a commit.
  func setListener(_ call: @escaping @Sendable (Set<Wake>) -> Void) {
    listener.withLock { $0 = Listener(call: call) }
  }

  /// How many jobs wait.
  var waiting: Int { state.withLock { $0.jobs.count } }

  /// What was done since the start: jobs by commits is how well senders share.
  var done: Work { work.withLock { $0 } }

  /// Finishes what is queued, tells everybody, and ends the threads.
  func stop() {
    state.update { $0.stopping = true }
    let running = threads.withLock { threads in
      defer { threads = [] }
      return threads
    }
    running.first?.join()
    told.update { $0.stopping = true }
    running.last?.join()
    // The last connection to close writes the log back into the file and removes it.
    if !running.isEmpty { connection.close() }
  }

  private func write() {
    while true {
      let batch: [Job]? = state.wait { state in
        if state.jobs.isEmpty { return state.stopping ? .some(nil) : .none }
        if state.jobs.count <= batchMax {
          defer { state.jobs = [] }
          return state.jobs
        }
        defer { state.jobs.removeFirst(batchMax) }
        return Array(state.jobs.prefix(batchMax))
      }
      guard let batch else { return }
      let outcomes = commit(batch)
      work.withLock {
        $0.commits += 1
        $0.jobs += batch.count
      }
      told.update {
        $0.outcomes += zip(batch, outcomes)
        $0.wakes.formUnion(wakes)
      }
      wakes.removeAll(keepingCapacity: true)
    }
  }

  private static func tell(
    _ told: Monitor<Told>, _ listener: Locked<Listener?>
  ) {
    while true {
      let news: Told? = told.wait { told in
        if told.outcomes.isEmpty { return told.stopping ? .some(nil) : .none }
        defer {
          told.outcomes = []
          told.wakes = []
        }
        return told
      }
      guard let news else { return }
      for (job, failure) in news.outcomes { job.done(failure) }
      // Behind them: whoever is woken finds all of this commit done, and is woken once for it.
      if !news.wakes.isEmpty { listener.withLock { $0 }?.call(news.wakes) }
    }
  }

  /// Commits a batch and says of each job why it is not on the disk, `nil` when it is.
  private func commit(_ batch: [Job]) -> [(any Error)?] {
    do throws(StoreError) {
      try transaction { () throws(StoreError) in
        for job in batch where try attempt(job) != nil { throw Self.jobThrew }
      }
      return Array(repeating: nil, count: batch.count)
    } catch {
      // The disk or a lock: nobody's job can be kept now, and none is at fault.
      if error.decision == .later { return Array(repeating: error, count: batch.count) }
    }
    return commitApart(batch)
  }

  /// Commits a batch of which a job throws: that one is undone alone.
  private func commitApart(_ batch: [Job]) -> [(any Error)?] {
    var failures: [(any Error)?] = []
    do throws(StoreError) {
      try transaction { () throws(StoreError) in
        for job in batch {
          try connection.execute(Self.savepoint)
          let failure = try attempt(job)
          if failure != nil { try connection.execute(Self.rollback) }
          try connection.execute(Self.release)
          failures.append(failure)
        }
      }
      return failures
    } catch {
      if error.decision == .later { return Array(repeating: error, count: batch.count) }
    }
    // A job destroys the transaction it is in: alone, it destroys only its own.
    return batch.map(commitAlone)
  }

  private func commitAlone(_ job: Job) -> (any Error)? {
    var failure: (any Error)?
    do throws(StoreError) {
      try transaction { () throws(StoreError) in
        failure = try attempt(job)
        if failure != nil { throw Self.jobThrew }
      }
      return nil
    } catch {
      return failure ?? error
    }
  }

  private static let begin = SQL("BEGIN IMMEDIATE")
  private static let commit = SQL("COMMIT")
  private static let savepoint = SQL("SAVEPOINT job")
  private static let release = SQL("RELEASE job")
  private static let rollback = SQL("ROLLBACK TO job")
  private static let jobThrew = StoreError(.conflict, "a job of the transaction was refused")

  private func transaction(_ body: () throws(StoreError) -> Void) throws(StoreError) {
    try connection.execute(Self.begin)
    do throws(StoreError) {
      try body()
      try connection.execute(Self.commit)
    } catch {
      // After a full disk SQLite may have rolled back by itself; saying it again does no harm.
      try? connection.run("ROLLBACK")
      throw error
    }
  }

  /// Runs one job and returns what it threw. Throws itself what concerns the whole transaction.
  private func attempt(_ job: Job) throws(StoreError) -> (any Error)? {
    let transaction = Transaction(connection, now: clock.now(), ids: ids)
    do {
      try job.run(transaction)
      if !transaction.wakes.isEmpty { wakes.formUnion(transaction.wakes) }
      return nil
    } catch {
      if let error = error as? StoreError, error.decision == .later { throw error }
      return error
    }
  }
}
