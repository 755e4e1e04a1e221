// What people wish about being written to, as it stands.

/// A person's last word about being written to on one line.
package struct OptOut: Sendable {
  /// Whether they want silence.
  package let isSilence: Bool
  /// What of; `nil` for all that may be written to them.
  package let purpose: MessagePurpose?
  /// How they said so, such as `keyword`.
  package let source: String
  /// When they said so.
  package let changedAt: Instant
  /// The request that told us.
  package let receiptID: ID<Receipt>?
}

extension SQL {
  /// A condition: whether a contact wants no messages of a purpose on a line. The arguments are
  /// columns or parameters; one that is NULL makes it false.
  ///
  /// A wish for silence about everything stands before all others. One about a purpose is lifted by
  /// its own taking back, and by a later wish to be written to again at all.
  static func isOptedOut(contact: String, transport: String, purpose: String) -> String {
    """
    EXISTS (SELECT 1 FROM opt_outs o
      WHERE o.contact_id = \(contact) AND o.transport = \(transport) AND o.state = 'opted_out'
        AND (o.purpose = 'any' OR o.purpose = \(purpose) AND NOT EXISTS (SELECT 1 FROM opt_outs a
          WHERE a.contact_id = o.contact_id AND a.transport = o.transport AND a.purpose = 'any'
            AND a.changed_at > o.changed_at)))
    """
  }

  /// Two columns of a contact: the lines on which they want no messages at all, and those on which
  /// they want no advertisements, each with commas in between.
  static func silences(contact: String) -> String {
    """
    (SELECT group_concat(o.transport, ',') FROM opt_outs o
       WHERE o.contact_id = \(contact) AND o.purpose = 'any' AND o.state = 'opted_out'),
      (SELECT group_concat(o.transport, ',') FROM opt_outs o
       WHERE o.contact_id = \(contact) AND o.purpose = 'marketing' AND o.state = 'opted_out'
         AND NOT EXISTS (SELECT 1 FROM opt_outs a
           WHERE a.contact_id = o.contact_id AND a.transport = o.transport AND a.purpose = 'any'
             AND a.changed_at > o.changed_at))
    """
  }
}

extension Connection {
  private static let optOutRead = SQL(
    """
    SELECT state, purpose, source, changed_at, receipt_id FROM opt_outs
    WHERE contact_id = $1 AND transport = $2 AND purpose IN ('any', $3)
    """)
  private static let isOptedOut = SQL(
    "SELECT \(SQL.isOptedOut(contact: "$1", transport: "$2", purpose: "$3"))")
  private static let isDeliveryOptedOut = SQL(
    """
    SELECT \(SQL.isOptedOut(contact: "d.contact_id", transport: "d.transport",
      purpose: "d.purpose")) FROM deliveries d WHERE d.id = $1
    """)

  /// A contact's last word about messages of a purpose on a line, `nil` when they never said one.
  package func optOut(
    of contact: ID<Contact>, transport: TransportKind, purpose: MessagePurpose = .service
  ) throws(StoreError) -> OptOut? {
    let words = try query(
      Self.optOutRead, SQLValue(contact), .text(transport.rawValue), .text(purpose.rawValue)
    ) { (row) throws(StoreError) in
      OptOut(
        isSilence: row.text(0) == PreferenceReport.Choice.optedOut.rawValue,
        purpose: MessagePurpose(rawValue: row.text(1)), source: row.text(2),
        changedAt: row.instant(3), receiptID: row.optionalID(4))
    }
    let general = words.first { $0.purpose == nil }
    let special = words.first { $0.purpose != nil }
    guard let general, let special else { return general ?? special }
    return general.isSilence || general.changedAt > special.changedAt ? general : special
  }

  /// Whether a contact wants no messages of a purpose on a line.
  package func isOptedOut(
    _ contact: ID<Contact>, transport: TransportKind, purpose: MessagePurpose
  ) throws(StoreError) -> Bool {
    try first(
      Self.isOptedOut, SQLValue(contact), .text(transport.rawValue), .text(purpose.rawValue)
    ) { (row) throws(StoreError) in row.integer(0) != 0 } ?? false
  }

  /// Whether the contact of a delivery wants no messages of its purpose on its line.
  package func isOptedOut(_ delivery: ID<Delivery>) throws(StoreError) -> Bool {
    try first(Self.isDeliveryOptedOut, SQLValue(delivery)) { (row) throws(StoreError) in
      row.integer(0) != 0
    } ?? false
  }
}

extension Transaction {
  private static let optOutUpsert = SQL(
    """
    INSERT INTO opt_outs (contact_id, transport, purpose, state, source, changed_at, receipt_id)
    VALUES ($1, $2, $3, $4, $5, $6, $7)
    ON CONFLICT (contact_id, transport, purpose) DO UPDATE SET state = excluded.state,
      source = excluded.source, changed_at = excluded.changed_at, receipt_id = excluded.receipt_id
    """)
  private static let optOutLookup = SQL(
    """
    SELECT state, changed_at FROM opt_outs
    WHERE contact_id = $1 AND transport = $2 AND purpose = $3
    """)

  /// Stores a wish about being written to, expressed at `instant`; about messages of one purpose,
  /// or about all where `purpose` is `nil`. The latest wish is in force, whatever the order in which
  /// wishes arrive; of two at one time the one that arrives later.
  package func setPreference(
    contact: ID<Contact>, transport: TransportKind, _ choice: PreferenceReport.Choice,
    purpose: MessagePurpose? = nil, source: String, at instant: Instant, receipt: ID<Receipt>?
  ) throws(StoreError) -> PreferenceEffect {
    let word = SQLValue.text(purpose?.rawValue ?? "any")
    let known = try connection.first(
      Self.optOutLookup, SQLValue(contact), .text(transport.rawValue), word
    ) { (row) throws(StoreError) in (state: row.text(0), changedAt: row.instant(1)) }
    if let known, known.changedAt > instant { return .outdated }
    let concerned = purpose ?? .marketing
    let before = try connection.isOptedOut(contact, transport: transport, purpose: concerned)
    // Also the same wish again: its time decides against one that comes late.
    try connection.execute(
      Self.optOutUpsert, SQLValue(contact), .text(transport.rawValue), word,
      .text(choice.rawValue), .text(source), SQLValue(instant), SQLValue(receipt))
    let after = try connection.isOptedOut(contact, transport: transport, purpose: concerned)
    let isRepeated = known?.state == choice.rawValue
    guard purpose != nil else { return isRepeated && before == after ? .inForceAlready : .changed }
    // A wish about everything may be in force instead.
    if after != (choice == .optedOut) { return .outdated }
    return before == after && (before || known != nil) ? .inForceAlready : .changed
  }
}

/// What a wish about being written to changed.
package enum PreferenceEffect: Sendable {
  /// It is in force now and was not before.
  case changed
  /// The same wish was in force.
  case inForceAlready
  /// Another wish is in force: a later one, or one about all messages.
  case outdated
}
