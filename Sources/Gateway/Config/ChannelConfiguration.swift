/// A channel that exists by configuration.
///
/// Its settings hold secrets: it prints without them.
package struct ChannelConfiguration: Equatable, Sendable, CustomStringConvertible,
  CustomReflectable
{
  /// The tenant it belongs to.
  package var tenant: String
  /// The provider's name; this build has that provider.
  package var provider: String
  /// The name people know it by, unique within the tenant.
  package var name: String
  /// The number, address or handle it speaks as.
  package var address: String?
  /// The base its provider knows us by, where it is not the one of all.
  package var publicURL: String?
  /// What a failed signature check leads to.
  package var verification: Channel.VerificationMode
  /// How it sends; `nil` leaves what was set at run time.
  package var policy: ChannelPolicy?
  /// The provider's settings; the provider itself has accepted them.
  package var settings: ChannelSettings

  /// The channel without its settings.
  package var description: String { "\(tenant)/\(provider)/\(name)" }

  /// Shows no settings to `dump` and to test failures.
  package var customMirror: Mirror { Mirror(self, children: ["channel": description]) }
}
