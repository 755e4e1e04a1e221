// What contacts were before: a claim that has ended identifies nobody any more.

/// What a contact was until it changed.
package struct PastAddress: Sendable {
  /// The contact that it was, or whose client it belonged to.
  package let contactID: ID<Contact>
  /// The address.
  package let address: Address
  /// When it was first seen.
  package let firstSeenAt: Instant
  /// When it was last seen, to the day.
  package let lastSeenAt: Instant
  /// When the person gave it up.
  package let endedAt: Instant
  /// The request that told it.
  package let receiptID: ID<Receipt>?

  /// The claim as JSON.
  package var json: JSON {
    [
      "value": .string(address.value), "raw": .string(address.raw),
      "first_seen_at": JSON(firstSeenAt), "last_seen_at": JSON(lastSeenAt),
      "ended_at": JSON(endedAt), "receipt_id": JSON(receiptID?.description),
    ]
  }
}

extension Connection {
  private static let historyOfClient = SQL(
    """
    SELECT contact_id, type, value, raw, first_seen_at, last_seen_at, ended_at, receipt_id
    FROM contact_history WHERE client_id = $1 AND tenant_id = $2 ORDER BY ended_at, type, value
    """)
  private static let hasOtherAccount = SQL(
    """
    SELECT value FROM contacts WHERE client_id = $1 AND type = $2 AND value <> $3
    """)

  /// What a client's contacts were before, in the order in which they ended.
  package func contactHistory(
    of client: ID<Client>, tenant: ID<Tenant>
  ) throws(StoreError) -> [PastAddress] {
    try query(Self.historyOfClient, SQLValue(client), SQLValue(tenant)) {
      (row) throws(StoreError) in
      PastAddress(
        contactID: try row.id(0),
        address: Address(
          type: ContactType(rawValue: row.text(1)) ?? .other, value: row.text(2), raw: row.text(3)),
        firstSeenAt: row.instant(4), lastSeenAt: row.instant(5), endedAt: row.instant(6),
        receiptID: row.optionalID(7))
    }
  }

  /// Whether a client is known by another account of the same kind than `address`: then who has that
  /// is somebody else, whatever else they show.
  func hasOtherAccount(
    _ client: ID<Client>, than address: Address
  ) throws(StoreError) -> Bool {
    guard address.isAccount else { return false }
    return try query(
      Self.hasOtherAccount, SQLValue(client), .text(address.type.rawValue), .text(address.value)
    ) { (row) throws(StoreError) in Address(type: address.type, value: row.text(0)) }
    .contains { $0.isAccount }
  }
}

extension Transaction {
  // The same change told twice ends one claim.
  private static let historyInsert = SQL(
    """
    INSERT INTO contact_history (contact_id, ended_at, tenant_id, client_id, type, value, raw,
      source, first_seen_at, last_seen_at, receipt_id)
    SELECT $4, $5, tenant_id, client_id, type, value, raw, source, first_seen_at, last_seen_at, $6
    FROM contacts WHERE tenant_id = $1 AND type = $2 AND value = $3
    ON CONFLICT (contact_id, ended_at, value) DO NOTHING
    """)
  private static let contactMove = SQL(
    """
    UPDATE contacts SET value = $4, raw = $5, first_seen_at = $6, last_seen_at = $6
    WHERE tenant_id = $1 AND type = $2 AND value = $3
    """)
  private static let contactDelete = SQL(
    "DELETE FROM contacts WHERE tenant_id = $1 AND type = $2 AND value = $3")
  private static let wishesCopy = SQL(
    """
    INSERT INTO opt_outs (contact_id, transport, purpose, state, source, changed_at, receipt_id)
    SELECT $2, transport, purpose, state, source, changed_at, receipt_id FROM opt_outs
    WHERE contact_id = $1
    ON CONFLICT (contact_id, transport, purpose) DO UPDATE SET state = excluded.state,
      source = excluded.source, changed_at = excluded.changed_at, receipt_id = excluded.receipt_id
    WHERE excluded.changed_at > opt_outs.changed_at
    """)

  /// Lets a contact go on under a new value; the old one is history. The caller has made sure that
  /// nobody has the new one.
  package func move(
    _ old: Address, of contact: ID<Contact>, to new: Address, at instant: Instant,
    tenant: ID<Tenant>, receipt: ID<Receipt>?
  ) throws(StoreError) {
    try end(old, under: contact, at: instant, tenant: tenant, receipt: receipt)
    try connection.execute(
      Self.contactMove, SQLValue(tenant), .text(old.type.rawValue), .text(old.value),
      .text(new.value), .text(new.raw), SQLValue(now))
  }

  /// Lets a contact be history of another one of the same client, which is the new value already.
  /// What was wished of the one is wished of the other.
  package func retire(
    _ old: Address, _ contact: ID<Contact>, into other: ID<Contact>, at instant: Instant,
    tenant: ID<Tenant>, receipt: ID<Receipt>?
  ) throws(StoreError) {
    try end(old, under: other, at: instant, tenant: tenant, receipt: receipt)
    try connection.execute(Self.wishesCopy, SQLValue(contact), SQLValue(other))
    try connection.execute(
      Self.contactDelete, SQLValue(tenant), .text(old.type.rawValue), .text(old.value))
  }

  private func end(
    _ old: Address, under contact: ID<Contact>, at instant: Instant, tenant: ID<Tenant>,
    receipt: ID<Receipt>?
  ) throws(StoreError) {
    try connection.execute(
      Self.historyInsert, SQLValue(tenant), .text(old.type.rawValue), .text(old.value),
      SQLValue(contact), SQLValue(instant), SQLValue(receipt))
  }
}
