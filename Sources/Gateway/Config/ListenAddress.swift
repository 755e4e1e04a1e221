import Glibc

/// Where a listener waits: `0.0.0.0:8080` or `[::1]:8081`. Names are refused: what they stand for
/// may change between two starts, and may be several addresses.
package struct ListenAddress: Equatable, Sendable, CustomStringConvertible {
  /// An IPv4 address, or an IPv6 address without its brackets.
  package var host: String
  /// The TCP port; 0 lets the system choose a free one.
  package var port: UInt16

  /// An address from its parts.
  package init(host: String, port: UInt16) {
    self.host = host
    self.port = port
  }

  /// Reads `address:port`; `nil` when a part is missing, or is no address or port.
  package init?(_ text: String) {
    guard let colon = text.lastIndex(of: ":"),
      let port = NetworkName.port(text[text.index(after: colon)...])
    else { return nil }
    let host = text[..<colon]
    if let inner = NetworkName.unbracketed(host) {
      self.init(host: inner, port: port)
    } else {
      guard NetworkName.isIPv4(host) else { return nil }
      self.init(host: String(host), port: port)
    }
  }

  /// The address as ``init(_:)`` reads it.
  package var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}

/// The parts of a network address in text.
enum NetworkName {
  /// RFC 1035 §2.3.4.
  private static let bytesMax = 253

  /// Reads decimal digits alone, 0 to 65535: `UInt16.init` would take `+80`.
  static func port(_ text: Substring) -> UInt16? { areDigits(text) ? UInt16(text) : nil }

  /// Whether `text` is an IPv4 address of four numbers.
  static func isIPv4(_ text: Substring) -> Bool {
    var address = in_addr()
    return inet_pton(AF_INET, String(text), &address) == 1
  }

  /// The IPv6 address between brackets; `nil` for all else.
  static func unbracketed(_ text: Substring) -> String? {
    guard text.first == "[", text.last == "]" else { return nil }
    let inner = String(text.dropFirst().dropLast())
    var address = in6_addr()
    return inet_pton(AF_INET6, inner, &address) == 1 ? inner : nil
  }

  /// Whether `text` is an IPv4 address or a name of RFC 1123 letters, and `_`, which people use.
  static func isHost(_ text: Substring) -> Bool {
    let labels = text.split(separator: ".", omittingEmptySubsequences: false)
    guard text.utf8.count <= bytesMax, labels.allSatisfy(isLabel) else { return false }
    // Digits and dots alone can only be meant as an address: 300.1.1.1 is none.
    return !labels.allSatisfy(areDigits) || isIPv4(text)
  }

  private static func areDigits(_ text: Substring) -> Bool {
    text.utf8.allSatisfy { (48...57).contains($0) }
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
