// Who is in a chat: by the time of their coming and going, not by the order in which it is told.

extension Ingestion {
  private func leave(
    _ chat: ID<Chat>, _ participant: Participant, transport: String, displayName: String?,
    at instant: Instant
  ) throws(StoreError) {
    guard let known = try connection.member(of: chat, participant, transport: transport) else {
      // Nobody has told of their coming yet, and when somebody does it must not bring them back.
      _ = try transaction.addMember(
        chat: chat, participant, transport: transport, displayName: displayName, joined: instant,
        left: instant)
      return try recorder.tell("member.left", chat, participant, transport)
    }
    if let leftAt = known.leftAt {
      guard instant > leftAt else { return }
      return try transaction.setLeft(at: instant, chat: chat, participant, transport: transport)
    }
    // A request that is late: they have come back since.
    guard instant >= known.joinedAt else { return }
    try transaction.setLeft(at: instant, chat: chat, participant, transport: transport)
    try recorder.tell("member.left", chat, participant, transport)
  }

  /// Stores who came into a group and who left.
  mutating func store(
    _ change: MembershipChange, _ item: Item
  ) throws(StoreError) -> Outcome {
    guard case .group(let key, let title) = change.conversation else { return .ignored }
    let chat = try recorder.groupChat(key, title: title)
    subject = chat.description
    let transport = change.transport.rawValue
    for newcomer in change.joined {
      _ = try recorder.join(
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
    guard let person = try recorder.resolve(participant.person, transport: transport) else {
      throw StoreError(.broken, "a member without an address")
    }
    return .client(person.clientID)
  }
}
