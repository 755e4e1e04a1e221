import Testing

@testable import Gateway

/// History from before our time: stored, and nobody is told or asked to answer.
@Suite struct BackfillTests {
  private static let somebody = Address.whatsapp("DE.1")

  private static func backfill(_ id: String, _ direction: Direction = .inbound) -> InboundMessage {
    var message =
      direction == .inbound
      ? InboundMessage.text(id, from: [somebody], name: "Ada")
      : InboundMessage.echo(id, to: [somebody], "hello", mayBeOurs: false)
    message.isBackfill = true
    return message
  }

  private static func file() -> AttachmentReference {
    AttachmentReference(kind: .image, source: "media-id")
  }

  @Test func historyIsStoredSilently() throws {
    let test = try ScriptedIngest()
    let channel = try test.channel("number")
    let now = test.store.clock.now()
    let days: (Int64) -> Instant = { now.adding(milliseconds: -$0 * 86_400_000) }
    try test.tell(
      [
        Item(
          key: "message:h1", occurredAt: days(30), fact: .message(Self.backfill("h1"))),
        Item(
          key: "message:h2", occurredAt: days(29), fact: .message(Self.backfill("h2", .outbound))),
      ], on: channel)
    let chat = try #require(try test.chats().first)
    #expect(chat.unreadCount == 0)
    #expect(chat.messageCount == 2)
    #expect(chat.lastMessageAt == days(29))
    #expect(chat.title == "Ada")
    let types = try test.events().map(\.type)
    #expect(!types.contains("message.received") && !types.contains("message.sent"))
    #expect(types.contains("client.created") && types.contains("chat.created"))

    // A live one, then more history: what is newer counts for windows and lists.
    try test.tell(
      "message:l1", .message(.text("l1", from: [Self.somebody])), on: channel, at: now)
    try test.tell("message:h3", .message(Self.backfill("h3")), on: channel, at: days(2))
    let after = try #require(try test.chats().first)
    #expect(after.unreadCount == 1)
    #expect(after.lastMessageAt == now)
    let addressee = try test.store.database.read { [tenant = test.tenant] in
      try $0.addressee(chat: chat.id, tenant: tenant.id)
    }
    #expect(addressee?.lastInboundAt == now)
    let last = try test.store.database.read {
      try $0.lastInbound(of: #require(addressee), channel: channel.id, transport: nil)
    }
    #expect(last?.at == now)
    #expect(last?.providerMessageID == "l1")
    // By the order in which they were stored, and events without gaps.
    #expect(try test.messages(of: chat.id).map(\.providerMessageID) == ["h1", "h2", "l1", "h3"])
    #expect(try test.events("message.received").count == 1)
    let sequences = try test.events().filter { $0.chatSequence != nil }.compactMap(\.chatSequence)
    #expect(sequences == Array(1...Int64(sequences.count)))
  }

  @Test func historyAndLiveAreOneMessage() throws {
    let test = try ScriptedIngest()
    let channel = try test.channel("number")
    try test.tell("message:m1", .message(.text("m1", from: [Self.somebody])), on: channel)
    #expect(
      try test.tell("message:m1", .message(Self.backfill("m1")), on: channel)
        == .stored(.duplicate))
    try test.tell("message:m2", .message(Self.backfill("m2")), on: channel)
    #expect(
      try test.tell("message:m2", .message(.text("m2", from: [Self.somebody])), on: channel)
        == .stored(.duplicate))
    #expect(try test.chats().first?.messageCount == 2)
  }

  @Test func filesTheProviderKeepsNoMoreAreNotFetched() throws {
    let test = try ScriptedIngest()
    let channel = try test.channel("bot", provider: "telegram")
    let now = test.store.clock.now()
    for (id, age) in [("old", Int64(8)), ("new", 6)] {
      var message = Self.backfill(id)
      message.content.attachments = [Self.file()]
      try test.tell(
        "message:\(id)", .message(message), on: channel,
        at: now.adding(milliseconds: -age * 86_400_000))
    }
    let chat = try #require(try test.chats().first)
    let states = try test.messages(of: chat.id).flatMap(\.attachments).map(\.state)
    #expect(states == ["unavailable", "pending"])
    #expect(try test.store.database.read { try $0.mediaJobCount() } == 1)
  }
}
