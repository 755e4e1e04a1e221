/// How far a message got, computed from all reports received.
///
/// A join of ranked reports: whatever the order and however often each comes, the result is the
/// same, and it never goes back. Drawn in `Gateway.docc/StateMachines.md`.
package struct StatusFold: Equatable, Sendable {
  /// The furthest state reported.
  package private(set) var status: MessageStatus
  /// Why it failed, or is in doubt; kept while the message stands so.
  package private(set) var error: ProviderError?
  /// The earliest report that it was sent.
  package private(set) var sentAt: Instant?
  /// The earliest report that it was delivered.
  package private(set) var deliveredAt: Instant?
  /// The earliest report that it was read.
  package private(set) var readAt: Instant?

  /// The fold so far.
  package init(
    status: MessageStatus, error: ProviderError? = nil, sentAt: Instant? = nil,
    deliveredAt: Instant? = nil, readAt: Instant? = nil
  ) {
    self.status = status
    self.error = error
    self.sentAt = sentAt
    self.deliveredAt = deliveredAt
    self.readAt = readAt
  }

  /// Takes one report in. True when the status itself moved.
  package mutating func apply(
    _ reported: MessageStatus, error reportedError: ProviderError?, at instant: Instant
  ) -> Bool {
    switch reported {
    case .sent: sentAt = Self.earlier(sentAt, instant)
    case .delivered: deliveredAt = Self.earlier(deliveredAt, instant)
    case .read: readAt = Self.earlier(readAt, instant)
    default: break
    }
    let before = status
    if Self.order(reported) > Self.order(status) {
      status = reported
      error = Self.isFailure(reported) || reported == .unknown ? reportedError : nil
    } else if reported == status, Self.isFailure(status) {
      error = Self.stronger(error, reportedError)
    }
    return status != before
  }

  /// The ranks of the design: a failure beats "sent", and a delivery beats a failure, because
  /// networks report both and the delivery is the fact. The second number only settles ties.
  package static func order(_ status: MessageStatus) -> (Int, Int) {
    switch status {
    case .received: (0, 0)
    case .queued: (1, 0)
    case .sending: (2, 0)
    case .unknown: (2, 1)
    case .sent: (3, 0)
    case .blocked: (4, 0)
    case .canceled: (4, 1)
    case .expired: (4, 2)
    case .failed: (4, 3)
    case .undeliverable: (4, 4)
    case .delivered: (5, 0)
    case .read: (6, 0)
    }
  }

  /// Where a message of several parts stands: failed if one of them is, otherwise where the one is
  /// that got least far. `nil` without parts.
  package static func joining(_ parts: [StatusFold]) -> StatusFold? {
    guard var joined = parts.first else { return nil }
    for part in parts.dropFirst() { joined = joining(joined, part) }
    return joined
  }

  private static func joining(_ left: StatusFold, _ right: StatusFold) -> StatusFold {
    // A failure stands before all else; of two failures the greater, of two others the lesser.
    let isLeft: Bool =
      switch (isFailure(left.status), isFailure(right.status)) {
      case (true, false): true
      case (false, true): false
      case (true, true): order(left.status) >= order(right.status)
      case (false, false): order(left.status) <= order(right.status)
      }
    let times: (Instant?, Instant?) -> Instant? = { first, second in
      first.flatMap { first in second.map { max(first, $0) } }
    }
    let sameStatus = left.status == right.status
    return StatusFold(
      status: isLeft ? left.status : right.status,
      error: sameStatus ? stronger(left.error, right.error) : (isLeft ? left : right).error,
      sentAt: times(left.sentAt, right.sentAt),
      deliveredAt: times(left.deliveredAt, right.deliveredAt),
      readAt: times(left.readAt, right.readAt))
  }

  /// Whether the state is an end without the message having arrived.
  package static func isFailure(_ status: MessageStatus) -> Bool { order(status).0 == 4 }

  private static func earlier(_ left: Instant?, _ right: Instant) -> Instant {
    left.map { min($0, right) } ?? right
  }

  /// The error that stays when two reports give one: any before none, then by code, so that the
  /// order in which they came does not matter.
  private static func stronger(_ left: ProviderError?, _ right: ProviderError?) -> ProviderError? {
    guard let left else { return right }
    guard let right else { return left }
    let key: (ProviderError) -> (String, String) = { ($0.code, $0.detail ?? "") }
    return key(left) <= key(right) ? left : right
  }
}
