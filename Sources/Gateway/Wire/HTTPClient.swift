import Glibc

/// Sends HTTP requests on one thread of its own, which begins with the first call.
///
/// Connections are kept and shared between calls, HTTP/2 is spoken where the other end offers it.
/// Follows no redirects, asks no proxy and says no request twice, so that a request goes where it
/// says, once, and nowhere else.
package final class HTTPClient: Sendable {
  private struct State {
    var loop: HTTPClientLoop?
    var thread: WorkerThread?
    var isStopped = false
  }

  private let state = Locked(State())
  private let connectTimeoutMilliseconds: Int
  private let totalTimeoutMilliseconds: Int
  private let bodyBytesMax: Int
  private let trustedCertificatesPath: String?

  /// A client. The time-outs and `bodyBytesMax`, the longest answer, are those of
  /// ``send(_:to:)``; an ``HTTPCall`` has its own. With `trustedCertificatesPath`, a PEM file, it
  /// trusts these authorities and not the system's.
  package init(
    connectTimeoutMilliseconds: Int = 5000, totalTimeoutMilliseconds: Int = 30_000,
    bodyBytesMax: Int = 16 * 1024 * 1024, trustedCertificatesPath: String? = nil
  ) {
    self.connectTimeoutMilliseconds = connectTimeoutMilliseconds
    self.totalTimeoutMilliseconds = totalTimeoutMilliseconds
    self.bodyBytesMax = bodyBytesMax
    self.trustedCertificatesPath = trustedCertificatesPath
  }

  // Waits, as `stop` does: a thread left behind would still free TLS when the process has ended.
  deinit { stop() }

  /// Makes the call and tells `completion`, exactly once and on the client's thread; after
  /// ``stop()`` on another one, but never on the caller's. Does not wait. `completion` may call
  /// back into the client, and must not block: every other call waits for it.
  package func send(_ call: HTTPCall, completion: @escaping @Sendable (HTTPExchange) -> Void) {
    let order = HTTPClientLoop.Order(call: call, completion: completion)
    let (loop, isStopped) = state.withLock { (running(&$0), $0.isStopped) }
    if let loop, loop.submit(order) { return }
    let reason = loop != nil || isStopped ? "the client stopped" : "no descriptors left"
    // A caller may hold a lock that its completion takes as well.
    _ = WorkerThread(name: "http-late") {
      completion(HTTPClientLoop.unsent(call, reason))
    }
  }

  /// Sends `request`, whose target is an absolute URL, waits on the caller's thread and returns the
  /// answer whatever its status. It goes nowhere but to `destinations`. For places that have a
  /// thread to spare, so not for a completion.
  ///
  /// - Throws: ``TransportFailure``. Its ``TransportFailure/mayHaveArrived`` says whether something
  ///   may have happened at the other end.
  package func send(
    _ request: HTTPRequest, to destinations: Destinations = .everywhere
  ) throws(TransportFailure) -> HTTPResponse {
    precondition(!isOwnThread, "a completion would wait for itself")
    var call = HTTPCall(request)
    call.connectTimeoutMilliseconds = connectTimeoutMilliseconds
    call.totalTimeoutMilliseconds = totalTimeoutMilliseconds
    call.answerBytesMax = bodyBytesMax
    call.destinations = destinations
    let exchange = Monitor<HTTPExchange?>(nil)
    send(call) { result in exchange.update { $0 = result } }
    return try exchange.wait { $0 }.result.get()
  }

  /// Ends the thread. What is under way ends with a failure, and has been told when this returns;
  /// called by a completion, soon after. Calling it again does nothing.
  package func stop() {
    let (loop, thread) = state.withLock { state in
      state.isStopped = true
      return (state.loop, state.thread)
    }
    guard let loop else { return }
    loop.stop()
    guard !loop.isOwnThread else { return }
    thread?.join()
    // With the last reference its connections close.
    state.withLock { $0.loop = nil }
  }

  private var isOwnThread: Bool { state.withLock { $0.loop }?.isOwnThread ?? false }

  private func running(_ state: inout State) -> HTTPClientLoop? {
    if state.isStopped { return nil }
    if let loop = state.loop { return loop }
    guard let loop = HTTPClientLoop(trustedCertificatesPath: trustedCertificatesPath) else {
      return nil
    }
    state.loop = loop
    state.thread = WorkerThread(name: "http-client") { loop.run() }
    return loop
  }
}
