import Gateway

/// What the stand-ins were asked, what they accepted, and what was wrong about it.
package final class ProviderLedger: Sendable {
  /// How much is remembered.
  package enum Detail: Sendable {
    /// Numbers alone: for measuring.
    case counts
    /// Every request.
    case full
  }

  /// What came of a request.
  package enum Outcome: Equatable, Sendable {
    /// A message was accepted under this id.
    case accepted(id: String)
    /// A message was accepted under this id, and the client was told something else.
    case acceptedThen(ProviderFault, id: String)
    /// Nothing was accepted, by script.
    case failed(ProviderFault)
    /// Too fast: answered 429.
    case limited
    /// Refused with a code of the provider's.
    case refused(code: Int)
    /// Answered; there was nothing to accept.
    case answered

    /// The id of the message, where one was accepted.
    package var id: String? {
      switch self {
      case .accepted(let id), .acceptedThen(_, let id): id
      case .failed, .limited, .refused, .answered: nil
      }
    }
  }

  /// One request.
  package struct Entry: Equatable, Sendable {
    /// Its number, from 1.
    package let number: Int
    /// When it came.
    package let at: Instant
    /// `twilio` or `telegram`.
    package let provider: String
    /// What was wanted: `messages.create`, `sendMessage`.
    package let operation: String
    /// Who sends: a number, a Messaging Service, a bot's id.
    package let sender: String
    /// Who is to get it; empty where nobody is.
    package let recipient: String
    /// What it says: the text, or the media's address.
    package let text: String
    /// The sender's own id of the message, from `m=` of the address for callbacks.
    package let ourID: String?
    /// What came of it.
    package let outcome: Outcome
  }

  /// Something a client must not do.
  package struct Violation: Equatable, Sendable {
    /// What.
    package enum Kind: Equatable, Sendable {
      /// Faster than the provider's limit.
      case limit
      /// Before the `Retry-After` it was given had passed.
      case retryAfter
    }

    /// What.
    package let kind: Kind
    /// When.
    package let at: Instant
    /// For whom: `sender`, or `sender>recipient`.
    package let scope: String
    /// How much too early, in milliseconds.
    package let earlyMilliseconds: Int64
    /// The number of the request.
    package let number: Int
  }

  /// The numbers.
  package struct Counts: Equatable, Sendable {
    /// Requests of any kind.
    package var requests = 0
    /// Messages accepted.
    package var accepted = 0
    /// Sends that failed by script, with a message accepted or not.
    package var faults = 0
    /// Sends refused with a code.
    package var refused = 0
    /// Violations of limits.
    package var limitViolations = 0
    /// Violations of `Retry-After`.
    package var retryAfterViolations = 0
    /// Messages accepted a second time. Only known with ``Detail/full``.
    package var duplicates = 0
    /// Callbacks the client took with 2xx.
    package var callbacksDelivered = 0
    /// Callbacks it did not take.
    package var callbacksFailed = 0
  }

  private struct Key: Hashable {
    let recipient: String
    let ourID: String?
    let text: String
  }

  private struct State {
    var counts = Counts()
    var entries: [Entry] = []
    var accepted: [String: [Int]] = [:]
    var seen: Set<Key> = []
    var duplicates: [Int] = []
    var violations: [Violation] = []
  }

  private let detail: Detail
  private let observer: (@Sendable (Entry) -> Void)?
  private let state = Locked(State())

  /// Violations are kept up to this many, so that a run gone wrong does not fill the memory.
  private static let violationsMax = 10_000

  /// An empty ledger; `observer` is told of every request.
  init(_ detail: Detail, observer: (@Sendable (Entry) -> Void)?) {
    self.detail = detail
    self.observer = observer
  }

  /// The numbers so far.
  package var counts: Counts { state.withLock(\.counts) }

  /// Every request, in the order in which they were decided. Empty with ``Detail/counts``.
  package var entries: [Entry] { state.withLock(\.entries) }

  /// The messages accepted for one recipient, in order. Empty with ``Detail/counts``.
  package func accepted(to recipient: String) -> [Entry] {
    state.withLock { state in (state.accepted[recipient] ?? []).map { state.entries[$0] } }
  }

  /// Everybody a message was accepted for.
  package var recipients: [String] { state.withLock { $0.accepted.keys.sorted() } }

  /// Messages that were accepted although the same one had been before: the same text with the same
  /// id of the sender's, to the same recipient.
  package var duplicates: [Entry] {
    state.withLock { state in state.duplicates.map { state.entries[$0] } }
  }

  /// The first violations.
  package var violations: [Violation] { state.withLock(\.violations) }

  /// Forgets everything.
  package func clear() { state.withLock { $0 = State() } }

  /// Writes a request down.
  func add(_ entry: Entry) {
    state.withLock { state in
      state.counts.requests += 1
      switch entry.outcome {
      case .accepted: state.counts.accepted += 1
      case .acceptedThen:
        state.counts.accepted += 1
        state.counts.faults += 1
      case .failed: state.counts.faults += 1
      case .refused: state.counts.refused += 1
      case .limited, .answered: break
      }
      guard detail == .full else { return }
      let index = state.entries.count
      state.entries.append(entry)
      guard entry.outcome.id != nil else { return }
      state.accepted[entry.recipient, default: []].append(index)
      let key = Key(recipient: entry.recipient, ourID: entry.ourID, text: entry.text)
      if !state.seen.insert(key).inserted {
        state.counts.duplicates += 1
        state.duplicates.append(index)
      }
    }
    observer?(entry)
  }

  /// Writes a violation down.
  func add(_ violation: Violation) {
    state.withLock { state in
      switch violation.kind {
      case .limit: state.counts.limitViolations += 1
      case .retryAfter: state.counts.retryAfterViolations += 1
      }
      if state.violations.count < Self.violationsMax { state.violations.append(violation) }
    }
  }

  /// Counts a callback.
  func countCallback(delivered: Bool) {
    state.withLock { state in
      if delivered {
        state.counts.callbacksDelivered += 1
      } else {
        state.counts.callbacksFailed += 1
      }
    }
  }
}
