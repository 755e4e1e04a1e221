import Glibc

@testable import Gateway

/// A listener on a free port of this machine that says exactly what its script says.
final class RawServer {
  /// A connection in the hands of the script, which runs on a thread of its own.
  struct Connection {
    fileprivate let socket: Int32
    fileprivate let seen: Locked<[String]>

    /// Reads one request; `nil` when the other end closes, or says nothing for ten seconds.
    func request() -> String? {
      var bytes: [UInt8] = []
      while true {
        if let end = bytes.firstRange(of: Array("\r\n\r\n".utf8))?.upperBound {
          let head = String(decoding: bytes[..<end], as: UTF8.self)
          let length = head.lowercased().split(separator: "\r\n")
            .first { $0.hasPrefix("content-length:") }
            .flatMap { Int($0.dropFirst(15).trimmed) }
          if bytes.count >= end + (length ?? 0) {
            let text = String(decoding: bytes, as: UTF8.self)
            seen.withLock { $0.append(text) }
            return text
          }
        }
        var chunk = [UInt8](repeating: 0, count: 4096)
        let count = recv(socket, &chunk, chunk.count, 0)
        if count <= 0 { return nil }
        bytes += chunk[..<count]
      }
    }

    /// Sends the text.
    func send(_ text: String) {
      var rest = Array(text.utf8)[...]
      while !rest.isEmpty {
        let count = rest.withUnsafeBytes {
          Glibc.send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
        }
        if count <= 0 { return }
        rest = rest.dropFirst(count)
      }
    }

    /// Sends an answer of status 200 that keeps the connection.
    func answer(_ body: String) {
      send("HTTP/1.1 200 OK\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)")
    }
  }

  let port: UInt16
  private let listener: Int32
  private let seenRequests = Locked<[String]>([])
  private let accepted = Locked(0)

  /// Listens; `script` has each connection, which closes at its end.
  init(_ script: @escaping @Sendable (Connection) -> Void) {
    let listener = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    withUnsafeMutablePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        _ = bind(listener, $0, length)
        _ = getsockname(listener, $0, &length)
      }
    }
    listen(listener, 128)
    self.listener = listener
    port = UInt16(bigEndian: address.sin_port)
    _ = WorkerThread(name: "raw-server") { [accepted, seenRequests] in
      while true {
        let socket = accept(listener, nil, nil)
        // `deinit` shuts the listener down, and this thread closes it.
        guard socket >= 0 else {
          close(listener)
          return
        }
        accepted.withLock { $0 += 1 }
        var patience = timeval(tv_sec: 10, tv_usec: 0)
        setsockopt(
          socket, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        _ = WorkerThread(name: "raw-connection") {
          script(Connection(socket: socket, seen: seenRequests))
          close(socket)
        }
      }
    }
  }

  deinit { shutdown(listener, Int32(SHUT_RDWR)) }

  /// The address of the listener with `scheme`.
  func url(_ path: String = "/", scheme: String = "http") -> String {
    "\(scheme)://127.0.0.1:\(port)\(path)"
  }

  /// The requests read so far.
  var requests: [String] { seenRequests.withLock { $0 } }
  /// How many connections came.
  var connections: Int { accepted.withLock { $0 } }
}
