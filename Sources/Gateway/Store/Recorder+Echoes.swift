// Echoes: what a provider shows us of messages that the organisation sent, our own among them.

/// What an echo shows of a message, as far as it tells which of ours it is.
package struct Echo: Sendable {
  /// The provider's id of the message.
  package let id: String
  /// To whom it went.
  package let recipients: [Recipient]
  /// Its text without the spaces around it; `nil` when it has none.
  package let text: String?
  /// How many files it has.
  package let attachmentCount: Int

  /// An echo of a message to `person`.
  package init(_ message: InboundMessage, to person: Person) {
    id = message.id
    recipients = person.addresses.map(Recipient.person)
    text = Self.said(message.content.text)
    attachmentCount = message.content.attachments.count
  }

  /// A text as it is compared.
  static func said(_ text: String?) -> String? {
    let trimmed = text?.trimmed ?? ""
    return trimmed.isEmpty ? nil : trimmed
  }
}

/// A delivery that an echo may be of.
private struct EchoCandidate {
  let id: ID<Delivery>
  let text: String?
  let attachmentCount: Int
}

extension Connection {
  private static let candidateColumns = "d.id, m.text, m.attachment_count, d.state, m.position"
  private static let candidateFilter = """
    m.chat_id = $1 AND m.position > (SELECT message_count FROM chats WHERE id = $1) - $4
      AND m.direction = 'outbound' AND d.channel_id = $2
      AND (d.state = 'sending' OR d.state = 'unknown' AND d.updated_at > $3)
    """
  // What is under way before what is in doubt, the older before the newer.
  private static let candidates = SQL(
    """
    SELECT \(candidateColumns) FROM messages m JOIN deliveries d ON d.id = m.id
    WHERE \(candidateFilter)
    UNION ALL
    SELECT \(candidateColumns) FROM messages m
    JOIN deliveries d ON d.message_id = m.id AND d.ordinal > 0
    WHERE \(candidateFilter)
    ORDER BY 4, 5
    """)
  /// How many of a chat's messages are looked at: what is under way is among the newest.
  private static let echoReachMax: Int64 = 200
  /// For how long an echo settles a doubt: a day later the same words are said anew.
  private static let echoDoubtMilliseconds: Int64 = 86_400_000

  fileprivate func candidates(
    in chat: ID<Chat>, channel: ID<Channel>, at now: Instant
  ) throws(StoreError) -> [EchoCandidate] {
    try query(
      Self.candidates, SQLValue(chat), SQLValue(channel),
      SQLValue(now.adding(milliseconds: -Self.echoDoubtMilliseconds)),
      .integer(Self.echoReachMax)
    ) { (row) throws(StoreError) in
      EchoCandidate(
        id: try row.id(0), text: row.optionalText(1),
        attachmentCount: Int(clamping: row.integer(2)))
    }
  }

  private static let elsewhere = SQL(
    """
    SELECT receipt_id FROM messages m
    WHERE m.id = $1 AND m.tenant_id = $2 AND m.direction = 'outbound' AND m.kind <> 'call'
      AND m.receipt_id IS NOT NULL
      AND NOT EXISTS (SELECT 1 FROM deliveries d WHERE d.id = m.id)
    """)
  private static let statuses = SQL(
    """
    SELECT key, status, error, occurred_at, receipt_id FROM status_reports
    WHERE message_id = $1 AND receipt_id IS NOT NULL
    """)
  private static let reactions = SQL(
    "SELECT key, person, emojis, changed_at FROM reactions WHERE message_id = $1")

  /// The request that told of a message which was not sent by us; `nil` for any other message.
  fileprivate func receipt(
    ofElsewhere message: ID<Message>, tenant: ID<Tenant>
  ) throws(StoreError) -> ID<Receipt>? {
    try first(Self.elsewhere, SQLValue(message), SQLValue(tenant)) { (row) throws(StoreError) in
      try row.id(0)
    }
  }

  /// What was reported of a message, in the form in which reports wait.
  fileprivate func reports(
    of message: ID<Message>, receipt: ID<Receipt>
  ) throws(StoreError) -> [ParkedReport] {
    let statuses = try query(Self.statuses, SQLValue(message)) { (row) throws(StoreError) in
      ParkedReport(
        key: row.text(0), kind: "status",
        payload: [
          "status": .string(row.text(1)),
          "error": row.optionalBytes(2).flatMap { try? JSON.parse($0) } ?? .null,
        ], occurredAt: row.instant(3), receiptID: row.optionalID(4))
    }
    let reactions = try query(Self.reactions, SQLValue(message)) { (row) throws(StoreError) in
      ParkedReport(
        key: row.text(0), kind: "reaction",
        payload: [
          "person": .string(row.text(1)), "emojis": (try? JSON.parse(row.bytes(2))) ?? [],
        ], occurredAt: row.instant(3), receiptID: receipt)
    }
    return statuses + reactions
  }
}

extension Transaction {
  private static let claimMove = SQL(
    "UPDATE provider_events SET message_id = $3 WHERE channel_id = $1 AND key = $2")

  fileprivate func moveClaim(
    _ key: String, channel: ID<Channel>, to message: ID<Message>
  ) throws(StoreError) {
    try connection.execute(Self.claimMove, SQLValue(channel), .text(key), SQLValue(message))
  }
}

extension Recorder {
  /// Finds what of ours an echo is of: what is under way to the same person or in doubt since less
  /// than a day, and says the same. That proves it was sent. `nil` when it is of none.
  mutating func prove(by echo: Echo) throws(StoreError) -> ID<Message>? {
    var chats: [ID<Chat>] = []
    for case .person(let address) in echo.recipients {
      let chat = try connection.known(address, tenant: tenantID, transport: "")?.chatID
      if let chat, !chats.contains(chat) { chats.append(chat) }
    }
    for chat in chats {
      let candidates = try connection.candidates(
        in: chat, channel: channel.id, at: transaction.now)
      for candidate in candidates {
        guard let delivery = try connection.delivery(candidate.id),
          echo.recipients.contains(where: { $0.key == delivery.recipient.key }),
          delivery.partNext < delivery.partCount, try says(delivery, candidate, the: echo)
        else { continue }
        try prove(delivery, part: delivery.partNext, providerMessageID: echo.id)
        return delivery.messageID
      }
    }
    return nil
  }

  /// An echo under an id that is known: a delivery of ours in doubt was sent.
  func confirm(
    _ message: ID<Message>, by echo: Echo, key: String, at instant: Instant
  ) throws(StoreError) {
    let delivery = try connection.deliveries(of: message).last { $0.channelID == channel.id }
    guard let delivery, delivery.state == .unknown else { return }
    let report = ParkedReport(
      key: key, kind: "status", payload: [:], occurredAt: instant, receiptID: receiptID)
    try applyStatus(.sent, nil, report, echo.id, to: message)
  }

  /// Whether the next part of a delivery says what an echo says.
  private func says(
    _ delivery: Delivery, _ candidate: EchoCandidate, the echo: Echo
  ) throws(StoreError) -> Bool {
    let parts = try connection.parts(of: delivery.id)
    // Of one part the words are kept since its sending began; else they are the message's own.
    if delivery.partCount <= 1, parts.isEmpty {
      let text = Echo.said(candidate.text)
      if let said = echo.text { return text == said }
      return text == nil && echo.attachmentCount > 0
        && candidate.attachmentCount == echo.attachmentCount
    }
    guard let index = Int(exactly: delivery.partNext), parts.indices.contains(index) else {
      return false
    }
    let payload = JSON.object(parts[index].part.payload)
    if let said = echo.text { return payload.says(said) }
    return !payload.hasText && echo.attachmentCount > 0
      && (delivery.partCount > 1
        ? candidate.attachmentCount >= echo.attachmentCount
        : candidate.attachmentCount == echo.attachmentCount)
  }

  /// Lets a message of ours have the id under which its echo was stored as another: that one goes,
  /// and what was reported of it is ours. False when it is no echo.
  func takeOver(
    _ id: String, from echo: ID<Message>, to message: ID<Message>
  ) throws(StoreError) -> Bool {
    guard echo != message,
      let receipt = try connection.receipt(ofElsewhere: echo, tenant: tenantID)
    else { return false }
    try transaction.moveClaim(FactKey.message(id), channel: channel.id, to: message)
    for report in try connection.reports(of: echo, receipt: receipt) {
      try transaction.park(report, channel: channel.id, providerMessageID: id)
    }
    if try transaction.markDeleted(echo, at: transaction.now) {
      let report = ParkedReport(
        key: "", kind: "deletion", payload: [:], occurredAt: transaction.now, receiptID: receiptID)
      try tell("message.deleted", echo, report, ["reason": .string("echo of \(message)")])
    }
    return true
  }
}

extension JSON {
  /// Whether one of the texts anywhere under the name `text` is that one, but for the spaces around
  /// it. What else a part consists of, such as the word `image`, is nothing that is said.
  fileprivate func says(_ text: String) -> Bool {
    switch self {
    case .array(let values): values.contains { $0.says(text) }
    case .object(let members):
      members.contains { member in
        member.key == "text" && member.value.string?.trimmed == text || member.value.says(text)
      }
    default: false
    }
  }

  /// Whether it has a text anywhere under the name `text`.
  fileprivate var hasText: Bool {
    switch self {
    case .array(let values): values.contains { $0.hasText }
    case .object(let members):
      members.contains { $0.key == "text" && $0.value.string != nil || $0.value.hasText }
    default: false
    }
  }
}
