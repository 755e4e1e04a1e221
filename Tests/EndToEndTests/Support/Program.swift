import CLinux
import Gateway
import Glibc
import Testing

/// The real binary, as a child process.
final class Program: Sendable {
  /// What a run came to.
  struct Result: Sendable {
    /// The exit status, -1 when a signal ended it.
    let status: Int32
    /// The signal that ended it, 0 for none.
    let signal: Int32
    /// Standard output.
    let output: String
    /// Standard error.
    let complaints: String
  }

  private struct State {
    var output: [UInt8] = []
    var complaints: [UInt8] = []
    var result: Result?
  }

  /// The process.
  let pid: pid_t
  private let state = Monitor(State())

  /// Long enough for a sanitizer on a loaded machine; a wait that takes as long has failed.
  private static let patienceMilliseconds = 120_000
  /// A pipe's writing end must not be inherited by a child started at the same time: its reader
  /// would wait for that child too.
  private static let spawning = Locked(0)

  /// Where the build put the binary: beside the tests.
  static let path: String = {
    var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
    let count = readlink("/proc/self/exe", &buffer, buffer.count)
    let tests = String(
      decoding: buffer.prefix(max(count, 0)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    let folder = tests.split(separator: "/").dropLast().joined(separator: "/")
    return "/\(folder)/trunkline"
  }()

  /// Starts it. Of our own variables only those given are set.
  init(_ arguments: [String], environment: [String: String] = [:], input: String = "") throws {
    var all = Environment.current.filter { !$0.key.hasPrefix("TRUNKLINE_") }
    for (name, value) in environment { all[name] = value }
    let pairs = all.map { "\($0.key)=\($0.value)" }
    let started = try Self.spawning.withLock { count in
      count += 1
      return try Self.spawn([Self.path] + arguments, pairs, input: input)
    }
    pid = started.pid
    let readers = [
      Self.reader(started.output) { [state] bytes in state.update { $0.output += bytes } },
      Self.reader(started.complaints) { [state] bytes in state.update { $0.complaints += bytes } },
    ]
    _ = WorkerThread(name: "child") { [state, pid] in
      for reader in readers { reader.join() }
      var status: Int32 = 0
      while waitpid(pid, &status, 0) < 0, errno == EINTR {}
      state.update { state in
        state.result = Result(
          status: trunkline_exit_status(status), signal: trunkline_signal_status(status),
          output: String(decoding: state.output, as: UTF8.self),
          complaints: String(decoding: state.complaints, as: UTF8.self))
      }
    }
  }

  deinit {
    if state.withLock({ $0.result == nil }) { kill(pid, SIGKILL) }
  }

  /// Sends a signal.
  func send(_ signal: Int32) { kill(pid, signal) }

  /// The last of what it has said on standard error so far, for the words of a failure.
  var lastComplaints: String {
    let text = state.withLock { String(decoding: $0.complaints.suffix(4000), as: UTF8.self) }
    return text.split(separator: "\n").suffix(12).joined(separator: "\n")
  }

  /// Waits until it has ended.
  func result(_ location: SourceLocation = #_sourceLocation) throws -> Result {
    try #require(
      state.wait(milliseconds: Self.patienceMilliseconds) { $0.result },
      "the program has not ended", sourceLocation: location)
  }

  /// Waits for a line of standard error in which `find` finds something.
  ///
  /// Throws when the program ends without one: then what it said is in the failure.
  func complaint<Found>(
    _ location: SourceLocation = #_sourceLocation, where find: (Substring) -> Found?
  ) throws -> Found {
    try line(\.complaints, location, where: find)
  }

  /// Waits for a line of standard output in which `find` finds something.
  func outputLine<Found>(
    _ location: SourceLocation = #_sourceLocation, where find: (Substring) -> Found?
  ) throws -> Found {
    try line(\.output, location, where: find)
  }

  private func line<Found>(
    _ stream: KeyPath<State, [UInt8]>, _ location: SourceLocation,
    where find: (Substring) -> Found?
  ) throws -> Found {
    let outcome: (found: Found?, ended: Result?)? = state.wait(
      milliseconds: Self.patienceMilliseconds
    ) { state in
      let text = String(decoding: state[keyPath: stream], as: UTF8.self)
      // The last part has no line break behind it yet.
      for line in text.split(separator: "\n", omittingEmptySubsequences: false).dropLast() {
        if let found = find(line) { return (found, nil) }
      }
      return state.result.map { (nil, $0) }
    }
    let come = try #require(outcome, "the program has not said it", sourceLocation: location)
    if let found = come.found { return found }
    Issue.record("the program ended: \(come.ended?.complaints ?? "")", sourceLocation: location)
    throw Ended()
  }

  private struct Ended: Error {}

  private static func spawn(
    _ arguments: [String], _ environment: [String], input: String
  ) throws -> (pid: pid_t, output: Int32, complaints: Int32) {
    let pipes = try (0..<3).map { _ in
      var ends: [Int32] = [-1, -1]
      try #require(pipe(&ends) == 0)
      for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
      return (read: ends[0], write: ends[1])
    }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, pipes[0].read, STDIN_FILENO)
    posix_spawn_file_actions_adddup2(&actions, pipes[1].write, STDOUT_FILENO)
    posix_spawn_file_actions_adddup2(&actions, pipes[2].write, STDERR_FILENO)
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    // As a shell would start it, whatever the tests' own process blocks or ignores.
    var none = sigset_t()
    sigemptyset(&none)
    var changed = sigset_t()
    sigfillset(&changed)
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setsigdefault(&attributes, &changed)
    posix_spawnattr_setflags(
      &attributes, Int16(POSIX_SPAWN_SETSIGMASK) | Int16(POSIX_SPAWN_SETSIGDEF))
    var argv: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) } + [nil]
    var envp: [UnsafeMutablePointer<CChar>?] = environment.map { strdup($0) } + [nil]
    defer { for text in argv + envp { free(text) } }
    var pid = pid_t()
    let code = posix_spawn(&pid, arguments.first ?? "", &actions, &attributes, &argv, &envp)
    try #require(code == 0, "\(arguments.first ?? ""): \(String(cString: strerror(code)))")
    // Small enough for a pipe's buffer, so that this cannot wait.
    let bytes = Array(input.utf8)
    _ = write(pipes[0].write, bytes, bytes.count)
    for end in [pipes[0].read, pipes[0].write, pipes[1].write, pipes[2].write] { close(end) }
    return (pid, pipes[1].read, pipes[2].read)
  }

  private static func reader(
    _ descriptor: Int32, _ take: @escaping @Sendable ([UInt8]) -> Void
  ) -> WorkerThread {
    WorkerThread(name: "pipe") {
      var chunk = [UInt8](repeating: 0, count: 65_536)
      while true {
        let count = read(descriptor, &chunk, chunk.count)
        if count > 0 { take(Array(chunk[..<count])) }
        if count == 0 || count < 0 && errno != EINTR { break }
      }
      close(descriptor)
    }
  }
}
