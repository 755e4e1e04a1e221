import Testing

@testable import Gateway

@Suite struct TwilioStatusTests {
  private static func items(
    _ status: String, code: String? = nil, to: String = "+15035550142", query: String = ""
  ) throws -> [Item] {
    var fields = [("MessageSid", "SM1"), ("MessageStatus", status), ("To", to)]
    if let code { fields.append(("ErrorCode", code)) }
    return try TwilioTest.channel().read(
      TwilioTest.signed(Form.encode(fields), target: TwilioTest.path + query))
  }

  private static func report(_ items: [Item]) -> StatusReport? {
    if case .status(let report)? = items.first?.fact { report } else { nil }
  }

  @Test(arguments: [
    ("accepted", MessageStatus.queued), ("scheduled", .queued), ("queued", .queued),
    ("sending", .sending), ("sent", .sent), ("delivered", .delivered),
    ("partially_delivered", .delivered), ("read", .read), ("undelivered", .undeliverable),
    ("failed", .failed), ("canceled", .canceled), ("DELIVERED", .delivered),
  ])
  func everyWordOfTwilioIsOneOfOurs(word: String, status: MessageStatus) throws {
    #expect(try Self.report(Self.items(word))?.status == status)
  }

  @Test func wordsOfInboundMessagesAreIgnoredAndNewWordsAreUnrecognised() throws {
    for word in ["receiving", "received"] {
      #expect(try Self.items(word).map(\.fact) == [.ignored(kind: "message.\(word)")])
    }
    #expect(try Self.items("teleported").map(\.fact) == [.unrecognised(kind: "message.teleported")])
  }

  @Test func anOldStatusCallbackWithoutMessageStatusIsAStatus() throws {
    let items = try TwilioTest.read(["SmsSid": "SM1", "SmsStatus": "sent", "To": "+15035550142"])
    #expect(items.map(\.key) == ["status:SM1:sent"])
    #expect(Self.report(items)?.status == .sent)
  }

  @Test func ourOwnIDIsReadFromTheCallbacksAddress() throws {
    let items = try Self.items("sent", query: "?x=1&m=msg_01")
    #expect(Self.report(items)?.ourID == "msg_01")
    // A report with our id is told apart from the same one without: it settles more.
    #expect(try items.map(\.key) != Self.items("sent").map(\.key))
    #expect(try Self.report(Self.items("sent", query: "?m="))?.ourID == nil)
  }

  @Test func reportsThatDifferHaveDifferentKeys() throws {
    let keys = try [
      Self.items("failed"), Self.items("failed", code: "30005"),
      Self.items("failed", code: "30008"), Self.items("undelivered", code: "30005"),
      Self.items("sent"), Self.items("delivered"), Self.items("partially_delivered"),
    ].flatMap { $0.map(\.key) }
    #expect(Set(keys).count == keys.count)
  }

  @Test func anErrorBelongsToAFailureOnly() throws {
    #expect(try Self.report(Self.items("sent", code: "30026"))?.error == nil)
    #expect(try Self.report(Self.items("failed", code: "0"))?.error == nil)
    #expect(try Self.report(Self.items("failed", code: "30005"))?.error?.code == "30005")
  }

  @Test(arguments: [("21610", "provider"), ("63014", "blocked"), ("63033", "blocked")])
  func aRecipientWhoStoppedUsIsOptedOut(code: String, source: String) throws {
    for to in ["+15035550142", "whatsapp:+5511987654321"] {
      let items = try Self.items("failed", code: code, to: to)
      #expect(items.count == 2)
      guard case .preference(let report)? = items.last?.fact else {
        Issue.record("no preference for \(code)")
        continue
      }
      #expect(report.choice == .optedOut)
      #expect(report.source == source)
      #expect(report.transport == (to.hasPrefix("whatsapp") ? .whatsapp : .sms))
      #expect(report.person == TwilioParty(to).person())
    }
    #expect(try Self.items("sent", code: code).count == 1)
  }

  @Test(arguments: [
    ("20429", "retry"), ("30001", "retry"), ("30008", "retry"), ("63018", "retry"),
    ("21611", "retry_later"), ("30022", "retry_later"), ("63038", "retry_later"),
    ("21617", "permanent"), ("30007", "permanent"), ("63016", "window"),
    ("21910", "permanent"), ("21610", "opted_out"), ("63014", "opted_out"),
    ("63033", "opted_out"), ("21211", "unreachable"), ("30003", "unreachable"),
    ("30005", "unreachable"), ("63024", "unreachable"), ("21408", "sender_config"),
    ("30034", "sender_config"), ("21704", "sender_config"), ("20003", "credentials"),
    ("30002", "credentials"), ("63007", "credentials"), ("11200", "webhook"),
    ("12300", "webhook"), ("39999", "permanent"),
  ])
  func everyErrorHasAClassToActBy(code: String, errorClass: String) {
    #expect(TwilioErrors.error(code)?.errorClass == errorClass)
  }

  @Test func noCodeIsInTwoClassesAndEachHasATitle() {
    let codes = TwilioErrors.classes.flatMap { $0.codes.map(\.key) }
    #expect(Set(codes).count == codes.count)
    #expect(codes.count > 100)
    for (_, codes) in TwilioErrors.classes {
      for (code, title) in codes { #expect(code.count == 5 && !title.isEmpty) }
    }
  }

  @Test func anEventThatCannotBeReadDoesNotTakeTheOthersWithIt() throws {
    let good =
      #"{"type":"com.twilio.messaging.message.sent","data":{"messageSid":"SM1","timestamp":"x"}}"#
    for poison in ["null", "1", "[]", "{}", #"{"type":1}"#, #"{"type":"a","data":[]}"#, "\"x\""] {
      let request = HTTPRequest(
        method: "POST", target: "/", headers: ["Content-Type": "application/json"],
        body: Array("[\(poison),\(good)]".utf8))
      let items = try TwilioTest.channel().read(request)
      #expect(items.map(\.fact.type) == ["unrecognised", "status"], "\(poison)")
      #expect(items.last?.key == "status:SM1:sent")
    }
  }

  @Test(arguments: [
    "", "{", "[}", "\u{FF}", #"[{"a":1,"a":2}]"#, #"["\ud800"]"#,
    String(repeating: "[", count: 10_000),
  ])
  func brokenJSONIsUnreadable(_ body: String) throws {
    let request = HTTPRequest(
      method: "POST", target: "/", headers: ["Content-Type": "application/json"],
      body: Array(body.utf8))
    let channel = try TwilioTest.channel()
    #expect(throws: Unreadable.self) { try channel.read(request) }
  }

  @Test func anInboundMessageOfAnEventStreamIsLeftToTheWebhookThatHasAllOfIt() throws {
    let request = HTTPRequest(
      method: "POST", target: "/", headers: ["Content-Type": "application/json"],
      body: Array(
        #"[{"type":"com.twilio.messaging.inbound-message.received","id":"EZ1","data":{}}]"#.utf8))
    #expect(
      try TwilioTest.channel().read(request).map(\.fact) == [
        .ignored(kind: "com.twilio.messaging.inbound-message.received")
      ])
  }
}
