// Canceling: what waits is taken back, what is under way is not.

/// A delivery that waits, as far as canceling needs it.
package struct WaitingDelivery: Sendable {
  /// The delivery.
  package let id: ID<Delivery>
  /// Its message.
  package let messageID: ID<Message>
  /// The message's chat.
  package let chatID: ID<Chat>
  /// Its channel.
  package let channelID: ID<Channel>
  /// To whom.
  package let recipient: Recipient
  /// The contact behind the recipient; a group has none.
  package let contactID: ID<Contact>?
  /// On which line.
  package let transport: TransportKind
  /// Its place in the lane; for one that waits outside of it, since when.
  package let laneAt: Instant
  /// What the sender noted at the message, rendered.
  package let metadata: [UInt8]?

  /// A delivery with what belongs to its message.
  package init(_ delivery: Delivery, chat: ID<Chat>, metadata: [UInt8]?) {
    id = delivery.id
    messageID = delivery.messageID
    chatID = chat
    channelID = delivery.channelID
    recipient = delivery.recipient
    contactID = delivery.contactID
    transport = delivery.transport
    laneAt = delivery.laneAt ?? delivery.dueAt ?? delivery.createdAt
    self.metadata = metadata
  }

  /// The columns that ``init(_:)`` reads, in its order, of `deliveries d` and `messages m`.
  static let columns = """
    d.id, d.message_id, m.chat_id, d.channel_id, d.recipient,
    COALESCE(d.lane_at, d.due_at, d.created_at), m.metadata, d.contact_id, d.transport
    """
  /// What has failed on its channel and waits for the next one of its fallback: it has left its
  /// lane, and only for that is something ended ever due.
  static let fallsBack = """
    (d.due_at IS NOT NULL AND d.state IN ('failed', 'undeliverable', 'expired', 'blocked'))
    """

  /// Reads a row of ``columns``.
  init(_ row: Row) throws(StoreError) {
    guard let recipient = Recipient(key: row.text(4)) else {
      throw StoreError(.broken, "a delivery without a recipient")
    }
    id = try row.id(0)
    messageID = try row.id(1)
    chatID = try row.id(2)
    channelID = try row.id(3)
    self.recipient = recipient
    laneAt = row.instant(5)
    metadata = row.optionalBytes(6)
    contactID = row.optionalID(7)
    transport = TransportKind(rawValue: row.text(8)) ?? .other
  }
}

/// Where a delivery of a channel waits.
struct LanePlace {
  /// The channel.
  let channel: ID<Channel>
  /// The lane, by its ``Recipient/key``.
  let recipient: String
  /// The ``Delivery/Priority/rank``.
  let priority: Int64
  /// The place in the lane, or outside of it since when.
  let laneAt: Instant
  /// The delivery there.
  let id: ID<Delivery>
}

extension Connection {
  private static let channelIDs = SQL("SELECT id FROM channels WHERE tenant_id = $1 ORDER BY id")
  private static let waiting = SQL(
    """
    SELECT \(WaitingDelivery.columns)
    FROM deliveries d JOIN messages m ON m.id = d.message_id
    WHERE d.channel_id = $1 AND d.lane_at IS NOT NULL AND d.state = 'queued'
      AND (d.recipient, d.lane_at, d.id) > ($2, $3, $4)
    ORDER BY d.recipient, d.lane_at, d.id LIMIT $5
    """)
  private static let fallingBack = SQL(
    """
    SELECT \(WaitingDelivery.columns)
    FROM deliveries d JOIN messages m ON m.id = d.message_id
    WHERE d.channel_id = $1 AND \(WaitingDelivery.fallsBack)
      AND (d.priority, d.due_at, d.id) > ($2, $3, $4)
    ORDER BY d.priority, d.due_at, d.id LIMIT $5
    """)
  private static let waitingInLane = SQL(
    """
    SELECT \(WaitingDelivery.columns)
    FROM deliveries d JOIN messages m ON m.id = d.message_id
    WHERE d.channel_id = $1 AND d.recipient = $2 AND d.lane_at IS NOT NULL AND d.state = 'queued'
      AND ($3 IS NULL OR d.transport = $3) AND ($4 IS NULL OR d.purpose = $4)
    ORDER BY d.lane_at, d.id
    """)

  /// The identifiers of a tenant's channels, oldest first.
  package func channelIDs(of tenant: ID<Tenant>) throws(StoreError) -> [ID<Channel>] {
    try query(Self.channelIDs, SQLValue(tenant)) { (row) throws(StoreError) in try row.id(0) }
  }

  /// What waits for one recipient, in order; of one line and one purpose where they are named.
  package func waiting(
    on channel: ID<Channel>, for recipient: Recipient, transport: TransportKind?,
    purpose: MessagePurpose? = nil
  ) throws(StoreError) -> [WaitingDelivery] {
    try query(
      Self.waitingInLane, SQLValue(channel), .text(recipient.key), SQLValue(transport?.rawValue),
      SQLValue(purpose?.rawValue), read: WaitingDelivery.init)
  }

  /// What has failed on a channel and waits for its fallback, behind `place`.
  func fallingBack(
    on channel: ID<Channel>, after place: LanePlace?, limit: Int
  ) throws(StoreError) -> [WaitingDelivery] {
    try query(
      Self.fallingBack, SQLValue(channel),
      .integer(place?.priority ?? Delivery.Priority.normal.rank),
      SQLValue(place?.laneAt ?? Instant.range.lowerBound),
      SQLValue(place?.id ?? ID(high: 0, low: 0)), .integer(Int64(limit)),
      read: WaitingDelivery.init)
  }

  /// What waits on a channel behind `place`, in the order of the lanes.
  func waiting(
    on channel: ID<Channel>, after place: LanePlace?, limit: Int
  ) throws(StoreError) -> [WaitingDelivery] {
    try query(
      Self.waiting, SQLValue(channel), .text(place?.recipient ?? ""),
      SQLValue(place?.laneAt ?? Instant.range.lowerBound),
      SQLValue(place?.id ?? ID(high: 0, low: 0)), .integer(Int64(limit)),
      read: WaitingDelivery.init)
  }
}

extension Transaction {
  private static let cancelOne = SQL(
    """
    UPDATE deliveries SET state = 'canceled', error = $2, note = $3, lane_at = NULL, due_at = NULL,
      retry_at = NULL, deadline_at = NULL, fallback = NULL, updated_at = $4
    WHERE id = $1 AND (state = 'queued'
      OR due_at IS NOT NULL AND state IN ('failed', 'undeliverable', 'expired', 'blocked'))
    """)
  private static let cancelMessage = SQL(
    """
    UPDATE messages SET status = 'canceled', error = $2
    WHERE id = $1 AND status IN ('queued', 'sending', 'sent', 'unknown')
    """)

  /// Takes deliveries back that wait. Each is told of, with the note as the reason; the lanes they
  /// leave go on. How many.
  package func cancel(
    _ waiting: [WaitingDelivery], tenant: ID<Tenant>, error: ProviderError?, note: String,
    receipt: ID<Receipt>? = nil
  ) throws(StoreError) -> Int {
    let rendered = SQLValue(utf8: error?.json.serialized())
    var lanes: Set<Lane> = []
    var count = 0
    for delivery in waiting {
      let changed = try connection.execute(
        Self.cancelOne, SQLValue(delivery.id), rendered, .text(note), SQLValue(now))
      guard changed > 0 else { continue }
      count += 1
      lanes.insert(Lane(channel: delivery.channelID, recipient: delivery.recipient))
      // One that has arrived by the channel before, or failed before its rest was sent, stays so.
      let isTold =
        try connection.execute(
          Self.cancelMessage, SQLValue(delivery.messageID), rendered) > 0
      guard isTold else { continue }
      let data: JSON = [
        "message_id": .string(delivery.messageID.description),
        "chat_id": .string(delivery.chatID.description),
        "channel_id": .string(delivery.channelID.description), "occurred_at": JSON(now),
        "status": .string(MessageStatus.canceled.rawValue), "error": error?.json ?? .null,
        "reason": .string(note),
      ]
      try append(
        "message.canceled", tenant: tenant,
        EventPlace(
          chat: delivery.chatID, subject: SQLValue(delivery.messageID), receipt: receipt),
        data: data.serialized())
    }
    for lane in lanes {
      try promote(channel: lane.channel, recipient: lane.recipient, notBefore: now)
    }
    return count
  }

  /// Takes back everything that waits for an address on a line, on every channel of its tenant:
  /// what an opt-out has to do. Of one purpose only where it is named. How many.
  package func cancelWaiting(
    for address: Address, transport: TransportKind, purpose: MessagePurpose? = nil,
    tenant: ID<Tenant>, error: ProviderError, note: String, receipt: ID<Receipt>?
  ) throws(StoreError) -> Int {
    var count = 0
    for channel in try connection.channelIDs(of: tenant) {
      let waiting = try connection.waiting(
        on: channel, for: .person(address), transport: transport, purpose: purpose)
      if waiting.isEmpty { continue }
      count += try cancel(waiting, tenant: tenant, error: error, note: note, receipt: receipt)
    }
    return count
  }
}

/// The line of those that wait for one recipient on one channel.
package struct Lane: Hashable, Sendable {
  /// The channel.
  package let channel: ID<Channel>
  /// The recipient.
  package let recipient: Recipient

  /// A lane.
  package init(channel: ID<Channel>, recipient: Recipient) {
    self.channel = channel
    self.recipient = recipient
  }
}
