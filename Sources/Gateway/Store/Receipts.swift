// Receipts: the raw requests, kept so that nothing is ever unexplained.

extension Connection {
  private static let receiptColumns = """
    id, tenant_id, channel_id, state, reason, verified_by, items, attempts, method, target,
    headers, body, remote_address, received_at
    """
  private static let receiptByID = SQL(
    "SELECT \(receiptColumns) FROM receipts WHERE tenant_id = $1 AND id = $2")
  // A page of a list must not carry two hundred bodies: their lengths are enough there.
  private static let listColumns = """
    id, tenant_id, channel_id, state, reason, verified_by, items, attempts, method, target,
    '[]', x'', remote_address, received_at, length(body)
    """
  private static let receiptList = SQL(
    """
    SELECT \(listColumns) FROM receipts WHERE tenant_id = $1 AND id < $2
    ORDER BY id DESC LIMIT $3
    """)
  private static let receiptListByState = SQL(
    """
    SELECT \(listColumns) FROM receipts WHERE tenant_id = $1 AND state = $4 AND id < $2
    ORDER BY id DESC LIMIT $3
    """)
  // SQLite uses the small index only when the query repeats its condition.
  private static let receiptListToLookAt = SQL(
    """
    SELECT \(listColumns) FROM receipts WHERE tenant_id = $1 AND state = $4 AND id < $2
      AND state NOT IN ('processed', 'duplicate', 'ignored')
    ORDER BY id DESC LIMIT $3
    """)
  private static let unremarkable: [ReceiptState] = [.processed, .duplicate, .ignored]
  private static let quarantineCount = SQL(
    """
    SELECT COUNT(*) FROM receipts
    WHERE channel_id = $1 AND state = 'quarantined' AND received_at >= $2
    """)

  /// A tenant's receipt.
  package func receipt(_ id: ID<Receipt>, tenant: ID<Tenant>) throws(StoreError) -> Receipt? {
    try first(Self.receiptByID, SQLValue(tenant), SQLValue(id), read: Self.receipt)
  }

  /// A tenant's receipts before the cursor, the newest first, of one state where given. Without
  /// their headers and bodies.
  package func receipts(
    of tenant: ID<Tenant>, state: ReceiptState?, before cursor: ID<Receipt>?, limit: Int
  ) throws(StoreError) -> [Receipt] {
    let end = SQLValue(cursor ?? ID(high: .max, low: .max))
    guard let state else {
      return try query(
        Self.receiptList, SQLValue(tenant), end, .integer(Int64(limit)), read: Self.listed)
    }
    return try query(
      Self.unremarkable.contains(state) ? Self.receiptListByState : Self.receiptListToLookAt,
      SQLValue(tenant), end, .integer(Int64(limit)), .text(state.rawValue), read: Self.listed)
  }

  /// How many requests of a channel were quarantined since then.
  package func quarantined(_ channel: ID<Channel>, since: Instant) throws(StoreError) -> Int {
    try first(Self.quarantineCount, SQLValue(channel), SQLValue(since)) {
      (row) throws(StoreError) in
      Int(row.integer(0))
    } ?? 0
  }

  private static func listed(_ row: Row) throws(StoreError) -> Receipt {
    var receipt = try receipt(row)
    receipt.bodyBytes = row.integer(14)
    return receipt
  }

  private static func receipt(_ row: Row) throws(StoreError) -> Receipt {
    var headers = HTTPHeaders()
    for pair in (try? JSON.parse(row.bytes(10)))?.array ?? [] {
      guard let pair = pair.array, pair.count == 2, let name = pair[0].string,
        let value = pair[1].string
      else { continue }
      headers.add(name, value)
    }
    return Receipt(
      id: try row.id(0), tenantID: try row.id(1), channelID: try row.id(2),
      request: HTTPRequest(
        method: row.text(8), target: row.text(9), headers: headers, body: row.bytes(11)),
      remoteAddress: row.text(12), receivedAt: row.instant(13),
      state: ReceiptState(rawValue: row.text(3)) ?? .failed, reason: row.optionalText(4),
      verifiedBy: row.optionalText(5), items: row.bytes(6), attempts: row.integer(7))
  }
}

extension Transaction {
  private static let receiptInsert = SQL(
    """
    INSERT INTO receipts (id, tenant_id, channel_id, state, reason, verified_by, items, attempts,
      method, target, headers, body, remote_address, received_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
    """)
  private static let receiptUpdate = SQL(
    """
    UPDATE receipts SET state = $3, reason = $4, verified_by = $5, items = $6, attempts = $7
    WHERE tenant_id = $1 AND id = $2
    """)
  private static let quarantinePurge = SQL(
    """
    DELETE FROM receipts WHERE id IN (SELECT id FROM receipts
      WHERE channel_id = $1 AND state = 'quarantined' AND received_at < $2 LIMIT $3)
    """)

  /// Stores a receipt.
  package func insert(_ receipt: Receipt) throws(StoreError) {
    var headers = JSONWriter()
    headers.raw("[")
    for (index, field) in receipt.request.headers.fields.enumerated() {
      if index > 0 { headers.raw(",") }
      headers.raw("[")
      headers.string(field.name)
      headers.raw(",")
      headers.string(field.value)
      headers.raw("]")
    }
    headers.raw("]")
    try connection.execute(
      Self.receiptInsert, SQLValue(receipt.id), SQLValue(receipt.tenantID),
      SQLValue(receipt.channelID),
      .text(receipt.state.rawValue), SQLValue(receipt.reason), SQLValue(receipt.verifiedBy),
      .bytes(receipt.items), .integer(receipt.attempts), .text(receipt.request.method),
      .text(receipt.request.target), .bytes(headers.bytes), .blob(receipt.request.body),
      .text(receipt.remoteAddress), SQLValue(receipt.receivedAt))
  }

  /// Stores what came of processing a receipt again.
  package func update(_ receipt: Receipt) throws(StoreError) {
    try connection.execute(
      Self.receiptUpdate, SQLValue(receipt.tenantID), SQLValue(receipt.id),
      .text(receipt.state.rawValue), SQLValue(receipt.reason), SQLValue(receipt.verifiedBy),
      .bytes(receipt.items), .integer(receipt.attempts))
  }

  /// Deletes a channel's quarantined receipts from before `instant`, at most `limit`; how many.
  package func purgeQuarantined(
    _ channel: ID<Channel>, before instant: Instant, limit: Int
  ) throws(StoreError) -> Int {
    try connection.execute(
      Self.quarantinePurge, SQLValue(channel), SQLValue(instant), .integer(Int64(limit)))
  }
}
