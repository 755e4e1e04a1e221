import Testing

@testable import Gateway

/// Messages of ours on a scripted channel, and what becomes of sending them.
extension ScriptedIngest {
  /// Enqueues a message to somebody who has a chat.
  func enqueue(
    _ text: String?, to address: Address, on channel: Channel, parts: [MessagePart] = [],
    attachmentCount: Int = 0
  ) throws -> ID<Message> {
    let known = try #require(try known(address))
    let chatID = try #require(known.chatID)
    return try store.database.write { transaction in
      let id: ID<Message> = transaction.ids.next()
      let turn = try transaction.bump(
        chatID, direction: .outbound, channel: channel.id, at: transaction.now)
      var message = Message(
        id: id, tenantID: channel.tenantID, chatID: chatID, position: turn.position,
        channelID: channel.id, provider: channel.provider, transport: "whatsapp",
        direction: .outbound, kind: "text", sender: Sender.user(UserSender()).json.serialized(),
        text: text, location: nil, details: nil, replyTo: nil, providerMessageID: "",
        status: .queued, error: nil, createdAt: transaction.now, occurredAt: nil, sentAt: nil,
        deliveredAt: nil, readAt: nil, deletedAt: nil, receiptID: nil)
      message.attachments = (0..<attachmentCount).map {
        Attachment(
          id: transaction.ids.next(),
          reference: AttachmentReference(kind: .image, source: "https://a.example/\($0)"),
          state: "stored")
      }
      try transaction.insert(message, member: nil)
      try transaction.enqueue(
        Delivery(
          id: id.delivery, tenantID: channel.tenantID, messageID: id, ordinal: 0,
          channelID: channel.id, transport: .whatsapp, recipient: .person(address),
          contactID: known.contactID, priority: .normal,
          partCount: Int64(max(1, parts.count)), laneAt: transaction.now,
          expiresAt: transaction.now.adding(milliseconds: 86_400_000),
          createdAt: transaction.now), parts: parts)
      return id
    }
  }

  /// Begins the next attempt.
  func lease(_ message: ID<Message>) throws {
    store.clock.advance(milliseconds: 10)
    let delivery = try delivery(message)
    _ = try store.database.write { try $0.lease(delivery) }
  }

  /// The provider takes what is under way.
  func accept(_ message: ID<Message>, _ id: String, on channel: Channel) throws {
    store.clock.advance(milliseconds: 10)
    let found = try delivery(message)
    let stored = try store.database.write { transaction in
      var delivery = found
      var recorder = Recorder(transaction, channel, receipt: nil)
      guard try recorder.accept(&delivery, ids: [id], deadline: nil) else { return false }
      try transaction.insert(
        Attempt(
          id: transaction.ids.next(), deliveryID: found.id, tenantID: found.tenantID,
          number: found.attemptCount, series: 1, part: found.partNext,
          startedAt: found.startedAt ?? transaction.now, endedAt: transaction.now,
          outcome: "accepted", error: nil, note: nil, exchanges: Array("[]".utf8)))
      return true
    }
    #expect(stored)
  }

  /// Nobody knows what became of what is under way.
  func doubt(_ message: ID<Message>, on channel: Channel) throws {
    let found = try delivery(message)
    let stored = try store.database.write { transaction in
      var delivery = found
      return try Recorder(transaction, channel, receipt: nil).end(
        &delivery, as: .unknown, error: nil)
    }
    #expect(stored)
  }

  func delivery(_ message: ID<Message>) throws -> Delivery {
    let found = try store.database.read { try $0.delivery(message.delivery) }
    return try #require(found)
  }

  func message(_ id: ID<Message>) throws -> Message {
    let found = try store.database.read { [tenant] in try $0.message(id, tenant: tenant.id) }
    return try #require(found)
  }
}
