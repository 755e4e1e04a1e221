import Gateway
import Glibc

/// What one durable commit costs: the disk's own limit.
enum DiskScenario {
  private static let seconds = 2.0

  /// Measures commits that change one row each.
  static func measure(_ base: DataFolder) throws(RigError) -> ReportLine {
    let folder = try DataFolder(copying: base, to: "\(base.path)-disk")
    defer { folder.remove() }
    let file = try SQLiteFile(folder.databasePath)
    try file.run(BareLoop.pragmas)
    // A statement outside a transaction is a transaction.
    let change = try file.prepare("UPDATE tenants SET event_sequence = event_sequence + 1")
    var commits = Histogram()
    let started = monotonicNanoseconds()
    var now = started
    while Double(now - started) < seconds * 1e9 {
      let before = now
      try change.finish()
      now = monotonicNanoseconds()
      commits.note(nanoseconds: now - before)
    }
    var line = ReportLine("disk")
    line.perSecond = Double(commits.count) * 1e9 / Double(now - started)
    line.p50 = commits.milliseconds(atShare: 0.5)
    line.p99 = commits.milliseconds(atShare: 0.99)
    line.note = "durable commits of one row"
    return line
  }
}

/// How fast a daemon is ready, and what it holds when nothing happens.
enum IdleScenario {
  private static let starts = 5
  /// By then what starting left behind is done.
  private static let restMicroseconds: UInt32 = 1_000_000

  /// Measures several starts on a database with a few thousand messages.
  static func measure(_ base: DataFolder) throws(RigError) -> ReportLine {
    let folder = try DataFolder(copying: base, to: "\(base.path)-idle")
    defer { folder.remove() }
    var listening: [Double] = []
    var ready: [Double] = []
    var memory: [ProcessUsage.Memory] = []
    for _ in 0..<starts {
      let daemon = try DaemonProcess(folder)
      listening.append(daemon.listeningMilliseconds)
      ready.append(daemon.readyMilliseconds)
      // The figure is of a daemon at rest: what its start needed has to be given back first.
      usleep(restMicroseconds)
      memory.append(ProcessUsage.memory(daemon.pid))
      try daemon.stop()
    }
    var line = ReportLine("idle")
    let readyTime = Median.of(ready)
    let resident = Median.of(memory.map(\.megabytes))
    line.more = [
      ("listening_ms", Median.of(listening), 1), ("ready_ms", readyTime, 1),
      ("memory_mb", resident, 1),
      ("memory_anonymous_mb", Median.of(memory.map(\.anonymousMegabytes)), 1),
      ("starts", Double(starts), 0),
    ]
    line.note = "ready in \(readyTime.shown(1)) ms, \(resident.shown(1)) MB"
    return line
  }
}

/// The middle of several measurements, which one disturbed round does not move.
enum Median {
  /// The middle value, or the mean of the two in the middle; 0 of none.
  static func of(_ values: [Double]) -> Double {
    guard !values.isEmpty else { return 0 }
    let sorted = values.sorted()
    return (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2
  }
}
