// Those a message can go to: a chat with the people and groups behind it.

/// Whom a message is for, as the store knows them: what choosing a channel needs.
package struct Addressee: Sendable {
  /// Their chat; `nil` when none was begun yet.
  package var chatID: ID<Chat>?
  /// Whether it is with one client or with many.
  package var kind = ChatKind.direct
  /// How many messages it has.
  package var messageCount: Int64 = 0
  /// The client; a group has none, and so has an address that nobody is known by.
  package var clientID: ID<Client>?
  /// The name the client shows.
  package var displayName: String?
  /// When somebody there last wrote.
  package var lastInboundAt: Instant?
  /// The channel they wrote on.
  package var lastInboundChannelID: ID<Channel>?

  /// Somebody of whom nothing is known.
  package init() {}
}

/// The newest message from the other side on one channel.
package struct LastInbound: Sendable {
  /// When it was written.
  package let at: Instant
  /// The line it came on.
  package let transport: TransportKind
  /// The provider's id of it.
  package let providerMessageID: String
}

extension Connection {
  private static let addresseeColumns =
    "c.id, c.kind, c.message_count, c.last_inbound_at, c.last_inbound_channel_id"
  private static let addresseeByChat = SQL(
    """
    SELECT \(addresseeColumns), c.client_id, l.display_name
    FROM chats c LEFT JOIN clients l ON l.id = c.client_id WHERE c.tenant_id = $1 AND c.id = $2
    """)
  private static let addresseeByClient = SQL(
    """
    SELECT \(addresseeColumns), l.id, l.display_name
    FROM clients l LEFT JOIN chats c ON c.client_id = l.id WHERE l.tenant_id = $1 AND l.id = $2
    """)
  private static let addresseeByAddress = SQL(
    """
    SELECT \(addresseeColumns), k.client_id, l.display_name, k.id, k.raw, k.source,
      k.first_seen_at, k.last_seen_at,
      \(SQL.silences(contact: "k.id"))
    FROM contacts k
    JOIN clients l ON l.id = k.client_id
    LEFT JOIN chats c ON c.client_id = k.client_id
    WHERE k.tenant_id = $1 AND k.type = $2 AND k.value = $3
    """)
  private static let clientOfContact = SQL(
    "SELECT client_id FROM contacts WHERE id = $2 AND tenant_id = $1")
  // A group that went on under another id has several: the newest counts.
  private static let conversationsOfChat = SQL(
    """
    SELECT channel_id, key FROM conversations WHERE chat_id = $1
    ORDER BY added_at DESC, length(key) DESC, key
    """)
  // By time: what is from before our time, or late, has a later place.
  private static let inboundLatest = SQL(
    """
    SELECT COALESCE(occurred_at, created_at), transport, provider_message_id FROM messages
    WHERE chat_id = $1 AND position > $4 AND direction = 'inbound' AND channel_id = $2
      AND (transport = $3 OR $3 IS NULL)
    ORDER BY COALESCE(occurred_at, created_at) DESC, position DESC LIMIT 1
    """)
  private static let replyLookup = SQL(
    "SELECT chat_id, channel_id, provider_message_id FROM messages WHERE tenant_id = $1 AND id = $2"
  )

  /// The other side of a chat.
  package func addressee(
    chat: ID<Chat>, tenant: ID<Tenant>
  ) throws(StoreError) -> Addressee? {
    try first(Self.addresseeByChat, SQLValue(tenant), SQLValue(chat), read: Self.addressee)
  }

  /// A client with their chat.
  package func addressee(
    client: ID<Client>, tenant: ID<Tenant>
  ) throws(StoreError) -> Addressee? {
    try first(Self.addresseeByClient, SQLValue(tenant), SQLValue(client), read: Self.addressee)
  }

  /// The client behind an address, with the contact that holds it.
  package func addressee(
    _ address: Address, tenant: ID<Tenant>
  ) throws(StoreError) -> (Addressee, Contact)? {
    try first(
      Self.addresseeByAddress, SQLValue(tenant), .text(address.type.rawValue),
      .text(address.value)
    ) { (row) throws(StoreError) in
      let contact = Contact(
        id: try row.id(7), clientID: try row.id(5),
        address: Address(type: address.type, value: address.value, raw: row.text(8)),
        source: row.text(9), firstSeenAt: row.instant(10), lastSeenAt: row.instant(11),
        optedOut: row.list(12), optedOutMarketing: row.list(13))
      return (try Self.addressee(row), contact)
    }
  }

  /// Whose contact it is.
  package func client(
    of contact: ID<Contact>, tenant: ID<Tenant>
  ) throws(StoreError) -> ID<Client>? {
    try first(Self.clientOfContact, SQLValue(tenant), SQLValue(contact)) {
      (row) throws(StoreError) in try row.id(0)
    }
  }

  /// The names a group has at the providers, the newest first.
  package func conversations(
    of chat: ID<Chat>
  ) throws(StoreError) -> [(channelID: ID<Channel>, key: String)] {
    try query(Self.conversationsOfChat, SQLValue(chat)) { (row) throws(StoreError) in
      (try row.id(0), row.text(1))
    }
  }

  /// How many of a chat's messages are looked at for the last one of a channel: who has not written
  /// on it among so many has no open window there either.
  package static let lookBackMax: Int64 = 200

  /// The newest message of the other side on a channel, and on one line of it where that matters.
  package func lastInbound(
    of addressee: Addressee, channel: ID<Channel>, transport: TransportKind?
  ) throws(StoreError) -> LastInbound? {
    guard let chat = addressee.chatID, addressee.lastInboundAt != nil else { return nil }
    return try first(
      Self.inboundLatest, SQLValue(chat), SQLValue(channel), SQLValue(transport?.rawValue),
      .integer(addressee.messageCount - Self.lookBackMax)
    ) { (row) throws(StoreError) in
      LastInbound(
        at: row.instant(0), transport: TransportKind(rawValue: row.text(1)) ?? .other,
        providerMessageID: row.text(2))
    }
  }

  /// Where a tenant's message is, and what its provider calls it.
  package func place(
    of message: ID<Message>, tenant: ID<Tenant>
  ) throws(StoreError) -> (chatID: ID<Chat>, channelID: ID<Channel>, providerMessageID: String)? {
    try first(Self.replyLookup, SQLValue(tenant), SQLValue(message)) { (row) throws(StoreError) in
      (try row.id(0), try row.id(1), row.text(2))
    }
  }

  private static func addressee(_ row: Row) throws(StoreError) -> Addressee {
    var addressee = Addressee()
    addressee.chatID = row.optionalID(0)
    addressee.kind = ChatKind(rawValue: row.text(1)) ?? .direct
    addressee.messageCount = row.integer(2)
    addressee.lastInboundAt = row.optionalInstant(3)
    addressee.lastInboundChannelID = row.optionalID(4)
    addressee.clientID = row.optionalID(5)
    addressee.displayName = row.optionalText(6)
    return addressee
  }
}
