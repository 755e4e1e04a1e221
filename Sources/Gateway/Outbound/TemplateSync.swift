/// Keeps the templates of providers in step with them: asks for the whole list at the start, once a
/// day, soon after a failure, and when somebody wants it. One account after the other, so that
/// nobody is flooded however many channels there are.
package final class TemplateSync: Sendable {
  private struct State {
    var woken = false
    var stopping = false
  }

  private let parts: Dispatcher.Parts
  private let state = Monitor(State())
  private let thread = Locked<WorkerThread?>(nil)

  /// A list is asked for once a day: what changes in between, the provider tells.
  static let stepMilliseconds: Int64 = 86_400_000
  /// After the first failure; it doubles with each further one.
  static let failureMilliseconds: Int64 = 60_000
  /// The longest wait after failures that may pass by themselves: 6 hours.
  static let failureMostMilliseconds: Int64 = 21_600_000
  /// The most pages of a list: providers keep some thousands of templates for an account.
  static let pagesMax = 200
  /// The longest page: a hundred templates with long texts in their examples.
  static let pageBytesMax = 8 << 20
  /// It looks at least so often whether something is due, as clocks are set.
  private static let napMilliseconds: Int64 = 60_000
  /// After the database failed it needs some time.
  private static let troubleMilliseconds: Int64 = 5000

  /// A sync that does nothing before ``start()``.
  package init(_ parts: Dispatcher.Parts) { self.parts = parts }

  /// Starts asking.
  package func start() {
    let started = WorkerThread(name: "template-sync") { [self] in
      var nap: Int64 = 0
      while rest(nap) {
        do {
          let next = try turn()
          let now = parts.clock.now()
          nap = min(Self.napMilliseconds, max(0, next?.milliseconds(since: now) ?? .max))
        } catch {
          nap = Self.troubleMilliseconds
          parts.log.warning(
            "templates could not be synced",
            ["reason": .string((error as? StoreError)?.logDescription ?? "\(error)")])
        }
      }
    }
    thread.withLock { $0 = started }
  }

  /// There may be work: a channel was made, or somebody asked.
  package func wake() { state.update { $0.woken = true } }

  /// Ends the thread; a list that is being asked for is left. Calling it again does nothing.
  package func stop() {
    state.update { $0.stopping = true }
    let running = thread.withLock { thread in
      defer { thread = nil }
      return thread
    }
    running?.join()
  }

  /// Waits until there may be work. False when there is to be no more.
  private func rest(_ milliseconds: Int64) -> Bool {
    state.wait(milliseconds: Int(clamping: milliseconds)) { state -> Bool? in
      if state.stopping { return false }
      defer { state.woken = false }
      return state.woken ? true : nil
    } ?? true
  }

  private var isStopping: Bool { state.withLock { $0.stopping } }

  /// Syncs the accounts that are due, one after the other. When the next is; `nil` while no channel
  /// has templates.
  func turn() throws -> Instant? {
    var next: Instant?
    for (account, live) in accounts() where !isStopping {
      let known = try parts.database.read { try $0.templateSync(of: account) }
      var dueAt = known?.dueAt
      if dueAt.map({ $0 <= parts.clock.now() }) ?? true {
        dueAt = try sync(account, live, known)
      }
      if let dueAt { next = next.map { min($0, dueAt) } ?? dueAt }
    }
    return next
  }

  /// Every account once, with a channel to ask through.
  private func accounts() -> [(TemplateAccount, LiveChannel)] {
    var seen: Set<TemplateAccount> = []
    // One that is paused still has a token; one that is switched off is not used for anything.
    let usable = parts.directory.all.filter { $0.channel.state != .disabled }
    let ordered =
      usable.filter { $0.channel.state == .active } + usable.filter { $0.channel.state != .active }
    return ordered.compactMap { live in
      guard let account = live.templateAccount, seen.insert(account).inserted else { return nil }
      return (account, live)
    }
  }

  /// Asks for an account's list and stores what comes of it. When it is due again; `nil` when the
  /// daemon ends.
  private func sync(
    _ account: TemplateAccount, _ live: LiveChannel, _ known: TemplateSyncState?
  ) throws -> Instant? {
    let asked = parts.clock.now()
    guard let step = list(live) else { return nil }
    let state: TemplateSyncState
    switch step {
    case .done(let list):
      state = try parts.database.write { [parts] transaction in
        var state = TemplateSyncState(
          dueAt: transaction.now.adding(milliseconds: Self.stepMilliseconds))
        state.syncedAt = transaction.now
        let turns = try transaction.replaceTemplates(of: account, with: list, asked: asked)
        try Self.tell(turns, account, parts.directory, transaction)
        try Self.heed(&state, account, known, transaction)
        try transaction.set(state, of: account)
        return state
      }
    case .failed(let reason, let isFinal):
      state = try parts.database.write { transaction in
        var state =
          try transaction.connection.templateSync(of: account)
          ?? TemplateSyncState(dueAt: transaction.now)
        state.tries = (known?.tries ?? 0) + 1
        state.reason = reason
        let wait = isFinal ? Self.stepMilliseconds : Self.wait(after: state.tries)
        state.dueAt = transaction.now.adding(milliseconds: wait)
        try Self.heed(&state, account, known, transaction)
        try transaction.set(state, of: account)
        return state
      }
      parts.log.warning(
        "templates could not be synced",
        [
          "channel_id": .string(live.channel.id.description), "reason": .string(reason),
          "next_at": .string(state.dueAt.description),
        ])
    case .request: return nil
    }
    parts.metrics.counter(
      "trunkline_template_syncs_total", help: "Lists of templates asked for, by outcome.",
      [
        ("provider", account.provider), ("outcome", state.reason == nil ? "synced" : "failed"),
      ]
    ).add()
    return state.dueAt
  }

  /// Who wanted the list while it was being asked for may mean what has changed since.
  private static func heed(
    _ state: inout TemplateSyncState, _ account: TemplateAccount, _ known: TemplateSyncState?,
    _ transaction: Transaction
  ) throws(StoreError) {
    guard let current = try transaction.connection.templateSync(of: account),
      current.dueAt != known?.dueAt
    else { return }
    state.dueAt = min(state.dueAt, current.dueAt)
  }

  private static func wait(after tries: Int64) -> Int64 {
    min(failureMilliseconds << min(max(tries - 1, 0), 20), failureMostMilliseconds)
  }

  /// The list, or why it cannot be had; `nil` when the daemon ends.
  private func list(_ live: LiveChannel) -> TemplateStep? {
    guard let keeping = live.provider as? any TemplateKeeping else { return nil }
    var steps: [CompletedStep] = []
    while !isStopping {
      let step = keeping.nextTemplates(after: steps)
      guard case .request(let request) = step else { return step }
      guard steps.count < Self.pagesMax else {
        return .failed(reason: "The list of templates has no end.", isFinal: true)
      }
      guard let reply = ask(request, live) else { return nil }
      steps.append(CompletedStep("templates", reply))
    }
    return nil
  }

  /// What came back for a request; `nil` when the daemon ends before.
  private func ask(_ request: HTTPRequest, _ live: LiveChannel) -> SendReply? {
    var call = Dispatcher.call(request, live)
    call.answerBytesMax = Self.pageBytesMax
    let answer = Locked<SendReply?>(nil)
    parts.caller.send(call) { [state] exchange in
      let reply: SendReply =
        switch exchange.result {
        case .success(let response): .response(response)
        case .failure(let failure): .failure(failure)
        }
      // Under the monitor's lock, so that whoever waits there hears of it.
      state.update { _ in answer.withLock { $0 = reply } }
    }
    return state.wait { state -> SendReply?? in
      let reply = answer.withLock { $0 }
      return reply != nil || state.stopping ? .some(reply) : nil
    }
  }

  /// Tells which templates can be used now and could not before, or the other way round, for each
  /// channel that may name them.
  private static func tell(
    _ turns: [TemplateTurn], _ account: TemplateAccount, _ directory: ChannelDirectory,
    _ transaction: Transaction
  ) throws(StoreError) {
    let channels = directory.all.filter { $0.templateAccount == account }
    for turn in turns {
      for live in channels { try Recorder(transaction, live.channel, receipt: nil).tell(turn) }
    }
  }
}
