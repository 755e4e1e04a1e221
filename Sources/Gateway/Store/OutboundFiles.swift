// The files of messages of ours: uploaded before, or to be fetched from the sender's address.

/// A file that was uploaded, to be sent.
package struct UploadedFile: Sendable {
  /// Under which content it is kept.
  package let sha256: [UInt8]
  /// Its media type, where known.
  package let contentType: String?
  /// Its name, where known.
  package let fileName: String?
  /// Its size in bytes.
  package let size: Int64
}

extension Connection {
  private static let fileLookup = SQL(
    """
    SELECT sha256, content_type, file_name, size FROM files WHERE tenant_id = $1 AND id = $2
    """)

  /// A tenant's uploaded file.
  package func uploadedFile(
    _ id: ID<Attachment>, tenant: ID<Tenant>
  ) throws(StoreError) -> UploadedFile? {
    try first(Self.fileLookup, SQLValue(tenant), SQLValue(id)) { (row) throws(StoreError) in
      UploadedFile(
        sha256: row.bytes(0), contentType: row.optionalText(1), fileName: row.optionalText(2),
        size: row.integer(3))
    }
  }
}

extension Transaction {
  private static let fetchInsert = SQL(
    """
    INSERT INTO media_jobs (attachment_id, tenant_id, channel_id, message_id, ordinal, due_at,
      give_up_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7)
    """)

  /// Lets the files of a message that are `pending` be fetched, until `instant`.
  package func fetchFiles(of message: Message, until instant: Instant) throws(StoreError) {
    for (ordinal, attachment) in message.attachments.enumerated()
    where attachment.state == "pending" {
      try connection.execute(
        Self.fetchInsert, SQLValue(attachment.id), SQLValue(message.tenantID),
        SQLValue(message.channelID), SQLValue(message.id), .integer(Int64(ordinal)),
        SQLValue(now), SQLValue(instant))
      wake(.media)
    }
  }
}
