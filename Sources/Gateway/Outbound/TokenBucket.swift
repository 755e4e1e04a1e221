/// How fast a channel sends: a bucket that fills with time and may owe, so that a long SMS of seven
/// segments goes at once and is paid for afterwards.
struct TokenBucket: Equatable, Sendable {
  /// How fast it fills and how much it holds.
  private(set) var rate: SendRate
  private var tokens: Double
  private var filledAt: Instant
  /// What counts as a token: a little less, so that sums of fractions that make one by the book are
  /// not a millisecond apart by the way they were added up.
  private static let whole = 1 - 1e-6

  /// A bucket that holds one token: after a start nobody knows what was sent just before it.
  init(_ rate: SendRate, now: Instant) {
    self.rate = rate
    tokens = min(1, rate.burst)
    filledAt = now
  }

  /// Goes on with another rate; what is owed stays owed.
  mutating func set(_ rate: SendRate, now: Instant) {
    fill(now)
    self.rate = rate
    tokens = min(tokens, rate.burst)
  }

  /// How many may go now.
  mutating func available(_ now: Instant) -> Int {
    fill(now)
    return tokens < Self.whole ? 0 : max(1, Int(tokens))
  }

  /// Takes what was sent.
  mutating func take(_ weight: Int) { tokens -= Double(weight) }

  /// When one may go again.
  func next(_ now: Instant) -> Instant {
    if tokens >= Self.whole { return now }
    let milliseconds = (Self.whole - tokens) / rate.perSecond * 1000
    return filledAt.adding(milliseconds: Int64(milliseconds.rounded(.up)))
  }

  /// Fills with what time has brought.
  mutating func fill(_ now: Instant) {
    let milliseconds = now.milliseconds(since: filledAt)
    guard milliseconds > 0 else {
      // The machine's clock was set back: filling goes on from where it stands now.
      if milliseconds < 0 { filledAt = now }
      return
    }
    tokens = min(rate.burst, tokens + Double(milliseconds) * rate.perSecond / 1000)
    filledAt = now
  }
}
