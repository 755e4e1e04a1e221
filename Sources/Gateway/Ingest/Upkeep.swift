/// What has to be done from time to time, on a thread of its own.
package final class Upkeep: Sendable {
  private let stopping = Monitor(false)
  private let thread: Locked<WorkerThread?>

  /// Quarantined requests go by the day; an hour is often enough to look.
  private static let stepMilliseconds = 3_600_000

  /// Starts the thread.
  package init(ingest: Ingest, log: Log) {
    thread = Locked(nil)
    let started = WorkerThread(name: "upkeep") { [stopping] in
      repeat {
        do {
          let gone = try ingest.purgeQuarantine()
          if gone > 0 { log.info("quarantine emptied", ["receipts": .integer(Int64(gone))]) }
        } catch {
          log.warning("quarantine not emptied", ["reason": .string("\(error)")])
        }
      } while stopping.wait(milliseconds: Self.stepMilliseconds, { $0 ? true : nil }) == nil
    }
    thread.withLock { $0 = started }
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
