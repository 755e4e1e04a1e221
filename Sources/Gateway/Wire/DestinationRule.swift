import Glibc

/// An exception from "public addresses only": a host or a network, with a port where one is named.
/// Written `127.0.0.1:9000`, `10.1.0.0/16`, `[fd00::]/8`, `gateway.internal:8443`.
package struct DestinationRule: Equatable, Sendable, CustomStringConvertible {
  private enum Place: Equatable {
    case network(IPNetwork)
    /// A host name in lower case: whatever addresses it has.
    case name(String)
  }

  /// The rule as written.
  package let description: String
  private let place: Place
  private let port: UInt16?

  /// A rule; `nil` for what is none. Forms of an address that are not the usual one, such as
  /// `127.1`, are refused, and so is a network with bits behind its length.
  package init?(_ text: String) {
    guard let (host, length, port) = Self.parts(of: text) else { return nil }
    if let address = IPAddress(host) {
      let whole = address.isV4 ? 32 : 128
      guard let network = IPNetwork(address, length: length ?? whole) else { return nil }
      place = .network(network)
    } else {
      guard length == nil, let name = Self.name(host) else { return nil }
      place = .name(name)
    }
    self.port = port
    description = text
  }

  /// Whether a connection to `address`, made for the host name of a URL, is covered.
  func allows(_ address: IPAddress, port: UInt16, host: String) -> Bool {
    guard self.port == nil || self.port == port else { return false }
    switch place {
    case .network(let network): return network.contains(address)
    case .name(let name): return name == Self.withoutDot(host.lowercased())
    }
  }

  /// Splits `host[/length][:port]`; an IPv6 address stands in brackets.
  private static func parts(of text: String) -> (host: String, length: Int?, port: UInt16?)? {
    var rest = text[...]
    var host: Substring
    if rest.first == "[" {
      guard let end = rest.firstIndex(of: "]") else { return nil }
      host = rest[rest.index(after: rest.startIndex)..<end]
      guard host.contains(":") else { return nil }
      rest = rest[rest.index(after: end)...]
    } else {
      host = rest.prefix { $0 != "/" && $0 != ":" }
      rest = rest[host.endIndex...]
    }
    var length: Int?
    if rest.first == "/" {
      let digits = rest.dropFirst().prefix { $0 != ":" }
      guard let number = number(digits) else { return nil }
      length = Int(number)
      rest = rest[digits.endIndex...]
    }
    var port: UInt16?
    if rest.first == ":" {
      guard let number = number(rest.dropFirst()), number > 0 else { return nil }
      port = number
      rest = ""
    }
    return rest.isEmpty ? (String(host), length, port) : nil
  }

  /// Decimal digits alone: `UInt16.init` would take `+80`.
  private static func number(_ text: Substring) -> UInt16? {
    text.utf8.allSatisfy { (48...57).contains($0) } ? UInt16(text) : nil
  }

  /// The host name in lower case. A last label of digits, or `0x…`, makes an address of it to the
  /// resolver.
  private static func name(_ text: String) -> String? {
    let name = withoutDot(text.lowercased())
    let labels = name.split(separator: ".", omittingEmptySubsequences: false)
    let isNamed = labels.allSatisfy { label in
      (1...63).contains(label.utf8.count) && label.first != "-" && label.last != "-"
        && label.utf8.allSatisfy {
          switch $0 {
          case 48...57, 97...122, UInt8(ascii: "-"), UInt8(ascii: "_"): true
          default: false
          }
        }
    }
    guard isNamed, name.utf8.count <= nameBytesMax, let last = labels.last,
      !last.utf8.allSatisfy({ (48...57).contains($0) }), !last.hasPrefix("0x")
    else { return nil }
    return name
  }

  /// RFC 1035 §2.3.4.
  private static let nameBytesMax = 253

  private static func withoutDot(_ name: String) -> String {
    name.hasSuffix(".") ? String(name.dropLast()) : name
  }
}
