import CLinux
import Gateway
import Glibc

/// A running daemon, a process of its own on a data folder.
final class DaemonProcess {
  /// The port of the webhooks.
  let publicPort: UInt16
  /// How long it took from starting the process to both ports open, in milliseconds.
  let listeningMilliseconds: Double
  /// How long it took from starting the process to `/readyz` answering 200, in milliseconds.
  let readyMilliseconds: Double
  /// The port of the API.
  let apiPort: UInt16
  private let child: ChildProcess

  /// The process.
  var pid: pid_t { child.pid }

  /// How long a start may take: a large database that was not closed takes a while to recover.
  private static let patienceNanoseconds: UInt64 = 60_000_000_000

  /// Starts a daemon and waits until it is ready. Its log goes to `daemon.log` in the folder.
  init(_ folder: DataFolder) throws(RigError) {
    let started = monotonicNanoseconds()
    child = try ChildProcess(
      [DaemonMode.word], environment: folder.environment, errors: folder.logPath)
    let ports = child.line().split(separator: " ").compactMap { UInt16($0) }
    listeningMilliseconds = Self.milliseconds(since: started)
    guard ports.count == 2 else {
      _ = child.end()
      throw RigError("the daemon did not start; its log says: \(folder.logEnd)")
    }
    publicPort = ports[0]
    apiPort = ports[1]
    while Loopback.status(port: ports[1], path: "/readyz") != 200 {
      guard monotonicNanoseconds() - started < Self.patienceNanoseconds else {
        _ = child.end()
        throw RigError("the daemon is not ready after a minute; its log says: \(folder.logEnd)")
      }
      // What the start time is exact to: asking without pause would take the daemon's processor.
      usleep(500)
    }
    readyMilliseconds = Self.milliseconds(since: started)
  }

  /// Stops it gracefully and waits until it is gone.
  ///
  /// - Throws: ``RigError`` when it did not end as it should.
  func stop() throws(RigError) {
    let status = child.end()
    guard trunkline_exit_status(status) == 0 else {
      throw RigError("the daemon ended with wait status \(status)")
    }
  }

  private static func milliseconds(since start: UInt64) -> Double {
    Double(monotonicNanoseconds() - start) / 1e6
  }
}
