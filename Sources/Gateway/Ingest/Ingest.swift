/// Takes webhooks in: verify, read, and one transaction for all that follows.
///
///     bytes ─▶ verify ─▶ read ─▶ receipt, keys, client, chat, member, message, events ─▶ answer
///              (pure, on the       (one transaction, committed with others of the moment)
///               caller's thread)
package final class Ingest: Sendable {
  /// How much of what fails its signature is kept.
  package struct Quarantine: Sendable {
    /// How long it is kept.
    package var days: Int64 = 7
    /// How many a channel keeps a day; more are refused and counted only, so that a stranger
    /// cannot fill the disk.
    package var perChannelPerDay = 1000
    /// How many bytes of body a channel keeps a day, 64 MiB: a thousand genuine requests are below,
    /// a thousand of the largest a listener takes would be 50 GB.
    package var bytesPerChannelPerDay: Int64 = 67_108_864
    /// Values of the design.
    package init() {}
  }

  private let database: Database
  private let directory: ChannelDirectory
  private let clock: any Clock
  private let ids: IDSource
  private let log: Log
  private let quarantine: Quarantine
  private let dropped: Metrics.Counter

  /// The way in to a database.
  package init(
    database: Database, directory: ChannelDirectory, quarantine: Quarantine, clock: any Clock,
    ids: IDSource, log: Log, metrics: Metrics
  ) {
    self.database = database
    self.directory = directory
    self.quarantine = quarantine
    self.clock = clock
    self.ids = ids
    self.log = log
    dropped = metrics.counter(
      "trunkline_quarantine_dropped_total",
      help: "Requests with a wrong signature that were not kept, over the daily limit.")
  }

  /// What the pure part found out about a request.
  struct Reading: Sendable {
    var receipt: Receipt
    /// Whose provider read it: not always that of the channel that was called.
    var reader: LiveChannel
    var items: [Item]
  }

  /// What became of a request.
  private struct Stored: Sendable {
    let state: ReceiptState
    let unroutedCount: Int
  }

  /// Takes one request in. `completion` runs once the receipt is on the disk, or cannot be.
  package func receive(
    _ request: HTTPRequest, remoteAddress: String, on live: LiveChannel,
    completion: @escaping @Sendable (WebhookOutcome) -> Void
  ) {
    let receipt = Receipt(
      id: ids.next(), tenantID: live.channel.tenantID, channelID: live.channel.id,
      request: request, remoteAddress: remoteAddress, receivedAt: clock.now(),
      state: .processed, items: Self.noItems, attempts: 1)
    let reading = read(receipt, live, wasLetIn: false)
    database.submit { [self] transaction in
      try store(reading, apart: false, transaction)
    } completion: { [self] result in
      switch result {
      case .success(let stored?): finish(stored, live, completion)
      case .success(nil):
        dropped.add()
        completion(.stored(.quarantined))
      case .failure(let error as StoreError) where error.decision == .later:
        log.error("webhook not stored", ["reason": .string(error.logDescription)])
        completion(.unavailable)
      case .failure(let error):
        guard reading.items.count > 1 else {
          return keepFailed(reading.receipt, live, error, completion)
        }
        storeApart(reading, live, completion)
      }
    }
  }

  /// One of several things cannot be stored: tries again with each kept from the others.
  private func storeApart(
    _ reading: Reading, _ live: LiveChannel,
    _ completion: @escaping @Sendable (WebhookOutcome) -> Void
  ) {
    database.submit { [self] transaction in
      try store(reading, apart: true, transaction)
    } completion: { [self] result in
      switch result {
      case .success(let stored?):
        log.error(
          "part of a webhook could not be stored",
          ["receipt_id": .string(reading.receipt.id.description)])
        finish(stored, live, completion)
      case .success(nil): completion(.unavailable)
      case .failure(let error as StoreError) where error.decision == .later:
        log.error("webhook not stored", ["reason": .string(error.logDescription)])
        completion(.unavailable)
      case .failure(let error): keepFailed(reading.receipt, live, error, completion)
      }
    }
  }

  /// Processes a stored receipt again, as when a secret was mended or a newer program knows more.
  ///
  /// What was proven or let in when it arrived stays so: a secret that has changed since proves
  /// nothing. Only what was quarantined is verified again. What was processed before stays so, when
  /// nothing of it is new this time or when it fails.
  ///
  /// `repairsText` replaces what is no Unicode by U+FFFD before reading: for the few senders that
  /// cut an emoji in half. The stored bytes stay as they are.
  ///
  /// - Returns: the receipt as it is now, `nil` when the tenant has no such receipt or its channel
  ///   is gone.
  package func reprocess(
    _ id: ID<Receipt>, tenant: ID<Tenant>, repairsText: Bool
  ) throws -> Receipt? {
    let found = try database.read { connection in try connection.receipt(id, tenant: tenant) }
    guard let found, let live = directory[found.channelID] else { return nil }
    let reading = read(
      found, live, wasLetIn: found.state != .quarantined, repairsText: repairsText)
    do {
      return try reprocess(reading, apart: false)
    } catch let error as StoreError where error.decision == .later {
      throw error
    } catch {
      if reading.items.count > 1, let receipt = try? reprocess(reading, apart: true) {
        return receipt
      }
      var failed = reading.receipt
      failed.state = .failed
      failed.reason = "\(error)"
      let stored = failed
      return try database.write { transaction in try self.amend(stored, transaction) }
    }
  }

  private func reprocess(_ reading: Reading, apart: Bool) throws -> Receipt? {
    try database.write { transaction in
      let (receipt, _) = try self.process(reading, apart: apart, transaction)
      return try self.amend(receipt, transaction)
    }
  }

  /// Stores what came of processing a receipt again over what it is by now: another turn at the
  /// same receipt may have ended since it was read.
  private func amend(
    _ outcome: Receipt, _ transaction: Transaction
  ) throws(StoreError) -> Receipt? {
    let current = try transaction.connection.receipt(outcome.id, tenant: outcome.tenantID)
    guard let current else { return nil }
    let wasProcessed = current.state == .processed && outcome.state != .processed
    let wasLetIn = current.state != .quarantined && outcome.state == .quarantined
    var receipt = wasProcessed || wasLetIn ? current : outcome
    receipt.verifiedBy = current.verifiedBy ?? outcome.verifiedBy
    receipt.attempts = current.attempts + 1
    try transaction.update(receipt)
    return receipt
  }

  /// Deletes quarantined receipts that are older than they are kept, in steps that leave the writer
  /// free in between. How many went.
  package func purgeQuarantine() throws -> Int {
    let step = 500
    let end = clock.now().adding(milliseconds: -quarantine.days * Self.dayMilliseconds)
    var gone = 0
    for live in directory.all {
      while true {
        let count = try database.write { transaction in
          try transaction.purgeQuarantined(live.channel.id, before: end, limit: step)
        }
        gone += count
        if count < step { break }
      }
    }
    return gone
  }

  /// Drops parked reports that arrived more than 30 days ago, in steps that leave the writer free
  /// in between. How many went.
  package func purgeParked() throws -> Int {
    let step = 500
    let end = clock.now().adding(milliseconds: -Self.parkedMilliseconds)
    var gone = 0
    for live in directory.all {
      let channel = live.channel.id
      var place = ParkedPlace()
      while true {
        let stretch = try database.read { [place] connection in
          try connection.parkedStretch(channel: channel, after: place, before: end, limit: step)
        }
        guard let stretch else { break }
        if stretch.hasOld {
          gone += try database.write { [place] transaction in
            try transaction.dropParked(
              channel: channel, after: place, upTo: stretch.end, before: end)
          }
        }
        if stretch.count < step { break }
        place = stretch.end
      }
    }
    return gone
  }

  private static let dayMilliseconds: Int64 = 86_400_000
  /// 30 days: longer than any provider holds a message back, WhatsApp's own limit being that, so
  /// whoever is still waited for was never ours.
  private static let parkedMilliseconds: Int64 = 2_592_000_000

  private func read(
    _ receipt: Receipt, _ live: LiveChannel, wasLetIn: Bool, repairsText: Bool = false
  ) -> Reading {
    var reading = Reading(receipt: receipt, reader: live, items: [])
    reading.receipt.state = .processed
    reading.receipt.reason = nil
    reading.receipt.items = Self.noItems
    if receipt.verifiedBy == nil {
      let verification = live.provider.verify(
        receipt.request, publicURL: live.publicURL, now: receipt.receivedAt)
      switch verification {
      case .verified(let by): reading.receipt.verifiedBy = by
      case .refused(let reason):
        reading.receipt.reason = reason
        if live.channel.verification == .enforce, !wasLetIn {
          reading.receipt.state = .quarantined
          return reading
        }
        reading.receipt.reason = "unverified: \(reason)"
        if !wasLetIn { live.unverified.add() }
      }
    }
    var request = receipt.request
    if repairsText {
      request.body = TextRepair.repair(request.body, mediaType: request.headers.mediaType)
    }
    guard let reader = reader(of: request, live) else {
      reading.receipt.state = .unrouted
      reading.receipt.reason = "it is for another provider, of which this tenant has no channel"
      return reading
    }
    reading.reader = reader
    do throws(Unreadable) {
      let items = try reader.provider.read(request)
      if items.count > Self.itemsMax {
        throw Unreadable("the request tells \(items.count) things, more than \(Self.itemsMax)")
      }
      reading.items = items
    } catch {
      reading.receipt.state = .unreadable
      reading.receipt.reason = error.description
    }
    return reading
  }

  /// The channel that can read a request: the one that was called, or where providers share an
  /// address one of the tenant's at the provider that it is for. What each item is for, it names
  /// itself. `nil` when there is none.
  private func reader(of request: HTTPRequest, _ live: LiveChannel) -> LiveChannel? {
    guard let shared = live.provider as? any SharedWebhook,
      let name = shared.reader(of: request), name != live.channel.provider
    else { return live }
    return directory.channels(of: live.channel.tenantID).first {
      $0.channel.provider == name && $0.channel.state != .disabled
    }
  }

  /// Four for each of the 1,000 updates that Meta puts into one request, the most of any provider:
  /// an update tells up to three things, such as a message, who wrote it and a wish. Every other
  /// write waits until all items are done.
  /// <https://developers.facebook.com/docs/graph-api/webhooks/getting-started>, 2026.
  private static let itemsMax = 4000

  private static let noItems = Array("[]".utf8)

  /// Stores a receipt with all it causes and says what became of it; `nil` when its channel's
  /// quarantine is full. Counts nothing: a job may run more than once.
  private func store(
    _ reading: Reading, apart: Bool, _ transaction: Transaction
  ) throws -> Stored? {
    if reading.receipt.state == .quarantined, try !hasRoom(reading.receipt, transaction) {
      return nil
    }
    let (receipt, unroutedCount) = try process(reading, apart: apart, transaction)
    try transaction.insert(receipt)
    return Stored(state: receipt.state, unroutedCount: unroutedCount)
  }

  /// Whether a receipt fits into its channel's quarantine of the last day.
  private func hasRoom(
    _ receipt: Receipt, _ transaction: Transaction
  ) throws(StoreError) -> Bool {
    let day = transaction.now.adding(milliseconds: -Self.dayMilliseconds)
    let count = try transaction.connection.quarantined(receipt.channelID, since: day)
    // The count is read from an index alone; the bytes only while there are few to add up.
    guard count < quarantine.perChannelPerDay else { return false }
    let bytes = try transaction.connection.quarantinedBytes(receipt.channelID, since: day)
    return bytes + Int64(receipt.request.body.count) <= quarantine.bytesPerChannelPerDay
  }

  /// Does what the items ask for, and says what became of them and so of their receipt, and how
  /// many are for nobody known.
  private func process(
    _ reading: Reading, apart: Bool, _ transaction: Transaction
  ) throws(StoreError) -> (Receipt, unroutedCount: Int) {
    var receipt = reading.receipt
    guard receipt.state == .processed else { return (receipt, 0) }
    var ingestion = Ingestion(
      transaction, reading.reader, directory, receipt.id, receipt.receivedAt)
    try ingestion.process(reading.items, apart: apart)
    receipt.state = ingestion.state
    receipt.items = ingestion.renderedOutcomes
    if let failure = ingestion.failure { receipt.reason = failure }
    return (receipt, ingestion.unroutedCount)
  }

  private func finish(
    _ stored: Stored, _ live: LiveChannel, _ completion: @Sendable (WebhookOutcome) -> Void
  ) {
    live.counters[stored.state]?.add()
    if stored.unroutedCount > 0 { live.unrouted.add(stored.unroutedCount) }
    completion(.stored(stored.state))
  }

  /// Something in us cannot take this request. The provider would only send it again, and some hold
  /// back everything behind it meanwhile: keep it, say so loudly, and answer with success.
  private func keepFailed(
    _ receipt: Receipt, _ live: LiveChannel, _ error: any Error,
    _ completion: @escaping @Sendable (WebhookOutcome) -> Void
  ) {
    log.error(
      "webhook kept but not processed",
      [
        "receipt_id": .string(receipt.id.description),
        "reason": .string(StoreError.logDescription(of: error)),
      ])
    var failed = receipt
    failed.state = .failed
    failed.reason = "\(error)"
    let stored = failed
    database.submit { transaction in
      try transaction.insert(stored)
    } completion: { [self] result in
      switch result {
      case .success: finish(Stored(state: .failed, unroutedCount: 0), live, completion)
      case .failure: completion(.unavailable)
      }
    }
  }
}
