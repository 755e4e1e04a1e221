import Testing

@testable import Gateway

/// Promise 6: what is told later about a message comes to the same, in any order, however often.
@Suite struct ReportTests {
  private static let sid = "SMf04496132f6f4d5c3256a41b45172a96"

  private static func report(_ status: String, _ code: String? = nil) -> [(String, String)] {
    [
      ("MessageSid", sid), ("MessageStatus", status), ("SmsStatus", status),
      ("AccountSid", TestIngest.accountSID), ("From", "+12065550199"), ("To", "+15035550142"),
    ] + (code.map { [("ErrorCode", $0)] } ?? [])
  }

  /// Stores a message the organisation sent, as the dispatcher will.
  private func send(_ test: TestIngest) throws {
    let live = try #require(test.directory[test.twilio.id])
    let receiptID: ID<Receipt> = test.store.ids.next()
    let directory = test.directory
    try test.store.database.write { transaction in
      var message = InboundMessage(
        id: Self.sid, transport: .sms, person: Person(addresses: [Address(phone: "+15035550142")]),
        sender: .user(UserSender(id: "me")), content: MessageContent(kind: .text, text: "hi"))
      message.direction = .outbound
      var ingestion = Ingestion(transaction, live, directory, receiptID, transaction.now)
      try ingestion.process([Item(key: "message:\(Self.sid)", fact: .message(message))])
    }
  }

  private func firstMessage(_ test: TestIngest) throws -> Message {
    let chat = try #require(try test.chats().first)
    return try #require(try test.messages(of: chat).first)
  }

  private func fate(_ test: TestIngest) throws -> (MessageStatus, JSON?) {
    let message = try firstMessage(test)
    return (message.status, try message.error.map { try JSON.parse($0) })
  }

  @Test(arguments: [
    (["queued", "sent", "delivered", "read"], MessageStatus.read),
    (["sent", "failed", "delivered"], .delivered),
    (["sent", "undelivered", "failed"], .undeliverable),
    (["sending", "sent", "sent", "delivered"], .delivered),
  ])
  func everyOrderAndEveryMomentEndsInTheSameState(
    _ words: [String], _ expected: MessageStatus
  ) throws {
    for order in permutations(Array(words.indices)) {
      for sentAfter in 0...words.count {
        let test = try TestIngest()
        for (step, index) in order.enumerated() {
          if step == sentAfter { try send(test) }
          test.store.clock.advance(milliseconds: 1000)
          let code = words[index].hasSuffix("ed") && words[index].hasPrefix("f") ? "30005" : nil
          try test.form(Self.report(words[index], code))
        }
        if sentAfter == words.count { try send(test) }
        #expect(try fate(test).0 == expected, "order \(order), sent after \(sentAfter)")
      }
    }
  }

  @Test func aReportForNobodyIsParkedAndAnswered() throws {
    let test = try TestIngest()
    #expect(try test.form(Self.report("delivered")) == .stored(.processed))
    #expect(try test.events().isEmpty)
    #expect(try test.form(Self.report("delivered")) == .stored(.duplicate))
  }

  /// A status report whose address names one of our messages.
  private func report(_ status: String, naming message: ID<Message>, _ test: TestIngest) throws {
    let path = "/webhooks/\(test.twilio.id)?m=\(message)"
    let fields = [
      ("AccountSid", TestIngest.accountSID), ("MessageSid", "SM9"), ("MessageStatus", status),
    ]
    let text = TestIngest.publicURL + path + fields.map { $0.0 + $0.1 }.joined()
    let signature = Crypto.hmac(.sha1, key: Array(TestIngest.authToken.utf8), Array(text.utf8))
    let outcome = try test.receive(
      HTTPRequest(
        method: "POST", target: path,
        headers: [
          "Content-Type": "application/x-www-form-urlencoded",
          "X-Twilio-Signature": Base64.encode(signature),
        ], body: Form.encode(fields)), on: test.twilio)
    #expect(outcome == .stored(.processed))
  }

  @Test func aReportFindsTheMessageItsAddressNames() throws {
    let test = try TestIngest()
    try send(test)
    let message = try firstMessage(test)
    // What we sent ourselves has a delivery; our id counts for nothing else.
    let delivery = Delivery(
      id: message.id.delivery, tenantID: test.acme.id, messageID: message.id, ordinal: 0,
      channelID: test.twilio.id, transport: .sms,
      recipient: .person(Address(phone: "+15035550142")), contactID: nil, priority: .normal,
      partCount: 1, laneAt: message.createdAt,
      expiresAt: message.createdAt.adding(milliseconds: 1000), createdAt: message.createdAt)
    try test.store.database.write { try $0.enqueue(delivery, parts: []) }
    try report("delivered", naming: message.id, test)
    #expect(try fate(test).0 == .delivered)
  }

  @Test func aReportNamesOnlyWhatItsOwnChannelHasSent() throws {
    let test = try TestIngest()
    try test.update(1, "message", TestIngest.text("hi", from: 42, message: 1))
    try report("failed", naming: try firstMessage(test).id, test)
    #expect(try fate(test).0 == .received)
    let inbound = try TestIngest()
    try inbound.form(TestIngest.message("SM1", "hi"))
    try report("failed", naming: try firstMessage(inbound).id, inbound)
    #expect(try fate(inbound).0 == .received)
  }

  @Test func aParkedReportIsDroppedAfterThirtyDaysAndNotBefore() throws {
    let test = try TestIngest()
    let day: Int64 = 86_400_000
    // More than one step of reports for other messages, from before and after its key.
    for index in 0..<600 {
      try test.form(
        Self.report("delivered").map { $0.0 == "MessageSid" ? ($0.0, "SM\(index)") : $0 })
    }
    test.store.clock.advance(milliseconds: 2 * day)
    try test.form(Self.report("delivered"))
    test.store.clock.advance(milliseconds: 28 * day)
    #expect(try test.ingest.purgeParked() == 0)
    test.store.clock.advance(milliseconds: day)
    #expect(try test.ingest.purgeParked() == 600)
    try send(test)
    #expect(try fate(test).0 == .delivered)
    #expect(try test.ingest.purgeParked() == 0)
  }

  @Test func aLaterFailureWithoutCodeDoesNotEraseTheCode() throws {
    let test = try TestIngest()
    try send(test)
    try test.form(Self.report("failed", "30005"))
    try test.form(Self.report("failed"))
    let (status, error) = try fate(test)
    #expect(status == .failed)
    #expect(error?["code"] == "30005")
  }

  @Test func reactionsAreTheNewestSetInAnyOrder() throws {
    let reaction: (Int64, [String]) -> JSON = { date, emojis in
      [
        "chat": ["id": 42, "type": "private"], "message_id": 41,
        "user": ["id": 42, "is_bot": false, "first_name": "P"], "date": .integer(date),
        "old_reaction": [],
        "new_reaction": .array(emojis.map { ["type": "emoji", "emoji": .string($0)] }),
      ]
    }
    let reports = [(10, ["❤"]), (20, ["👍", "❤"]), (30, ["👍"])]
    for order in permutations([0, 1, 2]) {
      let test = try TestIngest()
      try test.update(1, "message", TestIngest.text("hi", from: 42, message: 41))
      for index in order {
        let (date, emojis) = reports[index]
        try test.update(Int64(10 + index), "message_reaction", reaction(Int64(date), emojis))
      }
      let message = try firstMessage(test)
      let reactions = try JSON.parse(try #require(message.reactions))
      #expect(reactions.array?.first?["emojis"] == ["👍"], "order \(order)")
    }
  }
}
