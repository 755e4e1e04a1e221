import Glibc

/// Tells addresses that strangers may make this machine call from those they must not.
///
/// It judges the address that is about to be connected to, never the text of a URL: `2130706433`,
/// `0x7f.1`, `localhost` and a name whose answer changes all end here.
enum AddressGuard {
  /// Whether a call may speak to `address`, which was found for the host name of its URL.
  static func allows(
    _ address: IPAddress, port: UInt16, host: String, _ destinations: Destinations
  ) -> Bool {
    switch destinations {
    case .everywhere: true
    case .publicOnly(let rules):
      rules.contains { $0.allows(address, port: port, host: host) }
        || isPublic(address) && isOpen(port)
    }
  }

  /// Whether the address is one of the public internet's.
  static func isPublic(_ address: IPAddress) -> Bool {
    if address.isV4 { return !closedV4.contains { $0.contains(address) } }
    // A network that translates puts the IPv4 address into the last 32 bits.
    if translated.contains(where: { $0.contains(address) }) { return isPublic(address.inner) }
    return !closedV6.contains { $0.contains(address) }
  }

  /// Web ports, and those that a program without rights could have opened. The others are of
  /// services that would take a request for something of their own, such as mail.
  static func isOpen(_ port: UInt16) -> Bool { port == 443 || port == 80 || port >= 1024 }

  /// The special addresses of IANA's register, RFC 6890 and its followers.
  private static let closedV4 = networks([
    "0.0.0.0/8",  // this machine
    "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16",  // private
    "100.64.0.0/10",  // of carriers
    "127.0.0.0/8",  // loopback
    "169.254.0.0/16",  // link local, where clouds tell their secrets
    "192.0.0.0/24",  // protocol assignments
    "192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24",  // documentation
    "192.88.99.0/24",  // 6to4 relays
    "198.18.0.0/15",  // benchmarks
    "224.0.0.0/4", "240.0.0.0/4",  // multicast, reserved, broadcast
  ])

  private static let translated = networks(["64:ff9b::/96"])

  /// Everything but 2000::/3, the only part of the space that is given out, and what is special
  /// inside of that.
  private static let closedV6 = networks([
    "::/3",  // unspecified, loopback, IPv4-compatible, 64:ff9b:1::/48, discard
    "2001::/23",  // protocol assignments, Teredo
    "2001:db8::/32", "3fff::/20",  // documentation
    "2002::/16",  // 6to4, which carries an IPv4 address
    "4000::/2",  // not given out, and segment routing
    "8000::/1",  // not given out, unique local, link local, site local, multicast
  ])

  private static func networks(_ texts: [String]) -> [IPNetwork] {
    texts.map { text in
      guard let network = IPNetwork(text) else { preconditionFailure("no network: \(text)") }
      return network
    }
  }
}
