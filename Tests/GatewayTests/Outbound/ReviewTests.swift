import Testing

@testable import Gateway

/// Rare cases that would lose a message, send it twice, or stop a whole channel.
@Suite(.timeLimit(.minutes(2))) struct ReviewTests {
  private static let breakContent = SQL(
    "UPDATE messages SET content = '{\"buttons\":[[]]}' WHERE id = $1")

  @Test func aMessageThatCannotBeReadFailsAloneAndHoldsNobodyBack() throws {
    let rig = try OutboundRig()
    let channel = try rig.channel()
    let spare = try rig.channel()
    let bad = try rig.enqueue("bad", on: channel, fallback: [spare.id.description])
    let behind = try rig.enqueue("behind it", on: channel)
    let other = try rig.enqueue("somebody else", to: "+15035550143", on: channel)
    try rig.store.database.write { transaction in
      _ = try transaction.connection.execute(Self.breakContent, SQLValue(bad))
    }
    try rig.start(LineCaller { number, _ in .success(.accepted("p\(number)")) })
    rig.fill()
    #expect(try rig.message(other) { $0.status == .sent }.status == .sent)
    #expect(try rig.message(behind) { $0.status == .sent }.status == .sent)
    #expect(try rig.delivery(bad) { $0.state == .failed }.error?.code == "unreadable")
  }

  @Test func longWaitsOfSinglePeopleDoNotStopTheChannel() throws {
    let rig = try OutboundRig()
    let channel = try rig.channel()
    let caller = LineCaller { number, request in
      request.target.hasSuffix("9")
        ? .success(.accepted("p"))
        : .success(HTTPResponse(status: 420, headers: ["Retry-After": "43200"]))
    }
    try rig.start(caller)
    rig.fill()
    for number in 1...4 {
      let id = try rig.enqueue("advertisement", to: "+1503555014\(number)", on: channel)
      _ = try rig.delivery(id) { $0.retryAt != nil }
    }
    let reply = try rig.enqueue("reply", to: "+15035550149", on: channel)
    #expect(try rig.message(reply) { $0.status == .sent }.status == .sent)
  }

  @Test func shortWaitsOfSeveralPeopleMeanTheChannel() throws {
    let rig = try OutboundRig()
    let channel = try rig.channel()
    let caller = LineCaller { number, request in
      request.target.hasSuffix("9")
        ? .success(.accepted("p"))
        : .success(HTTPResponse(status: 420, headers: ["Retry-After": "30"]))
    }
    try rig.start(caller)
    rig.fill()
    for number in 1...3 {
      let id = try rig.enqueue("text", to: "+1503555014\(number)", on: channel)
      _ = try rig.delivery(id) { $0.retryAt != nil }
    }
    let reply = try rig.enqueue("reply", to: "+15035550149", on: channel)
    try rig.store.database.probe()
    #expect(caller.calls.count == 3)
    rig.advance(milliseconds: 60_000)
    #expect(try rig.message(reply) { $0.status == .sent }.status == .sent)
  }

  @Test func aLookUpThatKnowsLessThanAReportDoesNotSendAgain() throws {
    let rig = try OutboundRig()
    let channel = try rig.channel(policy: ["settle_seconds": 1])
    let caller = LineCaller { _, request in
      request.method == "GET" ? nil : .success(HTTPResponse(status: 503))
    }
    try rig.start(caller)
    rig.fill()
    let id = try rig.enqueue("once", on: channel)
    _ = try rig.delivery(id) { $0.state == .unknown && $0.dueAt != nil }
    rig.advance(milliseconds: 1500)
    // The look-up is under way when a report proves that it was sent.
    _ = caller.texts(2)
    try rig.store.database.write { transaction in
      var recorder = Recorder(transaction, channel, receipt: nil)
      let delivery = try #require(try transaction.connection.delivery(id.delivery))
      try recorder.prove(delivery, part: 0, providerMessageID: "p9")
    }
    caller.release(.accepted("never"))
    rig.dispatcher?.stop(withinMilliseconds: 5000)
    #expect(try rig.delivery(id).state == .accepted)
    #expect(try rig.message(id).providerMessageID == "p9")
    #expect(caller.calls.count { $0.request.method == "POST" } == 1)
  }

  @Test func whatWasTakenInPartIsNotSentByAnotherChannel() throws {
    let rig = try OutboundRig()
    let channel = try rig.channel()
    let other = try rig.channel()
    let caller = LineCaller { _, request in
      request.body == Array("2".utf8)
        ? .success(HTTPResponse(status: 400)) : .success(.accepted("p"))
    }
    try rig.start(caller)
    rig.fill()
    let id = try rig.enqueue("1\n2", on: channel, fallback: [other.id.description])
    _ = try rig.message(id) { $0.status == .failed }
    #expect(try rig.store.database.read { try $0.deliveries(of: id) }.count == 1)
  }

  @Test func aClaimThatAStopFindsOnItsWayIsSent() throws {
    let rig = try OutboundRig()
    var channel = try rig.channel()
    channel.state = .paused
    rig.enter(channel)
    let id = try rig.enqueue("claimed", on: channel)
    let caller = LineCaller { _, _ in .success(.accepted("p")) }
    try rig.start(caller)
    rig.fill()
    let gate = Monitor(false)
    let isBlocked = Monitor(false)
    rig.store.database.submit { _ in
      isBlocked.update { $0 = true }
      _ = gate.wait { $0 ? true : nil }
    } completion: { _ in
    }
    _ = isBlocked.wait { $0 ? true : nil }
    channel.state = .active
    rig.enter(channel)
    let live = try #require(rig.directory[channel.id])
    let dispatcher = try #require(rig.dispatcher)
    dispatcher.refresh(live)
    let stopper = WorkerThread(name: "stopper") { dispatcher.stop(withinMilliseconds: 5000) }
    gate.update { $0 = true }
    stopper.join()
    #expect(try rig.delivery(id).state != .sending)
  }

  @Test func aReplayLeavesAloneWhatIsStillBeingSettled() throws {
    let rig = try OutboundRig()
    let channel = try rig.channel(policy: ["settle_seconds": 60])
    try rig.start(LineCaller { _, _ in .success(HTTPResponse(status: 503)) })
    let id = try rig.enqueue("once", on: channel)
    _ = try rig.delivery(id) { $0.state == .unknown && $0.dueAt != nil }
    rig.store.clock.advance(milliseconds: 1000)
    let tenant = rig.tenant.id
    let replay = try rig.store.database.write { transaction in
      let replay = Replay(
        id: transaction.ids.next(), tenantID: tenant, state: .running,
        filter: try Replay.Filter(json: ["state": ["unknown"]]), ratePerSecond: 10, total: 1,
        createdAt: transaction.now, updatedAt: transaction.now)
      try transaction.insert(replay)
      return try transaction.advance(replay.id, tenant: tenant, most: 10)
    }
    #expect(replay?.skipped == 1)
    #expect(try rig.delivery(id).state == .unknown)
  }
}

extension OutboundRig {
  /// Lets enough time pass that a channel may send several at once.
  fileprivate func fill() { advance(milliseconds: 100) }
}

/// What is decided without a database.
@Suite struct ReviewDecisionTests {
  private static func delivery(expiresIn milliseconds: Int64, _ now: Instant) -> Delivery {
    let id: ID<Delivery> = ID(high: 1, low: 1)
    var delivery = Delivery(
      id: id, tenantID: ID(high: 1, low: 2), messageID: ID(high: 1, low: 1), ordinal: 0,
      channelID: ID(high: 1, low: 3), transport: .sms,
      recipient: .person(Address(phone: "+15035550142")), contactID: nil, priority: .normal,
      partCount: 1, laneAt: now, expiresAt: now.adding(milliseconds: milliseconds),
      createdAt: now)
    delivery.tries = 1
    return delivery
  }

  @Test(arguments: [Int64.min, -1, 0, Int64.max / 1000 * 1000, Int64.max])
  func anyWaitAProviderAsksForIsSurvived(_ wait: Int64) {
    let now = Instant(millisecondsSinceEpoch: 1_790_000_000_000)
    let machine = DeliveryMachine(policy: ChannelPolicy(), canSettle: false)
    let decision = machine.decide(
      SendOutcome(.retry(afterMilliseconds: wait, scope: .channel)),
      for: Self.delivery(expiresIn: 86_400_000, now), now: now, jitter: 0.999)
    #expect(decision == (wait > 0 ? .end(.expired) : .retry(at: now)))
  }

  @Test func whatMayHaveArrivedNeverEndsAsExpired() throws {
    let now = Instant(millisecondsSinceEpoch: 1_790_000_000_000)
    let policy = try ChannelPolicy().changed(by: ["on_unknown": "resend"])
    let machine = DeliveryMachine(policy: policy, canSettle: false)
    let doubtful = SendOutcome(.ambiguous)
    #expect(
      machine.decide(doubtful, for: Self.delivery(expiresIn: 10, now), now: now, jitter: 0)
        == .doubt(settleAt: nil))
    #expect(
      machine.decide(doubtful, for: Self.delivery(expiresIn: 60_000, now), now: now, jitter: 0)
        == .retry(at: now.adding(milliseconds: 2000)))
  }

  @Test(arguments: ["hidden", "(hidden)", "secret"])
  func aSecretIsHiddenWhateverItIs(_ secret: String) {
    var record = ExchangeRecord(secrets: [secret])
    let filler = String(repeating: "x", count: ExchangeRecord.bodyBytesMax - 3)
    for body in ["\(secret) and \(secret)", "\(filler)\(secret) tail"] {
      record.add(
        "send", HTTPRequest(method: "POST", target: "https://a.example/", body: Array(body.utf8)),
        HTTPExchange(.success(HTTPResponse(status: 200))))
    }
    let shown = String(decoding: record.rendered, as: UTF8.self)
    #expect(shown.contains("(hidden) and (hidden)"))
    #expect(!shown.contains("xsec"))
  }

  @Test func aBoardAsksForNothingThatHasNoRoom() throws {
    let now = Instant(millisecondsSinceEpoch: 1_790_000_000_000)
    var board = DispatchBoard()
    var channel = Channel(
      id: ID(high: 1, low: 3), tenantID: ID(high: 1, low: 2), provider: "lines", name: "line",
      address: nil, publicURL: nil, verification: .enforce, state: .active, settings: [:],
      createdAt: now, updatedAt: now)
    channel.policy = try ChannelPolicy().changed(by: ["in_flight_max": 10])
    board.set(
      channel, rate: SendRate(perSecond: 10_000, burst: 10_000), state: ChannelState(), now: now)
    let later = now.adding(milliseconds: 1000)
    #expect(board.plan(later).map(\.normalMost) == [8])
    board.claimed(channel.id, [.normal: 8], weight: 8, nextDue: now, now: later)
    // The rest is for what is urgent; there is none.
    #expect(board.plan(later).map(\.normalMost) == [0])
    #expect(board.isClaiming)
    board.claimed(channel.id, [:], weight: 0, nextDue: nil, now: later)
    #expect(board.plan(later).isEmpty)
    board.finished(channel.id, .normal, now: later)
    #expect(board.plan(later).map(\.normalMost) == [1])
  }
}
