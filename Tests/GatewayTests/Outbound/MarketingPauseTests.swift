import Testing

@testable import Gateway

/// Where a provider takes no advertisements for a while, everything else goes on.
@Suite struct MarketingPauseTests {
  /// Answers 200, and to a text that names a status that one.
  private static func answer(_ request: HTTPRequest) -> Result<HTTPResponse, TransportFailure> {
    let text = String(decoding: request.body, as: UTF8.self)
    let status = text.split(separator: " ").last.flatMap { Int($0) } ?? 200
    var response = HTTPResponse(status: status, body: Array("id-\(text)".utf8))
    if status == 420 {
      response.headers.add("Retry-After", "3600")
      response.headers.add("X-Day-Off", "yes")
    }
    return .success(response)
  }

  private let rig: OutboundRig
  private let caller = LineCaller { _, request in Self.answer(request) }

  init() throws { rig = try OutboundRig() }

  /// Starts, and lets the channel's rate have room for all that is to come.
  private func start() throws {
    try rig.start(caller)
    rig.advance(milliseconds: 1000)
  }

  @Test func anAdvertisementWaitsWhileAnswersToTheSamePersonGo() throws {
    let channel = try rig.channel()
    try start()
    let refused = try rig.enqueue("offer 451", on: channel, purpose: .marketing)
    #expect(try rig.message(refused) { $0.status == .failed }.purpose == .marketing)
    let second = try rig.enqueue("offer again", on: channel, purpose: .marketing)
    let reply = try rig.enqueue("your order", on: channel)
    let other = try rig.enqueue("offer", to: "+46701234567", on: channel, purpose: .marketing)
    #expect(try rig.message(reply) { $0.status == .sent }.status == .sent)
    #expect(try rig.message(other) { $0.status == .sent }.status == .sent)
    let waiting = try rig.delivery(second) { $0.gaveWayAt != nil }
    let end = rig.store.clock.now().adding(milliseconds: 86_400_000)
    #expect(waiting.state == .queued && waiting.laneAt == end && waiting.attemptCount == 0)
    #expect(
      waiting.note == "advertisements to them are paused until \(end): An error (e)")
    rig.advance(milliseconds: 86_300_000)
    #expect(try rig.delivery(second).state == .queued)
    rig.advance(milliseconds: 100_001)
    // Its own life ends with that day.
    #expect(try rig.message(second) { $0.status != .queued }.status == .expired)
  }

  @Test func itGoesByItselfWhenThePauseIsOver() throws {
    let channel = try rig.channel()
    try start()
    let refused = try rig.enqueue("offer 451", on: channel, purpose: .marketing)
    _ = try rig.message(refused) { $0.status == .failed }
    let later = rig.store.clock.now().adding(milliseconds: 172_800_000)
    let second = try rig.enqueue("again", on: channel, expires: later, purpose: .marketing)
    _ = try rig.delivery(second) { $0.gaveWayAt != nil }
    // A restart forgets nothing of it.
    rig.crash()
    try start()
    let third = try rig.enqueue("more", on: channel, expires: later, purpose: .marketing)
    _ = try rig.delivery(third) { $0.gaveWayAt != nil }
    rig.advance(milliseconds: 86_400_001)
    _ = try rig.message(second) { $0.status == .sent }
    _ = try rig.message(third) { $0.status == .sent }
    #expect(try rig.store.database.write { try $0.forgetMarketingPauses() } == 1)
  }

  @Test func aPauseOfTheWholeChannelIsToldOnce() throws {
    let channel = try rig.channel()
    try start()
    for text in ["a 452", "b 452"] {
      // Both were under way before anybody knew.
      let id = try rig.enqueue(text, to: "+4670123456\(text.count)", on: channel)
      _ = try rig.message(id) { $0.status == .failed }
    }
    let offer = try rig.enqueue("offer", to: "+46701234599", on: channel, purpose: .marketing)
    let reply = try rig.enqueue("reply", to: "+46701234599", on: channel)
    _ = try rig.message(reply) { $0.status == .sent }
    let waiting = try rig.delivery(offer) { $0.gaveWayAt != nil }
    #expect(waiting.note?.hasPrefix("advertisements on this channel are paused until ") == true)
    let events = try rig.store.database.read { [tenant = rig.tenant.id] in
      try $0.events(of: tenant, after: 0, limit: 1000)
    }.filter { $0.type == "channel.paused" }
    #expect(events.count == 1)
    let data = try JSON.parse(try #require(events.first).data)
    #expect(data["scope"] == "marketing" && data["channel_id"]?.string == "\(channel.id)")
    #expect(
      data["until"]?.string == rig.store.clock.now().adding(milliseconds: 86_400_000).description)
  }

  @Test func aWaitForAdvertisementsHoldsUpNobodyElse() throws {
    let channel = try rig.channel(policy: ["order_wait_seconds": 3600])
    try start()
    let later = rig.store.clock.now().adding(milliseconds: 172_800_000)
    let offer = try rig.enqueue("offer 420", on: channel, expires: later, purpose: .marketing)
    let reply = try rig.enqueue("your order", on: channel)
    // What stands behind one that was tried is due a millisecond later.
    rig.advance(milliseconds: 10)
    #expect(try rig.message(reply) { $0.status == .sent }.status == .sent)
    let waiting = try rig.delivery(offer) { $0.gaveWayAt != nil }
    #expect(waiting.state == .queued && waiting.attemptCount == 1)
  }

  @Test(arguments: [true, false]) func aReportOfAFailurePausesToo(_ isEarly: Bool) throws {
    let channel = try rig.channel()
    try start()
    let text = "offer"
    let now = rig.store.clock.now()
    let report = ParkedReport(
      key: "status:id-offer:failed", kind: "status",
      payload: [
        "status": "failed", "error": ProviderError.rejected.json,
        "marketing_pause": LineTransport.dayOff(.recipient).json,
      ], occurredAt: now, receiptID: rig.store.ids.next())
    if isEarly {
      try rig.store.database.write {
        try $0.park(report, channel: channel.id, providerMessageID: "id-offer")
      }
    }
    let first = try rig.enqueue(text, on: channel, purpose: .marketing)
    if isEarly {
      _ = try rig.message(first) { $0.status == .failed }
    } else {
      _ = try rig.message(first) { $0.status == .sent }
      try rig.store.database.write {
        try Recorder($0, channel, receipt: nil).apply(
          report, to: first, providerMessageID: "id-offer")
      }
    }
    let held = try rig.store.database.read {
      try $0.marketingHold(
        channel.id, .person(Address(phone: "+15035550142")), at: now)
    }
    #expect(held?.until == now.adding(milliseconds: 86_400_000))
    #expect(held?.reason == "Outside the window for free text (63016)")
    let next = try rig.enqueue("again", on: channel, purpose: .marketing)
    _ = try rig.delivery(next) { $0.gaveWayAt != nil }
  }

  @Test func whoWantsNoAdvertisementsGetsTheRest() throws {
    let channel = try rig.channel()
    try start()
    let first = try rig.enqueue("offer 411", on: channel, purpose: .marketing)
    #expect(try rig.message(first) { $0.status == .blocked }.status == .blocked)
    let second = try rig.enqueue("offer", on: channel, purpose: .marketing)
    #expect(try rig.message(second) { $0.status == .blocked }.status == .blocked)
    let reply = try rig.enqueue("your order", on: channel)
    #expect(try rig.message(reply) { $0.status == .sent }.status == .sent)
  }
}

extension MarketingPauseTests {
  @Test func whatIsHeldIsExplained() throws {
    let channel = try rig.channel()
    try start()
    let refused = try rig.enqueue("offer 452", on: channel, purpose: .marketing)
    _ = try rig.message(refused) { $0.status == .failed }
    let offer = try rig.enqueue("offer", on: channel, purpose: .marketing)
    let waiting = try rig.delivery(offer) { $0.gaveWayAt != nil }
    let reply = try rig.enqueue("reply", on: channel)
    _ = try rig.message(reply) { $0.status == .sent }
    let now = rig.store.clock.now()
    let story = try explained(offer, now)
    let end = try #require(waiting.laneAt)
    let reason = "the provider takes no advertisements on this channel: An error (e)."
    #expect(story.summary == "It waits until \(end): \(reason)")
    #expect(
      story.steps.contains {
        $0.what.contains("go first, so as not to hold them up: advertisements on this channel")
      })
    // What concerns advertisements alone is no part of another message's story.
    #expect(try !explained(reply, now).steps.contains { $0.what.contains("was paused") })
  }

  private func explained(_ id: ID<Message>, _ now: Instant) throws -> OutboundStory {
    let history = try rig.store.database.read { [rig] connection in
      try MessageHistory(id, tenant: rig.tenant.id, connection, rig.directory, now: now)
    }
    return OutboundStory(try #require(history))
  }
}
