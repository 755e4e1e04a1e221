/// Keeps a channel that cannot send from trying with every message: opens, lets one try now and
/// then, closes when one succeeds.
struct Breaker: Equatable, Sendable {
  /// Where it stands.
  enum State: String, Sendable {
    /// Everything goes.
    case closed
    /// Nothing goes until the next probe.
    case open
    /// One is under way, to see.
    case probing
  }

  /// What an outcome did to it.
  enum Change: Equatable, Sendable {
    case opened
    case closed
  }

  /// Where it stands.
  private(set) var state = State.closed
  /// How many failures came one after another.
  private(set) var failures: Int64 = 0
  /// When the next probe may go.
  private(set) var probeAt: Instant?
  /// How often it opened without having been closed.
  private var openings = 0

  /// So many connections that fail one after another mean that nobody is there. A single one says
  /// nothing.
  static let failuresMax: Int64 = 5
  /// The first probe goes after half a minute, and later ones ever later: whoever mends the channel
  /// closes it at once.
  static let probeFirstMilliseconds: Int64 = 30_000
  /// A quarter of an hour is the longest that a channel which works again is not used.
  static let probeMostMilliseconds: Int64 = 900_000

  /// A closed one, or one that was open before a restart: then it probes at once.
  init(wasOpen: Bool = false, now: Instant) {
    if wasOpen {
      state = .open
      probeAt = now
    }
  }

  /// How many may be sent now, of `wanted`.
  func allowance(_ wanted: Int, now: Instant) -> Int {
    switch state {
    case .closed: wanted
    case .open: (probeAt.map { $0 <= now } ?? true) ? min(1, wanted) : 0
    case .probing: 0
    }
  }

  /// Notes that something was sent.
  mutating func sent() { if state == .open { state = .probing } }

  /// Notes that what was to be the probe did not go: the next may.
  mutating func notSent() { if state == .probing { state = .open } }

  /// Somebody has changed the channel: worth a try.
  mutating func mended(_ now: Instant) { if state == .open { probeAt = now } }

  /// The provider answered, whatever it said of the message.
  mutating func answered() -> Change? {
    failures = 0
    guard state != .closed else { return nil }
    state = .closed
    openings = 0
    probeAt = nil
    return .closed
  }

  /// Nobody answered.
  mutating func unanswered(_ now: Instant) -> Change? {
    failures += 1
    return failures >= Self.failuresMax || state != .closed ? open(now) : nil
  }

  /// The provider said that nothing can be sent on this channel.
  mutating func broken(_ now: Instant) -> Change? { open(now) }

  private mutating func open(_ now: Instant) -> Change? {
    let wasClosed = state == .closed
    // What was under way when it opened fails too, and must not count as another probe.
    if state == .open { return nil }
    state = .open
    let wait = Self.probeFirstMilliseconds << Int64(min(openings, 10))
    probeAt = now.adding(milliseconds: min(wait, Self.probeMostMilliseconds))
    openings += 1
    return wasClosed ? .opened : nil
  }
}
