// Replays: deliveries that ended badly are queued again, in steps, each with its own cursor.

extension Connection {
  private static let replayColumns = """
    id, tenant_id, state, filter, rate_per_second, total, done, skipped, cursor, created_at,
    updated_at, finished_at
    """
  private static let replayByID = SQL(
    "SELECT \(replayColumns) FROM replays WHERE tenant_id = $1 AND id = $2")
  private static let replayList = SQL(
    """
    SELECT \(replayColumns) FROM replays WHERE tenant_id = $1 AND id < $2
    ORDER BY id DESC LIMIT $3
    """)
  private static let replaysRunning = SQL(
    "SELECT \(replayColumns) FROM replays WHERE state = 'running' ORDER BY id")

  /// A tenant's replay.
  package func replay(_ id: ID<Replay>, tenant: ID<Tenant>) throws(StoreError) -> Replay? {
    try first(Self.replayByID, SQLValue(tenant), SQLValue(id), read: Self.replay)
  }

  /// A tenant's replays before the cursor, the newest first.
  package func replays(
    of tenant: ID<Tenant>, before cursor: ID<Replay>?, limit: Int
  ) throws(StoreError) -> [Replay] {
    try query(
      Self.replayList, SQLValue(tenant), SQLValue(cursor ?? ID(high: .max, low: .max)),
      .integer(Int64(limit)), read: Self.replay)
  }

  /// Every replay of every tenant that has work to do: for what runs them.
  package func runningReplays() throws(StoreError) -> [Replay] {
    try query(Self.replaysRunning, read: Self.replay)
  }

  /// The deliveries that match a replay's filter and ended before `instant`, in the order of their
  /// making, behind the cursor.
  package func deliveries(
    matching filter: Replay.Filter, tenant: ID<Tenant>, endedBy instant: Instant,
    after cursor: ID<Delivery>?, limit: Int
  ) throws(StoreError) -> [Delivery] {
    let scope = filter.scope(tenant, endedBy: instant)
    guard filter.messageID != nil || filter.deliveryID != nil else {
      return try deliveries(ended: filter.states, scope, after: cursor, limit: limit)
    }
    var few: [Delivery] = []
    if let id = filter.deliveryID { few += try [delivery(id)].compactMap { $0 } }
    if let id = filter.messageID {
      let all = try deliveries(of: id)
      few = filter.deliveryID == nil ? all : few.filter { $0.messageID == id }
    }
    let matching = few.filter { delivery in
      delivery.tenantID == tenant && filter.states.contains(delivery.state)
        && delivery.id > scope.lowest(after: cursor) && delivery.id < scope.highest()
        && delivery.updatedAt <= instant
        && (filter.channelID.map { $0 == delivery.channelID } ?? true)
        && (filter.errorCode.map { $0 == delivery.error?.code } ?? true)
    }
    return Array(matching.sorted { $0.id < $1.id }.prefix(limit))
  }

  /// How many match a replay's filter, by state, channel and error; at most `most` of each state.
  package func count(
    matching filter: Replay.Filter, tenant: ID<Tenant>, endedBy instant: Instant, most: Int64
  ) throws(StoreError) -> [EndedCount] {
    if filter.messageID == nil, filter.deliveryID == nil {
      return try count(
        ended: filter.states, filter.scope(tenant, endedBy: instant), most: most)
    }
    return try deliveries(
      matching: filter, tenant: tenant, endedBy: instant, after: nil, limit: Int(clamping: most)
    ).map { delivery in
      EndedCount(
        state: delivery.state, channelID: delivery.channelID, error: delivery.error, count: 1,
        oldest: delivery.createdAt, newest: delivery.createdAt)
    }
  }

  private static func replay(_ row: Row) throws(StoreError) -> Replay {
    let filter: Replay.Filter
    do throws(ContentError) {
      filter = try Replay.Filter(json: (try? JSON.parse(row.bytes(3))) ?? .null)
    } catch {
      throw StoreError(.broken, "a replay's filter cannot be read: \(error.message)")
    }
    var replay = Replay(
      id: try row.id(0), tenantID: try row.id(1),
      state: Replay.State(rawValue: row.text(2)) ?? .paused, filter: filter,
      ratePerSecond: Double(row.text(4)) ?? 1, total: row.integer(5), createdAt: row.instant(9),
      updatedAt: row.instant(10))
    replay.done = row.integer(6)
    replay.skipped = row.integer(7)
    replay.cursor = row.optionalID(8)
    replay.finishedAt = row.optionalInstant(11)
    return replay
  }
}

extension Replay.Filter {
  fileprivate func scope(_ tenant: ID<Tenant>, endedBy instant: Instant) -> DeliveryScope {
    var scope = DeliveryScope(tenant: tenant)
    scope.channelID = channelID
    scope.errorCode = errorCode
    scope.since = since
    scope.until = until
    scope.changedUntil = instant
    return scope
  }
}

extension Transaction {
  private static let replayInsert = SQL(
    """
    INSERT INTO replays (id, tenant_id, state, filter, rate_per_second, total, created_at,
      updated_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $7)
    """)
  private static let replayUpdate = SQL(
    """
    UPDATE replays SET state = $3, done = $4, skipped = $5, cursor = $6, finished_at = $7,
      updated_at = $8
    WHERE tenant_id = $1 AND id = $2
    """)
  private static let fate = SQL(
    "SELECT chat_id, channel_id, status, deleted_at, transport FROM messages WHERE id = $1")
  // The lease grows: an outcome that still comes from before counts no more. A message in one part
  // that was accepted and has failed since begins anew.
  private static let requeue = SQL(
    """
    UPDATE deliveries SET state = 'queued', error = NULL, note = NULL, series = series + 1,
      tries = 0, lease = lease + 1, lane_at = $5, due_at = NULL, retry_at = NULL,
      started_at = NULL, tried_at = NULL, gave_way_at = NULL, expires_at = $3, deadline_at = $3,
      part_next = CASE part_count WHEN 1 THEN 0 ELSE part_next END, replay_id = $4,
      updated_at = $2
    WHERE id = $1
    """)
  private static let partsAnew = SQL(
    """
    UPDATE delivery_parts SET status = 'queued', error = NULL
    WHERE delivery_id = $1 AND ordinal >= $2
    """)
  // Without the provider's id: reports of the attempts before are of these, not of those to come.
  private static let statusAnew = SQL(
    """
    UPDATE messages SET status = 'queued', error = NULL,
      provider_message_id = CASE $2 WHEN 1 THEN '' ELSE provider_message_id END
    WHERE id = $1
    """)

  /// Stores a new replay, to be run.
  package func insert(_ replay: Replay) throws(StoreError) {
    try connection.execute(
      Self.replayInsert, SQLValue(replay.id), SQLValue(replay.tenantID),
      .text(replay.state.rawValue), .bytes(replay.filter.json.serialized()),
      .text(String(replay.ratePerSecond)), .integer(replay.total), SQLValue(replay.createdAt))
    wake(.replays)
  }

  /// Stores how far a replay got.
  package func update(_ replay: Replay) throws(StoreError) {
    try connection.execute(
      Self.replayUpdate, SQLValue(replay.tenantID), SQLValue(replay.id),
      .text(replay.state.rawValue), .integer(replay.done), .integer(replay.skipped),
      SQLValue(replay.cursor), SQLValue(replay.finishedAt), SQLValue(now))
    wake(.replays)
  }

  /// Takes a running replay on by up to `most` deliveries; `nil` when it does not run any more.
  ///
  /// Cursor and deliveries commit together: whatever ends the daemon, each one is taken up once.
  package func advance(
    _ id: ID<Replay>, tenant: ID<Tenant>, most: Int
  ) throws(StoreError) -> Replay? {
    guard var replay = try connection.replay(id, tenant: tenant), replay.state == .running else {
      return nil
    }
    let next = try connection.deliveries(
      matching: replay.filter, tenant: tenant, endedBy: replay.createdAt, after: replay.cursor,
      limit: most)
    for delivery in next {
      if try requeue(delivery, for: replay) { replay.done += 1 } else { replay.skipped += 1 }
      replay.cursor = delivery.id
    }
    if next.count < most {
      replay.state = .finished
      replay.finishedAt = now
    }
    if !next.isEmpty || replay.state == .finished { try update(replay) }
    return replay
  }

  /// A day: what is replayed gets its old time again, but none waits for weeks.
  private static let spanMaxMilliseconds: Int64 = 86_400_000
  /// A minute: what was to live for seconds gets a chance at least.
  private static let spanMinMilliseconds: Int64 = 60_000

  /// Queues a delivery again; false when it must not be sent any more.
  private func requeue(
    _ delivery: Delivery, for replay: Replay
  ) throws(StoreError) -> Bool {
    let found = try connection.first(Self.fate, SQLValue(delivery.messageID)) {
      (row) throws(StoreError) in
      (
        chat: try row.id(0, Chat.self), channel: try row.id(1, Channel.self),
        status: MessageStatus(rawValue: row.text(2)) ?? .unknown,
        deletedAt: row.optionalInstant(3), transport: row.text(4)
      )
    }
    // Not yet at its end: a look-up is to settle it, or another channel to be tried.
    guard delivery.laneAt == nil, delivery.dueAt == nil else { return false }
    guard let found, found.deletedAt == nil, found.status != .delivered, found.status != .read,
      // All parts were accepted, and none of these is sent twice: nothing is left to send.
      delivery.partCount == 1 || delivery.partNext < delivery.partCount,
      try !isTakenCareOf(delivery), try !connection.isOptedOut(delivery.id)
    else { return false }
    let span = delivery.expiresAt.milliseconds(since: delivery.createdAt)
    let expiresAt = now.adding(
      milliseconds: min(max(span, Self.spanMinMilliseconds), Self.spanMaxMilliseconds))
    let laneAt = try comeBack(delivery)
    try connection.execute(
      Self.requeue, SQLValue(delivery.id), SQLValue(now), SQLValue(expiresAt), SQLValue(replay.id),
      SQLValue(laneAt))
    if delivery.partCount > 1 {
      try connection.execute(
        Self.partsAnew, SQLValue(delivery.id), .integer(delivery.partNext))
    }
    try connection.execute(
      Self.statusAnew, SQLValue(delivery.messageID), .integer(delivery.partCount))
    // It had fallen back from this one, and goes by it again.
    if found.channel != delivery.channelID || found.transport != delivery.transport.rawValue {
      try carry(delivery)
    }
    try tellQueued(delivery, chat: found.chat, replay.id)
    try promote(channel: delivery.channelID, recipient: delivery.recipient, notBefore: now)
    return true
  }

  /// The place of a delivery that comes back to its lane: behind what has this very time, as its
  /// old id would put it in front of that. It is due once the lane is promoted.
  func comeBack(_ delivery: Delivery) throws(StoreError) -> Instant {
    try makeRoom(for: delivery, at: now.adding(milliseconds: 1)).laneAt
  }

  /// Whether another delivery of the message is on its way, or may have arrived: a fallback.
  private func isTakenCareOf(_ delivery: Delivery) throws(StoreError) -> Bool {
    try connection.deliveries(of: delivery.messageID).contains { other in
      other.id != delivery.id && other.state.mayBeTaken
    }
  }

  private func tellQueued(
    _ delivery: Delivery, chat: ID<Chat>, _ replay: ID<Replay>
  ) throws(StoreError) {
    let data: JSON = [
      "message_id": .string(delivery.messageID.description),
      "chat_id": .string(chat.description),
      "channel_id": .string(delivery.channelID.description), "occurred_at": JSON(now),
      "status": "queued", "error": nil, "delivery_id": .string(delivery.id.description),
      "series": .integer(delivery.series + 1), "replay_id": .string(replay.description),
    ]
    try append(
      "message.queued", tenant: delivery.tenantID,
      EventPlace(chat: chat, subject: SQLValue(delivery.messageID)), data: data.serialized())
  }
}
