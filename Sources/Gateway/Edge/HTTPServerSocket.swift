import CLinux
import CMicrohttpd
import Glibc

/// Why a listener could not be started.
package enum HTTPServerError: Error, Equatable, Sendable, CustomStringConvertible {
  /// Somebody else listens there. The caller knows which setting names the port.
  case addressInUse(address: String, port: UInt16)
  /// The address is no numeric one, or not one of this machine.
  case badAddress(String)
  /// The system does not let this user listen there; ports below 1024 are for root.
  case notPermitted(address: String, port: UInt16)
  /// The certificate or the key cannot be used.
  case tls(reason: String)
  /// Anything else, in the system's own words.
  case system(reason: String)

  /// The sentence for a person.
  package var description: String {
    switch self {
    case .addressInUse(let address, let port):
      "\(Self.join(address, port)) is taken by another process"
    case .badAddress(let address):
      "\"\(address)\" is not a numeric address of this machine"
    case .notPermitted(let address, let port):
      "not permitted to listen on \(Self.join(address, port))"
    case .tls(let reason): "TLS: \(reason)"
    case .system(let reason): reason
    }
  }

  private static func join(_ address: String, _ port: UInt16) -> String {
    address.contains(":") ? "[\(address)]:\(port)" : "\(address):\(port)"
  }
}

/// A listening socket.
struct ListenSocket: ~Copyable {
  /// The descriptor.
  let descriptor: Int32

  /// Opens, binds and listens.
  init(address: String, port: UInt16) throws(HTTPServerError) {
    var hints = addrinfo()
    hints.ai_flags = AI_NUMERICHOST | AI_PASSIVE
    hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    var found: UnsafeMutablePointer<addrinfo>?
    guard getaddrinfo(address, String(port), &hints, &found) == 0, let info = found?.pointee else {
      throw .badAddress(address)
    }
    defer { freeaddrinfo(found) }
    let kind = info.ai_socktype | Int32(SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
    let socket = Glibc.socket(info.ai_family, kind, 0)
    guard socket >= 0 else { throw Self.error(address, port) }
    // A restart must not wait for the connections of the last run to time out of the kernel.
    Self.set(socket, SOL_SOCKET, SO_REUSEADDR, 1)
    if info.ai_family == AF_INET6 { Self.set(socket, Int32(IPPROTO_IPV6), IPV6_V6ONLY, 0) }
    guard bind(socket, info.ai_addr, info.ai_addrlen) == 0,
      listen(socket, HTTPServerLimits.backlog) == 0
    else {
      let error = Self.error(address, port)
      close(socket)
      throw error
    }
    descriptor = socket
  }

  /// The port it got.
  var port: UInt16 { trunkline_socket_port(descriptor) }

  deinit { close(descriptor) }

  private static func set(_ socket: Int32, _ level: Int32, _ option: Int32, _ value: Int32) {
    var value = value
    setsockopt(socket, level, option, &value, socklen_t(MemoryLayout<Int32>.size))
  }

  private static func error(_ address: String, _ port: UInt16) -> HTTPServerError {
    switch errno {
    case EADDRINUSE: .addressInUse(address: address, port: port)
    case EADDRNOTAVAIL, EAFNOSUPPORT: .badAddress(address)
    case EACCES, EPERM: .notPermitted(address: address, port: port)
    default: .system(reason: String(cString: strerror(errno)))
    }
  }
}

/// The numeric text of a peer's address.
enum PeerAddress {
  /// `127.0.0.1`, `2001:db8::1`. An IPv4 client of an IPv6 socket is shown as IPv4.
  static func text(_ address: UnsafePointer<sockaddr>) -> String {
    let isIPv6 = address.pointee.sa_family == sa_family_t(AF_INET6)
    let length = isIPv6 ? MemoryLayout<sockaddr_in6>.size : MemoryLayout<sockaddr_in>.size
    var text = [CChar](repeating: 0, count: Int(NI_MAXHOST))
    guard
      getnameinfo(
        address, socklen_t(length), &text, socklen_t(text.count), nil, 0, NI_NUMERICHOST) == 0
    else { return "unknown" }
    let name = String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    return name.hasPrefix("::ffff:") && name.contains(".") ? String(name.dropFirst(7)) : name
  }
}
