import Testing

@testable import Gateway

/// Marks that name no message: all that was sent up to a time got so far.
@Suite struct ProgressTests {
  private static let somebody = Address.messenger("7001")

  private final class Rig {
    let test: ScriptedIngest
    let channel: Channel
    private var count = 0

    init() throws {
      test = try ScriptedIngest()
      channel = try test.channel("page", provider: "messenger", accounts: ["200"])
      try test.tell(
        "message:hello", .message(.text("hello", from: [ProgressTests.somebody])), on: channel)
    }

    func mark(
      _ status: MessageStatus, upTo instant: Instant, of address: Address = somebody
    ) throws {
      count += 1
      let report = ProgressReport(
        person: Person(addresses: [address]), transport: .messenger, status: status,
        upTo: instant)
      let outcome = try test.tell(
        "mark:\(count)", .progress(report), on: channel, at: test.store.clock.now())
      #expect(outcome == .stored(.processed))
    }

    func send(_ text: String = "hi", parts: [MessagePart] = []) throws -> ID<Message> {
      let id = try test.enqueue(text, to: somebody, on: channel, parts: parts)
      try test.lease(id)
      return id
    }

    func status(_ id: ID<Message>) throws -> MessageStatus { try test.message(id).status }
  }

  @Test func everyOrderOfAnswerAndMarksEndsRead() throws {
    for order in permutations(Array(0..<3)) {
      for repeats in [false, true] {
        let rig = try Rig()
        let id = try rig.send()
        // The provider took it after we began and before we wrote its answer down.
        let mark = rig.test.store.clock.now().adding(milliseconds: 5)
        for step in order + (repeats ? order.filter { $0 > 0 } : []) {
          switch step {
          case 0: try rig.test.accept(id, "mid.1", on: rig.channel)
          case 1: try rig.mark(.delivered, upTo: mark)
          default: try rig.mark(.read, upTo: mark)
          }
        }
        let message = try rig.test.message(id)
        #expect(message.status == .read, "\(order)")
        #expect(message.sentAt != nil && message.readAt != nil)
        #expect(try rig.test.events("message.read").count == 1)
        #expect(try rig.test.events("message.sent").count <= 1)
        #expect(try rig.test.events("message.delivered").count <= 1)
        #expect(try rig.test.delivery(id).state == .accepted)
      }
    }
  }

  @Test func aMarkCoversWhatWasSentUpToItAndNothingElse() throws {
    let rig = try Rig()
    let other = Address.messenger("7002")
    try rig.test.tell("message:h2", .message(.text("h2", from: [other])), on: rig.channel)
    var ids: [ID<Message>] = []
    for index in 0..<3 {
      let id = try rig.send()
      try rig.test.accept(id, "mid.\(index)", on: rig.channel)
      ids.append(id)
    }
    let foreign = try rig.test.enqueue("hi", to: other, on: rig.channel)
    try rig.test.lease(foreign)
    try rig.test.accept(foreign, "mid.x", on: rig.channel)
    let waiting = try rig.test.enqueue("later", to: Self.somebody, on: rig.channel)
    let second = try #require(try rig.test.message(ids[1]).sentAt)

    try rig.mark(.read, upTo: second)
    #expect(try ids.map(rig.status) == [.read, .read, .sent])
    // What reaches less far, or repeats, changes nothing.
    let before = try rig.test.events().count
    try rig.mark(.read, upTo: second.adding(milliseconds: -15))
    try rig.mark(.read, upTo: second)
    try rig.mark(.delivered, upTo: second)
    #expect(try rig.test.events().count == before)

    let now = rig.test.store.clock.now()
    try rig.mark(.delivered, upTo: now)
    #expect(try ids.map(rig.status) == [.read, .read, .delivered])
    #expect(try rig.status(foreign) == .sent)
    #expect(try rig.status(waiting) == .queued)
    // Sent after the mark.
    try rig.test.lease(waiting)
    try rig.test.accept(waiting, "mid.w", on: rig.channel)
    #expect(try rig.status(waiting) == .sent)
  }

  @Test func aMarkOfSomebodyUnknownMakesNobody() throws {
    let rig = try Rig()
    try rig.mark(.read, upTo: rig.test.store.clock.now(), of: .messenger("7999"))
    #expect(try rig.test.known(.messenger("7999")) == nil)
    #expect(try rig.test.chats().count == 1)
  }

  @Test func aMarkCoversAllPartsAndNoFailure() throws {
    let rig = try Rig()
    let parts = [MessagePart(["text": "one"]), MessagePart(["text": "two"])]
    let id = try rig.send("onetwo", parts: parts)
    try rig.test.accept(id, "mid.a", on: rig.channel)
    try rig.test.lease(id)
    let mark = rig.test.store.clock.now()
    try rig.test.accept(id, "mid.b", on: rig.channel)
    let failed = try rig.send()
    try rig.test.accept(failed, "mid.f", on: rig.channel)
    try rig.test.tell(
      "status:mid.f", .status(StatusReport(messageID: "mid.f", status: .failed)), on: rig.channel)
    try rig.mark(.read, upTo: mark.adding(milliseconds: 60_000))
    #expect(try rig.status(id) == .read)
    #expect(try rig.status(failed) == .failed)
  }

  @Test func aMessageSentFromElsewhereThatIsToldLateWasReadToo() throws {
    let rig = try Rig()
    let then = rig.test.store.clock.now()
    try rig.mark(.read, upTo: then.adding(milliseconds: 1000))
    try rig.test.tell(
      "message:e1", .message(.echo("e1", to: [Self.somebody], "by hand")), on: rig.channel,
      at: then)
    let chat = try #require(try rig.test.chats().first)
    #expect(try rig.test.messages(of: chat.id).last?.status == .read)
  }

  @Test func readingUpToAMessageIsNoWordAboutWhatDidNotGoOut() throws {
    let rig = try Rig()
    let elsewhere = try rig.test.channel("number", accounts: ["100"])
    let waiting = try rig.test.enqueue("waits", to: Self.somebody, on: elsewhere)
    let first = try rig.send()
    try rig.test.accept(first, "mid.1", on: rig.channel)
    let second = try rig.send()
    try rig.test.accept(second, "mid.2", on: rig.channel)
    try rig.test.tell(
      "read:mid.2", .read(ReadReport(messageID: "mid.2")), on: rig.channel)
    #expect(try [waiting, first, second].map(rig.status) == [.queued, .read, .read])
  }
}
