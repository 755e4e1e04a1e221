import Glibc

@testable import Gateway

/// A handler made of closures.
struct ScriptedHandler: HTTPHandler {
  var admission: @Sendable (HTTPRequest) -> Admission = { _ in .accept(bodyBytesMax: 1 << 20) }
  var answer: @Sendable (IncomingRequest, Reply) -> Void

  /// Answers every request with what it says about itself.
  static let echo = ScriptedHandler { $1.send(echoed($0)) }

  /// `METHOD TARGET LENGTH`.
  static func echoed(_ request: IncomingRequest) -> HTTPResponse {
    let http = request.http
    return HTTPResponse(
      status: 200, contentType: "text/plain",
      body: "\(http.method) \(http.target) \(http.body.count)")
  }

  init(
    admission: @escaping @Sendable (HTTPRequest) -> Admission = { _ in
      .accept(bodyBytesMax: 1 << 20)
    }, _ answer: @escaping @Sendable (IncomingRequest, Reply) -> Void
  ) {
    self.admission = admission
    self.answer = answer
  }

  func admit(_ head: HTTPRequest, remoteAddress: String) -> Admission { admission(head) }
  func handle(_ request: IncomingRequest, _ reply: Reply) { answer(request, reply) }
}

extension HTTPServerConfiguration {
  /// A listener on a free port of this machine, which does not wait long at its end.
  static func test(_ change: (inout HTTPServerConfiguration) -> Void = { _ in }) -> Self {
    var configuration = HTTPServerConfiguration(name: "test", address: "127.0.0.1", port: 0)
    configuration.drainSeconds = 1
    // Few threads: many servers live at the same time in these tests.
    configuration.connectionsMax = 200
    change(&configuration)
    return configuration
  }
}

/// A socket that says exactly what it is told and gives up waiting after five seconds.
final class RawClient {
  /// The other end did not answer in time, or said something that is no response.
  struct Failure: Error { let reason: String }

  private let socket: Int32
  private var unread: [UInt8] = []

  init(port: UInt16, receiveTimeoutMilliseconds: Int = 5000) throws {
    socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var timeout = timeval(
      tv_sec: receiveTimeoutMilliseconds / 1000,
      tv_usec: receiveTimeoutMilliseconds % 1000 * 1000)
    let size = socklen_t(MemoryLayout<timeval>.size)
    setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &timeout, size)
    var patience = timeval(tv_sec: 5, tv_usec: 0)
    setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &patience, size)
    let result = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    if result != 0 {
      // `deinit` closes: everything is initialised by now.
      throw Failure(reason: String(cString: strerror(errno)))
    }
  }

  deinit { close(socket) }

  /// Whether all bytes could be written.
  @discardableResult
  func send(_ bytes: [UInt8]) -> Bool {
    var written = 0
    while written < bytes.count {
      let count = bytes[written...].withUnsafeBytes {
        Glibc.send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
      }
      if count <= 0 { return false }
      written += count
    }
    return true
  }

  @discardableResult
  func send(_ text: String) -> Bool { send(Array(text.utf8)) }

  /// A GET that keeps the connection.
  func get(_ target: String) throws -> HTTPResponse {
    send("GET \(target) HTTP/1.1\r\nHost: test\r\n\r\n")
    return try response()
  }

  /// No more bytes will come from this side.
  func finishSending() { shutdown(socket, Int32(SHUT_WR)) }

  /// The next response; `hasBody` is false after HEAD.
  func response(hasBody: Bool = true) throws -> HTTPResponse {
    while true {
      if let end = unread.firstRange(of: Array("\r\n\r\n".utf8))?.upperBound {
        guard var response = HTTPResponse(wire: Array(unread[..<end])) else {
          throw Failure(reason: "no response")
        }
        let length = hasBody ? Int(response.headers["content-length"] ?? "0") ?? 0 : 0
        if unread.count >= end + length {
          response.body = Array(unread[end..<end + length])
          unread.removeFirst(end + length)
          return response
        }
      }
      switch receive() {
      case .bytes: continue
      case .end: throw Failure(reason: "closed")
      case .silence: throw Failure(reason: "silence")
      }
    }
  }

  enum Received { case bytes, end, silence }

  /// Waits for something to happen, at most the receive time-out.
  func receive() -> Received {
    var chunk = [UInt8](repeating: 0, count: 65_536)
    let count = recv(socket, &chunk, chunk.count, 0)
    if count > 0 { unread += chunk[..<count] }
    return count > 0 ? .bytes : count < 0 && errno == EAGAIN ? .silence : .end
  }

  /// Whether the other end closes, in whatever way, without saying more.
  var isClosedByPeer: Bool { unread.isEmpty && receive() == .end }
}

/// Waits until `condition` holds, at most ten seconds: for what another thread will do soon.
func eventually(_ condition: () -> Bool) -> Bool {
  let end = monotonicNanoseconds() + 10_000_000_000
  while monotonicNanoseconds() < end {
    if condition() { return true }
    // Lets the other thread have the processor; what ends the wait is the condition.
    poll(nil, 0, 1)
  }
  return false
}
