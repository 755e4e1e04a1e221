// Who is in a chat: by the time of their coming and going, not by the order in which it is told.

extension Ingestion {
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

  private func leave(
    _ chat: ID<Chat>, _ participant: Participant, transport: String, displayName: String?,
    at instant: Instant
  ) throws(StoreError) {
    guard let known = try connection.member(of: chat, participant, transport: transport) else {
      // Nobody has told of their coming yet, and when somebody does it must not bring them back.
      _ = try transaction.addMember(
        chat: chat, participant, transport: transport, displayName: displayName, joined: instant,
        left: instant)
      return try tell("member.left", chat, participant, transport)
    }
    if let leftAt = known.leftAt {
      guard instant > leftAt else { return }
      return try transaction.setLeft(at: instant, chat: chat, participant, transport: transport)
    }
    // A request that is late: they have come back since.
    guard instant >= known.joinedAt else { return }
    try transaction.setLeft(at: instant, chat: chat, participant, transport: transport)
    try tell("member.left", chat, participant, transport)
  }

  private func tell(
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

  /// Stores who came into a group and who left.
  mutating func store(
    _ change: MembershipChange, _ item: Item
  ) throws(StoreError) -> Outcome {
    guard case .group(let key, let title) = change.conversation else { return .ignored }
    let chat = try groupChat(key, title: title)
    subject = chat.description
    let transport = change.transport.rawValue
    for newcomer in change.joined {
      _ = try join(
        chat, try participant(newcomer, change.transport), transport: transport,
        displayName: newcomer.person.displayName, at: time(of: item), came: true)
    }
    for leaver in change.left {
      try leave(
        chat, try participant(leaver, change.transport), transport: transport,
        displayName: leaver.person.displayName, at: time(of: item))
    }
    return .stored
  }

  private mutating func participant(
    _ participant: MembershipChange.Participant, _ transport: TransportKind
  ) throws(StoreError) -> Participant {
    if participant.isSelf { return .service(channel.id.description) }
    guard let person = try resolve(participant.person, transport: transport) else {
      throw StoreError(.broken, "a member without an address")
    }
    return .client(person.clientID)
  }
}
