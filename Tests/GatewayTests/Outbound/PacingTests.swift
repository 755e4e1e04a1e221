import Testing

@testable import Gateway

/// How often one recipient is written to: a burst, then one each pause, and credit comes back.
@Suite struct PacingTests {
  private static let start = Instant(millisecondsSinceEpoch: 1_790_000_000_000)
  private static let lane = Lane(
    channel: ID(high: 1, low: 2), recipient: .person(Address(phone: "+15035550142")))
  private static let pace = Pace(pauseMilliseconds: 6000, burst: 45)

  @Test func overAnyWindowNoMoreGoThanBurstAndPauseAllow() {
    forAll(
      60, make: { $0.next() },
      holds: { seed in
        let random = SeededRandom(seed: seed)
        let pace = Pace(
          pauseMilliseconds: Int64(1 + random.below(6000)), burst: 1 + random.below(45))
        var now = Self.start.adding(milliseconds: 3_600_000)
        let pacing = Pacing(startedAt: Self.start)
        var sent: [Instant] = []
        for _ in 0..<150 {
          now = now.adding(
            milliseconds: Int64(random.below(random.below(5) == 0 ? 60_000 : 200)))
          let earliest = pacing.earliest(Self.lane, pace)
          if earliest > now {
            if random.below(3) > 0 { continue }
            now = earliest
          }
          pacing.sent(Self.lane, pace, now: now)
          sent.append(now)
        }
        for first in sent.indices {
          for last in first..<sent.endIndex {
            let window = sent[last].milliseconds(since: sent[first])
            if Int64(last - first + 1) > pace.burst + window / pace.pauseMilliseconds {
              return false
            }
          }
        }
        return true
      })
  }

  @Test func allOfTheBurstGoesAtOnceAndThenOneEachPause() {
    var now = Self.start.adding(milliseconds: 3_600_000)
    let pacing = Pacing(startedAt: Self.start)
    for _ in 0..<45 {
      #expect(pacing.earliest(Self.lane, Self.pace) <= now)
      pacing.sent(Self.lane, Self.pace, now: now)
    }
    for _ in 0..<5 {
      let earliest = pacing.earliest(Self.lane, Self.pace)
      #expect(earliest.milliseconds(since: now) == 6000)
      now = earliest
      pacing.sent(Self.lane, Self.pace, now: now)
    }
    // 45 pauses later the credit is whole again, and no larger than it was.
    now = now.adding(milliseconds: 45 * 6000 * 3)
    for _ in 0..<45 { pacing.sent(Self.lane, Self.pace, now: now) }
    #expect(pacing.earliest(Self.lane, Self.pace).milliseconds(since: now) == 6000)
  }

  @Test func theProvidersOwnWaitCountsWhateverCreditIsLeft() {
    let now = Self.start.adding(milliseconds: 3_600_000)
    let pacing = Pacing(startedAt: Self.start)
    pacing.hold(Self.lane, until: now.adding(milliseconds: 60_000), now: now)
    #expect(pacing.earliest(Self.lane, Self.pace).milliseconds(since: now) == 60_000)
  }

  @Test func afterAStartAllCreditCountsAsUsed() {
    let pacing = Pacing(startedAt: Self.start)
    #expect(pacing.earliest(Self.lane, Self.pace).milliseconds(since: Self.start) == 6000)
    let single = Pace(pauseMilliseconds: 1000, burst: 1)
    #expect(pacing.earliest(Self.lane, single).milliseconds(since: Self.start) == 1000)
  }

  static let policies: [(JSONObject, Int)] = [
    ([:], 5), (["recipient_pause_ms": 1000], 1), (["recipient_burst": 3], 3),
    (["recipient_pause_ms": 1000, "recipient_burst": 2], 2),
  ]

  @Test(arguments: policies) func theDispatcherSendsABurstAsThePolicySays(_ policy: JSONObject, _ most: Int) throws {
    let rig = try OutboundRig()
    var transport = LineTransport()
    transport.pause = 1000
    transport.atOnce = 5
    let channel = try rig.channel(transport, policy: policy)
    let caller = LineCaller { number, _ in .success(.accepted("id\(number)")) }
    try rig.start(caller)
    // Before that, somebody may have been written to just before the start.
    rig.advance(milliseconds: 60_000)
    let ids = try (0..<8).map { try rig.enqueue("m\($0)", on: channel) }
    #expect(caller.texts(most).count == most)
    _ = try rig.message(ids[most - 1]) { $0.status == .sent }
    for step in most..<8 {
      let waiting = try rig.delivery(ids[step]) {
        $0.dueAt.map { $0 > rig.store.clock.now() } == true
      }
      #expect(waiting.state == .queued && caller.calls.count == step)
      rig.advance(milliseconds: 1000)
      _ = try rig.message(ids[step]) { $0.status == .sent }
    }
  }
}
