import Gateway
import Glibc

/// A small HTTP/1.1 server that can also misbehave: cut, stay silent, send half an answer.
///
/// The gateway's own server is made never to do that. One thread a connection, which waits where an
/// answer is to take long: clients of a provider keep few connections.
final class ProviderSocket: Sendable {
  /// Answers a request.
  typealias Serve = @Sendable (HTTPRequest) -> ProviderAnswer

  /// Open connections; the next is closed at once.
  private static let connectionsMax = 2048

  private let socket: Int32
  private let open = Monitor<Set<Int32>>([])
  private let stopping = Locked(false)
  private let acceptor = Locked<WorkerThread?>(nil)
  private let serve: Serve

  /// The port it listens on.
  let port: UInt16

  /// Listens at a numeric IPv4 address; port 0 takes any free one.
  init(address: String, port: UInt16, serve: @escaping Serve) throws(SimulatorError) {
    self.serve = serve
    var name = sockaddr_in()
    name.sin_family = sa_family_t(AF_INET)
    name.sin_port = port.bigEndian
    guard inet_pton(AF_INET, address, &name.sin_addr) == 1 else {
      throw SimulatorError("\"\(address)\" is no numeric IPv4 address")
    }
    let socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    var on: Int32 = 1
    setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &on, socklen_t(MemoryLayout<Int32>.size))
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let result = withUnsafeMutablePointer(to: &name) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(socket, $0, size) == 0 && listen(socket, 1024) == 0
          && getsockname(socket, $0, &size) == 0
      }
    }
    guard result else {
      let reason = String(cString: strerror(errno))
      close(socket)
      throw SimulatorError("cannot listen on \(address):\(port): \(reason)")
    }
    self.socket = socket
    self.port = UInt16(bigEndian: name.sin_port)
  }

  deinit { stop() }

  /// Accepts connections from now on.
  func start() {
    let thread = WorkerThread(name: "sim-accept") { [socket, open, serve] in
      Self.accept(socket, open, serve)
    }
    acceptor.withLock { $0 = thread }
  }

  /// Closes everything, whatever is under way. Calling it again does nothing.
  func stop() {
    let first = stopping.withLock { stopping in
      defer { stopping = true }
      return !stopping
    }
    guard first else { return }
    // Wakes the thread in `accept`.
    shutdown(socket, Int32(SHUT_RDWR))
    acceptor.withLock { $0 }?.join()
    close(socket)
    open.withLock { for descriptor in $0 { shutdown(descriptor, Int32(SHUT_RDWR)) } }
    open.wait { $0.isEmpty ? () : nil }
  }

  private static func accept(
    _ socket: Int32, _ open: Monitor<Set<Int32>>, _ serve: @escaping Serve
  ) {
    while true {
      let descriptor = Glibc.accept(socket, nil, nil)
      if descriptor < 0 {
        if errno == EINTR || errno == ECONNABORTED { continue }
        // Out of descriptors some will be free soon; anything else is the end.
        guard errno == EMFILE || errno == ENFILE else { return }
        poll(nil, 0, 10)
        continue
      }
      let fits = open.update { open in
        guard open.count < connectionsMax else { return false }
        return open.insert(descriptor).inserted
      }
      guard fits else {
        close(descriptor)
        continue
      }
      // `accept4` would do it in one step; the module map does not show it.
      _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
      var on: Int32 = 1
      setsockopt(
        descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
      _ = WorkerThread(name: "sim-serve") {
        ProviderConnection(descriptor).run(serve)
        // Under the lock: the number must not be another connection's when `stop` uses it.
        open.update {
          $0.remove(descriptor)
          close(descriptor)
        }
      }
    }
  }
}

/// One connection, on its thread.
private struct ProviderConnection {
  private let descriptor: Int32
  private var unread: [UInt8] = []

  /// Header lines together.
  private static let headBytesMax = 64 * 1024
  /// Telegram takes uploads of 50 MB.
  private static let bodyBytesMax = 64 << 20

  init(_ descriptor: Int32) { self.descriptor = descriptor }

  /// Serves request after request until one side has had enough.
  consuming func run(_ serve: ProviderSocket.Serve) {
    while let request = next() {
      let answer = serve(request)
      if answer.delayMilliseconds > 0, !wait(answer.delayMilliseconds) { return }
      switch answer.ending {
      case .response(let response):
        guard send(Self.wire(response)) else { return }
      case .half(let response):
        _ = send(Self.wire(response).dropLast(response.body.count - response.body.count / 2))
        return
      case .cut: return
      case .hold(let milliseconds):
        _ = wait(milliseconds)
        return
      }
    }
  }

  /// The next request; `nil` at the end, and for what is none.
  private mutating func next() -> HTTPRequest? {
    var searched = 0
    while true {
      if let end = headEnd(from: searched) {
        guard var request = HTTPRequest(wire: Array(unread[..<end])) else {
          return refuse(400)
        }
        unread.removeFirst(end)
        if request.headers["transfer-encoding"] != nil { return refuse(411) }
        guard let length = Int(request.headers["content-length"] ?? "0"), length >= 0 else {
          return refuse(400)
        }
        if length > Self.bodyBytesMax { return refuse(413) }
        if request.headers["expect"] != nil, unread.count < length {
          guard send(Array("HTTP/1.1 100 Continue\r\n\r\n".utf8)) else { return nil }
        }
        while unread.count < length { guard receive() else { return nil } }
        if unread.count == length {
          request.body = unread
          unread = []
        } else {
          request.body = Array(unread[..<length])
          unread.removeFirst(length)
        }
        return request
      }
      if unread.count > Self.headBytesMax { return refuse(431) }
      searched = max(0, unread.count - 3)
      guard receive() else { return nil }
    }
  }

  /// Where the blank line ends, looked for from `start` on.
  private func headEnd(from start: Int) -> Int? {
    unread.withUnsafeBytes { bytes in
      var index = start
      while index + 3 < bytes.count {
        if bytes[index] == 0x0D, bytes[index + 1] == 0x0A, bytes[index + 2] == 0x0D,
          bytes[index + 3] == 0x0A
        {
          return index + 4
        }
        index += 1
      }
      return nil
    }
  }

  private func refuse(_ status: Int) -> HTTPRequest? {
    _ = send(Self.wire(HTTPResponse(status: status)))
    return nil
  }

  private mutating func receive() -> Bool {
    let size = 16 * 1024
    let start = unread.count
    unread.append(contentsOf: repeatElement(0, count: size))
    let count = unread.withUnsafeMutableBytes { bytes in
      recv(descriptor, bytes.baseAddress.map { $0 + start }, size, 0)
    }
    unread.removeLast(size - max(0, count))
    return count > 0
  }

  private func send(_ bytes: some Collection<UInt8>) -> Bool {
    let bytes = Array(bytes)
    return bytes.withUnsafeBytes { bytes in
      var sent = 0
      while sent < bytes.count {
        let count = Glibc.send(
          descriptor, bytes.baseAddress.map { $0 + sent }, bytes.count - sent,
          Int32(MSG_NOSIGNAL))
        if count <= 0 { return false }
        sent += count
      }
      return true
    }
  }

  /// Waits; false as soon as the client has gone or the server stops, both of which end the socket.
  private func wait(_ milliseconds: Int) -> Bool {
    // POLLRDHUP of <poll.h>, which the module map does not show.
    var socket = pollfd(fd: descriptor, events: 0x2000, revents: 0)
    return poll(&socket, 1, Int32(clamping: milliseconds)) == 0
  }

  /// The response as on the wire, with its length.
  private static func wire(_ response: HTTPResponse) -> [UInt8] {
    var head = "HTTP/1.1 \(response.status) \(HTTPStatus.reason(response.status))\r\n"
    for field in response.headers.fields { head += "\(field.name): \(field.value)\r\n" }
    if response.status != 204 { head += "Content-Length: \(response.body.count)\r\n" }
    return Array((head + "\r\n").utf8) + response.body
  }
}
