import Gateway
import Simulator
import Testing

/// The fifth promise: in order, each once, whatever the provider does.
@Suite(.ownThread) struct OutboundOrderTests {
  static let person = "+15035550142"

  /// Every way of failing that a provider has while it is there, before and after it has accepted.
  static func failing(_ rate: Double, seed: UInt64) -> ProviderScript {
    var script = ProviderScript()
    script.seed = seed
    script.errors.rate = rate
    script.errors.mix = [
      .tooMany: 2, .serverError: 2, .serverErrorAfter: 1, .timeout: 1, .timeoutAfter: 1, .cut: 1,
      .cutAfter: 1,
    ]
    script.errors.retryAfterSeconds = 1...1
    // Five in a row close the channel for half a minute, which is another test's promise.
    script.errors.inRowMax = 3
    script.statuses.shuffledRate = 0.2
    script.statuses.duplicatedRate = 0.2
    // Without a report only the look-up can settle a doubt.
    script.statuses.lostRate = 0.3
    return script
  }

  /// A run's seed: `TRUNKLINE_SEND_SEED` repeats one.
  static func seed(_ what: String) -> UInt64 {
    let seed =
      Environment.current["TRUNKLINE_SEND_SEED"].flatMap { UInt64($0) }
      ?? SystemRandom().next() >> 1
    print("\(what): to repeat: TRUNKLINE_SEND_SEED=\(seed)")
    return seed
  }

  @Test func twentyMessagesThroughAFailingProviderArriveInOrderEachOnce() throws {
    let rig = try OutboundHome(Self.failing(0.3, seed: Self.seed("20 through 30 % failures")))
    let channel = try rig.twilio(policy: ["timeout_ms": 800])
    let ids = try rig.enqueue(
      (1...20).map { OutboundHome.message("message \($0)", to: Self.person, on: channel) })
    try rig.settle()
    #expect(rig.numbers(to: Self.person) == Array(1...20))
    #expect(rig.provider.ledger.counts.duplicates == 0)
    #expect(rig.provider.ledger.counts.retryAfterViolations == 0)
    let statuses = Set(try ids.map(rig.status))
    #expect(statuses.isSubset(of: ["sent", "delivered"]), "\(statuses)")
    #expect(try rig.daemon.list("/v1/deliveries").isEmpty)
    try rig.daemon.stop()
  }

  @Test func aPartThatWasAcceptedIsNeverSentAgainWhenALaterOneFails() throws {
    var script = ProviderScript()
    // The third send and the fourth are both part 3.
    script.steps = [
      ProviderScript.Step(recipient: Self.person, from: 3, count: 2, fault: .serverError)
    ]
    let rig = try OutboundHome(script)
    let channel = try rig.twilio()
    // Without a place to divide it, a text is cut at Twilio's 1,600 characters.
    let text = "ABCDE".map { String(repeating: $0, count: 1600) }.joined()
    let id = try rig.enqueue(text, to: Self.person, on: channel)
    try rig.settle()
    let tried = rig.provider.ledger.entries.filter { $0.operation == "messages.create" }
      .map { String($0.text.prefix(1)) }
    #expect(tried == ["A", "B", "C", "C", "C", "D", "E"])
    #expect(rig.provider.ledger.accepted(to: Self.person).map(\.text).joined() == text)
    try rig.expect("delivered") { try rig.status(id) == "delivered" }
    #expect(try rig.explain(id).contains("part 3 of 5"))
    try rig.daemon.stop()
  }
}
