/// The way in for messages of ours: checked, given a channel, and stored with their delivery and
/// their event in one transaction. What is answered with "accepted" is queued for good.
package struct Intake: Sendable {
  /// Who enqueues: a key of the API.
  package struct Author: Sendable {
    /// Whose messages they are.
    package let tenantID: ID<Tenant>
    /// The sender of the messages, rendered.
    let rendered: [UInt8]

    /// The author that a key stands for.
    package init(_ key: APIKey) {
      tenantID = key.tenantID
      let sender = Sender.user(UserSender(id: key.id.description, name: key.name))
      rendered = sender.json.serialized()
    }
  }

  /// A message that was accepted.
  package struct Accepted: Equatable, Sendable {
    /// Its identifier.
    package let id: ID<Message>
    /// The message as JSON.
    package let json: [UInt8]
  }

  /// What became of a request.
  package enum Outcome: Sendable {
    /// It is queued.
    case accepted(Accepted)
    /// It was before, under the same key: the answer it got then.
    case replayed(RememberedAnswer)
    /// It is not taken, and nothing was written.
    case refused(SendRefusal)
    /// The key was used for another request.
    case keyReused
    /// The database could not take it now.
    case failed(StoreError)
  }

  /// One request, with what makes it known when it comes again.
  package struct Entry: Sendable {
    /// What is asked, or why it cannot be.
    package let request: Result<EnqueueRequest, SendRefusal>
    /// The key it comes under.
    package let key: String?
    /// SHA-256 of what was asked.
    package let hash: [UInt8]

    /// Reads a request. `bytes` are what a second one must be equal to under the same key.
    package init(_ object: JSONObject, key: String?, bytes: [UInt8], now: Instant) {
      do throws(ContentError) {
        request = .success(try EnqueueRequest(object, now: now))
      } catch {
        request = .failure(SendRefusal(error))
      }
      self.key = key
      hash = key == nil ? [] : Crypto.sha256(bytes)
    }

    /// A request that is refused whatever it says.
    package init(_ refusal: SendRefusal) {
      request = .failure(refusal)
      key = nil
      hash = []
    }
  }

  private let database: Database
  private let directory: ChannelDirectory
  private let clock: any Clock

  /// How many messages one request may hold.
  package static let batchMax = 1000
  /// How many messages of a batch share a transaction: others get in between.
  static let chunkMax = 100
  /// How long the answer to a key is kept: 8 days, one more than is promised.
  static let keptMilliseconds: Int64 = 691_200_000

  /// An intake in front of that database.
  package init(database: Database, directory: ChannelDirectory, clock: any Clock) {
    self.database = database
    self.directory = directory
    self.clock = clock
  }

  /// Takes one request in; `completion` runs on a thread of the store once that is on the disk.
  package func accept(
    _ entry: Entry, from author: Author, completion: @escaping @Sendable (Outcome) -> Void
  ) {
    // Without a key nobody can have asked it before: what is wrong needs no look at the database.
    if entry.key == nil, case .failure(let refusal) = entry.request {
      return completion(.refused(refusal))
    }
    database.submit { [directory] transaction in
      try Self.accept(entry, author, directory, transaction)
    } completion: { result in
      switch result {
      case .success(let outcome): completion(outcome)
      case .failure(let error): completion(.failed(Self.storeError(error)))
      }
    }
  }

  /// Takes a batch in and waits. Each request has an outcome of its own, in the same order. Never
  /// call it on a thread of the store or of a listener.
  package func accept(_ entries: [Entry], from author: Author) -> [Outcome] {
    var outcomes: [Outcome] = []
    outcomes.reserveCapacity(entries.count)
    for start in stride(from: 0, to: entries.count, by: Self.chunkMax) {
      let chunk = Array(entries[start..<min(start + Self.chunkMax, entries.count)])
      do {
        outcomes += try database.write { [directory] transaction in
          try chunk.map { try Self.accept($0, author, directory, transaction) }
        }
      } catch {
        // The others of the batch are not at fault; what was stored before stays.
        outcomes += chunk.map { _ in .failed(Self.storeError(error)) }
      }
    }
    return outcomes
  }

  /// Forgets the answers that were kept long enough, in steps that leave the writer free in
  /// between. How many went.
  package func forgetAnswers() throws -> Int {
    let step = 500
    let end = clock.now().adding(milliseconds: -Self.keptMilliseconds)
    var gone = 0
    while true {
      let some = try database.write { try $0.forgetAnswers(before: end, limit: step) }
      gone += some
      if some < step { return gone }
    }
  }

  /// A refusal is a value here and no error: it has written nothing, and throwing would undo what
  /// others wrote in the same commit and make them do it again.
  private static func accept(
    _ entry: Entry, _ author: Author, _ directory: ChannelDirectory, _ transaction: Transaction
  ) throws -> Outcome {
    if let key = entry.key,
      let known = try transaction.connection.answer(to: key, tenant: author.tenantID)
    {
      return known.requestHash == entry.hash ? .replayed(known) : .keyReused
    }
    do {
      let request = try entry.request.get()
      let accepted = try MessageIntake(transaction, directory, author).accept(request)
      if let key = entry.key {
        // Only what was accepted: after a refusal the caller may mend the request and keep the key.
        try transaction.remember(
          RememberedAnswer(requestHash: entry.hash, status: 202, body: accepted.json), to: key,
          tenant: author.tenantID)
      }
      return .accepted(accepted)
    } catch let refusal as SendRefusal {
      return .refused(refusal)
    }
  }

  private static func storeError(_ error: any Error) -> StoreError {
    error as? StoreError ?? StoreError(.broken, "\(error)")
  }
}
