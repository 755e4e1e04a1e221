/// When each recipient may be written to next, for channels whose provider limits that. Held in
/// memory: what waits is in the database with its time, this is for lanes that are empty.
final class Pacing: Sendable {
  private struct Entry {
    /// When the recipient's credit is full again, by what was sent to them.
    var paidAt = Instant(millisecondsSinceEpoch: 0)
    /// Before when the provider wants nothing for them.
    var notBefore = Instant(millisecondsSinceEpoch: 0)

    var end: Instant { max(paidAt, notBefore) }
  }

  private struct State {
    var lanes: [Lane: Entry] = [:]
    var pruneAt = 1024
  }

  private let state = Locked(State())
  private let startedAt: Instant

  /// Nobody was written to; what was before a restart is not known.
  init(startedAt: Instant) { self.startedAt = startedAt }

  /// When a lane may be used next: as many as the burst holds go at once, then one each pause, and
  /// the credit comes back at the same pace.
  func earliest(_ lane: Lane, _ pace: Pace) -> Instant {
    let known = state.withLock { $0.lanes[lane] }
    // Just before a restart somebody may have been written to as often as is allowed.
    let paidAt = known?.paidAt ?? startedAt.adding(milliseconds: pace.fullMilliseconds)
    let allowed = paidAt.adding(milliseconds: pace.pauseMilliseconds - pace.fullMilliseconds)
    return max(allowed, known?.notBefore ?? allowed)
  }

  /// A message goes to a lane now.
  func sent(_ lane: Lane, _ pace: Pace, now: Instant) {
    guard pace.pauseMilliseconds > 0 else { return }
    change(lane, now) { entry, isNew in
      let paidAt =
        isNew ? startedAt.adding(milliseconds: pace.fullMilliseconds) : entry.paidAt
      // At most all of the credit is used: one that goes earlier than it may owes no more.
      entry.paidAt = min(
        max(paidAt, now).adding(milliseconds: pace.pauseMilliseconds),
        now.adding(milliseconds: pace.fullMilliseconds))
    }
  }

  /// A lane must not be used before `instant`: the provider's word, whatever credit is left.
  func hold(_ lane: Lane, until instant: Instant, now: Instant) {
    change(lane, now) { entry, isNew in
      if isNew { entry.paidAt = now }
      entry.notBefore = max(entry.notBefore, instant)
    }
  }

  private func change(_ lane: Lane, _ now: Instant, _ edit: (inout Entry, Bool) -> Void) {
    state.withLock { state in
      let known = state.lanes[lane]
      var entry = known ?? Entry()
      edit(&entry, known == nil)
      state.lanes[lane] = entry
      guard state.lanes.count >= state.pruneAt else { return }
      state.lanes = state.lanes.filter { $0.value.end > now }
      state.pruneAt = max(1024, state.lanes.count * 2)
    }
  }
}

/// How often one recipient may be written to.
struct Pace: Equatable, Sendable {
  /// The least time between two messages, in the long run; 0 for no limit.
  let pauseMilliseconds: Int64
  /// How many may go at once after a pause, at least 1.
  let burst: Int64

  /// More is no limit, and times must stay within what can be counted.
  private static let burstMax = 10_000

  /// A pace.
  init(pauseMilliseconds: Int64, burst: Int) {
    self.pauseMilliseconds = max(0, pauseMilliseconds)
    self.burst = Int64(min(max(burst, 1), Self.burstMax))
  }

  /// The pace of a channel to a recipient: its policy's, or the provider's. A pause that was set by
  /// hand comes without the provider's burst, which belongs to the provider's pause.
  init(_ live: LiveChannel, _ sending: any Transport, _ recipient: Recipient, _ line: TransportKind)
  {
    let policy = live.channel.policy
    let own = policy.recipientPauseMilliseconds
    self.init(
      pauseMilliseconds: own ?? sending.pauseMilliseconds(to: recipient, on: line),
      burst: policy.recipientBurst ?? (own == nil ? sending.burst(to: recipient, on: line) : 1))
  }

  /// How long it takes until all of the burst may go again.
  var fullMilliseconds: Int64 { pauseMilliseconds * burst }
}
