/// A message to send, `outbound/<name>.message.json`, with recorded answers,
/// `<name>.<case>.response.http`.
package struct OutboundFixture: Sendable, CustomStringConvertible {
  /// The channel it is sent on.
  package let channel: FixtureChannel
  /// That channel's provider.
  let transport: any Transport
  /// Where the file is, below the root: `twilio/outbound/sms.message.json`.
  package let path: String
  /// The folder and the beginning of every file of this message: `…/outbound/sms.`.
  let stem: String
  /// What is sent.
  package let message: OutboundMessage
  /// What came back, by case.
  let cases: [Case]
  /// The other files of this message, without the stem: goldens, and what was once one.
  let otherFiles: [String]

  /// The path: the name a person knows the fixture by.
  package var description: String { path }

  /// The recorded answers to the requests of the first part, in order.
  struct Case: Sendable {
    /// The case's name, such as `accepted`.
    let name: String
    /// The first answer from `<case>.response.http`, the next from `<case>.2.response.http`, ….
    let answers: [RecordedAnswer]
  }

  /// The parts with the time of the folder.
  func parts() throws(Unsendable) -> [MessagePart] {
    try transport.parts(of: message, now: channel.now)
  }
}

/// What a `.response.http` file says.
enum RecordedAnswer: Equatable, Sendable {
  /// A whole answer.
  case whole(HTTPResponse)
  /// `Content-Length` says more than there is: the connection was cut.
  case cutShort
  /// An empty file: nothing came after the request was sent.
  case timedOut

  /// Reads a file; `nil` when it is no response as on the wire.
  init?(_ bytes: [UInt8]) {
    if bytes.isEmpty {
      self = .timedOut
    } else if let response = HTTPResponse(wire: bytes) {
      let stated = response.headers["content-length"].flatMap(Int.init) ?? 0
      self = stated > response.body.count ? .cutShort : .whole(response)
    } else {
      return nil
    }
  }

  /// The answer as the transport gets it.
  func reply(to request: SendRequest) -> SendReply {
    switch self {
    case .whole(let response): .response(response)
    case .cutShort:
      .failure(
        TransportFailure(.other, host: request.host, detail: "the answer was cut short"))
    case .timedOut:
      .failure(TransportFailure(.timedOut(afterRequestSent: true), host: request.host))
    }
  }
}

extension SendRequest {
  /// Where it goes, `name:port`; empty where the target is no URL.
  var host: String {
    let pieces = http.target.split(separator: "/", maxSplits: 2, omittingEmptySubsequences: false)
    guard pieces.count > 1, pieces[0].hasSuffix(":"), pieces[1].isEmpty else { return "" }
    let authority = http.target.dropFirst(pieces[0].utf8.count + 2)
      .prefix { $0 != "/" && $0 != "?" && $0 != "#" }
    if authority.contains(":") { return String(authority) }
    return "\(authority):\(pieces[0] == "http:" ? 80 : 443)"
  }
}
