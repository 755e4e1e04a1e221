import Gateway

/// Does things later, one after another for each message: mostly status callbacks.
final class StatusPlayer: Sendable {
  /// One step of one message.
  struct Step: Sendable {
    /// After the step before.
    var delayMilliseconds: Int
    /// Takes note of the step, and says what to send for it; `nil` for nothing.
    var run: @Sendable () -> HTTPRequest?
  }

  private struct Play: Sendable {
    var steps: ArraySlice<Step>
  }

  private struct State {
    var queue = StatusQueue<Play>()
    var unfinished = 0
    var stopping = false
  }

  private let ledger: ProviderLedger
  private let sender = StatusSender()
  private let state = Monitor(State())
  private let thread = Locked<WorkerThread?>(nil)

  /// A player that counts its callbacks in `ledger`.
  init(ledger: ProviderLedger) { self.ledger = ledger }

  /// Plays from now on.
  func start() {
    let thread = WorkerThread(name: "sim-status") { [weak self, state] in
      while let due = Self.next(state) {
        for play in due { self?.step(play) }
      }
    }
    self.thread.withLock { $0 = thread }
  }

  /// Ends; what has not begun is dropped. Calling it again does nothing.
  func stop() {
    state.update { state in
      state.stopping = true
      state.queue = StatusQueue()
    }
    thread.withLock { thread in
      defer { thread = nil }
      return thread
    }?.join()
    sender.stop()
  }

  /// Plays the steps of one message.
  func play(_ steps: [Step]) {
    guard !steps.isEmpty else { return }
    enqueue(Play(steps: steps[...]), isNew: true)
  }

  /// Waits until nothing is left to do; false after `milliseconds`.
  func waitUntilIdle(milliseconds: Int) -> Bool {
    state.wait(milliseconds: milliseconds) {
      $0.unfinished == 0 || $0.stopping ? true : nil
    } ?? false
  }

  private func enqueue(_ play: Play, isNew: Bool = false) {
    guard let first = play.steps.first else {
      state.update { $0.unfinished -= 1 }
      return
    }
    let due =
      monotonicNanoseconds() + UInt64(max(0, first.delayMilliseconds)) * 1_000_000
    state.update { state in
      if isNew { state.unfinished += 1 }
      if !state.stopping { state.queue.insert(play, due: due) }
    }
  }

  /// Runs a step and queues the next when its callback has been answered: so they arrive in order.
  private func step(_ play: Play) {
    var rest = play
    guard let step = rest.steps.popFirst() else { return }
    let following = rest
    guard let request = step.run() else { return enqueue(following) }
    sender.send(request) { [weak self] isTaken in
      guard let self else { return }
      ledger.countCallback(delivered: isTaken)
      enqueue(following)
    }
  }

  /// Waits for what is due; `nil` when the player stops.
  private static func next(_ state: Monitor<State>) -> [Play]? {
    while true {
      let now = monotonicNanoseconds()
      let (isOver, due, first) = state.withLock { state in
        (state.stopping, state.queue.popAll(until: now), state.queue.firstDue)
      }
      if isOver { return nil }
      if !due.isEmpty { return due }
      let wait = first.map { Int(($0 - min(now, $0)) / 1_000_000) + 1 } ?? idleMilliseconds
      _ = state.wait(milliseconds: wait) { state -> Bool? in
        state.stopping || state.queue.firstDue != first ? true : nil
      }
    }
  }

  /// With nothing to do it looks again after a minute; anything new wakes it.
  private static let idleMilliseconds = 60_000
}

/// Sends callbacks: the one place that knows how.
///
/// On threads of its own with the client that blocks; each callback is a connection, as Twilio's
/// mostly are.
private final class StatusSender: Sendable {
  /// Callbacks under way at a time.
  private static let threads = 8
  /// Callbacks that wait for a thread; more are given up.
  private static let waitingMax = 1_000_000

  /// Twilio gives up after 15 s.
  private let client = HTTPClient(
    connectTimeoutMilliseconds: 5000, totalTimeoutMilliseconds: 15_000, bodyBytesMax: 1 << 20)
  private let pool = WorkerPool(
    name: "sim-callback", threads: StatusSender.threads, queueLimit: StatusSender.waitingMax)
  private let stopping = Locked(false)

  /// Sends, and says whether it was taken with 2xx.
  func send(_ request: HTTPRequest, _ completion: @escaping @Sendable (Bool) -> Void) {
    let isQueued = pool.submit { [client, stopping] in
      guard !stopping.withLock({ $0 }) else { return completion(false) }
      let response = try? client.send(request)
      completion(response.map { (200...299).contains($0.status) } ?? false)
    }
    if !isQueued { completion(false) }
  }

  /// Ends when those under way have.
  func stop() {
    stopping.withLock { $0 = true }
    pool.stop()
  }
}

/// What is to be done when, the soonest first: a binary heap; what is due at the same time keeps
/// its order.
struct StatusQueue<Element> {
  private struct Item {
    let due: UInt64
    let serial: UInt64
    let element: Element

    func isBefore(_ other: Item) -> Bool {
      due != other.due ? due < other.due : serial < other.serial
    }
  }

  private var items: [Item] = []
  private var serial: UInt64 = 0

  /// An empty queue.
  init() {}

  /// When the first is due.
  var firstDue: UInt64? { items.first?.due }

  /// Adds an element.
  mutating func insert(_ element: Element, due: UInt64) {
    serial += 1
    items.append(Item(due: due, serial: serial, element: element))
    var index = items.count - 1
    while index > 0, items[index].isBefore(items[(index - 1) / 2]) {
      items.swapAt(index, (index - 1) / 2)
      index = (index - 1) / 2
    }
  }

  /// Takes all that are due.
  mutating func popAll(until now: UInt64) -> [Element] {
    var due: [Element] = []
    while let first = items.first, first.due <= now {
      due.append(first.element)
      let last = items.removeLast()
      if !items.isEmpty { sink(last) }
    }
    return due
  }

  /// Puts an item at the root and lets it down to its place.
  private mutating func sink(_ item: Item) {
    items[0] = item
    var index = 0
    while true {
      var least = index
      for child in [2 * index + 1, 2 * index + 2]
      where child < items.count && items[child].isBefore(items[least]) {
        least = child
      }
      if least == index { return }
      items.swapAt(index, least)
      index = least
    }
  }
}
