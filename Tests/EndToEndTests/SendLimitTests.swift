import Gateway
import Simulator
import Testing

/// The seventh promise: no send earlier than the provider's limit or its Retry-After allows.
@Suite(.ownThread) struct SendLimitTests {
  private static let channels = 4
  /// How much too early a request may come: what the way from the daemon to the provider may vary
  /// by on a machine that has all other tests to run as well. It never adds up, because the
  /// provider's bucket owes what it let through.
  private static let jitterMilliseconds: Int64 = 250

  /// How long after a 429 requests that were under way when it was answered may still come: nobody
  /// can call them back. Half of the shortest Retry-After, so that the other half is watched.
  private static let underWayMilliseconds: Int64 = 1500

  private static func number(_ name: String, default fallback: Int) -> Int {
    Environment.current[name].flatMap { Int($0) } ?? fallback
  }

  @Test func nothingIsSentEarlierThanTheLimitOrTheRetryAfterAllows() throws {
    let count = Self.number("TRUNKLINE_SOAK_MESSAGES", default: 1000)
    // Messages a second of each channel, and of each sender at the provider: the same.
    let rate = Self.number("TRUNKLINE_SOAK_RATE", default: 50)
    let seed = OutboundOrderTests.seed("\(count) messages within \(Self.channels) × \(rate)/s")
    var script = ProviderScript()
    script.seed = seed
    script.errors.rate = count > 10_000 ? 0.0005 : 0.005
    script.errors.mix = [.tooMany: 1]
    script.errors.retryAfterSeconds = 3...4
    script.errors.limitsSender = true
    // What becomes of them is another test's.
    script.statuses.lostRate = 1
    var limits = ProviderScript.Limits()
    limits.twilioSender = ProviderScript.Limits.Rate(
      perSecond: Double(rate), burst: Double(max(1, rate / 10)))
    limits.slackMilliseconds = Self.jitterMilliseconds
    limits.graceMilliseconds = Self.underWayMilliseconds
    script.limits = limits
    let rig = try OutboundHome(script)
    var messages: [JSON] = []
    let channels = try (0..<Self.channels).map {
      try rig.twilio(
        "+1206555010\($0)",
        policy: [
          "rate_per_second": JSON(rate), "burst": JSON(max(1, rate / 10)), "in_flight_max": 8,
          "timeout_ms": 30_000,
        ])
    }
    for number in 0..<count {
      let digits = String(10_000_000 + number).dropFirst()
      messages.append(
        OutboundHome.message(
          "message \(number)", to: "+1503\(digits)", on: channels[number % Self.channels]))
    }
    let startedAt = monotonicNanoseconds()
    try rig.enqueue(messages)
    try rig.settle(milliseconds: 120_000 + count * 20)
    let seconds = Double(monotonicNanoseconds() - startedAt) / 1e9
    let counts = rig.provider.ledger.counts
    print(
      """
      \(count) messages in \(Int(seconds)) s; \(counts.faults) times 429 with Retry-After; \
      violations: \(counts.limitViolations) of the limit, \(counts.retryAfterViolations) of \
      Retry-After (\(Self.jitterMilliseconds) and \(Self.underWayMilliseconds) ms allowed)
      """)
    #expect(rig.provider.ledger.violations.prefix(5) == [])
    #expect(counts.accepted == count)
    #expect(counts.faults > 0)
    #expect(counts.duplicates == 0)
    try rig.daemon.stop()
  }
}
