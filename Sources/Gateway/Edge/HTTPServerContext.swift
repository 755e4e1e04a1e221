import Synchronization

/// What all connections of a server share. It outlives the daemons: a ``Reply`` may come later.
final class HTTPServerContext: Sendable {
  /// What the server was told.
  let configuration: HTTPServerConfiguration
  /// Who answers.
  let handler: any HTTPHandler
  /// The wall clock.
  let clock: any Clock
  /// The log.
  let log: Log
  /// The table of open connections, and who cuts them.
  let reaper: HTTPServerReaper
  /// How many requests have begun and not ended.
  let inFlight = Monitor(0)
  /// Bytes of larger bodies being received.
  let bodyBytes = Locked(0)
  /// Who may connect.
  let places: HTTPServerPlaces
  /// Connections that got no place.
  let refused: Metrics.Counter
  /// From a whole request to its answer.
  let duration: Metrics.Histogram

  private let draining = Atomic(false)
  private let closing = Atomic(false)
  private let classes: [Metrics.Counter]
  private let unanswered: Metrics.Counter

  /// The shared part of a server that is not running yet.
  init(
    _ configuration: HTTPServerConfiguration, handler: any HTTPHandler, clock: any Clock, log: Log,
    metrics: Metrics
  ) throws(HTTPServerError) {
    self.configuration = configuration
    self.handler = handler
    self.clock = clock
    self.log = log
    places = HTTPServerPlaces(configuration)
    let listener = ("listener", configuration.name)
    let requests = { (word: String) in
      metrics.counter(
        "trunkline_http_requests_total",
        help: "Requests by class of answer; none: the connection ended first.",
        [listener, ("class", word)])
    }
    classes = (2...5).map { requests("\($0)xx") }
    unanswered = requests("none")
    refused = metrics.counter(
      "trunkline_http_connections_refused_total",
      help: "Connections closed at once because too many were open.", [listener])
    duration = metrics.histogram(
      "trunkline_http_request_seconds", help: "Time from a whole request to its answer.",
      [listener])
    let reaper = try HTTPServerReaper(
      reaped: metrics.counter(
        "trunkline_http_reaped_total", help: "Connections cut because they were over their time.",
        [listener]),
      log: log)
    self.reaper = reaper
    metrics.gauge("trunkline_http_connections", help: "Open connections.", [listener]) {
      Double(reaper.count)
    }
  }

  /// The configured times, for comparison with the monotonic clock.
  var requestNanoseconds: UInt64 { Self.nanoseconds(configuration.requestSeconds) }
  /// How long a client may take for a response.
  var responseNanoseconds: UInt64 { Self.nanoseconds(configuration.responseSeconds) }
  /// How long the daemon lets a silent connection be.
  var idleNanoseconds: UInt64 { Self.nanoseconds(configuration.idleSeconds) }

  /// Whether new requests are refused and every answer closes its connection.
  var isDraining: Bool { draining.load(ordering: .relaxed) }
  /// Whether nothing may be suspended any more.
  var isClosing: Bool { closing.load(ordering: .sequentiallyConsistent) }

  /// Counts a request by the status it got, `nil` for none.
  func count(status: Int?) {
    if let status, (200...599).contains(status) {
      classes[status / 100 - 2].add()
    } else {
      unanswered.add()
    }
  }

  /// Waits until every request that has begun is over, at most the configured time.
  func drain() {
    draining.store(true, ordering: .relaxed)
    wait(seconds: configuration.drainSeconds)
  }

  /// Answers 503 to whatever still waits. From here on no connection is suspended, which a daemon
  /// demands before it stops: `closing` is set first, and looked at under the lock that both
  /// suspending and dismissing take.
  func dismissAll() {
    closing.store(true, ordering: .sequentiallyConsistent)
    reaper.forEach { $0.dismiss() }
    wait(seconds: HTTPServerLimits.farewellSeconds)
  }

  private func wait(seconds: Int) {
    _ = inFlight.wait(milliseconds: seconds * 1000) { $0 == 0 ? true : nil }
  }

  private static func nanoseconds(_ seconds: Int) -> UInt64 { UInt64(seconds) * 1_000_000_000 }
}
