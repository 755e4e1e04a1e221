import Gateway
import Glibc

/// What is measured of messages of ours: the way in, the way out, and how long it takes to begin.
struct OutboundScenarios {
  /// The options of the command line.
  let options: Options
  /// The database that everything begins with.
  let quiet: DataFolder
  /// Hears what is going on.
  let progress: (String) -> Void

  /// What Kannel 1.4.5 does on such a machine, without writing anything to the disk.
  private static let kannelEnqueues = 7400.0
  private static let kannelSends = 5100.0
  /// The longest time from the answer to the request: promise of the design, in milliseconds.
  private static let wakeAim = 20.0
  /// How much slower a million that wait may make what is fresh.
  private static let backlogAim = 0.9
  /// Messages one after another.
  private static let wakes = 500
  /// Seconds before the measured ones.
  private static let warmUp = 1.0
  /// No daemon on such a machine takes so many in a second: requests are made for that.
  private static let enqueuesMost = 25_000.0

  /// The way in, one by one and many at once.
  func enqueue() throws(RigError) -> [ReportLine] {
    let base = try prepare("enqueue")
    defer { base.remove() }
    var lines: [ReportLine] = []
    for batch in [1, 100, 1000] {
      progress("enqueue: \(batch) in a request")
      lines.append(try enqueue(base, batch))
    }
    return lines
  }

  private func enqueue(_ base: SendingFolder, _ batch: Int) throws(RigError) -> ReportLine {
    let folder = try base.copy("\(quiet.path)-enqueue-\(batch)")
    defer { folder.remove() }
    // A batch keeps a thread busy, a single one sleeps until its commit.
    let connections = batch == 1 ? options.connections : min(options.connections, 4)
    let most = Self.enqueuesMost * (Self.warmUp + Double(options.seconds))
    let people = Preparation.quietPeople
    let book = RequestBook(
      count: Int(most) / batch, post: "/v1/messages", key: folder.key
    ) { index in
      if batch == 1 { return SendingFolder.message(Shuffle.place(index, of: people)) }
      let start = index * batch % people
      return SendingFolder.batch(start..<start + batch)
    }
    let daemon = try DaemonProcess(folder.folder)
    let before = try folder.queued()
    let load = try LoadGenerator(port: daemon.apiPort, connections: connections, book: book)
      .run(warmUp: Self.warmUp, seconds: Double(options.seconds))
    try daemon.stop()
    let stored = try folder.queued() - before
    guard load.refused == 0, load.measured > 0, stored == load.accepted * batch else {
      throw RigError(
        "enqueue: \(load.refused) requests were refused, and of \(load.accepted * batch) "
          + "messages \(stored) are there")
    }
    var line = ReportLine(batch == 1 ? "enqueue" : "enqueue-\(batch)")
    line.perSecond = load.perSecond * Double(batch)
    line.p50 = load.latencies.milliseconds(atShare: 0.5)
    line.p99 = load.latencies.milliseconds(atShare: 0.99)
    line.more = [
      ("batch", Double(batch), 0), ("connections", Double(connections), 0),
      ("kannel_per_second", Self.kannelEnqueues, 0),
    ]
    line.note =
      "durable, \(batch) a request; Kannel \(Self.kannelEnqueues.shown(0)) in memory"
    return line
  }

  /// The way out, beside its two limits, turn by turn.
  func send(callbacks: Bool) throws(RigError) -> [ReportLine] {
    let name = callbacks ? "send-callbacks" : "send"
    let base = try prepare(name)
    defer { base.remove() }
    progress("\(name): enqueuing \(options.sends) messages")
    try base.enqueue(options.sends)
    var bare: [SendLoop.Outcome] = []
    var alone: [Double] = []
    var paces: [SendCourse.Pace] = []
    for number in 1...options.rounds {
      progress("\(name): round \(number) of \(options.rounds)")
      let loop = try base.copy("\(quiet.path)-loop")
      defer { loop.remove() }
      bare.append(try SendLoop(loop).run())
      alone.append(try ProviderLimit.measure(base, options.sends))
      let ours = try base.copy("\(quiet.path)-ours")
      defer { ours.remove() }
      paces.append(try SendCourse(folder: ours).send(options.sends, callbacks: callbacks))
      if number == options.rounds, !callbacks { try audit(base, loop, ours) }
    }
    return lines(name, bare, alone, paces)
  }

  private func audit(
    _ base: SendingFolder, _ bare: SendingFolder, _ ours: SendingFolder
  ) throws(RigError) {
    let start = try Census(base.folder.databasePath)
    let differences = Census.differences(
      daemon: try Census(ours.folder.databasePath).growth(since: start, ingests: options.sends),
      bare: try Census(bare.folder.databasePath).growth(since: start, ingests: options.sends))
    guard differences.isEmpty else {
      throw RigError(
        "the bare loop is no limit of this daemon, SendLoop.swift has to follow it:\n  "
          + differences.joined(separator: "\n  "))
    }
  }

  private func lines(
    _ name: String, _ bare: [SendLoop.Outcome], _ alone: [Double], _ paces: [SendCourse.Pace]
  ) -> [ReportLine] {
    let suffix = name.dropFirst("send".count)
    var loop = ReportLine("bare-loop-send\(suffix)")
    loop.perSecond = Median.of(bare.map(\.perSecond))
    loop.p50 = Median.of(bare.map { $0.turns.milliseconds(atShare: 0.5) })
    loop.p99 = Median.of(bare.map { $0.turns.milliseconds(atShare: 0.99) })
    loop.more = [
      ("statements", Double(SendLoop.statements), 0),
      ("sends_per_commit", Double(SendLoop.sendsPerCommit), 0),
      ("written_bytes", Median.of(bare.map(\.writtenBytes)), 0),
    ]
    loop.note = "ms for the two commits of \(SendLoop.sendsPerCommit) sends"
    var provider = ReportLine("provider-alone\(suffix)")
    provider.perSecond = Median.of(alone)
    provider.more = [("in_flight", Double(ProviderLimit.concurrency), 0)]
    provider.note = "the stand-in for Twilio, asked by libcurl alone"
    var ours = ReportLine(name)
    let pace = Median.of(paces.map(\.perSecond))
    ours.perSecond = pace
    ours.limitPerSecond = min(loop.perSecond ?? 0, provider.perSecond ?? 0)
    ours.more = [
      ("sends", Double(options.sends), 0), ("rounds", Double(options.rounds), 0),
      ("kannel_per_second", Self.kannelSends, 0),
      ("memory_mb", Median.of(paces.map(\.memory.megabytes)), 1),
      ("memory_before_mb", Median.of(paces.map(\.memoryBefore.megabytes)), 1),
      ("cpu_us", Median.of(paces.map(microseconds)), 1),
      ("written_bytes", Median.of(paces.map(\.writtenBytes)), 0),
    ]
    ours.note = Report.aim(
      "sends", pace >= Self.kannelSends,
      "at least \(Self.kannelSends.shown(0)), Kannel's in memory")
    let told = Median.of(paces.map(\.callbacksPerSecond))
    if told > 0 {
      ours.more.append(("callbacks_per_second", told, 0))
      ours.note += ", \(told.shown(0)) callbacks a second"
    }
    // What share of one processor each kind of thread had, in the middle round by pace.
    let middle = paces.sorted { $0.perSecond < $1.perSecond }[paces.count / 2]
    for (thread, time) in middle.processor.sorted(by: { $0.key < $1.key }) {
      let share = Double(time) / max(middle.seconds * 1e9, 1)
      if share >= 0.005 { ours.more.append(("cpu \(thread)", share, 2)) }
    }
    return [loop, provider, ours]
  }

  /// The processor's time of all threads of the daemon for one message.
  private func microseconds(_ pace: SendCourse.Pace) -> Double {
    Double(pace.processor.values.reduce(0, +)) / 1000 / Double(max(options.sends, 1))
  }

  /// How long a message waits in an idle daemon.
  func wake() throws(RigError) -> ReportLine {
    let base = try prepare("wake")
    defer { base.remove() }
    progress("wake: \(Self.wakes) messages one after another")
    let delays = try SendCourse(folder: base).wake(Self.wakes)
    var line = wakeLine("wake", delays)
    line.note = Report.aim(
      "p99", delays.milliseconds(atShare: 0.99) <= Self.wakeAim,
      "at most \(Self.wakeAim.shown(0)) ms")
    return line
  }

  private func wakeLine(_ name: String, _ delays: Histogram) -> ReportLine {
    var line = ReportLine(name)
    line.p50 = delays.milliseconds(atShare: 0.5)
    line.p99 = delays.milliseconds(atShare: 0.99)
    line.more = [
      ("max_ms", Double(delays.longest) / 1e6, 2), ("messages", Double(delays.count), 0),
    ]
    return line
  }

  /// What many that wait do to what is fresh.
  func backlog() throws(RigError) -> [ReportLine] {
    let base = try prepare("backlog")
    defer { base.remove() }
    progress("backlog: enqueuing \(options.sends) messages")
    try base.enqueue(options.sends)
    let places: [Backlog.Place?] = [nil] + Backlog.Place.allCases
    var paces = places.map { _ in [SendCourse.Pace]() }
    var delays = places.map { _ in [Histogram]() }
    for number in 1...options.rounds {
      for turn in places.indices {
        // Another one is first in each round: what the machine does beside us is not even.
        let index = (turn + number) % places.count
        let place = places[index]
        let what = place.map { "\(options.backlog) on the \($0) channel" } ?? "nothing"
        progress("backlog: round \(number) of \(options.rounds), beside \(what)")
        let folder = try base.copy("\(quiet.path)-backlog")
        defer { folder.remove() }
        if let place { try Backlog.fill(folder, options.backlog, place) }
        let course = SendCourse(folder: folder)
        paces[index].append(try course.send(options.sends, callbacks: false))
        delays[index].append(try course.wake(Self.wakes))
      }
    }
    let without = Median.of(paces[0].map(\.perSecond))
    return places.indices.flatMap { index -> [ReportLine] in
      let name = places[index].map { "backlog-\($0)" } ?? "backlog-none"
      let pace = Median.of(paces[index].map(\.perSecond))
      var line = ReportLine(name)
      line.perSecond = pace
      line.p50 = Median.of(delays[index].map { $0.milliseconds(atShare: 0.5) })
      line.p99 = Median.of(delays[index].map { $0.milliseconds(atShare: 0.99) })
      line.more = [
        ("backlog", index == 0 ? 0 : Double(options.backlog), 0),
        ("memory_mb", Median.of(paces[index].map(\.memory.megabytes)), 1),
        ("memory_before_mb", Median.of(paces[index].map(\.memoryBefore.megabytes)), 1),
      ]
      line.note = "sends; ms to wake"
      if index > 0 {
        line.limitPerSecond = without
        line.note +=
          ", "
          + Report.aim(
            "ratio", pace >= without * Self.backlogAim, "at least \(Self.backlogAim.shown(2))")
      }
      return [line]
    }
  }

  private func prepare(_ name: String) throws(RigError) -> SendingFolder {
    progress("\(name): making a daemon that sends")
    return try SendingFolder(quiet, at: "\(quiet.path)-\(name)-base")
  }
}
