// Files that providers hold for us, by what is in them: sent again without being uploaded again.

extension Connection {
  private static let uploadList = SQL(
    """
    SELECT a.ordinal, u.provider_id FROM attachments a
    JOIN uploads u ON u.channel_id = $2 AND u.sha256 = a.sha256
      AND u.content_type = COALESCE(a.content_type, '') AND u.expires_at > $3
    WHERE a.message_id = $1
    """)

  /// The provider's ids of a message's files that it still holds at `instant`, by their place among
  /// the message's attachments.
  package func uploads(
    of message: ID<Message>, channel: ID<Channel>, at instant: Instant
  ) throws(StoreError) -> [Int: String] {
    let found = try query(
      Self.uploadList, SQLValue(message), SQLValue(channel), SQLValue(instant)
    ) { (row) throws(StoreError) in (Int(clamping: row.integer(0)), row.text(1)) }
    return Dictionary(found) { first, _ in first }
  }
}

extension Transaction {
  // What is not kept here has no SHA-256: then nobody could tell that it is the same file.
  private static let uploadWrite = SQL(
    """
    INSERT INTO uploads (channel_id, sha256, content_type, provider_id, expires_at)
    SELECT $1, sha256, COALESCE(content_type, ''), $4, $5 FROM attachments
    WHERE message_id = $2 AND ordinal = $3 AND sha256 IS NOT NULL
    ON CONFLICT (channel_id, sha256, content_type) DO UPDATE
      SET provider_id = excluded.provider_id, expires_at = excluded.expires_at
    """)
  private static let uploadDelete = SQL("DELETE FROM uploads WHERE expires_at <= $1")

  /// Remembers that the provider holds a message's file; the latest upload of the same file counts.
  package func keep(
    _ upload: UploadedMedia, of message: ID<Message>, channel: ID<Channel>, since instant: Instant
  ) throws(StoreError) {
    // A stranger's number: no provider keeps a file for longer than a year.
    let life = min(max(upload.lifeMilliseconds, 0), Self.uploadLifeMostMilliseconds)
    try connection.execute(
      Self.uploadWrite, SQLValue(channel), SQLValue(message), .integer(Int64(upload.attachment)),
      .text(upload.id), SQLValue(instant.adding(milliseconds: life)))
  }

  private static let uploadLifeMostMilliseconds: Int64 = 31_536_000_000

  /// Forgets the files that providers hold no longer. How many that were.
  package func forgetUploads() throws(StoreError) -> Int {
    try connection.execute(Self.uploadDelete, SQLValue(now))
  }
}
