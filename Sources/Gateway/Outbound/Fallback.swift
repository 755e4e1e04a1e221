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
    "\(entry): not possible"
  }
}
