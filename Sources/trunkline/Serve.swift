import Gateway
import Glibc

extension Verb {
  /// `serve`.
  static let serve = Verb(
    name: "serve", summary: "Run the daemon", options: [.config],
    notes: [
      """
      SIGTERM or Ctrl-C stops it gracefully: what is in flight is finished first; a second one \
      quits at once. Every setting can be given by an environment variable too, such as \
      TRUNKLINE_LISTEN_PUBLIC=0.0.0.0:8080.
      """
    ],
    run: Serve.run)
}

/// Runs the daemon until it is told to stop.
enum Serve {
  /// Runs the daemon.
  static func run(_ arguments: Arguments, _ console: Console) throws -> Outcome {
    Signals.block()
    let path = try ConfigurationFile.path(arguments, console)
    let configuration = try ConfigurationFile.load(arguments, console)
    let log = Log(
      minimum: configuration.log.level,
      readable: isReadable(configuration.log.format, isTerminal: isatty(STDERR_FILENO) == 1))
    log.info(
      "starting",
      [
        "version": .string(Version.current),
        "configuration": .string(path ?? "defaults and environment"),
      ])
    for suspicion in Environment.suspicions(console.environment) { log.warning(suspicion) }
    let gateway = try Gateway(configuration, log: log)
    try welcome(gateway, path: try arguments.string("config"), log)
    Signals.waitForStop()
    Signals.quitOnNext()
    gateway.stop()
    return .done
  }

  /// Whether entries are written for people.
  static func isReadable(_ format: Configuration.LogFormat, isTerminal: Bool) -> Bool {
    switch format {
    case .auto: isTerminal
    case .json: false
    case .text: true
    }
  }

  /// Says how to begin as long as nobody can: without a key the API lets nobody in.
  private static func welcome(_ gateway: Gateway, path: String?, _ log: Log) throws {
    let hasKey = try gateway.database.read { connection in
      try connection.tenants().contains { tenant in
        try connection.apiKeys(of: tenant.id).contains { $0.revokedAt == nil }
      }
    }
    if hasKey { return }
    let config = path.map { " --config \($0)" } ?? ""
    log.warning(
      "there is no API key yet: make one",
      ["command": .string("trunkline keys create --local --role admin --name me\(config)")])
  }
}
