/// The base of our addresses as a provider knows them: `scheme://host[:port][/prefix]`.
///
/// Signatures are computed over it, so what a person wrote is kept but for what cannot matter: a
/// trailing slash and the case of the scheme.
package enum PublicURL {
  /// What a person has to give.
  package static let expectation =
    "an http or https URL with a host, without user, query, fragment or spaces"

  /// The URL without trailing slashes; `nil` when it is not ``expectation``.
  package static func normalised(_ text: String) -> String? {
    guard let colon = text.firstIndex(of: ":") else { return nil }
    let scheme = text[..<colon].lowercased()
    let rest = text[colon...]
    guard scheme == "http" || scheme == "https", rest.hasPrefix("://"),
      rest.utf8.allSatisfy({ (0x21...0x7E).contains($0) }),
      !rest.contains(where: { $0 == "?" || $0 == "#" || $0 == "@" || $0 == "\\" })
    else { return nil }
    let authority = rest.dropFirst(3).prefix { $0 != "/" }
    guard isAuthority(authority) else { return nil }
    var normalised = scheme + rest
    while normalised.last == "/" { normalised.removeLast() }
    return normalised
  }

  private static func isAuthority(_ text: Substring) -> Bool {
    var host = text
    // A colon behind the bracket of an IPv6 address, not within, begins a port.
    if let colon = text.lastIndex(of: ":"), text.last != "]" {
      guard let port = NetworkName.port(text[text.index(after: colon)...]), port > 0 else {
        return false
      }
      host = text[..<colon]
    }
    return NetworkName.unbracketed(host) != nil || NetworkName.isHost(host)
  }
}
