/// Where files of Meta's may be fetched, and the token shown where one is needed.
struct MetaAddresses: Sendable {
  /// The domains of Meta's own that a provider's files are on, with all below them.
  let domains: [String]
  /// Where the settings say that the API is: its files may be there, too.
  let baseURL: String

  /// Whether an address is one of Meta's own over https, or one where the API is.
  func holds(_ address: String) -> Bool {
    guard OutboundAttachment.isWebAddress(address) else { return false }
    // As bytes: a mark that joins the slash would make it another character.
    if address.utf8.starts(with: "\(Self.origin(baseURL))/".utf8) { return true }
    let prefix = "https://"
    guard address.hasPrefix(prefix) else { return false }
    var host = address.dropFirst(prefix.count).prefix { !"/?#".contains($0) }.lowercased()
    if host.hasSuffix(":443") { host.removeLast(4) }
    // Also no user before an @ and no other port: neither is in a name.
    guard host.utf8.allSatisfy({ Self.isOfName($0) }) else { return false }
    return domains.contains { host == $0 || host.hasSuffix(".\($0)") }
  }

  /// Scheme, host and port of a URL.
  static func origin(_ url: String) -> String {
    let words = url.split(separator: "/", maxSplits: 3, omittingEmptySubsequences: false)
    return words.prefix(3).joined(separator: "/")
  }

  private static func isOfName(_ byte: UInt8) -> Bool {
    (97...122).contains(byte) || (48...57).contains(byte) || byte == UInt8(ascii: "-")
      || byte == UInt8(ascii: ".")
  }
}
