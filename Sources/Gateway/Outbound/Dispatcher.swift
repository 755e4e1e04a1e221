/// Sends what is due: claims it, has the transports make requests, and writes down what came of it.
///
///     commit wakes ─▶ board: whose turn? ─▶ claim (a commit) ─▶ requests ─▶ outcome (a commit)
///
/// One thread decides; requests run on the client's thread, claims and outcomes on the database's.
/// What is in memory is what is under way and a few words for each channel, never the queue.
package final class Dispatcher: Sendable {
  private struct State {
    var board = DispatchBoard()
    /// Claimed and on the disk, to be sent by the dispatcher's thread.
    var ready: [LeasedSend] = []
    var settling: [LeasedSend] = []
    /// Outcomes that could not be stored: the disk is full, or the queue. They are tried again.
    var unstored: [(at: Instant, Settlement)] = []
    var stopping = false
  }

  private enum Step {
    case send([LeasedSend])
    case settle([LeasedSend])
    case claim([DispatchBoard.Order])
    case store([Settlement])
    case look
    case stop
  }

  /// What it works with.
  let parts: Parts
  private let state = Monitor(State())
  private let pacing: Pacing
  private let loaders = WorkerPool(name: "send-file", threads: 1, queueLimit: 1024)
  private let thread = Locked<WorkerThread?>(nil)
  private let meters: SendMeters

  /// Nothing wakes later than this, so that a clock that was set back is noticed.
  private static let napMilliseconds: Int64 = 1000
  /// How long to wait before an outcome is stored again that could not be: the disk is full.
  private static let storeAgainMilliseconds: Int64 = 1000

  /// A dispatcher that does nothing before ``start()``.
  package init(_ parts: Parts) {
    self.parts = parts
    pacing = Pacing(startedAt: parts.clock.now())
    meters = SendMeters(parts.metrics)
  }

  /// Settles what the last run left under way, and starts.
  ///
  /// - Throws: ``StoreError`` when the database cannot be read or written.
  package func start() throws {
    for live in parts.directory.all {
      try Interrupted(parts).settle(live)
      enter(live)
    }
    let started = WorkerThread(name: "dispatcher") { [self] in run() }
    thread.withLock { $0 = started }
  }

  /// Claims nothing more, and waits for what is under way, at most so long. What is not back by
  /// then is in doubt, and settled at the next start. Calling it again does nothing.
  package func stop(withinMilliseconds: Int) {
    state.update { $0.stopping = true }
    let running = thread.withLock { thread in
      defer { thread = nil }
      return thread
    }
    running?.join()
    if running != nil {
      _ = state.wait(milliseconds: withinMilliseconds) { state in
        state.board.inFlightTotal == 0 && state.unstored.isEmpty ? true : nil
      }
    }
    loaders.stop()
  }

  /// There may be something to do for these channels: called after each commit that made it so.
  package func wake(_ channels: [ID<Channel>]) {
    let now = parts.clock.now()
    state.update { state in
      for channel in channels { state.board.wake(channel, now: now) }
    }
  }

  /// There is room again: called after each commit that wrote outcomes down.
  package func lookAgain() { state.update { _ in } }

  /// Looks at a channel anew: it was made, changed, paused or mended.
  package func refresh(_ live: LiveChannel) {
    let isKnown = state.withLock { $0.board.knows(live.channel.id) }
    do {
      // One that could not be used at the start may have been cut off in the last run.
      if !isKnown { try Interrupted(parts).settle(live) }
    } catch {
      parts.log.error(
        "what was under way on a channel could not be settled",
        [
          "channel_id": .string(live.channel.id.description),
          "reason": .string(StoreError.logDescription(of: error)),
        ])
    }
    enter(live)
  }

  private func enter(_ live: LiveChannel) {
    guard let sending = live.sending else { return }
    let channel = live.channel.id
    let known: ChannelState
    do {
      known = try parts.database.read { connection in try connection.state(of: channel) }
    } catch {
      // Without it a wait may be forgotten; the provider will say it again.
      parts.log.warning(
        "a channel's state could not be read",
        [
          "channel_id": .string(channel.description),
          "reason": .string(StoreError.logDescription(of: error)),
        ])
      known = ChannelState()
    }
    let now = parts.clock.now()
    let rate = Self.rate(live, sending)
    meters.know(live)
    state.update { state in
      state.board.set(live.channel, rate: rate, state: known, now: now)
      state.board.wake(channel, now: now)
    }
  }

  /// How many sends are under way.
  package var inFlight: Int { state.withLock { $0.board.inFlightTotal } }

  private static func rate(_ live: LiveChannel, _ sending: any Transport) -> SendRate {
    let policy = live.channel.policy
    let line = live.lines.first ?? .other
    let published = sending.rate(on: line, sender: live.channel.address)
    guard let own = policy.ratePerSecond else {
      return policy.burst.map { SendRate(perSecond: published.perSecond, burst: $0) } ?? published
    }
    return SendRate(perSecond: own, burst: policy.burst)
  }

  private func run() {
    while true {
      switch nextStep() {
      case .send(let sends): for send in sends { begin(send) }
      case .settle(let sends): for send in sends { search(send) }
      case .claim(let orders): for order in orders { claim(order) }
      case .store(let settlements): for settlement in settlements { store(settlement) }
      case .look: break
      case .stop: return
      }
    }
  }

  private func nextStep() -> Step {
    let now = parts.clock.now()
    let next = state.withLock { $0.board.next(now) }
    let wait = next.map { min(max($0.milliseconds(since: now), 0), Self.napMilliseconds) }
    let step: Step? = state.wait(milliseconds: Int(wait ?? Self.napMilliseconds)) { state in
      Self.step(&state, parts.clock.now(), before: next)
    }
    return step ?? .look
  }

  private static func step(_ state: inout State, _ now: Instant, before known: Instant?) -> Step? {
    if !state.ready.isEmpty {
      defer { state.ready = [] }
      return .send(state.ready)
    }
    if !state.settling.isEmpty {
      defer { state.settling = [] }
      return .settle(state.settling)
    }
    let due = state.unstored.filter { $0.at <= now }
    if !due.isEmpty {
      state.unstored.removeAll { $0.at <= now }
      return .store(due.map(\.1))
    }
    // A claim that is on its way has begun its attempts once it is on the disk: left unsent they
    // would be in doubt for ever.
    if state.stopping { return state.board.isClaiming ? nil : .stop }
    let orders = state.board.plan(now)
    if !orders.isEmpty { return .claim(orders) }
    // Something is to be done earlier than this wait ends.
    let next = state.board.next(now)
    if let next, known.map({ next < $0 }) ?? true { return .look }
    return nil
  }
}

// Claiming and sending.
extension Dispatcher {
  private func claim(_ order: DispatchBoard.Order) {
    guard let live = parts.directory[order.channel], let sending = live.sending else {
      return claimed(order.channel, SendTurn.Result())
    }
    parts.database.submit { [parts, pacing] transaction in
      var turn = SendTurn(
        transaction, live, sending, files: parts.files, directory: parts.directory, pacing: pacing)
      return try turn.run(order)
    } completion: { [self] result in
      switch result {
      case .success(let turn): claimed(order.channel, turn)
      case .failure(let error):
        parts.log.error(
          "nothing could be claimed",
          [
            "channel_id": .string(order.channel.description),
            "reason": .string(StoreError.logDescription(of: error)),
          ])
        var nothing = SendTurn.Result()
        nothing.nextDue = parts.clock.now().adding(milliseconds: Self.storeAgainMilliseconds)
        claimed(order.channel, nothing)
      }
    }
  }

  private func claimed(_ channel: ID<Channel>, _ turn: SendTurn.Result) {
    let now = parts.clock.now()
    for send in turn.leased {
      pacing.sent(
        Lane(channel: channel, recipient: send.delivery.recipient), Self.pace(send), now: now)
    }
    state.update { state in
      state.board.claimed(
        channel, turn.counts, weight: turn.weight, nextDue: turn.nextDue, now: now)
      state.ready += turn.leased
      state.settling += turn.settling
    }
  }

  /// How long a recipient is to be left alone after a part that has just been sent.
  func pause(_ send: LeasedSend, _ now: Instant) -> Int64 {
    let pace = Self.pace(send)
    guard pace.burst > 1 else { return pace.pauseMilliseconds }
    let lane = Lane(channel: send.live.channel.id, recipient: send.delivery.recipient)
    return max(0, pacing.earliest(lane, pace).milliseconds(since: now))
  }

  private static func pace(_ send: LeasedSend) -> Pace {
    Pace(send.live, send.sending, send.delivery.recipient, send.delivery.transport)
  }

  private func begin(_ send: LeasedSend) {
    let now = parts.clock.now()
    let until = state.withLock { $0.board.notBefore(send.live.channel.id) }
    if let until, until > now { return withhold(send, until, now) }
    let startedAt = monotonicNanoseconds()
    SendRun(
      send, caller: parts.caller, files: parts.files, loaders: loaders,
      boundary: Hex.encode(parts.random.bytes(16))
    ) { [self] run, outcome in
      meters.sent(send, outcome, seconds: Double(monotonicNanoseconds() - startedAt) / 1e9)
      finish(run, outcome)
    }.start()
  }

  /// The provider asked to wait while this was claimed: it has not left, and does not now.
  private func withhold(_ send: LeasedSend, _ until: Instant, _ now: Instant) {
    let outcome = SendOutcome(
      .retry(afterMilliseconds: until.milliseconds(since: now), scope: .channel),
      note: "it was not sent: the provider had just asked to wait")
    store(
      Settlement(
        send: send, outcome: outcome, decision: .waitForChannel, word: outcome.word,
        exchanges: Array("[]".utf8), endedAt: now, pauseMilliseconds: 0))
  }

  private func finish(_ run: SendRun, _ outcome: SendOutcome) {
    let send = run.send
    var outcome = outcome
    // A provider's words may repeat what it was told.
    outcome.error = outcome.error.map(run.record.mask.hide)
    let now = parts.clock.now()
    let machine = DeliveryMachine(
      policy: send.live.channel.policy, canSettle: send.sending is any StatusLookup)
    let decision = machine.decide(
      outcome, for: send.delivery, now: now, jitter: Double(parts.random.below(1000)) / 1000)
    var settlement = Settlement(
      send: send, outcome: outcome, decision: decision, word: outcome.word,
      exchanges: run.record.rendered, endedAt: now, pauseMilliseconds: pause(send, now))
    note(outcome, run.wasAnswered, &settlement, now)
    store(settlement)
  }

  /// What an outcome means for the channel: known here before it is on the disk, so that nothing
  /// goes in between.
  private func note(
    _ outcome: SendOutcome, _ wasAnswered: Bool, _ settlement: inout Settlement, _ now: Instant
  ) {
    let channel = settlement.send.live.channel.id
    let recipient = settlement.send.delivery.recipient
    let (known, breaker) = state.update { state -> (ChannelState?, Breaker.Change?) in
      var isNews = false
      // A wait for advertisements alone is kept in the database: everything else goes on.
      if case .retry(let after?, let scope) = outcome.verdict, outcome.marketingPause == nil {
        let until = now.adding(milliseconds: Self.wait(after))
        // A limit of one person's, such as a day without advertisements, says nothing of others.
        let isOfAll =
          after <= Self.throttleMostMilliseconds
          && state.board.throttled(channel, recipient: recipient.key, now: now)
        if scope == .channel || isOfAll, state.board.hold(channel, until: until) { isNews = true }
      }
      let change: Breaker.Change? =
        switch outcome.verdict {
        case .channelBroken: state.board.broken(channel, now: now)
        case .ambiguous: state.board.unanswered(channel, now: now)
        case .retry where !wasAnswered: state.board.unanswered(channel, now: now)
        default: state.board.answered(channel)
        }
      isNews = isNews || change != nil
      return (isNews ? state.board.state(of: channel, reason: outcome.error?.title) : nil, change)
    }
    if case .retry(let after?, .recipient) = outcome.verdict, outcome.marketingPause == nil {
      pacing.hold(
        Lane(channel: channel, recipient: recipient),
        until: now.adding(milliseconds: Self.wait(after)), now: now)
    }
    settlement.breaker = breaker
    settlement.channelState = known
    if let breaker { meters.broke(settlement.send.live, breaker == .opened) }
  }

  /// The longest wait of single recipients that may mean that all of the channel is too fast: an
  /// hour. Longer ones are limits of their own.
  private static let throttleMostMilliseconds: Int64 = 3_600_000

  /// How long a provider may make us wait: what it says is a stranger's number.
  private static func wait(_ milliseconds: Int64) -> Int64 {
    min(milliseconds, DeliveryMachine.waitMostMilliseconds)
  }

  /// Writes down what came of an attempt, again and again while the disk does not take it.
  func store(_ settlement: Settlement) {
    let send = settlement.send
    parts.database.submit { transaction in
      transaction.wake(.room)
      return try settlement.store(transaction)
    } completion: { [self] result in
      switch result {
      case .success(let isOurs):
        if !isOurs {
          parts.log.warning(
            "an outcome came too late to count",
            ["delivery_id": .string(send.delivery.id.description)])
        }
        finished(send)
      case .failure(let error):
        // Nothing is lost: it is in memory until the disk takes it. Should the program end before,
        // the delivery is in doubt.
        parts.log.error(
          "an outcome could not be stored",
          [
            "delivery_id": .string(send.delivery.id.description),
            "outcome": .string(settlement.word),
            "reason": .string(StoreError.logDescription(of: error)),
          ])
        let isLater = (error as? StoreError)?.decision == .later
        let at = parts.clock.now().adding(milliseconds: Self.storeAgainMilliseconds)
        if isLater {
          state.update { $0.unstored.append((at, settlement)) }
        } else {
          giveUp(send)
        }
      }
    }
  }

  /// Something in us cannot write the outcome down. Nobody may send it again, and those behind it
  /// must not wait for ever: it is in doubt for good, until a person looks.
  private func giveUp(_ send: LeasedSend) {
    parts.database.submit { transaction in
      transaction.wake(.room)
      var delivery = send.delivery
      _ = try Recorder(transaction, send.live.channel, receipt: nil).end(
        &delivery, as: .unknown, error: Self.unwritten)
    } completion: { [self] _ in
      finished(send)
    }
  }

  private static let unwritten = ProviderError(
    code: "unwritten", title: "The gateway could not write down what came of it",
    errorClass: "unknown")

  private func finished(_ send: LeasedSend) {
    let now = parts.clock.now()
    // Wakes nobody by itself: a commit has many outcomes, and one wake behind them all. Only
    // whoever waits for the end has to hear of each.
    let isStopping = state.withLock { state in
      state.board.finished(send.live.channel.id, send.delivery.priority, now: now)
      return state.stopping
    }
    if isStopping { lookAgain() }
  }
}
