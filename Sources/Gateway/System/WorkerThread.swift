import CLinux
import Glibc

/// One named operating-system thread.
///
/// Used where a C library must be called from one thread (SQLite's writer), or blocks. Swift's own
/// pool has as many threads as cores: a blocked one would be half of this machine.
// `@unchecked Sendable` is safe because the handle is written in `init` and read once in `join`.
package final class WorkerThread: @unchecked Sendable {
  private var thread: pthread_t
  private let joined = Locked(false)

  private final class Start {
    let name: String
    let body: @Sendable () -> Void
    init(name: String, body: @escaping @Sendable () -> Void) {
      self.name = name
      self.body = body
    }
  }

  /// Starts a thread that runs `body` and ends. Linux shows at most 15 bytes of `name`.
  package init(name: String, _ body: @escaping @Sendable () -> Void) {
    thread = pthread_t()
    // Retained here, released by the new thread: exactly once each.
    let start = Unmanaged.passRetained(Start(name: name, body: body))
    let result = pthread_create(
      &thread, nil,
      { pointer in
        guard let pointer else { return nil }
        let start = Unmanaged<Start>.fromOpaque(pointer).takeRetainedValue()
        _ = pthread_setname_np(pthread_self(), String(start.name.prefix(15)))
        start.body()
        return nil
      }, start.toOpaque())
    precondition(result == 0, "the system refused a thread: error \(result)")
  }

  deinit {
    // Nobody can wait for it any more: the system may forget it when it ends.
    if !joined.withLock({ $0 }) { pthread_detach(thread) }
  }

  /// Waits until the thread has ended. Calling it again does nothing.
  package func join() {
    let first = joined.withLock { joined in
      defer { joined = true }
      return !joined
    }
    if first { pthread_join(thread, nil) }
  }
}

/// Threads that run blocking work off the caller's thread, first come first served.
package final class WorkerPool: Sendable {
  private struct State {
    var jobs = Deque<@Sendable () -> Void>()
    var stopping = false
  }

  private let state = Monitor(State())
  private let threads: Locked<[WorkerThread]>
  private let queueLimit: Int

  /// Starts `threads` threads; more than `queueLimit` waiting jobs are refused.
  package init(name: String, threads count: Int, queueLimit: Int) {
    self.queueLimit = queueLimit
    threads = Locked([])
    let started = (0..<count).map { index in
      WorkerThread(name: "\(name)-\(index)") { [state] in Self.run(state) }
    }
    threads.withLock { $0 = started }
  }

  /// Queues `job`. False when the queue is full or the pool is stopping: the caller answers "busy".
  package func submit(_ job: @escaping @Sendable () -> Void) -> Bool {
    state.update { state in
      guard !state.stopping, state.jobs.count < queueLimit else { return false }
      state.jobs.append(job)
      return true
    }
  }

  /// Finishes what is queued and ends the threads. Calling it again does nothing.
  package func stop() {
    state.update { $0.stopping = true }
    for thread in threads.withLock({ $0 }) { thread.join() }
  }

  private static func run(_ state: Monitor<State>) {
    while true {
      let job: (@Sendable () -> Void)? = state.wait { state in
        if let job = state.jobs.popFirst() { return .some(job) }
        return state.stopping ? .some(nil) : .none
      }
      guard let job else { return }
      job()
    }
  }
}

/// A first-in first-out queue in one array, without moving elements at each removal.
package struct Deque<Element> {
  private var items: [Element?] = []
  private var head = 0

  /// An empty queue.
  package init() {}

  /// How many elements wait.
  package var count: Int { items.count - head }

  /// Adds at the end.
  package mutating func append(_ element: Element) { items.append(element) }

  /// Takes from the front, `nil` when empty.
  package mutating func popFirst() -> Element? {
    guard head < items.count else { return nil }
    let element = items[head]
    items[head] = nil
    head += 1
    if head == items.count {
      items.removeAll(keepingCapacity: head <= 1024)
      head = 0
    } else if head > 1024, head * 2 > items.count {
      items.removeFirst(head)
      head = 0
    }
    return element
  }
}
