import Testing

@testable import Gateway

/// Messages of ours in every state, as rows: what sending would have left behind.
final class TestOutbound {
  let test: TestIngest
  var store: TestDatabase { test.store }

  init() throws { test = try TestIngest() }

  /// Somebody with a number, a contact and a chat, because they wrote once.
  struct Somebody: Sendable {
    let address: Address
    let contactID: ID<Contact>
    let chatID: ID<Chat>
  }

  /// Lets somebody write from that number.
  func somebody(_ phone: String = "+15035550142") throws -> Somebody {
    try test.form(TestIngest.message("SM-hello-\(phone)", from: phone, "hello"))
    let address = Address(type: .phone, value: phone)
    let known = try store.database.read { [test] in
      try $0.known(address, tenant: test.acme.id, transport: "sms")
    }
    let found = try #require(known)
    return Somebody(
      address: address, contactID: found.contactID, chatID: try #require(found.chatID))
  }

  /// Enqueues a text as the intake does. `laneAt` is when it is to go.
  @discardableResult
  func send(
    _ text: String = "Your order is on its way", to somebody: Somebody, on channel: Channel? = nil,
    parts: Int = 1, laneAt: Instant? = nil, expiresIn milliseconds: Int64 = 86_400_000,
    sender: Sender = .user(UserSender(id: "key_01M7YFR2GAE008QKZPJH16Z5Z4", name: "CRM"))
  ) throws -> ID<Message> {
    let channel = channel ?? test.twilio
    let line: TransportKind = channel.provider == "telegram" ? .telegram : .sms
    return try store.database.write { transaction in
      let id: ID<Message> = transaction.ids.next()
      let turn = try transaction.bump(
        somebody.chatID, direction: .outbound, channel: channel.id, at: transaction.now)
      try transaction.insert(
        Message(
          id: id, tenantID: channel.tenantID, chatID: somebody.chatID, position: turn.position,
          channelID: channel.id, provider: channel.provider, transport: line.rawValue,
          direction: .outbound, kind: "text", sender: sender.json.serialized(), text: text,
          location: nil, details: nil, replyTo: nil, providerMessageID: "", status: .queued,
          error: nil, createdAt: transaction.now, occurredAt: nil, sentAt: nil, deliveredAt: nil,
          readAt: nil, deletedAt: nil, receiptID: nil),
        member: nil)
      let delivery = Delivery(
        id: id.delivery, tenantID: channel.tenantID, messageID: id, ordinal: 0,
        channelID: channel.id, transport: line, recipient: .person(somebody.address),
        contactID: somebody.contactID, priority: .normal, partCount: Int64(parts),
        laneAt: laneAt ?? transaction.now,
        expiresAt: transaction.now.adding(milliseconds: milliseconds),
        createdAt: transaction.now)
      try transaction.enqueue(
        delivery, parts: (0..<parts).map { MessagePart(["text": .string("part \($0)")]) })
      try Self.tell("message.queued", id, somebody.chatID, channel.id, transaction)
      return id
    }
  }

  /// A further delivery of a message, on another channel.
  @discardableResult
  func fallBack(
    _ message: ID<Message>, to somebody: Somebody, on channel: Channel, note: String? = nil
  ) throws -> ID<Delivery> {
    let id: ID<Delivery> = try store.database.write { transaction in
      let id: ID<Delivery> = transaction.ids.next()
      let delivery = Delivery(
        id: id, tenantID: channel.tenantID, messageID: message, ordinal: 1, channelID: channel.id,
        transport: .sms, recipient: .person(somebody.address), contactID: somebody.contactID,
        priority: .normal, partCount: 1, laneAt: transaction.now,
        expiresAt: transaction.now.adding(milliseconds: 86_400_000), createdAt: transaction.now)
      try transaction.enqueue(delivery, parts: [])
      return id
    }
    try change(id) { $0.note = note }
    return id
  }

  /// Changes a delivery as the dispatcher does.
  func change(_ id: ID<Delivery>, _ edit: @Sendable (inout Delivery) -> Void) throws {
    try withoutActuallyEscaping(edit) { edit in
      let found = try store.database.read { try $0.delivery(id) }
      var delivery = try #require(found)
      edit(&delivery)
      let changed = delivery
      let stored = try store.database.write { try $0.update(changed, deadline: nil) }
      #expect(stored)
    }
  }

  /// Ends a delivery, and with it its message's wait.
  func end(
    _ id: ID<Delivery>, _ state: Delivery.State, _ error: ProviderError? = nil
  ) throws {
    try change(id) { delivery in
      delivery.state = state
      delivery.error = error
      delivery.laneAt = nil
      delivery.dueAt = nil
    }
    let delivery = try delivery(id)
    try store.database.write { transaction in
      try transaction.promote(
        channel: delivery.channelID, recipient: delivery.recipient, notBefore: transaction.now)
    }
  }

  /// A delivery as it is now.
  func delivery(_ id: ID<Delivery>) throws -> Delivery {
    let found = try store.database.read { try $0.delivery(id) }
    return try #require(found)
  }

  /// Notes an attempt that ended now.
  @discardableResult
  func attempt(
    _ delivery: ID<Delivery>, _ outcome: String, _ error: ProviderError? = nil,
    note: String? = nil, took milliseconds: Int64 = 120, part: Int64 = 0,
    exchange: JSON? = nil
  ) throws -> ID<Attempt> {
    let known = try self.delivery(delivery)
    let id: ID<Attempt> = try store.database.write { transaction in
      let id: ID<Attempt> = transaction.ids.next()
      try transaction.insert(
        Attempt(
          id: id, deliveryID: delivery, tenantID: known.tenantID, number: known.attemptCount + 1,
          series: known.series, part: part,
          startedAt: transaction.now.adding(milliseconds: -milliseconds),
          endedAt: transaction.now, outcome: outcome, error: error, note: note,
          exchanges: JSON.array(exchange.map { [$0] } ?? []).serialized()))
      return id
    }
    try change(delivery) {
      $0.attemptCount += 1
      $0.tries += 1
    }
    return id
  }

  /// Writes an event about a message, with what the status events have.
  func tell(
    _ type: String, _ message: ID<Message>, on channel: Channel? = nil, extra: JSONObject = [:]
  ) throws {
    let channel = (channel ?? test.twilio).id
    let tenant = test.acme.id
    let found = try store.database.read { try $0.message(message, tenant: tenant) }
    let chat = try #require(found).chatID
    try store.database.write { transaction in
      try Self.tell(type, message, chat, channel, transaction, extra)
    }
  }

  private static func tell(
    _ type: String, _ message: ID<Message>, _ chat: ID<Chat>, _ channel: ID<Channel>,
    _ transaction: Transaction, _ extra: JSONObject = [:]
  ) throws {
    var data: JSONObject = [
      "message_id": .string(message.description), "chat_id": .string(chat.description),
      "channel_id": .string(channel.description), "occurred_at": JSON(transaction.now),
    ]
    for member in extra { data[member.key] = member.value }
    let tenant = try transaction.connection.first(
      SQL("SELECT tenant_id FROM messages WHERE id = $1"), SQLValue(message)
    ) { (row) throws(StoreError) in try row.id(0, Tenant.self) }
    try transaction.append(
      type, tenant: #require(tenant),
      Transaction.EventPlace(chat: chat, subject: SQLValue(message)),
      data: JSON.object(data).serialized())
  }

  /// A channel's event, as the breaker and the API write them.
  func tell(channel: Channel, _ type: String, _ extra: JSONObject = [:]) throws {
    var data: JSONObject = ["channel_id": .string(channel.id.description)]
    for member in extra { data[member.key] = member.value }
    let bytes = JSON.object(data).serialized()
    try store.database.write { transaction in
      try transaction.append(
        type, tenant: channel.tenantID, Transaction.EventPlace(subject: SQLValue(channel.id)),
        data: bytes)
    }
  }

  /// Takes a status report in, under the provider's id of a message.
  func report(
    _ status: MessageStatus, _ error: ProviderError? = nil, of message: ID<Message>, key: String,
    receipt: ID<Receipt>
  ) throws {
    let now = store.clock.now()
    _ = try store.database.write { transaction in
      let report = ParkedReport(
        key: key, kind: "status", payload: [:], occurredAt: now, receiptID: receipt)
      _ = try transaction.keep(
        status, error: error, report, providerMessageID: "", of: message)
      return try transaction.fold(status, error: error, at: now, into: message)
    }
  }

  /// Runs replays until none is running, moving time on; how many turns that took.
  @discardableResult
  func runReplays(_ turns: ReplayTurns? = nil) throws -> Int {
    var turns = turns ?? ReplayTurns(store.database)
    var count = 0
    while let pause = try turns.turn(now: store.clock.now()) {
      store.clock.advance(milliseconds: pause)
      count += 1
      if count > 10_000 {
        Issue.record("replays do not end")
        break
      }
    }
    return count
  }
}

extension ProviderError {
  /// The carrier refused it.
  static let rejected = ProviderError(
    code: "63016", title: "Outside the window for free text", errorClass: "window")
  /// The number is dead.
  static let unreachable = ProviderError(
    code: "30005", title: "Unknown destination handset", detail: "NO ROUTE TO SUBSCRIBER",
    errorClass: "unreachable")
  /// The provider is too busy.
  static let busy = ProviderError(
    code: "20429", title: "Too many requests", errorClass: "rate_limit")
}

extension TestOutbound {
  /// Sets what a message came to, as the end of its last delivery does.
  func settle(
    _ message: ID<Message>, _ status: MessageStatus, _ error: ProviderError? = nil
  ) throws {
    try store.database.write { transaction in
      _ = try transaction.connection.execute(
        SQL("UPDATE messages SET status = $2, error = $3 WHERE id = $1"), SQLValue(message),
        .text(status.rawValue), SQLValue(utf8: error?.json.serialized()))
    }
  }
}
