/// What was under way when the daemon ended: nobody knows whether the provider has it.
struct Interrupted {
  private let parts: Dispatcher.Parts

  /// A step; a crash leaves a few hundred at most.
  private static let step = 200

  /// With the dispatcher's parts.
  init(_ parts: Dispatcher.Parts) { self.parts = parts }

  /// Puts what was under way on a channel in doubt, where no report has settled it meanwhile.
  func settle(_ live: LiveChannel) throws {
    guard let sending = live.sending else { return }
    while true {
      let count = try parts.database.write { transaction in
        let left = try transaction.connection.underWay(live.channel.id, limit: Self.step)
        for due in left { try doubt(due, live, sending, transaction) }
        return left.count
      }
      if count > 0 {
        parts.log.warning(
          "sends were interrupted",
          [
            "channel_id": .string(live.channel.id.description), "count": .integer(Int64(count)),
          ])
      }
      if count < Self.step { return }
    }
  }

  private func doubt(
    _ due: DueDelivery, _ live: LiveChannel, _ sending: any Transport, _ transaction: Transaction
  ) throws {
    let outcome = SendOutcome(
      .ambiguous,
      error: ProviderError(
        code: "interrupted", title: "The gateway ended while this was being sent",
        errorClass: "unknown"))
    let machine = DeliveryMachine(
      policy: live.channel.policy, canSettle: sending is any StatusLookup)
    let decision = machine.decide(outcome, for: due.delivery, now: transaction.now, jitter: 0)
    let send = LeasedSend(
      due, due.delivery,
      (
        OutboundMessage(
          id: due.delivery.messageID.description, transport: due.delivery.transport,
          recipient: due.delivery.recipient, content: OutboundContent()), []
      ), MessagePart([:]), live, sending)
    // What was accepted is accepted, also when the answer never came: the settlement looks.
    _ = try Settlement(
      send: send, outcome: outcome, decision: decision, word: "interrupted",
      exchanges: Array("[]".utf8), endedAt: transaction.now, pauseMilliseconds: 0
    ).store(transaction)
  }
}
