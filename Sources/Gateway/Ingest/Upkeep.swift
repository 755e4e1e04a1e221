/// What has to be done from time to time, on a thread of its own.
package final class Upkeep: Sendable {
  private let stopping = Monitor(false)
  private let thread: Locked<WorkerThread?>

  /// What is kept too long goes by the day; an hour is often enough to look.
  private static let stepMilliseconds = 3_600_000

  /// Starts the thread.
  ///
  /// `others` are tasks of other parts: what one has done, in a few words, and how many rows went.
  package init(
    ingest: Ingest, others: [(done: String, run: @Sendable () throws -> Int)] = [], log: Log
  ) {
    thread = Locked(nil)
    let started = WorkerThread(name: "upkeep") { [stopping] in
      repeat {
        Self.run("quarantine emptied", log) { try ingest.purgeQuarantine() }
        Self.run("parked reports dropped", log) { try ingest.purgeParked() }
        for task in others { Self.run(task.done, log, task.run) }
      } while stopping.wait(milliseconds: Self.stepMilliseconds, { $0 ? true : nil }) == nil
    }
    thread.withLock { $0 = started }
  }

  /// Runs one task and logs how many rows went, if any.
  private static func run(_ done: String, _ log: Log, _ task: () throws -> Int) {
    do {
      let gone = try task()
      if gone > 0 { log.info(done, ["rows": .integer(Int64(gone))]) }
    } catch {
      log.warning(
        "upkeep failed",
        ["task": .string(done), "reason": .string(StoreError.logDescription(of: error))])
    }
  }

  /// Ends the thread. Calling it again does nothing.
  package func stop() {
    stopping.update { $0 = true }
    let running = thread.withLock { thread in
      defer { thread = nil }
      return thread
    }
    running?.join()
  }
}
