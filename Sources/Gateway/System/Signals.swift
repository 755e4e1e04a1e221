import CLinux
import Glibc

/// Turns SIGTERM and SIGINT into a call, on a thread of its own.
package enum Signals {
  /// Keeps the stop signals and SIGPIPE from ending the process. Call it before any thread starts:
  /// threads inherit what is blocked.
  package static func block() {
    var set = stopSignals()
    pthread_sigmask(SIG_BLOCK, &set, nil)
    // A client that went away is an error of one write, not of the program.
    signal(SIGPIPE, SIG_IGN)
  }

  /// Waits for the first stop signal. Needs ``block()`` before.
  package static func waitForStop() {
    var set = stopSignals()
    var number: Int32 = 0
    sigwait(&set, &number)
  }

  /// From now on the next stop signal ends the process at once, with status 1.
  package static func quitOnNext() {
    _ = WorkerThread(name: "second-signal") {
      waitForStop()
      _exit(1)
    }
  }

  private static func stopSignals() -> sigset_t {
    var set = sigset_t()
    sigemptyset(&set)
    sigaddset(&set, SIGTERM)
    sigaddset(&set, SIGINT)
    return set
  }
}
