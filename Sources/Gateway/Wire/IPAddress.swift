import Glibc

/// An address of the internet protocol. An IPv4 address is held as `::ffff:a.b.c.d`, so that both
/// ways of writing it are the same address.
struct IPAddress: Equatable, Sendable {
  /// The 128 bits.
  let bits: UInt128

  /// An address from its bits.
  init(bits: UInt128) { self.bits = bits }

  /// An IPv4 address.
  init(v4: UInt32) { bits = Self.mapped | UInt128(v4) }

  /// Reads the usual forms, `1.2.3.4` and `2001:db8::1`, without brackets or zone.
  init?(_ text: String) {
    var four = in_addr()
    if inet_pton(AF_INET, text, &four) == 1 {
      self.init(v4: UInt32(bigEndian: four.s_addr))
      return
    }
    var six = in6_addr()
    guard inet_pton(AF_INET6, text, &six) == 1 else { return nil }
    self.init(six)
  }

  /// The address of a socket; `nil` for a family that is none of the two.
  init?(_ address: UnsafePointer<sockaddr>, length: Int) {
    // Copied: a `sockaddr` in the middle of a structure need not be aligned for these.
    let raw = UnsafeRawPointer(address)
    switch Int32(address.pointee.sa_family) {
    case AF_INET where length >= MemoryLayout<sockaddr_in>.size:
      let four = raw.loadUnaligned(as: sockaddr_in.self)
      self.init(v4: UInt32(bigEndian: four.sin_addr.s_addr))
    case AF_INET6 where length >= MemoryLayout<sockaddr_in6>.size:
      self.init(raw.loadUnaligned(as: sockaddr_in6.self).sin6_addr)
    default: return nil
    }
  }

  private init(_ address: in6_addr) {
    bits = withUnsafeBytes(of: address) { bytes in
      bytes.reduce(UInt128(0)) { $0 << 8 | UInt128($1) }
    }
  }

  /// Whether it is an IPv4 address, in whichever form.
  var isV4: Bool { bits >> 32 == Self.mapped >> 32 }

  /// The last 32 bits as an address of their own.
  var inner: IPAddress { IPAddress(v4: UInt32(truncatingIfNeeded: bits)) }

  private static let mapped = UInt128(0xFFFF) << 32
}

/// The addresses that begin with the same bits.
struct IPNetwork: Equatable, Sendable {
  private let first: UInt128
  private let mask: UInt128

  /// A network; `nil` when `length` is too large or the address has bits behind it.
  init?(_ address: IPAddress, length: Int) {
    let length = address.isV4 ? length + 96 : length
    guard (0...128).contains(length) else { return nil }
    // A shift by all 128 bits gives 0 here, as `/0` needs it.
    mask = ~UInt128(0) << UInt128(128 - length)
    first = address.bits
    guard first & ~mask == 0 else { return nil }
  }

  /// Reads `10.0.0.0/8` or `fc00::/7`.
  init?(_ text: String) {
    let parts = text.split(separator: "/")
    guard parts.count == 2, let address = IPAddress(String(parts[0])), let length = Int(parts[1])
    else { return nil }
    self.init(address, length: length)
  }

  /// Whether the address is one of them.
  func contains(_ address: IPAddress) -> Bool { address.bits & mask == first }
}
