import Testing

@testable import Gateway

/// A service window closes by the clock: at intake, and again when the message is due.
@Suite struct WindowTests {
  private static let minute: Int64 = 60_000
  private static let hour: Int64 = 3_600_000
  private static let to: JSON = ["address": "+46701234567", "transport": "whatsapp"]

  private let rig: IntakeRig
  private let channel: Channel

  init() throws {
    rig = try IntakeRig()
    channel = rig.channel(.whatsapp)
    try rig.write(.mayaOnWhatsApp, on: channel, .whatsapp)
  }

  @Test func aMinuteBeforeItsEndTextGoesAndAMinuteAfterItIsRefused() throws {
    rig.test.store.clock.advance(milliseconds: 24 * Self.hour - Self.minute)
    _ = try rig.accept(["to": Self.to, "text": "in time"])
    rig.test.store.clock.advance(milliseconds: 2 * Self.minute)
    let refusal = try rig.refusal(["to": Self.to, "text": "too late"])
    #expect(refusal.code == .windowClosed && refusal.field == "provider_template")
    let both: JSON = ["to": Self.to, "text": "too late", "provider_template": ["name": "hello"]]
    _ = try rig.accept(both)
  }

  @Test func eachChannelHasAWindowOfItsOwn() throws {
    let other = rig.channel(.whatsapp)
    rig.test.store.clock.advance(milliseconds: 25 * Self.hour)
    try rig.write(.mayaOnWhatsApp, on: other, .whatsapp)
    var body: JSONObject = ["to": Self.to, "text": "x"]
    body["channel_id"] = .string(other.id.description)
    _ = try rig.accept(.object(body))
    body["channel_id"] = .string(channel.id.description)
    #expect(try rig.refusal(.object(body)).code == .windowClosed)
  }

  @Test func historyThatComesLateOpensNothing() throws {
    rig.test.store.clock.advance(milliseconds: 23 * Self.hour)
    // Written before the last message and stored after it.
    try rig.write(.mayaOnWhatsApp, on: channel, .whatsapp, agoMilliseconds: 40 * Self.hour)
    _ = try rig.accept(["to": Self.to, "text": "x"])
    rig.test.store.clock.advance(milliseconds: 2 * Self.hour)
    #expect(try rig.refusal(["to": Self.to, "text": "x"]).code == .windowClosed)
  }
}

// Queued inside the window and due outside of it, or the other way round.
extension WindowTests {
  /// Sends what is due, a turn at a time; what was said.
  private func turn() throws -> [String] {
    let live = try #require(rig.test.directory[channel.id])
    let sending = try #require(live.sending)
    return try rig.test.store.database.write { [directory = rig.test.directory] transaction in
      var said: [String] = []
      while true {
        var turn = SendTurn(
          transaction, live, sending, files: NoFiles(), directory: directory,
          pacing: Pacing(startedAt: Instant(millisecondsSinceEpoch: 0)))
        let order = DispatchBoard.Order(
          channel: live.channel.id, most: 1, normalMost: 1, highFirst: 0)
        let result = try turn.run(order)
        guard let leased = result.leased.first else { return said }
        said.append(String(decoding: JSON.object(leased.part.payload).serialized(), as: UTF8.self))
        var delivery = leased.delivery
        var recorder = Recorder(transaction, live.channel, receipt: nil)
        _ = try recorder.accept(&delivery, ids: ["id-\(said.count)"], deadline: nil)
      }
    }
  }

  private func message(_ id: ID<Message>) throws -> Message {
    let found = try rig.test.store.database.read { [tenant = rig.tenant.id] in
      try $0.message(id, tenant: tenant)
    }
    return try #require(found)
  }

  private func scheduled(
    _ members: JSONObject, afterHours hours: Int64
  ) throws -> (message: Message, delivery: Delivery) {
    var body = members
    body["to"] = Self.to
    let sent = try rig.accept(.object(body))
    rig.test.store.clock.advance(milliseconds: hours * Self.hour)
    return sent
  }

  @Test func whatIsDueTooLateFailsWithItsClass() throws {
    let sent = try scheduled(["text": "x", "expires_at": inDays(3)], afterHours: 25)
    #expect(try turn().isEmpty)
    let failed = try message(sent.message.id)
    #expect(failed.status == .failed)
    let error = try JSON.parse(try #require(failed.error))
    #expect(error["code"] == "window_closed" && error["class"] == "window")
    let history = try rig.test.store.database.read { [rig] connection in
      try MessageHistory(
        sent.message.id, tenant: rig.tenant.id, connection, rig.test.directory,
        now: rig.test.store.clock.now())
    }
    let story = OutboundStory(try #require(history))
    #expect(story.hints.first?.contains("use a template, or a fallback") == true)
  }

  @Test func aFallbackIsUsedThen() throws {
    rig.channel(.sms)
    let sent = try scheduled(
      ["text": "x", "fallback": ["sms"], "purpose": "marketing", "expires_at": inDays(3)],
      afterHours: 25)
    _ = try turn()
    _ = try turn()
    let deliveries = try rig.test.store.database.read { try $0.deliveries(of: sent.message.id) }
    #expect(deliveries.map(\.transport) == [.whatsapp, .sms])
    #expect(deliveries.map(\.purpose) == [.marketing, .marketing])
    #expect(deliveries.first?.error?.errorClass == "window")
  }

  @Test func aTemplateBesideTheTextIsUsedThen() throws {
    let text = String(repeating: "long ", count: 60)
    let sent = try scheduled(
      ["text": .string(text), "provider_template": ["name": "hello"], "expires_at": inDays(3)],
      afterHours: 25)
    #expect(sent.delivery.partCount == 2)
    #expect(try turn() == [#"{"template":{"name":"hello"}}"#])
    #expect(try message(sent.message.id).status == .sent)
    let left = try rig.test.store.database.read { try $0.parts(of: sent.delivery.id) }
    #expect(left.isEmpty)
  }

  @Test func theTextIsUsedWhenTheyWriteBeforeItIsDue() throws {
    rig.test.store.clock.advance(milliseconds: 30 * Self.hour)
    let text = String(repeating: "long ", count: 60)
    let sent = try scheduled(
      ["text": .string(text), "provider_template": ["name": "hello"], "expires_at": inDays(3)],
      afterHours: 1)
    #expect(sent.delivery.partCount == 1)
    try rig.write(.mayaOnWhatsApp, on: channel, .whatsapp)
    let said = try turn()
    #expect(said.count == 2 && said.allSatisfy { $0.contains("long") })
    #expect(try message(sent.message.id).status == .sent)
  }

  private func inDays(_ days: Int64) -> JSON {
    JSON(rig.test.store.clock.now().adding(milliseconds: days * 24 * Self.hour))
  }
}

extension WindowTests {
  @Test func aTemplateOfAnotherProviderIsNoObstacleToAFallback() throws {
    // SMS of the fake takes no templates of this form, and says so.
    let sms = rig.channel(.sms)
    rig.enter(sms, [.sms], refusesTemplates: true)
    let body: JSON = [
      "to": Self.to, "text": "x", "provider_template": ["name": "hello"], "fallback": ["sms"],
      "channel_id": .string(channel.id.description),
    ]
    let sent = try rig.accept(body)
    try rig.test.store.database.write { [channel] transaction in
      var delivery = try #require(try transaction.connection.delivery(sent.delivery.id))
      _ = try Recorder(transaction, channel, receipt: nil).end(
        &delivery, as: .undeliverable, error: .unreachable)
    }
    _ = try turn()
    let deliveries = try rig.test.store.database.read { try $0.deliveries(of: sent.message.id) }
    #expect(deliveries.map(\.transport) == [.whatsapp, .sms])
    // Named first, the same line refuses it: a slip must not send something else.
    let direct: JSON = [
      "to": ["address": "+46701234567", "transport": "sms"], "text": "x",
      "provider_template": ["name": "hello"],
    ]
    #expect(try rig.refusal(direct).code == .invalidTemplate)
  }
}
