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
  /// The process.
  let pid: pid_t
  private let input: Int32

  /// How long a start may take: a large database that was not closed takes a while to recover.
  private static let patienceNanoseconds: UInt64 = 60_000_000_000

  /// Starts a daemon and waits until it is ready. Its log goes to `daemon.log` in the folder.
  init(_ folder: DataFolder) throws(RigError) {
    let started = monotonicNanoseconds()
    let child = try Self.spawn(folder)
    pid = child.pid
    input = child.input
    let ports = Self.firstLine(child.output).split(separator: " ").compactMap { UInt16($0) }
    close(child.output)
    listeningMilliseconds = Self.milliseconds(since: started)
    guard ports.count == 2 else {
      Self.end(child.pid, child.input)
      throw RigError("the daemon did not start; its log says: \(folder.logEnd)")
    }
    publicPort = ports[0]
    while Loopback.status(port: ports[1], path: "/readyz") != 200 {
      guard monotonicNanoseconds() - started < Self.patienceNanoseconds else {
        Self.end(child.pid, child.input)
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
    let status = Self.end(pid, input)
    guard trunkline_exit_status(status) == 0 else {
      throw RigError("the daemon ended with wait status \(status)")
    }
  }

  @discardableResult
  private static func end(_ pid: pid_t, _ input: Int32) -> Int32 {
    close(input)
    var status: Int32 = 0
    while waitpid(pid, &status, 0) < 0, errno == EINTR {}
    return status
  }

  private static func milliseconds(since start: UInt64) -> Double {
    Double(monotonicNanoseconds() - start) / 1e6
  }

  private static func firstLine(_ descriptor: Int32) -> Substring {
    var bytes: [UInt8] = []
    var byte: UInt8 = 0
    while read(descriptor, &byte, 1) == 1, byte != UInt8(ascii: "\n") { bytes.append(byte) }
    return String(decoding: bytes, as: UTF8.self)[...]
  }

  private static func spawn(
    _ folder: DataFolder
  ) throws(RigError) -> (pid: pid_t, input: Int32, output: Int32) {
    let input = try pipe()
    let output = try pipe()
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, input.read, STDIN_FILENO)
    posix_spawn_file_actions_adddup2(&actions, output.write, STDOUT_FILENO)
    posix_spawn_file_actions_addopen(
      &actions, STDERR_FILENO, folder.logPath, O_WRONLY | O_CREAT | O_APPEND, 0o600)
    let arguments = Self.cStrings(["trunkline-bench", DaemonMode.word])
    let environment = Self.cStrings(folder.environment.map { "\($0.key)=\($0.value)" })
    defer { for text in arguments + environment { free(text) } }
    var pid: pid_t = 0
    // The kernel's name for this very program, wherever it was started from.
    let code = posix_spawn(&pid, "/proc/self/exe", &actions, nil, arguments, environment)
    close(input.read)
    close(output.write)
    guard code == 0 else {
      throw RigError("starting a daemon: \(String(cString: strerror(code)))")
    }
    return (pid, input.write, output.read)
  }

  /// Copies for C, with the null pointer that ends a list. The caller frees them.
  private static func cStrings(_ texts: [String]) -> [UnsafeMutablePointer<CChar>?] {
    texts.map { strdup($0) } + [nil]
  }

  private static func pipe() throws(RigError) -> (read: Int32, write: Int32) {
    var ends: [Int32] = [0, 0]
    guard Glibc.pipe(&ends) == 0 else { throw .system("making a pipe") }
    // A child that inherited the writing end would keep itself from ever seeing the end.
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    return (ends[0], ends[1])
  }
}
