import Testing

@testable import Gateway

/// Lanes never get stuck, and never have two under way: whatever comes in whatever order.
@Suite struct LaneTests {
  private static let numbers = ["+15035550142", "+15035550143", "+15035550144"]

  /// What every lane must be after every step. A column for what is wrong.
  private static let broken = SQL(
    """
    SELECT recipient, SUM(due_at IS NOT NULL) + SUM(state = 'sending' AND due_at IS NULL) AS busy,
      (SELECT h.due_at FROM deliveries h WHERE h.channel_id = d.channel_id
        AND h.recipient = d.recipient AND h.lane_at IS NOT NULL
        ORDER BY h.lane_at, h.id LIMIT 1) AS head,
      SUM(state = 'sending') AS sending
    FROM deliveries d WHERE lane_at IS NOT NULL GROUP BY channel_id, recipient
    HAVING busy > 1 OR (sending = 0 AND head IS NULL)
    """)
  private static let outside = SQL(
    """
    SELECT id FROM deliveries WHERE lane_at IS NULL AND (state IN ('queued', 'sending')
      OR due_at IS NOT NULL AND fallback IS NULL)
    """)

  private static func wrong(_ rig: OutboundRig) throws -> [String] {
    try rig.store.database.read { connection in
      let lanes = try connection.query(broken) { (row) throws(StoreError) in
        "\(row.text(0)): busy \(row.integer(1)), head due \(row.optionalInstant(2) as Any), "
          + "sending \(row.integer(3))"
      }
      let lost = try connection.query(outside) { (row) throws(StoreError) in
        "outside of its lane: \(try row.id(0, Delivery.self))"
      }
      return lanes + lost
    }
  }

  /// Does what happens to lanes, one thing at a time.
  private struct Course {
    let rig: OutboundRig
    let channel: Channel
    let random: SeededRandom
    let pacing: Pacing
    var leased: [LeasedSend] = []
    var settling: [LeasedSend] = []
    var count = 0

    var live: LiveChannel {
      get throws { try #require(rig.directory[channel.id]) }
    }

    mutating func step() throws -> String {
      switch random.below(13) {
      case 0, 1: return try enqueue(in: 0)
      case 2: return try enqueue(in: Int64(random.below(20) * 1000))
      case 3, 4: return try turn()
      case 5, 6, 7: return try outcome()
      case 8: return try cancel()
      case 9: return try expire()
      case 10: return try replay()
      case 11:
        rig.store.clock.advance(milliseconds: -Int64(random.below(60_000)))
        return "the clock was set back"
      default:
        rig.store.clock.advance(milliseconds: Int64(random.below(30_000)))
        return "time passed"
      }
    }

    private mutating func enqueue(in milliseconds: Int64) throws -> String {
      count += 1
      let text = random.below(3) == 0 ? "\(count)a\n\(count)b" : "\(count)"
      let at = rig.store.clock.now().adding(milliseconds: milliseconds)
      try rig.enqueue(
        text, to: random.pick(LaneTests.numbers), on: channel, at: at,
        expires: at.adding(milliseconds: Int64(1000 + random.below(400_000))))
      return "enqueued \(count), in \(milliseconds)"
    }

    private mutating func turn() throws -> String {
      let (live, files, directory, pacing) = (try live, NoFiles(), rig.directory, pacing)
      let sending = try #require(live.sending)
      let order = DispatchBoard.Order(
        channel: channel.id, most: 1 + random.below(3), normalMost: 3, highFirst: 1)
      let result = try rig.store.database.write { transaction in
        var turn = SendTurn(
          transaction, live, sending, files: files, directory: directory, pacing: pacing)
        return try turn.run(order)
      }
      leased += result.leased
      settling += result.settling
      return "a turn took \(result.leased.count), and \(result.settling.count) in doubt"
    }

    private mutating func outcome() throws -> String {
      let all = leased.count + settling.count
      guard all > 0 else { return "nothing is under way" }
      let index = random.below(all)
      let isSettling = index >= leased.count
      let send = isSettling ? settling.remove(at: index - leased.count) : leased.remove(at: index)
      count += 1
      let error = ProviderError(code: "e", title: "An error", errorClass: "test")
      var outcome = SendOutcome(.accepted(ids: ["P\(count)"]))
      switch random.below(6) {
      case 0, 1: break
      case 2:
        outcome = SendOutcome(
          .retry(
            afterMilliseconds: random.below(2) == 0 ? nil : Int64(random.below(60_000)),
            scope: .recipient), error: error)
      case 3: outcome = SendOutcome(.channelBroken, error: error)
      case 4: outcome = SendOutcome(.ambiguous, error: error)
      default: outcome = SendOutcome(.rejected, error: error)
      }
      let now = rig.store.clock.now()
      let machine = DeliveryMachine(policy: channel.policy, canSettle: true)
      let settlement = Settlement(
        send: send, outcome: outcome,
        decision: machine.decide(outcome, for: send.delivery, now: now, jitter: 0.5),
        word: isSettling ? "settled" : outcome.word, exchanges: Array("[]".utf8), endedAt: now,
        pauseMilliseconds: Int64(random.below(2) * 1500))
      let stored = try rig.store.database.write { try settlement.store($0) }
      return "\(outcome.word) of \(send.delivery.id), \(stored ? "stored" : "too late")"
    }

    private func cancel() throws -> String {
      let (tenant, id, number) = (rig.tenant.id, channel.id, random.pick(LaneTests.numbers))
      let all = random.below(4) == 0
      let address = Address(phone: number)
      let pick = random.below(100)
      let canceled = try rig.store.database.write { transaction in
        let waiting = try transaction.connection.waiting(
          on: id, for: .person(address), transport: nil)
        if waiting.isEmpty { return 0 }
        return try transaction.cancel(
          all ? waiting : [waiting[pick % waiting.count]], tenant: tenant, error: nil, note: "test")
      }
      return "canceled \(canceled) of \(number)"
    }

    private func expire() throws -> String {
      let sweeper = Sweeper(
        Dispatcher.Parts(
          database: rig.store.database, directory: rig.directory,
          caller: LineCaller { _, _ in .success(HTTPResponse(status: 500)) }, files: NoFiles(),
          clock: rig.store.clock, random: SeededRandom(seed: 1), log: .none,
          metrics: rig.metrics))
      return "the sweeper looked at \(try sweeper.sweep())"
    }

    private func replay() throws -> String {
      let (tenant, now) = (rig.tenant.id, rig.store.clock.now())
      let replay = try rig.store.database.write { transaction -> Replay? in
        let filter = try Replay.Filter(
          json: ["state": ["failed", "expired", "unknown"]])
        let replay = Replay(
          id: transaction.ids.next(), tenantID: tenant, state: .running, filter: filter,
          ratePerSecond: 10, total: 3, createdAt: now, updatedAt: now)
        try transaction.insert(replay)
        return try transaction.advance(replay.id, tenant: tenant, most: 3)
      }
      return "replayed \(replay?.done ?? 0)"
    }
  }

  @Test func aLaneHasAtMostOneUnderWayAndItsHeadIsDueOtherwise() throws {
    forAll(
      12, make: { $0.next() },
      holds: { seed in
        let rig = try OutboundRig()
        let channel = try rig.channel(policy: ["order_wait_seconds": 60, "settle_seconds": 5])
        var course = Course(
          rig: rig, channel: channel, random: SeededRandom(seed: seed),
          pacing: Pacing(startedAt: Instant(millisecondsSinceEpoch: 0)))
        var steps: [String] = []
        for _ in 0..<250 {
          steps.append(try course.step())
          let wrong = try Self.wrong(rig)
          if !wrong.isEmpty {
            Issue.record("\(wrong)\nafter:\n\(steps.suffix(25).joined(separator: "\n"))")
            return false
          }
        }
        return true
      })
  }
}
