/// Writes down what came of an attempt, in one transaction: the attempt, the delivery, the message,
/// the events, and what it means for the channel.
struct Settlement: Sendable {
  /// What was sent.
  let send: LeasedSend
  /// What came of it.
  var outcome: SendOutcome
  /// What is to be done.
  var decision: DeliveryMachine.Decision
  /// How the attempt is called in the record: the outcome's word, or `settled`, `interrupted`.
  let word: String
  /// The exchanges, rendered.
  let exchanges: [UInt8]
  /// When it ended.
  let endedAt: Instant
  /// How long the recipient is to be left alone after what was sent.
  let pauseMilliseconds: Int64
  /// What is to be kept of the channel, where that has changed.
  var channelState: ChannelState?
  /// What the breaker did.
  var breaker: Breaker.Change?

  private var live: LiveChannel { send.live }

  /// Writes it. False when the delivery was claimed by another since: then its outcome is not ours
  /// to tell.
  func store(_ transaction: Transaction) throws(StoreError) -> Bool {
    if isUndecided, let id = try provedID(transaction) {
      var proved = self
      proved.outcome = SendOutcome(.accepted(ids: [id]), note: "a report proved that it was sent")
      proved.decision = .advance
      return try proved.store(transaction)
    }
    var recorder = Recorder(transaction, live.channel, receipt: nil)
    var delivery = send.delivery
    let attemptID: ID<Attempt> = transaction.ids.next()
    guard try apply(&delivery, &recorder, transaction) else { return false }
    try transaction.insert(
      Attempt(
        id: attemptID, deliveryID: delivery.id, tenantID: delivery.tenantID,
        number: delivery.attemptCount, series: delivery.series, part: send.delivery.partNext,
        startedAt: send.delivery.startedAt ?? endedAt, endedAt: endedAt, outcome: word,
        error: outcome.error, note: outcome.note, exchanges: exchanges))
    if outcome.error != nil {
      try recorder.tellAttemptFailed(
        delivery, outcome, chat: send.due.chatID, attempt: attemptID,
        nextAt: delivery.state == .queued ? delivery.retryAt ?? delivery.dueAt : nil)
    }
    for upload in outcome.uploads {
      try transaction.keep(
        upload, of: delivery.messageID, channel: live.channel.id,
        since: send.delivery.startedAt ?? endedAt)
    }
    if let contact = delivery.contactID {
      try recorder.learn(outcome.addresses, of: contact, transport: delivery.transport)
    }
    if let pause = outcome.marketingPause {
      try recorder.pauseMarketing(
        pause, to: delivery.recipient, from: endedAt, because: outcome.error)
    }
    try remap(transaction)
    try noteChannel(transaction)
    return true
  }

  private func apply(
    _ delivery: inout Delivery, _ recorder: inout Recorder, _ transaction: Transaction
  ) throws(StoreError) -> Bool {
    switch decision {
    case .advance:
      guard case .accepted(let ids) = outcome.verdict else { return false }
      if word == "settled", let id = ids.first,
        let other = try transaction.connection.message(provider: id, channel: live.channel.id),
        other != delivery.messageID
      {
        // Somebody was sent the very same words: what was found is theirs and proves nothing.
        return try recorder.end(&delivery, as: .unknown, error: send.delivery.error)
      }
      return try recorder.accept(
        &delivery, ids: ids, note: outcome.note, pauseMilliseconds: pauseMilliseconds,
        deadline: Self.reconcileAt(live, transaction.now))
    case .retry(let at):
      delivery.state = .queued
      delivery.error = outcome.error
      delivery.retryAt = at
      delivery.startedAt = nil
      // An advertisement that has to wait holds nobody up: its turn lets the others go first.
      delivery.dueAt =
        outcome.marketingPause == nil
        ? min(at, waitEnd(delivery, transaction.now)) : transaction.now
      return try transaction.update(delivery, deadline: delivery.expiresAt)
    case .waitForChannel:
      delivery.state = .queued
      delivery.error = outcome.error
      delivery.tries = max(0, delivery.tries - 1)
      delivery.startedAt = nil
      delivery.dueAt = transaction.now
      return try transaction.update(delivery, deadline: delivery.expiresAt)
    case .doubt(let settleAt):
      guard let settleAt else {
        return try recorder.end(&delivery, as: .unknown, error: outcome.error)
      }
      delivery.state = .unknown
      delivery.error = outcome.error
      delivery.dueAt = settleAt
      return try transaction.update(delivery, deadline: nil)
    case .end(let state):
      if outcome.verdict == .recipientStopped {
        try stop(delivery, recorder, transaction)
      }
      return try recorder.end(
        &delivery, as: state,
        error: state == .expired ? outcome.error ?? SendTurn.expired : outcome.error,
        note: outcome.note)
    }
  }

  /// Until when those behind it wait for it.
  private func waitEnd(_ delivery: Delivery, _ now: Instant) -> Instant {
    (delivery.triedAt ?? now).adding(
      milliseconds: live.channel.policy.orderWaitSeconds * 1000)
  }

  /// When to ask for a status that has not come, where the provider can be asked.
  static func reconcileAt(_ live: LiveChannel, _ now: Instant) -> Instant? {
    guard live.sending is any StatusLookup else { return nil }
    return now.adding(milliseconds: live.channel.policy.reconcileSeconds * 1000)
  }

  /// Whether it would be sent again, or be in doubt: not where a report has told what became of it.
  private var isUndecided: Bool {
    switch decision {
    case .retry, .waitForChannel, .doubt: true
    case .advance, .end: false
    }
  }

  /// The provider's id of the part, if a report with our own id told it: when a message begins to
  /// be sent, also anew or by another channel, it has none.
  private func provedID(_ transaction: Transaction) throws(StoreError) -> String? {
    let delivery = send.delivery
    if delivery.partCount > 1 {
      let parts = try transaction.connection.parts(of: delivery.id)
      let index = Int(clamping: delivery.partNext)
      return parts.indices.contains(index) ? parts[index].providerMessageID : nil
    }
    let due = try transaction.connection.due(delivery.id)
    return due.flatMap { $0.providerMessageID.isEmpty ? nil : $0.providerMessageID }
  }

  /// The provider told that the person wants no messages: that holds for all that waits.
  private func stop(
    _ delivery: Delivery, _ recorder: Recorder, _ transaction: Transaction
  ) throws(StoreError) {
    guard let contact = delivery.contactID, case .person(let address) = delivery.recipient,
      let client = try transaction.connection.client(of: contact, tenant: delivery.tenantID)
    else { return }
    var wish = PreferenceReport(
      person: Person(addresses: [address]), transport: delivery.transport, choice: .optedOut,
      source: "provider")
    wish.purpose = outcome.stoppedPurpose
    _ = try recorder.store(wish, contact: contact, client: client, at: transaction.now)
  }

  /// A group that goes on under another id leads to the same chat.
  private func remap(_ transaction: Transaction) throws(StoreError) {
    guard case .conversation(let old, let new)? = outcome.identity,
      let chat = try transaction.connection.chat(conversation: old, channel: live.channel.id)
    else { return }
    try transaction.addConversation(new, channel: live.channel.id, chat: chat)
    let data: JSON = ["chat_id": .string(chat.description), "provider_id": .string(new)]
    try transaction.append(
      "chat.updated", tenant: live.channel.tenantID,
      Transaction.EventPlace(chat: chat, subject: SQLValue(chat)), data: data.serialized())
  }

  private func noteChannel(_ transaction: Transaction) throws(StoreError) {
    if let channelState { try transaction.set(channelState, of: live.channel.id) }
    guard let breaker else { return }
    let type = breaker == .opened ? "channel.broken" : "channel.recovered"
    let reason =
      breaker == .opened
      ? outcome.error.map { "\($0.title) (\($0.code))" } ?? "nobody answers" : "it sends again"
    let data: JSON = [
      "channel_id": .string(live.channel.id.description), "scope": "sending",
      "reason": .string(reason),
    ]
    try transaction.append(
      type, tenant: live.channel.tenantID,
      Transaction.EventPlace(subject: SQLValue(live.channel.id)), data: data.serialized())
  }
}
