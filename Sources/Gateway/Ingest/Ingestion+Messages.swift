// Messages and calls: into the right chat, once.

extension Ingestion {
  /// Where a message goes: its chat, and the member it is from.
  struct Place {
    let chatID: ID<Chat>
    let memberID: ID<Member>?
  }

  /// Stores a message with all it causes.
  mutating func store(_ message: InboundMessage, _ item: Item) throws(StoreError) -> Outcome {
    guard let person = message.person else {
      note = "the provider withholds who it is from"
      return .ignored
    }
    let echo = message.direction == .outbound ? Echo(message, to: person) : nil
    if message.mayBeOurs, let echo, let outcome = try bind(echo, message.ourID, item) {
      return outcome
    }
    guard let (stored, turn) = try insert(message, item) else {
      subject = try connection.message(provider: message.id, channel: channel.id)?.description
      return .duplicate
    }
    subject = stored.id.description
    if !message.isBackfill { try tell(stored, turn) }
    try recorder.applyParked(to: stored.id, providerMessageID: message.id)
    for recipient in echo?.recipients ?? [] {
      try recorder.applyMarks(of: recipient, to: stored.id, begun: time(of: item))
    }
    return .stored
  }

  /// Gives an echo to what of ours it is of. `nil` when it is of something sent from elsewhere.
  private mutating func bind(
    _ echo: Echo, _ ourID: String?, _ item: Item
  ) throws(StoreError) -> Outcome? {
    let known = try connection.message(provider: echo.id, channel: channel.id)
    // Our own id is surer than any words, and than what was made of the echo before.
    if let ourID, let (delivery, part) = try recorder.named(ourID), delivery.messageID != known {
      try recorder.prove(delivery, part: part, providerMessageID: echo.id)
      subject = delivery.messageID.description
      note = Self.isEchoOfOurs
      return .stored
    }
    if let known {
      subject = known.description
      try recorder.confirm(known, by: echo, key: item.key, at: time(of: item))
      return .duplicate
    }
    guard let proven = try recorder.prove(by: echo) else { return nil }
    subject = proven.description
    note = Self.isEchoOfOurs
    return .stored
  }

  private static let isEchoOfOurs = "the echo of what was sent through us"

  private func tell(_ stored: Message, _ turn: ChatTurn) throws(StoreError) {
    var writer = JSONWriter(capacity: 1024)
    stored.write(into: &writer)
    try transaction.append(
      stored.direction == .inbound ? "message.received" : "message.sent", tenant: tenantID,
      Transaction.EventPlace(
        chat: stored.chatID, chatSequence: turn.eventSequence, subject: SQLValue(stored.id),
        receipt: receiptID),
      data: writer.bytes)
  }

  /// Puts a message into its chat, without telling anybody. `nil` when it is there already.
  mutating func insert(
    _ message: InboundMessage, _ item: Item
  ) throws(StoreError) -> (Message, ChatTurn)? {
    let id: ID<Message> = transaction.ids.next()
    let isNew = try transaction.claim(
      FactKey.message(message.id), channel: channel.id, receipt: receiptID, message: id)
    guard isNew else { return nil }
    guard let person = message.person,
      let resolved = try recorder.resolve(person, transport: message.transport)
    else { throw StoreError(.broken, "a message from a person without an address") }
    let place = try place(message, resolved, at: time(of: item))
    let turn =
      message.isBackfill
      ? try transaction.bumpBackfill(
        place.chatID, direction: message.direction, channel: channel.id, at: time(of: item))
      : try transaction.bump(
        place.chatID, direction: message.direction, channel: channel.id, at: time(of: item))
    let stored = try build(message, item, id, place, turn)
    try transaction.insert(stored, member: place.memberID)
    try recorder.queueFetches(of: stored.attachments, from: 0, message: id)
    return (stored, turn)
  }

  private func build(
    _ message: InboundMessage, _ item: Item, _ id: ID<Message>, _ place: Place, _ turn: ChatTurn
  ) throws(StoreError) -> Message {
    let content = message.content
    var replyTo: ID<Message>?
    if let reference = content.replyTo {
      replyTo = try connection.message(provider: reference, channel: channel.id)
    }
    var details = content.details
    // What it answers may have been before our time: then the provider's id is all there is.
    if let reference = content.replyTo, replyTo == nil {
      details[ShownContent.replyToProviderID] = .string(reference)
    }
    let isEcho = message.direction == .outbound
    // Providers keep files for a while only.
    let age = transaction.now.milliseconds(since: time(of: item))
    let isGone = message.isBackfill && age > MediaJob.lifetimeMilliseconds
    return Message(
      id: id, tenantID: tenantID, chatID: place.chatID, position: turn.position,
      channelID: channel.id, provider: channel.provider, transport: message.transport.rawValue,
      direction: message.direction, kind: content.kind.rawValue,
      sender: message.sender.json.serialized(), text: content.text.map(MessageContent.withoutNUL),
      attachments: content.attachments.map { reference in
        Attachment(
          id: transaction.ids.next(), reference: reference,
          state: reference.isFetchable && !isGone ? "pending" : "unavailable")
      },
      location: content.location?.json.serialized(),
      details: details.isEmpty ? nil : JSON.object(details).serialized(), replyTo: replyTo,
      providerMessageID: message.id, status: isEcho ? .sent : .received, error: nil,
      createdAt: transaction.now, occurredAt: item.occurredAt,
      sentAt: isEcho ? item.occurredAt ?? transaction.now : nil, deliveredAt: nil, readAt: nil,
      deletedAt: nil, receiptID: receiptID)
  }

  private mutating func place(
    _ message: InboundMessage, _ person: Recorder.Resolved, at instant: Instant
  ) throws(StoreError) -> Place {
    let transport = message.transport.rawValue
    let chatID: ID<Chat>
    var memberID: ID<Member>?
    switch message.conversation {
    case .direct:
      if let known = person.chatID {
        chatID = known
        memberID = person.memberID
      } else {
        chatID = try recorder.begin(
          .direct, client: person.clientID,
          title: person.displayName ?? message.person?.addresses.first?.value)
      }
    case .group(let key, let title):
      chatID = try recorder.groupChat(key, title: title)
      memberID = nil
    }
    if memberID == nil {
      memberID = try recorder.join(
        chatID, .client(person.clientID), transport: transport, displayName: person.displayName,
        at: instant)
    }
    guard message.direction == .outbound else { return Place(chatID: chatID, memberID: memberID) }
    // An echo is from the organisation: the client is a member, the author another.
    guard case .user(let user) = message.sender else {
      return Place(chatID: chatID, memberID: nil)
    }
    let author = try recorder.join(
      chatID, .user(user.id ?? "unknown"), transport: transport, displayName: user.name,
      at: instant)
    return Place(chatID: chatID, memberID: author)
  }
}
