import Testing

@testable import Gateway

/// The limiter, the breaker and the schedule of retries, by themselves.
@Suite struct SendLimitTests {
  private static let start = Instant(millisecondsSinceEpoch: 1_790_000_000_000)

  @Test func overAnyWindowNoMoreIsTakenThanBurstAndRateAllow() {
    forAll(
      80, make: { $0.next() },
      holds: { seed in
        let random = SeededRandom(seed: seed)
        let rate = SendRate(
          perSecond: Double(1 + random.below(4000)) / 10,
          burst: random.below(2) == 0 ? nil : Double(1 + random.below(20)))
        var now = Self.start
        var bucket = TokenBucket(rate, now: now)
        var taken: [(at: Instant, weight: Int)] = []
        for _ in 0..<150 {
          now = now.adding(milliseconds: Int64(random.below(random.below(4) == 0 ? 5000 : 30)))
          let next = bucket.next(now)
          let room = bucket.available(now)
          // Never earlier than it was said, and then at most a rounding later.
          if next > now, room > 0 { return false }
          if room > 0 {
            let weight = random.below(4) == 0 ? room + random.below(7) : 1 + random.below(room)
            bucket.take(weight)
            taken.append((now, weight))
          } else {
            let at = max(bucket.next(now), now.adding(milliseconds: 1))
            var later = bucket
            if later.available(at.adding(milliseconds: 1)) == 0 { return false }
          }
        }
        let heaviest = taken.map(\.weight).max() ?? 0
        for first in taken.indices {
          var sum = 0
          for last in first..<taken.endIndex {
            sum += taken[last].weight
            let window = Double(taken[last].at.milliseconds(since: taken[first].at)) / 1000
            if Double(sum) > rate.burst + rate.perSecond * window + Double(heaviest) + 0.01 {
              return false
            }
          }
        }
        return true
      })
  }

  @Test func aBreakerLetsOneTryAtATimeAndWaitsLongerEachTime() {
    forAll(
      200, make: { $0.next() },
      holds: { seed in
        let random = SeededRandom(seed: seed)
        var now = Self.start
        var breaker = Breaker(now: now)
        var failures = 0
        for _ in 0..<120 {
          let before = breaker
          switch random.below(5) {
          case 0:
            let change = breaker.answered()
            failures = 0
            if breaker.state != .closed || (change == .closed) == (before.state == .closed) {
              return false
            }
          case 1:
            let change = breaker.unanswered(now)
            failures += 1
            let opens = failures >= Int(Breaker.failuresMax) || before.state != .closed
            if (breaker.state == .open) != opens { return false }
            if (change == .opened) != (opens && before.state == .closed) { return false }
          case 2:
            _ = breaker.broken(now)
            if breaker.state != .open { return false }
          case 3:
            let allowed = breaker.allowance(10, now: now)
            switch before.state {
            case .closed: if allowed != 10 { return false }
            case .probing: if allowed != 0 { return false }
            case .open:
              guard let probeAt = before.probeAt else { return false }
              if allowed != (probeAt <= now ? 1 : 0) { return false }
              if allowed == 1 {
                breaker.sent()
                if breaker.allowance(10, now: now) != 0 { return false }
                if random.below(3) == 0 { breaker.notSent() }
              }
            }
          default: now = now.adding(milliseconds: Int64(random.below(100_000)))
          }
          if breaker.state == .open, before.state == .probing, let probeAt = breaker.probeAt,
            breaker.failures > before.failures
          {
            let wait = probeAt.milliseconds(since: now)
            if !(Breaker.probeFirstMilliseconds...Breaker.probeMostMilliseconds).contains(wait) {
              return false
            }
          }
        }
        return true
      })
  }

  private static func delivery(tries: Int64, expiresIn milliseconds: Int64) -> Delivery {
    var delivery = Delivery(
      id: ID(high: 1, low: 1), tenantID: ID(high: 1, low: 2), messageID: ID(high: 1, low: 1),
      ordinal: 0, channelID: ID(high: 1, low: 3), transport: .sms, recipient: .group("g"),
      contactID: nil, priority: .normal, partCount: 1, laneAt: start,
      expiresAt: start.adding(milliseconds: milliseconds), createdAt: start)
    delivery.tries = tries
    return delivery
  }

  @Test func retriesFollowTheProvidersClockThenOursAndEndWithTheMessage() throws {
    let policies = try ([[:], ["retry_first_ms": 1000, "retry_most_ms": 8000]] as [JSONObject])
      .map { try ChannelPolicy().changed(by: $0) }
    forAll(
      1000, make: { $0.next() },
      holds: { seed in
        let random = SeededRandom(seed: seed)
        let machine = DeliveryMachine(policy: random.pick(policies), canSettle: true)
        let tries = Int64(1 + random.below(random.below(4) == 0 ? 1000 : 12))
        let after: Int64? = random.below(2) == 0 ? nil : Int64(random.below(4_000_000))
        let expires = Int64(random.below(2_000_000))
        let jitter = Double(random.below(1000)) / 1000
        let delivery = Self.delivery(tries: tries, expiresIn: expires)
        let decision = machine.decide(
          SendOutcome(.retry(afterMilliseconds: after, scope: .recipient)), for: delivery,
          now: Self.start, jitter: jitter)
        switch decision {
        case .retry(let at):
          let wait = at.milliseconds(since: Self.start)
          if at >= delivery.expiresAt { return false }
          if let after { return wait >= after }
          if tries == 1, wait > 5000 { return false }
          let own = machine.policy.retryFirstMilliseconds << min(tries - 1, 30)
          let least = min(own, machine.policy.retryMostMilliseconds)
          return wait >= least && wait <= least + least / 4 + 1
        case .end(.expired):
          // Only when the shortest wait would have been too long with the most of the jitter.
          let own = machine.policy.retryFirstMilliseconds << min(tries - 1, 30)
          let wait = after ?? min(own, machine.policy.retryMostMilliseconds)
          return wait + wait / 4 + 1 >= expires
        default: return false
        }
      })
  }

  @Test func doubtIsHeldUnlessTheChannelPrefersADouble() throws {
    let delivery = Self.delivery(tries: 1, expiresIn: 1_000_000)
    let hold = DeliveryMachine(policy: ChannelPolicy(), canSettle: false)
    let decide: (DeliveryMachine, SendOutcome.Verdict) -> DeliveryMachine.Decision = {
      $0.decide(SendOutcome($1), for: delivery, now: Self.start, jitter: 0)
    }
    #expect(decide(hold, .ambiguous) == .doubt(settleAt: nil))
    let resend = DeliveryMachine(
      policy: try ChannelPolicy().changed(by: ["on_unknown": "resend"]), canSettle: true)
    #expect(decide(resend, .ambiguous) == .retry(at: Self.start.adding(milliseconds: 2000)))
    #expect(decide(hold, .channelBroken) == .waitForChannel)
    #expect(decide(hold, .unreachable) == .end(.undeliverable))
    #expect(decide(hold, .recipientStopped) == .end(.blocked))
    #expect(decide(hold, .rejected) == .end(.failed))
  }
}
