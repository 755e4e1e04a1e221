// Messages: written once; what happens to them later is beside them.

extension Connection {
  private static let messageColumns = """
    id, tenant_id, chat_id, position, channel_id, provider, transport, direction, kind, sender,
    text, location, details, reply_to, provider_message_id, status, error, created_at, occurred_at,
    sent_at, delivered_at, read_at, deleted_at, receipt_id, attachment_count, extra_count, content,
    metadata, (SELECT purpose FROM deliveries WHERE deliveries.id = messages.id)
    """
  private static let messageByID = SQL(
    "SELECT \(messageColumns) FROM messages WHERE tenant_id = $1 AND id = $2")
  private static let messagesBefore = SQL(
    """
    SELECT \(messageColumns) FROM messages WHERE chat_id = $2 AND position < $3 AND tenant_id = $1
    ORDER BY position DESC LIMIT $4
    """)
  private static let attachmentList = SQL(
    """
    SELECT id, kind, content_type, file_name, size, state, source, provider_id, details
    FROM attachments WHERE message_id = $1 ORDER BY ordinal
    """)
  private static let versionList = SQL(
    "SELECT version, content, edited_at FROM message_versions WHERE message_id = $1 "
      + "ORDER BY edited_at, version")
  private static let versionLatest = SQL(
    "SELECT content FROM message_versions WHERE message_id = $1 "
      + "ORDER BY edited_at DESC, version DESC LIMIT 1")
  private static let reactionList = SQL(
    "SELECT person, emojis, changed_at FROM reactions WHERE message_id = $1 AND emojis <> '[]' "
      + "ORDER BY changed_at, person")
  private static let callByMessage = SQL(
    """
    SELECT state, duration_seconds, started_at, ended_at, details FROM calls WHERE message_id = $1
    """)

  /// A tenant's message, whole.
  package func message(_ id: ID<Message>, tenant: ID<Tenant>) throws(StoreError) -> Message? {
    guard
      let message = try first(Self.messageByID, SQLValue(tenant), SQLValue(id), read: Self.message)
    else { return nil }
    return try complete(message)
  }

  /// A chat's messages before a position, the newest first, whole.
  package func messages(
    of chat: ID<Chat>, tenant: ID<Tenant>, before position: Int64, limit: Int
  ) throws(StoreError) -> [Message] {
    let messages = try query(
      Self.messagesBefore, SQLValue(tenant), SQLValue(chat), .integer(position),
      .integer(Int64(limit)),
      read: Self.message)
    var complete: [Message] = []
    for message in messages { complete.append(try self.complete(message)) }
    return complete
  }

  /// A message's files in order.
  package func attachments(of message: ID<Message>) throws(StoreError) -> [Attachment] {
    try query(Self.attachmentList, SQLValue(message), read: Self.attachment)
  }

  /// The provider's id of a message that went through a channel; `nil` for one of another channel,
  /// or one that has none yet.
  package func providerID(
    of message: ID<Message>, channel: ID<Channel>
  ) throws(StoreError) -> String? {
    let id = try first(Self.providerIDOf, SQLValue(message), SQLValue(channel)) {
      (row) throws(StoreError) in row.text(0)
    }
    return id?.isEmpty == false ? id : nil
  }

  private static let providerIDOf = SQL(
    "SELECT provider_message_id FROM messages WHERE id = $1 AND channel_id = $2")

  /// Most messages are a text and nothing else: the row says whether there is more to look up.
  private func complete(
    _ found: (message: Message, attachments: Int64, extras: Int64)
  ) throws(StoreError) -> Message {
    var message = found.message
    if found.attachments > 0 {
      message.attachments = try query(
        Self.attachmentList, SQLValue(message.id), read: Self.attachment)
    }
    guard found.extras > 0 || message.kind == MessageKind.call.rawValue else { return message }
    let edits = try edits(of: message)
    if !edits.isEmpty { message.edits = JSON.array(edits).serialized() }
    let reactions = try query(Self.reactionList, SQLValue(message.id)) { (row) throws(StoreError) in
      Self.joined([
        "{\"person\":", row.text(0).json, ",\"emojis\":", row.text(1), ",\"changed_at\":",
        row.instant(2).description.json, "}",
      ])
    }
    if !reactions.isEmpty { message.reactions = Self.list(reactions) }
    message.call = try first(Self.callByMessage, SQLValue(message.id)) { (row) throws(StoreError) in
      let call: JSON = [
        "state": .string(row.text(0)), "duration_seconds": JSON(row.optionalInteger(1)),
        "started_at": JSON(row.optionalInstant(2)), "ended_at": JSON(row.optionalInstant(3)),
        "details": (try? JSON.parse(row.bytes(4))) ?? [:],
      ]
      return call.serialized()
    }
    return message
  }

  /// What a message's last version says, `nil` when it was never edited.
  func latestVersion(of message: ID<Message>) throws(StoreError) -> JSON? {
    try first(Self.versionLatest, SQLValue(message)) { (row) throws(StoreError) in
      (try? JSON.parse(row.bytes(0))) ?? .null
    }
  }

  /// The versions that look different from the one before, without where their files are kept.
  private func edits(of message: Message) throws(StoreError) -> [JSON] {
    let versions = try query(Self.versionList, SQLValue(message.id)) { (row) throws(StoreError) in
      (version: row.text(0), content: (try? JSON.parse(row.bytes(1))) ?? .null, at: row.instant(2))
    }
    var shown = ShownContent(message)
    return versions.compactMap { version, content, instant in
      let next = ShownContent(content)
      guard next != shown else { return nil }
      shown = next
      return [
        "version": .string(version), "edited_at": JSON(instant), "content": content.withoutSources,
      ]
    }
  }

  private static func joined(_ parts: [String]) -> [UInt8] { parts.flatMap { Array($0.utf8) } }

  private static func list(_ items: [[UInt8]]) -> [UInt8] {
    [UInt8(ascii: "[")] + items.joined(separator: [UInt8(ascii: ",")]) + [UInt8(ascii: "]")]
  }

  private static func message(
    _ row: Row
  ) throws(StoreError) -> (message: Message, attachments: Int64, extras: Int64) {
    var message = Message(
      id: try row.id(0), tenantID: try row.id(1), chatID: try row.id(2), position: row.integer(3),
      channelID: try row.id(4), provider: row.text(5), transport: row.text(6),
      direction: Direction(rawValue: row.text(7)) ?? .inbound, kind: row.text(8),
      sender: row.bytes(9), text: row.optionalText(10), content: row.optionalBytes(26),
      metadata: row.optionalBytes(27), location: row.optionalBytes(11),
      details: row.optionalBytes(12), replyTo: row.optionalID(13),
      providerMessageID: row.text(14), status: MessageStatus(rawValue: row.text(15)) ?? .unknown,
      error: row.optionalBytes(16), createdAt: row.instant(17),
      occurredAt: row.optionalInstant(18), sentAt: row.optionalInstant(19),
      deliveredAt: row.optionalInstant(20), readAt: row.optionalInstant(21),
      deletedAt: row.optionalInstant(22), receiptID: row.optionalID(23))
    // The first delivery has the message's number.
    message.purpose = row.optionalText(28).flatMap(MessagePurpose.init)
    return (message, row.integer(24), row.integer(25))
  }

  private static func attachment(_ row: Row) throws(StoreError) -> Attachment {
    var reference = AttachmentReference(
      kind: AttachmentKind(rawValue: row.text(1)) ?? .other, source: row.text(6),
      contentType: row.optionalText(2))
    reference.fileName = row.optionalText(3)
    reference.size = row.optionalInteger(4)
    reference.providerID = row.optionalText(7)
    reference.details = (try? JSON.parse(row.bytes(8)))?.object ?? [:]
    return Attachment(id: try row.id(0), reference: reference, state: row.text(5))
  }
}

extension Transaction {
  private static let messageInsert = SQL(
    """
    INSERT INTO messages (id, tenant_id, chat_id, position, channel_id, provider, transport,
      direction, kind, member_id, sender, text, location, details, reply_to, provider_message_id,
      status, created_at, occurred_at, sent_at, receipt_id, attachment_count, content, metadata)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19,
      $20, $21, $22, $23, $24)
    """)
  private static let attachmentInsert = SQL(
    """
    INSERT INTO attachments (id, message_id, ordinal, kind, content_type, file_name, size, state,
      source, provider_id, details, sha256)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
    """)
  private static let attachmentCount = SQL(
    "UPDATE messages SET attachment_count = attachment_count + 1 WHERE id = $1 "
      + "RETURNING attachment_count")
  private static let inboundRead = SQL(
    """
    UPDATE messages SET status = 'read', read_at = $3
    WHERE chat_id = $1 AND position > $2 AND direction = 'inbound' AND read_at IS NULL
    """)
  private static let readUpTo = SQL(
    """
    SELECT position FROM messages
    WHERE chat_id = $1 AND direction = 'inbound' AND read_at IS NOT NULL
    ORDER BY position DESC LIMIT 1
    """)

  /// Stores a message. Its attachments go with it.
  package func insert(_ message: Message, member: ID<Member>?) throws(StoreError) {
    try connection.execute(
      Self.messageInsert, SQLValue(message.id), SQLValue(message.tenantID),
      SQLValue(message.chatID),
      .integer(message.position), SQLValue(message.channelID), .text(message.provider),
      .text(message.transport), .text(message.direction.rawValue), .text(message.kind),
      SQLValue(member), .bytes(message.sender), SQLValue(message.text),
      SQLValue(utf8: message.location),
      SQLValue(utf8: message.details), SQLValue(message.replyTo), .text(message.providerMessageID),
      .text(message.status.rawValue), SQLValue(message.createdAt), SQLValue(message.occurredAt),
      SQLValue(message.sentAt), SQLValue(message.receiptID),
      .integer(Int64(message.attachments.count)), SQLValue(utf8: message.content),
      SQLValue(utf8: message.metadata))
    for (ordinal, attachment) in message.attachments.enumerated() {
      try insert(attachment, message: message.id, ordinal: Int64(ordinal))
    }
  }

  /// Adds a file to a message that exists: a call's recording comes after the call. Its place
  /// among the message's files.
  package func add(
    _ attachment: Attachment, to message: ID<Message>
  ) throws(StoreError) -> Int64 {
    let count = try connection.first(Self.attachmentCount, SQLValue(message)) {
      (row) throws(StoreError) in row.integer(0)
    }
    guard let count else { throw StoreError(.broken, "the message of a file is gone") }
    try insert(attachment, message: message, ordinal: count - 1)
    return count - 1
  }

  private static let inboundUnread = SQL(
    """
    SELECT channel_id, transport, provider_message_id FROM messages
    WHERE chat_id = $1 AND position > $2 AND direction = 'inbound' AND read_at IS NULL
    ORDER BY position DESC LIMIT $3
    """)
  /// How many unread messages are looked at for the last ones of each line.
  private static let unreadLookMax: Int64 = 200

  /// Marks every unread inbound message of a chat as read now. The last of them of each line.
  @discardableResult
  package func markRead(_ chat: ID<Chat>) throws(StoreError) -> [ReadMark] {
    // Marks go to the end of the chat: what lies before the last one needs no look.
    let start =
      try connection.first(Self.readUpTo, SQLValue(chat)) { (row) throws(StoreError) in
        row.integer(0)
      }
      ?? 0
    let unread = try connection.query(
      Self.inboundUnread, SQLValue(chat), .integer(start), .integer(Self.unreadLookMax)
    ) { (row) throws(StoreError) in
      ReadMark(
        channelID: try row.id(0), transport: TransportKind(rawValue: row.text(1)) ?? .other,
        providerMessageID: row.text(2))
    }
    try connection.execute(Self.inboundRead, SQLValue(chat), .integer(start), SQLValue(now))
    var marks: [ReadMark] = []
    for mark in unread {
      let isKnown = marks.contains {
        $0.channelID == mark.channelID && $0.transport == mark.transport
      }
      if !isKnown { marks.append(mark) }
    }
    return marks
  }

  private func insert(
    _ attachment: Attachment, message: ID<Message>, ordinal: Int64
  ) throws(StoreError) {
    let reference = attachment.reference
    try connection.execute(
      Self.attachmentInsert, SQLValue(attachment.id), SQLValue(message), .integer(ordinal),
      .text(reference.kind.rawValue), SQLValue(reference.contentType), SQLValue(reference.fileName),
      SQLValue(reference.size), .text(attachment.state), .text(reference.source),
      SQLValue(reference.providerID),
      reference.details.isEmpty
        ? .null : .bytes(JSON.object(reference.details).serialized()),
      attachment.sha256.map(SQLValue.blob) ?? .null)
  }
}

/// The last message of a line that was read just now.
package struct ReadMark: Equatable, Sendable {
  /// The channel it came on.
  package let channelID: ID<Channel>
  /// The line it came on.
  package let transport: TransportKind
  /// The provider's id of it.
  package let providerMessageID: String
}

extension String {
  /// The text as a JSON string with its quotes.
  fileprivate var json: String {
    String(decoding: JSON.string(self).serialized(), as: UTF8.self)
  }
}
