import Testing

@testable import Gateway

@Suite struct TwilioSendTests {
  private static let service = "MG77aa88bb99cc00dd11ee22ff33445566"

  private static func message(
    _ transport: TransportKind = .sms, _ type: ContactType = .phone,
    _ value: String = "+15035550142", sender: String? = "+12065550199"
  ) -> OutboundMessage {
    var message = OutboundMessage(
      id: "msg_01", transport: transport, recipient: .person(Address(type: type, value: value)),
      content: OutboundContent(text: "Hé"))
    message.sender = sender
    return message
  }

  private static func request(
    _ message: OutboundMessage, _ part: TwilioPart = TwilioPart(body: "Hé"),
    _ settings: JSONObject = ["auth_token": .string(TwilioTest.token)]
  ) throws -> HTTPRequest {
    let step = try TwilioTest.channel(settings).next(
      MessagePart(part.payload), of: message, after: [])
    guard case .request(let request) = step else { throw TwilioTest.NotFound() }
    #expect(request.name == "send" && request.sends && request.upload == nil)
    return request.http
  }

  private static func fields(_ request: HTTPRequest) throws -> [String] {
    try Form(request.body).fields.map {
      String(decoding: $0.name, as: UTF8.self) + "=" + String(decoding: $0.value, as: UTF8.self)
    }
  }

  private static func outcome(_ step: SendStep) -> SendOutcome? {
    if case .outcome(let outcome) = step { outcome } else { nil }
  }

  @Test func aTextIsAFormForTheAccount() throws {
    var message = Self.message()
    message.callbackURL = "https://gw.example.com/hooks/twilio/ch1"
    let request = try Self.request(message)
    #expect(request.method == "POST")
    #expect(
      request.target
        == "https://api.twilio.com/2010-04-01/Accounts/\(TwilioTest.account)/Messages.json")
    #expect(request.headers["content-type"] == "application/x-www-form-urlencoded")
    #expect(
      try Self.fields(request) == [
        "To=+15035550142", "From=+12065550199", "Body=Hé",
        "StatusCallback=https://gw.example.com/hooks/twilio/ch1?m=msg_01",
      ])
  }

  @Test func theKeyPairGoesBeforeTheAuthTokenAndNeverMixed() throws {
    let basic: (String) -> String = { "Basic " + Base64.encode(utf8($0)) }
    let tokens: JSONObject = ["auth_token": [.string(TwilioTest.token), "older"]]
    #expect(
      try Self.request(Self.message(), TwilioPart(body: "a"), tokens).headers["authorization"]
        == basic("\(TwilioTest.account):\(TwilioTest.token)"))
    let key = "SK" + String(repeating: "0", count: 32)
    var both = tokens
    both["api_key_sid"] = .string(key)
    both["api_key_secret"] = "secret"
    #expect(
      try Self.request(Self.message(), TwilioPart(body: "a"), both).headers["authorization"]
        == basic("\(key):secret"))
  }

  @Test func withoutAnythingToSendWithTheChannelIsBroken() throws {
    let step = try TwilioTest.channel(["shared_keys": "k:secret"]).next(
      MessagePart(TwilioPart(body: "a").payload), of: Self.message(), after: [])
    #expect(Self.outcome(step)?.verdict == .channelBroken)
  }

  @Test func addressesHaveThePrefixOfTheirLine() throws {
    for (message, to, from) in [
      (Self.message(.whatsapp, .whatsapp, "+5511"), "whatsapp:+5511", "whatsapp:+12065550199"),
      (
        Self.message(.whatsapp, .phone, "+551198765432", sender: "whatsapp:+1"),
        "whatsapp:+551198765432", "whatsapp:+1"
      ),
      (Self.message(.whatsapp, .whatsapp, "BR.13"), "whatsapp:BR.13", "whatsapp:+12065550199"),
      (Self.message(.messenger, .messenger, "701", sender: "99"), "messenger:701", "messenger:99"),
      (Self.message(.other, .other, "rcs:+15", sender: "rcs:acme"), "rcs:+15", "rcs:acme"),
      (Self.message(sender: "ACME"), "+15035550142", "ACME"),
    ] {
      let fields = try Self.fields(Self.request(message))
      #expect(fields.prefix(2) == ["To=\(to)", "From=\(from)"])
    }
  }

  @Test func aServiceSendsWithOrWithoutAnAddress() throws {
    let settings: JSONObject = [
      "auth_token": .string(TwilioTest.token), "messaging_service_sid": .string(Self.service),
    ]
    let both = try Self.fields(Self.request(Self.message(), TwilioPart(body: "a"), settings))
    #expect(both.contains("From=+12065550199"))
    #expect(both.contains("MessagingServiceSid=\(Self.service)"))
    // An address of another line is none: the service chooses one of this line.
    for sender in [nil, "whatsapp:+12065550199"] {
      let alone = try Self.fields(
        Self.request(Self.message(sender: sender), TwilioPart(body: "a"), settings))
      #expect(alone.contains("MessagingServiceSid=\(Self.service)"))
      #expect(!alone.contains { $0.hasPrefix("From=") })
    }
  }

  @Test func withoutASenderItSaysSo() throws {
    for sender in [nil, "", "whatsapp:+12065550199"] {
      let step = try TwilioTest.channel().next(
        MessagePart(TwilioPart(body: "a").payload), of: Self.message(sender: sender), after: [])
      let outcome = try #require(Self.outcome(step))
      #expect(outcome.verdict == .rejected)
      #expect(outcome.error?.errorClass == "sender_config")
      #expect(outcome.error?.title.contains("messaging_service_sid") == true)
    }
  }

  @Test func aLaterPartNamesItsPlaceInTheCallback() throws {
    var part = TwilioPart(body: "a")
    part.place = 2
    var message = Self.message()
    message.callbackURL = "https://gw.example.com/h?x=1"
    #expect(
      try Self.fields(Self.request(message, part)).last
        == "StatusCallback=https://gw.example.com/h?x=1&m=msg_01.2")
  }

  @Test func filesTemplatesAndPlacesHaveFieldsOfTheirOwn() throws {
    var message = Self.message()
    message.content.attachments = [
      OutboundAttachment(kind: .image, url: "https://e.org/a?x=1&y=ü"),
      OutboundAttachment(kind: .image, url: "https://e.org/b"),
    ]
    // A place that the message does not have any more is passed over.
    var part = TwilioPart(body: "a", media: [0, 1, 7])
    #expect(
      try Self.fields(Self.request(message, part)).suffix(2) == [
        "MediaUrl=https://e.org/a?x=1&y=ü", "MediaUrl=https://e.org/b",
      ])
    part = TwilioPart()
    part.contentSID = "HX1"
    part.contentVariables = #"{"1":"a"}"#
    part.action = "geo:1,2|x"
    #expect(
      try Self.fields(Self.request(message, part)).suffix(3) == [
        "ContentSid=HX1", #"ContentVariables={"1":"a"}"#, "PersistentAction=geo:1,2|x",
      ])
  }

  @Test func anotherBaseAddressIsTakenWithoutItsSlashes() throws {
    for base in ["http://127.0.0.1:9999", "http://127.0.0.1:9999/", "http://127.0.0.1:9999//"] {
      let settings: JSONObject = [
        "auth_token": .string(TwilioTest.token), "api_base_url": .string(base),
      ]
      let request = try Self.request(Self.message(), TwilioPart(body: "a"), settings)
      #expect(request.target.hasPrefix("http://127.0.0.1:9999/2010-04-01/"))
    }
    for base in ["https://a@b", "https://b?x", "https://b#x", "https://", "https:// b", "ftp://b"] {
      #expect(throws: SettingsError.self) {
        try TwilioTest.channel([
          "auth_token": .string(TwilioTest.token), "api_base_url": .string(base),
        ])
      }
    }
  }

  @Test func theRateIsTheSenders() throws {
    let channel = try TwilioTest.channel()
    for (sender, rate) in [
      ("+12065550199", 1.0), ("+14165550199", 1), ("+18005550199", 3), ("+18885550199", 3),
      ("+18665550199", 3), ("12345", 100), ("+46700100001", 10), ("ACME", 10), (nil, 10),
    ] as [(String?, Double)] {
      #expect(channel.rate(on: .sms, sender: sender).perSecond == rate, "\(sender ?? "")")
    }
    #expect(channel.rate(on: .whatsapp, sender: "+12065550199").perSecond == 20)
    #expect(channel.rate(on: .messenger, sender: "+12065550199").perSecond == 10)
    let someone = Recipient.person(Address(phone: "+15035550142"))
    #expect(channel.pauseMilliseconds(to: someone, on: .sms) == 0)
  }

  @Test func typingIsShownOnWhatsAppAsAnAnswer() throws {
    let channel = try TwilioTest.channel()
    let person = Recipient.person(Address(type: .whatsapp, value: "+5511987654321"))
    let request = try #require(channel.typing(to: person, on: .whatsapp, lastInboundID: "SM1"))
    #expect(request.target == "https://messaging.twilio.com/v3/Indicators/Typing.json")
    #expect(request.method == "POST" && request.headers["authorization"] != nil)
    #expect(try JSON.parse(request.body) == ["channel": "WHATSAPP", "messageId": "SM1"])
    #expect(channel.typing(to: person, on: .whatsapp, lastInboundID: nil) == nil)
    #expect(channel.typing(to: person, on: .sms, lastInboundID: "SM1") == nil)
    let other = try TwilioTest.channel([
      "auth_token": .string(TwilioTest.token), "api_base_url": "http://127.0.0.1:9/",
    ])
    #expect(
      other.typing(to: person, on: .whatsapp, lastInboundID: "SM1")?.target
        == "http://127.0.0.1:9/v3/Indicators/Typing.json")
  }
}
