/// A channel's turn: what is due is looked at, in one transaction, and what can go is leased. Once
/// that is on the disk the provider may be called, and not before.
struct SendTurn {
  /// What the turn came to.
  struct Result: Sendable {
    /// What is to be sent.
    var leased: [LeasedSend] = []
    /// What is to be asked about.
    var settling: [LeasedSend] = []
    /// How many are to be asked about or sent, by priority.
    var counts: [Delivery.Priority: Int] = [:]
    /// What all parts that go weigh together.
    var weight = 0
    /// When the next of the channel is due.
    var nextDue: Instant?
  }

  let transaction: Transaction
  let live: LiveChannel
  let sending: any Transport
  let files: any OutboundFiles
  let directory: ChannelDirectory
  /// Before when a recipient must not be written to.
  let pacing: Pacing
  private var result = Result()
  private var recorder: Recorder

  /// A turn of `live`.
  init(
    _ transaction: Transaction, _ live: LiveChannel, _ sending: any Transport,
    files: any OutboundFiles, directory: ChannelDirectory, pacing: Pacing
  ) {
    self.transaction = transaction
    self.live = live
    self.sending = sending
    self.files = files
    self.directory = directory
    self.pacing = pacing
    recorder = Recorder(transaction, live.channel, receipt: nil)
  }

  private var now: Instant { transaction.now }
  private var connection: Connection { transaction.connection }
  private var channel: ID<Channel> { live.channel.id }

  /// Takes the turn.
  mutating func run(_ order: DispatchBoard.Order) throws(StoreError) -> Result {
    let high = try connection.due(channel, .high, at: now, limit: order.most)
    let normal =
      order.normalMost == 0
      ? [] : try connection.due(channel, .normal, at: now, limit: order.normalMost)
    let first = high.prefix(order.highFirst)
    // The rest of the urgent goes behind the others' share, and may use what they leave.
    let room = max(0, order.most - first.count)
    let middle = normal.prefix(room)
    let rest = high.dropFirst(first.count).prefix(room - middle.count)
    for due in first + middle + rest { try take(due) }
    result.nextDue = try nextDue(order)
    return result
  }

  private func nextDue(_ order: DispatchBoard.Order) throws(StoreError) -> Instant? {
    let high = try connection.nextDue(channel, .high)
    // Without room for those of normal priority, looking again at once would find the same.
    if order.normalMost == 0 { return high }
    return [high, try connection.nextDue(channel, .normal)].compactMap(\.self).min()
  }

  private mutating func take(_ due: DueDelivery) throws(StoreError) {
    var delivery = due.delivery
    switch delivery.state {
    case .queued: try send(due)
    case .unknown: try settle(due)
    case .failed, .undeliverable, .expired, .blocked:
      try Fallback(transaction, directory, files).run(due, from: live)
    case .sending, .accepted, .canceled:
      // Nothing is to be done for one of these: not due after all.
      delivery.dueAt = nil
      _ = try transaction.update(delivery, deadline: nil)
    }
  }

  private mutating func send(_ due: DueDelivery) throws(StoreError) {
    var delivery = due.delivery
    if let retryAt = delivery.retryAt, retryAt > now { return try giveWay(&delivery, to: retryAt) }
    if let (state, error) = obstacle(due) {
      _ = try recorder.end(&delivery, as: state, error: error)
      return
    }
    let earliest = pacing.earliest(
      Lane(channel: channel, recipient: delivery.recipient),
      pauseMilliseconds: pause(delivery.recipient, delivery.transport))
    if earliest > now {
      delivery.dueAt = earliest
      _ = try transaction.update(delivery, deadline: delivery.expiresAt)
      return
    }
    let assembled = try OutboundAssembly(connection, live, files, now: now).message(due)
    let part: MessagePart
    do throws(Unsendable) {
      let parts = try sending.parts(of: assembled.message, now: now)
      guard let found = parts.first else { throw Unsendable(.empty, field: "text", "it is empty") }
      part = found
    } catch {
      // A part that is through shows that it could be said: only the first is judged again.
      if delivery.partNext == 0 {
        _ = try recorder.end(&delivery, as: .failed, error: error.error)
        return
      }
      part = MessagePart([:])
    }
    let index = Int(clamping: delivery.partNext)
    var next = part
    if delivery.partCount > 1 {
      let stored = try connection.parts(of: delivery.id)
      guard stored.indices.contains(index) else {
        throw StoreError(.broken, "a part of a delivery is gone")
      }
      next = stored[index].part
    }
    let leased = try transaction.lease(delivery)
    result.leased.append(LeasedSend(due, leased, assembled, next, live, sending))
    result.counts[delivery.priority, default: 0] += 1
    result.weight += next.weight
  }

  /// What forbids sending a message by now, with the state it comes to.
  private func obstacle(_ due: DueDelivery) -> (Delivery.State, ProviderError)? {
    if due.deletedAt != nil {
      return (
        .canceled,
        ProviderError(code: "deleted", title: "The message was deleted", errorClass: "canceled")
      )
    }
    if due.delivery.expiresAt <= now { return (.expired, Self.expired) }
    if due.isOptedOut { return (.blocked, Recorder.optedOut) }
    return nil
  }

  /// Why a message is not sent any more.
  static let expired = ProviderError(
    code: "expired", title: "Its time was over before it could be sent", errorClass: "expired")

  private func pause(_ recipient: Recipient, _ transport: TransportKind) -> Int64 {
    live.channel.policy.recipientPauseMilliseconds
      ?? sending.pauseMilliseconds(to: recipient, on: transport)
  }

  /// The first of a lane has held back the others long enough: it goes behind all that may go
  /// before its time.
  private func giveWay(_ delivery: inout Delivery, to instant: Instant) throws(StoreError) {
    delivery.laneAt = instant
    delivery.dueAt = nil
    delivery.gaveWayAt = now
    guard try transaction.update(delivery, deadline: delivery.expiresAt) else { return }
    try transaction.promote(channel: channel, recipient: delivery.recipient, notBefore: now)
  }

  private mutating func settle(_ due: DueDelivery) throws(StoreError) {
    var delivery = due.delivery
    guard sending is any StatusLookup else {
      _ = try recorder.end(&delivery, as: .unknown, error: delivery.error)
      return
    }
    let assembled = try OutboundAssembly(connection, live, files, now: now).message(due)
    var part: MessagePart?
    if delivery.partCount > 1 {
      let stored = try connection.parts(of: delivery.id)
      let index = Int(clamping: delivery.partNext)
      part = stored.indices.contains(index) ? stored[index].part : nil
    } else {
      part = try? sending.parts(of: assembled.message, now: delivery.startedAt ?? now).first
    }
    guard let part else {
      _ = try recorder.end(&delivery, as: .unknown, error: delivery.error)
      return
    }
    let until = now.adding(milliseconds: Self.settleLeaseMilliseconds)
    let leased = try transaction.leaseSettling(delivery, until: until)
    result.settling.append(LeasedSend(due, leased, assembled, part, live, sending))
    result.counts[delivery.priority, default: 0] += 1
  }

  /// Twice what an answer may take: who has not come back by then never will.
  private static let settleLeaseMilliseconds: Int64 = 600_000
}

/// A delivery that is this dispatcher's to send, with all it needs.
struct LeasedSend: Sendable {
  /// What it was when it was claimed.
  let due: DueDelivery
  /// What it is since.
  let delivery: Delivery
  /// What is to be said, as a whole.
  let message: OutboundMessage
  /// Its files, in the order of the message's attachments.
  let files: [ID<Attachment>]
  /// The part at hand.
  let part: MessagePart
  /// Through what.
  let live: LiveChannel
  /// The provider, as one that sends.
  let sending: any Transport

  /// A lease.
  init(
    _ due: DueDelivery, _ delivery: Delivery,
    _ assembled: (message: OutboundMessage, files: [ID<Attachment>]), _ part: MessagePart,
    _ live: LiveChannel, _ sending: any Transport
  ) {
    self.due = due
    self.delivery = delivery
    message = assembled.message
    files = assembled.files
    self.part = part
    self.live = live
    self.sending = sending
  }
}
