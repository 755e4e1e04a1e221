// What becomes of what we send: accepted, ended, reported on. The dispatcher writes it as it
// happens, webhooks write it when a provider tells.

extension Recorder {
  private static let accepted = SQL(
    """
    UPDATE messages SET status = 'sent', sent_at = $2, error = NULL, provider_message_id = $3
    WHERE id = $1 AND status IN ('queued', 'sending', 'unknown')
    """)
  private static let acceptedAfterReports = SQL(
    """
    UPDATE messages SET sent_at = COALESCE(sent_at, $2), provider_message_id = $3 WHERE id = $1
    """)
  /// Sets the provider's id of a message.
  static let setProviderID = SQL(
    "UPDATE messages SET provider_message_id = $2 WHERE id = $1")
  /// Reads a message's chat, the provider's id of it, and the channel that carries it.
  static let chatOf = SQL(
    "SELECT chat_id, provider_message_id, channel_id FROM messages WHERE id = $1")
  private static let partWrite = SQL(
    """
    UPDATE delivery_parts SET provider_message_id = COALESCE($3, provider_message_id), status = $4,
      error = $5, sent_at = $6, delivered_at = $7, read_at = $8
    WHERE delivery_id = $1 AND ordinal = $2
    """)

  /// Stores that the provider has the next part of a delivery, under `ids`. The next part, or the
  /// next of the lane, is due after `pause`. `deadline` is when to ask for a status that has not
  /// come. False when the delivery was claimed again meanwhile: then nothing is stored.
  package mutating func accept(
    _ delivery: inout Delivery, ids: [String], note: String? = nil, pauseMilliseconds: Int64 = 0,
    deadline: Instant?
  ) throws(StoreError) -> Bool {
    let now = transaction.now
    let part = delivery.partNext
    let begun = delivery.startedAt ?? delivery.triedAt ?? now
    delivery.partNext += 1
    delivery.tries = 0
    delivery.error = nil
    delivery.retryAt = nil
    delivery.startedAt = nil
    delivery.note = note ?? delivery.note
    let isLast = delivery.partNext >= delivery.partCount
    // One that had left its lane stands in line again for its other parts.
    let comesBack = !isLast && delivery.laneAt == nil
    delivery.state = isLast ? .accepted : .queued
    delivery.dueAt = isLast || comesBack ? nil : now.adding(milliseconds: pauseMilliseconds)
    if isLast {
      delivery.laneAt = nil
    } else if comesBack {
      delivery.laneAt = try transaction.comeBack(delivery)
    }
    guard try transaction.update(delivery, deadline: isLast ? deadline : delivery.expiresAt) else {
      // Whoever made room for it in vain goes on.
      if comesBack {
        try transaction.promote(
          channel: delivery.channelID, recipient: delivery.recipient, notBefore: now)
      }
      return false
    }
    for id in ids { try bind(id, to: delivery.messageID) }
    if delivery.partCount > 1 {
      try acceptPart(part, of: delivery, id: ids.first)
    } else {
      try acceptWhole(delivery, id: ids.first ?? "")
    }
    for id in ids { try applyParked(to: delivery.messageID, providerMessageID: id) }
    if isLast, delivery.partCount > 1 { try followParts(delivery.id) }
    if isLast { try applyMarks(to: delivery, begun: begun) }
    if isLast || comesBack {
      try transaction.promote(
        channel: delivery.channelID, recipient: delivery.recipient,
        notBefore: now.adding(milliseconds: pauseMilliseconds))
    } else {
      transaction.wake(.channel(delivery.channelID))
    }
    return true
  }

  private func acceptWhole(_ delivery: Delivery, id: String) throws(StoreError) {
    let now = transaction.now
    let moved = try connection.execute(
      Self.accepted, SQLValue(delivery.messageID), SQLValue(now), .text(id))
    if moved > 0 {
      try tellStatus(.sent, nil, of: delivery.messageID, at: now, providerMessageID: id)
    } else {
      try connection.execute(
        Self.acceptedAfterReports, SQLValue(delivery.messageID), SQLValue(now), .text(id))
    }
  }

  private func acceptPart(
    _ ordinal: Int64, of delivery: Delivery, id: String?
  ) throws(StoreError) {
    if ordinal == 0, let id {
      try connection.execute(Self.setProviderID, SQLValue(delivery.messageID), .text(id))
    }
    var parts = try connection.parts(of: delivery.id)
    guard let index = Int(exactly: ordinal), parts.indices.contains(index) else { return }
    _ = parts[index].fold.apply(.sent, error: nil, at: transaction.now)
    try write(parts[index].fold, part: ordinal, of: delivery.id, id: id)
    try foldParts(parts, of: delivery, at: transaction.now)
  }

  /// A message of several parts stands where they all stand: failed with the first that failed,
  /// otherwise where the last of them is.
  func foldParts(
    _ parts: [StoredPart], of delivery: Delivery, at instant: Instant
  ) throws(StoreError) {
    let message = try connection.message(delivery.messageID, tenant: tenantID)
    guard let message, var joined = StatusFold.joining(parts.map(\.fold)) else { return }
    // Parts that will never be sent still stand as queued: what ended them says more.
    if !delivery.isThrough, let end = delivery.state.status {
      _ = joined.apply(end, error: delivery.error, at: instant)
    }
    try transaction.set(joined, of: delivery.messageID)
    if joined.status != message.status {
      try tellStatus(
        joined.status, joined.error, of: delivery.messageID, at: instant,
        providerMessageID: message.providerMessageID)
    }
  }

  /// What was reported of parts while others were still being sent counts for the delivery, too.
  private func followParts(_ id: ID<Delivery>) throws(StoreError) {
    guard let delivery = try connection.delivery(id),
      let joined = StatusFold.joining(try connection.parts(of: id).map(\.fold))
    else { return }
    try follow(delivery, joined.status, joined.error)
  }

  /// Writes down where a part stands, and its id where one is known.
  func write(
    _ fold: StatusFold, part: Int64, of delivery: ID<Delivery>, id: String?
  ) throws(StoreError) {
    try connection.execute(
      Self.partWrite, SQLValue(delivery), .integer(part), SQLValue(id),
      .text(fold.status.rawValue), SQLValue(utf8: fold.error?.json.serialized()),
      SQLValue(fold.sentAt), SQLValue(fold.deliveredAt), SQLValue(fold.readAt))
  }

  /// Lets a provider's id lead to a message of ours.
  func bind(_ id: String, to message: ID<Message>) throws(StoreError) {
    let isNew = try transaction.claim(
      FactKey.message(id), channel: channel.id, receipt: receiptID, message: message)
    if isNew { return }
    let known = try connection.message(provider: id, channel: channel.id)
    if let known { _ = try takeOver(id, from: known, to: message) }
  }

  /// Ends a delivery. Where another channel is left to try, the dispatcher finds it at once and the
  /// message has not failed yet. False when the delivery was claimed again meanwhile.
  package func end(
    _ delivery: inout Delivery, as state: Delivery.State, error: ProviderError?,
    note: String? = nil
  ) throws(StoreError) -> Bool {
    delivery.state = state
    delivery.error = error
    delivery.note = note ?? delivery.note
    delivery.laneAt = nil
    delivery.retryAt = nil
    delivery.startedAt = nil
    // What was taken of it in part is never sent again, nor by another channel.
    let isPartial = delivery.partCount > 1 && delivery.partNext > 0
    let fallsBack = !delivery.fallback.isEmpty && state.mayFallBack && !isPartial
    delivery.dueAt = fallsBack ? transaction.now : nil
    guard try transaction.update(delivery, deadline: nil) else { return false }
    if fallsBack {
      transaction.wake(.channel(delivery.channelID))
    } else {
      try conclude(delivery)
    }
    try transaction.promote(
      channel: delivery.channelID, recipient: delivery.recipient, notBefore: transaction.now)
    return true
  }

  /// Lets a message be what its last delivery came to.
  package func conclude(_ delivery: Delivery) throws(StoreError) {
    guard let status = delivery.state.status else { return }
    if try transaction.fold(
      status, error: delivery.error, at: transaction.now, into: delivery.messageID)
    {
      try tellStatus(status, delivery.error, of: delivery.messageID, at: transaction.now)
    }
  }

  /// Tells the outside where a message stands.
  func tellStatus(
    _ status: MessageStatus, _ error: ProviderError?, of id: ID<Message>, at instant: Instant,
    providerMessageID: String? = nil
  ) throws(StoreError) {
    guard let type = Self.eventType(of: status),
      let found = try connection.first(
        Self.chatOf, SQLValue(id),
        read: { (row) throws(StoreError) in
          (chat: try row.id(0, Chat.self), providerID: row.text(1))
        })
    else { return }
    let providerID = providerMessageID ?? found.providerID
    let data: JSON = [
      "message_id": .string(id.description), "chat_id": .string(found.chat.description),
      "channel_id": .string(channel.id.description), "occurred_at": JSON(instant),
      "status": .string(status.rawValue), "error": error?.json ?? .null,
      "provider_message_id": JSON(providerID.isEmpty ? nil : providerID),
    ]
    try transaction.append(
      type, tenant: tenantID,
      Transaction.EventPlace(chat: found.chat, subject: SQLValue(id), receipt: receiptID),
      data: data.serialized())
  }

  /// Tells that an attempt did not succeed.
  package func tellAttemptFailed(
    _ delivery: Delivery, _ outcome: SendOutcome, chat: ID<Chat>, attempt: ID<Attempt>,
    nextAt: Instant?
  ) throws(StoreError) {
    let data: JSON = [
      "delivery_id": .string(delivery.id.description), "attempt_id": .string(attempt.description),
      "message_id": .string(delivery.messageID.description),
      "channel_id": .string(delivery.channelID.description), "outcome": .string(outcome.word),
      "number": .integer(delivery.attemptCount), "part": .integer(delivery.partNext),
      "error": outcome.error?.json ?? .null, "next_attempt_at": JSON(nextAt),
    ]
    try transaction.append(
      "delivery.attempt_failed", tenant: tenantID,
      Transaction.EventPlace(chat: chat, subject: SQLValue(delivery.messageID)),
      data: data.serialized())
  }
}

extension Delivery {
  /// Whether the provider took all of it, whatever was reported since.
  var isThrough: Bool { partNext >= partCount }
}

extension Delivery.State {
  /// Whether another channel may be tried after it: never after the provider may have it.
  var mayFallBack: Bool {
    switch self {
    case .failed, .undeliverable, .expired, .blocked: true
    case .queued, .sending, .accepted, .canceled, .unknown: false
    }
  }
}
