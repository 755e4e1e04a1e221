/// An exception from "public addresses only": a host or a network, with a port where one is named.
/// Written `127.0.0.1:9000`, `10.1.0.0/16`, `[fd00::]/8`, `gateway.internal:8443`.
package struct DestinationRule: Equatable, Sendable, CustomStringConvertible {
  /// The rule as written.
  package let description: String

  /// A rule; `nil` for what is none.
  package init?(_ text: String) {
    guard !text.isEmpty else { return nil }
    description = text
  }
}
