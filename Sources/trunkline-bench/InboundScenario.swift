import Gateway
import Simulator

/// Inbound webhooks, beside the bare loop on an equal copy of the database, turn by turn.
struct InboundScenario {
  /// What the scenario is called.
  let name: String
  /// The options of the command line.
  let options: Options
  /// The database both begin with; its daemon has ended.
  let base: DataFolder
  /// How many senders take turns; the database knows all of them.
  let people: Int
  /// Whether the writes of both are compared at the end.
  let isAudited: Bool
  /// Hears what is going on.
  let progress: (String) -> Void

  /// Seconds before the measured ones: caches fill, code is paged in.
  private static let warmUp = 1.0
  /// A loop without a queue or connections needs no longer to show its pace.
  private static let bareSeconds = 4.0
  /// Requests are made for this share of the limit; the daemon cannot be faster than that.
  private static let headroom = 1.05

  private struct Round {
    var bare: BareLoop.Outcome
    var load: LoadGenerator.Outcome
    var processor: [String: UInt64]
    var writtenBytes: Double
    var memory: ProcessUsage.Memory
  }

  /// Measures all rounds. The lines are the daemon's and the bare loop's.
  ///
  /// - Throws: ``RigError`` also when the daemon refuses requests, when it has not stored exactly
  ///   what it accepted, or when the bare loop's rows are not those of the daemon.
  func measure() throws(RigError) -> [ReportLine] {
    let bare = try DataFolder(copying: base, to: "\(base.path)-bare")
    defer { bare.remove() }
    let ours = try DataFolder(copying: base, to: "\(base.path)-daemon")
    defer { ours.remove() }
    let load = try ours.load(people: people)
    let before = try base.lastSequence()
    var used = people
    var rounds: [Round] = []
    for number in 1...options.rounds {
      progress("\(name): round \(number) of \(options.rounds), bare loop")
      let limit = try BareLoop(bare.databasePath, people: people)
        .run(warmUp: Self.warmUp, seconds: Self.bareSeconds)
      progress("\(name): round \(number) of \(options.rounds), making requests")
      let seconds = Self.warmUp + Double(options.seconds)
      let count = Int(limit.perSecond * seconds * Self.headroom) + options.connections
      let book = RequestBook(load, numbers: used..<used + count)
      used += count
      progress("\(name): round \(number) of \(options.rounds), daemon")
      rounds.append(try round(limit, ours, book))
    }
    let accepted = rounds.reduce(0) { $0 + $1.load.accepted }
    let stored = try ours.lastSequence() - before
    guard stored == accepted else {
      throw RigError("\(name): \(accepted) requests were accepted and \(stored) messages stored")
    }
    if isAudited {
      try audit(bare, rounds.reduce(0) { $0 + $1.bare.ingests }, ours, accepted)
    }
    return report(rounds)
  }

  private func round(
    _ limit: BareLoop.Outcome, _ folder: DataFolder, _ book: RequestBook
  ) throws(RigError) -> Round {
    let daemon = try DaemonProcess(folder)
    let generator = LoadGenerator(
      port: daemon.publicPort, connections: options.connections, book: book)
    var before = ProcessUsage(daemon.pid)
    var after = before
    let outcome: LoadGenerator.Outcome
    do throws(RigError) {
      outcome = try generator.run(
        warmUp: Self.warmUp, seconds: Double(options.seconds),
        begin: { before = ProcessUsage(daemon.pid) }, end: { after = ProcessUsage(daemon.pid) })
    } catch {
      try? daemon.stop()
      throw RigError("\(name): \(error); the daemon's log says: \(folder.logEnd)")
    }
    let memory = ProcessUsage.memory(daemon.pid)
    try daemon.stop()
    guard outcome.refused == 0, outcome.measured > 0 else {
      throw RigError("\(name): \(outcome.refused) refused, \(outcome.accepted) accepted")
    }
    return Round(
      bare: limit, load: outcome, processor: after.since(before),
      writtenBytes: Double(after.writtenBytes - before.writtenBytes) / Double(outcome.measured),
      memory: memory)
  }

  private func audit(
    _ bare: DataFolder, _ bareIngests: Int, _ ours: DataFolder, _ accepted: Int
  ) throws(RigError) {
    progress("\(name): comparing what both have written")
    let start = try Census(base.databasePath)
    let differences = Census.differences(
      daemon: try Census(ours.databasePath).growth(since: start, ingests: accepted),
      bare: try Census(bare.databasePath).growth(since: start, ingests: bareIngests))
    guard differences.isEmpty else {
      throw RigError(
        "the bare loop is no limit of this daemon, BareLoop.swift has to follow it:\n  "
          + differences.joined(separator: "\n  "))
    }
  }

  private func report(_ rounds: [Round]) -> [ReportLine] {
    let limit = Median.of(rounds.map(\.bare.perSecond))
    let pace = Median.of(rounds.map(\.load.perSecond))
    var inbound = ReportLine(name)
    inbound.perSecond = pace
    inbound.limitPerSecond = limit
    inbound.p50 = Median.of(rounds.map { $0.load.latencies.milliseconds(atShare: 0.5) })
    inbound.p99 = Median.of(rounds.map { $0.load.latencies.milliseconds(atShare: 0.99) })
    inbound.more = [
      ("max_ms", Median.of(rounds.map { Double($0.load.latencies.longest) / 1e6 }), 2),
      ("connections", Double(options.connections), 0), ("seconds", Double(options.seconds), 0),
      ("rounds", Double(options.rounds), 0),
      ("accepted", Double(rounds.reduce(0) { $0 + $1.load.accepted }), 0),
      ("memory_mb", Median.of(rounds.map(\.memory.megabytes)), 1),
      ("memory_anonymous_mb", Median.of(rounds.map(\.memory.anonymousMegabytes)), 1),
      ("cpu_us", Median.of(rounds.map(microseconds)), 1),
      ("written_bytes", Median.of(rounds.map(\.writtenBytes)), 0),
      ("load_cpu", Median.of(rounds.map(loadShare)), 2),
    ]
    // What share of one processor each kind of thread had, in the middle round by pace.
    let middle = rounds.sorted { $0.load.perSecond < $1.load.perSecond }[rounds.count / 2]
    for (thread, time) in middle.processor.sorted(by: { $0.key < $1.key }) {
      let share = Double(time) / (middle.load.seconds * 1e9)
      if share >= 0.005 { inbound.more.append(("cpu \(thread)", share, 2)) }
    }
    var bare = ReportLine("bare-loop" + name.dropFirst("inbound".count))
    bare.perSecond = limit
    bare.p50 = Median.of(rounds.map { $0.bare.commits.milliseconds(atShare: 0.5) })
    bare.p99 = Median.of(rounds.map { $0.bare.commits.milliseconds(atShare: 0.99) })
    bare.note = "ms for a commit of \(BareLoop.ingestsPerCommit) ingests"
    bare.more = [
      ("statements", Double(BareLoop.statements), 0),
      ("ingests_per_commit", Double(BareLoop.ingestsPerCommit), 0),
      ("cpu_us", Median.of(rounds.map(\.bare.processorMicroseconds)), 1),
      ("written_bytes", Median.of(rounds.map(\.bare.writtenBytes)), 0),
    ]
    return [bare, inbound]
  }

  /// The processor's time of all threads of the daemon for one request.
  private func microseconds(_ round: Round) -> Double {
    Double(round.processor.values.reduce(0, +)) / 1000 / Double(max(round.load.measured, 1))
  }

  private func loadShare(_ round: Round) -> Double {
    Double(round.load.processorNanoseconds) / ((round.load.seconds + Self.warmUp) * 1e9)
  }
}
