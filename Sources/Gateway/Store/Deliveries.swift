// Deliveries: what waits to be sent, in lanes. A lane is a channel and a recipient; only the first
// of a lane has a `due_at`, and while it is under way none has.

extension Connection {
  /// The columns that ``delivery(_:)`` reads, in its order.
  static let deliveryColumns = """
    id, tenant_id, message_id, ordinal, channel_id, transport, recipient, contact_id, priority,
    state, error, note, part_count, part_next, series, tries, attempt_count, lease, lane_at,
    due_at, retry_at, started_at, tried_at, gave_way_at, expires_at, fallback, created_at,
    updated_at, purpose
    """
  private static let deliveryByID = SQL(
    "SELECT \(deliveryColumns) FROM deliveries WHERE id = $1")
  private static let deliveryFurther = SQL(
    """
    SELECT \(deliveryColumns) FROM deliveries WHERE message_id = $1 AND ordinal > 0
    ORDER BY ordinal
    """)
  private static let partList = SQL(
    """
    SELECT payload, provider_message_id, status, error, sent_at, delivered_at, read_at
    FROM delivery_parts WHERE delivery_id = $1 ORDER BY ordinal
    """)

  /// A delivery, whosever it is. Callers that serve somebody compare its tenant.
  package func delivery(_ id: ID<Delivery>) throws(StoreError) -> Delivery? {
    try first(Self.deliveryByID, SQLValue(id), read: Self.delivery)
  }

  /// A message's deliveries in order: the first, then its fallbacks. Empty for what came in.
  package func deliveries(of message: ID<Message>) throws(StoreError) -> [Delivery] {
    guard let first = try delivery(message.delivery) else { return [] }
    return [first] + (try query(Self.deliveryFurther, SQLValue(message), read: Self.delivery))
  }

  /// The parts of a delivery that has several, in order; empty for one that has one.
  package func parts(of delivery: ID<Delivery>) throws(StoreError) -> [StoredPart] {
    try query(Self.partList, SQLValue(delivery)) { (row) throws(StoreError) in
      StoredPart(
        part: (try? JSON.parse(row.bytes(0))).flatMap(MessagePart.init(json:)) ?? MessagePart([:]),
        providerMessageID: row.optionalText(1),
        fold: StatusFold(
          status: MessageStatus(rawValue: row.text(2)) ?? .queued,
          error: row.optionalBytes(3).flatMap { ProviderError(stored: $0) },
          sentAt: row.optionalInstant(4), deliveredAt: row.optionalInstant(5),
          readAt: row.optionalInstant(6)))
    }
  }

  /// Reads a row of ``deliveryColumns``, which may have more behind them.
  static func delivery(_ row: Row) throws(StoreError) -> Delivery {
    guard let recipient = Recipient(key: row.text(6)) else {
      throw StoreError(.broken, "a delivery without a recipient")
    }
    var delivery = Delivery(
      id: try row.id(0), tenantID: try row.id(1), messageID: try row.id(2),
      ordinal: row.integer(3), channelID: try row.id(4),
      transport: TransportKind(rawValue: row.text(5)) ?? .other, recipient: recipient,
      contactID: row.optionalID(7), priority: row.integer(8) > 0 ? .high : .normal,
      partCount: row.integer(12), laneAt: row.instant(18), expiresAt: row.instant(24),
      createdAt: row.instant(26))
    delivery.state = Delivery.State(rawValue: row.text(9)) ?? .unknown
    delivery.error = row.optionalBytes(10).flatMap { ProviderError(stored: $0) }
    delivery.note = row.optionalText(11)
    delivery.partNext = row.integer(13)
    delivery.series = row.integer(14)
    delivery.tries = row.integer(15)
    delivery.attemptCount = row.integer(16)
    delivery.lease = row.integer(17)
    delivery.laneAt = row.optionalInstant(18)
    delivery.dueAt = row.optionalInstant(19)
    delivery.retryAt = row.optionalInstant(20)
    delivery.startedAt = row.optionalInstant(21)
    delivery.triedAt = row.optionalInstant(22)
    delivery.gaveWayAt = row.optionalInstant(23)
    delivery.fallback =
      row.optionalBytes(25).flatMap { try? JSON.parse($0) }?.array?.compactMap(\.string) ?? []
    delivery.updatedAt = row.instant(27)
    delivery.purpose = MessagePurpose(rawValue: row.text(28)) ?? .service
    return delivery
  }
}

/// A part of a delivery that has several, with what became of it.
package struct StoredPart: Sendable {
  /// What is to be said.
  package let part: MessagePart
  /// The provider's id of it, once accepted.
  package let providerMessageID: String?
  /// What was reported of it.
  package var fold: StatusFold
}

extension ID<Message> {
  /// The number of the message's first delivery: the same.
  package var delivery: ID<Delivery> { ID<Delivery>(high: high, low: low) }
}

extension Transaction {
  private static let laneHead = SQL(
    """
    SELECT id, lane_at, due_at, state, tried_at, gave_way_at FROM deliveries
    WHERE channel_id = $1 AND recipient = $2 AND lane_at IS NOT NULL
    ORDER BY lane_at, id LIMIT 1
    """)
  private static let deliveryInsert = SQL(
    """
    INSERT INTO deliveries (id, tenant_id, message_id, ordinal, channel_id, transport, recipient,
      contact_id, priority, state, part_count, lane_at, due_at, expires_at, deadline_at, fallback,
      created_at, updated_at, note, purpose)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $14, $15, $16, $16, $17,
      $18)
    """)
  private static let deliveryUpdate = SQL(
    """
    UPDATE deliveries SET state = $2, error = $3, note = $4, part_next = $5, series = $6,
      tries = $7, attempt_count = $8, lane_at = $9, due_at = $10, retry_at = $11,
      started_at = $12, tried_at = $13, gave_way_at = $14, deadline_at = $15, fallback = $16,
      updated_at = $17
    WHERE id = $1 AND lease = $18
    """)
  private static let setDue = SQL("UPDATE deliveries SET due_at = $2 WHERE id = $1")
  private static let partInsert = SQL(
    """
    INSERT INTO delivery_parts (delivery_id, ordinal, payload, status) VALUES ($1, $2, $3, 'queued')
    """)

  /// Puts a delivery into its lane. With several parts they are kept as they are now, so that a
  /// newer program does not cut the message elsewhere after half of it was sent.
  package func enqueue(_ delivery: Delivery, parts: [MessagePart]) throws(StoreError) {
    let place = try makeRoom(for: delivery, at: delivery.laneAt ?? now)
    let dueAt = place.isFirst ? place.laneAt : nil
    try connection.execute(
      Self.deliveryInsert, SQLValue(delivery.id), SQLValue(delivery.tenantID),
      SQLValue(delivery.messageID), .integer(delivery.ordinal), SQLValue(delivery.channelID),
      .text(delivery.transport.rawValue), .text(delivery.recipient.key),
      SQLValue(delivery.contactID), .integer(delivery.priority.rank),
      .text(delivery.state.rawValue), .integer(delivery.partCount), SQLValue(place.laneAt),
      SQLValue(dueAt),
      SQLValue(delivery.expiresAt), Self.fallback(delivery), SQLValue(now),
      SQLValue(delivery.note), .text(delivery.purpose.rawValue))
    if parts.count > 1 { try insert(parts, of: delivery.id) }
    if dueAt != nil { wake(.channel(delivery.channelID)) }
  }

  private func insert(_ parts: [MessagePart], of delivery: ID<Delivery>) throws(StoreError) {
    for (ordinal, part) in parts.enumerated() {
      try connection.execute(
        Self.partInsert, SQLValue(delivery), .integer(Int64(ordinal)),
        .bytes(part.json.serialized()))
    }
  }

  private static let partsDelete = SQL("DELETE FROM delivery_parts WHERE delivery_id = $1")
  private static let partCountWrite = SQL("UPDATE deliveries SET part_count = $2 WHERE id = $1")

  /// Cuts a delivery anew of which nothing was accepted: what was said while a service window was
  /// open is not what goes once it has closed. `keepsOne` keeps also the words of one that has a
  /// single part. The delivery as it stands then.
  package func recut(
    _ delivery: Delivery, into parts: [MessagePart], keepsOne: Bool = false
  ) throws(StoreError) -> Delivery {
    try connection.execute(Self.partsDelete, SQLValue(delivery.id))
    if parts.count > 1 || keepsOne { try insert(parts, of: delivery.id) }
    try connection.execute(
      Self.partCountWrite, SQLValue(delivery.id), .integer(Int64(parts.count)))
    var cut = delivery
    cut.partCount = Int64(parts.count)
    return cut
  }

  /// A message goes on by this delivery, through another channel: what it shows is the one that
  /// carries it. An identifier that the other provider gave it is not this one's.
  package func carry(_ delivery: Delivery) throws(StoreError) {
    try connection.execute(
      Self.carryMessage, SQLValue(delivery.messageID), SQLValue(delivery.channelID),
      .text(delivery.transport.rawValue))
  }

  private static let carryMessage = SQL(
    """
    UPDATE messages SET channel_id = $2, transport = $3, provider_message_id = '',
      provider = (SELECT provider FROM channels WHERE id = $2)
    WHERE id = $1
    """)

  /// Stores what became of a delivery, unless it was claimed again since it was read: then nothing
  /// is stored and the answer is false. `deadline` is when it has to be looked at again without
  /// anything happening to it.
  package func update(_ delivery: Delivery, deadline: Instant?) throws(StoreError) -> Bool {
    let changed = try connection.execute(
      Self.deliveryUpdate, SQLValue(delivery.id), .text(delivery.state.rawValue),
      SQLValue(utf8: delivery.error?.json.serialized()), SQLValue(delivery.note),
      .integer(delivery.partNext), .integer(delivery.series), .integer(delivery.tries),
      .integer(delivery.attemptCount), SQLValue(delivery.laneAt), SQLValue(delivery.dueAt),
      SQLValue(delivery.retryAt), SQLValue(delivery.startedAt), SQLValue(delivery.triedAt),
      SQLValue(delivery.gaveWayAt), SQLValue(deadline), Self.fallback(delivery), SQLValue(now),
      .integer(delivery.lease))
    if changed > 0, delivery.dueAt != nil { wake(.channel(delivery.channelID)) }
    return changed > 0
  }

  /// Lets the first of a lane be due, not before `instant`, if nothing of it is under way. Called
  /// whenever one has left its lane or changed its place there.
  package func promote(
    channel: ID<Channel>, recipient: Recipient, notBefore instant: Instant
  ) throws(StoreError) {
    guard let head = try laneHead(channel, recipient.key) else { return }
    wake(.channel(channel))
    guard head.dueAt == nil, head.state != Delivery.State.sending.rawValue else { return }
    try connection.execute(
      Self.setDue, SQLValue(head.id), SQLValue(max(head.laneAt, instant)))
  }

  /// Makes room in its lane for a delivery that is to go at `laneAt`: its place there, and whether
  /// it is the first.
  ///
  /// What has begun stays the first, whatever the time: a clock that was set back would otherwise
  /// put a delivery in front of it, and both would be sent. A first that has not, and is to go
  /// later than this one, steps back.
  func makeRoom(
    for delivery: Delivery, at laneAt: Instant
  ) throws(StoreError) -> (laneAt: Instant, isFirst: Bool) {
    guard let head = try laneHead(delivery.channelID, delivery.recipient.key) else {
      return (laneAt, true)
    }
    let isBehind = (head.laneAt, head.id) < (laneAt, delivery.id)
    // Not a moment later than needed: what comes next must find its place behind this one.
    if head.hasBegun {
      return (isBehind ? laneAt : head.laneAt.adding(milliseconds: 1), false)
    }
    if head.dueAt == nil || isBehind { return (laneAt, false) }
    try connection.execute(Self.setDue, SQLValue(head.id), .null)
    return (laneAt, true)
  }

  private struct LaneHead {
    let id: ID<Delivery>
    let laneAt: Instant
    let dueAt: Instant?
    let state: String
    /// Whether it is under way, in doubt, or was tried and has not let the others go first.
    let hasBegun: Bool
  }

  private func laneHead(
    _ channel: ID<Channel>, _ recipient: String
  ) throws(StoreError) -> LaneHead? {
    try connection.first(Self.laneHead, SQLValue(channel), .text(recipient)) {
      (row) throws(StoreError) in
      LaneHead(
        id: try row.id(0), laneAt: row.instant(1), dueAt: row.optionalInstant(2),
        state: row.text(3),
        hasBegun: row.text(3) != Delivery.State.queued.rawValue
          || row.optionalInstant(4) != nil && row.optionalInstant(5) == nil)
    }
  }

  private static func fallback(_ delivery: Delivery) -> SQLValue {
    delivery.fallback.isEmpty
      ? .null : .bytes(JSON.array(delivery.fallback.map(JSON.string)).serialized())
  }
}
