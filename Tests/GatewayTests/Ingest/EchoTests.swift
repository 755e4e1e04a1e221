import Testing

@testable import Gateway

/// Echoes of what we sent: never two messages for one send, never one send counted as two.
@Suite struct EchoTests {
  private static let somebody = Address.messenger("7001")

  private final class Rig {
    let test: ScriptedIngest
    let channel: Channel
    let chat: ID<Chat>
    private var count = 0

    init() throws {
      test = try ScriptedIngest()
      channel = try test.channel("page", provider: "messenger", accounts: ["200"])
      try test.tell(
        "message:hello", .message(.text("hello", from: [EchoTests.somebody])), on: channel)
      chat = try #require(try test.chats().first).id
    }

    func send(
      _ text: String?, parts: [MessagePart] = [], attachmentCount: Int = 0
    ) throws -> ID<Message> {
      let id = try test.enqueue(
        text, to: somebody, on: channel, parts: parts, attachmentCount: attachmentCount)
      try test.lease(id)
      return id
    }

    @discardableResult
    func echo(
      _ id: String, _ text: String?, files: Int = 0, ourID: String? = nil
    ) throws -> WebhookOutcome {
      var echo = InboundMessage.echo(id, to: [somebody], text)
      echo.ourID = ourID
      echo.content.attachments = (0..<files).map {
        AttachmentReference(kind: .image, source: "https://b.example/\($0)")
      }
      return try test.tell("message:\(id)", .message(echo), on: channel)
    }

    /// What of ours stands in the chat.
    func outbound() throws -> [Message] {
      try test.messages(of: chat).filter { $0.direction == .outbound && $0.deletedAt == nil }
    }
  }

  /// 0 our answer, 1 the echo, 2 a status report.
  @Test(arguments: [("Hi", "Hi "), ("Hi", "not the same")])
  func everyOrderOfAnswerEchoAndReportIsOneMessage(_ text: String, _ echoed: String) throws {
    for order in permutations([0, 1, 2]) {
      for repeats in [false, true] {
        let rig = try Rig()
        let id = try rig.send(text)
        for step in order + (repeats ? [1, 2] : []) {
          switch step {
          case 0: try rig.test.accept(id, "mid.1", on: rig.channel)
          case 1: try rig.echo("mid.1", echoed)
          default:
            try rig.test.tell(
              "status:mid.1:delivered",
              .status(StatusReport(messageID: "mid.1", status: .delivered)), on: rig.channel)
          }
        }
        let outbound = try rig.outbound()
        #expect(outbound.map(\.id) == [id], "\(order) \(repeats)")
        #expect(outbound.map(\.status) == [.delivered], "\(order) \(repeats)")
        #expect(outbound.first?.providerMessageID == "mid.1")
        #expect(try rig.test.delivery(id).state == .accepted)
        let deleted = try rig.test.told("message.deleted")
        let isTaken =
          text != Echo.said(echoed)
          && (order.firstIndex(of: 1) ?? 0) < (order.firstIndex(of: 0) ?? 0)
        #expect(deleted.count == (isTaken ? 1 : 0))
        if isTaken { #expect(deleted.first?["reason"]?.string == "echo of \(id)") }
        let sent = try rig.test.told("message.sent").compactMap {
          $0["message_id"]?.string ?? $0["id"]?.string
        }
        #expect(sent.filter { $0 == id.description }.count <= 1)
      }
    }
  }

  @Test func anEchoSettlesADoubt() throws {
    let rig = try Rig()
    let id = try rig.send("Hi")
    try rig.test.doubt(id, on: rig.channel)
    #expect(try rig.test.message(id).status == .unknown)
    try rig.echo("mid.1", " Hi")
    #expect(try rig.test.message(id).status == .sent)
    #expect(try rig.test.delivery(id).state == .accepted)
    #expect(try rig.test.message(id).providerMessageID == "mid.1")
    #expect(try rig.echo("mid.1", " Hi") == .stored(.duplicate))
    #expect(try rig.outbound().count == 1)
    // The same words by hand are a message of their own.
    try rig.echo("mid.2", "Hi")
    #expect(try rig.outbound().count == 2)
  }

  @Test func aDoubtOfADayAgoIsNotSettledByTheSameWords() throws {
    let rig = try Rig()
    let id = try rig.send("Hi")
    try rig.test.doubt(id, on: rig.channel)
    rig.test.store.clock.advance(milliseconds: 86_400_001)
    try rig.echo("mid.1", "Hi")
    #expect(try rig.test.message(id).status == .unknown)
    #expect(try rig.outbound().count == 2)
  }

  @Test func anEchoThatCameBeforeTheDoubtSettlesIt() throws {
    let rig = try Rig()
    let id = try rig.send("Hi")
    try rig.echo("mid.1", "Hi")
    let proven = try rig.test.store.database.read { try $0.due(id.delivery)?.providerMessageID }
    #expect(proven == "mid.1")
    try rig.test.doubt(id, on: rig.channel)
    try rig.echo("mid.1", "Hi")
    #expect(try rig.test.message(id).status == .sent)
    #expect(try rig.test.delivery(id).state == .accepted)
  }

  @Test func aFileIsKnownByHowManyThereAre() throws {
    let rig = try Rig()
    let id = try rig.send(nil, attachmentCount: 2)
    try rig.echo("mid.0", nil, files: 1)
    #expect(try rig.outbound().count == 2)
    try rig.echo("mid.1", nil, files: 2)
    #expect(try rig.outbound().count == 2)
    #expect(try rig.test.message(id).providerMessageID == "mid.1")
  }

  /// What a provider adds, such as links as lines, is in the part and not in the message.
  @Test func theWordsOfASinglePartAreWhatIsCompared() throws {
    let rig = try Rig()
    let id = try rig.test.enqueue("Hi", to: Self.somebody, on: rig.channel)
    let said = MessagePart(["message": ["text": "Hi\nShop: https://shop.example/"], "as": "image"])
    try rig.test.store.database.write { transaction in
      let delivery = try #require(try transaction.connection.delivery(id.delivery))
      _ = try transaction.recut(delivery, into: [said], keepsOne: true)
    }
    try rig.test.lease(id)
    // A word of the part that nobody reads.
    try rig.echo("mid.0", "image")
    #expect(try rig.outbound().count == 2)
    try rig.echo("mid.1", "Hi\nShop: https://shop.example/")
    #expect(try rig.outbound().count == 2)
    try rig.test.doubt(id, on: rig.channel)
    try rig.echo("mid.1", "Hi\nShop: https://shop.example/")
    #expect(try rig.test.message(id).providerMessageID == "mid.1")
    #expect(try rig.test.message(id).status == .sent)
  }

  @Test func ourOwnIDIsSurerThanAnyWords() throws {
    let rig = try Rig()
    let first = try rig.send("Hi")
    try rig.test.doubt(first, on: rig.channel)
    let second = try rig.send("Hi")
    // By its words it would be of what is under way.
    try rig.echo("mid.1", "anything", ourID: first.description)
    #expect(try rig.test.message(first).providerMessageID == "mid.1")
    #expect(try rig.test.delivery(first).state == .accepted)
    #expect(try rig.test.delivery(second).state == .sending)
    #expect(try rig.test.message(second).providerMessageID.isEmpty)
    try rig.echo("mid.1", "anything", ourID: first.description)
    #expect(try rig.outbound().map(\.id) == [first, second])
  }

  @Test func ourOwnIDNamesThePart() throws {
    let rig = try Rig()
    let parts = [MessagePart(["text": "one"]), MessagePart(["text": "one"])]
    let id = try rig.send("one one", parts: parts)
    try rig.test.accept(id, "mid.1", on: rig.channel)
    try rig.test.lease(id)
    try rig.test.doubt(id, on: rig.channel)
    try rig.echo("mid.2", "one", ourID: "\(id).1")
    #expect(try rig.test.delivery(id).state == .accepted)
    #expect(try rig.outbound().map(\.id) == [id])
  }

  @Test func ourOwnIDOfAnotherChannelProvesNothing() throws {
    let rig = try Rig()
    let id = try rig.send("Hi")
    let other = try rig.test.channel("other page", provider: "messenger", accounts: ["300"])
    var echo = InboundMessage.echo("mid.1", to: [Self.somebody], "Hi")
    echo.ourID = id.description
    try rig.test.tell("message:mid.1", .message(echo), on: other)
    #expect(try rig.test.delivery(id).state == .sending)
    #expect(try rig.test.message(id).providerMessageID.isEmpty)
  }

  @Test func thePartsOfAMessageAreEchoedOneByOne() throws {
    let rig = try Rig()
    let parts = [
      MessagePart(["message": ["text": "one"]]), MessagePart(["attachment": 0]),
      MessagePart(["message": ["text": "two"]]),
    ]
    let id = try rig.send("one two", parts: parts, attachmentCount: 1)
    // The first is taken; the echo of the second comes before its answer, the third's is lost.
    try rig.test.accept(id, "mid.1", on: rig.channel)
    try rig.echo("mid.1", "one")
    try rig.test.lease(id)
    try rig.echo("mid.2", nil, files: 1)
    try rig.test.accept(id, "mid.2", on: rig.channel)
    try rig.test.lease(id)
    try rig.test.doubt(id, on: rig.channel)
    try rig.echo("mid.3", "two")
    #expect(try rig.outbound().map(\.id) == [id])
    #expect(try rig.test.message(id).status == .sent)
    #expect(try rig.test.delivery(id).partNext == 3)
    let stored = try rig.test.store.database.read { try $0.parts(of: id.delivery) }
    #expect(stored.map(\.providerMessageID) == ["mid.1", "mid.2", "mid.3"])
  }

  @Test func anEchoToAnotherOrFromAnotherChannelProvesNothing() throws {
    let rig = try Rig()
    let id = try rig.send("Hi")
    try rig.test.tell(
      "message:mid.9",
      .message(.echo("mid.9", to: [.messenger("7002")], "Hi")), on: rig.channel)
    let other = try rig.test.channel("other page", provider: "messenger", accounts: ["300"])
    try rig.test.tell(
      "message:mid.8", .message(.echo("mid.8", to: [Self.somebody], "Hi")), on: other)
    // One that cannot be ours is none of ours.
    try rig.test.tell(
      "message:mid.7",
      .message(.echo("mid.7", to: [Self.somebody], "Hi", mayBeOurs: false)), on: rig.channel)
    #expect(try rig.test.message(id).providerMessageID.isEmpty)
    #expect(try rig.test.delivery(id).state == .sending)
  }

  @Test func whatWasSaidOfTheEchoIsSaidOfOurs() throws {
    let rig = try Rig()
    let id = try rig.send("*Hi*")
    try rig.echo("mid.1", "Hi")
    try rig.test.tell(
      "status:mid.1:read", .status(StatusReport(messageID: "mid.1", status: .read)),
      on: rig.channel)
    try rig.test.tell(
      "reaction:mid.1",
      .reaction(
        ReactionReport(
          messageID: "mid.1", person: Person(addresses: [Self.somebody]), emojis: ["👍"])),
      on: rig.channel)
    try rig.test.accept(id, "mid.1", on: rig.channel)
    let message = try rig.test.message(id)
    #expect(message.status == .read)
    #expect(message.reactions != nil)
    #expect(try rig.outbound().count == 1)
  }
}
