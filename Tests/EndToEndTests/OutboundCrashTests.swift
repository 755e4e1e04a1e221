import Gateway
import Glibc
import Simulator
import Testing

/// The fourth promise: a crash while messages are under way loses none and doubles none.
@Suite(.ownThread) struct OutboundCrashTests {
  /// Enough that a long run has something under way at each kill.
  private static func each(_ rounds: UInt64) -> Int { max(20, Int(clamping: rounds) * 12) }
  private static let killMilliseconds = 2000

  private struct Line {
    let channel: String
    let recipient: String
    let canBeAsked: Bool
  }

  @Test func nothingIsLostOrDoubledWhenTheDaemonIsKilledEveryTwoSeconds() throws {
    let rounds = Environment.current["TRUNKLINE_KILL_ROUNDS"].flatMap { UInt64($0) } ?? 3
    let each = Self.each(rounds)
    let seed = OutboundOrderTests.seed("kill -9 while sending, \(rounds) rounds")
    var script = OutboundOrderTests.failing(0.3, seed: seed)
    // So that a crash meets a send more often than not.
    script.latency.milliseconds = 50...250
    let rig = try OutboundHome(script)
    var lines: [Line] = []
    for number in 0..<4 {
      let channel = try rig.twilio("+1206555010\(number)")
      lines.append(
        Line(channel: channel, recipient: "+1503555014\(number)", canBeAsked: true))
    }
    for number in 0..<2 {
      let channel = try rig.telegram(7_123_456_780 + number)
      lines.append(
        Line(channel: channel, recipient: "601234567\(number)", canBeAsked: false))
    }
    var ids: [String: [String]] = [:]
    for line in lines {
      ids[line.recipient] = try rig.enqueue(
        (1...each).map {
          OutboundHome.message("message \($0)", to: line.recipient, on: line.channel)
        })
    }
    var kills = 0
    while kills < rounds, try !rig.isSettled(milliseconds: Self.killMilliseconds) {
      try rig.crash()
      kills += 1
    }
    try rig.settle()
    print("killed \(kills) times")

    #expect(rig.provider.ledger.duplicates == [])
    for line in lines { try check(line, ids[line.recipient] ?? [], rig) }
    try rig.daemon.stop()
  }

  private func check(
    _ line: Line, _ ids: [String], _ rig: OutboundHome
  ) throws {
    let listed = try rig.daemon.list(
      "/v1/deliveries?state=unknown&limit=200&channel_id=\(line.channel)")
    let unknown = Set(listed.compactMap { $0["message_id"]?.string })
    let arrived = rig.numbers(to: line.recipient)
    #expect(arrived == arrived.sorted(), "\(line.recipient)")
    for (index, id) in ids.enumerated() {
      let what = "message \(index + 1) to \(line.recipient)"
      let status = try rig.status(id)
      let count = arrived.count { $0 == index + 1 }
      #expect((status == "unknown") == unknown.contains(id), "\(what) is \(status)")
      switch status {
      case "sent", "delivered": #expect(count == 1, "\(what)")
      case "unknown": #expect(count <= 1, "\(what)")
      default: Issue.record("\(what) is \(status)")
      }
      if status == "unknown" {
        let story = try rig.daemon.get("/v1/messages/\(id)/timeline")["summary"]?.string ?? ""
        #expect(story.contains("Nobody knows whether"), "\(what): \(story)")
      }
    }
    // Where the provider can be asked, nothing stays in doubt.
    if line.canBeAsked { #expect(arrived == Array(1...ids.count), "\(line.recipient)") }
  }
}
