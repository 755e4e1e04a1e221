// What is told later about a message: status, edits, deletions, reactions. And the keys by which
// the same thing twice is one thing.

/// The keys under which providers' facts are remembered.
package enum FactKey {
  /// The key of a message with that provider id.
  package static func message(_ providerMessageID: String) -> String {
    "message:\(providerMessageID)"
  }
}

/// A report about a message that is not known yet, kept until it is.
package struct ParkedReport: Sendable {
  /// The item's key.
  package let key: String
  /// `status`, `edit`, `deletion`, `reaction`, `read`.
  package let kind: String
  /// What it says, as JSON.
  package let payload: JSON
  /// When it happened.
  package let occurredAt: Instant
  /// The request that brought it; `nil` for what we asked for ourselves.
  package let receiptID: ID<Receipt>?
}

extension Connection {
  private static let messageOfKey = SQL(
    "SELECT message_id FROM provider_events WHERE channel_id = $1 AND key = $2")
  private static let statusList = SQL(
    """
    SELECT status, error, occurred_at, receipt_id FROM status_reports WHERE message_id = $1
    ORDER BY occurred_at, key
    """)

  /// Our message behind a provider's id, `nil` when none is known yet.
  package func message(
    provider id: String, channel: ID<Channel>
  ) throws(StoreError) -> ID<Message>? {
    try first(Self.messageOfKey, SQLValue(channel), .text(FactKey.message(id))) {
      (row) throws(StoreError) -> ID<Message>? in row.optionalID(0)
    } ?? nil
  }

  /// What was reported about a message, in order of time, each as JSON.
  package func statusReports(of message: ID<Message>) throws(StoreError) -> [JSON] {
    try query(Self.statusList, SQLValue(message)) { (row) throws(StoreError) in
      [
        "status": .string(row.text(0)),
        "error": row.optionalBytes(1).flatMap { try? JSON.parse($0) } ?? .null,
        "occurred_at": JSON(row.instant(2)),
        "receipt_id": JSON(row.optionalID(3, Receipt.self)?.description),
      ]
    }
  }
}

extension Transaction {
  private static let claimInsert = SQL(
    """
    INSERT INTO provider_events (channel_id, key, receipt_id, message_id) VALUES ($1, $2, $3, $4)
    ON CONFLICT (channel_id, key) DO NOTHING
    """)
  private static let claimDelete = SQL(
    "DELETE FROM provider_events WHERE channel_id = $1 AND key = $2")
  private static let parkInsert = SQL(
    """
    INSERT INTO parked_reports (channel_id, provider_message_id, key, kind, payload, occurred_at,
      receipt_id)
    VALUES ($1, $2, $3, $4, $5, $6, $7)
    ON CONFLICT (channel_id, provider_message_id, key) DO NOTHING
    """)
  private static let parkedList = SQL(
    """
    SELECT key, kind, payload, occurred_at, receipt_id FROM parked_reports
    WHERE channel_id = $1 AND provider_message_id = $2 ORDER BY occurred_at, key
    """)
  private static let parkedDelete = SQL(
    "DELETE FROM parked_reports WHERE channel_id = $1 AND provider_message_id = $2")
  private static let statusInsert = SQL(
    """
    INSERT INTO status_reports (message_id, key, status, error, occurred_at, receipt_id,
      provider_message_id)
    VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (message_id, key) DO NOTHING
    """)
  private static let foldRead = SQL(
    "SELECT status, error, sent_at, delivered_at, read_at FROM messages WHERE id = $1")
  private static let foldWrite = SQL(
    """
    UPDATE messages SET status = $2, error = $3, sent_at = $4, delivered_at = $5, read_at = $6
    WHERE id = $1
    """)
  private static let versionInsert = SQL(
    """
    INSERT INTO message_versions (message_id, version, content, edited_at, receipt_id)
    VALUES ($1, $2, $3, $4, $5) ON CONFLICT (message_id, version) DO NOTHING
    """)
  // The newer report stays; of two with the same time the one with the greater key, so that the
  // order in which they come does not matter.
  private static let reactionUpsert = SQL(
    """
    INSERT INTO reactions (message_id, person, emojis, changed_at, key)
    VALUES ($1, $2, $3, $4, $5)
    ON CONFLICT (message_id, person) DO UPDATE SET emojis = excluded.emojis,
      changed_at = excluded.changed_at, key = excluded.key
    WHERE (excluded.changed_at, excluded.key) > (reactions.changed_at, reactions.key)
    """)
  private static let extraBump = SQL(
    "UPDATE messages SET extra_count = extra_count + 1 WHERE id = $1")
  private static let deletionMark = SQL(
    "UPDATE messages SET deleted_at = $2 WHERE id = $1 AND deleted_at IS NULL")
  private static let outboundUpTo = SQL(
    """
    SELECT id FROM messages WHERE chat_id = $1 AND direction = 'outbound' AND read_at IS NULL
      AND (id = $2 OR channel_id = $4 AND status IN ('sent', 'delivered'))
      AND position <= (SELECT position FROM messages WHERE id = $2)
      AND position > (SELECT position FROM messages WHERE id = $2) - $3
    """)
  /// How far back a mark reaches. A chat may have a hundred thousand messages, and each mark would
  /// look at them all for one that was never reported as read.
  private static let readReachMax: Int64 = 1000
  /// Claims a fact. False when it was claimed before: then it has been told already.
  package func claim(
    _ key: String, channel: ID<Channel>, receipt: ID<Receipt>?, message: ID<Message>? = nil
  ) throws(StoreError) -> Bool {
    try connection.execute(
      Self.claimInsert, SQLValue(channel), .text(key), SQLValue(receipt), SQLValue(message)) > 0
  }

  /// Gives a claim back: nothing came of the fact, and it may be told again.
  package func release(_ key: String, channel: ID<Channel>) throws(StoreError) {
    try connection.execute(Self.claimDelete, SQLValue(channel), .text(key))
  }

  /// Keeps a report until its message appears.
  package func park(
    _ report: ParkedReport, channel: ID<Channel>, providerMessageID: String
  ) throws(StoreError) {
    try connection.execute(
      Self.parkInsert, SQLValue(channel), .text(providerMessageID), .text(report.key),
      .text(report.kind), .bytes(report.payload.serialized()), SQLValue(report.occurredAt),
      SQLValue(report.receiptID))
  }

  /// Takes out what was parked for a message that has appeared, in order of time.
  package func takeParked(
    channel: ID<Channel>, providerMessageID: String
  ) throws(StoreError) -> [ParkedReport] {
    let parked = try connection.query(
      Self.parkedList, SQLValue(channel), .text(providerMessageID)
    ) { (row) throws(StoreError) in
      ParkedReport(
        key: row.text(0), kind: row.text(1), payload: (try? JSON.parse(row.bytes(2))) ?? .null,
        occurredAt: row.instant(3), receiptID: try row.id(4))
    }
    if !parked.isEmpty {
      try connection.execute(Self.parkedDelete, SQLValue(channel), .text(providerMessageID))
    }
    return parked
  }

  /// Keeps what was reported about a message. False when it was kept before.
  package func keep(
    _ status: MessageStatus, error: ProviderError?, _ report: ParkedReport,
    providerMessageID: String, of message: ID<Message>
  ) throws(StoreError) -> Bool {
    try connection.execute(
      Self.statusInsert, SQLValue(message), .text(report.key), .text(status.rawValue),
      SQLValue(utf8: error?.json.serialized()), SQLValue(report.occurredAt),
      SQLValue(report.receiptID), .text(providerMessageID)) > 0
  }

  /// Folds what is known of a message into where it stands. True when its status moved.
  package func fold(
    _ status: MessageStatus, error: ProviderError?, at instant: Instant, into message: ID<Message>
  ) throws(StoreError) -> Bool {
    let found = try connection.first(Self.foldRead, SQLValue(message)) { (row) throws(StoreError) in
      StatusFold(
        status: MessageStatus(rawValue: row.text(0)) ?? .unknown,
        error: row.optionalBytes(1).flatMap { ProviderError(stored: $0) },
        sentAt: row.optionalInstant(2), deliveredAt: row.optionalInstant(3),
        readAt: row.optionalInstant(4))
    }
    guard var fold = found else { throw StoreError(.broken, "the message of a report is gone") }
    let moved = fold.apply(status, error: error, at: instant)
    try set(fold, of: message)
    return moved
  }

  /// Sets where a message stands.
  package func set(_ fold: StatusFold, of message: ID<Message>) throws(StoreError) {
    try connection.execute(
      Self.foldWrite, SQLValue(message), .text(fold.status.rawValue),
      SQLValue(utf8: fold.error?.json.serialized()), SQLValue(fold.sentAt),
      SQLValue(fold.deliveredAt), SQLValue(fold.readAt))
  }

  /// Adds a version to a message. False when it has that one.
  package func addVersion(
    _ version: String, content: [UInt8], at instant: Instant, receipt: ID<Receipt>?,
    to message: ID<Message>
  ) throws(StoreError) -> Bool {
    let isNew = try connection.execute(
      Self.versionInsert, SQLValue(message), .text(version), .bytes(content), SQLValue(instant),
      SQLValue(receipt))
    if isNew > 0 { try connection.execute(Self.extraBump, SQLValue(message)) }
    return isNew > 0
  }

  /// Sets one person's reactions to a message. False when a newer report is there.
  package func setReactions(
    _ emojis: JSON, person: String, at instant: Instant, key: String, on message: ID<Message>
  ) throws(StoreError) -> Bool {
    let changed = try connection.execute(
      Self.reactionUpsert, SQLValue(message), .text(person), .bytes(emojis.serialized()),
      SQLValue(instant), .text(key))
    if changed > 0 { try connection.execute(Self.extraBump, SQLValue(message)) }
    return changed > 0
  }

  /// Marks a message as deleted by its author. False when it was already.
  package func markDeleted(_ message: ID<Message>, at instant: Instant) throws(StoreError) -> Bool {
    try connection.execute(Self.deletionMark, SQLValue(message), SQLValue(instant)) > 0
  }

  /// Our messages of a channel up to one of a chat that went out and that nobody has been reported
  /// to have read, among the last thousand messages before it; and that one itself.
  package func unreadOutbound(
    of chat: ID<Chat>, upTo message: ID<Message>, channel: ID<Channel>
  ) throws(StoreError) -> [ID<Message>] {
    try connection.query(
      Self.outboundUpTo, SQLValue(chat), SQLValue(message), .integer(Self.readReachMax),
      SQLValue(channel)
    ) {
      (row) throws(StoreError) in try row.id(0)
    }
  }
}

extension ProviderError {
  /// Reads an error as this store writes it.
  init?(stored bytes: [UInt8]) {
    guard let json = try? JSON.parse(bytes), let code = json["code"]?.string,
      let title = json["title"]?.string, let errorClass = json["class"]?.string
    else { return nil }
    self.init(code: code, title: title, detail: json["detail"]?.string, errorClass: errorClass)
  }

  /// Reads an error as an item renders it.
  package init?(json: JSON) { self.init(stored: json.serialized()) }
}
