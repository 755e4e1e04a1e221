import Glibc

/// Where a listener waits: `0.0.0.0:8080`, `[::1]:8081` or `localhost:8081`.
package struct ListenAddress: Equatable, Sendable, CustomStringConvertible {
  /// An IPv4 address, an IPv6 address without its brackets, or a name.
  package var host: String
  /// The TCP port; 0 lets the system choose a free one.
  package var port: UInt16

  /// An address from its parts.
  package init(host: String, port: UInt16) {
    self.host = host
    self.port = port
  }

  /// Reads `host:port`; `nil` when a part is missing or is no address, name or port.
  package init?(_ text: String) {
    guard let colon = text.lastIndex(of: ":"),
      let port = Self.port(text[text.index(after: colon)...])
    else { return nil }
    let host = text[..<colon]
    if host.first == "[", host.last == "]" {
      let address = String(host.dropFirst().dropLast())
      guard Self.isIPv6(address) else { return nil }
      self.init(host: address, port: port)
    } else {
      guard HostName.isValid(host) else { return nil }
      self.init(host: String(host), port: port)
    }
  }

  /// Whether the host is an IPv6 address.
  package var isIPv6: Bool { Self.isIPv6(host) }

  /// The address as ``init(_:)`` reads it.
  package var description: String { isIPv6 ? "[\(host)]:\(port)" : "\(host):\(port)" }

  /// Reads decimal digits alone, 0 to 65535: `UInt16.init` would take `+80`.
  static func port(_ text: Substring) -> UInt16? {
    text.utf8.allSatisfy { (48...57).contains($0) } ? UInt16(text) : nil
  }

  /// Whether `text` is an IPv6 address without brackets.
  static func isIPv6(_ text: String) -> Bool {
    var address = in6_addr()
    return inet_pton(AF_INET6, text, &address) == 1
  }
}

/// What may stand before the port.
enum HostName {
  /// RFC 1035 §2.3.4.
  private static let bytesMax = 253

  /// Whether `text` is an IPv4 address or a name of RFC 1123 letters, and `_`, which people use.
  static func isValid(_ text: Substring) -> Bool {
    let labels = text.split(separator: ".", omittingEmptySubsequences: false)
    guard text.utf8.count <= bytesMax, labels.allSatisfy(isLabel) else { return false }
    // Digits and dots alone can only be meant as an address: 300.1.1.1 is none.
    guard labels.allSatisfy({ $0.utf8.allSatisfy { (48...57).contains($0) } }) else { return true }
    var address = in_addr()
    return inet_pton(AF_INET, String(text), &address) == 1
  }

  private static func isLabel(_ label: Substring) -> Bool {
    let isLetter: (UInt8) -> Bool = {
      switch $0 {
      case 48...57, 65...90, 97...122, UInt8(ascii: "-"), UInt8(ascii: "_"): true
      default: false
      }
    }
    return (1...63).contains(label.utf8.count) && label.utf8.allSatisfy(isLetter)
      && label.first != "-" && label.last != "-"
  }
}
