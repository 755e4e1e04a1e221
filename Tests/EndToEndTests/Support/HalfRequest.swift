import Gateway
import Glibc
import Testing

/// A request that has begun: the headers and half the body are sent, and the rest is not yet.
final class HalfRequest: Sendable {
  private let descriptor: Int32
  private let rest: [UInt8]

  /// Connects to a port of this machine, sends the headers, waits until the listener has taken them
  /// (it says so when asked with `Expect`), and sends the first half of the body.
  init(_ request: HTTPRequest, port: UInt16) throws {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    self.descriptor = descriptor
    try #require(descriptor >= 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    let size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let code = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(descriptor, $0, size) }
    }
    try #require(code == 0)
    var wire = request
    let authority = "http://127.0.0.1:\(port)"
    try #require(request.target.hasPrefix(authority))
    wire.target = String(request.target.dropFirst(authority.count))
    wire.headers.add("Host", "127.0.0.1:\(port)")
    wire.headers.add("Content-Length", String(request.body.count))
    wire.headers.add("Expect", "100-continue")
    let bytes = wire.wire
    let half = bytes.count - request.body.count / 2
    rest = Array(bytes[half...])
    let head = bytes.count - request.body.count
    try Self.write(Array(bytes[..<head]), descriptor)
    var interim = [UInt8](repeating: 0, count: 4096)
    let count = read(descriptor, &interim, interim.count)
    let said = String(decoding: interim.prefix(max(count, 0)), as: UTF8.self)
    try #require(said.hasPrefix("HTTP/1.1 100 "), "\(said)")
    try Self.write(Array(bytes[head..<half]), descriptor)
  }

  /// Sends the rest and returns the answer.
  func finish() throws -> String {
    defer { close(descriptor) }
    try Self.write(rest, descriptor)
    var answer: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 4096)
    while true {
      let count = read(descriptor, &chunk, chunk.count)
      if count <= 0 { break }
      answer += chunk[..<count]
    }
    return String(decoding: answer, as: UTF8.self)
  }

  /// Closes the connection without the rest.
  func abandon() { close(descriptor) }

  private static func write(_ bytes: [UInt8], _ descriptor: Int32) throws {
    let count = send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL))
    try #require(count == bytes.count)
  }
}
