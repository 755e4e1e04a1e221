import Gateway

extension Verb {
  /// `doctor`.
  static let doctor = Verb(
    name: "doctor", summary: "Check the configuration, the data folder, the database and the ports",
    options: [
      .config,
      .flag("health", "Only ask the running daemon whether it lives: for containers."), .json,
    ],
    notes: ["Ends with status 1 when something is wrong; warnings alone do not count."],
    run: Doctor.run)
}

/// Looks at everything the daemon depends on, without changing anything.
enum Doctor {
  /// What one look came to.
  struct Finding: Equatable {
    /// How bad it is.
    enum Level: String {
      case ok
      case warning
      case wrong
    }

    /// What was looked at.
    let what: String
    /// How bad it is.
    let level: Level
    /// What was found and, where it is not well, what to do.
    let detail: String
  }

  /// Looks at everything, or with `--health` only at whether the daemon lives.
  static func run(_ arguments: Arguments, _ console: Console) throws -> Outcome {
    if arguments.has("health") { return health(arguments, console) }
    let findings = try findings(arguments, console)
    let outcome: Outcome = findings.contains { $0.level == .wrong } ? .failed : .done
    if arguments.has("json") {
      console.json([
        "ok": .bool(outcome == .done),
        "findings": .array(
          findings.map {
            [
              "what": .string($0.what), "level": .string($0.level.rawValue),
              "detail": .string($0.detail),
            ]
          }),
      ])
      return outcome
    }
    for finding in findings {
      let style: Style =
        switch finding.level {
        case .ok: .green
        case .warning: .yellow
        case .wrong: .red
        }
      let level = console.styled(finding.level.rawValue.padded(to: 8), style)
      console.line("\(level) \(finding.what.padded(to: 14)) \(finding.detail.harmless)")
    }
    return outcome
  }

  private static func findings(
    _ arguments: Arguments, _ console: Console
  ) throws -> [Finding] {
    let suspicions = Environment.suspicions(console.environment).map {
      Finding(what: "environment", level: .warning, detail: $0)
    }
    let path = try ConfigurationFile.path(arguments, console)
    let configuration: Configuration
    do {
      configuration = try ConfigurationFile.load(arguments, console)
    } catch let error as ConfigurationError {
      return error.findings.map {
        Finding(what: "configuration", level: .wrong, detail: $0.description)
      } + suspicions
    }
    let source = Finding(
      what: "configuration", level: .ok, detail: path ?? "defaults and environment")
    var checks = DoctorChecks(configuration)
    checks.run()
    return [source] + suspicions + checks.findings
  }

  /// Status 1 whatever is wrong: a container's engine keeps 2 for itself.
  private static func health(_ arguments: Arguments, _ console: Console) -> Outcome {
    do {
      let configuration = try ConfigurationFile.load(arguments, console)
      let answers = try DoctorChecks.isAlive(
        configuration.listen.public, hasTLS: configuration.tls != nil)
      if !answers { console.complain("the daemon does not answer /healthz with 200") }
      return answers ? .done : .failed
    } catch {
      console.complain("\(error)")
      return .failed
    }
  }
}
