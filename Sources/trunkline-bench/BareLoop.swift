import Gateway
import Glibc

/// The limit: what SQLite alone can do of the daemon's work on this machine.
///
/// One thread gives it the statements that one ingest of a message of a known person executes, with
/// rows that are copies of the daemon's own, 64 ingests a commit. No HTTP, no signature, no JSON,
/// no queue, and no copy of what is bound.
final class BareLoop {
  /// What came of it.
  struct Outcome {
    /// Ingests of the whole run, the warm-up too.
    var ingests = 0
    /// Ingests a second of the measured time.
    var perSecond = 0.0
    /// How long a commit of 64 took with its ingests.
    var commits = Histogram()
    /// The processor's time of one ingest with its share of the commit, in microseconds.
    var processorMicroseconds = 0.0
    /// What one ingest with its share of the commit hands to the kernel, in bytes.
    var writtenBytes = 0.0
  }

  /// How many statements an ingest has; beginning and committing come on top.
  static let statements = 8
  /// As many as the daemon puts into one commit at most.
  static let ingestsPerCommit = 64

  /// What the writing connection of the daemon sets, see `Store/Connection.swift`.
  static let pragmas = """
    PRAGMA cache_size = -16384; PRAGMA temp_store = MEMORY; PRAGMA foreign_keys = OFF;
    PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 1000;
    PRAGMA journal_size_limit = 67108864;
    """

  private let file: SQLiteFile
  private let people: Int
  private let claim: RowTemplate
  private let lookup: SQLiteStatement
  private let bump: SQLiteStatement
  private let message: RowTemplate
  private let sequence: SQLiteStatement
  private let event: RowTemplate
  private let parked: SQLiteStatement
  private let receipt: RowTemplate
  private let begin: SQLiteStatement
  private let commit: SQLiteStatement

  private let address: FixedBytes
  private let key: FixedBytes
  private let providerMessageID: FixedBytes
  private let chatID = FixedBytes([UInt8](repeating: 0, count: 16))
  private let memberID = FixedBytes([UInt8](repeating: 0, count: 16))
  private let messageID = FixedBytes([UInt8](repeating: 0, count: 16))
  private let eventID = FixedBytes([UInt8](repeating: 0, count: 16))
  private let receiptID = FixedBytes([UInt8](repeating: 0, count: 16))
  private let kept: [FixedBytes]
  private let parameters: Parameters
  private var ticks = Ticks()
  private var number = 0

  /// The parameters that change with each ingest.
  private struct Parameters {
    let position: Int32
    let messageCreated: Int32
    let sequence: Int32
    let chatSequence: Int32
    let eventCreated: Int32
    let received: Int32
  }

  /// Gets ready on a database that the daemon has written to and left.
  ///
  /// - Parameter people: how many senders take turns; the database knows all of them.
  init(_ path: String, people: Int) throws(RigError) {
    file = try SQLiteFile(path)
    self.people = people
    try file.run(Self.pragmas)
    let rows = try ModelRows(file)
    claim = rows.claim
    message = rows.message
    event = rows.event
    receipt = rows.receipt
    // "message:SM" and 32 digits; the same text without its first word is the provider's id.
    key = FixedBytes(try claim.bytes("key"))
    providerMessageID = FixedBytes(try message.bytes("provider_message_id"))
    address = FixedBytes(rows.address)
    let tenant = FixedBytes(try message.bytes("tenant_id"))
    let channel = FixedBytes(try message.bytes("channel_id"))
    let transport = FixedBytes(try message.bytes("transport"))
    let type = FixedBytes(rows.addressType)
    kept = [tenant, channel, transport, type]

    try claim.bind("key", text: key)
    try claim.bind("receipt_id", blob: receiptID)
    try claim.bind("message_id", blob: messageID)
    lookup = try file.prepare(Self.lookupText)
    lookup.bind(1, blob: tenant)
    lookup.bind(2, text: type)
    lookup.bind(3, text: address)
    lookup.bind(4, text: transport)
    bump = try file.prepare(Self.bumpText)
    bump.bind(1, blob: chatID)
    bump.bind(5, blob: channel)
    try message.bind("id", blob: messageID)
    try message.bind("chat_id", blob: chatID)
    try message.bind("member_id", blob: memberID)
    try message.bind("provider_message_id", text: providerMessageID)
    try message.bind("receipt_id", blob: receiptID)
    sequence = try file.prepare(Self.sequenceText)
    sequence.bind(1, blob: tenant)
    try event.bind("id", blob: eventID)
    try event.bind("chat_id", blob: chatID)
    try event.bind("subject_id", blob: messageID)
    try event.bind("receipt_id", blob: receiptID)
    parked = try file.prepare(Self.parkedText)
    parked.bind(1, blob: channel)
    parked.bind(2, text: providerMessageID)
    try receipt.bind("id", blob: receiptID)
    begin = try file.prepare("BEGIN IMMEDIATE")
    commit = try file.prepare("COMMIT")
    parameters = Parameters(
      position: try message.parameter("position"),
      messageCreated: try message.parameter("created_at"),
      sequence: try event.parameter("sequence"),
      chatSequence: try event.parameter("chat_sequence"),
      eventCreated: try event.parameter("created_at"),
      received: try receipt.parameter("received_at"))
  }

  /// Runs for `warmUp` seconds, then for `seconds` more that count.
  func run(warmUp: Double, seconds: Double) throws(RigError) -> Outcome {
    var outcome = Outcome()
    var begun: UInt64?
    var measured = 0
    var before = ProcessUsage(getpid())
    let from = monotonicNanoseconds() + UInt64(warmUp * 1e9)
    let until = from + UInt64(seconds * 1e9)
    var now = monotonicNanoseconds()
    while now < until {
      let started = now
      try runCommit()
      outcome.ingests += Self.ingestsPerCommit
      now = monotonicNanoseconds()
      if let begun {
        measured += Self.ingestsPerCommit
        outcome.commits.note(nanoseconds: now - started)
        outcome.perSecond = Double(measured) * 1e9 / Double(now - begun)
      } else if now >= from {
        before = ProcessUsage(getpid())
        now = monotonicNanoseconds()
        begun = now
      }
    }
    let after = ProcessUsage(getpid())
    let processor = after.since(before).values.reduce(0, +)
    outcome.processorMicroseconds = Double(processor) / 1000 / Double(max(measured, 1))
    outcome.writtenBytes =
      Double(after.writtenBytes - before.writtenBytes) / Double(max(measured, 1))
    return outcome
  }

  private func runCommit() throws(RigError) {
    let now = SystemClock().now().millisecondsSinceEpoch
    try begin.finish()
    for _ in 0..<Self.ingestsPerCommit { try ingest(now) }
    try commit.finish()
  }

  private func ingest(_ now: Int64) throws(RigError) {
    prepareValues()
    try claim.insert()
    guard try lookup.step() else { throw RigError("a sender the database does not know") }
    try lookup.copy(4, to: chatID)
    try lookup.copy(5, to: memberID)
    try lookup.finish()
    bump.bind(2, 1)
    bump.bind(3, now)
    bump.bind(4, now)
    guard try bump.step() else { throw RigError("a chat the database does not know") }
    message.set(parameters.position, bump.integer(0))
    event.set(parameters.chatSequence, bump.integer(1))
    try bump.finish()
    message.set(parameters.messageCreated, now)
    try message.insert()
    guard try sequence.step() else { throw RigError("a tenant the database does not know") }
    event.set(parameters.sequence, sequence.integer(0))
    try sequence.finish()
    event.set(parameters.eventCreated, now)
    try event.insert()
    try parked.finish()
    receipt.set(parameters.received, now)
    try receipt.insert()
  }

  /// A sender out of order, new identifiers in order, and a provider's id that is random: as they
  /// come to the daemon.
  private func prepareValues() {
    number += 1
    let sender = UInt64(Shuffle.place(number, of: people))
    address.set(2_000_000 + sender, base: 10, digits: 7, at: address.count - 7)
    receiptID.set(ticks.next())
    messageID.set(ticks.next())
    let unique = ticks.next()
    eventID.set(unique)
    for text in [key, providerMessageID] { text.setDigits(unique) }
  }
}

// The daemon's own words. `Census` finds out when its writes are no longer these.
extension BareLoop {
  private static let lookupText = """
    SELECT k.id, k.client_id, l.display_name, k.last_seen_at, c.id, m.id
    FROM contacts k
    JOIN clients l ON l.id = k.client_id
    LEFT JOIN chats c ON c.client_id = k.client_id
    LEFT JOIN members m ON m.chat_id = c.id AND m.kind = 'client'
      AND m.participant = k.client_id AND m.transport = ?4
    WHERE k.tenant_id = ?1 AND k.type = ?2 AND k.value = ?3
    """
  private static let bumpText = """
    UPDATE chats SET message_count = message_count + 1, event_sequence = event_sequence + 1,
      unread_count = unread_count + ?2, last_message_at = ?3,
      last_inbound_at = CASE WHEN ?4 >= COALESCE(last_inbound_at, 0) THEN ?4
        ELSE last_inbound_at END,
      last_inbound_channel_id = CASE WHEN ?4 >= COALESCE(last_inbound_at, 0) THEN ?5
        ELSE last_inbound_channel_id END
    WHERE id = ?1 RETURNING message_count, event_sequence
    """
  private static let sequenceText = """
    UPDATE tenants SET event_sequence = event_sequence + 1 WHERE id = ?1 RETURNING event_sequence
    """
  private static let parkedText = """
    SELECT key, kind, payload, occurred_at, receipt_id FROM parked_reports
    WHERE channel_id = ?1 AND provider_message_id = ?2 ORDER BY occurred_at, key
    """
}
