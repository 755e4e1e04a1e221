import Glibc
import Testing

@testable import Gateway

/// What providers are told and asked for beside messages: what was read, and their templates.
@Suite struct ProviderSignTests {
  /// The API with a WhatsApp line of a fake provider behind a listener of this machine.
  private final class Rig {
    let api: APITests.Fixture
    let server: RawServer
    private(set) var channels: [Channel] = []
    private var count = 0

    init(answer: String = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}") throws {
      api = try APITests.Fixture()
      server = RawServer { connection in
        while connection.request() != nil { connection.send(answer) }
      }
    }

    @discardableResult
    func channel(
      _ lines: TransportKind..., account: String? = nil, state: Channel.State = .active
    ) throws -> Channel {
      let now = api.test.store.clock.now()
      var channel = Channel(
        id: api.test.store.ids.next(), tenantID: api.test.acme.id, provider: FakeTransport.name,
        name: "fake \(channels.count)", address: nil, publicURL: nil, verification: .enforce,
        state: state, settings: [:], createdAt: now, updatedAt: now)
      channel.policy = try ChannelPolicy().changed(by: [
        "allowed_destinations": [.string("127.0.0.1:\(server.port)")]
      ])
      var transport = FakeTransport(lines: lines)
      transport.templateAccount = account
      transport.base = "http://127.0.0.1:\(server.port)"
      api.test.directory.enter(
        LiveChannel(
          channel, provider: transport, defaultPublicURL: TestIngest.publicURL,
          metrics: api.test.metrics))
      channels.append(channel)
      return channel
    }

    /// Somebody writes; their chat.
    func write(on channel: Channel, _ transport: TransportKind) throws -> ID<Chat> {
      count += 1
      let message = InboundMessage(
        id: "in-\(count)", transport: transport,
        person: Person(addresses: [.mayaOnWhatsApp, .maya]),
        sender: .other(OtherSender(network: "fake", address: "x")),
        content: MessageContent(kind: .text, text: "hello"))
      let at = api.test.store.clock.now()
      let item = Item(key: FactKey.message(message.id), occurredAt: at, fact: .message(message))
      return try api.test.store.database.write {
        [directory = api.test.directory, acme = api.test.acme] transaction in
        let live = try #require(directory[channel.id])
        var ingestion = Ingestion(transaction, live, directory, transaction.ids.next(), at)
        try ingestion.process([item])
        let known = try transaction.connection.known(
          .mayaOnWhatsApp, tenant: acme.id, transport: "whatsapp")
        return try #require(known?.chatID)
      }
    }

    /// The first lines of the requests, once there are so many marks in the metrics.
    func marks(_ count: Int, _ outcome: String = "shown") -> [String] {
      let counter = api.test.metrics.counter(
        "trunkline_read_marks_total", help: "Read marks given to providers, by outcome.",
        [("provider", FakeTransport.name), ("outcome", outcome)])
      let end = monotonicNanoseconds() + 20_000_000_000
      while counter.value < count, monotonicNanoseconds() < end { sched_yield() }
      #expect(counter.value == count)
      return server.requests.map { String($0.prefix { $0 != "\r" }) }.sorted()
    }
  }

  @Test func whatWasReadIsToldOncePerLineWithItsLastMessage() throws {
    let rig = try Rig()
    let first = try rig.channel(.whatsapp)
    let second = try rig.channel(.whatsapp)
    let sms = try rig.channel(.sms)
    let paused = try rig.channel(.whatsapp, state: .paused)
    var chat = try rig.write(on: first, .whatsapp)
    for (channel, line) in [
      (first, TransportKind.whatsapp), (second, .whatsapp), (sms, .sms), (paused, .whatsapp),
    ] {
      chat = try rig.write(on: channel, line)
    }
    #expect(try rig.api.call("POST", "/v1/chats/\(chat)/read").json["unread_count"] == 0)
    #expect(rig.marks(2) == ["POST /read/in-2 HTTP/1.1", "POST /read/in-3 HTTP/1.1"])
    // Nothing new was read.
    #expect(try rig.api.call("POST", "/v1/chats/\(chat)/read").status == 200)
    _ = try rig.write(on: first, .whatsapp)
    #expect(try rig.api.call("POST", "/v1/chats/\(chat)/read").status == 200)
    #expect(rig.marks(3).contains("POST /read/in-6 HTTP/1.1"))
  }

  @Test func aProviderThatDoesNotTakeItChangesNothing() throws {
    let rig = try Rig(answer: "HTTP/1.1 500 Oh\r\nContent-Length: 0\r\n\r\n")
    let channel = try rig.channel(.whatsapp)
    let chat = try rig.write(on: channel, .whatsapp)
    let answer = try rig.api.call("POST", "/v1/chats/\(chat)/read")
    #expect(answer.status == 200 && answer.json["unread_count"] == 0)
    _ = rig.marks(1, "failed")
  }

  @Test func templatesAreShownWithHowTheirSyncStands() throws {
    let rig = try Rig()
    let channel = try rig.channel(.whatsapp, account: "waba-1")
    let plain = try rig.channel(.sms)
    let path = "/v1/channels/\(channel.id)/templates"
    let empty = try rig.api.call("GET", path)
    #expect(empty.status == 200 && empty.json["data"] == [])
    #expect(empty.json["sync"]?["synced_at"] == .null)
    let account = TemplateAccount(
      tenant: rig.api.test.acme.id, provider: FakeTransport.name, account: "waba-1")
    try rig.api.test.store.database.write { transaction in
      _ = try transaction.replaceTemplates(
        of: account,
        with: [ProviderTemplate(name: "sale", language: "en", status: "APPROVED")],
        asked: transaction.now)
    }
    let shown = try rig.api.call("GET", path)
    #expect(shown.json["data"]?.array?.first?["name"] == "sale")
    #expect(try rig.api.call("POST", "\(path)/sync").status == 202)
    let state = try rig.api.test.store.database.read { try $0.templateSync(of: account) }
    #expect(state?.dueAt == rig.api.test.store.clock.now())
    #expect(try rig.api.call("GET", path, key: rig.api.strangerKey).status == 404)
    #expect(try rig.api.call("GET", "/v1/channels/\(plain.id)/templates").status == 409)
    let agent = try #require(rig.api.keys[.agent])
    #expect(try rig.api.call("POST", "\(path)/sync", key: agent).status == 403)
  }
}
