// What is told later about a message, and what was told too early.

extension Recorder {
  /// Applies what was waiting for a message that has just been stored.
  func applyParked(to id: ID<Message>, providerMessageID: String) throws(StoreError) {
    let waiting = try transaction.takeParked(
      channel: channel.id, providerMessageID: providerMessageID)
    for report in waiting { try apply(report, to: id, providerMessageID: providerMessageID) }
  }

  /// Applies a report to its message. `providerMessageID` is what the report calls it.
  func apply(
    _ report: ParkedReport, to id: ID<Message>, providerMessageID: String
  ) throws(StoreError) {
    switch report.kind {
    case "status":
      guard let word = report.payload["status"]?.string, let status = MessageStatus(rawValue: word)
      else { return }
      let error = report.payload["error"].flatMap { ProviderError(json: $0) }
      try applyStatus(status, error, report, providerMessageID, to: id)
      try applyPause(report, error, to: id)
    case "read": try applyRead(report, upTo: id)
    case "edit": try applyEdit(report, to: id)
    case "deletion":
      if try transaction.markDeleted(id, at: report.occurredAt) {
        try tell("message.deleted", id, report, [:])
      }
    case "reaction":
      let person = report.payload["person"]?.string ?? ""
      let emojis = report.payload["emojis"] ?? []
      let changed = try transaction.setReactions(
        emojis, person: person, at: report.occurredAt, key: report.key, on: id)
      if changed {
        try tell("message.reaction", id, report, ["person": .string(person), "emojis": emojis])
      }
    case "call": try applyCall(report, to: id)
    default: return
    }
  }

  /// The event that tells of a status; steps on the way there have none.
  static func eventType(of status: MessageStatus) -> String? {
    switch status {
    case .received, .sending: nil
    case .queued: "message.queued"
    case .sent: "message.sent"
    case .delivered: "message.delivered"
    case .read: "message.read"
    case .failed, .undeliverable, .blocked: "message.failed"
    case .expired: "message.expired"
    case .canceled: "message.canceled"
    case .unknown: "message.unknown"
    }
  }

  private func applyRead(_ report: ParkedReport, upTo id: ID<Message>) throws(StoreError) {
    guard let message = try connection.message(id, tenant: tenantID) else { return }
    let unread = try transaction.unreadOutbound(
      of: message.chatID, upTo: id, channel: channel.id)
    for earlier in unread { try foldAll(.read, report, into: earlier) }
  }

  private func applyEdit(_ report: ParkedReport, to id: ID<Message>) throws(StoreError) {
    guard let version = report.payload["version"]?.string, let content = report.payload["content"],
      let message = try connection.message(id, tenant: tenantID)
    else { return }
    // Every version is kept, also one nobody can see: it may be the last word although an earlier
    // one is told after it. Telegram tells of invisible changes, too.
    let before = try connection.latestVersion(of: id)
    let isNew = try transaction.addVersion(
      version, content: content.serialized(), at: report.occurredAt, receipt: report.receiptID,
      to: id)
    guard isNew, let after = try connection.latestVersion(of: id) else { return }
    if ShownContent(after) != (before.map { ShownContent($0) } ?? ShownContent(message)) {
      try tell(
        "message.edited", id, report,
        ["version": .string(version), "content": content.withoutSources])
    }
  }

  /// Tells the outside what happened to a message.
  func tell(
    _ type: String, _ id: ID<Message>, _ report: ParkedReport, _ members: JSONObject
  ) throws(StoreError) {
    guard let message = try connection.message(id, tenant: tenantID) else { return }
    var data: JSONObject = [
      "message_id": .string(id.description), "chat_id": .string(message.chatID.description),
      "channel_id": .string(message.channelID.description),
      "occurred_at": JSON(report.occurredAt),
    ]
    for member in members { data[member.key] = member.value }
    try transaction.append(
      type, tenant: tenantID,
      Transaction.EventPlace(
        chat: message.chatID, subject: SQLValue(id), receipt: report.receiptID),
      data: JSON.object(data).serialized())
  }

  /// Applies a recording that came before its call. It was told of when it came.
  private func applyCall(_ report: ParkedReport, to id: ID<Message>) throws(StoreError) {
    guard let source = report.payload["source"]?.string else { return }
    try addRecording(
      AttachmentReference(
        kind: .voice, source: source, contentType: report.payload["content_type"]?.string), to: id)
  }

  /// Adds a call's recording.
  func addRecording(
    _ recording: AttachmentReference, to id: ID<Message>
  ) throws(StoreError) {
    let file = Attachment(id: transaction.ids.next(), reference: recording, state: "pending")
    let ordinal = try transaction.add(file, to: id)
    try queueFetches(of: [file], from: ordinal, message: id)
  }
}

extension Recorder {
  /// Tells that messages with a template can be sent through the channel no more, or again.
  package func tell(_ turn: TemplateTurn) throws(StoreError) {
    let data: JSON = [
      "channel_id": .string(channel.id.description),
      "scope": .string("template:\(turn.name)/\(turn.language)"), "reason": .string(turn.reason),
    ]
    try transaction.append(
      turn.isUsable ? "channel.recovered" : "channel.broken", tenant: tenantID,
      Transaction.EventPlace(subject: SQLValue(channel.id), receipt: receiptID),
      data: data.serialized())
  }
}
