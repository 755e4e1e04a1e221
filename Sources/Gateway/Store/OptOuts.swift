// What people wish about being written to, as it stands.

/// A person's last word about being written to on one line.
package struct OptOut: Sendable {
  /// Whether they want silence.
  package let isSilence: Bool
  /// How they said so, such as `keyword`.
  package let source: String
  /// When they said so.
  package let changedAt: Instant
  /// The request that told us.
  package let receiptID: ID<Receipt>?
}

extension Connection {
  private static let optOutRead = SQL(
    """
    SELECT state, source, changed_at, receipt_id FROM opt_outs
    WHERE contact_id = $1 AND transport = $2 AND purpose = 'any'
    """)

  /// A contact's last word about a line, `nil` when they never said one.
  package func optOut(
    of contact: ID<Contact>, transport: TransportKind
  ) throws(StoreError) -> OptOut? {
    try first(Self.optOutRead, SQLValue(contact), .text(transport.rawValue)) {
      (row) throws(StoreError) in
      OptOut(
        isSilence: row.text(0) == "opted_out", source: row.text(1), changedAt: row.instant(2),
        receiptID: row.optionalID(3))
    }
  }
}
