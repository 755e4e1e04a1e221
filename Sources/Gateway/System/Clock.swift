import Glibc

/// Where the program learns what time it is. Injected, so that tests move time by hand.
package protocol Clock: Sendable {
  /// The present wall-clock time.
  func now() -> Instant
}

/// The machine's own clock.
package struct SystemClock: Clock {
  /// The machine's own clock.
  package init() {}

  /// The present wall-clock time, in whole milliseconds.
  package func now() -> Instant {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Instant(
      millisecondsSinceEpoch: Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000)
  }
}

/// A clock that moves only when told to.
package final class ManualClock: Clock {
  private let time: Locked<Instant>

  /// A clock that stands at `start`.
  package init(_ start: Instant) { time = Locked(start) }

  /// Where the clock stands.
  package func now() -> Instant { time.withLock { $0 } }

  /// Moves the clock forward.
  package func advance(milliseconds: Int64) {
    time.withLock { $0 = $0.adding(milliseconds: milliseconds) }
  }
}

/// Nanoseconds of a clock that never steps: for measuring how long something took.
package func monotonicNanoseconds() -> UInt64 {
  var time = timespec()
  clock_gettime(CLOCK_MONOTONIC, &time)
  return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
}
