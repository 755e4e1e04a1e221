/// One exchange to make: a request with what surrounds it.
package struct HTTPCall: Sendable {
  /// The request; its target is an absolute `http` or `https` URL.
  package var request: HTTPRequest
  /// How long connecting may take, name and TLS included.
  package var connectTimeoutMilliseconds = 5000
  /// How long the whole exchange may take.
  package var totalTimeoutMilliseconds = 30_000
  /// The longest answer that is taken.
  package var answerBytesMax = 1 << 20
  /// Where it may go.
  package var destinations = Destinations.everywhere
  /// A file to write the body of a 2xx answer to, made or emptied first; the answer then has no
  /// body of its own. Answers of another status keep theirs.
  package var answerPath: String?

  /// A call.
  package init(_ request: HTTPRequest) { self.request = request }
}

/// What came of a call.
package struct HTTPExchange: Sendable {
  /// The answer whatever its status, or why there is none.
  package var result: Result<HTTPResponse, TransportFailure>
  /// How long each stretch took.
  package var timing: HTTPTiming
  /// The address that was spoken to, where a connection was made.
  package var remoteAddress: String?

  /// An exchange.
  package init(
    _ result: Result<HTTPResponse, TransportFailure>, timing: HTTPTiming = HTTPTiming(),
    remoteAddress: String? = nil
  ) {
    self.result = result
    self.timing = timing
    self.remoteAddress = remoteAddress
  }
}

/// How long the stretches of an exchange took, in microseconds from its start; 0 for one that was
/// not reached, or not needed on a connection that was there.
package struct HTTPTiming: Equatable, Sendable {
  /// Until the name had an address.
  package var resolved: Int64 = 0
  /// Until the connection stood.
  package var connected: Int64 = 0
  /// Until TLS stood.
  package var secured: Int64 = 0
  /// Until the first byte of the answer.
  package var firstByte: Int64 = 0
  /// Until the end.
  package var total: Int64 = 0
  /// Whether it went over a connection that was there.
  package var reused = false
  /// The protocol: `1.1`, `2`; empty when there was no answer.
  package var version = ""

  /// Nothing measured.
  package init() {}

  /// The timing as JSON, in microseconds.
  package var json: JSON {
    [
      "resolved": .integer(resolved), "connected": .integer(connected),
      "secured": .integer(secured), "first_byte": .integer(firstByte), "total": .integer(total),
      "reused": .bool(reused), "version": .string(version),
    ]
  }
}

/// Where calls may go. The address is checked at the moment of connecting, after the name was
/// resolved, so that a name cannot lead elsewhere than it did when it was looked at.
package enum Destinations: Equatable, Sendable {
  /// Anywhere: for addresses that the operator of this machine gave.
  case everywhere
  /// Public addresses, and beside them only what these rules allow.
  case publicOnly(allowing: [DestinationRule])
}
