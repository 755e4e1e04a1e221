// What is told later about a message or a call. What comes before its message is parked.

extension Ingestion {
  /// Applies a report to its message, or parks it until the message appears.
  mutating func report(_ item: Item) throws(StoreError) -> Outcome {
    guard let (kind, messageID, payload) = Self.payload(of: item.fact) else { return .ignored }
    var target: ID<Message>?
    // Our own id in the callback's address is surer than the provider's: it may come first.
    // It counts only for what this channel sent: an address is easier to come by than a secret.
    if case .status(let status) = item.fact, let own = status.ourID.flatMap({ ID<Message>($0) }),
      let sent = try connection.message(own, tenant: tenantID), sent.direction == .outbound,
      sent.channelID == channel.id
    {
      target = sent.id
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
    try apply(report, to: target)
    return .stored
  }

  /// Applies what was waiting for a message that has just been stored.
  func applyParked(to id: ID<Message>, providerMessageID: String) throws(StoreError) {
    let waiting = try transaction.takeParked(
      channel: channel.id, providerMessageID: providerMessageID)
    for report in waiting { try apply(report, to: id) }
  }

  private static func payload(of fact: Fact) -> (kind: String, messageID: String, JSON)? {
    switch fact {
    case .status(let status):
      (
        "status", status.messageID,
        ["status": .string(status.status.rawValue), "error": status.error?.json ?? .null]
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

  private func apply(_ report: ParkedReport, to id: ID<Message>) throws(StoreError) {
    switch report.kind {
    case "status":
      guard let word = report.payload["status"]?.string, let status = MessageStatus(rawValue: word)
      else { return }
      let error = report.payload["error"].flatMap { ProviderError(json: $0) }
      try fold(status, error, report, into: id)
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

  private func fold(
    _ status: MessageStatus, _ error: ProviderError?, _ report: ParkedReport,
    into id: ID<Message>
  ) throws(StoreError) {
    let fold = try transaction.fold(
      status, error: error, at: report.occurredAt, key: report.key, receipt: report.receiptID,
      into: id)
    guard fold.moved, let type = Self.eventType(of: fold.status) else { return }
    try tell(
      type, id, report,
      ["status": .string(fold.status.rawValue), "error": error?.json ?? .null])
  }

  /// The event that tells of a status; steps on the way there have none.
  private static func eventType(of status: MessageStatus) -> String? {
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
    for earlier in try transaction.unreadOutbound(of: message.chatID, upTo: id) {
      try fold(.read, nil, report, into: earlier)
    }
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
  private func tell(
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
}
