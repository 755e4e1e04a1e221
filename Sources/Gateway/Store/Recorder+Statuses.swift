// What a provider reports of what we sent: bound to its part, folded, followed by the delivery.

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
  /// settled, and what is still under way will be. What waits to go by another channel instead is
  /// withdrawn; where that has begun, the message stays with the other channel.
  mutating func prove(
    _ delivery: Delivery, part: Int64, providerMessageID id: String
  ) throws(StoreError) {
    let known = try connection.message(provider: id, channel: channel.id)
    if let known {
      // Unless it is what its echo was taken for: that is ours after all.
      guard try takeOver(id, from: known, to: delivery.messageID) else { return }
    } else {
      try bind(id, to: delivery.messageID)
    }
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
    let later = try withdraw(behind: delivery, .untried, "the channel before had accepted it")
    if later.contains(where: { $0.state.mayBeTaken }) {
      return try noteTaken(&delivery, id: id)
    }
    if !later.isEmpty {
      try transaction.carry(delivery)
      // Should this channel fail after all, what was withdrawn is the next to be tried.
      if let last = later.last, last.state == .canceled {
        delivery.fallback.insert(last.channelID.description, at: 0)
      }
    }
    let wasUnknown = delivery.state == .unknown
    // A look-up that is under way for it knows less than this: its answer must not count any more.
    delivery.lease = try transaction.fence(delivery)
    _ = try accept(
      &delivery, ids: [id],
      note: wasUnknown || !later.isEmpty ? "a report proved that it was sent" : nil,
      deadline: transaction.now.adding(
        milliseconds: channel.policy.reconcileSeconds * 1000))
  }

  /// A part was taken after all, while another channel has taken the message over.
  private func noteTaken(_ delivery: inout Delivery, id: String) throws(StoreError) {
    let part = delivery.partNext
    delivery.partNext += 1
    delivery.note = "a report proved that it was sent, after it had fallen back"
    if delivery.isThrough {
      delivery.state = .accepted
      delivery.error = nil
    }
    guard try transaction.update(delivery, deadline: nil), delivery.partCount > 1 else { return }
    var parts = try connection.parts(of: delivery.id)
    guard let index = Int(exactly: part), parts.indices.contains(index) else { return }
    _ = parts[index].fold.apply(.sent, error: nil, at: transaction.now)
    try write(parts[index].fold, part: part, of: delivery.id, id: id)
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
    let carrier = try connection.first(Self.chatOf, SQLValue(id)) { (row) throws(StoreError) in
      (providerID: row.text(1), channel: try row.id(2, Channel.self))
    }
    let isCurrent = carrier?.channel == channel.id
    if delivery.partCount > 1 {
      guard isCurrent || arrived else { return }
      try foldPart(status, error, report, providerMessageID, delivery)
    } else {
      // Of an earlier send, or of a channel it fell back from: only that it arrived is news.
      let names = carrier?.providerID == providerMessageID
      guard isCurrent && names || arrived else { return }
      try foldWhole(status, error, report, into: id, delivery)
      if isCurrent, !names { try settle(delivery) }
    }
    if arrived, !isCurrent {
      _ = try withdraw(behind: delivery, .tried, "it arrived by the channel before")
    }
  }

  /// A failure that is told before the answer to the request that it is about: the delivery cannot
  /// fail before it was accepted. It is kept for then.
  private func waitsForOutcome(
    _ status: MessageStatus, _ report: ParkedReport, _ providerMessageID: String, _ id: ID<Message>
  ) throws(StoreError) -> Bool {
    guard StatusFold.isFailure(status), report.receiptID != nil,
      let delivery = try connection.deliveries(of: id).last(where: { $0.channelID == channel.id }),
      delivery.state == .sending, delivery.partCount == 1,
      try connection.message(id, tenant: tenantID)?.providerMessageID == providerMessageID
    else { return false }
    try transaction.park(report, channel: channel.id, providerMessageID: providerMessageID)
    return true
  }

  /// Takes a report of the whole of a message in, and lets its delivery follow.
  func foldWhole(
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
  func follow(
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

  /// How far what is withdrawn may have got.
  private enum Reach {
    /// Nothing of it was tried.
    case untried
    /// It may have been tried, and waits to be tried again.
    case tried
  }

  /// The channel that a message fell back from has it: what still waits on another is not needed,
  /// nor what would come after that. The deliveries behind it, as they are then.
  private func withdraw(
    behind delivery: Delivery, _ reach: Reach, _ note: String
  ) throws(StoreError) -> [Delivery] {
    var later = try connection.deliveries(of: delivery.messageID).filter {
      $0.ordinal > delivery.ordinal
    }
    guard var last = later.popLast() else { return [] }
    if last.state == .queued, reach == .tried || last.attemptCount == 0 {
      last.state = .canceled
      last.note = note
      last.laneAt = nil
      last.dueAt = nil
      last.retryAt = nil
    } else if last.state.mayFallBack, last.dueAt != nil {
      last.note = note
      last.fallback = []
      last.dueAt = nil
    } else {
      return later + [last]
    }
    if try transaction.update(last, deadline: nil) {
      try transaction.promote(
        channel: last.channelID, recipient: last.recipient, notBefore: transaction.now)
    }
    return later + [last]
  }
}

extension Delivery.State {
  /// Whether the provider has it, or may still get it.
  var mayBeTaken: Bool {
    switch self {
    case .queued, .sending, .accepted, .unknown: true
    case .failed, .undeliverable, .expired, .canceled, .blocked: false
    }
  }
}
