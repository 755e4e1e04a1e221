import Testing

@testable import Gateway

/// What a provider took is not sent again, whenever that is proved: by this channel or another.
@Suite(.timeLimit(.minutes(2))) struct LateProofTests {
  private static func prove(
    _ id: ID<Message>, on channel: Channel, as providerID: String, _ rig: OutboundRig
  ) throws {
    try rig.store.database.write { transaction in
      var recorder = Recorder(transaction, channel, receipt: nil)
      let delivery = try #require(try transaction.connection.delivery(id.delivery))
      try recorder.prove(delivery, part: 0, providerMessageID: providerID)
    }
  }

  private static func deliveries(_ id: ID<Message>, _ rig: OutboundRig) throws -> [Delivery] {
    try rig.store.database.read { try $0.deliveries(of: id) }
  }

  @Test func proofWithdrawsAFallbackThatHasNotBegun() throws {
    let rig = try OutboundRig()
    let first = try rig.channel()
    var spare = try rig.channel()
    spare.state = .paused
    rig.enter(spare)
    let caller = LineCaller { _, _ in .success(HTTPResponse(status: 400)) }
    try rig.start(caller)
    rig.advance(milliseconds: 100)
    let id = try rig.enqueue("once", on: first, fallback: [spare.id.description])
    _ = try rig.delivery(id) { $0.channelID == spare.id }
    try Self.prove(id, on: first, as: "late", rig)
    #expect(try Self.deliveries(id, rig).map(\.state) == [.accepted, .canceled])
    let message = try rig.message(id)
    #expect(message.status == .sent && message.providerMessageID == "late")
    #expect(message.channelID == first.id)
    // Should the first say later that it does not arrive, the other is tried after all.
    try rig.store.database.write { transaction in
      try Recorder(transaction, first, receipt: nil).apply(
        ParkedReport(
          key: "k", kind: "status", payload: ["status": "undeliverable", "error": nil],
          occurredAt: transaction.now, receiptID: nil), to: id, providerMessageID: "late")
    }
    let next = try rig.delivery(id) { $0.ordinal == 2 }
    #expect(next.channelID == spare.id && next.state == .queued)
    #expect(caller.calls.count == 1)
  }

  @Test func proofEndsTheWaitForAFallback() throws {
    let rig = try OutboundRig()
    let first = try rig.channel()
    let spare = try rig.channel()
    let id = try rig.enqueue("once", on: first, fallback: [spare.id.description])
    try rig.store.database.write { transaction in
      var delivery = try #require(try transaction.connection.delivery(id.delivery))
      delivery = try transaction.lease(delivery)
      _ = try Recorder(transaction, first, receipt: nil).end(
        &delivery, as: .expired, error: SendTurn.expired)
    }
    try Self.prove(id, on: first, as: "late", rig)
    let caller = LineCaller { _, _ in .success(.accepted("p")) }
    try rig.start(caller)
    rig.advance(milliseconds: 1000)
    try rig.store.database.probe()
    #expect(try Self.deliveries(id, rig).map(\.state) == [.accepted])
    #expect(try rig.message(id).providerMessageID == "late")
    #expect(caller.calls.isEmpty)
  }

  @Test func aChannelThatTookOverKeepsTheMessage() throws {
    let rig = try OutboundRig()
    let first = try rig.channel()
    let spare = try rig.channel()
    let caller = LineCaller { count, _ in
      .success(count == 0 ? HTTPResponse(status: 400) : .accepted("theirs"))
    }
    try rig.start(caller)
    rig.advance(milliseconds: 100)
    let id = try rig.enqueue("once", on: first, fallback: [spare.id.description])
    _ = try rig.delivery(id) { $0.channelID == spare.id && $0.state == .accepted }
    try Self.prove(id, on: first, as: "late", rig)
    let message = try rig.message(id)
    #expect(message.channelID == spare.id && message.providerMessageID == "theirs")
    #expect(try Self.deliveries(id, rig).map(\.state) == [.accepted, .accepted])
    // Both lead to the message.
    let found = try rig.store.database.read { try $0.message(provider: "late", channel: first.id) }
    #expect(found == id)
  }

  @Test func proofDuringAnAttemptIsBetterThanSendingAgain() throws {
    let rig = try OutboundRig()
    let channel = try rig.channel(policy: ["on_unknown": "resend"])
    let caller = LineCaller { _, _ in nil }
    try rig.start(caller)
    let id = try rig.enqueue("once", on: channel)
    _ = caller.texts(1)
    try Self.prove(id, on: channel, as: "told", rig)
    caller.release(HTTPResponse(status: 503))
    #expect(try rig.message(id) { $0.status == .sent }.providerMessageID == "told")
    #expect(try rig.delivery(id).state == .accepted)
    #expect(try !rig.eventTypes().contains("delivery.attempt_failed"))
  }

  /// Queues a message again that has failed.
  private static func replay(_ id: ID<Message>, _ rig: OutboundRig) throws {
    rig.store.clock.advance(milliseconds: 10)
    let tenant = rig.tenant.id
    let replay = try rig.store.database.write { transaction in
      let replay = Replay(
        id: transaction.ids.next(), tenantID: tenant, state: .running,
        filter: try Replay.Filter(json: ["message_id": .string(id.description)]),
        ratePerSecond: 10, total: 1, createdAt: transaction.now, updatedAt: transaction.now)
      try transaction.insert(replay)
      return try transaction.advance(replay.id, tenant: tenant, most: 10)
    }
    #expect(replay?.done == 1)
  }

  @Test func whatWasProvedBeforeACrashIsSettledInEverySeries() throws {
    let rig = try OutboundRig()
    let channel = try rig.channel()
    let caller = LineCaller { count, _ in count == 0 ? .success(HTTPResponse(status: 400)) : nil }
    try rig.start(caller)
    let id = try rig.enqueue("again", on: channel)
    _ = try rig.message(id) { $0.status == .failed }
    try Self.replay(id, rig)
    rig.advance(milliseconds: 1000)
    _ = caller.texts(2)
    try Self.prove(id, on: channel, as: "told", rig)
    rig.crash()
    let after = LineCaller { _, _ in .success(.accepted("x")) }
    try rig.start(after)
    let delivery = try rig.delivery(id)
    #expect(delivery.state == .accepted && delivery.series == 2)
    #expect(try rig.message(id).providerMessageID == "told")
    #expect(after.calls.isEmpty)
  }

  @Test func aMessageIsOfTheChannelItIsSentAgainBy() throws {
    let rig = try OutboundRig()
    let first = try rig.channel()
    let spare = try rig.channel()
    let caller = LineCaller { count, _ in
      .success(count < 2 ? HTTPResponse(status: 400) : .accepted("again"))
    }
    try rig.start(caller)
    rig.advance(milliseconds: 100)
    let id = try rig.enqueue("again", on: first, fallback: [spare.id.description])
    _ = try rig.message(id) { $0.status == .failed }
    #expect(try rig.message(id).channelID == spare.id)
    try Self.replay(id, rig)
    rig.advance(milliseconds: 1000)
    let message = try rig.message(id) { $0.status == .sent }
    #expect(message.channelID == first.id && message.providerMessageID == "again")
    // What this channel reports is of the message.
    try rig.store.database.write { transaction in
      try Recorder(transaction, first, receipt: nil).apply(
        ParkedReport(
          key: "k", kind: "status", payload: ["status": "failed", "error": nil],
          occurredAt: transaction.now, receiptID: nil), to: id, providerMessageID: "again")
    }
    #expect(try rig.message(id).status == .failed)
  }

  @Test func whatIsSentAgainByTheFirstChannelCanBeTakenBack() throws {
    let rig = try OutboundRig()
    let first = try rig.channel()
    let spare = try rig.channel()
    try rig.start(LineCaller { _, _ in .success(HTTPResponse(status: 400)) })
    rig.advance(milliseconds: 100)
    let id = try rig.enqueue("again", on: first, fallback: [spare.id.description])
    _ = try rig.message(id) { $0.status == .failed }
    rig.crash()
    try Self.replay(id, rig)
    let tenant = rig.tenant.id
    let outcome = try rig.store.database.write {
      try $0.cancel(id, tenant: tenant, note: "test")
    }
    #expect(outcome == .canceled)
    #expect(try Self.deliveries(id, rig).map(\.state) == [.canceled, .failed])
  }

  @Test func whoTheProviderSaysHasStoppedHasStoppedUnderBothKindsOfNumber() throws {
    let rig = try OutboundRig()
    let channel = try rig.channel()
    let number = "+15035550142"
    let twin = Address(type: .whatsapp, value: number)
    let contact = try rig.store.database.write { transaction -> ID<Contact>? in
      var recorder = Recorder(transaction, channel, receipt: nil)
      _ = try recorder.resolve(
        Person(addresses: [Address(phone: number), twin]), transport: .sms)
      return try transaction.connection.known(
        twin, tenant: channel.tenantID, transport: "sms")?.contactID
    }
    try rig.start(LineCaller { _, _ in .success(HTTPResponse(status: 410)) })
    let id = try rig.enqueue("stop", to: number, on: channel)
    _ = try rig.delivery(id) { $0.state == .blocked }
    let twinID = try #require(contact)
    let wish = try rig.store.database.read { try $0.optOut(of: twinID, transport: .sms) }
    #expect(wish?.isSilence == true && wish?.source == "provider")
    #expect(try rig.eventTypes().filter { $0 == "contact.opted_out" }.count == 1)
  }
}
