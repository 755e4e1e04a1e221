import Gateway
import Glibc

/// Ctrl-C and SIGTERM, as something to wait for: the first one asks to stop, the second quits.
struct StopSignal: Sendable {
  private let stopped = Monitor(false)

  /// Takes the signals over. Call it before any other thread starts: threads inherit what is
  /// blocked.
  init() {
    Signals.block()
    _ = WorkerThread(name: "signals") { [stopped] in
      Signals.waitForStop()
      stopped.update { $0 = true }
      Signals.waitForStop()
      _exit(Outcome.failed.status)
    }
  }

  /// Waits for the signal.
  func wait() { stopped.wait { $0 ? () : nil } }

  /// Waits for the signal for so long; true when it has come.
  func wait(milliseconds: Int) -> Bool {
    stopped.wait(milliseconds: milliseconds) { $0 ? true : nil } ?? false
  }
}
