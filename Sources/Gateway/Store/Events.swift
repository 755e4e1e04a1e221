// Events: what is told to the outside, in the order of commit.

extension Transaction {
  private static let nextSequence = SQL(
    "UPDATE tenants SET event_sequence = event_sequence + 1 WHERE id = $1 RETURNING event_sequence")
  private static let nextChatSequence = SQL(
    "UPDATE chats SET event_sequence = event_sequence + 1 WHERE id = $1 RETURNING event_sequence")
  private static let eventInsert = SQL(
    """
    INSERT INTO events (tenant_id, sequence, id, type, chat_id, chat_sequence, created_at, data,
      subject_id, receipt_id)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
    """)

  /// Where an event belongs.
  package struct EventPlace {
    /// The chat, where it belongs to one.
    package var chat: ID<Chat>?
    /// Its place among the chat's events where that is known already; otherwise the next is taken.
    package var chatSequence: Int64?
    /// The sixteen bytes of what it is about: for explaining that thing.
    package var subject: SQLValue = .null
    /// The request that caused it.
    package var receipt: ID<Receipt>?
  }

  /// Tells the outside something, as part of this transaction.
  package func append(
    _ type: String, tenant: ID<Tenant>, _ place: EventPlace, data: [UInt8]
  ) throws(StoreError) {
    guard
      let sequence = try connection.first(
        Self.nextSequence, SQLValue(tenant), read: { (row) throws(StoreError) in row.integer(0) })
    else { throw StoreError(.broken, "the tenant of an event is gone") }
    var chatSequence = place.chatSequence
    if let chat = place.chat, chatSequence == nil {
      chatSequence = try connection.first(
        Self.nextChatSequence, SQLValue(chat),
        read: { (row) throws(StoreError) in row.integer(0) })
    }
    let id: ID<Event> = ids.next()
    try connection.execute(
      Self.eventInsert, SQLValue(tenant), .integer(sequence), SQLValue(id), .text(type),
      SQLValue(place.chat), SQLValue(chatSequence), SQLValue(now), .bytes(data), place.subject,
      SQLValue(place.receipt))
  }
}

extension Connection {
  private static let eventColumns = """
    id, type, sequence, chat_sequence, created_at, tenant_id, data
    """
  private static let eventsAfter = SQL(
    """
    SELECT \(eventColumns) FROM events WHERE tenant_id = $1 AND sequence > $2
    ORDER BY sequence LIMIT $3
    """)
  private static let eventsAbout = SQL(
    """
    SELECT \(eventColumns) FROM events WHERE subject_id = $2 AND tenant_id = $1 ORDER BY sequence
    """)
  private static let lastSequence = SQL("SELECT event_sequence FROM tenants WHERE id = $1")

  /// A tenant's events behind `sequence`, in order, at most `limit`.
  package func events(
    of tenant: ID<Tenant>, after sequence: Int64, limit: Int
  ) throws(StoreError) -> [Event] {
    try query(
      Self.eventsAfter, SQLValue(tenant), .integer(sequence), .integer(Int64(limit)),
      read: Self.event)
  }

  /// A tenant's events about one thing, in order.
  package func events(
    about subject: SQLValue, tenant: ID<Tenant>
  ) throws(StoreError) -> [Event] {
    try query(Self.eventsAbout, SQLValue(tenant), subject, read: Self.event)
  }

  /// The sequence number of a tenant's last event, 0 before the first.
  package func lastEventSequence(of tenant: ID<Tenant>) throws(StoreError) -> Int64 {
    try first(
      Self.lastSequence, SQLValue(tenant), read: { (row) throws(StoreError) in row.integer(0) })
      ?? 0
  }

  private static func event(_ row: Row) throws(StoreError) -> Event {
    Event(
      id: try row.id(0), type: row.text(1), sequence: row.integer(2),
      chatSequence: row.optionalInteger(3), timestamp: row.instant(4), tenantID: try row.id(5),
      data: row.bytes(6))
  }
}
