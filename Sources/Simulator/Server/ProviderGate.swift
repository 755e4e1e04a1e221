import Gateway

/// Decides what happens to a request before the provider looks at it: outages, limits, and failures
/// by script and by chance.
///
/// State is by sender and by recipient, in many small tables with a lock each: two requests meet at
/// a lock only where they meet at the provider too.
final class ProviderGate: Sendable {
  /// Who sends what to whom.
  struct Passage: Sendable {
    /// The provider with the sender: `twilio:+1206…`.
    var sender: String
    /// The recipient; `nil` for a request that sends nothing.
    var recipient: String?
    /// What it counts against the sender's limit.
    var weight = 1.0
    /// The sender's limit.
    var senderRate: ProviderScript.Limits.Rate?
    /// The recipient's limit.
    var recipientRate: ProviderScript.Limits.Rate?
    /// Whether the provider says how long to wait: only then is it wrong not to.
    var tellsWait = true
  }

  /// What happens.
  enum Verdict: Equatable, Sendable {
    /// It goes on; the send is the recipient's `ordinal`th, and `fault` follows the acceptance.
    case pass(ordinal: Int, fault: ProviderFault?)
    /// It ends here.
    case fail(ProviderFault, ordinal: Int)
    /// Too fast: for the recipient, or as a whole.
    case limited(seconds: Int, isPair: Bool)
  }

  private struct Scope {
    var ordinal = 0
    var faultsInRow = 0
    var tokens = 0.0
    var refilledAt: Instant?
    var blockedAt = Instant(millisecondsSinceEpoch: 0)
    var blockedUntil = Instant(millisecondsSinceEpoch: 0)
  }

  private let script: ProviderScript
  private let ledger: ProviderLedger
  private let startedAt: Instant
  private let tables: [Locked<[String: Scope]>]
  /// The kinds of failure, each as often as its weight.
  private let mix: [ProviderFault]

  /// A millionth of a millisecond: sums of fractions are not exact.
  private static let inexactness = 1e-6

  /// Far more than there are processors: two requests at a time hardly meet.
  private static let tableCount = 64

  /// A gate that opens now.
  init(_ script: ProviderScript, ledger: ProviderLedger, now: Instant) {
    self.script = script
    self.ledger = ledger
    startedAt = now
    tables = (0..<Self.tableCount).map { _ in Locked([:]) }
    mix = ProviderFault.allCases.flatMap {
      Array(repeating: $0, count: max(0, script.errors.mix[$0] ?? 0))
    }
  }

  /// Decides about request `number`.
  func judge(_ passage: Passage, number: Int, now: Instant) -> Verdict {
    let elapsed = now.milliseconds(since: startedAt)
    if let outage = script.outages.first(where: {
      $0.covers(number: number, milliseconds: elapsed)
    }) {
      return .fail(outage.fault, ordinal: 0)
    }
    guard let recipient = passage.recipient else { return .pass(ordinal: 0, fault: nil) }
    let pair = "\(passage.sender)>\(recipient)"
    if passage.tellsWait {
      if let seconds = wait(passage.sender, number, now) {
        return .limited(seconds: seconds, isPair: false)
      }
      if let seconds = wait(pair, number, now) { return .limited(seconds: seconds, isPair: true) }
    }
    if let seconds = take(passage.weight, passage.senderRate, passage.sender, number, now) {
      return .limited(seconds: seconds, isPair: false)
    }
    if let seconds = take(1, passage.recipientRate, pair, number, now) {
      giveBack(passage.weight, passage.senderRate, passage.sender)
      return .limited(seconds: seconds, isPair: true)
    }
    return fate(passage, recipient, pair, now)
  }

  /// What `Retry-After` says to the send that was failed with 429.
  func retryAfterSeconds(_ passage: Passage, ordinal: Int, now: Instant) -> Int {
    let range = script.errors.retryAfterSeconds
    let pair = "\(passage.sender)>\(passage.recipient ?? "")"
    let dice = ProviderDice.roll(script.seed, "retry", pair, ordinal)
    let seconds = range.lowerBound + dice.below(range.count)
    block(script.errors.limitsSender ? passage.sender : pair, seconds: seconds, now)
    return seconds
  }

  // MARK: Retry-After

  private func block(_ scope: String, seconds: Int, _ now: Instant) {
    change(scope) {
      $0.blockedAt = now
      $0.blockedUntil = now.adding(milliseconds: Int64(seconds) * 1000)
    }
  }

  /// Refuses whoever was told to wait and has not: for how many seconds more.
  private func wait(_ scope: String, _ number: Int, _ now: Instant) -> Int? {
    let (blockedAt, blockedUntil) = change(scope) { ($0.blockedAt, $0.blockedUntil) }
    let slack = script.limits?.slackMilliseconds ?? 0
    let early = blockedUntil.milliseconds(since: now)
    guard early > slack else { return nil }
    if now.milliseconds(since: blockedAt) >= script.limits?.graceMilliseconds ?? 0 {
      ledger.add(
        ProviderLedger.Violation(
          kind: .retryAfter, at: now, scope: scope, earlyMilliseconds: early, number: number))
    }
    return Int((early + 999) / 1000)
  }

  // MARK: Limits

  /// Takes from a bucket that fills with time; refuses when there is not enough in it, and says for
  /// how many seconds.
  private func take(
    _ weight: Double, _ rate: ProviderScript.Limits.Rate?, _ scope: String, _ number: Int,
    _ now: Instant
  ) -> Int? {
    guard let rate else { return nil }
    let slack = Double(script.limits?.slackMilliseconds ?? 0)
    // More than fits at once may go when the bucket is full, and is owed.
    let needed = min(weight, rate.burst)
    let missing = change(scope) { scope in
      if let before = scope.refilledAt {
        let passed = Double(max(0, now.milliseconds(since: before)))
        scope.tokens = min(rate.burst, scope.tokens + passed * rate.perSecond / 1000)
      } else {
        scope.tokens = rate.burst
      }
      scope.refilledAt = now
      let missing = (needed - scope.tokens) * 1000 / rate.perSecond
      guard missing > slack + Self.inexactness else {
        scope.tokens -= weight
        return 0.0
      }
      return missing
    }
    guard missing > 0 else { return nil }
    let early = Int64((min(missing, 1e12) - Self.inexactness).rounded(.up))
    ledger.add(
      ProviderLedger.Violation(
        kind: .limit, at: now, scope: scope, earlyMilliseconds: early, number: number))
    let seconds = Int((early + 999) / 1000)
    block(scope, seconds: seconds, now)
    return seconds
  }

  private func giveBack(
    _ weight: Double, _ rate: ProviderScript.Limits.Rate?, _ scope: String
  ) {
    if rate != nil { change(scope) { $0.tokens += weight } }
  }

  // MARK: Failures

  private func fate(
    _ passage: Passage, _ recipient: String, _ pair: String, _ now: Instant
  ) -> Verdict {
    let (ordinal, fault) = change(pair) { scope -> (Int, ProviderFault?) in
      scope.ordinal += 1
      let fault = chance(scope.ordinal, recipient, pair, inRow: scope.faultsInRow)
      scope.faultsInRow = fault == nil ? 0 : scope.faultsInRow + 1
      return (scope.ordinal, fault)
    }
    if let fault, !fault.accepts { return .fail(fault, ordinal: ordinal) }
    return .pass(ordinal: ordinal, fault: fault)
  }

  private func chance(
    _ ordinal: Int, _ recipient: String, _ pair: String, inRow: Int
  ) -> ProviderFault? {
    if let step = script.steps.first(where: { $0.covers(ordinal, to: recipient) }) {
      return step.fault
    }
    guard script.errors.rate > 0, !mix.isEmpty, inRow < script.errors.inRowMax ?? .max else {
      return nil
    }
    let dice = ProviderDice.roll(script.seed, "fate", pair, ordinal)
    return dice.hits(script.errors.rate) ? mix[dice.below(mix.count)] : nil
  }

  // MARK: Tables

  @discardableResult
  private func change<Result>(_ key: String, _ body: (inout Scope) -> Result) -> Result {
    let index = Int(ProviderDice.hash(key) % UInt64(Self.tableCount))
    return tables[index].withLock { body(&$0[key, default: Scope()]) }
  }
}

/// Chance that is a function of the seed and of what it is asked for.
enum ProviderDice {
  /// Dice for number `ordinal` of `scope`, for one purpose.
  static func roll(
    _ seed: UInt64, _ purpose: StaticString, _ scope: String, _ ordinal: Int
  ) -> SeededRandom {
    let start = purpose.withUTF8Buffer { hash($0, from: seed ^ 0xCBF2_9CE4_8422_2325) }
    let mixed = hash(scope.utf8, from: start) &+ UInt64(truncatingIfNeeded: ordinal)
    // The first number of a seed and that of the next are far apart; seeds are mixed once more.
    return SeededRandom(seed: SeededRandom(seed: mixed).next())
  }

  /// FNV-1a: Swift's own hash has another seed in each process.
  static func hash(_ text: String) -> UInt64 { hash(text.utf8, from: 0xCBF2_9CE4_8422_2325) }

  private static func hash(_ bytes: some Sequence<UInt8>, from start: UInt64) -> UInt64 {
    bytes.reduce(start) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
  }
}

extension RandomSource {
  /// True for that share of calls.
  func hits(_ rate: Double) -> Bool {
    rate > 0 && Double(next() >> 11) / Double(UInt64(1) << 53) < rate
  }
}
