// Claiming: what is due is taken by one dispatcher, with everything it needs to send it.

/// A delivery that is due, with its message.
package struct DueDelivery: Sendable {
  /// The delivery as it stands.
  package var delivery: Delivery
  /// Its message's chat.
  package let chatID: ID<Chat>
  /// What the message says: `OutboundContent`'s members.
  package let content: JSONObject
  /// The message it answers.
  package let replyTo: ID<Message>?
  /// When it was deleted, if it was.
  package let deletedAt: Instant?
  /// How many files it has.
  package let attachmentCount: Int64
  /// The provider's id of the message, empty before one is known.
  package let providerMessageID: String
  /// When the person last wrote, and on which channel.
  package let lastInboundAt: Instant?
  /// The channel the person last wrote on.
  package let lastInboundChannelID: ID<Channel>?
  /// Whether the contact wants no messages of its purpose on this line.
  package let isOptedOut: Bool
  /// How far the message got.
  package let status: MessageStatus
}

extension Connection {
  private static let dueColumns = """
    d.id, d.tenant_id, d.message_id, d.ordinal, d.channel_id, d.transport, d.recipient,
    d.contact_id, d.priority, d.state, d.error, d.note, d.part_count, d.part_next, d.series,
    d.tries, d.attempt_count, d.lease, d.lane_at, d.due_at, d.retry_at, d.started_at, d.tried_at,
    d.gave_way_at, d.expires_at, d.fallback, d.created_at, d.updated_at, d.purpose,
    m.chat_id, m.text, m.content, m.reply_to, m.deleted_at, m.attachment_count,
    m.provider_message_id, c.last_inbound_at, c.last_inbound_channel_id,
    \(SQL.isOptedOut(contact: "d.contact_id", transport: "d.transport", purpose: "d.purpose")),
    m.status
    """
  private static let dueJoins = """
    JOIN messages m ON m.id = d.message_id JOIN chats c ON c.id = m.chat_id
    """
  private static let dueList = SQL(
    """
    SELECT \(dueColumns) FROM deliveries d \(dueJoins)
    WHERE d.channel_id = $1 AND d.priority = $2 AND d.due_at <= $3 ORDER BY d.due_at LIMIT $4
    """)
  private static let dueByID = SQL(
    "SELECT \(dueColumns) FROM deliveries d \(dueJoins) WHERE d.id = $1")
  private static let underWay = SQL(
    """
    SELECT \(dueColumns) FROM deliveries d \(dueJoins)
    WHERE d.channel_id = $1 AND d.state = 'sending' LIMIT $2
    """)
  private static let nextDue = SQL(
    """
    SELECT due_at FROM deliveries WHERE channel_id = $1 AND priority = $2 AND due_at IS NOT NULL
    ORDER BY due_at LIMIT 1
    """)
  private static let deadlines = SQL(
    """
    SELECT \(dueColumns) FROM deliveries d \(dueJoins)
    WHERE d.deadline_at <= $1 ORDER BY d.deadline_at LIMIT $2
    """)
  private static let queuedCount = SQL(
    "SELECT COUNT(*) FROM deliveries WHERE channel_id = $1 AND lane_at IS NOT NULL")

  /// What of a channel and priority is due at `instant`, the longest due first.
  package func due(
    _ channel: ID<Channel>, _ priority: Delivery.Priority, at instant: Instant, limit: Int
  ) throws(StoreError) -> [DueDelivery] {
    try query(
      Self.dueList, SQLValue(channel), .integer(priority.rank), SQLValue(instant),
      .integer(Int64(limit)), read: Self.due)
  }

  /// One delivery with its message.
  package func due(_ id: ID<Delivery>) throws(StoreError) -> DueDelivery? {
    try first(Self.dueByID, SQLValue(id), read: Self.due)
  }

  /// What of a channel was under way: after a start, when the daemon ended.
  package func underWay(
    _ channel: ID<Channel>, limit: Int
  ) throws(StoreError) -> [DueDelivery] {
    try query(Self.underWay, SQLValue(channel), .integer(Int64(limit)), read: Self.due)
  }

  /// When the next of a channel and priority is due.
  package func nextDue(
    _ channel: ID<Channel>, _ priority: Delivery.Priority
  ) throws(StoreError) -> Instant? {
    try first(Self.nextDue, SQLValue(channel), .integer(priority.rank)) {
      (row) throws(StoreError) in row.instant(0)
    }
  }

  /// What has to be looked at because its time is over.
  package func deadlines(at instant: Instant, limit: Int) throws(StoreError) -> [DueDelivery] {
    try query(Self.deadlines, SQLValue(instant), .integer(Int64(limit)), read: Self.due)
  }

  /// How many deliveries of a channel wait or are under way.
  package func queued(_ channel: ID<Channel>) throws(StoreError) -> Int64 {
    try first(Self.queuedCount, SQLValue(channel)) { (row) throws(StoreError) in row.integer(0) }
      ?? 0
  }

  private static func due(_ row: Row) throws(StoreError) -> DueDelivery {
    var content = row.optionalBytes(31).flatMap { try? JSON.parse($0) }?.object ?? [:]
    if content["text"] == nil, let text = row.optionalText(30) { content["text"] = .string(text) }
    return DueDelivery(
      delivery: try delivery(row), chatID: try row.id(29), content: content,
      replyTo: row.optionalID(32), deletedAt: row.optionalInstant(33),
      attachmentCount: row.integer(34), providerMessageID: row.text(35),
      lastInboundAt: row.optionalInstant(36), lastInboundChannelID: row.optionalID(37),
      isOptedOut: row.integer(38) != 0,
      status: MessageStatus(rawValue: row.text(39)) ?? .unknown)
  }
}

extension Transaction {
  private static let lease = SQL(
    """
    UPDATE deliveries SET state = 'sending', lease = lease + 1, tries = tries + 1,
      attempt_count = attempt_count + 1, due_at = NULL, retry_at = NULL, started_at = $2,
      tried_at = COALESCE(tried_at, $2), updated_at = $2
    WHERE id = $1 AND lease = $3
    """)
  private static let leaseSettling = SQL(
    """
    UPDATE deliveries SET lease = lease + 1, attempt_count = attempt_count + 1, due_at = $2
    WHERE id = $1 AND lease = $3
    """)
  private static let fence = SQL(
    "UPDATE deliveries SET lease = lease + 1 WHERE id = $1 AND lease = $2")
  private static let deadline = SQL("UPDATE deliveries SET deadline_at = $2 WHERE id = $1")

  /// Takes a delivery to send its next part: the attempt has begun once this is on the disk. The
  /// delivery as it stands then.
  package func lease(_ delivery: Delivery) throws(StoreError) -> Delivery {
    try connection.execute(
      Self.lease, SQLValue(delivery.id), SQLValue(now), .integer(delivery.lease))
    var leased = delivery
    leased.state = .sending
    leased.lease += 1
    leased.tries += 1
    leased.attemptCount += 1
    leased.dueAt = nil
    leased.retryAt = nil
    leased.startedAt = now
    leased.triedAt = delivery.triedAt ?? now
    leased.updatedAt = now
    return leased
  }

  /// Takes a delivery in doubt to ask the provider. Should nobody come back with an answer it is
  /// due again at `until`.
  package func leaseSettling(
    _ delivery: Delivery, until: Instant
  ) throws(StoreError) -> Delivery {
    try connection.execute(
      Self.leaseSettling, SQLValue(delivery.id), SQLValue(until), .integer(delivery.lease))
    var leased = delivery
    leased.lease += 1
    leased.attemptCount += 1
    leased.dueAt = until
    return leased
  }

  /// Lets what is under way for a delivery count no more. The lease from now on.
  package func fence(_ delivery: Delivery) throws(StoreError) -> Int64 {
    try connection.execute(Self.fence, SQLValue(delivery.id), .integer(delivery.lease))
    return delivery.lease + 1
  }

  /// Sets when a delivery has to be looked at again.
  package func setDeadline(
    _ delivery: ID<Delivery>, _ instant: Instant?
  ) throws(StoreError) {
    try connection.execute(Self.deadline, SQLValue(delivery), SQLValue(instant))
  }
}
