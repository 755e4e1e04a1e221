import Testing

@testable import Gateway

@Suite struct EnqueueRequestTests {
  static let now = Instant(millisecondsSinceEpoch: 1_790_000_000_000)

  private static func read(_ json: JSON) throws -> EnqueueRequest {
    try EnqueueRequest(try #require(json.object), now: now)
  }

  private static func id<Noun: Identified>(_ noun: Noun.Type) -> ID<Noun> { ID(high: 1, low: 2) }

  @Test func everyMemberIsRead() throws {
    let channel = Self.id(Channel.self)
    let request = try Self.read([
      "to": ["address": " +46 70 123 45 67 ", "transport": "sms"],
      "channel_id": .string(channel.description), "text": "Hi *you*",
      "entities": [["style": "bold", "offset": 3, "length": 5]],
      "attachments": [
        ["url": "https://example.com/a.png", "file_name": "a.png"],
        ["file_id": .string(Self.id(Attachment.self).description), "kind": "document"],
      ],
      "location": ["latitude": .number(59.3), "longitude": .number(18.1)],
      "contact": ["first_name": "Maya", "phone": "+46701234567"],
      "buttons": [["text": "Yes"], ["text": "Site", "url": "https://example.com"]],
      "reply_to": .string(Self.id(Message.self).description),
      "fallback": [.string(channel.description), "email"],
      "send_at": "2026-10-01T00:00:00Z", "expires_at": "2026-10-02T00:00:00Z",
      "priority": "high", "metadata": ["order": 5],
    ])
    #expect(request.target == .address("+46 70 123 45 67"))
    #expect(request.transport == .sms && request.channelID == channel)
    #expect(request.content.attachments.map { $0.kind } == [.image, .document])
    #expect(request.files == [.init(index: 1, id: Self.id(Attachment.self), namesKind: true)])
    #expect(request.content.buttons.count == 2 && request.content.entities.count == 1)
    #expect(request.replyTo == Self.id(Message.self))
    #expect(request.fallback.map(\.text) == [channel.description, "email"])
    #expect(request.sendAt == Instant(iso8601: "2026-10-01T00:00:00Z"))
    #expect(request.expiresAt == Instant(iso8601: "2026-10-02T00:00:00Z"))
    #expect(request.priority == .high && request.metadata == ["order": 5])
  }

  @Test func aTimeThatHasPassedIsNow() throws {
    let request = try Self.read([
      "to": ["chat_id": .string(Self.id(Chat.self).description)], "text": "x",
      "send_at": "2020-01-01T00:00:00Z",
    ])
    #expect(request.sendAt == nil)
    #expect(request.target == .chat(Self.id(Chat.self)))
  }

  private static let to: JSON = ["address": "+46701234567", "transport": "sms"]

  static let wrong: [(JSON, String)] = [
    (["text": "x"], "to"), (["to": "me", "text": "x"], "to"), (["to": [:], "text": "x"], "to"),
    (["to": ["address": "a", "chat_id": "b"], "text": "x"], "to"),
    (["to": ["chat_id": "cli_x"], "text": "x"], "to.chat_id"),
    (["to": ["address": "+46701234567"], "text": "x"], "to.transport"),
    (["to": ["address": "+46701234567", "transport": "smss"], "text": "x"], "to.transport"),
    (["to": ["address": "", "transport": "sms"], "text": "x"], "to.address"),
    (["to": ["adress": "x", "transport": "sms"], "text": "x"], "to.adress"),
    (["to": to], "text"), (["to": to, "text": ""], "text"), (["to": to, "text": 5], "text"),
    (["to": to, "text": "a\u{0}b"], "text"), (["to": to, "txt": "x"], "txt"),
    (["to": to, "text": "x", "channel_id": "5"], "channel_id"),
    (["to": to, "attachments": [["url": "file:///etc/passwd"]]], "attachments[0].url"),
    (["to": to, "attachments": [["file_id": "x"]]], "attachments[0].file_id"),
    (
      ["to": to, "attachments": [["url": "https://a.b/c", "file_id": "x"]]], "attachments[0]"
    ),
    (
      ["to": to, "attachments": [["url": "https://a.b/c", "stored": true]]],
      "attachments[0].stored"
    ),
    (
      ["to": to, "attachments": [["url": "https://a.b/c", "file_name": ""]]],
      "attachments[0].file_name"
    ),
    (["to": to, "attachments": "x"], "attachments"),
    (["to": to, "text": "x", "buttons": [[["txt": "a"]]]], "buttons[0][0].txt"),
    (["to": to, "location": ["latitude": 91, "longitude": 0]], "location"),
    (["to": to, "location": ["lat": 1, "longitude": 0]], "location.lat"),
    (
      ["to": to, "text": "x", "template_id": "tpl_00000000000000000000000002"], "template_id"
    ),
    (["to": to, "text": "x", "fallback": "sms"], "fallback"),
    (["to": to, "text": "x", "fallback": ["sms", "pigeon"]], "fallback[1]"),
    (
      ["to": to, "text": "x", "fallback": ["sms", "sms", "sms", "sms", "sms", "sms"]], "fallback"
    ),
    (["to": to, "text": "x", "send_at": "tomorrow"], "send_at"),
    (["to": to, "text": "x", "send_at": "2028-01-01T00:00:00Z"], "send_at"),
    (["to": to, "text": "x", "expires_at": "2026-01-01T00:00:00Z"], "expires_at"),
    (
      [
        "to": to, "text": "x", "send_at": "2026-12-02T00:00:00Z",
        "expires_at": "2026-12-01T00:00:00Z",
      ], "expires_at"
    ),
    (["to": to, "text": "x", "expires_at": "2027-09-01T00:00:00Z"], "expires_at"),
    (["to": to, "text": "x", "priority": "urgent"], "priority"),
    (["to": to, "text": "x", "metadata": "x"], "metadata"),
    (
      ["to": to, "text": "x", "metadata": ["a": .string(String(repeating: "x", count: 4096))]],
      "metadata"
    ),
    (["to": to, "provider_template": []], "provider_template"),
  ]

  @Test(arguments: wrong) func aWrongFieldIsNamed(_ body: JSON, _ field: String) throws {
    let error = #expect(throws: ContentError.self) { try Self.read(body) }
    #expect(error?.field == field)
  }

  @Test func anUnknownMemberIsToldTheNearestOne() throws {
    let error = #expect(throws: ContentError.self) {
      try Self.read(["to": Self.to, "text": "x", "sendat": "x"])
    }
    #expect(error?.message.contains("\"send_at\"") == true)
  }

  @Test func aBareAddressIsNormalisedAsInboundOnesAre() throws {
    let read: (String, TransportKind) throws -> [Address] = {
      try Address.addresses($0, on: $1, field: "f")
    }
    #expect(try read("+46 (70) 123-45 67", .sms).map(\.value) == ["+46701234567"])
    #expect(try read("12345", .sms).map(\.value) == ["12345"])
    #expect(try read("+46701234567", .whatsapp).map(\.type) == [.whatsapp, .phone])
    #expect(try read("SE.138", .whatsapp).map(\.value) == ["SE.138"])
    #expect(try read("007", .telegram).map(\.value) == ["7"])
    #expect(try read("Maya@Example.COM", .email).map(\.value) == ["maya@example.com"])
    for (text, line) in [
      ("0701234567", TransportKind.sms), ("maya", .whatsapp), ("@maya", .telegram),
      ("-5", .telegram), ("maya", .email), ("a@b@c", .email), ("@b", .email),
    ] {
      let error = #expect(throws: ContentError.self) { try read(text, line) }
      #expect(error?.field == "f", "\(text)")
    }
  }
}
