// What is told later about a message or a call. What comes before its message is parked.

extension Ingestion {
  /// Applies a report to its message, or parks it until the message appears.
  mutating func report(_ item: Item) throws(StoreError) -> Outcome {
    guard let (kind, messageID, payload) = Self.payload(of: item.fact) else { return .ignored }
    var target: ID<Message>?
    // Our own id in the callback's address is surer than the provider's: it may come first.
    if case .status(let status) = item.fact, let own = status.ourID,
      let (delivery, part) = try recorder.named(own)
    {
      try recorder.prove(delivery, part: part, providerMessageID: messageID)
      target = delivery.messageID
    }
    if target == nil {
      target = try connection.message(provider: messageID, channel: channel.id)
    }
    let report = ParkedReport(
      key: item.key, kind: kind, payload: payload, occurredAt: time(of: item),
      receiptID: receiptID)
    guard let target else {
      try transaction.park(report, channel: channel.id, providerMessageID: messageID)
      note = "the message is not known yet"
      return .parked
    }
    subject = target.description
    try recorder.apply(report, to: target, providerMessageID: messageID)
    return .stored
  }

  /// Applies a mark: all that the person was sent up to a time got so far.
  mutating func store(
    _ progress: ProgressReport, _ item: Item
  ) throws(StoreError) -> Outcome {
    let isNews = try recorder.apply(progress, key: item.key, at: time(of: item))
    if !isNews { note = "a mark that reaches as far is known" }
    return .stored
  }

  private static func payload(of fact: Fact) -> (kind: String, messageID: String, JSON)? {
    switch fact {
    case .status(let status):
      (
        "status", status.messageID,
        [
          "status": .string(status.status.rawValue), "error": status.error?.json ?? .null,
          "marketing_pause": status.marketingPause?.json ?? .null,
        ]
      )
    case .edit(let edit):
      (
        "edit", edit.messageID,
        ["version": .string(edit.version), "content": edit.content.json]
      )
    case .deletion(let deletion): ("deletion", deletion.messageID, [:])
    case .reaction(let reaction):
      (
        "reaction", reaction.messageID,
        [
          "person": .string(
            reaction.person?.addresses.first.map { "\($0.type.rawValue):\($0.value)" } ?? ""),
          "emojis": .array(reaction.emojis.map(JSON.string)),
        ]
      )
    case .read(let read): ("read", read.messageID, [:])
    default: nil
    }
  }
}
