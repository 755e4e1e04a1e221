/// The story of a message: what happened to it, when, and because of what.
enum Timeline {
  /// One thing that happened.
  struct Step {
    /// When, by our clock.
    let at: Instant
    /// What, as a sentence.
    let what: String
    /// The thing behind it, such as a receipt's identifier.
    let cause: String?
    /// What else is known.
    let detail: JSON

    /// The step as JSON: `{"at","what","cause","detail"}`.
    var json: JSON {
      ["at": JSON(at), "what": .string(what), "cause": JSON(cause), "detail": detail]
    }
  }

  /// Every step of a message's life, oldest first; `nil` when the tenant has no such message.
  static func steps(
    of id: ID<Message>, tenant: ID<Tenant>, _ connection: Connection
  ) throws(StoreError) -> [Step]? {
    guard let message = try connection.message(id, tenant: tenant) else { return nil }
    var steps: [Step] = []
    if let receiptID = message.receiptID,
      let receipt = try connection.receipt(receiptID, tenant: tenant)
    {
      steps += arrival(of: message, receipt)
    }
    for event in try connection.events(about: SQLValue(id), tenant: tenant) {
      steps.append(
        Step(
          at: event.timestamp, what: "event \(event.sequence), \(event.type), was written",
          cause: event.id.description, detail: ["chat_sequence": JSON(event.chatSequence)]))
    }
    for report in try connection.statusReports(of: id) {
      let status = report["status"]?.string ?? "unknown"
      guard let at = report["occurred_at"]?.string.flatMap({ Instant(iso8601: $0) }) else {
        continue
      }
      steps.append(
        Step(
          at: at, what: "\(message.provider) reported that it is \(status)",
          cause: report["receipt_id"]?.string, detail: report))
    }
    if let readAt = message.readAt, message.direction == .inbound {
      steps.append(Step(at: readAt, what: "it was marked as read", cause: nil, detail: [:]))
    }
    // Stable for equal times: a receipt comes before what it caused.
    return steps.enumerated().sorted { ($0.element.at, $0.offset) < ($1.element.at, $1.offset) }
      .map(\.element)
  }

  private static func arrival(of message: Message, _ receipt: Receipt) -> [Step] {
    let check =
      receipt.verifiedBy.map { "its signature was right (\($0))" }
      ?? "its signature was not right, and the channel only observes"
    let received = Step(
      at: receipt.receivedAt,
      what: "\(message.provider) called channel \(message.channelID); \(check)",
      cause: receipt.id.description,
      detail: [
        "method": .string(receipt.request.method),
        "body_bytes": .integer(Int64(receipt.request.body.count)),
        "attempts": .integer(receipt.attempts), "reason": JSON(receipt.reason),
      ])
    let stored = Step(
      at: message.createdAt,
      what: "it became message \(message.position) of chat \(message.chatID)",
      cause: receipt.id.description,
      detail: [
        "provider_message_id": .string(message.providerMessageID), "kind": .string(message.kind),
        "occurred_at": JSON(message.occurredAt),
      ])
    return [received, stored]
  }
}
