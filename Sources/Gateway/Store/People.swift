// Clients and their contacts: who is behind an address.

/// What the store knows of an address: its contact, its client, and their direct chat if any.
package struct KnownAddress: Sendable {
  /// The contact.
  package let contactID: ID<Contact>
  /// Whose it is.
  package let clientID: ID<Client>
  /// The name the client shows.
  package let displayName: String?
  /// When the address was last seen, to the day.
  package let lastSeenAt: Instant
  /// The client's direct chat.
  package let chatID: ID<Chat>?
  /// The client's membership there on the line asked for.
  package let memberID: ID<Member>?
}

extension Connection {
  private static let addressLookup = SQL(
    """
    SELECT k.id, k.client_id, l.display_name, k.last_seen_at, c.id, m.id
    FROM contacts k
    JOIN clients l ON l.id = k.client_id
    LEFT JOIN chats c ON c.client_id = k.client_id
    LEFT JOIN members m ON m.chat_id = c.id AND m.kind = 'client'
      AND m.participant = k.client_id AND m.transport = $4
    WHERE k.tenant_id = $1 AND k.type = $2 AND k.value = $3
    """)
  private static let contactsOfClient = SQL(
    """
    SELECT k.id, k.client_id, k.type, k.value, k.raw, k.source, k.first_seen_at, k.last_seen_at,
      \(SQL.silences(contact: "k.id"))
    FROM contacts k WHERE k.client_id = $1 AND k.tenant_id = $2 ORDER BY k.first_seen_at, k.id
    """)
  private static let clientByID = SQL(
    "SELECT id, display_name, created_at FROM clients WHERE tenant_id = $1 AND id = $2")

  /// Who is behind an address, with their direct chat and their membership there on `transport`.
  package func known(
    _ address: Address, tenant: ID<Tenant>, transport: String
  ) throws(StoreError) -> KnownAddress? {
    try first(
      Self.addressLookup, SQLValue(tenant), .text(address.type.rawValue), .text(address.value),
      .text(transport)
    ) { (row) throws(StoreError) in
      KnownAddress(
        contactID: try row.id(0), clientID: try row.id(1), displayName: row.optionalText(2),
        lastSeenAt: row.instant(3), chatID: row.optionalID(4), memberID: row.optionalID(5))
    }
  }

  /// A client's contacts, oldest first.
  package func contacts(
    of client: ID<Client>, tenant: ID<Tenant>
  ) throws(StoreError) -> [Contact] {
    try query(Self.contactsOfClient, SQLValue(client), SQLValue(tenant)) {
      (row) throws(StoreError) in
      Contact(
        id: try row.id(0), clientID: try row.id(1),
        address: Address(
          type: ContactType(rawValue: row.text(2)) ?? .other, value: row.text(3), raw: row.text(4)),
        source: row.text(5), firstSeenAt: row.instant(6), lastSeenAt: row.instant(7),
        optedOut: row.list(8), optedOutMarketing: row.list(9))
    }
  }

  /// A tenant's client.
  package func client(_ id: ID<Client>, tenant: ID<Tenant>) throws(StoreError) -> Client? {
    try first(Self.clientByID, SQLValue(tenant), SQLValue(id)) { (row) throws(StoreError) in
      Client(id: try row.id(0), displayName: row.optionalText(1), createdAt: row.instant(2))
    }
  }
}

extension Transaction {
  private static let clientInsert = SQL(
    "INSERT INTO clients (id, tenant_id, display_name, created_at) VALUES ($1, $2, $3, $4)")
  private static let clientName = SQL(
    "UPDATE clients SET display_name = $2 WHERE id = $1 AND display_name IS NULL")
  private static let chatTitle = SQL("UPDATE chats SET title = $2 WHERE client_id = $1")
  private static let contactInsert = SQL(
    """
    INSERT INTO contacts (id, tenant_id, type, value, raw, client_id, source, first_seen_at,
      last_seen_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8)
    """)
  private static let contactSeen = SQL(
    """
    UPDATE contacts SET last_seen_at = $4 WHERE tenant_id = $1 AND type = $2 AND value = $3
    """)
  /// Makes a client.
  package func addClient(
    tenant: ID<Tenant>, displayName: String?
  ) throws(StoreError) -> Client {
    let client = Client(id: ids.next(), displayName: displayName, createdAt: now)
    try connection.execute(
      Self.clientInsert, SQLValue(client.id), SQLValue(tenant), SQLValue(displayName), SQLValue(now)
    )
    return client
  }

  /// Gives a client without a name the one they show.
  package func name(_ client: ID<Client>, _ displayName: String) throws(StoreError) {
    try connection.execute(Self.clientName, SQLValue(client), .text(displayName))
    try connection.execute(Self.chatTitle, SQLValue(client), .text(displayName))
  }

  /// Claims an address for a client.
  package func addContact(
    tenant: ID<Tenant>, client: ID<Client>, _ address: Address, source: String
  ) throws(StoreError) -> Contact {
    let contact = Contact(
      id: ids.next(), clientID: client, address: address, source: source, firstSeenAt: now,
      lastSeenAt: now, optedOut: [], optedOutMarketing: [])
    try connection.execute(
      Self.contactInsert, SQLValue(contact.id), SQLValue(tenant), .text(address.type.rawValue),
      .text(address.value), .text(address.raw), SQLValue(client), .text(source), SQLValue(now))
    return contact
  }

  /// Notes that an address was seen now.
  package func seen(_ address: Address, tenant: ID<Tenant>) throws(StoreError) {
    try connection.execute(
      Self.contactSeen, SQLValue(tenant), .text(address.type.rawValue), .text(address.value),
      SQLValue(now))
  }
}

extension Row {
  /// Texts with commas in between; none for NULL.
  func list(_ column: Int32) -> [String] {
    optionalText(column)?.split(separator: ",").map(String.init) ?? []
  }
}
