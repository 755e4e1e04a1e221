// Marks: everything that a recipient was sent up to a time has arrived, or was read.

extension Connection {
  private static let marks = SQL(
    "SELECT status, up_to FROM progress_marks WHERE channel_id = $1 AND recipient = $2")
  // What was under way counts from when its sending began: the provider's time of it lies between
  // that and ours.
  private static let sentUpTo = SQL(
    """
    SELECT m.id FROM messages m
    WHERE m.chat_id = $1 AND m.direction = 'outbound' AND m.channel_id = $2
      AND m.position > (SELECT message_count FROM chats WHERE id = $1) - $5
      AND m.sent_at IS NOT NULL AND (m.status = 'sent' OR m.status = 'delivered' AND $4 = 'read')
      AND COALESCE((SELECT a.started_at FROM attempts a
        WHERE a.delivery_id = m.id AND a.outcome IN ('accepted', 'ambiguous', 'interrupted')
        ORDER BY a.number DESC LIMIT 1), m.sent_at) <= $3
    ORDER BY m.position DESC
    """)
  /// How far back a mark reaches: beyond, a chat may have a hundred thousand messages.
  private static let markReachMax: Int64 = 1000

  /// How far a recipient got by the marks that came so far.
  fileprivate func progressMarks(
    of recipient: Recipient, channel: ID<Channel>
  ) throws(StoreError) -> [(status: MessageStatus, upTo: Instant)] {
    try query(Self.marks, SQLValue(channel), .text(recipient.key)) { (row) throws(StoreError) in
      (MessageStatus(rawValue: row.text(0)) ?? .delivered, row.instant(1))
    }
  }

  /// What went to a chat through a channel up to a time and is not known to have got as far as
  /// `status`, the newest first.
  fileprivate func sent(
    to chat: ID<Chat>, channel: ID<Channel>, upTo instant: Instant, before status: MessageStatus
  ) throws(StoreError) -> [ID<Message>] {
    try query(
      Self.sentUpTo, SQLValue(chat), SQLValue(channel), SQLValue(instant), .text(status.rawValue),
      .integer(Self.markReachMax)
    ) { (row) throws(StoreError) in try row.id(0) }
  }
}

extension Transaction {
  private static let markWrite = SQL(
    """
    INSERT INTO progress_marks (channel_id, recipient, status, up_to, receipt_id)
    VALUES ($1, $2, $3, $4, $5)
    ON CONFLICT (channel_id, recipient, status) DO UPDATE SET up_to = excluded.up_to,
      receipt_id = excluded.receipt_id
    WHERE excluded.up_to > progress_marks.up_to
    """)

  /// Keeps a mark. False when one that reaches as far is kept already.
  fileprivate func keep(
    _ status: MessageStatus, upTo instant: Instant, of recipient: Recipient,
    channel: ID<Channel>, receipt: ID<Receipt>?
  ) throws(StoreError) -> Bool {
    try connection.execute(
      Self.markWrite, SQLValue(channel), .text(recipient.key), .text(status.rawValue),
      SQLValue(instant), SQLValue(receipt)) > 0
  }
}

extension Recorder {
  /// Takes a mark in: what it covers got so far, now and when it is accepted only later. False when
  /// it says nothing new.
  func apply(
    _ progress: ProgressReport, key: String, at instant: Instant
  ) throws(StoreError) -> Bool {
    var isNews = false
    var chats: Set<ID<Chat>> = []
    for address in progress.person.addresses {
      let isNew = try transaction.keep(
        progress.status, upTo: progress.upTo, of: .person(address), channel: channel.id,
        receipt: receiptID)
      guard isNew else { continue }
      isNews = true
      let known = try connection.known(
        address, tenant: tenantID, transport: progress.transport.rawValue)
      if let chat = known?.chatID { chats.insert(chat) }
    }
    let report = ParkedReport(
      key: key, kind: "progress", payload: [:], occurredAt: instant, receiptID: receiptID)
    for chat in chats {
      let covered = try connection.sent(
        to: chat, channel: channel.id, upTo: progress.upTo, before: progress.status)
      for message in covered.reversed() {
        try foldAll(progress.status, report, into: message)
      }
    }
    return isNews
  }

  /// A delivery that was begun before a mark that came before its answer.
  func applyMarks(to delivery: Delivery, begun: Instant) throws(StoreError) {
    guard case .person = delivery.recipient else { return }
    try applyMarks(of: delivery.recipient, to: delivery.messageID, begun: begun)
  }

  /// Lets the marks of a recipient count for a message that was begun then.
  func applyMarks(
    of recipient: Recipient, to message: ID<Message>, begun: Instant
  ) throws(StoreError) {
    let marks = try connection.progressMarks(of: recipient, channel: channel.id)
    for mark in marks where mark.upTo >= begun {
      let report = ParkedReport(
        key: "progress:\(mark.status.rawValue)", kind: "progress", payload: [:],
        occurredAt: mark.upTo, receiptID: receiptID)
      try foldAll(mark.status, report, into: message)
    }
  }

  /// The whole of a message got so far, with all its parts that went out: told of one later, it
  /// does not go back.
  func foldAll(
    _ status: MessageStatus, _ report: ParkedReport, into id: ID<Message>
  ) throws(StoreError) {
    let isNew = try transaction.keep(
      status, error: nil, report, providerMessageID: "", of: id)
    guard isNew else { return }
    let delivery = try connection.deliveries(of: id).last { $0.channelID == channel.id }
    guard let delivery, delivery.partCount > 1 else {
      return try foldWhole(status, nil, report, into: id, delivery)
    }
    var parts = try connection.parts(of: delivery.id)
    // A part that has not gone out is not what the provider speaks of.
    for index in parts.indices where index < delivery.partNext {
      _ = parts[index].fold.apply(status, error: nil, at: report.occurredAt)
      try write(parts[index].fold, part: Int64(index), of: delivery.id, id: nil)
    }
    try foldParts(parts, of: delivery, at: report.occurredAt)
    if let joined = StatusFold.joining(parts.map(\.fold)) {
      try follow(delivery, joined.status, joined.error)
    }
  }
}
