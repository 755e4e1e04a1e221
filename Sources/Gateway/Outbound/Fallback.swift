/// Another channel for a message that its first could not bring: the next of those the sender named
/// that can say it.
struct Fallback {
  private let transaction: Transaction
  private let directory: ChannelDirectory
  private let files: any OutboundFiles

  /// Works in a transaction.
  init(_ transaction: Transaction, _ directory: ChannelDirectory, _ files: any OutboundFiles) {
    self.transaction = transaction
    self.directory = directory
    self.files = files
  }

  /// Makes the next delivery of a message whose delivery on `live` has failed; without one the
  /// message has failed too.
  func run(_ due: DueDelivery, from live: LiveChannel) throws(StoreError) {
    var delivery = due.delivery
    delivery.dueAt = nil
    var notes: [String] = []
    while let entry = delivery.fallback.first {
      delivery.fallback.removeFirst()
      if let note = try attempt(entry, due, delivery) {
        notes.append(note)
        continue
      }
      _ = try transaction.update(delivery, deadline: nil)
      return
    }
    if !notes.isEmpty { delivery.note = notes.joined(separator: "; ") }
    guard try transaction.update(delivery, deadline: nil) else { return }
    try Recorder(transaction, live.channel, receipt: nil).conclude(delivery)
  }

  /// Tries one entry: `nil` when the message is on its way there, otherwise why it is not.
  private func attempt(
    _ entry: String, _ due: DueDelivery, _ failed: Delivery
  ) throws(StoreError) -> String? {
    guard let line = EnqueueRequest.Line(entry) else { return "\(entry): names nothing" }
    do {
      try send(line, due, failed)
      return nil
    } catch let refusal as SendRefusal {
      return "\(entry): \(refusal.message)"
    } catch let unsendable as Unsendable {
      return "\(entry): \(unsendable.description)"
    } catch let error as StoreError {
      throw error
    } catch {
      throw StoreError(.broken, "\(error)")
    }
  }

  private func send(
    _ line: EnqueueRequest.Line, _ due: DueDelivery, _ failed: Delivery
  ) throws {
    let connection = transaction.connection
    var router = try Router(
      chat: due.chatID, contact: failed.contactID, tenant: failed.tenantID, directory: directory,
      connection)
    let way = try router.way(to: line, field: "fallback")
    try router.checkConsent(way, for: failed.purpose)
    let lastInboundAt = try router.lastInboundAt(way)
    var message: OutboundMessage
    do throws(StoreError) {
      message = try OutboundAssembly(connection, way.live, files, now: transaction.now).message(
        due, recipient: way.recipient, transport: way.transport, lastInboundAt: lastInboundAt
      ).message
    } catch {
      if error.decision == .later { throw error }
      // One that cannot be read must not stop the turns of its whole channel.
      throw SendRefusal("fallback", SendTurn.unreadable.title)
    }
    let parts = try message.parts(by: way.sending, now: transaction.now, isFallback: true)
    let policy = way.live.channel.policy
    // An expiry the sender set holds for all channels; time that ran out on one starts anew.
    let expiresAt =
      failed.expiresAt > transaction.now
      ? failed.expiresAt
      : transaction.now.adding(milliseconds: policy.expiresSeconds * 1000)
    // One that was withdrawn may stand behind the one that failed.
    let before = try connection.deliveries(of: failed.messageID).last ?? failed
    var next = Delivery(
      id: transaction.ids.next(), tenantID: failed.tenantID, messageID: failed.messageID,
      ordinal: before.ordinal + 1, channelID: way.live.channel.id, transport: way.transport,
      recipient: way.recipient, contactID: way.contact?.id, priority: failed.priority,
      partCount: Int64(parts.count), laneAt: transaction.now, expiresAt: expiresAt,
      createdAt: transaction.now)
    next.fallback = failed.fallback
    next.purpose = failed.purpose
    next.note =
      "fell back from \(failed.transport.rawValue): "
      + (failed.error.map { "\($0.title) (\($0.code))" } ?? failed.state.rawValue)
    try transaction.enqueue(next, parts: parts)
    try transaction.carry(next)
  }
}
