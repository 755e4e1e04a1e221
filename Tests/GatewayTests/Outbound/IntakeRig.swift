import Testing

@testable import Gateway

/// An intake on a fresh database with fake channels, and what the tests ask of them.
final class IntakeRig {
  let test: TestIngest
  let intake: Intake
  let author: Intake.Author
  let key: APIKey
  /// A tenant without any other channel.
  let tenant: Tenant
  private var count = 0

  init() throws {
    test = try TestIngest()
    intake = Intake(
      database: test.store.database, directory: test.directory, clock: test.store.clock)
    let tenant = try test.store.database.write { try $0.addTenant(named: "sender") }
    self.tenant = tenant
    key = try test.store.database.write {
      try $0.addAPIKey(tenant: tenant.id, name: "CRM", role: .backend, hash: [1])
    }
    author = Intake.Author(key)
  }

  /// Enters a fake channel that speaks these lines.
  @discardableResult
  func channel(
    _ lines: TransportKind..., state: Channel.State = .active, policy: ChannelPolicy? = nil,
    tenant: Tenant? = nil
  ) -> Channel {
    count += 1
    var channel = Channel(
      id: test.store.ids.next(), tenantID: (tenant ?? self.tenant).id, provider: FakeTransport.name,
      name: "line \(count)", address: "+12065550100", publicURL: nil, verification: .enforce,
      state: state, settings: [:], createdAt: test.store.clock.now(),
      updatedAt: test.store.clock.now())
    if let policy { channel.policy = policy }
    let stored = channel
    do {
      try test.store.database.write { [vault = test.vault] in try $0.add(stored, vault) }
    } catch {
      Issue.record("the channel could not be stored: \(error)")
    }
    enter(channel, lines)
    return channel
  }

  func enter(
    _ channel: Channel, _ lines: [TransportKind], templateAccount: String? = nil,
    refusesTemplates: Bool = false
  ) {
    var transport = FakeTransport(lines: lines)
    transport.templateAccount = templateAccount
    transport.refusesTemplates = refusesTemplates
    test.directory.enter(
      LiveChannel(
        channel, provider: transport, defaultPublicURL: TestIngest.publicURL,
        metrics: test.metrics))
  }

  /// Somebody writes to us on a channel: their client, chat and message.
  @discardableResult
  func write(
    _ addresses: Address..., on channel: Channel, _ transport: TransportKind,
    group: String? = nil, agoMilliseconds: Int64 = 0
  ) throws -> ID<Message> {
    count += 1
    var message = InboundMessage(
      id: "in-\(count)", transport: transport, person: Person(addresses: addresses),
      sender: .other(OtherSender(network: "fake", address: "x")),
      content: MessageContent(kind: .text, text: "hello"))
    if let group { message.conversation = .group(key: group, title: "Room") }
    let at = test.store.clock.now().adding(milliseconds: -agoMilliseconds)
    let item = Item(
      key: FactKey.message(message.id), occurredAt: at, fact: .message(message))
    return try test.store.database.write { [directory = test.directory, message] transaction in
      let live = try #require(directory[channel.id])
      var ingestion = Ingestion(transaction, live, directory, transaction.ids.next(), at)
      try ingestion.process([item])
      let stored = try transaction.connection.message(provider: message.id, channel: channel.id)
      return try #require(stored)
    }
  }

  /// Hands a request in.
  func send(_ body: JSON, key: String? = nil) throws -> Intake.Outcome {
    let outcome = Monitor<Intake.Outcome?>(nil)
    let entry = Intake.Entry(
      try #require(body.object), key: key, bytes: body.serialized(), now: test.store.clock.now())
    intake.accept(entry, from: author) { result in outcome.update { $0 = result } }
    return outcome.wait { $0 }
  }

  /// Hands a request in that is to be accepted.
  func accept(
    _ body: JSON, sourceLocation: SourceLocation = #_sourceLocation
  ) throws -> (message: Message, delivery: Delivery) {
    let outcome = try send(body)
    guard case .accepted(let accepted) = outcome else {
      Issue.record("not accepted: \(outcome)", sourceLocation: sourceLocation)
      throw Missing()
    }
    return try test.store.database.read { [tenant] connection in
      let message = try #require(try connection.message(accepted.id, tenant: tenant.id))
      let delivery = try #require(try connection.delivery(accepted.id.delivery))
      return (message, delivery)
    }
  }

  /// Hands a request in that is to be refused.
  func refusal(
    _ body: JSON, sourceLocation: SourceLocation = #_sourceLocation
  ) throws -> SendRefusal {
    let outcome = try send(body)
    guard case .refused(let refusal) = outcome else {
      Issue.record("not refused: \(outcome)", sourceLocation: sourceLocation)
      throw Missing()
    }
    return refusal
  }

  /// Lets somebody ask for silence.
  func optOut(
    _ address: Address, on transport: TransportKind, purpose: MessagePurpose? = nil
  ) throws {
    try test.store.database.write { [tenant] transaction in
      let known = try transaction.connection.known(
        address, tenant: tenant.id, transport: transport.rawValue)
      let contact = try #require(known?.contactID)
      _ = try transaction.setPreference(
        contact: contact, transport: transport, .optedOut, purpose: purpose, source: "keyword",
        at: transaction.now, receipt: transaction.ids.next())
    }
  }

  /// The tenant's chats, the newest first.
  func chats() throws -> [Chat] { try test.chats(of: tenant) }

  /// The tenant's events.
  func events() throws -> [Event] { try test.events(of: tenant) }

  /// The number of a table's rows.
  func rows(_ table: String) throws -> Int64 {
    let sql = SQL("SELECT count(*) FROM \(table)")
    return try test.store.database.read { connection in
      try connection.first(sql) { (row) throws(StoreError) in row.integer(0) } ?? 0
    }
  }

  struct Missing: Error {}
}

extension Address {
  static let maya = Address(type: .phone, value: "+46701234567")
  static let mayaOnWhatsApp = Address(type: .whatsapp, value: "+46701234567")
}
