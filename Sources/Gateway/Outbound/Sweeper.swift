/// What time alone brings about: messages expire, and those without a final status are asked about.
/// Also counts what waits, so that a scrape of the metrics need not.
package final class Sweeper: Sendable {
  private let parts: Dispatcher.Parts
  private let stopping = Monitor(false)
  private let thread = Locked<WorkerThread?>(nil)
  private let queues = Locked<[ID<Channel>: Queue]>([:])

  /// How a channel's queue stood when it was last looked at.
  private struct Queue {
    var waiting: Double = 0
    var oldestSeconds: Double = 0
    var marketingPauses: Double = 0
  }

  /// A message that expires may do so a second late.
  static let stepMilliseconds = 1000
  /// Counting a queue of a million takes some 50 ms: not more often than metrics are read.
  private static let countMilliseconds: Int64 = 15_000
  /// How many are looked at in one transaction, so that senders wait for none of them long.
  private static let batch = 100
  /// Statuses are asked for at most so often, each time after twice the wait: after a few days
  /// nobody will know.
  private static let reconcileAgeMaxMilliseconds: Int64 = 259_200_000

  /// A sweeper that does nothing before ``start()``.
  package init(_ parts: Dispatcher.Parts) { self.parts = parts }

  /// Starts sweeping.
  package func start() {
    let started = WorkerThread(name: "sweeper") { [self] in
      var countedAt: Instant?
      while stopping.wait(milliseconds: Self.stepMilliseconds, { $0 ? true : nil }) == nil {
        let now = parts.clock.now()
        attempt("expiring") { try sweep() }
        if countedAt.map({ now.milliseconds(since: $0) >= Self.countMilliseconds }) ?? true {
          countedAt = now
          attempt("counting what waits") { try count() }
        }
      }
    }
    thread.withLock { $0 = started }
  }

  /// Ends the thread. Calling it again does nothing.
  package func stop() {
    stopping.update { $0 = true }
    let running = thread.withLock { thread in
      defer { thread = nil }
      return thread
    }
    running?.join()
  }

  private func attempt(_ doing: String, _ work: () throws -> Void) {
    do {
      try work()
    } catch {
      parts.log.warning(
        "\(doing) failed", ["reason": .string(StoreError.logDescription(of: error))])
    }
  }

  /// Deals with everything whose time is over. How much that was.
  @discardableResult
  package func sweep() throws -> Int {
    var total = 0
    while !stopping.withLock({ $0 }) {
      let now = parts.clock.now()
      let late = try parts.database.read { connection in
        try connection.deadlines(at: now, limit: Self.batch)
      }
      if late.isEmpty { return total }
      total += late.count
      let asking = try parts.database.write { [parts] transaction in
        var asking: [DueDelivery] = []
        for due in late where try Self.settle(due.delivery.id, parts, transaction) {
          asking.append(due)
        }
        return asking
      }
      for due in asking { ask(due) }
      if late.count < Self.batch { return total }
    }
    return total
  }

  /// Deals with one. True when its provider is to be asked.
  private static func settle(
    _ id: ID<Delivery>, _ parts: Dispatcher.Parts, _ transaction: Transaction
  ) throws(StoreError) -> Bool {
    guard let due = try transaction.connection.due(id) else { return false }
    var delivery = due.delivery
    guard let live = parts.directory[delivery.channelID] else {
      try transaction.setDeadline(id, nil)
      return false
    }
    switch delivery.state {
    case .queued:
      guard delivery.expiresAt <= transaction.now else {
        try transaction.setDeadline(id, delivery.expiresAt)
        return false
      }
      let recorder = Recorder(transaction, live.channel, receipt: nil)
      _ = try recorder.end(&delivery, as: .expired, error: delivery.error ?? SendTurn.expired)
      return false
    case .accepted:
      let isOpen = due.status == .sent || due.status == .queued || due.status == .sending
      let age = transaction.now.milliseconds(since: delivery.updatedAt)
      guard isOpen, live.sending is any StatusLookup, !due.providerMessageID.isEmpty,
        age < reconcileAgeMaxMilliseconds
      else {
        try transaction.setDeadline(id, nil)
        return false
      }
      // Ever later: whoever has no receipt after a day rarely has one after two.
      let wait = max(age, live.channel.policy.reconcileSeconds * 1000)
      try transaction.setDeadline(id, transaction.now.adding(milliseconds: wait))
      return true
    case .sending, .failed, .undeliverable, .expired, .canceled, .blocked, .unknown:
      // Under way: its outcome sets the next. The others have ended.
      try transaction.setDeadline(id, nil)
      return false
    }
  }

  private func ask(_ due: DueDelivery) {
    guard let live = parts.directory[due.delivery.channelID],
      let lookup = live.sending as? any StatusLookup
    else { return }
    let request = lookup.lookup(due.providerMessageID)
    parts.caller.send(Dispatcher.call(request, live)) { [parts] exchange in
      guard case .success(let response) = exchange.result,
        let status = lookup.status(in: response)
      else { return }
      let report = ParkedReport(
        key: "lookup:\(status.messageID):\(status.status.rawValue)", kind: "status",
        payload: [
          "status": .string(status.status.rawValue), "error": status.error?.json ?? .null,
          "marketing_pause": status.marketingPause?.json ?? .null,
        ], occurredAt: parts.clock.now(), receiptID: nil)
      parts.database.submit { transaction in
        try Recorder(transaction, live.channel, receipt: nil).apply(
          report, to: due.delivery.messageID, providerMessageID: status.messageID)
      } completion: { result in
        if case .failure(let error) = result {
          parts.log.warning(
            "a status that was asked for could not be stored",
            ["reason": .string(StoreError.logDescription(of: error))])
        }
      }
    }
  }

  /// Counts what waits on every channel.
  package func count() throws {
    for live in parts.directory.all where live.sending != nil {
      let channel = live.channel.id
      let now = parts.clock.now()
      let (waiting, oldest, pauses) = try parts.database.read { connection in
        let times = [
          try connection.nextDue(channel, .high), try connection.nextDue(channel, .normal),
        ]
        return (
          try connection.queued(channel), times.compactMap(\.self).min(),
          try connection.marketingHolds(channel, at: now)
        )
      }
      let age = oldest.map { max(0, Double(now.milliseconds(since: $0)) / 1000) } ?? 0
      let isNew = queues.withLock { queues in
        defer {
          queues[channel] = Queue(
            waiting: Double(waiting), oldestSeconds: age, marketingPauses: Double(pauses))
        }
        return queues[channel] == nil
      }
      if isNew { meter(live) }
    }
  }

  private func meter(_ live: LiveChannel) {
    let id = live.channel.id
    let labels = [("channel", id.description), ("provider", live.channel.provider)]
    parts.metrics.gauge(
      "trunkline_queue_deliveries", help: "Deliveries that wait or are under way.", labels
    ) { [queues] in queues.withLock { $0[id]?.waiting ?? 0 } }
    parts.metrics.gauge(
      "trunkline_queue_oldest_seconds",
      help: "How long the delivery that is due the longest has been due, in seconds.", labels
    ) { [queues] in queues.withLock { $0[id]?.oldestSeconds ?? 0 } }
    parts.metrics.gauge(
      "trunkline_marketing_pauses",
      help: "Pauses of advertisements in force: of single people, and of the channel.", labels
    ) { [queues] in queues.withLock { $0[id]?.marketingPauses ?? 0 } }
  }
}
