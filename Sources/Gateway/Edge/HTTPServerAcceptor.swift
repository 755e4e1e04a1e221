import CLinux
import CMicrohttpd
import Glibc

/// Takes connections from the listening socket and hands them to the daemon's threads.
///
/// The daemons could do that themselves. But then each of them wakes for every new connection, a
/// full one leaves clients waiting in the kernel instead of refusing them, and the way to stop
/// listening (`MHD_quiesce_daemon` in 0.9.75) aborts the process when a thread takes the socket out
/// of its epoll set at the same moment.
final class HTTPServerAcceptor: Sendable {
  private let wake: Int32
  private let thread: WorkerThread
  private let stopped = Locked(false)

  /// Accepts from `socket`, and closes it in the end. `workers` are as many as `context` has places
  /// for.
  init(
    _ socket: consuming ListenSocket, workers: [HTTPServerWorker], _ context: HTTPServerContext
  ) throws(HTTPServerError) {
    wake = eventfd(0, Int32(EFD_NONBLOCK | EFD_CLOEXEC))
    guard wake >= 0 else { throw .system(reason: String(cString: strerror(errno))) }
    let loop = Loop(socket, wake: wake, workers: workers, context)
    thread = WorkerThread(name: "\(context.configuration.name)-accept") { loop.run() }
  }

  deinit { close(wake) }

  /// Stops listening: the kernel refuses new connections when this returns. Calling it again does
  /// nothing.
  func stop() {
    // Under a lock, so that whoever comes second waits for the end too.
    stopped.withLock { stopped in
      if stopped { return }
      stopped = true
      eventfd_write(wake, 1)
      thread.join()
    }
  }

  /// What the thread has.
  // `@unchecked Sendable` is safe because only that thread touches it after `init`.
  private final class Loop: @unchecked Sendable {
    private var socket: ListenSocket?
    private let wake: Int32
    private let workers: [HTTPServerWorker]
    private let context: HTTPServerContext

    init(
      _ socket: consuming ListenSocket, wake: Int32, workers: [HTTPServerWorker],
      _ context: HTTPServerContext
    ) {
      self.socket = consume socket
      self.wake = wake
      self.workers = workers
      self.context = context
    }

    func run() {
      // Closed by the thread that uses it: nobody can get the descriptor while it is in a call.
      guard let descriptor = socket?.descriptor else { return }
      var sockets = [
        pollfd(fd: wake, events: Int16(POLLIN), revents: 0),
        pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0),
      ]
      var isExhausted = false
      while true {
        // Out of descriptors, the socket would be ready all the time: look again a little later.
        let patience = isExhausted ? HTTPServerLimits.exhaustedMilliseconds : -1
        poll(&sockets, isExhausted ? 1 : 2, patience)
        if sockets[0].revents != 0 { break }
        isExhausted = !accept(from: descriptor)
      }
      socket = nil
    }

    /// Accepts all there are. False when the system has no room for more.
    private func accept(from socket: Int32) -> Bool {
      var address = sockaddr_storage()
      while true {
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let client = withUnsafeMutablePointer(to: &address) {
          $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
            accept4(socket, $0, &length, Int32(SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue))
          }
        }
        if client < 0 {
          switch errno {
          case EMFILE, ENFILE, ENOBUFS, ENOMEM:
            context.log.error(
              "no room for more connections", ["reason": .string(String(cString: strerror(errno)))])
            return false
          // None left, or one that has gone already; asking again sorts that out.
          default: return true
          }
        }
        withUnsafePointer(to: &address) {
          $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { admit(client, $0, length) }
        }
      }
    }

    private func admit(_ socket: Int32, _ address: UnsafePointer<sockaddr>, _ length: socklen_t) {
      let text = PeerAddress.text(address)
      guard let worker = context.places.take(address: text) else {
        context.refused.add()
        close(socket)
        return
      }
      if !workers[worker].add(socket, address, length) {
        context.places.give(back: worker, address: text)
      }
    }
  }
}
