import Gateway
import Glibc

/// The measuring rig, `make bench`.
///
///     a database ─▶ two copies ─▶ bare loop, daemon, bare loop, … ─▶ medians ─▶ table, JSON
@main
enum Bench {
  /// Runs the scenarios, or the daemon that they measure. Exits 0, 1 when something could not be
  /// measured or was not right, 2 for a wrong command line.
  static func main() {
    let words = Array(CommandLine.arguments.dropFirst())
    if words.first == DaemonMode.word { exit(DaemonMode.run()) }
    if words.first == ProviderMode.word { exit(ProviderMode.run(Array(words.dropFirst()))) }
    let options: Options
    do {
      options = try Options(words)
    } catch {
      tell("trunkline-bench: \(error)")
      exit(2)
    }
    if options.wantsHelp { return print(Options.help) }
    do {
      let lines = try inFolder(options) { folder throws(RigError) in try measure(options, folder) }
      if !options.isJSONOnly { print(Report.table(lines)) }
      for line in lines { print(String(decoding: line.json.serialized(), as: UTF8.self)) }
    } catch {
      tell("trunkline-bench: \(error)")
      exit(1)
    }
  }

  /// Gives `body` a folder that is gone afterwards, also when the rig is interrupted.
  private static func inFolder<Result>(
    _ options: Options, _ body: (String) throws(RigError) -> Result
  ) throws(RigError) -> Result {
    Signals.block()
    if let folder = options.folder { setenv("TMPDIR", folder, 1) }
    let folder: String
    do {
      folder = try File.makeTemporaryDirectory("trunkline-bench")
    } catch {
      throw RigError(error.description)
    }
    defer { File.remove(folder) }
    _ = WorkerThread(name: "interrupt") {
      Signals.waitForStop()
      File.remove(folder)
      _exit(130)
    }
    return try body(folder)
  }

  private static func measure(
    _ options: Options, _ folder: String
  ) throws(RigError) -> [ReportLine] {
    let preparation = Preparation(folder: folder, progress: tell)
    let quiet = try preparation.quiet()
    let outbound = OutboundScenarios(options: options, quiet: quiet, progress: tell)
    var lines: [ReportLine] = []
    for scenario in options.scenarios {
      switch scenario {
      case .disk:
        tell("disk: durable commits")
        lines.append(try DiskScenario.measure(quiet))
      case .idle:
        tell("idle: starting and resting")
        lines.append(try IdleScenario.measure(quiet))
      case .inboundQuiet:
        let inbound = InboundScenario(
          name: scenario.rawValue, options: options, base: quiet,
          people: Preparation.quietPeople, isAudited: true, progress: tell)
        lines += try inbound.measure()
      case .inboundMillion:
        let full = try preparation.full(quiet, messages: options.messages)
        defer { full.remove() }
        let inbound = InboundScenario(
          name: scenario.rawValue, options: options, base: full,
          people: Preparation.people(messages: options.messages), isAudited: false, progress: tell)
        lines += try inbound.measure()
      case .post:
        tell("post-1000: the largest posts there are")
        lines.append(try PostScenario.measure(at: "\(folder)/post"))
      case .enqueue: lines += try outbound.enqueue()
      case .send: lines += try outbound.send(callbacks: false)
      case .sendCallbacks: lines += try outbound.send(callbacks: true)
      case .wake: lines.append(try outbound.wake())
      case .backlog: lines += try outbound.backlog()
      }
    }
    return lines
  }

  private static let started = monotonicNanoseconds()

  /// Says something that is no result, with the seconds since the start.
  private static func tell(_ text: String) {
    // First: it is set when it is first asked for.
    let start = started
    let seconds = Double(monotonicNanoseconds() - start) / 1e9
    Log.standardError(Array("\(seconds.shown(1)) s  \(text)\n".utf8))
  }
}
