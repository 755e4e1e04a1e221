import Gateway
import Glibc

/// The limit of sending that is the database's: what SQLite alone can do of the daemon's work.
///
/// One thread gives it the statements that one send of a queued message executes, 64 of them in a
/// commit that claims and 64 in one that stores their outcomes, with rows that are copies of the
/// daemon's own. No request, no JSON, no queue, and no copy of what is bound.
final class SendLoop {
  /// What came of it.
  struct Outcome {
    /// Sends a second.
    var perSecond = 0.0
    /// How long a turn of 64 took, both commits.
    var turns = Histogram()
    /// What one send with its share of the commits hands to the kernel, in bytes.
    var writtenBytes = 0.0
  }

  /// How many statements a send has. A turn has four more, two beginnings and two commits.
  static let statements = 12
  /// As many as the daemon claims in one turn at most.
  static let sendsPerCommit = 64

  /// Where the values of one send are between claim and outcome.
  private struct Slot {
    let id = FixedBytes([UInt8](repeating: 0, count: 16))
    let chat = FixedBytes([UInt8](repeating: 0, count: 16))
    let recipient: FixedBytes
  }

  private let file: SQLiteFile
  private let due: SQLiteStatement
  private let nextDue: SQLiteStatement
  private let addressee: SQLiteStatement
  private let lease: SQLiteStatement
  private let update: SQLiteStatement
  private let claim: RowTemplate
  private let accept: SQLiteStatement
  private let chatOf: SQLiteStatement
  private let sequence: SQLiteStatement
  private let chatSequence: SQLiteStatement
  private let event: RowTemplate
  private let parked: SQLiteStatement
  private let head: SQLiteStatement
  private let attempt: RowTemplate
  private let begin: SQLiteStatement
  private let commit: SQLiteStatement

  private var slots: [Slot]
  private let key: FixedBytes
  private let providerMessageID: FixedBytes
  private let eventID = FixedBytes([UInt8](repeating: 0, count: 16))
  private let attemptID = FixedBytes([UInt8](repeating: 0, count: 16))
  private let deliveryID = FixedBytes([UInt8](repeating: 0, count: 16))
  private let chatID = FixedBytes([UInt8](repeating: 0, count: 16))
  private let recipient: FixedBytes
  private let accepted = FixedBytes("accepted".utf8)
  private let kept: [FixedBytes]
  private let places: Places
  private var ticks = Ticks()

  /// The parameters that change with each send.
  private struct Places {
    let sequence: Int32
    let chatSequence: Int32
    let created: Int32
    let started: Int32
    let ended: Int32

    init(_ event: RowTemplate, _ attempt: RowTemplate) throws(RigError) {
      sequence = try event.parameter("sequence")
      chatSequence = try event.parameter("chat_sequence")
      created = try event.parameter("created_at")
      started = try attempt.parameter("started_at")
      ended = try attempt.parameter("ended_at")
    }
  }

  /// Gets ready on a folder that has queued messages, and one that was sent.
  init(_ folder: SendingFolder) throws(RigError) {
    file = try SQLiteFile(folder.folder.databasePath)
    try file.run(BareLoop.pragmas)
    let sent = "(SELECT id FROM deliveries WHERE state = 'accepted' LIMIT 1)"
    claim = try RowTemplate(
      file, "provider_events", query: "SELECT * FROM provider_events WHERE message_id = \(sent)",
      suffix: "ON CONFLICT (channel_id, key) DO NOTHING")
    event = try RowTemplate(
      file, "events",
      query: "SELECT * FROM events WHERE subject_id = \(sent) ORDER BY sequence DESC LIMIT 1")
    attempt = try RowTemplate(
      file, "attempts", query: "SELECT * FROM attempts WHERE delivery_id = \(sent)")
    let delivery = try RowTemplate(
      file, "deliveries", query: "SELECT * FROM deliveries WHERE id = \(sent)")
    // "message:SM" and 32 digits; the same text without its first word is the provider's id.
    let words = try claim.bytes("key")
    key = FixedBytes(words)
    providerMessageID = FixedBytes(words.drop { $0 != UInt8(ascii: ":") }.dropFirst())
    let person = try delivery.bytes("recipient")
    recipient = FixedBytes(person)
    slots = (0..<Self.sendsPerCommit).map { _ in Slot(recipient: FixedBytes(person)) }
    let tenant = FixedBytes(try delivery.bytes("tenant_id"))
    let channel = FixedBytes(try delivery.bytes("channel_id"))
    kept = [tenant, channel]

    due = try file.prepare(Self.dueText)
    due.bind(1, blob: channel)
    due.bind(4, Int64(Self.sendsPerCommit))
    nextDue = try file.prepare(Self.nextDueText)
    nextDue.bind(1, blob: channel)
    addressee = try file.prepare(Self.addresseeText)
    addressee.bind(1, blob: tenant)
    addressee.bind(2, blob: chatID)
    lease = try file.prepare(Self.leaseText)
    lease.bind(1, blob: deliveryID)
    lease.bind(3, 0)
    update = try file.prepare(Self.updateText)
    update.bind(1, blob: deliveryID)
    update.bind(2, text: accepted)
    for (place, value) in [(5, 1), (6, 1), (7, 0), (8, 1), (18, 1)] as [(Int32, Int64)] {
      update.bind(place, value)
    }
    try claim.bind("key", text: key)
    try claim.bind("message_id", blob: deliveryID)
    accept = try file.prepare(Self.acceptText)
    accept.bind(1, blob: deliveryID)
    accept.bind(3, text: providerMessageID)
    chatOf = try file.prepare("SELECT chat_id, provider_message_id FROM messages WHERE id = ?1")
    chatOf.bind(1, blob: deliveryID)
    sequence = try file.prepare(Self.nextSequenceText(of: "tenants"))
    sequence.bind(1, blob: tenant)
    chatSequence = try file.prepare(Self.nextSequenceText(of: "chats"))
    chatSequence.bind(1, blob: chatID)
    try event.bind("id", blob: eventID)
    try event.bind("chat_id", blob: chatID)
    try event.bind("subject_id", blob: deliveryID)
    parked = try file.prepare(Self.parkedText)
    parked.bind(1, blob: channel)
    parked.bind(2, text: providerMessageID)
    head = try file.prepare(Self.headText)
    head.bind(1, blob: channel)
    head.bind(2, text: recipient)
    try attempt.bind("delivery_id", blob: deliveryID)
    try attempt.bind("id", blob: attemptID)
    begin = try file.prepare("BEGIN IMMEDIATE")
    commit = try file.prepare("COMMIT")
    places = try Places(event, attempt)
  }

  private static func nextSequenceText(of table: String) -> String {
    "UPDATE \(table) SET event_sequence = event_sequence + 1 WHERE id = ?1 "
      + "RETURNING event_sequence"
  }

  /// Sends until nothing is due.
  func run() throws(RigError) -> Outcome {
    var outcome = Outcome()
    let before = ProcessUsage(getpid())
    let started = monotonicNanoseconds()
    var now = started
    var sent = 0
    while true {
      let count = try turn()
      if count == 0 { break }
      sent += count
      let last = now
      now = monotonicNanoseconds()
      outcome.turns.note(nanoseconds: now - last)
    }
    outcome.perSecond = Double(sent) * 1e9 / Double(max(now - started, 1))
    let after = ProcessUsage(getpid())
    outcome.writtenBytes =
      Double(after.writtenBytes - before.writtenBytes) / Double(max(sent, 1))
    return outcome
  }

  private func turn() throws(RigError) -> Int {
    let now = SystemClock().now().millisecondsSinceEpoch
    try begin.finish()
    let count = try claim(now)
    try commit.finish()
    guard count > 0 else { return 0 }
    try begin.finish()
    for slot in slots.prefix(count) { try store(slot, now) }
    try commit.finish()
    return count
  }

  private func claim(_ now: Int64) throws(RigError) -> Int {
    var count = 0
    for priority in [Int64(1), 0] {
      due.bind(2, priority)
      due.bind(3, now)
      while try due.step() {
        guard count < slots.count else { throw RigError("more is due than was asked for") }
        try due.copy(0, to: slots[count].id)
        try due.copy(28, to: slots[count].chat)
        try due.copy(6, to: slots[count].recipient)
        count += 1
      }
    }
    for slot in slots.prefix(count) {
      copy(slot)
      try addressee.finish()
      lease.bind(2, now)
      try lease.finish()
    }
    for priority in [Int64(1), 0] {
      nextDue.bind(2, priority)
      try nextDue.finish()
    }
    return count
  }

  private func store(_ slot: Slot, _ now: Int64) throws(RigError) {
    copy(slot)
    let unique = ticks.next()
    for text in [key, providerMessageID] { text.setDigits(unique) }
    eventID.set(unique)
    attemptID.set(ticks.next())
    update.bind(13, now)
    update.bind(15, now)
    update.bind(17, now)
    try update.finish()
    try claim.insert()
    accept.bind(2, now)
    try accept.finish()
    try chatOf.finish()
    guard try sequence.step() else { throw RigError("a tenant the database does not know") }
    event.set(places.sequence, sequence.integer(0))
    try sequence.finish()
    guard try chatSequence.step() else { throw RigError("a chat the database does not know") }
    event.set(places.chatSequence, chatSequence.integer(0))
    try chatSequence.finish()
    event.set(places.created, now)
    try event.insert()
    try parked.finish()
    try head.finish()
    attempt.set(places.started, now)
    attempt.set(places.ended, now)
    try attempt.insert()
  }

  private func copy(_ slot: Slot) {
    deliveryID.copy(slot.id)
    chatID.copy(slot.chat)
    recipient.copy(slot.recipient)
  }
}

// The daemon's own words. `Census` finds out when its writes are no longer these.
extension SendLoop {
  private static let dueText = """
    SELECT d.id, d.tenant_id, d.message_id, d.ordinal, d.channel_id, d.transport, d.recipient,
      d.contact_id, d.priority, d.state, d.error, d.note, d.part_count, d.part_next, d.series,
      d.tries, d.attempt_count, d.lease, d.lane_at, d.due_at, d.retry_at, d.started_at, d.tried_at,
      d.gave_way_at, d.expires_at, d.fallback, d.created_at, d.updated_at,
      m.chat_id, m.text, m.content, m.reply_to, m.deleted_at, m.attachment_count,
      m.provider_message_id, c.last_inbound_at, c.last_inbound_channel_id, o.state, m.status
    FROM deliveries d JOIN messages m ON m.id = d.message_id JOIN chats c ON c.id = m.chat_id
    LEFT JOIN opt_outs o ON o.contact_id = d.contact_id AND o.transport = d.transport
      AND o.purpose = 'any'
    WHERE d.channel_id = ?1 AND d.priority = ?2 AND d.due_at <= ?3 ORDER BY d.due_at LIMIT ?4
    """
  private static let nextDueText = """
    SELECT due_at FROM deliveries WHERE channel_id = ?1 AND priority = ?2 AND due_at IS NOT NULL
    ORDER BY due_at LIMIT 1
    """
  private static let addresseeText = """
    SELECT c.id, c.kind, c.message_count, c.last_inbound_at, c.last_inbound_channel_id,
      c.client_id, l.display_name
    FROM chats c LEFT JOIN clients l ON l.id = c.client_id WHERE c.tenant_id = ?1 AND c.id = ?2
    """
  private static let leaseText = """
    UPDATE deliveries SET state = 'sending', lease = lease + 1, tries = tries + 1,
      attempt_count = attempt_count + 1, due_at = NULL, retry_at = NULL, started_at = ?2,
      tried_at = COALESCE(tried_at, ?2), updated_at = ?2
    WHERE id = ?1 AND lease = ?3
    """
  private static let updateText = """
    UPDATE deliveries SET state = ?2, error = ?3, note = ?4, part_next = ?5, series = ?6,
      tries = ?7, attempt_count = ?8, lane_at = ?9, due_at = ?10, retry_at = ?11,
      started_at = ?12, tried_at = ?13, gave_way_at = ?14, deadline_at = ?15, fallback = ?16,
      updated_at = ?17
    WHERE id = ?1 AND lease = ?18
    """
  private static let acceptText = """
    UPDATE messages SET status = 'sent', sent_at = ?2, error = NULL, provider_message_id = ?3
    WHERE id = ?1 AND status IN ('queued', 'sending', 'unknown')
    """
  private static let parkedText = """
    SELECT key, kind, payload, occurred_at, receipt_id FROM parked_reports
    WHERE channel_id = ?1 AND provider_message_id = ?2 ORDER BY occurred_at, key
    """
  private static let headText = """
    SELECT id, lane_at, due_at, state FROM deliveries
    WHERE channel_id = ?1 AND recipient = ?2 AND lane_at IS NOT NULL
    ORDER BY lane_at, id LIMIT 1
    """
}
