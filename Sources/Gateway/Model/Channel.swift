/// One configured account, number, bot or mailbox of a tenant at a provider.
package struct Channel: Identified, Equatable, Sendable {
  /// `chn_…`
  package static let idPrefix: StaticString = "chn_"

  /// Whether a webhook without a right signature may pass.
  package enum VerificationMode: String, CaseIterable, Sendable {
    /// It is quarantined.
    case enforce
    /// It passes, is marked and counted: for rolling out on a live number.
    case observe
  }

  /// Whether the channel works.
  package enum State: String, CaseIterable, Sendable {
    /// Receives and sends.
    case active
    /// Receives, does not send.
    case paused
    /// Neither; the provider is told to stop.
    case disabled
  }

  /// Its identifier; also the last part of its webhook's address.
  package let id: ID<Channel>
  /// Whose it is.
  package let tenantID: ID<Tenant>
  /// The provider's name.
  package let provider: String
  /// What people call it; unique within the tenant.
  package var name: String
  /// The number, handle or mailbox, where one channel has one.
  package var address: String?
  /// The base by which the provider knows us; the configuration's when `nil`.
  package var publicURL: String?
  /// What happens to a wrong signature.
  package var verification: VerificationMode
  /// Whether it works.
  package var state: State
  /// The settings, secrets in the clear: never render this.
  package var settings: JSONObject
  /// How it sends, where that differs from what its provider publishes.
  package var policy = ChannelPolicy()
  /// When it was made.
  package let createdAt: Instant
  /// When it was last changed.
  package var updatedAt: Instant
}
