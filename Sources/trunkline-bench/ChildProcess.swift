import CLinux
import Gateway
import Glibc

/// This very program once more, as a process of its own that lives as long as its standard input.
final class ChildProcess {
  /// The process.
  let pid: pid_t
  private let input: Int32
  private let output: Int32

  /// Starts it with these words behind its name; what it says on standard error is appended to a
  /// file.
  init(_ words: [String], environment: [String: String], errors: String) throws(RigError) {
    let input = try Self.pipe()
    let output = try Self.pipe()
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, input.read, STDIN_FILENO)
    posix_spawn_file_actions_adddup2(&actions, output.write, STDOUT_FILENO)
    posix_spawn_file_actions_addopen(
      &actions, STDERR_FILENO, errors, O_WRONLY | O_CREAT | O_APPEND, 0o600)
    let arguments = Self.cStrings(["trunkline-bench"] + words)
    let variables = Self.cStrings(environment.map { "\($0.key)=\($0.value)" })
    defer { for text in arguments + variables { free(text) } }
    var pid: pid_t = 0
    // The kernel's name for this very program, wherever it was started from.
    let code = posix_spawn(&pid, "/proc/self/exe", &actions, nil, arguments, variables)
    close(input.read)
    close(output.write)
    self.pid = pid
    self.input = input.write
    self.output = output.read
    guard code == 0 else {
      throw RigError("starting \(words.first ?? ""): \(String(cString: strerror(code)))")
    }
  }

  deinit {
    close(input)
    close(output)
  }

  /// Waits for the next line it prints; empty when it has ended.
  func line() -> String {
    var bytes: [UInt8] = []
    var byte: UInt8 = 0
    while read(output, &byte, 1) == 1, byte != UInt8(ascii: "\n") { bytes.append(byte) }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// Waits for the next line, at most so long. False when none has begun.
  func hasLine(withinMilliseconds milliseconds: Int32) -> Bool {
    var waiting = pollfd(fd: output, events: Int16(POLLIN), revents: 0)
    return poll(&waiting, 1, milliseconds) > 0
  }

  /// Writes a byte to its standard input.
  func ask(_ question: Character) {
    var byte = question.asciiValue ?? 0
    _ = write(input, &byte, 1)
  }

  /// Ends its standard input and waits until it is gone: its wait status. Called once.
  func end() -> Int32 {
    // The descriptor itself stays until `deinit`, so that nobody else's is closed twice.
    let nothing = open("/dev/null", O_WRONLY | O_CLOEXEC)
    dup2(nothing, input)
    close(nothing)
    var status: Int32 = 0
    while waitpid(pid, &status, 0) < 0, errno == EINTR {}
    return status
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
