import Testing

@testable import Gateway

/// Promises 1, 2 and 3: a receipt for everything, all or nothing, the same thing once.
@Suite struct IngestTests {
  @Test func aNewPersonBecomesAClientAContactAChatAMemberAndAMessage() throws {
    let test = try TestIngest()
    let outcome = try test.form(TestIngest.message("SM1", "Is table 4 free?"))
    #expect(outcome == .stored(.processed))
    let events = try test.events()
    #expect(
      events.map(\.type) == [
        "client.created", "contact.created", "chat.created", "member.joined", "message.received",
      ])
    #expect(events.map(\.sequence) == [1, 2, 3, 4, 5])
    #expect(events.map(\.chatSequence) == [nil, nil, 1, 2, 3])
    let chat = try #require(try test.chats().first)
    #expect(chat.unreadCount == 1)
    #expect(chat.messageCount == 1)
    #expect(chat.title == "+15035550142")
    let message = try #require(try test.messages(of: chat).first)
    #expect(message.text == "Is table 4 free?")
    #expect(message.providerMessageID == "SM1")
    let receipt = try #require(try test.receipts().first)
    #expect(message.receiptID == receipt.id)
    #expect(receipt.verifiedBy != nil)
    let members = try test.store.database.read { try $0.members(of: chat.id) }
    #expect(members.map(\.transport) == ["sms"])
  }

  @Test func theEventHoldsTheMessageAsTheAPIShowsIt() throws {
    let test = try TestIngest()
    try test.form(TestIngest.message("SM1", "hi"))
    let event = try #require(try test.events().last)
    let chat = try #require(try test.chats().first)
    var writer = JSONWriter()
    try #require(try test.messages(of: chat).first).write(into: &writer)
    #expect(try JSON.parse(event.data) == (try JSON.parse(writer.bytes)))
  }

  @Test func theSameWebhookFiveTimesAtOnceIsOneMessageAndOneEvent() throws {
    let test = try TestIngest()
    let request = test.signed(TestIngest.message("SM1", "hi"))
    let outcomes = Monitor<[WebhookOutcome]>([])
    for _ in 0..<5 {
      try test.start(request, on: test.twilio) { outcome in outcomes.update { $0.append(outcome) } }
    }
    let heard = outcomes.wait { $0.count == 5 ? $0 : nil }
    #expect(heard.filter { $0 == .stored(.processed) }.count == 1)
    #expect(heard.filter { $0 == .stored(.duplicate) }.count == 4)
    #expect(try test.events().filter { $0.type == "message.received" }.count == 1)
    #expect(try test.receipts().count == 5)
    #expect(try test.chats().first?.messageCount == 1)
  }

  @Test func fiftyMessagesOfOneNewPersonAtOnceMakeOneClientAndOneChat() throws {
    let test = try TestIngest()
    let done = Monitor(0)
    for index in 0..<50 {
      let request = test.signed(TestIngest.message("SM\(index)", "message \(index)"))
      try test.start(request, on: test.twilio) { _ in done.update { $0 += 1 } }
    }
    _ = done.wait { $0 == 50 ? true : nil }
    let events = try test.events()
    #expect(events.filter { $0.type == "client.created" }.count == 1)
    #expect(events.filter { $0.type == "chat.created" }.count == 1)
    #expect(events.map(\.sequence) == Array(1...Int64(events.count)))
    let chat = try #require(try test.chats().first)
    #expect(try test.chats().count == 1)
    #expect(try test.messages(of: chat).map(\.position) == Array(1...50))
    #expect(chat.unreadCount == 50)
  }

  @Test func whatIsForgedIsKeptButNeverBecomesAMessage() throws {
    let test = try TestIngest()
    var request = test.signed(TestIngest.message("SM1", "give me the keys"))
    request.body += Array("&Extra=1".utf8)
    #expect(try test.receive(request, on: test.twilio) == .stored(.quarantined))
    #expect(try test.events().isEmpty)
    let receipt = try #require(try test.receipts(.quarantined).first)
    #expect(receipt.verifiedBy == nil)
    #expect(receipt.request.body == request.body)
    #expect(receipt.reason?.contains(TestIngest.authToken) == false)
  }

  @Test func aFloodOfForgeriesFillsNoDisk() throws {
    var quarantine = Ingest.Quarantine()
    quarantine.perChannelPerDay = 3
    let test = try TestIngest(quarantine: quarantine)
    var request = test.signed(TestIngest.message("SM1", "x"))
    request.headers = ["Content-Type": "application/x-www-form-urlencoded"]
    for _ in 0..<6 {
      #expect(try test.receive(request, on: test.twilio) == .stored(.quarantined))
    }
    #expect(try test.receipts().count == 3)
    #expect(test.metrics.text().contains("trunkline_quarantine_dropped_total 3\n"))
    test.store.clock.advance(milliseconds: 86_400_001)
    try test.receive(request, on: test.twilio)
    #expect(try test.receipts().count == 4)
  }

  @Test func aFewLargeForgeriesFillNoDiskEither() throws {
    var quarantine = Ingest.Quarantine()
    quarantine.bytesPerChannelPerDay = 1000
    let test = try TestIngest(quarantine: quarantine)
    let forged: (Int) -> HTTPRequest = { count in
      HTTPRequest(
        method: "POST", target: "/webhooks/x", headers: ["Content-Type": "application/json"],
        body: [UInt8](repeating: 120, count: count))
    }
    for count in [600, 500, 400, 1] {
      #expect(try test.receive(forged(count), on: test.telegram) == .stored(.quarantined))
    }
    #expect(try test.receipts().map(\.request.body.count) == [400, 600])
    try test.receive(forged(1000), on: test.foreign)
    test.store.clock.advance(milliseconds: 86_400_001)
    try test.receive(forged(1000), on: test.telegram)
    #expect(try test.receipts().count == 3)
  }

  @Test func quarantineIsEmptiedAfterItsDaysAndNothingElseGoes() throws {
    let test = try TestIngest()
    var forged = test.signed(TestIngest.message("SM1", "x"))
    forged.headers = [:]
    try test.receive(forged, on: test.twilio)
    try test.form(TestIngest.message("SM2", "kept"))
    test.store.clock.advance(milliseconds: 8 * 86_400_000)
    try test.receive(forged, on: test.twilio)
    #expect(try test.ingest.purgeQuarantine() == 1)
    #expect(try test.receipts(.quarantined).count == 1)
    #expect(try test.receipts(.processed).count == 1)
  }

  @Test func anObservingChannelLetsThroughAndSaysSo() throws {
    let test = try TestIngest()
    try test.change(test.twilio) { $0.verification = .observe }
    var request = test.signed(TestIngest.message("SM1", "hi"))
    request.headers = ["Content-Type": "application/x-www-form-urlencoded"]
    #expect(try test.receive(request, on: test.twilio) == .stored(.processed))
    let receipt = try #require(try test.receipts().first)
    #expect(receipt.verifiedBy == nil)
    #expect(receipt.reason?.hasPrefix("unverified") == true)
    #expect(test.metrics.text().contains("trunkline_webhooks_unverified_total"))
  }

  @Test(arguments: [
    "{\"update_id\":1,", "", "[1]", "{\"update_id\":1,\"update_id\":2}", "\u{FEFF}",
    "{\"update_id\":1,\"message\":{\"text\":\"\\ud83d x\"}}",
    String(repeating: "[", count: 10_000), "update_id=1",
  ])
  func whatCannotBeReadIsKeptAndAnswered(_ body: String) throws {
    let test = try TestIngest()
    let request = TestIngest.telegram(Array(body.utf8))
    #expect(try test.receive(request, on: test.telegram) == .stored(.unreadable))
    let receipt = try #require(try test.receipts(.unreadable).first)
    #expect(receipt.request == request)
    #expect(receipt.reason != nil)
  }

  @Test(arguments: [(4000, ReceiptState.unrecognised), (4001, .unreadable)])
  func aRequestThatTellsTooManyThingsIsKeptUnread(
    _ count: Int, _ expected: ReceiptState
  ) throws {
    let test = try TestIngest()
    try test.change(test.twilio) { $0.verification = .observe }
    let events = JSON.array((0..<count).map { ["type": "x", "id": .string("\($0)")] })
    let request = HTTPRequest(
      method: "POST", target: "/webhooks/x", headers: ["Content-Type": "application/json"],
      body: events.serialized())
    #expect(try test.receive(request, on: test.twilio) == .stored(expected))
    let receipt = try #require(try test.receipts().first)
    #expect((receipt.reason == "the request tells 4001 things, more than 4000") == (count > 4000))
  }

  @Test func invalidUTF8IsUnreadableAndKeptByteForByte() throws {
    let test = try TestIngest()
    let body = Array("{\"update_id\":1,\"message\":{\"text\":\"".utf8) + [0xFF, 0xC0, 34, 125, 125]
    #expect(
      try test.receive(TestIngest.telegram(body), on: test.telegram) == .stored(.unreadable))
    #expect(try test.receipts().first?.request.body == body)
  }

  @Test func anUnknownKindIsKeptAndCounted() throws {
    let test = try TestIngest()
    #expect(try test.update(1, "some_future_update", ["x": 1]) == .stored(.unrecognised))
    #expect(try test.receipts(.unrecognised).count == 1)
    #expect(try test.events().isEmpty)
  }

  @Test func aForeignAccountIsUnrouted() throws {
    let test = try TestIngest()
    let parameters = TestIngest.message("SM1", "hi").map {
      $0.0 == "AccountSid" ? ($0.0, "AC" + String(repeating: "f", count: 32)) : $0
    }
    #expect(try test.form(parameters) == .stored(.unrouted))
    #expect(try test.chats().isEmpty)
  }

  @Test(arguments: [
    (Channel.State.disabled, ReceiptState.unrouted), (.paused, .processed), (.active, .processed),
  ])
  func anotherAccountsChannelTakesItsItemsUnlessItIsSwitchedOff(
    _ state: Channel.State, _ expected: ReceiptState
  ) throws {
    let test = try TestIngest()
    let account = "AC" + String(repeating: "f", count: 32)
    let sibling = Channel(
      id: test.store.ids.next(), tenantID: test.acme.id, provider: "twilio", name: "sub",
      address: nil, publicURL: nil, verification: .enforce, state: state,
      settings: ["account_sid": .string(account), "auth_token": "x"],
      createdAt: test.store.clock.now(), updatedAt: test.store.clock.now())
    try test.store.database.write { [vault = test.vault] in try $0.add(sibling, vault) }
    try test.directory.reload()
    let parameters = TestIngest.message("SM1", "hi").map {
      $0.0 == "AccountSid" ? ($0.0, account) : $0
    }
    #expect(try test.form(parameters) == .stored(expected))
    let channels = try test.chats().flatMap { try test.messages(of: $0) }.map(\.channelID)
    #expect(channels == (expected == .processed ? [sibling.id] : []))
  }

  @Test func aFullDiskAcknowledgesNothingAndRecovers() throws {
    let test = try TestIngest()
    try test.store.database.write { try $0.connection.limitPages(1) }
    let long = String(repeating: "x", count: 9000)
    #expect(try test.form(TestIngest.message("SM1", long)) == .unavailable)
    try test.store.database.write { try $0.connection.limitPages(1_000_000) }
    #expect(try test.form(TestIngest.message("SM1", "again")) == .stored(.processed))
    #expect(try test.receipts().count == 1)
  }

  @Test func aLockedDatabaseAcknowledgesNothing() throws {
    let test = try TestIngest()
    let stranger = try test.store.stranger()
    try stranger.run("BEGIN IMMEDIATE")
    #expect(try test.form(TestIngest.message("SM1", "hi")) == .unavailable)
    try stranger.run("COMMIT")
    #expect(try test.form(TestIngest.message("SM1", "hi")) == .stored(.processed))
  }

  @Test func tenantsWithTheSamePersonHaveTwoClients() throws {
    let test = try TestIngest()
    let text = TestIngest.text("hi", from: 42, message: 1)
    try test.update(1, "message", text)
    try test.update(1, "message", text, on: test.foreign)
    let mine = try #require(try test.chats().first)
    let theirs = try #require(try test.chats(of: test.other).first)
    #expect(mine.clientID != theirs.clientID)
    let stranger = test.other.id
    let database = test.store.database
    #expect(try database.read { try $0.chat(mine.id, tenant: stranger) } == nil)
    #expect(try test.messages(of: mine, tenant: test.other).isEmpty)
    let message = try #require(try test.messages(of: mine).first)
    #expect(try database.read { try $0.message(message.id, tenant: stranger) == nil })
    #expect(try test.events(of: test.other).map(\.sequence) == [1, 2, 3, 4, 5])
  }
}
