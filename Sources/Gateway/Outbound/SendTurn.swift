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
    result.nextDue = try nextDue(order.normalMost == 0 ? [.high] : [.high, .normal])
    return result
  }

  /// When the next of these is due: what had no room this time is no reason to look again before
  /// there is some.
  private func nextDue(_ priorities: [Delivery.Priority]) throws(StoreError) -> Instant? {
    var next: Instant?
    for priority in priorities {
      guard let due = try connection.nextDue(channel, priority) else { continue }
      next = next.map { min($0, due) } ?? due
    }
    return next
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
    if delivery.purpose == .marketing,
      let hold = try connection.marketingHold(channel, delivery.recipient, at: now)
    {
      delivery.tell(hold)
      return try giveWay(&delivery, to: hold.until)
    }
    let earliest = pacing.earliest(
      Lane(channel: channel, recipient: delivery.recipient),
      Pace(live, sending, delivery.recipient, delivery.transport))
    if earliest > now {
      delivery.dueAt = earliest
      _ = try transaction.update(delivery, deadline: delivery.expiresAt)
      return
    }
    guard var assembled = try assemble(due) else {
      // Those behind it, and the whole channel, must not wait for what can never be read.
      _ = try recorder.end(&delivery, as: .failed, error: Self.unreadable)
      return
    }
    let next: MessagePart
    switch try nextPart(&delivery, &assembled.message) {
    case .part(let part): next = part
    case .none(let error):
      _ = try recorder.end(&delivery, as: .failed, error: error)
      return
    }
    let leased = try transaction.lease(delivery)
    result.leased.append(LeasedSend(due, leased, assembled, next, live, sending))
    result.counts[delivery.priority, default: 0] += 1
    result.weight += next.weight
  }

  /// What is to go now, or why there is nothing.
  private enum Next {
    case part(MessagePart)
    case none(ProviderError)
  }

  /// The part that is to go now. What can be said may have changed since the message was enqueued,
  /// as when a service window has closed: before its first part went, it is cut anew.
  private func nextPart(
    _ delivery: inout Delivery, _ message: inout OutboundMessage
  ) throws(StoreError) -> Next {
    // What an echo may show has to be known by its words, also where there is one part alone.
    let keepsOne = type(of: sending).echoesSends
    let stored =
      delivery.partCount > 1 || keepsOne ? try connection.parts(of: delivery.id).map(\.part) : []
    if delivery.partCount > 1 || delivery.partNext > 0 {
      let index = Int(clamping: delivery.partNext)
      guard stored.indices.contains(index) else { return .none(Self.unreadable) }
      // A part that is through shows that it could be said: only the first is judged again.
      if index > 0 { return .part(stored[index]) }
    }
    let parts: [MessagePart]
    do throws(Unsendable) {
      parts = try message.parts(by: sending, now: now, isFallback: delivery.ordinal > 0)
    } catch {
      return .none(error.error)
    }
    guard let first = parts.first else {
      return .none(Unsendable(.empty, field: "text", "it is empty").error)
    }
    if parts.count != max(1, Int(clamping: delivery.partCount))
      || stored != parts && (keepsOne || !stored.isEmpty)
    {
      delivery = try transaction.recut(delivery, into: parts, keepsOne: keepsOne)
    }
    return .part(first)
  }

  /// The message, or `nil` when what is stored of it cannot be read: it was written by a newer
  /// program, or its chat is gone.
  private func assemble(_ due: DueDelivery) throws(StoreError) -> OutboundAssembly.Assembled? {
    do throws(StoreError) {
      return try OutboundAssembly(connection, live, files, now: now).message(due)
    } catch {
      if error.decision == .later { throw error }
      return nil
    }
  }

  /// The next part of a delivery that has several, an empty one where it has one, and `nil` when it
  /// is gone.
  private func storedPart(of delivery: Delivery) throws(StoreError) -> MessagePart? {
    guard delivery.partCount > 1 else { return MessagePart([:]) }
    let stored = try connection.parts(of: delivery.id)
    let index = Int(clamping: delivery.partNext)
    return stored.indices.contains(index) ? stored[index].part : nil
  }

  /// Why a message is not sent that cannot be read any more.
  static let unreadable = ProviderError(
    code: "unreadable", title: "What is stored of the message cannot be read",
    errorClass: "permanent")

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
    var assembled = try assemble(due)
    var part: MessagePart?
    if delivery.partCount > 1 {
      part = try storedPart(of: delivery)
    } else {
      part = try? assembled?.message.parts(
        by: sending, now: delivery.startedAt ?? now, isFallback: delivery.ordinal > 0
      ).first
    }
    guard let assembled, let part else {
      _ = try recorder.end(&delivery, as: .unknown, error: delivery.error)
      return
    }
    // Twice what an answer may take: who has not come back by then never will. Not longer, as a
    // crash while the provider is asked holds up the lane for that time.
    let until = now.adding(milliseconds: Int64(live.channel.policy.timeoutMilliseconds) * 2)
    let leased = try transaction.leaseSettling(delivery, until: until)
    result.settling.append(LeasedSend(due, leased, assembled, part, live, sending))
    result.counts[delivery.priority, default: 0] += 1
  }
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
