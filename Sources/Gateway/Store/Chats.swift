// Chats, their members, and the providers' names for groups.

/// Where a message was put: what the chat's row says after it.
package struct ChatTurn: Sendable {
  /// The message's place in the chat.
  package let position: Int64
  /// The place of the message's event among the chat's events.
  package let eventSequence: Int64
}

extension Connection {
  private static let chatColumns = """
    id, kind, client_id, title, created_at, last_message_at, unread_count, message_count
    """
  private static let chatByID = SQL(
    "SELECT \(chatColumns) FROM chats WHERE tenant_id = $1 AND id = $2")
  // The pair (time, id) is the cursor: times alone repeat.
  private static let chatList = SQL(
    """
    SELECT \(chatColumns) FROM chats
    WHERE tenant_id = $1 AND (last_message_at, id) < ($2, $3)
    ORDER BY last_message_at DESC, id DESC LIMIT $4
    """)
  private static let conversationChat = SQL(
    "SELECT chat_id FROM conversations WHERE channel_id = $1 AND key = $2")
  private static let memberList = SQL(
    """
    SELECT id, kind, participant, transport, display_name, joined_at, left_at
    FROM members WHERE chat_id = $1 ORDER BY joined_at, id
    """)
  private static let memberLookup = SQL(
    """
    SELECT id, joined_at, left_at FROM members
    WHERE chat_id = $1 AND kind = $2 AND participant = $3 AND transport = $4
    """)

  /// A tenant's chat.
  package func chat(_ id: ID<Chat>, tenant: ID<Tenant>) throws(StoreError) -> Chat? {
    try first(Self.chatByID, SQLValue(tenant), SQLValue(id), read: Self.chat)
  }

  /// A tenant's chats, the one with the newest message first, older than the cursor.
  package func chats(
    of tenant: ID<Tenant>, before cursor: (Instant, ID<Chat>)?, limit: Int
  ) throws(StoreError) -> [Chat] {
    let end = cursor ?? (Instant.range.upperBound, ID(high: .max, low: .max))
    return try query(
      Self.chatList, SQLValue(tenant), SQLValue(end.0), SQLValue(end.1), .integer(Int64(limit)),
      read: Self.chat)
  }

  /// The chat behind a provider's name for a group.
  package func chat(conversation key: String, channel: ID<Channel>) throws(StoreError) -> ID<Chat>?
  {
    try first(Self.conversationChat, SQLValue(channel), .text(key)) { (row) throws(StoreError) in
      try row.id(0)
    }
  }

  /// A chat's members, in the order they came.
  package func members(of chat: ID<Chat>) throws(StoreError) -> [Member] {
    try query(Self.memberList, SQLValue(chat)) { (row) throws(StoreError) in
      let kind = Member.Kind(rawValue: row.text(1)) ?? .service
      let participant: String =
        if kind == .client, let client: ID<Client> = row.optionalID(2) {
          client.description
        } else {
          row.text(2)
        }
      return Member(
        id: try row.id(0), kind: kind, participant: participant, transport: row.text(3),
        displayName: row.optionalText(4), joinedAt: row.instant(5), leftAt: row.optionalInstant(6))
    }
  }

  /// A participant's membership on a line: since when, and when they left if they have.
  package func member(
    of chat: ID<Chat>, _ participant: Participant, transport: String
  ) throws(StoreError) -> (id: ID<Member>, joinedAt: Instant, leftAt: Instant?)? {
    try first(
      Self.memberLookup, SQLValue(chat), .text(participant.kind.rawValue), .blob(participant.bytes),
      .text(transport)
    ) { (row) throws(StoreError) in (try row.id(0), row.instant(1), row.optionalInstant(2)) }
  }

  private static func chat(_ row: Row) throws(StoreError) -> Chat {
    Chat(
      id: try row.id(0), kind: ChatKind(rawValue: row.text(1)) ?? .direct,
      clientID: row.optionalID(2), title: row.optionalText(3), createdAt: row.instant(4),
      lastMessageAt: row.optionalInstant(5), unreadCount: row.integer(6),
      messageCount: row.integer(7))
  }
}

/// Who takes part in a chat, as the store keys them.
package enum Participant: Sendable {
  case client(ID<Client>)
  case user(String)
  case service(String)

  /// What kind of member it is.
  package var kind: Member.Kind {
    switch self {
    case .client: .client
    case .user: .user
    case .service: .service
    }
  }

  fileprivate var bytes: [UInt8] {
    switch self {
    case .client(let id): id.bytes
    case .user(let id), .service(let id): Array(id.utf8)
    }
  }

  /// The participant as the API shows it.
  package var shown: String {
    switch self {
    case .client(let id): id.description
    case .user(let id), .service(let id): id
    }
  }
}

extension Transaction {
  private static let chatInsert = SQL(
    """
    INSERT INTO chats (id, tenant_id, kind, client_id, title, created_at, last_message_at,
      event_sequence)
    VALUES ($1, $2, $3, $4, $5, $6, $6, 1)
    """)
  private static let conversationInsert = SQL(
    """
    INSERT INTO conversations (channel_id, key, chat_id, added_at) VALUES ($1, $2, $3, $4)
    ON CONFLICT (channel_id, key) DO NOTHING
    """)
  private static let chatBump = SQL(
    """
    UPDATE chats SET message_count = message_count + 1, event_sequence = event_sequence + 1,
      unread_count = unread_count + $2, last_message_at = $3,
      last_inbound_at = CASE WHEN $4 >= COALESCE(last_inbound_at, 0) THEN $4
        ELSE last_inbound_at END,
      last_inbound_channel_id = CASE WHEN $4 >= COALESCE(last_inbound_at, 0) THEN $5
        ELSE last_inbound_channel_id END
    WHERE id = $1 RETURNING message_count, event_sequence
    """)
  private static let chatBackfill = SQL(
    """
    UPDATE chats SET
      last_message_at = CASE WHEN message_count = 0 OR $2 > last_message_at THEN $2
        ELSE last_message_at END,
      message_count = message_count + 1,
      last_inbound_at = CASE WHEN $3 >= COALESCE(last_inbound_at, 0) THEN $3
        ELSE last_inbound_at END,
      last_inbound_channel_id = CASE WHEN $3 >= COALESCE(last_inbound_at, 0) THEN $4
        ELSE last_inbound_channel_id END
    WHERE id = $1 RETURNING message_count, event_sequence
    """)
  private static let chatRead = SQL(
    "UPDATE chats SET unread_count = 0 WHERE tenant_id = $1 AND id = $2 AND unread_count > 0")
  private static let memberInsert = SQL(
    """
    INSERT INTO members (chat_id, kind, participant, transport, id, display_name, joined_at,
      left_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
    """)
  private static let memberReturn = SQL(
    "UPDATE members SET joined_at = $5, left_at = NULL WHERE \(memberKey)")
  private static let memberLeave = SQL("UPDATE members SET left_at = $5 WHERE \(memberKey)")
  private static let memberKey =
    "chat_id = $1 AND kind = $2 AND participant = $3 AND transport = $4"

  /// Begins a chat. Its event has the chat sequence 1.
  package func addChat(
    tenant: ID<Tenant>, kind: ChatKind, client: ID<Client>?, title: String?
  ) throws(StoreError) -> Chat {
    let chat = Chat(
      id: ids.next(), kind: kind, clientID: client, title: title, createdAt: now,
      lastMessageAt: now, unreadCount: 0, messageCount: 0)
    try connection.execute(
      Self.chatInsert, SQLValue(chat.id), SQLValue(tenant), .text(kind.rawValue), SQLValue(client),
      SQLValue(title), SQLValue(now))
    return chat
  }

  /// Lets a provider's name for a group lead to a chat, unless it leads somewhere already.
  package func addConversation(
    _ key: String, channel: ID<Channel>, chat: ID<Chat>
  ) throws(StoreError) {
    try connection.execute(
      Self.conversationInsert, SQLValue(channel), .text(key), SQLValue(chat), SQLValue(now))
  }

  /// Makes room for one more message in a chat. `instant` is when an inbound one was written: the
  /// latest says on which channel the chat's people can be answered, and service windows count
  /// from it.
  package func bump(
    _ chat: ID<Chat>, direction: Direction, channel: ID<Channel>, at instant: Instant
  ) throws(StoreError) -> ChatTurn {
    let isInbound = direction == .inbound
    let turn = try connection.first(
      Self.chatBump, SQLValue(chat), .integer(isInbound ? 1 : 0), SQLValue(now),
      isInbound ? SQLValue(instant) : .null, SQLValue(channel)
    ) { (row) throws(StoreError) in
      ChatTurn(position: row.integer(0), eventSequence: row.integer(1))
    }
    guard let turn else { throw StoreError(.broken, "the chat of a message is gone") }
    return turn
  }

  /// Makes room for a message from before our time: nobody is told, and nothing is unread for it.
  package func bumpBackfill(
    _ chat: ID<Chat>, direction: Direction, channel: ID<Channel>, at instant: Instant
  ) throws(StoreError) -> ChatTurn {
    let turn = try connection.first(
      Self.chatBackfill, SQLValue(chat), SQLValue(instant),
      direction == .inbound ? SQLValue(instant) : .null, SQLValue(channel)
    ) { (row) throws(StoreError) in
      ChatTurn(position: row.integer(0), eventSequence: row.integer(1))
    }
    guard let turn else { throw StoreError(.broken, "the chat of a message is gone") }
    return turn
  }

  /// Marks a chat as read. False when there was nothing unread.
  package func clearUnread(_ chat: ID<Chat>, tenant: ID<Tenant>) throws(StoreError) -> Bool {
    try connection.execute(Self.chatRead, SQLValue(tenant), SQLValue(chat)) > 0
  }

  /// Adds a member who came at `joined`, and has left where `left` says when.
  package func addMember(
    chat: ID<Chat>, _ participant: Participant, transport: String, displayName: String?,
    joined: Instant, left: Instant? = nil
  ) throws(StoreError) -> Member {
    let member = Member(
      id: ids.next(), kind: participant.kind, participant: participant.shown,
      transport: transport, displayName: displayName, joinedAt: joined, leftAt: left)
    try connection.execute(
      Self.memberInsert, SQLValue(chat), .text(participant.kind.rawValue), .blob(participant.bytes),
      .text(transport), SQLValue(member.id), SQLValue(displayName), SQLValue(joined),
      SQLValue(left))
    return member
  }

  /// Notes that a member is there, since `instant`.
  package func setJoined(
    at instant: Instant, chat: ID<Chat>, _ participant: Participant, transport: String
  ) throws(StoreError) {
    try connection.execute(
      Self.memberReturn, SQLValue(chat), .text(participant.kind.rawValue),
      .blob(participant.bytes), .text(transport), SQLValue(instant))
  }

  /// Notes that a member left at `instant`.
  package func setLeft(
    at instant: Instant, chat: ID<Chat>, _ participant: Participant, transport: String
  ) throws(StoreError) {
    try connection.execute(
      Self.memberLeave, SQLValue(chat), .text(participant.kind.rawValue),
      .blob(participant.bytes), .text(transport), SQLValue(instant))
  }
}
