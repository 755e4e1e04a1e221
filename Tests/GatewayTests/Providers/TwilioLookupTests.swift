import Testing

@testable import Gateway

@Suite struct TwilioLookupTests {
  private static let base =
    "https://api.twilio.com/2010-04-01/Accounts/\(TwilioTest.account)/Messages"
  /// 14:24:01.400.
  private static let since = Instant(rfc5322: "Mon, 05 Oct 2026 14:24:01 +0000")?
    .adding(milliseconds: 400)

  private static let message: OutboundMessage = {
    var message = OutboundMessage(
      id: "msg_1", transport: .sms, recipient: .person(Address(phone: "+15035550142")),
      content: OutboundContent(text: "It’s “here” – now"))
    message.sender = "+12065550199"
    return message
  }()

  private static func part(_ message: OutboundMessage = message) throws -> MessagePart {
    let parts = TwilioParts(message: message).contentParts
    return try #require(parts.first).queued(on: message.transport)
  }

  /// An entry of the list: ours unless told otherwise.
  private static func entry(_ changes: JSONObject = [:]) -> JSON {
    var entry: JSONObject = [
      "sid": "SM1", "to": "+15035550142", "from": "+12065550199", "body": "It’s “here” – now",
      "direction": "outbound-api", "num_media": "0",
      "date_created": "Mon, 05 Oct 2026 14:24:01 +0000", "date_sent": nil, "status": "queued",
    ]
    for change in changes { entry[change.key] = change.value }
    return .object(entry)
  }

  private static func evidence(
    _ entries: [JSON], next: JSON = nil, message: OutboundMessage = message
  ) throws -> SendEvidence {
    let list: JSON = ["messages": .array(entries), "next_page_uri": next]
    return try TwilioTest.channel().evidence(
      in: HTTPResponse(status: 200, body: list.serialized()), for: part(message), of: message,
      since: #require(since))
  }

  @Test func aMessageIsAskedForByItsIdentifier() throws {
    let channel = try TwilioTest.channel()
    let request = channel.lookup("SM1")
    #expect(request.method == "GET" && request.target == "\(Self.base)/SM1.json")
    #expect(request.headers["authorization"] != nil)
    #expect(channel.lookup("../x?y#z").target == "\(Self.base)/xyz.json")
  }

  @Test func itsStateIsReadWithTheErrorOfAFailure() throws {
    let status: (String) throws -> StatusReport? = {
      try TwilioTest.channel().status(in: HTTPResponse(status: 200, body: utf8($0)))
    }
    #expect(
      try status(#"{"sid":"SM1","status":"delivered","error_code":null}"#)
        == StatusReport(messageID: "SM1", status: .delivered))
    let failed = try status(
      #"{"sid":"SM1","status":"undelivered","error_code":30005,"error_message":"Unknown"}"#)
    #expect(failed?.status == .undeliverable)
    #expect(failed?.error?.code == "30005" && failed?.error?.detail == "Unknown")
    #expect(try status(#"{"sid":"SM1","status":"sent","error_code":30026}"#)?.error == nil)
    for body in ["", "{}", "<html>", #"{"sid":"SM1"}"#, #"{"sid":"SM1","status":"teleported"}"#] {
      #expect(try status(body) == nil, "\(body)")
    }
    let body = utf8(#"{"sid":"SM1","status":"sent"}"#)
    #expect(try TwilioTest.channel().status(in: HTTPResponse(status: 404, body: body)) == nil)
  }

  @Test func aSearchIsForThePerson() throws {
    let request = try TwilioTest.channel().search(
      for: Self.part(), of: Self.message, since: #require(Self.since))
    #expect(request?.target == "\(Self.base).json?To=%2B15035550142&PageSize=100")
  }

  @Test func theOneMessageThatMatchesIsIt() throws {
    #expect(try Self.evidence([Self.entry()]) == .sent(id: "SM1"))
    // A service has not chosen the sender yet.
    #expect(try Self.evidence([Self.entry(["from": nil])]) == .sent(id: "SM1"))
    #expect(try Self.evidence([Self.entry()], next: "/more") == .sent(id: "SM1"))
    // Smart encoding has replaced what needs sixteen bits.
    #expect(
      try Self.evidence([Self.entry(["body": "It's \"here\" - now"])]) == .sent(id: "SM1"))
    #expect(
      try Self.evidence([Self.entry(["sid": "SM2", "body": "It's here now"]), Self.entry()])
        == .sent(id: "SM1"))
  }

  @Test func nothingThatMatchesProvesThatItNeverArrived() throws {
    #expect(try Self.evidence([]) == .neverSent)
    #expect(
      try Self.evidence([
        Self.entry(["to": "+15035550143"]), Self.entry(["from": "+12065550111"]),
        Self.entry(["body": "Something else"]), Self.entry(["direction": "inbound"]),
        Self.entry(["direction": "outbound-reply"]), Self.entry(["num_media": "1"]),
        Self.entry(["date_created": "Mon, 05 Oct 2026 14:22:00 +0000"]),
      ]) == .neverSent)
  }

  @Test func anEarlierMessageWithTheSameWordsDoesNotCount() throws {
    let earlier = Self.entry(["sid": "SM0", "date_created": "Mon, 05 Oct 2026 14:23:40 +0000"])
    #expect(try Self.evidence([Self.entry(), earlier]) == .sent(id: "SM1"))
    // Alone it may be ours by a clock that is slow.
    #expect(try Self.evidence([earlier]) == SendEvidence.none)
  }

  @Test func whatCanBeReadInTwoWaysProvesNothing() throws {
    #expect(try Self.evidence([Self.entry(), Self.entry(["sid": "SM2"])]) == SendEvidence.none)
    #expect(try Self.evidence([], next: "/more") == SendEvidence.none)
    for date: JSON in [nil, "yesterday", 5] {
      #expect(try Self.evidence([Self.entry(["date_created": date])]) == SendEvidence.none)
    }
    #expect(try Self.evidence([Self.entry(["sid": nil])]) == SendEvidence.none)
    let part = try Self.part()
    let since = try #require(Self.since)
    for (status, body) in [
      (200, ""), (200, "<html>"), (200, "{}"), (200, #"{"messages":{}}"#),
      (500, #"{"messages":[],"next_page_uri":null}"#),
    ] {
      let answer = HTTPResponse(status: status, body: utf8(body))
      #expect(
        try TwilioTest.channel().evidence(in: answer, for: part, of: Self.message, since: since)
          == SendEvidence.none)
    }
  }

  @Test func aFullPageThatNamesNoNextOneMayNotBeAll() throws {
    let strangers = Array(repeating: Self.entry(["body": "Something else"]), count: 100)
    for (count, expected) in [(99, SendEvidence.neverSent), (100, SendEvidence.none)] {
      let list: JSON = ["messages": .array(Array(strangers.prefix(count)))]
      let found = try TwilioTest.channel().evidence(
        in: HTTPResponse(status: 200, body: list.serialized()), for: Self.part(),
        of: Self.message, since: #require(Self.since))
      #expect(found == expected)
    }
  }

  @Test func whatCannotBeToldApartIsNotLookedFor() throws {
    let since = try #require(Self.since)
    var twins = Self.message
    let line = String(repeating: "a", count: 1600)
    twins.content.text = "\(line)\n\(line)"
    #expect(try TwilioTest.channel().search(for: Self.part(twins), of: twins, since: since) == nil)
    #expect(try Self.evidence([Self.entry()], message: twins) == SendEvidence.none)
    var template = TwilioPart()
    template.contentSID = "HX"
    #expect(
      try TwilioTest.channel().search(
        for: MessagePart(template.payload), of: Self.message, since: since) == nil)
  }

  @Test func aPictureIsFoundByItsCount() throws {
    var picture = Self.message
    picture.content.text = nil
    picture.content.attachments = [OutboundAttachment(kind: .image, url: "https://e.org/a")]
    let entry = Self.entry(["body": "", "num_media": "1"])
    #expect(try Self.evidence([entry], message: picture) == .sent(id: "SM1"))
    #expect(try Self.evidence([Self.entry(["body": ""])], message: picture) == .neverSent)
  }
}
