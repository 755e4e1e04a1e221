/// The story of a message: what happened to it, when, and because of what. A pure function of
/// rows, so that the same rows always tell the same story.
enum Timeline {
  /// The whole story.
  static func explain(_ history: MessageHistory) -> Explanation {
    var story = Explanation()
    var steps: [Explanation.Step] = []
    if let receipt = history.receipt { steps += arrival(of: history.message, receipt) }
    if !history.deliveries.isEmpty {
      let outbound = OutboundStory(history)
      // What was told to the outside comes behind what it tells of.
      steps += outbound.steps + reports(history) + outbound.told
      story.summary = outbound.summary
      story.hints = outbound.hints
    } else {
      steps += history.events.map(event) + reports(history)
    }
    if let readAt = history.message.readAt, history.message.direction == .inbound {
      steps.append(Explanation.Step(readAt, "it was marked as read"))
    }
    if let deletedAt = history.message.deletedAt {
      steps.append(Explanation.Step(deletedAt, "its author deleted it"))
    }
    // Stable for equal times: a receipt comes before what it caused.
    story.steps = steps.enumerated()
      .sorted { ($0.element.at, $0.offset) < ($1.element.at, $1.offset) }.map(\.element)
    return story
  }

  /// What was told to the outside.
  static func event(_ event: Event) -> Explanation.Step {
    Explanation.Step(
      event.timestamp, "event \(event.sequence), \(event.type), was written",
      cause: event.id.description, detail: ["chat_sequence": JSON(event.chatSequence)])
  }

  private static func reports(_ history: MessageHistory) -> [Explanation.Step] {
    let sent = history.deliveries.last { $0.delivery.state == .accepted }
    let provider = sent?.provider ?? history.message.provider
    return history.reports.compactMap { report($0, by: provider) }
  }

  private static func report(_ report: JSON, by provider: String) -> Explanation.Step? {
    guard let at = report["occurred_at"]?.string.flatMap({ Instant(iso8601: $0) }) else {
      return nil
    }
    let status = report["status"]?.string ?? "unknown"
    let words = report["error"].flatMap { ProviderError(json: $0) }.map { ": \($0.words)" } ?? ""
    return Explanation.Step(
      at, "\(provider) reported that it is \(status)\(words)",
      cause: report["receipt_id"]?.string, detail: report)
  }

  private static func arrival(of message: Message, _ receipt: Receipt) -> [Explanation.Step] {
    let check =
      receipt.verifiedBy.map { "its signature was right (\($0))" }
      ?? "its signature was not right, and the channel only observes"
    let received = Explanation.Step(
      receipt.receivedAt, "\(message.provider) called channel \(message.channelID); \(check)",
      cause: receipt.id.description,
      detail: [
        "method": .string(receipt.request.method),
        "body_bytes": .integer(Int64(receipt.request.body.count)),
        "attempts": .integer(receipt.attempts), "reason": JSON(receipt.reason),
      ])
    let stored = Explanation.Step(
      message.createdAt, "it became message \(message.position) of chat \(message.chatID)",
      cause: receipt.id.description,
      detail: [
        "provider_message_id": .string(message.providerMessageID), "kind": .string(message.kind),
        "occurred_at": JSON(message.occurredAt),
      ])
    return [received, stored]
  }
}

extension ProviderError {
  /// The error in a line: `30005 Unknown destination handset (NO ROUTE)`.
  var words: String { "\(code) \(title)\(detail.map { " (\($0))" } ?? "")" }
}
