import Testing

@testable import Gateway

/// Templates are asked for at the start, daily, after failures, on demand, and one after the other.
@Suite struct TemplateSyncTests {
  private final class Rig {
    let intake: IntakeRig
    let sync: TemplateSync
    let caller: LineCaller
    var store: TestDatabase { intake.test.store }

    init(
      _ answer: @escaping @Sendable (Int, HTTPRequest) -> Result<HTTPResponse, TransportFailure>?
    )
      throws
    {
      intake = try IntakeRig()
      caller = LineCaller(answer)
      sync = TemplateSync(
        Dispatcher.Parts(
          database: intake.test.store.database, directory: intake.test.directory, caller: caller,
          files: NoFiles(), clock: intake.test.store.clock, random: SeededRandom(seed: 3),
          log: .none, metrics: intake.test.metrics))
    }

    func channel(_ account: String, state: Channel.State = .active) -> Channel {
      let channel = intake.channel(.whatsapp, state: state)
      intake.enter(channel, [.whatsapp], templateAccount: account)
      return channel
    }

    func account(_ name: String) -> TemplateAccount {
      TemplateAccount(tenant: intake.tenant.id, provider: FakeTransport.name, account: name)
    }

    func state(_ name: String) throws -> TemplateSyncState? {
      try store.database.read { [account = account(name)] in try $0.templateSync(of: account) }
    }

    func templates(_ name: String) throws -> [ProviderTemplate] {
      try store.database.read { [account = account(name)] in
        try $0.providerTemplates(of: account)
      }.map(\.template)
    }
  }

  private static func page(_ names: String..., status: String = "APPROVED", next: Bool = false)
    -> Result<HTTPResponse, TransportFailure>
  {
    let templates = names.map {
      ProviderTemplate(name: $0, language: "en", category: "UTILITY", status: status).json
    }
    let body: JSON = ["data": .array(templates)]
    var object = body.object ?? [:]
    if next { object["next"] = true }
    return .success(HTTPResponse(status: 200, body: JSON.object(object).serialized()))
  }

  @Test func eachAccountIsAskedOnceAndThenDaily() throws {
    let rig = try Rig { _, request in
      request.target.hasSuffix("/0") ? Self.page("a", next: true) : Self.page("b")
    }
    _ = rig.channel("waba-1")
    _ = rig.channel("waba-1")
    _ = rig.channel("waba-2", state: .paused)
    _ = rig.channel("waba-3", state: .disabled)
    let now = rig.store.clock.now()
    #expect(try rig.sync.turn() == now.adding(milliseconds: TemplateSync.stepMilliseconds))
    #expect(
      rig.caller.calls.map(\.request.target) == [
        "http://127.0.0.1:1/templates/waba-1/0", "http://127.0.0.1:1/templates/waba-1/1",
        "http://127.0.0.1:1/templates/waba-2/0", "http://127.0.0.1:1/templates/waba-2/1",
      ])
    #expect(try rig.templates("waba-1").map(\.name) == ["a", "b"])
    #expect(try rig.state("waba-2")?.syncedAt == now)
    rig.store.clock.advance(milliseconds: TemplateSync.stepMilliseconds - 1)
    _ = try rig.sync.turn()
    #expect(rig.caller.calls.count == 4)
    rig.store.clock.advance(milliseconds: 1)
    _ = try rig.sync.turn()
    #expect(rig.caller.calls.count == 8)
  }

  @Test func aFailureIsNotedAndTriedAgainEverLater() throws {
    let rig = try Rig { number, _ in
      number < 3 ? .success(HTTPResponse(status: 500)) : Self.page("a")
    }
    _ = rig.channel("waba-1")
    var wait = TemplateSync.failureMilliseconds
    for tries in 1...3 {
      _ = try rig.sync.turn()
      let state = try #require(try rig.state("waba-1"))
      #expect(state.tries == Int64(tries) && state.reason == "it answered 500")
      #expect(state.syncedAt == nil)
      #expect(state.dueAt.milliseconds(since: rig.store.clock.now()) == wait)
      rig.store.clock.advance(milliseconds: wait)
      wait *= 2
    }
    _ = try rig.sync.turn()
    let state = try #require(try rig.state("waba-1"))
    #expect(state.tries == 0 && state.reason == nil && state.syncedAt != nil)
  }

  @Test func whatIsFinalWaitsADayAndKeepsWhatIsKnown() throws {
    let rig = try Rig { number, _ in
      number == 0 ? Self.page("a") : .success(HTTPResponse(status: 403))
    }
    _ = rig.channel("waba-1")
    _ = try rig.sync.turn()
    rig.store.clock.advance(milliseconds: TemplateSync.stepMilliseconds)
    let now = rig.store.clock.now()
    #expect(try rig.sync.turn() == now.adding(milliseconds: TemplateSync.stepMilliseconds))
    let state = try #require(try rig.state("waba-1"))
    #expect(state.reason == "it answered 403" && state.syncedAt != nil)
    #expect(try rig.templates("waba-1").map(\.name) == ["a"])
  }

  @Test func aTemplateThatCannotBeUsedAnyMoreIsTold() throws {
    let rig = try Rig { number, _ in
      number == 0 ? Self.page("a", "b") : Self.page("a", status: "PAUSED")
    }
    let channel = rig.channel("waba-1")
    _ = try rig.sync.turn()
    #expect(try rig.intake.events().isEmpty)
    rig.store.clock.advance(milliseconds: TemplateSync.stepMilliseconds)
    _ = try rig.sync.turn()
    let events = try rig.intake.events()
    #expect(events.map(\.type) == ["channel.broken", "channel.broken"])
    let data = try events.map { try JSON.parse($0.data) }
    #expect(data.map { $0["scope"]?.string } == ["template:a/en", "template:b/en"])
    #expect(data.allSatisfy { $0["channel_id"]?.string == channel.id.description })
  }

  @Test func theThreadAsksAtOnceWhenSomebodyWantsIt() throws {
    let rig = try Rig { number, _ in number == 0 ? Self.page("a") : nil }
    _ = rig.channel("waba-1")
    rig.store.database.onWake { [sync = rig.sync] wakes in
      if wakes.contains(.templates) { sync.wake() }
    }
    rig.sync.start()
    #expect(rig.caller.texts(1).count == 1)
    try rig.store.database.write { [account = rig.account("waba-1")] in
      try $0.syncTemplates(of: account)
    }
    rig.sync.wake()
    #expect(rig.caller.texts(2).count == 2)
    // It ends although nobody answers.
    rig.sync.stop()
    rig.caller.release(HTTPResponse(status: 200))
  }
}
