/// The queue in front of the one writing connection, and the thread behind it.
// `@unchecked Sendable` is safe because `connection` is used on the writer's thread alone.
final class WriteQueue: @unchecked Sendable {
  /// One unit of work: all or nothing.
  struct Job: Sendable {
    /// Does the work inside the transaction; throwing undoes this job alone.
    let run: @Sendable (Transaction) throws -> Void
    /// Hears `nil` once the work is on the disk, otherwise why it is not.
    let done: @Sendable ((any Error)?) -> Void
  }

  private struct State {
    var jobs: [Job] = []
    var stopping = false
    var lastFailure: String?
  }

  private let connection: Connection
  private let batchMax: Int
  private let queueMax: Int
  private let clock: any Clock
  private let ids: IDSource
  private let state = Monitor(State())
  private let thread = Locked<WorkerThread?>(nil)

  /// Starts the writer.
  init(
    _ connection: Connection, batchMax: Int, queueMax: Int, clock: any Clock, ids: IDSource
  ) {
    self.connection = connection
    self.batchMax = batchMax
    self.queueMax = queueMax
    self.clock = clock
    self.ids = ids
    let started = WorkerThread(name: "writer") { [self] in loop() }
    thread.withLock { $0 = started }
  }

  /// Puts a job behind the others. False when too many wait or the writer is stopping.
  func submit(_ job: Job) -> Bool {
    state.update { state in
      guard !state.stopping, state.jobs.count < queueMax else { return false }
      state.jobs.append(job)
      return true
    }
  }

  /// How many jobs wait.
  var waiting: Int { state.withLock { $0.jobs.count } }

  /// Why the last commit failed, `nil` when it did not.
  var lastFailure: String? { state.withLock { $0.lastFailure } }

  /// Finishes what is queued and ends the thread.
  func stop() {
    state.update { $0.stopping = true }
    let running = thread.withLock { thread in
      defer { thread = nil }
      return thread
    }
    running?.join()
  }

  private func loop() {
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
      commit(batch)
    }
  }

  private func commit(_ batch: [Job]) {
    var failures = [(any Error)?](repeating: nil, count: batch.count)
    do throws(StoreError) {
      try connection.run("BEGIN IMMEDIATE")
      for (index, job) in batch.enumerated() { failures[index] = try attempt(job) }
      try connection.run("COMMIT")
      note(nil)
    } catch {
      // After a full disk SQLite may have rolled back by itself; saying it again does no harm.
      try? connection.run("ROLLBACK")
      note(error.description)
      for index in failures.indices where failures[index] == nil { failures[index] = error }
    }
    for (job, failure) in zip(batch, failures) { job.done(failure) }
  }

  /// Runs one job inside its own savepoint and returns what it threw. Throws itself when the whole
  /// transaction is lost.
  private func attempt(_ job: Job) throws(StoreError) -> (any Error)? {
    try connection.execute(Self.savepoint)
    do {
      try job.run(Transaction(connection, now: clock.now(), ids: ids))
      try connection.execute(Self.release)
      return nil
    } catch {
      // A full disk or a lost lock is everybody's: the commit could not keep the others either.
      if let error = error as? StoreError, error.decision == .later { throw error }
      try connection.execute(Self.rollback)
      try connection.execute(Self.release)
      return error
    }
  }

  private func note(_ failure: String?) {
    state.withLock { $0.lastFailure = failure }
  }

  private static let savepoint = SQL("SAVEPOINT job")
  private static let release = SQL("RELEASE job")
  private static let rollback = SQL("ROLLBACK TO job")
}
