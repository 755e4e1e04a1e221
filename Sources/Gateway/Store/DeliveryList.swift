// Lists of deliveries: those that ended badly, and those that wait. Nothing here reads the
// accepted ones, of which there are millions.

/// Which deliveries a list is about, beside their state.
package struct DeliveryScope: Sendable {
  /// Whose they are.
  package var tenantID: ID<Tenant>
  /// Through what.
  package var channelID: ID<Channel>?
  /// Ended with that code.
  package var errorCode: String?
  /// Made then or later.
  package var since: Instant?
  /// Made before.
  package var until: Instant?
  /// Changed last then or before.
  package var changedUntil: Instant?

  /// All of a tenant's.
  package init(tenant: ID<Tenant>) { tenantID = tenant }

  /// An error begins with its code, as ``ProviderError`` renders it: so no dialect's way to read
  /// JSON is needed.
  var errorStart: String? {
    errorCode.map { code in
      "{\"code\":\(String(decoding: JSON.string(code).serialized(), as: UTF8.self)),"
    }
  }

  /// Identifiers hold the time of making: a range of times is one of identifiers. All lie behind
  /// this one.
  func lowest(after cursor: ID<Delivery>? = nil) -> ID<Delivery> {
    let since = Self.milliseconds(since)
    let start = since > 0 ? ID<Delivery>(high: since << 16 - 1, low: .max) : ID(high: 0, low: 0)
    return max(start, cursor ?? start)
  }

  /// All lie before this one.
  func highest(before cursor: ID<Delivery>? = nil) -> ID<Delivery> {
    let end =
      until == nil
      ? ID<Delivery>(high: .max, low: .max) : ID(high: Self.milliseconds(until) << 16, low: 0)
    return min(end, cursor ?? end)
  }

  private static func milliseconds(_ instant: Instant?) -> UInt64 {
    // 48 bits are there for the time.
    UInt64(min(max(instant?.millisecondsSinceEpoch ?? 0, 0), 1 << 47))
  }
}

extension Connection {
  // SQLite uses the small index only when the query repeats its condition.
  private static let endedWhere = """
    FROM deliveries
    WHERE tenant_id = $1 AND state = $2
      AND state IN ('failed', 'undeliverable', 'expired', 'canceled', 'blocked', 'unknown')
      AND id > $3 AND id < $4 AND ($5 IS NULL OR channel_id = $5)
      AND ($6 IS NULL OR substr(error, 1, length($6)) = $6) AND updated_at <= $7
    """
  private static let endedNewest = SQL(
    "SELECT \(deliveryColumns) \(endedWhere) ORDER BY id DESC LIMIT $8")
  private static let endedOldest = SQL(
    "SELECT \(deliveryColumns) \(endedWhere) ORDER BY id LIMIT $8")
  // `instr` is SQLite's; PostgreSQL calls it `strpos`.
  private static let endedCount = SQL(
    """
    SELECT channel_id, MIN(error), COUNT(*), MIN(created_at), MAX(created_at)
    FROM (SELECT channel_id, error, created_at \(endedWhere) LIMIT $8) AS ended
    GROUP BY channel_id, substr(error, 1, instr(error, '","title"'))
    """)
  private static let waitingInLanes = SQL(
    """
    SELECT \(deliveryColumns) FROM deliveries
    WHERE channel_id = $1 AND lane_at IS NOT NULL AND (recipient, lane_at, id) > ($2, $3, $4)
      AND state = 'queued' AND tenant_id = $5 AND id > $6 AND id < $7
      AND ($8 IS NULL OR substr(error, 1, length($8)) = $8)
    ORDER BY recipient, lane_at, id LIMIT $9
    """)
  private static let underWay = SQL(
    """
    SELECT \(deliveryColumns) FROM deliveries
    WHERE channel_id = $1 AND state = 'sending' AND tenant_id = $2 AND id > $3 AND id < $4
    ORDER BY id DESC LIMIT $5
    """)
  /// The statements behind the lists: a test asks SQLite how it would run them.
  static let deliveryLists = [
    endedNewest, endedOldest, endedCount, waitingInLanes, underWay, waitingBefore,
  ]
  private static let channelName = SQL("SELECT name FROM channels WHERE id = $1")
  private static let replayOfDelivery = SQL("SELECT replay_id FROM deliveries WHERE id = $1")
  private static let waitingBefore = SQL(
    """
    SELECT \(deliveryColumns) FROM deliveries
    WHERE channel_id = $1 AND recipient = $2 AND lane_at IS NOT NULL AND (lane_at, id) < ($3, $4)
    ORDER BY lane_at, id LIMIT 1
    """)
  private static let attemptAt = SQL(
    "SELECT rowid, ended_at FROM attempts WHERE rowid >= $1 ORDER BY rowid LIMIT 1")
  private static let attemptLast = SQL("SELECT COALESCE(MAX(rowid), 0) FROM attempts")
  private static let attemptByID = SQL(
    """
    SELECT delivery_id FROM attempts WHERE rowid >= $1 AND rowid < $2 AND id = $3
      AND tenant_id = $4
    """)

  /// Deliveries that ended in one of `states`, none of them `accepted`: the newest first before
  /// the cursor.
  package func deliveries(
    ended states: [Delivery.State], _ scope: DeliveryScope, before cursor: ID<Delivery>?,
    limit: Int
  ) throws(StoreError) -> [Delivery] {
    let all = try ended(
      Self.endedNewest, states, scope, scope.lowest(), scope.highest(before: cursor), limit)
    return Array(all.sorted { $0.id > $1.id }.prefix(limit))
  }

  /// The same, the oldest first behind the cursor.
  package func deliveries(
    ended states: [Delivery.State], _ scope: DeliveryScope, after cursor: ID<Delivery>?,
    limit: Int
  ) throws(StoreError) -> [Delivery] {
    let all = try ended(
      Self.endedOldest, states, scope, scope.lowest(after: cursor), scope.highest(), limit)
    return Array(all.sorted { $0.id < $1.id }.prefix(limit))
  }

  private func ended(
    _ sql: SQL, _ states: [Delivery.State], _ scope: DeliveryScope, _ low: ID<Delivery>,
    _ high: ID<Delivery>, _ limit: Int
  ) throws(StoreError) -> [Delivery] {
    var all: [Delivery] = []
    for state in states {
      all += try query(
        sql, SQLValue(scope.tenantID), .text(state.rawValue), SQLValue(low), SQLValue(high),
        SQLValue(scope.channelID), SQLValue(scope.errorStart),
        SQLValue(scope.changedUntil ?? Instant.range.upperBound), .integer(Int64(limit)),
        read: Self.delivery)
    }
    return all
  }

  /// How many ended in each of `states`, by channel and error; at most `most` of each state are
  /// counted.
  package func count(
    ended states: [Delivery.State], _ scope: DeliveryScope, most: Int64
  ) throws(StoreError) -> [EndedCount] {
    var counts: [EndedCount] = []
    for state in states {
      counts += try query(
        Self.endedCount, SQLValue(scope.tenantID), .text(state.rawValue),
        SQLValue(scope.lowest()), SQLValue(scope.highest()), SQLValue(scope.channelID),
        SQLValue(scope.errorStart), SQLValue(scope.changedUntil ?? Instant.range.upperBound),
        .integer(most)
      ) { (row) throws(StoreError) in
        EndedCount(
          state: state, channelID: try row.id(0),
          error: row.optionalBytes(1).flatMap { ProviderError(stored: $0) },
          count: row.integer(2), oldest: row.instant(3), newest: row.instant(4))
      }
    }
    return counts
  }

  /// Deliveries that wait, channel by channel and line by line, each line from its head: behind
  /// the cursor. A backlog of millions is read in pages by its index.
  package func deliveriesWaiting(
    _ scope: DeliveryScope, after cursor: ID<Delivery>?, limit: Int
  ) throws(StoreError) -> [Delivery] {
    let place = try cursor.map { id throws(StoreError) in try delivery(id) } ?? nil
    var found: [Delivery] = []
    for channel in try channels(scope) where found.count < limit {
      var start: (String, Instant, ID<Delivery>) = (
        "", Instant.range.lowerBound, ID(high: 0, low: 0)
      )
      if let place {
        if channel < place.channelID { continue }
        // One that has left its line meanwhile: what was before it there has left, too.
        if channel == place.channelID {
          start = (place.recipient.key, place.laneAt ?? start.1, place.id)
        }
      }
      found += try query(
        Self.waitingInLanes, SQLValue(channel), .text(start.0), SQLValue(start.1),
        SQLValue(start.2), SQLValue(scope.tenantID), SQLValue(scope.lowest()),
        SQLValue(scope.highest()), SQLValue(scope.errorStart),
        .integer(Int64(limit - found.count)), read: Self.delivery)
    }
    return found
  }

  /// Deliveries with a request under way, the newest first before the cursor. There are at most as
  /// many as channels send at once.
  package func deliveriesUnderWay(
    _ scope: DeliveryScope, before cursor: ID<Delivery>?, limit: Int
  ) throws(StoreError) -> [Delivery] {
    var found: [Delivery] = []
    for channel in try channels(scope) {
      found += try query(
        Self.underWay, SQLValue(channel), SQLValue(scope.tenantID), SQLValue(scope.lowest()),
        SQLValue(scope.highest(before: cursor)), .integer(Int64(limit)), read: Self.delivery)
    }
    return Array(found.sorted { $0.id > $1.id }.prefix(limit))
  }

  private func channels(_ scope: DeliveryScope) throws(StoreError) -> [ID<Channel>] {
    if let channel = scope.channelID { return [channel] }
    return try channelIDs(of: scope.tenantID)
  }

  /// What people call a channel, `nil` when it is gone.
  package func name(of channel: ID<Channel>) throws(StoreError) -> String? {
    try first(Self.channelName, SQLValue(channel)) { (row) throws(StoreError) in row.text(0) }
  }

  /// The replay that queued a delivery last.
  package func replay(of delivery: ID<Delivery>) throws(StoreError) -> ID<Replay>? {
    try first(Self.replayOfDelivery, SQLValue(delivery)) {
      (row) throws(StoreError) -> ID<Replay>? in row.optionalID(0)
    } ?? nil
  }

  /// The head of the line that a waiting delivery stands in, where that is another one.
  package func head(before delivery: Delivery) throws(StoreError) -> Delivery? {
    guard let laneAt = delivery.laneAt else { return nil }
    return try first(
      Self.waitingBefore, SQLValue(delivery.channelID), .text(delivery.recipient.key),
      SQLValue(laneAt), SQLValue(delivery.id), read: Self.delivery)
  }

  /// How many rows behind the time in an attempt's identifier it is looked for: as many as a
  /// machine sends in the longest exchange.
  private static let attemptReachMax: Int64 = 200_000

  /// The delivery that an attempt was for.
  ///
  /// No index is kept for this rare question: attempts are stored in order of time, and the
  /// identifier says when it was made. PostgreSQL has no rowid and will need the index.
  package func delivery(
    of attempt: ID<Attempt>, tenant: ID<Tenant>
  ) throws(StoreError) -> ID<Delivery>? {
    let wanted = attempt.instant
    var low: Int64 = 0
    var high = try first(Self.attemptLast) { (row) throws(StoreError) in row.integer(0) } ?? 0
    while low < high {
      let middle = low + (high - low) / 2
      let found = try first(Self.attemptAt, .integer(middle)) { (row) throws(StoreError) in
        (row: row.integer(0), endedAt: row.instant(1))
      }
      guard let found, found.endedAt < wanted else {
        high = middle
        continue
      }
      low = found.row + 1
    }
    return try first(
      Self.attemptByID, .integer(low), .integer(low + Self.attemptReachMax), SQLValue(attempt),
      SQLValue(tenant)
    ) { (row) throws(StoreError) in try row.id(0) }
  }
}

/// How many deliveries ended in one state, on one channel, with one error.
package struct EndedCount: Sendable {
  /// The state.
  package let state: Delivery.State
  /// Through what.
  package let channelID: ID<Channel>
  /// One of the errors with that code.
  package let error: ProviderError?
  /// How many.
  package let count: Int64
  /// When the first of them was made.
  package let oldest: Instant
  /// When the last of them was made.
  package let newest: Instant
}
