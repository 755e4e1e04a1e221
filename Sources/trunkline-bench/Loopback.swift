import Glibc

/// Connections to a port of this machine, with nothing between the rig and the kernel.
enum Loopback {
  /// Opens a connection that sends at once and waits in calls.
  static func connect(port: UInt16) throws(RigError) -> Int32 {
    let socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    guard socket >= 0 else { throw .system("opening a socket") }
    var one: Int32 = 1
    let size = socklen_t(MemoryLayout<Int32>.size)
    setsockopt(socket, Int32(IPPROTO_TCP), TCP_NODELAY, &one, size)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    let result = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        Glibc.connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    guard result == 0 else {
      let error = RigError.system("connecting to port \(port)")
      close(socket)
      throw error
    }
    return socket
  }

  /// Asks for a page and gives back the status of the answer, `nil` when there is none.
  static func status(port: UInt16, path: String) -> Int? {
    guard let socket = try? connect(port: port) else { return nil }
    defer { close(socket) }
    let request = Array(
      "GET \(path) HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n".utf8)
    guard send(socket, request, request.count, Int32(MSG_NOSIGNAL)) == request.count
    else { return nil }
    var answer = [UInt8](repeating: 0, count: 64)
    let count = recv(socket, &answer, answer.count, 0)
    guard count >= 12 else { return nil }
    return Int(String(decoding: answer[9..<12], as: UTF8.self))
  }
}
