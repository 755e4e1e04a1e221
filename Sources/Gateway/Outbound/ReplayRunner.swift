/// Takes replays on, a step at a time, each under its own rate.
package struct ReplayTurns {
  /// As many as the highest rate makes in a step: other writes wait until a step is done.
  package static let stepMax = 100

  private let database: Database
  private var paces: [ID<Replay>: ReplayPace] = [:]

  /// Takes the replays of that database on.
  package init(_ database: Database) { self.database = database }

  /// One step of every running replay, and in how many milliseconds the next is due; `nil` while
  /// none runs.
  ///
  /// Everything is read anew: pausing, canceling and a restart need no word with anybody.
  package mutating func turn(now: Instant) throws -> Int64? {
    let running = try database.read { try $0.runningReplays() }
    paces = paces.filter { pace in running.contains { $0.id == pace.key } }
    var pause: Int64?
    for replay in running {
      var pace = paces[replay.id] ?? ReplayPace(ratePerSecond: replay.ratePerSecond, now: now)
      let most = pace.take(now: now, most: Self.stepMax)
      paces[replay.id] = pace
      if most > 0 {
        let next = try database.write { transaction in
          try transaction.advance(replay.id, tenant: replay.tenantID, most: most)
        }
        guard next?.state == .running else { continue }
      }
      pause = min(pause ?? .max, pace.pauseMilliseconds)
    }
    return pause
  }
}

/// The thread that takes replays on.
package final class ReplayRunner: Sendable {
  private struct State {
    var woken = true
    var stopping = false
  }

  private let state = Monitor(State())
  private let thread = Locked<WorkerThread?>(nil)

  /// After a step that failed: a full disk or a lock needs some time to go.
  private static let failureMilliseconds: Int64 = 5000

  /// Starts the thread.
  package init(database: Database, clock: any Clock, log: Log) {
    let started = WorkerThread(name: "replays") { [state] in
      Self.run(ReplayTurns(database), state, clock, log)
    }
    thread.withLock { $0 = started }
  }

  /// There may be work: a replay was made, or goes on.
  package func wake() { state.update { $0.woken = true } }

  /// Ends the thread. Calling it again does nothing.
  package func stop() {
    state.update { $0.stopping = true }
    let running = thread.withLock { thread in
      defer { thread = nil }
      return thread
    }
    running?.join()
  }

  private static func run(
    _ turns: ReplayTurns, _ state: Monitor<State>, _ clock: any Clock, _ log: Log
  ) {
    var turns = turns
    var pause: Int64? = 0
    while true {
      // A wake-up finds the rate as it was: a step too early takes nothing.
      let look: (inout State) -> Bool? = { state in
        if state.stopping { return false }
        defer { state.woken = false }
        return state.woken ? true : nil
      }
      let goesOn =
        pause.map { state.wait(milliseconds: Int(clamping: $0), look) ?? true } ?? state.wait(look)
      guard goesOn else { return }
      do {
        pause = try turns.turn(now: clock.now())
      } catch {
        let reason = StoreError.logDescription(of: error)
        log.warning("replay interrupted", ["reason": .string(reason)])
        pause = failureMilliseconds
      }
    }
  }
}
