/// The rows of one ingested message, as the daemon wrote them: the model of all rows the rig
/// writes.
struct ModelRows {
  /// The message's key among the provider's events.
  let claim: RowTemplate
  /// The message.
  let message: RowTemplate
  /// Its event.
  let event: RowTemplate
  /// Its receipt.
  let receipt: RowTemplate
  /// The sender's address, and the type of it.
  let address: [UInt8]
  /// The word for the type of the address.
  let addressType: [UInt8]

  /// Finds the newest message, so that numbers in its rows have their later lengths.
  init(_ file: SQLiteFile) throws(RigError) {
    let newest = "(SELECT max(id) FROM messages)"
    claim = try RowTemplate(
      file, "provider_events",
      query: "SELECT * FROM provider_events WHERE message_id = \(newest)",
      suffix: "ON CONFLICT (channel_id, key) DO NOTHING")
    message = try RowTemplate(
      file, "messages", query: "SELECT * FROM messages WHERE id = \(newest)")
    event = try RowTemplate(
      file, "events",
      query: "SELECT * FROM events WHERE subject_id = \(newest) ORDER BY sequence LIMIT 1")
    receipt = try RowTemplate(
      file, "receipts",
      query: """
        SELECT * FROM receipts WHERE id = (SELECT receipt_id FROM messages WHERE id = \(newest))
        """)
    let contact = try file.prepare("SELECT type, value FROM contacts LIMIT 1")
    guard try contact.step() else { throw RigError("the database knows nobody") }
    addressType = contact.bytes(0)
    address = contact.bytes(1)
  }
}
