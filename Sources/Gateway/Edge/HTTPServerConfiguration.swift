/// What a listener is told: where it listens, with how many threads, and what it puts up with.
package struct HTTPServerConfiguration: Sendable {
  /// Two PEM files.
  package struct TLS: Equatable, Sendable {
    /// The certificate, and behind it those of the authorities between it and the root.
    package let certificatePath: String
    /// The private key, without a pass phrase.
    package let keyPath: String

    /// The two files.
    package init(certificatePath: String, keyPath: String) {
      self.certificatePath = certificatePath
      self.keyPath = keyPath
    }
  }

  /// The word for this listener in metrics, logs and thread names: `public`, `api`.
  package var name: String
  /// A numeric address of this machine; `::` takes IPv4 too.
  package var address: String
  /// The port; 0 takes any free one.
  package var port: UInt16
  /// Threads that read and write sockets, at least; there are more for many connections. They never
  /// wait for a handler.
  package var threads: Int
  /// Open connections; the next one is closed at once.
  package var connectionsMax: Int
  /// Open connections from one address; 0 for no limit, as behind a proxy where all have one.
  package var connectionsPerAddressMax: Int
  /// Bytes of request line and header together; more is answered 431.
  package var headerBytesMax: Int
  /// Bytes of larger bodies that may be arriving at one time; the next one is answered 503.
  package var bodyBytesTotalMax: Int
  /// Seconds without a byte in either direction after which a connection is closed.
  package var idleSeconds: Int
  /// Seconds from the first byte of a request to its last.
  package var requestSeconds: Int
  /// Seconds to take in a response.
  package var responseSeconds: Int
  /// Seconds that ``HTTPServer/stop()`` waits for requests that have begun.
  package var drainSeconds: Int
  /// HTTPS instead of HTTP.
  package var tls: TLS?

  /// A listener with the limits of ``HTTPServerLimits`` unless told otherwise.
  package init(
    name: String, address: String, port: UInt16,
    threads: Int = HTTPServerLimits.threads,
    connectionsMax: Int = HTTPServerLimits.connectionsMax,
    connectionsPerAddressMax: Int = HTTPServerLimits.connectionsPerAddressMax,
    headerBytesMax: Int = HTTPServerLimits.headerBytesMax,
    bodyBytesTotalMax: Int = HTTPServerLimits.bodyBytesTotalMax,
    idleSeconds: Int = HTTPServerLimits.idleSeconds,
    requestSeconds: Int = HTTPServerLimits.requestSeconds,
    responseSeconds: Int = HTTPServerLimits.responseSeconds,
    drainSeconds: Int = HTTPServerLimits.drainSeconds,
    tls: TLS? = nil
  ) {
    self.name = name
    self.address = address
    self.port = port
    self.threads = threads
    self.connectionsMax = connectionsMax
    self.connectionsPerAddressMax = connectionsPerAddressMax
    self.headerBytesMax = headerBytesMax
    self.bodyBytesTotalMax = bodyBytesTotalMax
    self.idleSeconds = idleSeconds
    self.requestSeconds = requestSeconds
    self.responseSeconds = responseSeconds
    self.drainSeconds = drainSeconds
    self.tls = tls
  }
}

/// Every number that bounds what a stranger can make the server do.
package enum HTTPServerLimits {
  /// Two: one core's worth of parsing beside another. Handlers do their work elsewhere.
  package static let threads = 2
  /// 1,024: a webhook takes milliseconds, so that is thousands a second, at 32 KiB each.
  package static let connectionsMax = 1024
  /// 256: a provider's busiest sender stays below it, and one address cannot take all places.
  package static let connectionsPerAddressMax = 256
  /// 16 KiB: what nginx and Apache take within a factor of two. Providers send below 4 KiB.
  package static let headerBytesMax = 16 * 1024
  /// 60 s: providers that keep connections send again within that; fewer handshakes for them.
  package static let idleSeconds = 60
  /// 30 s: 50 MB at 14 Mbit/s. A sender slower than that is broken or hostile.
  package static let requestSeconds = 30
  /// 300 s: a provider fetching a large attachment may be slow, a reader that trickles must end.
  package static let responseSeconds = 300
  /// 10 s: Docker's default between SIGTERM and SIGKILL.
  package static let drainSeconds = 10
  /// Seconds that ``HTTPServer/stop()`` gives the refusals of what it did not wait for.
  static let farewellSeconds = 1
  /// What each connection has for request header, unread body and response header: twice the
  /// header, so that one slightly too long is still read to its end and answered as ours.
  static func connectionBytes(headerBytesMax: Int) -> Int { max(32 * 1024, headerBytesMax * 2) }
  /// A body grows from here: reserving what a stranger announces would be giving it away.
  static let bodyBytesReserved = 256 * 1024
  /// Bodies up to this are not counted towards ``bodyBytesTotalMax``, 1,024 of them are 64 MiB;
  /// larger ones are counted in units of it.
  static let bodyBytesUncounted = 64 * 1024
  /// 256 MiB of larger bodies: without it 1,024 connections of 50 MB each could hold 50 GB.
  package static let bodyBytesTotalMax = 256 * 1024 * 1024
  /// 4 MiB of a body that is too large are dropped in the hope of its end, and with it of a place
  /// for the answer; then the connection is cut.
  static let droppedBytesMax = 4 * 1024 * 1024
  /// 5 s in which a refused client may go on sending, so that it reads the answer and not a reset.
  static let lingerSeconds = 5
  /// 64 refused clients at a time get those seconds; more are cut at once.
  static let lingerersMax = 64
  /// 120 connections a thread, below 128 with the thread's own descriptors: when exactly 128 are
  /// ready at once, libmicrohttpd 0.9.75 waits for yet another before it serves those (`MAX_EVENTS`
  /// in `MHD_epoll`), which is for good when all clients wait for us.
  static let connectionsPerThreadMax = 120
  /// Out of descriptors, accepting pauses for 100 ms; connections that end free some.
  static let exhaustedMilliseconds: Int32 = 100
  /// A second between two looks for connections that are over their time.
  static let reapMilliseconds = 1000
  /// Room in the kernel for connections not yet accepted, as many as may be open.
  static let backlog: Int32 = 1024
}
