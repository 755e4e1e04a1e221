/// One receipt on its way into the database: what its items cause, inside one transaction.
struct Ingestion {
  /// What became of one item.
  enum Outcome: String {
    case stored
    case duplicate
    case parked
    case ignored
    case unrecognised
    case unrouted
    /// Something in us could not store it; the others of its request were.
    case failed
  }

  let receiptID: ID<Receipt>
  let receivedAt: Instant
  let origin: LiveChannel
  let directory: ChannelDirectory
  private var outcomes: [(key: String, outcome: Outcome, subject: String?, note: String?)] = []
  /// What the item at hand is about, for the receipt's record.
  var subject: String?
  /// What is written for the channel of the item at hand.
  var recorder: Recorder

  /// A receipt's turn.
  init(
    _ transaction: Transaction, _ live: LiveChannel, _ directory: ChannelDirectory,
    _ receiptID: ID<Receipt>, _ receivedAt: Instant
  ) {
    recorder = Recorder(transaction, live.channel, receipt: receiptID)
    self.receiptID = receiptID
    self.receivedAt = receivedAt
    self.directory = directory
    origin = live
  }

  var transaction: Transaction { recorder.transaction }
  var channel: Channel { recorder.channel }
  var tenantID: ID<Tenant> { recorder.channel.tenantID }
  var connection: Connection { recorder.transaction.connection }

  /// What a person should know about the item at hand.
  var note: String? {
    get { recorder.note }
    set { recorder.note = newValue }
  }

  /// When an item happened: by the provider's clock, otherwise when the request arrived.
  func time(of item: Item) -> Instant { item.occurredAt ?? receivedAt }

  /// Processes all items in order. `apart` keeps one that cannot be stored from the others: that
  /// costs, and is for the second try.
  mutating func process(_ items: [Item], apart: Bool = false) throws(StoreError) {
    for item in items {
      subject = nil
      note = nil
      let outcome = apart ? try processApart(item) : try process(item)
      outcomes.append((item.key, outcome, subject, note))
    }
  }

  private static let savepoint = SQL("SAVEPOINT item")
  private static let release = SQL("RELEASE item")
  private static let rollback = SQL("ROLLBACK TO item")

  private mutating func processApart(_ item: Item) throws(StoreError) -> Outcome {
    try connection.execute(Self.savepoint)
    var outcome = Outcome.failed
    do throws(StoreError) {
      outcome = try process(item)
    } catch {
      // The disk or a lock: then nothing of the request can be kept now.
      if error.decision == .later { throw error }
      try connection.execute(Self.rollback)
      subject = nil
      note = error.description
    }
    try connection.execute(Self.release)
    return outcome
  }

  /// How many items are for accounts that nobody has.
  var unroutedCount: Int { outcomes.count { $0.outcome == .unrouted } }

  /// What the receipt says of items that could not be stored.
  var failure: String? {
    let failed = outcomes.filter { $0.outcome == .failed }
    guard let first = failed.first else { return nil }
    return "\(failed.count) of \(outcomes.count) things it told could not be stored: "
      + (first.note ?? "")
  }

  /// What the items together make of the receipt: the most useful thing that happened.
  var state: ReceiptState {
    let found = Set(outcomes.map(\.outcome))
    // What came of the rest is in the database; this keeps the receipt among those to look at.
    if found.contains(.failed) { return .failed }
    if found.contains(.stored) || found.contains(.parked) { return .processed }
    if found.contains(.unrouted) { return .unrouted }
    if found.contains(.unrecognised) { return .unrecognised }
    if found.contains(.duplicate) { return .duplicate }
    return .ignored
  }

  /// What became of each item, for the receipt.
  var renderedOutcomes: [UInt8] {
    var writer = JSONWriter(capacity: 128)
    writer.raw("[")
    for (index, entry) in outcomes.enumerated() {
      if index > 0 { writer.raw(",") }
      writer.raw("{\"key\":")
      writer.string(entry.key)
      writer.raw(",\"outcome\":")
      writer.string(entry.outcome.rawValue)
      if let subject = entry.subject {
        writer.raw(",\"id\":")
        writer.string(subject)
      }
      if let note = entry.note {
        writer.raw(",\"note\":")
        writer.string(note)
      }
      writer.raw("}")
    }
    writer.raw("]")
    return writer.bytes
  }

  private mutating func process(_ item: Item) throws(StoreError) -> Outcome {
    switch item.fact {
    case .ignored(let kind):
      note = kind
      return .ignored
    case .unrecognised(let kind):
      note = kind
      return .unrecognised
    case .health(let health): return try store(health, item)
    case .template(let report): return try store(report, item)
    default: break
    }
    guard route(item) else { return unrouted() }
    if case .message(let message) = item.fact { return try store(message, item) }
    guard try transaction.claim(item.key, channel: channel.id, receipt: receiptID) else {
      return .duplicate
    }
    let outcome = try apply(item)
    // Who or what it is about may become known: then processing it again must find it new.
    if outcome == .ignored { try transaction.release(item.key, channel: channel.id) }
    return outcome
  }

  private mutating func apply(_ item: Item) throws(StoreError) -> Outcome {
    switch item.fact {
    case .status, .edit, .deletion, .reaction, .read: return try report(item)
    case .preference(let preference): return try store(preference, item)
    case .identity(let change): return try store(change, item)
    case .membership(let change): return try store(change, item)
    case .progress(let progress): return try store(progress, item)
    case .call(let call): return try store(call, item)
    case .message, .health, .template, .ignored, .unrecognised: return .ignored
    }
  }

  /// Turns to the channel an item is for. False when nobody has that account.
  private mutating func route(_ item: Item) -> Bool {
    recorder.channel = origin.channel
    guard let account = item.account, !origin.provider.accounts.isEmpty,
      !origin.provider.accounts.contains(account)
    else { return true }
    guard let sibling = directory.sibling(of: origin, account: account) else { return false }
    recorder.channel = sibling.channel
    return true
  }

  /// Nobody has the account that the item at hand is for.
  mutating func unrouted() -> Outcome {
    note = "no channel of this tenant is for the account the request names"
    return .unrouted
  }
}
