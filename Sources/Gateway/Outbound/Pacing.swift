/// When each recipient may be written to next, for channels whose provider limits that. Held in
/// memory: what waits is in the database with its time, this is for lanes that are empty.
final class Pacing: Sendable {
  private struct State {
    var earliest: [Lane: Instant] = [:]
    var pruneAt = 1024
  }

  private let state = Locked(State())
  private let startedAt: Instant

  /// Nobody was written to; what was before a restart is not known.
  init(startedAt: Instant) { self.startedAt = startedAt }

  /// When a lane may be used next.
  func earliest(_ lane: Lane, pauseMilliseconds: Int64) -> Instant {
    let known = state.withLock { $0.earliest[lane] }
    // Just before a restart somebody may have been written to.
    return known ?? startedAt.adding(milliseconds: pauseMilliseconds)
  }

  /// A lane must not be used before `instant`.
  func hold(_ lane: Lane, until instant: Instant, now: Instant) {
    state.withLock { state in
      if let known = state.earliest[lane], known >= instant { return }
      state.earliest[lane] = instant
      guard state.earliest.count >= state.pruneAt else { return }
      state.earliest = state.earliest.filter { $0.value > now }
      state.pruneAt = max(1024, state.earliest.count * 2)
    }
  }
}
