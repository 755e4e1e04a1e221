import Testing

@testable import Gateway

/// Replays: what failed goes again, each once, and nothing that must not.
@Suite struct ReplayTests {
  /// Failed deliveries to different people.
  private static func failed(
    _ count: Int, _ outbound: TestOutbound, _ state: Delivery.State = .failed
  ) throws -> [ID<Message>] {
    let somebody = try outbound.somebody()
    var messages: [ID<Message>] = []
    for index in 0..<count {
      let id = try outbound.send("\(index)", to: somebody)
      try outbound.end(id.delivery, state, .rejected)
      messages.append(id)
    }
    outbound.store.clock.advance(milliseconds: 1000)
    return messages
  }

  @Test func aDryRunCountsAndChangesNothing() throws {
    let outbound = try TestOutbound()
    let messages = try Self.failed(7, outbound)
    let unknown = try outbound.send("x", to: outbound.somebody())
    try outbound.end(unknown.delivery, .unknown)
    outbound.store.clock.advance(milliseconds: 1)
    let api = try OperationsAPI(outbound)
    let wish: JSON = [
      "filter": ["state": ["failed", "unknown"]], "rate_per_second": 2, "dry_run": true,
    ]
    let told = try api.call("POST", "/v1/replays", wish)
    #expect(told.status == 200)
    #expect(told.json["count"] == 8)
    #expect(told.json["estimated_seconds"] == 4)
    #expect(
      told.json["by_channel"] == [
        [
          "channel_id": .string(outbound.test.twilio.id.description), "name": "sms line",
          "count": 8,
        ]
      ])
    #expect(
      told.json["by_state"] == [
        ["state": "failed", "count": 7], ["state": "unknown", "count": 1],
      ])
    let errors = told.json["by_error"]?.array?.map { $0["code"] }
    #expect(errors == [.null, "63016"])
    #expect(try outbound.delivery(messages[0].delivery).state == .failed)
    #expect(try api.call("GET", "/v1/replays").json["data"] == [])
    let foreign = try api.call("POST", "/v1/replays", wish, stranger: true)
    #expect(foreign.json["count"] == 0)
  }

  @Test func aReplayedDeliveryBeginsANewSeriesOfTheSameMessage() throws {
    let outbound = try TestOutbound()
    let somebody = try outbound.somebody()
    let id = try outbound.send(to: somebody, parts: 3, expiresIn: 3_600_000)
    try outbound.attempt(id.delivery, "accepted")
    try outbound.attempt(id.delivery, "rejected", .rejected, part: 1)
    try outbound.change(id.delivery) { $0.partNext = 1 }
    try outbound.end(id.delivery, .failed, .rejected)
    outbound.store.clock.advance(milliseconds: 7_200_000)
    let api = try OperationsAPI(outbound)
    let made = try api.call(
      "POST", "/v1/replays", ["filter": ["message_id": .string(id.description)]])
    #expect(made.status == 201)
    #expect(made.json["total"] == 1)
    try outbound.runReplays()
    let delivery = try outbound.delivery(id.delivery)
    #expect(delivery.state == .queued)
    #expect(delivery.series == 2)
    #expect(delivery.tries == 0)
    #expect(delivery.attemptCount == 2)
    #expect(delivery.partNext == 1, "an accepted part is never sent again")
    #expect(delivery.error == nil)
    #expect(delivery.dueAt != nil, "it is the first of its line")
    #expect(delivery.expiresAt > outbound.store.clock.now())
    #expect(delivery.expiresAt <= outbound.store.clock.now().adding(milliseconds: 3_600_000))
    let tenant = outbound.test.acme.id
    let message = try outbound.store.database.read { try $0.message(id, tenant: tenant) }
    #expect(message?.status == .queued)
    #expect(message?.error == nil)
    let event = try outbound.test.events().last
    #expect(event?.type == "message.queued")
    let data = try JSON.parse(event?.data ?? [])
    #expect(data["replay_id"] == made.json["id"])
    let shown = try api.call("GET", "/v1/deliveries/\(id.delivery)")
    #expect(shown.json["replay_id"] == made.json["id"])
  }

  @Test func whatMustNotBeSentAnyMoreIsPassedOverAndCounted() throws {
    let outbound = try TestOutbound()
    let somebody = try outbound.somebody()
    let elsewhere = try outbound.somebody("+15035550177")
    let channel = outbound.test.twilio
    let tenant = outbound.test.acme.id
    let stopped = try outbound.send("to one who said stop", to: elsewhere)
    let fallen = try outbound.send("went out by a fallback", to: somebody)
    let deleted = try outbound.send("deleted", to: somebody)
    let arrived = try outbound.send("arrived all the same", to: somebody)
    let good = try outbound.send("good", to: somebody)
    for id in [stopped, fallen, deleted, arrived, good] {
      try outbound.end(id.delivery, .failed, .rejected)
    }
    let other = try outbound.fallBack(fallen, to: somebody, on: channel)
    try outbound.end(other, .accepted)
    try outbound.test.form(
      TestIngest.message("SMstop", from: "+15035550177", "STOP", extra: [("OptOutType", "STOP")]))
    let now = outbound.store.clock.now()
    _ = try outbound.store.database.write { try $0.markDeleted(deleted, at: now) }
    try outbound.report(.delivered, of: arrived, key: "late", receipt: ID(high: 1, low: 1))
    outbound.store.clock.advance(milliseconds: 1000)
    let api = try OperationsAPI(outbound)
    let made = try api.call("POST", "/v1/replays", ["filter": ["state": "failed"]])
    #expect(made.json["total"] == 5)
    try outbound.runReplays()
    let id = try #require(made.json["id"]?.string)
    let replay = try api.call("GET", "/v1/replays/\(id)").json
    #expect(replay["state"] == "finished")
    #expect(replay["done"] == 1)
    #expect(replay["skipped"] == 4)
    #expect(try outbound.delivery(good.delivery).state == .queued)
    for id in [stopped, fallen, deleted, arrived] {
      #expect(try outbound.delivery(id.delivery).state == .failed)
    }
    #expect(try outbound.store.database.read { try $0.message(good, tenant: tenant) } != nil)
  }

  @Test func aMessageThatFailedOnTwoChannelsGoesOnOneOfThem() throws {
    let outbound = try TestOutbound()
    let somebody = try outbound.somebody()
    let id = try outbound.send(to: somebody)
    try outbound.end(id.delivery, .failed, .rejected)
    let other = try outbound.fallBack(id, to: somebody, on: outbound.test.twilio)
    try outbound.end(other, .undeliverable, .unreachable)
    outbound.store.clock.advance(milliseconds: 10)
    _ = try OperationsAPI(outbound).call(
      "POST", "/v1/replays", ["filter": ["state": ["failed", "undeliverable"]]])
    try outbound.runReplays()
    let states = try [id.delivery, other].map { try outbound.delivery($0).state }
    #expect(states == [.queued, .undeliverable])
  }

  @Test func whatMayHaveArrivedGoesAgainOnlyWhenItIsNamed() throws {
    let outbound = try TestOutbound()
    let messages = try Self.failed(3, outbound, .unknown)
    let api = try OperationsAPI(outbound)
    _ = try api.call(
      "POST", "/v1/replays", ["filter": ["since": "2020-01-01T00:00:00Z"]])
    try outbound.runReplays()
    #expect(try outbound.delivery(messages[0].delivery).state == .unknown)
    _ = try api.call("POST", "/v1/replays", ["filter": ["state": ["unknown"]]])
    try outbound.runReplays()
    #expect(try outbound.delivery(messages[0].delivery).state == .queued)
  }

  @Test func aReplayedDeliveryGoesBeforeOneThatIsScheduledForLater() throws {
    let outbound = try TestOutbound()
    let somebody = try outbound.somebody()
    let failed = try outbound.send("now", to: somebody)
    try outbound.end(failed.delivery, .failed)
    let later = outbound.store.clock.now().adding(milliseconds: 3_600_000)
    let scheduled = try outbound.send("later", to: somebody, laneAt: later)
    #expect(try outbound.delivery(scheduled.delivery).dueAt == later)
    outbound.store.clock.advance(milliseconds: 10)
    _ = try OperationsAPI(outbound).call(
      "POST", "/v1/replays", ["filter": ["delivery_id": .string(failed.delivery.description)]])
    try outbound.runReplays()
    #expect(try outbound.delivery(failed.delivery).dueAt != nil)
    #expect(try outbound.delivery(scheduled.delivery).dueAt == nil, "one of a line is due")
  }

  @Test func aReplayKeepsToItsRate() throws {
    let outbound = try TestOutbound()
    _ = try Self.failed(60, outbound)
    let api = try OperationsAPI(outbound)
    let made = try api.call(
      "POST", "/v1/replays", ["filter": ["state": "failed"], "rate_per_second": 20])
    let begin = outbound.store.clock.now()
    try outbound.runReplays()
    let took = outbound.store.clock.now().milliseconds(since: begin)
    #expect(took >= 2900, "60 at 20 a second")
    #expect(took <= 4000)
    #expect(made.json["estimated_seconds"] == 3)
  }

  /// Over any stretch of time no more than the rate allows, and one step.
  @Test func aPaceNeverGivesMoreThanItsRate() {
    forAll(
      make: { random in
        (
          rate: Double(random.below(100_000) + 1) / 100,
          steps: (0..<60).map { _ in Int64(random.below(400)) }
        )
      },
      holds: { rate, steps in
        var now = Instant(millisecondsSinceEpoch: 1_790_000_000_000)
        let begin = now
        var pace = ReplayPace(ratePerSecond: rate, now: now)
        var taken = 0
        for step in steps {
          now = now.adding(milliseconds: step)
          let count = pace.take(now: now, most: ReplayTurns.stepMax)
          guard count <= ReplayTurns.stepMax else { return false }
          taken += count
        }
        let seconds = Double(now.milliseconds(since: begin)) / 1000
        return Double(taken) <= seconds * rate + max(1, rate / 10) + 0.001
      })
  }

  /// Whatever pauses, cancels of others and restarts come between: each one exactly once, in order.
  @Test func everyMatchingDeliveryIsQueuedAgainExactlyOnce() throws {
    forAll(
      5,
      make: { random in
        (count: random.below(40) + 1, rate: random.pick([5, 40, 300]), moves: random.bytes(60))
      },
      holds: { count, rate, moves in
        let outbound = try TestOutbound()
        let messages = try Self.failed(count, outbound)
        let tenant = outbound.test.acme.id
        let replay = Replay(
          id: outbound.store.ids.next(), tenantID: tenant, state: .running,
          filter: Replay.Filter(), ratePerSecond: Double(rate), total: Int64(count),
          createdAt: outbound.store.clock.now(), updatedAt: outbound.store.clock.now())
        try outbound.store.database.write { try $0.insert(replay) }
        var turns = ReplayTurns(outbound.store.database)
        for move in moves {
          switch move % 8 {
          case 0: try Self.set(.paused, replay, outbound)
          case 1, 2: try Self.set(.running, replay, outbound)
          case 3:
            try outbound.store.reopen()
            turns = ReplayTurns(outbound.store.database)
          case 4:
            // One fails again meanwhile: it ended after the replay was made.
            let queued = try messages.first { try outbound.delivery($0.delivery).state == .queued }
            if let queued { try outbound.end(queued.delivery, .failed, .rejected) }
          default: outbound.store.clock.advance(milliseconds: Int64(move))
          }
          _ = try turns.turn(now: outbound.store.clock.now())
        }
        try Self.set(.running, replay, outbound)
        try outbound.runReplays(turns)
        let ended = try outbound.store.database.read { try $0.replay(replay.id, tenant: tenant) }
        let series = try messages.map { try outbound.delivery($0.delivery).series }
        return ended?.done == Int64(count) && series == Array(repeating: 2, count: count)
      })
  }

  private static func set(
    _ state: Replay.State, _ replay: Replay, _ outbound: TestOutbound
  ) throws {
    try outbound.store.database.write { transaction in
      guard var stored = try transaction.connection.replay(replay.id, tenant: replay.tenantID),
        stored.state.isOpen
      else { return }
      stored.state = state
      try transaction.update(stored)
    }
  }

  @Test func aCanceledReplayQueuesNoMoreAndCannotGoOn() throws {
    let outbound = try TestOutbound()
    let messages = try Self.failed(5, outbound)
    let api = try OperationsAPI(outbound)
    let made = try api.call(
      "POST", "/v1/replays", ["filter": ["state": "failed"], "rate_per_second": 1])
    let path = "/v1/replays/\(try #require(made.json["id"]?.string))"
    var turns = ReplayTurns(outbound.store.database)
    _ = try turns.turn(now: outbound.store.clock.now())
    #expect(try api.call("POST", "\(path)/pause").json["state"] == "paused")
    outbound.store.clock.advance(milliseconds: 10_000)
    #expect(try turns.turn(now: outbound.store.clock.now()) == nil)
    #expect(try api.call("POST", "\(path)/resume").json["state"] == "running")
    #expect(try api.call("POST", "\(path)/cancel").json["state"] == "canceled")
    #expect(try api.call("POST", "\(path)/cancel").status == 200)
    #expect(try api.call("POST", "\(path)/resume").status == 409)
    #expect(try api.call("POST", "\(path)/resume", stranger: true).status == 404)
    #expect(try api.call("GET", path, stranger: true).status == 404)
    #expect(try turns.turn(now: outbound.store.clock.now()) == nil)
    #expect(try messages.count { try outbound.delivery($0.delivery).state == .queued } == 1)
  }

  static let wrong: [(JSON, String)] = [
    ([:], "filter"), (["filter": [:]], "filter"),
    (["filter": ["state": ["accepted"]]], "filter.state"),
    (["filter": ["state": []]], "filter.state"),
    (["filter": ["stat": ["failed"]]], "filter.stat"),
    (["filter": ["channel_id": "x"]], "filter.channel_id"),
    (["filter": ["since": "2 h"]], "filter.since"),
    (["filter": ["state": "failed"], "rate_per_second": 0], "rate_per_second"),
    (["filter": ["state": "failed"], "rate_per_second": 1001], "rate_per_second"),
    (["filter": ["state": "failed"], "dry_run": "yes"], "dry_run"),
    (["filer": [:]], "filer"),
  ]

  @Test(arguments: wrong)
  func aWrongWishIsRefusedWithItsField(_ body: JSON, _ field: String) throws {
    let answer = try OperationsAPI(TestOutbound()).call("POST", "/v1/replays", body)
    #expect(answer.status == 422)
    #expect(answer.json["errors"]?.array?.first?["field"]?.string == field)
  }

  @Test func theRunnerTakesUpWhatItIsWokenFor() throws {
    let outbound = try TestOutbound()
    _ = try Self.failed(1, outbound)
    let runner = ReplayRunner(
      database: outbound.store.database, clock: outbound.store.clock, log: .none)
    defer { runner.stop() }
    let done = Monitor(false)
    let channel = outbound.test.twilio.id
    outbound.store.database.onWake { wakes in
      if wakes.contains(.replays) { runner.wake() }
      done.update { $0 = $0 || wakes.contains(.channel(channel)) }
    }
    _ = try OperationsAPI(outbound).call(
      "POST", "/v1/replays", ["filter": ["state": "failed"]])
    // The dispatcher is woken for the channel once the delivery is in its line again.
    #expect(done.wait(milliseconds: 20_000) { $0 ? true : nil } == true)
  }
}
