// Files: those of messages, and those that were uploaded to be sent.

/// What is known of a file, of a message or uploaded.
package struct StoredFile: Equatable, Sendable {
  /// Its identifier.
  package let id: ID<Attachment>
  /// Whose it is.
  package let tenantID: ID<Tenant>
  /// Whether we hold it: `pending`, `stored`, `unavailable`.
  package let state: String
  /// What it holds; `nil` while we do not.
  package let sha256: [UInt8]?
  /// Its media type.
  package let contentType: String?
  /// Its name.
  package let fileName: String?
  /// Its size in bytes.
  package let size: Int64?
}

extension Connection {
  private static let attachmentFile = SQL(
    """
    SELECT a.id, m.tenant_id, a.state, a.sha256, a.content_type, a.file_name, a.size
    FROM attachments a JOIN messages m ON m.id = a.message_id WHERE a.id = $1
    """)
  private static let uploadedFile = SQL(
    """
    SELECT id, tenant_id, 'stored', sha256, content_type, file_name, size FROM files WHERE id = $1
    """)
  private static let fileOfMessage = SQL(
    """
    SELECT a.id, m.tenant_id, a.state, a.sha256, a.content_type, a.file_name, a.size
    FROM attachments a JOIN messages m ON m.id = a.message_id
    WHERE a.message_id = $1 AND a.ordinal = $2
    """)

  /// A file, whosever it is: for what proves by other means that it may have it.
  package func file(_ id: ID<Attachment>) throws(StoreError) -> StoredFile? {
    if let file = try first(Self.attachmentFile, SQLValue(id), read: Self.file) { return file }
    return try first(Self.uploadedFile, SQLValue(id), read: Self.file)
  }

  /// A tenant's file.
  package func file(
    _ id: ID<Attachment>, tenant: ID<Tenant>
  ) throws(StoreError) -> StoredFile? {
    guard let file = try file(id), file.tenantID == tenant else { return nil }
    return file
  }

  /// A message's file, by its place.
  package func file(
    of message: ID<Message>, at ordinal: Int64
  ) throws(StoreError) -> StoredFile? {
    try first(Self.fileOfMessage, SQLValue(message), .integer(ordinal), read: Self.file)
  }

  private static func file(_ row: Row) throws(StoreError) -> StoredFile {
    StoredFile(
      id: try row.id(0), tenantID: try row.id(1), state: row.text(2),
      sha256: row.optionalBytes(3), contentType: row.optionalText(4),
      fileName: row.optionalText(5), size: row.optionalInteger(6))
  }
}

extension Transaction {
  private static let fileInsert = SQL(
    """
    INSERT INTO files (id, tenant_id, sha256, content_type, file_name, size, created_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7)
    """)

  /// Enters a file that was uploaded; its bytes are on the disk already.
  package func addFile(
    tenant: ID<Tenant>, _ content: FileContent, contentType: String, fileName: String?
  ) throws(StoreError) -> StoredFile {
    let file = StoredFile(
      id: ids.next(), tenantID: tenant, state: "stored", sha256: content.sha256,
      contentType: contentType, fileName: fileName, size: content.size)
    try connection.execute(
      Self.fileInsert, SQLValue(file.id), SQLValue(tenant), .blob(content.sha256),
      .text(contentType), SQLValue(fileName), .integer(content.size), SQLValue(now))
    return file
  }
}
