import CLinux
import Glibc

/// Ends what would otherwise never end: requests that trickle in, responses nobody takes, and
/// refused clients that go on sending.
///
/// The library's own time-out starts anew with each byte, so a byte now and then would hold a
/// connection for good. The reaper looks at all connections once a second and shuts those down that
/// are over their time; the daemon then sees the end and closes them.
///
/// A shutdown must hit the socket it is meant for. Every open connection is in `connections` from
/// before its first byte until just before the daemon closes it, and shutdowns happen under that
/// lock: while it is held, no descriptor in the table can be closed and given to somebody else.
final class HTTPServerReaper: Sendable {
  /// A refused client's socket, a duplicate that outlives the daemon's.
  private struct Lingerer {
    let socket: Int32
    let deadline: UInt64
  }

  private struct Inbox {
    var lingerers: [Lingerer] = []
    var lingering = 0
    var stopped = false
  }

  private let connections = Locked<[Int32: HTTPServerConnection]>([:])
  private let inbox = Locked(Inbox())
  private let wake: Int32
  private let reaped: Metrics.Counter
  private let log: Log
  private let thread = Locked<WorkerThread?>(nil)

  /// A reaper that does not run yet.
  init(reaped: Metrics.Counter, log: Log) throws(HTTPServerError) {
    wake = eventfd(0, Int32(EFD_NONBLOCK | EFD_CLOEXEC))
    guard wake >= 0 else { throw .system(reason: String(cString: strerror(errno))) }
    self.reaped = reaped
    self.log = log
  }

  deinit { close(wake) }

  /// Starts the thread.
  func start(name: String) {
    let worker = WorkerThread(name: "\(name)-reaper") { [self] in run() }
    thread.withLock { $0 = worker }
  }

  /// Ends the thread and closes what lingers. Call it after the daemon has closed its connections.
  func stop() {
    inbox.withLock { $0.stopped = true }
    eventfd_write(wake, 1)
    thread.withLock { $0 }?.join()
  }

  /// How many connections are open.
  var count: Int { connections.withLock { $0.count } }

  /// Notes a new connection.
  func add(_ connection: HTTPServerConnection) {
    connections.withLock { $0[connection.socket] = connection }
  }

  /// Forgets a connection that is about to be closed. With `lingering` its socket stays open for a
  /// while, so that the client gets to read our answer: closing with unread bytes sends a reset.
  func remove(_ connection: HTTPServerConnection, lingering: Bool) {
    _ = connections.withLock { $0.removeValue(forKey: connection.socket) }
    guard lingering else { return }
    let mayLinger = inbox.withLock { inbox in
      guard !inbox.stopped, inbox.lingering < HTTPServerLimits.lingerersMax else { return false }
      inbox.lingering += 1
      return true
    }
    guard mayLinger else { return }
    let socket = fcntl(connection.socket, F_DUPFD_CLOEXEC, 0)
    let deadline = monotonicNanoseconds() + UInt64(HTTPServerLimits.lingerSeconds) * 1_000_000_000
    inbox.withLock { inbox in
      if socket >= 0 {
        inbox.lingerers.append(Lingerer(socket: socket, deadline: deadline))
      } else {
        inbox.lingering -= 1
      }
    }
    eventfd_write(wake, 1)
  }

  /// Runs `body` for every open connection.
  func forEach(_ body: (HTTPServerConnection) -> Void) {
    for connection in connections.withLock({ Array($0.values) }) { body(connection) }
  }

  private func run() {
    var lingerers: [Lingerer] = []
    var lastLook = monotonicNanoseconds()
    while true {
      let stopped = inbox.withLock { inbox in
        lingerers += inbox.lingerers
        inbox.lingerers = []
        return inbox.stopped
      }
      if stopped { break }
      var sockets = lingerers.map { pollfd(fd: $0.socket, events: Int16(POLLIN), revents: 0) }
      sockets.append(pollfd(fd: wake, events: Int16(POLLIN), revents: 0))
      poll(&sockets, nfds_t(sockets.count), Int32(HTTPServerLimits.reapMilliseconds))
      var signals: eventfd_t = 0
      eventfd_read(wake, &signals)
      let now = monotonicNanoseconds()
      let before = lingerers.count
      let ready = Set(sockets.dropLast().filter { $0.revents != 0 }.map(\.fd))
      lingerers.removeAll { lingerer in
        let over =
          now >= lingerer.deadline
          || ready.contains(lingerer.socket) && !Self.drain(lingerer.socket)
        if over { close(lingerer.socket) }
        return over
      }
      let ended = before - lingerers.count
      if ended > 0 { inbox.withLock { $0.lingering -= ended } }
      if now - lastLook >= UInt64(HTTPServerLimits.reapMilliseconds) * 1_000_000 {
        lastLook = now
        reap(now)
      }
    }
    for lingerer in lingerers { close(lingerer.socket) }
  }

  private func reap(_ now: UInt64) {
    let count = connections.withLock { connections in
      var count = 0
      for connection in connections.values where connection.isOverdue(now) {
        shutdown(connection.socket, Int32(SHUT_RDWR))
        count += 1
      }
      return count
    }
    guard count > 0 else { return }
    reaped.add(count)
    log.debug("connections over their time cut", ["count": .integer(Int64(count))])
  }

  /// Drops what has come. False at the end of the stream.
  private static func drain(_ socket: Int32) -> Bool {
    withUnsafeTemporaryAllocation(byteCount: 65_536, alignment: 1) { scratch in
      let count = recv(socket, scratch.baseAddress, scratch.count, Int32(MSG_DONTWAIT))
      return count > 0 || (count < 0 && (errno == EAGAIN || errno == EINTR))
    }
  }
}
