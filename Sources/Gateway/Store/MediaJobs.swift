// Files that are still to be fetched: a row each, until they are here or cannot be had.

/// A file that is to be fetched.
package struct MediaJob: Equatable, Sendable {
  /// The file.
  package let attachmentID: ID<Attachment>
  /// Whose it is.
  package let tenantID: ID<Tenant>
  /// The channel of its message.
  package let channelID: ID<Channel>
  /// Its message.
  package let messageID: ID<Message>
  /// Its place among the message's files.
  package let ordinal: Int64
  /// When to try.
  package let dueAt: Instant
  /// How often it was tried.
  package let tries: Int64
  /// When no further try makes sense.
  package let giveUpAt: Instant
  /// Why the last try came to nothing.
  package let reason: String?

  /// Seven days: WhatsApp keeps files that long, Telegram and Twilio longer.
  package static let lifetimeMilliseconds: Int64 = 604_800_000
}

/// What is known of a file that is to be fetched.
package struct MediaSource: Equatable, Sendable {
  /// What was said of it, and where it is.
  package let reference: AttachmentReference
  /// Whether it is still wanted.
  package let isPending: Bool
  /// The provider's id of its message.
  package let providerMessageID: String
  /// Whether its message was enqueued with us: then it is at an address that the sender gave, and
  /// not with the provider. What the provider told us, echoes too, has a receipt.
  package let isOurs: Bool
}

extension Connection {
  private static let jobColumns = """
    attachment_id, tenant_id, channel_id, message_id, ordinal, due_at, tries, give_up_at, reason
    """
  private static let jobsDue = SQL(
    """
    SELECT \(jobColumns) FROM media_jobs WHERE due_at <= $1 AND channel_id <> $2
    ORDER BY due_at LIMIT $3
    """)
  private static let jobNext = SQL(
    "SELECT due_at FROM media_jobs WHERE due_at > $1 ORDER BY due_at LIMIT 1")
  private static let jobCount = SQL(
    "SELECT COUNT(*) FROM (SELECT 1 FROM media_jobs LIMIT $1) AS some")
  private static let jobByID = SQL(
    "SELECT \(jobColumns) FROM media_jobs WHERE attachment_id = $1")
  private static let mediaSource = SQL(
    """
    SELECT a.kind, a.content_type, a.file_name, a.size, a.state, a.source, a.provider_id,
      a.details, m.provider_message_id, m.direction, m.receipt_id
    FROM attachments a JOIN messages m ON m.id = a.message_id
    WHERE a.message_id = $1 AND a.ordinal = $2 AND a.id = $3
    """)

  /// How many waiting files are counted one by one: the gauge says "at least" above that.
  package static let mediaJobsCountedMax: Int64 = 10_000

  /// Files whose time has come, the longest waiting first, but for those of one channel.
  package func mediaJobs(
    due instant: Instant, except channel: ID<Channel>?, limit: Int
  ) throws(StoreError) -> [MediaJob] {
    try query(
      Self.jobsDue, SQLValue(instant), SQLValue(channel ?? ID<Channel>(high: 0, low: 0)),
      .integer(Int64(limit)), read: Self.mediaJob)
  }

  /// The file of that identifier, while it is to be fetched.
  package func mediaJob(_ id: ID<Attachment>) throws(StoreError) -> MediaJob? {
    try first(Self.jobByID, SQLValue(id), read: Self.mediaJob)
  }

  /// When the next file comes due after `instant`.
  package func nextMediaJob(after instant: Instant) throws(StoreError) -> Instant? {
    try first(Self.jobNext, SQLValue(instant)) { (row) throws(StoreError) in row.instant(0) }
  }

  /// How many files wait to be fetched, up to ``mediaJobsCountedMax``.
  package func mediaJobCount() throws(StoreError) -> Int {
    let count = try first(Self.jobCount, .integer(Self.mediaJobsCountedMax)) {
      (row) throws(StoreError) in row.integer(0)
    }
    return Int(count ?? 0)
  }

  /// What a file that is to be fetched is, and where; `nil` when its message is gone.
  package func mediaSource(of job: MediaJob) throws(StoreError) -> MediaSource? {
    try first(
      Self.mediaSource, SQLValue(job.messageID), .integer(job.ordinal), SQLValue(job.attachmentID)
    ) { (row) throws(StoreError) in
      var reference = AttachmentReference(
        kind: AttachmentKind(rawValue: row.text(0)) ?? .other, source: row.text(5),
        contentType: row.optionalText(1))
      reference.fileName = row.optionalText(2)
      reference.size = row.optionalInteger(3)
      reference.providerID = row.optionalText(6)
      reference.details = (try? JSON.parse(row.bytes(7)))?.object ?? [:]
      return MediaSource(
        reference: reference, isPending: row.text(4) == "pending",
        providerMessageID: row.text(8),
        isOurs: row.text(9) == Direction.outbound.rawValue
          && row.optionalID(10, Receipt.self) == nil)
    }
  }

  private static func mediaJob(_ row: Row) throws(StoreError) -> MediaJob {
    MediaJob(
      attachmentID: try row.id(0), tenantID: try row.id(1), channelID: try row.id(2),
      messageID: try row.id(3), ordinal: row.integer(4), dueAt: row.instant(5),
      tries: row.integer(6), giveUpAt: row.instant(7), reason: row.optionalText(8))
  }
}

extension Transaction {
  private static let jobInsert = SQL(
    """
    INSERT INTO media_jobs (attachment_id, tenant_id, channel_id, message_id, ordinal, due_at,
      give_up_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING
    """)
  private static let jobPostpone = SQL(
    """
    UPDATE media_jobs SET due_at = $2, tries = tries + 1, reason = $3 WHERE attachment_id = $1
    """)
  private static let jobDelete = SQL("DELETE FROM media_jobs WHERE attachment_id = $1")
  private static let attachmentStored = SQL(
    """
    UPDATE attachments SET state = 'stored', sha256 = $4, size = $5, content_type = $6,
      file_name = $7
    WHERE message_id = $1 AND ordinal = $2 AND id = $3
    """)
  private static let attachmentUnavailable = SQL(
    """
    UPDATE attachments SET state = 'unavailable', details = $4
    WHERE message_id = $1 AND ordinal = $2 AND id = $3 AND state = 'pending'
    """)

  /// Puts a file in line to be fetched, now.
  package func queueFetch(
    of file: ID<Attachment>, at ordinal: Int64, message: ID<Message>, channel: ID<Channel>,
    tenant: ID<Tenant>
  ) throws(StoreError) {
    try connection.execute(
      Self.jobInsert, SQLValue(file), SQLValue(tenant), SQLValue(channel), SQLValue(message),
      .integer(ordinal), SQLValue(now),
      SQLValue(now.adding(milliseconds: MediaJob.lifetimeMilliseconds)))
    wake(.media)
  }

  /// Lets a file wait for its next try.
  package func postpone(
    _ job: MediaJob, until instant: Instant, reason: String
  ) throws(StoreError) {
    try connection.execute(
      Self.jobPostpone, SQLValue(job.attachmentID), SQLValue(instant), .text(reason))
  }

  /// Ends a job whose file is not wanted any more.
  package func drop(_ job: MediaJob) throws(StoreError) {
    try connection.execute(Self.jobDelete, SQLValue(job.attachmentID))
  }

  /// The file is here.
  package func finish(
    _ job: MediaJob, _ content: FileContent, contentType: String, fileName: String?
  ) throws(StoreError) {
    try connection.execute(
      Self.attachmentStored, SQLValue(job.messageID), .integer(job.ordinal),
      SQLValue(job.attachmentID), .blob(content.sha256), .integer(content.size),
      .text(contentType), SQLValue(fileName))
    try drop(job)
  }

  /// The file cannot be had. The reason stays with it, for those who look at the message.
  package func giveUp(_ job: MediaJob, reason: String) throws(StoreError) {
    guard let source = try connection.mediaSource(of: job) else { return try drop(job) }
    var details = source.reference.details
    details["unavailable_reason"] = .string(reason)
    try connection.execute(
      Self.attachmentUnavailable, SQLValue(job.messageID), .integer(job.ordinal),
      SQLValue(job.attachmentID), .bytes(JSON.object(details).serialized()))
    try drop(job)
  }
}
