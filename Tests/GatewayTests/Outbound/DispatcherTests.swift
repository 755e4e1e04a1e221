import Testing

@testable import Gateway

/// What the dispatcher promises, against a provider that answers as each test says.
@Suite(.timeLimit(.minutes(2))) struct DispatcherTests {
  @Test func aMessageIsSentOnceAndSaysUnderWhichID() throws {
    let rig = try OutboundRig()
    let channel = try rig.channel()
    let caller = LineCaller { _, _ in .success(.accepted("p1")) }
    try rig.start(caller)
    let id = try rig.enqueue("hello", on: channel)
    let message = try rig.message(id) { $0.status == .sent }
    #expect(message.providerMessageID == "p1")
    #expect(message.sentAt != nil)
    #expect(caller.texts(1) == ["hello"])
    let delivery = try rig.delivery(id)
    #expect(delivery.state == .accepted)
    #expect(delivery.laneAt == nil)
    let attempts = try rig.store.database.read { try $0.attempts(of: delivery.id) }
    #expect(attempts.map(\.outcome) == ["accepted"])
    #expect(try rig.eventTypes().last == "message.sent")
  }

  @Test func whatAProviderSaysOfAnErrorIsShortAndWithoutSecrets() throws {
    let rig = try OutboundRig()
    let channel = try rig.channel()
    let words = "no such token: secret%2Dtoken-9f " + String(repeating: "x", count: 100_000)
    try rig.start(LineCaller { _, _ in .success(HTTPResponse(status: 400, body: utf8(words))) })
    let id = try rig.enqueue("hello", on: channel)
    let delivery = try rig.delivery(id) { $0.error != nil }
    let detail = try #require(delivery.error?.detail)
    #expect(detail.hasPrefix("no such token: (hidden) x"))
    #expect(detail.utf8.count < SecretMask.detailBytesMax + 40)
    let attempts = try rig.store.database.read { try $0.attempts(of: delivery.id) }
    #expect(attempts.map(\.error?.detail) == [detail])
  }

  @Test func messagesToOnePersonGoInOrderAlsoAcrossRetries() throws {
    let rig = try OutboundRig()
    let channel = try rig.channel(policy: ["retry_first_ms": 10])
    // Every third call fails.
    let caller = LineCaller { number, _ in
      number % 3 == 1
        ? .success(HTTPResponse(status: 429, headers: ["Retry-After": "1"]))
        : .success(.accepted("p\(number)"))
    }
    let ids = try (1...12).map { try rig.enqueue("text \($0)", on: channel) }
    try rig.start(caller)
    var accepted = 0
    while accepted < 12 {
      let before = accepted
      accepted = try ids.count { try rig.message($0).status == .sent }
      if accepted == before { rig.advance(milliseconds: 1500) }
    }
    var seen: [String] = []
    for (number, text) in caller.texts(12).enumerated() where number % 3 != 1 { seen.append(text) }
    #expect(seen == (1...12).map { "text \($0)" })
  }

  @Test func nothingIsSentBeforeTheProvidersRetryAfter() throws {
    let rig = try OutboundRig()
    let channel = try rig.channel()
    let caller = LineCaller { number, _ in
      number == 0
        ? .success(HTTPResponse(status: 429, headers: ["Retry-After": "30"]))
        : .success(.accepted("p\(number)"))
    }
    try rig.start(caller)
    let first = try rig.enqueue("one", on: channel)
    _ = try rig.delivery(first) { $0.retryAt != nil }
    // Another person on the same channel has to wait too: the provider spoke of the channel.
    let second = try rig.enqueue("two", to: "+15035550143", on: channel)
    rig.advance(milliseconds: 29_000)
    try rig.store.database.probe()
    #expect(caller.calls.count == 1)
    #expect(try rig.message(second).status == .queued)
    // The jitter is at most a quarter.
    rig.advance(milliseconds: 9000)
    #expect(try rig.message(second) { $0.status == .sent }.status == .sent)
    #expect(try rig.message(first) { $0.status == .sent }.status == .sent)
    #expect(caller.calls.count == 3)
  }

  @Test func aPartThatWasAcceptedIsNeverSentAgain() throws {
    let rig = try OutboundRig()
    let channel = try rig.channel(policy: ["retry_first_ms": 10])
    // The third part fails twice.
    let caller = LineCaller { number, request in
      let text = String(decoding: request.body, as: UTF8.self)
      return text == "3" && number < 4
        ? .success(HTTPResponse(status: 420)) : .success(.accepted("p-\(text)"))
    }
    try rig.start(caller)
    let id = try rig.enqueue("1\n2\n3\n4\n5", on: channel)
    // A second of the channel's rate: the tests' clock stands still.
    rig.advance(milliseconds: 1000)
    _ = try rig.delivery(id) { $0.partNext == 2 && $0.retryAt != nil }
    rig.advance(milliseconds: 100)
    _ = try rig.delivery(id) { $0.tries == 2 && $0.retryAt != nil }
    rig.advance(milliseconds: 200)
    #expect(try rig.message(id) { $0.status == .sent }.providerMessageID == "p-1")
    #expect(caller.texts(7) == ["1", "2", "3", "3", "3", "4", "5"])
  }

  @Test func whatACrashLeavesInDoubtIsNotSentAgain() throws {
    let rig = try OutboundRig()
    let channel = try rig.channel(policy: ["settle_seconds": 60])
    let held = LineCaller { _, _ in nil }
    try rig.start(held)
    let id = try rig.enqueue("once", on: channel)
    _ = held.texts(1)
    rig.crash()
    let after = LineCaller { _, request in
      request.target.hasSuffix("/search") ? .success(.accepted("found")) : .success(.accepted("x"))
    }
    try rig.start(after)
    #expect(try rig.delivery(id) { $0.state == .unknown }.dueAt != nil)
    // The provider is asked, and knows it.
    rig.advance(milliseconds: 61_000)
    let message = try rig.message(id) { $0.status == .sent }
    #expect(message.providerMessageID == "found")
    #expect(after.calls.map(\.request.method) == ["GET"])
  }

  @Test func whatNobodyCanSettleIsListedAsUnknown() throws {
    let rig = try OutboundRig()
    let channel = try rig.channel(policy: ["settle_seconds": 60, "order_wait_seconds": 100])
    let caller = LineCaller { _, request in
      request.method == "GET"
        ? .success(HTTPResponse(status: 200)) : .success(HTTPResponse(status: 503))
    }
    try rig.start(caller)
    let id = try rig.enqueue("once", on: channel)
    let second = try rig.enqueue("behind it", on: channel)
    _ = try rig.delivery(id) { $0.state == .unknown && $0.dueAt != nil }
    #expect(try rig.message(second).status == .queued)
    rig.advance(milliseconds: 61_000)
    let message = try rig.message(id) { $0.status == .unknown }
    #expect(message.error != nil)
    #expect(try rig.delivery(id).laneAt == nil)
    // Those behind it have waited long enough.
    #expect(caller.texts(3).filter { !$0.isEmpty } == ["once", "behind it"])
  }

  @Test func whatTheProviderNeverGotIsSentAgain() throws {
    let rig = try OutboundRig()
    let channel = try rig.channel(policy: ["settle_seconds": 1])
    let caller = LineCaller { number, request in
      if request.method == "GET" { return .success(.accepted("never")) }
      return number == 0
        ? .failure(TransportFailure(.timedOut(afterRequestSent: true), host: "h:1"))
        : .success(.accepted("p"))
    }
    try rig.start(caller)
    let id = try rig.enqueue("once", on: channel)
    _ = try rig.delivery(id) { $0.state == .unknown && $0.dueAt != nil }
    rig.advance(milliseconds: 1500)
    #expect(try rig.message(id) { $0.status == .sent }.providerMessageID == "p")
  }

  @Test func aHeadThatMustWaitLongGivesWayAndThatIsRecorded() throws {
    let rig = try OutboundRig()
    let channel = try rig.channel(policy: ["order_wait_seconds": 60])
    let caller = LineCaller { number, _ in
      number == 0
        ? .success(HTTPResponse(status: 420, headers: ["Retry-After": "3600"]))
        : .success(.accepted("p\(number)"))
    }
    try rig.start(caller)
    let first = try rig.enqueue("one", on: channel)
    let second = try rig.enqueue("two", on: channel)
    _ = try rig.delivery(first) { $0.retryAt != nil }
    rig.advance(milliseconds: 30_000)
    #expect(try rig.delivery(second).attemptCount == 0)
    rig.advance(milliseconds: 31_000)
    #expect(try rig.delivery(first) { $0.gaveWayAt != nil }.gaveWayAt != nil)
    // The provider's word for this person holds for those behind, too.
    #expect(try rig.message(second).status == .queued)
    rig.advance(milliseconds: 3_600_000)
    rig.advance(milliseconds: 1_000_000)
    #expect(try rig.message(second) { $0.status == .sent }.status == .sent)
    #expect(try rig.message(first) { $0.status == .sent }.status == .sent)
  }

  @Test func aBrokenChannelTriesWithOneMessageAndTellsWhenItWorksAgain() throws {
    let rig = try OutboundRig()
    let channel = try rig.channel(policy: ["in_flight_max": 1])
    let broken = Locked(true)
    let caller = LineCaller { number, _ in
      broken.withLock { $0 }
        ? .success(HTTPResponse(status: 401)) : .success(.accepted("p\(number)"))
    }
    try rig.start(caller)
    let ids = try (1...5).map { try rig.enqueue("t\($0)", to: "+1503555010\($0)", on: channel) }
    _ = try rig.delivery(ids[0]) { $0.error != nil && $0.state == .queued }
    try rig.store.database.probe()
    #expect(caller.calls.count == 1)
    broken.withLock { $0 = false }
    rig.advance(milliseconds: 31_000)
    for id in ids { #expect(try rig.message(id) { $0.status == .sent }.status == .sent) }
    let types = try rig.eventTypes()
    #expect(types.count { $0 == "channel.broken" } == 1)
    #expect(types.count { $0 == "channel.recovered" } == 1)
  }

  @Test func whatIsScheduledWaitsAndHoldsNobodyBack() throws {
    let rig = try OutboundRig()
    let channel = try rig.channel()
    let caller = LineCaller { number, _ in .success(.accepted("p\(number)")) }
    try rig.start(caller)
    let later = rig.store.clock.now().adding(milliseconds: 60_000)
    let scheduled = try rig.enqueue("later", on: channel, at: later)
    let now = try rig.enqueue("now", on: channel)
    #expect(try rig.message(now) { $0.status == .sent }.status == .sent)
    #expect(try rig.message(scheduled).status == .queued)
    rig.advance(milliseconds: 60_000)
    #expect(try rig.message(scheduled) { $0.status == .sent }.status == .sent)
    #expect(caller.texts(2) == ["now", "later"])
  }

  @Test func whatHasExpiredIsNotSent() throws {
    let rig = try OutboundRig()
    let channel = try rig.channel()
    let soon = rig.store.clock.now().adding(milliseconds: 1000)
    let id = try rig.enqueue("late", on: channel, expires: soon)
    rig.store.clock.advance(milliseconds: 2000)
    let caller = LineCaller { _, _ in .success(.accepted("p")) }
    try rig.start(caller)
    #expect(try rig.message(id) { $0.status == .expired }.status == .expired)
    #expect(caller.calls.isEmpty)
  }

  @Test func aPausedChannelSendsNothingUntilItIsResumed() throws {
    let rig = try OutboundRig()
    var channel = try rig.channel()
    channel.state = .paused
    channel.updatedAt = rig.store.clock.now().adding(milliseconds: 1)
    rig.enter(channel)
    let caller = LineCaller { _, _ in .success(.accepted("p")) }
    try rig.start(caller)
    let id = try rig.enqueue("wait", on: channel)
    #expect(try rig.message(id).status == .queued)
    channel.state = .active
    channel.updatedAt = rig.store.clock.now().adding(milliseconds: 2)
    rig.enter(channel)
    let live = try #require(rig.directory[channel.id])
    try #require(rig.dispatcher).refresh(live)
    #expect(try rig.message(id) { $0.status == .sent }.status == .sent)
  }

  @Test func aRecipientIsLeftAloneForAsLongAsTheProviderAsks() throws {
    let rig = try OutboundRig()
    var slow = LineTransport()
    slow.pause = 1000
    let channel = try rig.channel(slow)
    let caller = LineCaller { number, _ in .success(.accepted("p\(number)")) }
    try rig.start(caller)
    // What was sent before the start is not known, so the first waits too.
    let first = try rig.enqueue("one", on: channel)
    rig.advance(milliseconds: 1000)
    _ = try rig.message(first) { $0.status == .sent }
    let second = try rig.enqueue("two", on: channel)
    rig.advance(milliseconds: 500)
    try rig.store.database.probe()
    #expect(caller.calls.count == 1)
    rig.advance(milliseconds: 500)
    #expect(try rig.message(second) { $0.status == .sent }.status == .sent)
  }

  @Test func anAttemptShowsNoSecret() throws {
    let rig = try OutboundRig()
    let channel = try rig.channel()
    let caller = LineCaller { _, _ in
      .success(HTTPResponse(status: 400, body: Array("bad token secret-token-9f!".utf8)))
    }
    try rig.start(caller)
    let id = try rig.enqueue("my secret-token-9f", on: channel)
    _ = try rig.message(id) { $0.status == .failed }
    let attempts = try rig.store.database.read { try $0.attempts(of: id.delivery) }
    let shown = String(decoding: attempts.flatMap(\.exchanges), as: UTF8.self)
    #expect(!shown.contains("secret-token-9f"))
    #expect(shown.contains("(hidden)"))
  }

  @Test func aChannelThatComesBackLaterIsSettledThen() throws {
    let rig = try OutboundRig()
    let channel = try rig.channel()
    let held = LineCaller { _, _ in nil }
    try rig.start(held)
    let id = try rig.enqueue("once", on: channel)
    _ = held.texts(1)
    rig.crash()
    // Its settings did not suit at the start, so nobody knows it; then somebody mends them.
    let live = try #require(rig.directory[channel.id])
    let empty = try OutboundRig(sharing: rig)
    let caller = LineCaller { _, _ in .success(.accepted("p")) }
    try empty.start(caller)
    #expect(try rig.delivery(id).state == .sending)
    try #require(empty.dispatcher).refresh(live)
    #expect(try rig.delivery(id) { $0.state == .unknown }.dueAt != nil)
    #expect(caller.calls.isEmpty)
  }
}
