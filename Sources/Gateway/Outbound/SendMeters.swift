/// What is counted of sending, by channel.
final class SendMeters: Sendable {
  private struct Meter {
    let outcomes: [String: Metrics.Counter]
    let seconds: Metrics.Histogram
    let broken: Locked<Bool>
  }

  private let metrics: Metrics
  private let meters = Locked<[ID<Channel>: Meter]>([:])

  /// Counts into `metrics`.
  init(_ metrics: Metrics) { self.metrics = metrics }

  /// Counts for a channel from now on.
  func know(_ live: LiveChannel) {
    let id = live.channel.id
    if meters.withLock({ $0[id] != nil }) { return }
    let labels = [("channel", id.description), ("provider", live.channel.provider)]
    let outcomes = SendOutcome.words.map { word in
      (
        word,
        metrics.counter(
          "trunkline_sends_total", help: "Attempts that ended, by outcome.",
          labels + [("outcome", word)])
      )
    }
    let broken = Locked(false)
    metrics.gauge(
      "trunkline_channel_broken", help: "1 while a channel cannot send.", labels
    ) { broken.withLock { $0 } ? 1 : 0 }
    let meter = Meter(
      outcomes: Dictionary(uniqueKeysWithValues: outcomes),
      seconds: metrics.histogram(
        "trunkline_send_seconds", help: "How long an attempt took, with all its requests.",
        labels), broken: broken)
    meters.withLock { $0[id] = meter }
  }

  /// An attempt has ended.
  func sent(_ send: LeasedSend, _ outcome: SendOutcome, seconds: Double) {
    guard let meter = meters.withLock({ $0[send.live.channel.id] }) else { return }
    meter.outcomes[outcome.word]?.add()
    meter.seconds.observe(seconds: seconds)
  }

  /// A channel broke, or works again.
  func broke(_ live: LiveChannel, _ isBroken: Bool) {
    meters.withLock { $0[live.channel.id] }?.broken.withLock { $0 = isBroken }
  }
}
