// Chats and who is in them.

extension Recorder {
  /// The chat of a group, begun when this is the first that is heard of it.
  mutating func groupChat(_ key: String, title: String?) throws(StoreError) -> ID<Chat> {
    if let known = try connection.chat(conversation: key, channel: channel.id) { return known }
    let chatID = try begin(.group, client: nil, title: title)
    try transaction.addConversation(key, channel: channel.id, chat: chatID)
    return chatID
  }

  /// Begins a chat and tells of it.
  func begin(
    _ kind: ChatKind, client: ID<Client>?, title: String?
  ) throws(StoreError) -> ID<Chat> {
    let chat = try transaction.addChat(
      tenant: tenantID, kind: kind, client: client, title: title)
    try transaction.append(
      "chat.created", tenant: tenantID,
      Transaction.EventPlace(
        chat: chat.id, chatSequence: 1, subject: SQLValue(chat.id), receipt: receiptID),
      data: chat.json.serialized())
    return chat.id
  }

  /// Makes somebody who was there at `instant` a member, or finds that they are one. Who is known
  /// to have left after that stays away: the request is late.
  ///
  /// `came` says that they came at that moment, and did not just show that they were there.
  func join(
    _ chat: ID<Chat>, _ participant: Participant, transport: String, displayName: String?,
    at instant: Instant, came: Bool = false
  ) throws(StoreError) -> ID<Member> {
    guard let known = try connection.member(of: chat, participant, transport: transport) else {
      let member = try transaction.addMember(
        chat: chat, participant, transport: transport, displayName: displayName, joined: instant)
      try tell("member.joined", chat, participant, transport)
      return member.id
    }
    if let leftAt = known.leftAt {
      guard instant >= leftAt else { return known.id }
      try transaction.setJoined(at: instant, chat: chat, participant, transport: transport)
      try tell("member.joined", chat, participant, transport)
    } else if came, instant > known.joinedAt {
      // They were away in between, and when they left may yet be told.
      try transaction.setJoined(at: instant, chat: chat, participant, transport: transport)
    }
    return known.id
  }

  /// Tells who came into a chat, or who left.
  func tell(
    _ type: String, _ chat: ID<Chat>, _ participant: Participant, _ transport: String
  ) throws(StoreError) {
    let data: JSON = [
      "chat_id": .string(chat.description), "kind": .string(participant.kind.rawValue),
      "participant": .string(participant.shown), "transport": .string(transport),
    ]
    try transaction.append(
      type, tenant: tenantID,
      Transaction.EventPlace(chat: chat, subject: SQLValue(chat), receipt: receiptID),
      data: data.serialized())
  }
}
