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
  private static let setProviderID = SQL(
    "UPDATE messages SET provider_message_id = $2 WHERE id = $1")
  private static let chatOf = SQL("SELECT chat_id, provider_message_id FROM messages WHERE id = $1")
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
    // Behind what has this very time, as in a replay.
    delivery.laneAt = isLast ? nil : delivery.laneAt ?? now.adding(milliseconds: 1)
    delivery.dueAt = isLast || comesBack ? nil : now.adding(milliseconds: pauseMilliseconds)
    if comesBack { try transaction.stepBack(for: delivery) }
    guard try transaction.update(delivery, deadline: isLast ? deadline : delivery.expiresAt) else {
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
  private func foldParts(
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

  private func write(
    _ fold: StatusFold, part: Int64, of delivery: ID<Delivery>, id: String?
  ) throws(StoreError) {
    try connection.execute(
      Self.partWrite, SQLValue(delivery), .integer(part), SQLValue(id),
      .text(fold.status.rawValue), SQLValue(utf8: fold.error?.json.serialized()),
      SQLValue(fold.sentAt), SQLValue(fold.deliveredAt), SQLValue(fold.readAt))
  }

  /// Lets a provider's id lead to a message of ours.
  private func bind(_ id: String, to message: ID<Message>) throws(StoreError) {
    _ = try transaction.claim(
      FactKey.message(id), channel: channel.id, receipt: receiptID, message: message)
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

extension Recorder {
  /// The message that a report of ours names by our own id: the delivery on this channel, and the
  /// part it speaks of. An id in an address is easier to come by than a secret, so it counts only
  /// for what this channel sent.
  func named(_ reference: String) throws(StoreError) -> (delivery: Delivery, part: Int64)? {
    let words = reference.split(separator: ".", maxSplits: 1)
    guard let word = words.first, let id = ID<Message>(String(word)) else { return nil }
    let part = words.count > 1 ? Int64(words[1]) : 0
    guard let part, part >= 0 else { return nil }
    let delivery = try connection.deliveries(of: id).last { $0.channelID == channel.id }
    guard let delivery, delivery.tenantID == tenantID else { return nil }
    return (delivery, part)
  }

  /// A report proves that a part was taken, by naming it with our own id: what was in doubt is
  /// settled, and what is still under way will be.
  mutating func prove(
    _ delivery: Delivery, part: Int64, providerMessageID id: String
  ) throws(StoreError) {
    let known = try connection.message(provider: id, channel: channel.id)
    if known != nil { return }
    try bind(id, to: delivery.messageID)
    guard part == delivery.partNext, part < delivery.partCount, delivery.attemptCount > 0 else {
      return
    }
    if delivery.state == .sending {
      // Its own outcome is on the way, and reads this should it be in doubt.
      if delivery.partCount > 1 {
        let parts = try connection.parts(of: delivery.id)
        guard let index = Int(exactly: part), parts.indices.contains(index) else { return }
        try write(parts[index].fold, part: part, of: delivery.id, id: id)
      } else {
        try connection.execute(Self.setProviderID, SQLValue(delivery.messageID), .text(id))
      }
      return
    }
    var delivery = delivery
    let wasUnknown = delivery.state == .unknown
    // A look-up that is under way for it knows less than this: its answer must not count any more.
    delivery.lease = try transaction.fence(delivery)
    _ = try accept(
      &delivery, ids: [id],
      note: wasUnknown ? "a report proved that it was sent" : nil, deadline: nil)
  }

  /// Takes in a report of a message's status.
  func applyStatus(
    _ status: MessageStatus, _ error: ProviderError?, _ report: ParkedReport,
    _ providerMessageID: String, to id: ID<Message>
  ) throws(StoreError) {
    if try waitsForOutcome(status, report, providerMessageID, id) { return }
    let isNew = try transaction.keep(
      status, error: error, report, providerMessageID: providerMessageID, of: id)
    guard isNew else { return }
    let deliveries = try connection.deliveries(of: id)
    // What the organisation sent by other means has no delivery.
    guard let delivery = deliveries.last(where: { $0.channelID == channel.id }) else {
      return try foldWhole(status, error, report, into: id)
    }
    let arrived = status == .delivered || status == .read
    let isCurrent = delivery.id == deliveries.last?.id
    if delivery.partCount > 1 {
      guard isCurrent || arrived else { return }
      try foldPart(status, error, report, providerMessageID, delivery)
    } else {
      let current = try connection.first(Self.chatOf, SQLValue(id)) { (row) throws(StoreError) in
        row.text(1)
      }
      // Of an earlier send, or of a channel it fell back from: only that it arrived is news.
      let names = current == providerMessageID
      guard isCurrent && names || arrived else { return }
      try foldWhole(status, error, report, into: id, delivery)
      if isCurrent, !names { try settle(delivery) }
    }
    if arrived, !isCurrent { try withdraw(deliveries) }
  }

  /// A failure that is told before the answer to the request that it is about: the delivery cannot
  /// fail before it was accepted. It is kept for then.
  private func waitsForOutcome(
    _ status: MessageStatus, _ report: ParkedReport, _ providerMessageID: String, _ id: ID<Message>
  ) throws(StoreError) -> Bool {
    guard StatusFold.isFailure(status), report.receiptID != nil,
      let delivery = try connection.deliveries(of: id).last, delivery.channelID == channel.id,
      delivery.state == .sending, delivery.partCount == 1,
      try connection.message(id, tenant: tenantID)?.providerMessageID == providerMessageID
    else { return false }
    try transaction.park(report, channel: channel.id, providerMessageID: providerMessageID)
    return true
  }

  private func foldWhole(
    _ status: MessageStatus, _ error: ProviderError?, _ report: ParkedReport,
    into id: ID<Message>, _ delivery: Delivery? = nil
  ) throws(StoreError) {
    if let delivery, try failsOver(delivery, status, error) { return }
    if try transaction.fold(status, error: error, at: report.occurredAt, into: id) {
      try tellStatus(status, error, of: id, at: report.occurredAt)
    }
    // A report of progress changes nothing of a delivery that was accepted.
    guard let delivery, StatusFold.isFailure(status) || delivery.state != .accepted,
      let message = try connection.message(id, tenant: tenantID)
    else { return }
    try follow(
      delivery, message.status, message.error.flatMap { ProviderError(stored: $0) })
  }

  private func foldPart(
    _ status: MessageStatus, _ error: ProviderError?, _ report: ParkedReport,
    _ providerMessageID: String, _ delivery: Delivery
  ) throws(StoreError) {
    var parts = try connection.parts(of: delivery.id)
    let index = parts.firstIndex { $0.providerMessageID == providerMessageID }
    guard let index else { return }
    _ = parts[index].fold.apply(status, error: error, at: report.occurredAt)
    try write(parts[index].fold, part: Int64(index), of: delivery.id, id: nil)
    try foldParts(parts, of: delivery, at: report.occurredAt)
    if let joined = StatusFold.joining(parts.map(\.fold)) {
      try follow(delivery, joined.status, joined.error)
    }
  }

  /// A delivery that was accepted and then failed, or arrived after all: lists and replays go by
  /// its state.
  private func follow(
    _ delivery: Delivery, _ status: MessageStatus, _ error: ProviderError?
  ) throws(StoreError) {
    let before = (delivery.state, delivery.error)
    var delivery = delivery
    switch (status, delivery.state) {
    case (.sent, .unknown), (.delivered, .unknown), (.read, .unknown):
      delivery.lease = try transaction.fence(delivery)
      delivery.state = .accepted
      delivery.partNext = delivery.partCount
      delivery.laneAt = nil
      delivery.dueAt = nil
    // What ended before it was accepted is not what the other reports speak of.
    case _ where !delivery.isThrough: return
    case (.failed, .accepted), (.failed, .failed): delivery.state = .failed
    case (.undeliverable, .accepted), (.undeliverable, .failed),
      (.undeliverable, .undeliverable):
      delivery.state = .undeliverable
    case (.delivered, .failed), (.delivered, .undeliverable), (.read, .failed),
      (.read, .undeliverable):
      delivery.state = .accepted
    default: return
    }
    delivery.error = delivery.state == .accepted ? nil : error
    if before == (delivery.state, delivery.error) { return }
    guard try transaction.update(delivery, deadline: nil) else { return }
    try transaction.promote(
      channel: delivery.channelID, recipient: delivery.recipient, notBefore: transaction.now)
  }

  /// A message that waits to be sent again has arrived by an earlier attempt.
  private func settle(_ delivery: Delivery) throws(StoreError) {
    guard delivery.state == .queued else { return }
    var delivery = delivery
    delivery.state = .accepted
    delivery.error = nil
    delivery.note = "it arrived by an earlier attempt"
    delivery.laneAt = nil
    delivery.dueAt = nil
    delivery.retryAt = nil
    guard try transaction.update(delivery, deadline: nil) else { return }
    try transaction.promote(
      channel: delivery.channelID, recipient: delivery.recipient, notBefore: transaction.now)
  }

  /// A provider that took a message and then says for certain that this line does not reach the
  /// person: another channel is tried, if the sender named one.
  private func failsOver(
    _ delivery: Delivery, _ status: MessageStatus, _ error: ProviderError?
  ) throws(StoreError) -> Bool {
    guard delivery.state == .accepted, !delivery.fallback.isEmpty,
      status == .failed || status == .undeliverable
    else { return false }
    let message = try connection.message(delivery.messageID, tenant: tenantID)
    guard let message, StatusFold.order(message.status).0 < StatusFold.order(status).0 else {
      return false
    }
    var delivery = delivery
    return try end(
      &delivery, as: status == .failed ? .failed : .undeliverable, error: error)
  }

  /// It arrived by the channel it fell back from: what still waits on another is not needed.
  private func withdraw(_ deliveries: [Delivery]) throws(StoreError) {
    guard var last = deliveries.last, last.state == .queued else { return }
    last.state = .canceled
    last.note = "it arrived by the channel before"
    last.laneAt = nil
    last.dueAt = nil
    guard try transaction.update(last, deadline: nil) else { return }
    try transaction.promote(
      channel: last.channelID, recipient: last.recipient, notBefore: transaction.now)
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
