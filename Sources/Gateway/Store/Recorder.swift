/// What the flows write alike, inside one transaction and on behalf of one channel: people, chats,
/// members, and what becomes of messages. Ingest and Outbound do not know each other; this is what
/// they share.
package struct Recorder {
  /// The transaction it writes in.
  package let transaction: Transaction
  /// The channel it writes for.
  package var channel: Channel
  /// The request that causes it all, if one does.
  package let receiptID: ID<Receipt>?
  /// What a person should know about what was written last.
  package var note: String?

  /// Writes in `transaction` for `channel`.
  package init(_ transaction: Transaction, _ channel: Channel, receipt: ID<Receipt>?) {
    self.transaction = transaction
    self.channel = channel
    receiptID = receipt
  }

  var tenantID: ID<Tenant> { channel.tenantID }
  var connection: Connection { transaction.connection }
}
