/// A request that is there to its last byte.
package struct IncomingRequest: Sendable {
  /// The request, its target byte for byte as on the wire.
  package let http: HTTPRequest
  /// The numeric address of whoever sent it; behind a proxy, the proxy's.
  package let remoteAddress: String
  /// When its last byte was there.
  package let receivedAt: Instant

  /// A request.
  package init(http: HTTPRequest, remoteAddress: String, receivedAt: Instant) {
    self.http = http
    self.remoteAddress = remoteAddress
    self.receivedAt = receivedAt
  }
}

/// What to do with a request of which only the header is known.
package enum Admission: Sendable {
  /// Read the body, up to that many bytes; a larger one is answered 413.
  case accept(bodyBytesMax: Int)
  /// Answer now. The connection is closed if a body was announced, and kept otherwise.
  case answer(HTTPResponse)
}

/// What stands behind a listener.
package protocol HTTPHandler: Sendable {
  /// Decides on a request by its header alone; its body is empty here. Called on a thread of the
  /// server: must not wait for anything.
  func admit(_ head: HTTPRequest, remoteAddress: String) -> Admission

  /// Takes a whole request. Called on a thread of the server: must not wait for anything. Answers
  /// through `reply`, here or later and from any thread.
  func handle(_ request: IncomingRequest, _ reply: Reply)
}

/// The one answer to one request.
///
/// Dropping it without an answer sends 500: a client must never wait for a forgotten request.
package final class Reply: Sendable {
  private let connection: HTTPServerConnection
  private let serial: UInt64

  /// The answer to the request of that number on its connection.
  init(_ connection: HTTPServerConnection, serial: UInt64) {
    self.connection = connection
    self.serial = serial
  }

  deinit {
    connection.abandon(serial: serial)
  }

  /// Sends `response`. Only the first call counts; once the client is gone nothing happens.
  package func send(_ response: HTTPResponse) { connection.answer(response, serial: serial) }
}
