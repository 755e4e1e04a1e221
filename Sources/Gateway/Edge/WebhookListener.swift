/// The public listener: every provider's callbacks of a channel at one address, and beside them
/// files for providers to fetch.
///
/// Verification and reading are pure and quick, so they run on the listener's own threads; the
/// answer waits, suspended, for the commit.
package final class WebhookListener: HTTPHandler {
  private struct Unknown {
    var count = 0
    var loggedAt: UInt64 = 0
  }

  private let ingest: Ingest
  private let directory: ChannelDirectory
  private let media: PublicMedia?
  private let log: Log
  private let bodyBytesMax: Int
  private let unknown = Locked(Unknown())
  private let unknownCounter: Metrics.Counter

  /// A scan of guessed addresses must not fill the log: one line in this time.
  private static let unknownLogNanoseconds: UInt64 = 10_000_000_000

  /// The way in for providers. Without `media` there are no files to fetch.
  package init(
    ingest: Ingest, directory: ChannelDirectory, media: PublicMedia? = nil, log: Log,
    metrics: Metrics, bodyBytesMax: Int
  ) {
    self.ingest = ingest
    self.directory = directory
    self.media = media
    self.log = log
    self.bodyBytesMax = bodyBytesMax
    unknownCounter = metrics.counter(
      "trunkline_webhooks_unknown_channel_total",
      help: "Requests for a channel that does not exist.")
  }

  /// Finds the channel by the path and refuses what is for none, before the body is read.
  package func admit(_ head: HTTPRequest, remoteAddress: String) -> Admission {
    let parts = head.path.split(separator: "/")
    if parts == ["healthz"] { return Self.admitHealth(head) }
    if parts.count == 2, parts[0] == "media", let media {
      return media.admit(head, token: parts[1])
    }
    guard parts.count == 2, parts[0] == "webhooks" else {
      return .answer(.problem(404, "There is nothing at this address."))
    }
    guard let live = channel(parts[1]) else {
      noteUnknown()
      return .answer(.problem(404, "There is no such channel."))
    }
    switch head.method {
    case "GET", "POST": break
    case "OPTIONS": return .answer(HTTPResponse(status: 204, headers: ["Allow": Self.allow]))
    default:
      var refusal = HTTPResponse.problem(405, "This address takes \(Self.allow).")
      refusal.headers.add("Allow", Self.allow)
      return .answer(refusal)
    }
    if live.channel.state == .disabled {
      return .answer(live.provider.answer(.disabled, to: head))
    }
    return .accept(bodyBytesMax: min(bodyBytesMax, type(of: live.provider).bodyBytesMax))
  }

  /// Takes one webhook in and answers as its provider wants.
  package func handle(_ request: IncomingRequest, _ reply: Reply) {
    let parts = request.http.path.split(separator: "/")
    if parts == ["healthz"] { return reply.send(.json(["status": "ok"])) }
    if parts.count == 2, parts[0] == "media", let media {
      return media.handle(request.http, token: parts[1], reply)
    }
    // The channel may have gone since the header was read.
    guard parts.count == 2, let live = channel(parts[1]) else {
      return reply.send(.problem(404, "There is no such channel."))
    }
    ingest.receive(request.http, remoteAddress: request.remoteAddress, on: live) { outcome in
      reply.send(live.provider.answer(outcome, to: request.http))
    }
  }

  private static let allow = "GET, OPTIONS, POST"

  private static func admitHealth(_ head: HTTPRequest) -> Admission {
    if head.method == "GET" || head.method == "HEAD" { return .accept(bodyBytesMax: 0) }
    return .answer(.problem(405, "This address takes GET."))
  }

  private func channel(_ text: Substring) -> LiveChannel? {
    ID<Channel>(String(text)).flatMap { directory[$0] }
  }

  private func noteUnknown() {
    unknownCounter.add()
    let now = monotonicNanoseconds()
    let count: Int? = unknown.withLock { unknown in
      unknown.count += 1
      guard unknown.loggedAt == 0 || now - unknown.loggedAt >= Self.unknownLogNanoseconds else {
        return nil
      }
      defer { unknown = Unknown(count: 0, loggedAt: now) }
      return unknown.count
    }
    if let count {
      log.warning("requests for unknown channels", ["count": .integer(Int64(count))])
    }
  }
}
