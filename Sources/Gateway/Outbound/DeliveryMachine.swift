/// What becomes of a delivery after an attempt. Pure: the store writes what it decides.
struct DeliveryMachine {
  /// What is to be done.
  enum Decision: Equatable {
    /// The part is through; the delivery is accepted, or its next part is due at once.
    case advance
    /// Again, not before then.
    case retry(at: Instant)
    /// Again as soon as the channel can send; this try does not count.
    case waitForChannel
    /// Somebody has to find out whether it was sent: at `settleAt`, or nobody can when `nil`.
    case doubt(settleAt: Instant?)
    /// It ends in that state.
    case end(Delivery.State)
  }

  /// How the channel sends.
  let policy: ChannelPolicy
  /// Whether the provider can be asked for what is in doubt.
  let canSettle: Bool

  /// Decides what an outcome means for a delivery. `jitter` is from 0 up to 1.
  func decide(
    _ outcome: SendOutcome, for delivery: Delivery, now: Instant, jitter: Double
  ) -> Decision {
    switch outcome.verdict {
    case .accepted: return .advance
    case .rejected: return .end(.failed)
    case .recipientStopped: return .end(.blocked)
    case .unreachable: return .end(.undeliverable)
    case .channelBroken: return .waitForChannel
    case .ambiguous:
      // With no time left to send it again it stays in doubt: it may have arrived.
      if policy.onUnknown == .resend, case .retry(let at) = retry(nil, delivery, now, jitter) {
        return .retry(at: at)
      }
      return .doubt(
        settleAt: canSettle ? now.adding(milliseconds: policy.settleSeconds * 1000) : nil)
    case .retry(let after, _): return retry(after, delivery, now, jitter)
    }
  }

  /// The provider's word first; without one ever longer waits, jitter only added.
  private func retry(
    _ after: Int64?, _ delivery: Delivery, _ now: Instant, _ jitter: Double
  ) -> Decision {
    let exponent = min(max(delivery.tries - 1, 0), 30)
    let own = min(
      policy.retryFirstMilliseconds << exponent, policy.retryMostMilliseconds)
    // A stranger's number: none is so large that it could not be added to.
    let wait = after.map { min(max($0, 0), Self.waitMostMilliseconds) } ?? own
    let spread = Int64(Double(min(wait, policy.retryMostMilliseconds)) * Self.jitterShare * jitter)
    let at = now.adding(milliseconds: wait + spread)
    return at >= delivery.expiresAt ? .end(.expired) : .retry(at: at)
  }

  /// 30 days, the longest that a message may live: whoever asks for more says no.
  static let waitMostMilliseconds: Int64 = 2_592_000_000

  /// A quarter keeps a thousand that failed together from coming back together.
  private static let jitterShare = 0.25
}
