// Telephone calls: one message of kind `call`, and beside it what became of it.

extension Ingestion {
  /// Stores a step of a call. The first step that says who calls makes the message.
  mutating func store(_ call: CallReport, _ item: Item) throws(StoreError) -> Outcome {
    let instant = time(of: item)
    // A recording is news each time; a step only when it moves the call.
    var isNews = call.step == .recorded
    var messageID = try connection.message(provider: call.callID, channel: channel.id)
    var place: (chat: ID<Chat>, sequence: Int64)?
    if messageID == nil, call.person != nil, let direction = call.direction {
      let made = try makeMessage(call, direction, item)
      messageID = made.id
      place = (made.chatID, made.sequence)
    }
    if let messageID {
      subject = messageID.description
      let moved = try update(call, at: instant, messageID)
      isNews = isNews || moved
      if place == nil, let message = try connection.message(messageID, tenant: tenantID) {
        place = (message.chatID, 0)
      }
    } else if call.recording != nil {
      try park(call, item, instant)
      note = "the call is not known yet"
    } else {
      note = "the caller is withheld"
      // Without a message nothing remembers the state: each step is told the first time.
      isNews = try transaction.claim(
        "call:\(call.callID):told:\(call.step.rawValue)", channel: channel.id, receipt: receiptID)
    }
    if isNews { try tell(call, messageID, place) }
    return .stored
  }

  private func park(
    _ call: CallReport, _ item: Item, _ instant: Instant
  ) throws(StoreError) {
    guard let recording = call.recording else { return }
    try transaction.park(
      ParkedReport(
        key: item.key, kind: "call",
        payload: [
          "source": .string(recording.source), "content_type": JSON(recording.contentType),
        ], occurredAt: instant, receiptID: receiptID),
      channel: channel.id, providerMessageID: call.callID)
  }

  private mutating func makeMessage(
    _ call: CallReport, _ direction: Direction, _ item: Item
  ) throws(StoreError) -> (id: ID<Message>, chatID: ID<Chat>, sequence: Int64) {
    let address = call.person?.addresses.first?.value ?? ""
    let name = call.person?.displayName
    var message = InboundMessage(
      id: call.callID, transport: .phone, person: call.person,
      sender: direction == .inbound
        ? .other(OtherSender(network: "phone", address: address, name: name)) : .user(UserSender()),
      content: MessageContent(kind: .call))
    message.direction = direction
    guard let (stored, turn) = try insert(message, item) else {
      throw StoreError(.broken, "a call that is known and is not")
    }
    try recorder.applyParked(to: stored.id, providerMessageID: call.callID)
    return (stored.id, stored.chatID, turn.eventSequence)
  }

  private func update(
    _ call: CallReport, at instant: Instant, _ id: ID<Message>
  ) throws(StoreError) -> Bool {
    let moved = try transaction.setCall(call, at: instant, message: id)
    if var recording = call.recording {
      if let seconds = call.durationSeconds {
        recording.details["duration_seconds"] = .integer(seconds)
      }
      try recorder.addRecording(recording, to: id)
    }
    return moved
  }

  private func tell(
    _ call: CallReport, _ messageID: ID<Message>?, _ place: (chat: ID<Chat>, sequence: Int64)?
  ) throws(StoreError) {
    let data: JSON = [
      "call_id": .string(call.callID), "message_id": JSON(messageID?.description),
      "chat_id": JSON(place?.chat.description), "channel_id": .string(channel.id.description),
      "direction": JSON(call.direction?.rawValue),
      "duration_seconds": JSON(call.durationSeconds), "details": .object(call.details),
    ]
    let sequence = place.flatMap { $0.sequence > 0 ? $0.sequence : nil }
    try transaction.append(
      "call.\(call.step.rawValue)", tenant: tenantID,
      Transaction.EventPlace(
        chat: place?.chat, chatSequence: sequence, subject: SQLValue(messageID),
        receipt: receiptID),
      data: data.serialized())
  }
}
