/// How a channel sends, where that differs from what its provider publishes. Every member has a
/// default; `PATCH /v1/channels/{id} {"policy":{…}}` changes single ones, `null` takes one back.
package struct ChannelPolicy: Equatable, Sendable {
  /// What to do with a message of which nobody knows whether it was sent.
  package enum OnUnknown: String, CaseIterable, Sendable {
    /// Evidence or a person settles it: never twice.
    case hold
    /// It is sent again: never lost, perhaps twice.
    case resend
  }

  /// The members that were set, as given.
  package private(set) var object: JSONObject

  /// All defaults.
  package init() { object = [:] }

  /// A policy as stored: its members were checked when they were set.
  package init(stored object: JSONObject) { self.object = object }

  /// Parts a second; the provider's value when `nil`.
  package var ratePerSecond: Double? { object["rate_per_second"]?.number }
  /// How much may go at once after a pause; a tenth of a second's worth when `nil`.
  package var burst: Double? { object["burst"]?.number }
  /// The least time between two messages to one recipient; the provider's value when `nil`.
  package var recipientPauseMilliseconds: Int64? { object["recipient_pause_ms"]?.integer }
  /// How many messages may go to one recipient at once after a pause; the provider's value when
  /// `nil`, or 1 beside a ``recipientPauseMilliseconds`` of its own.
  package var recipientBurst: Int? { object["recipient_burst"]?.integer.map(Int.init(clamping:)) }
  /// How many sends may be under way at once.
  package var inFlightMax: Int { whole("in_flight_max", 64) }
  /// How long after the first failure the second try comes: promise 7 says within 5 s.
  package var retryFirstMilliseconds: Int64 { object["retry_first_ms"]?.integer ?? 2000 }
  /// The longest time between two tries.
  package var retryMostMilliseconds: Int64 { object["retry_most_ms"]?.integer ?? 900_000 }
  /// How long a message may wait to be sent when it does not say.
  package var expiresSeconds: Int64 { object["expires_seconds"]?.integer ?? 86_400 }
  /// How long a message that cannot go now holds back those behind it for the same recipient.
  package var orderWaitSeconds: Int64 { object["order_wait_seconds"]?.integer ?? 600 }
  /// How long after a doubtful send the provider is asked whether it has the message.
  package var settleSeconds: Int64 { object["settle_seconds"]?.integer ?? 60 }
  /// How long a message may stay without a final status before the provider is asked.
  package var reconcileSeconds: Int64 { object["reconcile_seconds"]?.integer ?? 14_400 }
  /// How long one exchange with the provider may take.
  package var timeoutMilliseconds: Int { whole("timeout_ms", 30_000) }
  /// What to do with a message of which nobody knows whether it was sent.
  package var onUnknown: OnUnknown {
    object["on_unknown"]?.string.flatMap(OnUnknown.init) ?? .hold
  }
  /// Addresses that are not public and may be called all the same, as ``DestinationRule`` reads
  /// them. Only the operator may set them.
  package var allowedDestinations: [String] {
    object["allowed_destinations"]?.array?.compactMap(\.string) ?? []
  }

  private func whole(_ name: String, _ standard: Int) -> Int {
    object[name]?.integer.map(Int.init(clamping:)) ?? standard
  }

  /// The numbers a policy takes, each with its range.
  package static let numbers: KeyValuePairs<String, ClosedRange<Double>> = [
    "rate_per_second": 0.01...10_000, "burst": 1...10_000, "recipient_pause_ms": 0...3_600_000,
    "recipient_burst": 1...1000, "in_flight_max": 1...1000, "retry_first_ms": 10...5000,
    "retry_most_ms": 100...86_400_000,
    "expires_seconds": 1...2_592_000, "order_wait_seconds": 0...86_400,
    "settle_seconds": 0...86_400, "reconcile_seconds": 1...2_592_000, "timeout_ms": 100...300_000,
  ]

  /// The policy with `changes` applied: members of it replace, `null` takes back.
  ///
  /// - Throws: ``ContentError`` naming the first member that is unknown or out of range.
  package func changed(by changes: JSONObject) throws(ContentError) -> ChannelPolicy {
    var policy = self
    for member in changes {
      if member.value.isNull {
        // Said so plainly: `nil` beside a value would be JSON's null, which stays.
        policy.object[member.key] = nil
      } else {
        try Self.check(member.key, member.value)
        policy.object[member.key] = member.value
      }
    }
    return policy
  }

  private static func check(_ name: String, _ value: JSON) throws(ContentError) {
    let field = "policy.\(name)"
    if let range = numbers.first(where: { $0.key == name })?.value {
      let isFraction = name == "rate_per_second" || name == "burst"
      guard let number = isFraction ? value.number : value.integer.map(Double.init),
        range.contains(number)
      else {
        throw ContentError(
          field, "must be a number from \(range.lowerBound) to \(range.upperBound)")
      }
      return
    }
    switch name {
    case "on_unknown":
      guard value.string.flatMap(OnUnknown.init) != nil else {
        throw ContentError(field, "must be \"hold\" or \"resend\"")
      }
    case "allowed_destinations":
      guard let list = value.array, list.allSatisfy({ $0.string?.isEmpty == false }) else {
        throw ContentError(field, "must be a list of addresses such as \"10.0.0.0/8\"")
      }
    default:
      let known = numbers.map(\.key) + ["on_unknown", "allowed_destinations"]
      throw ContentError(field, Spelling.unknown("member", name, among: known))
    }
  }
}
