import Gateway
import Glibc

/// The child that is measured: the gateway as `trunkline serve` runs it, in a process of its own so
/// that memory and processor are its own too. In this program and not in that one, because a binary
/// beside this one may be of another day.
enum DaemonMode {
  /// The word that starts it.
  static let word = "daemon"

  /// Runs until standard input ends, which it does also when the rig is killed. Prints its ports as
  /// one line. The status to exit with.
  static func run() -> Int32 {
    Signals.block()
    let log = Log(readable: false)
    do {
      let configuration = try Configuration.load(path: nil, environment: Environment.current)
      let gateway = try Gateway(configuration, log: log)
      print("\(gateway.publicPort) \(gateway.apiPort)")
      fflush(nil)
      var byte: UInt8 = 0
      while read(STDIN_FILENO, &byte, 1) > 0 {}
      gateway.stop()
      return 0
    } catch {
      log.error("not started", ["reason": .string("\(error)")])
      return 1
    }
  }
}
