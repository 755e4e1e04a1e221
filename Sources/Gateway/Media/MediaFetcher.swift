/// Fetches the files of messages: a few at a time, each until it is here or cannot be had.
///
///     media_jobs ─▶ request ─▶ … ─▶ file in tmp ─▶ hash, fsync, rename ─▶ commit: stored, job gone
///
/// What is to be done is a row, so that a restart goes on; fetching a file twice does no harm. One
/// thread decides everything; the calls are made elsewhere.
package final class MediaFetcher: Sendable {
  /// What there is to know of a channel whose file is fetched.
  package struct Access: Sendable {
    /// Its provider, if that gives out files.
    package let provider: (any MediaFetching)?
    /// Where requests for its files may go.
    package let destinations: Destinations

    /// A channel.
    package init(provider: (any MediaFetching)?, destinations: Destinations) {
      self.provider = provider
      self.destinations = destinations
    }
  }

  /// Eight: two slow ones must not hold up the rest, and more would fill a small office's line.
  package static let underWayMax = 8
  /// Half of them: one channel's backlog leaves room for the others.
  package static let underWayPerChannelMax = 4
  /// After the first failure; Twilio's files are often there a second after its webhook.
  package static let retryFirstMilliseconds: Int64 = 2000
  /// An hour between the tries of the last days.
  package static let retryMostMilliseconds: Int64 = 3_600_000
  /// Looks without being woken, for what another process has queued.
  static let lookMilliseconds = 60_000
  /// When the database does not answer, that long until the next look.
  static let troubleMilliseconds = 1000

  private struct Inbox {
    var isStopping = false
    var isWoken = true
    var answers: [(ID<Attachment>, Result<HTTPResponse, TransportFailure>)] = []
  }

  private let inbox = Monitor(Inbox())
  private let thread: Locked<WorkerThread?>
  private let waiting = Locked(0)

  /// Starts fetching. `access` finds a channel; `nil` for one that is gone or switched off.
  package init(
    database: Database, store: MediaStore, caller: any Caller, clock: any Clock,
    random: any RandomSource, log: Log, metrics: Metrics,
    access: @escaping @Sendable (ID<Channel>) -> Access?
  ) {
    thread = Locked(nil)
    let loop = Loop(
      database: database, store: store, caller: caller, clock: clock, random: random, log: log,
      metrics: metrics, access: access, inbox: inbox, waiting: waiting)
    metrics.gauge("trunkline_media_waiting", help: "Files still to be fetched, up to 10,000.") {
      [waiting] in Double(waiting.withLock { $0 })
    }
    let started = WorkerThread(name: "media") { loop.run() }
    thread.withLock { $0 = started }
  }

  deinit { stop() }

  /// Says that there may be something to fetch. From any thread.
  package func wake() { inbox.update { $0.isWoken = true } }

  /// Ends the thread; calls under way are made again after the next start. Calling it again does
  /// nothing.
  package func stop() {
    inbox.update { $0.isStopping = true }
    let running = thread.withLock { thread in
      defer { thread = nil }
      return thread
    }
    running?.join()
  }

  /// What the thread has.
  // `@unchecked Sendable` is safe because only that thread touches what changes, after `init`.
  private final class Loop: @unchecked Sendable {
    private let database: Database
    private let store: MediaStore
    private let caller: any Caller
    private let clock: any Clock
    private let random: any RandomSource
    private let log: Log
    private let access: @Sendable (ID<Channel>) -> Access?
    private let inbox: Monitor<Inbox>
    private let waiting: Locked<Int>
    private let counters: [String: Metrics.Counter]
    private var underWay: [ID<Attachment>: MediaFetch] = [:]

    init(
      database: Database, store: MediaStore, caller: any Caller, clock: any Clock,
      random: any RandomSource, log: Log, metrics: Metrics,
      access: @escaping @Sendable (ID<Channel>) -> Access?, inbox: Monitor<Inbox>,
      waiting: Locked<Int>
    ) {
      self.database = database
      self.store = store
      self.caller = caller
      self.clock = clock
      self.random = random
      self.log = log
      self.access = access
      self.inbox = inbox
      self.waiting = waiting
      let outcomes = ["stored", "retry", "unavailable"].map { outcome in
        (
          outcome,
          metrics.counter(
            "trunkline_media_fetches_total", help: "Tries to fetch a file, by what became of them.",
            [("outcome", outcome)])
        )
      }
      counters = Dictionary(uniqueKeysWithValues: outcomes)
    }

    func run() {
      var patience = 0
      while true {
        let news = inbox.wait(milliseconds: patience) { inbox -> Inbox? in
          guard inbox.isStopping || inbox.isWoken || !inbox.answers.isEmpty else { return nil }
          defer {
            inbox.isWoken = false
            inbox.answers = []
          }
          return inbox
        }
        if news?.isStopping == true { return }
        // Each by itself: one that cannot be stored still has its row, and is fetched again.
        var isWell = true
        for (id, result) in news?.answers ?? [] {
          isWell = attempt { try take(result, for: id) } && isWell
        }
        isWell = isWell && attempt { patience = try look() }
        if !isWell { patience = MediaFetcher.troubleMilliseconds }
      }
    }

    private func attempt(_ step: () throws -> Void) -> Bool {
      do {
        try step()
        return true
      } catch {
        let reason = StoreError.logDescription(of: error)
        log.warning("files not fetched", ["reason": .string(reason)])
        return false
      }
    }

    /// Begins what is due and has room. How long to wait for the next.
    private func look() throws -> Int {
      while underWay.count < MediaFetcher.underWayMax {
        let (now, full) = (clock.now(), fullChannel)
        let jobs = try database.read { connection in
          // Those under way are due too, until they are done.
          try connection.mediaJobs(due: now, except: full, limit: MediaFetcher.underWayMax * 2)
        }
        var hasBegun = false
        for job in jobs where underWay[job.attachmentID] == nil && hasRoom(for: job) {
          try begin(job)
          hasBegun = true
        }
        if !hasBegun { break }
      }
      let now = clock.now()
      let (next, count) = try database.read { connection in
        (try connection.nextMediaJob(after: now), try connection.mediaJobCount())
      }
      waiting.withLock { $0 = count }
      let pause = next.map { $0.millisecondsSinceEpoch - now.millisecondsSinceEpoch }
      return Int(min(pause ?? .max, Int64(MediaFetcher.lookMilliseconds)))
    }

    private func hasRoom(for job: MediaJob) -> Bool {
      underWay.count < MediaFetcher.underWayMax
        && underWay.values.count { $0.job.channelID == job.channelID }
          < MediaFetcher.underWayPerChannelMax
    }

    /// The channel that has its share. While there is room at all, that is one at most.
    private var fullChannel: ID<Channel>? {
      let counts = Dictionary(grouping: underWay.values, by: \.job.channelID).mapValues(\.count)
      return counts.first { $0.value >= MediaFetcher.underWayPerChannelMax }?.key
    }

    private func begin(_ job: MediaJob) throws {
      guard let source = try database.read({ try $0.mediaSource(of: job) }), source.isPending else {
        return try database.write { try $0.drop(job) }
      }
      guard let channel = access(job.channelID) else {
        return try retry(job, "the channel is not in use", after: nil)
      }
      let guide: MediaFetch.Guide
      if source.isOurs {
        guide = .plain
      } else if let provider = channel.provider {
        guide = .provider(provider)
      } else {
        return try giveUp(job, "this provider gives out no files")
      }
      try advance(
        MediaFetch(
          job: job, source: source, guide: guide, destinations: channel.destinations,
          temporaryPath: store.temporaryPath()))
    }

    private func take(
      _ result: Result<HTTPResponse, TransportFailure>, for id: ID<Attachment>
    ) throws {
      guard var fetch = underWay.removeValue(forKey: id) else { return }
      if let reason = fetch.take(result) {
        File.remove(fetch.temporaryPath)
        return try giveUp(fetch.job, reason)
      }
      try advance(fetch)
    }

    private func advance(_ fetch: MediaFetch) throws {
      var fetch = fetch
      switch fetch.next() {
      case .request(let name, let request, let isFile):
        let call = fetch.begin(name, request, isFile: isFile)
        let id = fetch.job.attachmentID
        underWay[id] = fetch
        caller.send(call) { [inbox] exchange in
          inbox.update { $0.answers.append((id, exchange.result)) }
        }
      case .done(let contentType, let fileName, let sha256):
        defer { File.remove(fetch.temporaryPath) }
        try keep(fetch, contentType: contentType, fileName: fileName, sha256: sha256)
      case .failed(let reason, let isFinal):
        defer { File.remove(fetch.temporaryPath) }
        if isFinal { return try giveUp(fetch.job, reason) }
        try retry(fetch.job, reason, after: fetch.retryAfterMilliseconds)
      }
    }

    private func keep(
      _ fetch: MediaFetch, contentType: String?, fileName: String?, sha256: [UInt8]?
    ) throws {
      let (job, reference) = (fetch.job, fetch.source.reference)
      let content: FileContent
      let type: MediaType
      switch examine(fetch, contentType: contentType, sha256: sha256) {
      case .failure(let problem): return try retry(job, problem.reason, after: nil)
      case .success(let found): (content, type) = found
      }
      let name = FileName.safe(reference.fileName) ?? FileName.safe(fileName)
      try database.write { transaction in
        try transaction.finish(job, content, contentType: type.description, fileName: name)
      }
      counters["stored"]?.add()
    }

    private struct Problem: Error {
      let reason: String
    }

    /// Looks whether what came is the file, and takes it into the store.
    private func examine(
      _ fetch: MediaFetch, contentType: String?, sha256: [UInt8]?
    ) -> Result<(FileContent, MediaType), Problem> {
      let reference = fetch.source.reference
      guard fetch.hasFile else { return .failure(Problem(reason: "no file came")) }
      do throws(File.Failure) {
        let content = try FileContent(settling: fetch.temporaryPath)
        if content.size == 0 { return .failure(Problem(reason: "the file that came is empty")) }
        if let sha256, sha256 != content.sha256 {
          return .failure(Problem(reason: "what came is not the file: its SHA-256 differs"))
        }
        let type = MediaType.settled(
          kind: reference.kind, expected: reference.contentType,
          answered: [contentType, fetch.answeredType], head: content.head)
        guard let type else {
          return .failure(Problem(reason: "a page came in place of the file"))
        }
        try store.adopt(fetch.temporaryPath, content)
        return .success((content, type))
      } catch {
        // The disk, most likely full; the path is for the log alone.
        log.warning("file not kept", ["reason": .string(error.description)])
        return .failure(Problem(reason: "it could not be written here: \(error.reason)"))
      }
    }

    private func retry(_ job: MediaJob, _ reason: String, after asked: Int64?) throws {
      let now = clock.now()
      if now >= job.giveUpAt { return try giveUp(job, reason) }
      let shift = min(max(job.tries, 0), 30)
      let pause = min(
        MediaFetcher.retryFirstMilliseconds << shift, MediaFetcher.retryMostMilliseconds)
      // Jitter is only added, so that no try comes earlier than it says.
      let wait = max(pause + Int64(random.below(Int(pause / 4))), asked ?? 0)
      let due = min(now.adding(milliseconds: wait), job.giveUpAt)
      try database.write { try $0.postpone(job, until: due, reason: reason) }
      counters["retry"]?.add()
    }

    private func giveUp(_ job: MediaJob, _ reason: String) throws {
      try database.write { try $0.giveUp(job, reason: reason) }
      counters["unavailable"]?.add()
      log.warning(
        "file unavailable",
        [
          "message_id": .string(job.messageID.description),
          "attachment_id": .string(job.attachmentID.description), "reason": .string(reason),
        ])
    }
  }
}
