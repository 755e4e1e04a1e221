/// An HTTP/1.1 server for one address and port, on libmicrohttpd.
///
/// A few threads of the library read requests and write responses. A handler gets each whole
/// request on one of them and answers when it can, from wherever it is; until then the connection
/// is suspended and costs no thread.
package final class HTTPServer: Sendable {
  private let context: HTTPServerContext
  private let acceptor: HTTPServerAcceptor
  private let workers: [HTTPServerWorker]
  private let stopped = Locked(false)

  /// Where it listens: the port of the configuration, or the one the system chose for 0.
  package let port: UInt16

  /// Starts listening and serving.
  ///
  /// - Throws: ``HTTPServerError``, for a person to read; the caller adds the name of the setting.
  package init(
    _ configuration: HTTPServerConfiguration, handler: any HTTPHandler,
    clock: any Clock = SystemClock(), log: Log = .none, metrics: Metrics = Metrics()
  ) throws(HTTPServerError) {
    let pem = try configuration.tls.map { tls throws(HTTPServerError) in try PEMPair(tls) }
    context = try HTTPServerContext(
      configuration, handler: handler, clock: clock, log: log, metrics: metrics)
    let socket = try ListenSocket(address: configuration.address, port: configuration.port)
    port = socket.port
    var workers: [HTTPServerWorker] = []
    for index in 0..<context.places.workers {
      workers.append(try HTTPServerWorker(context, index: index, pem))
    }
    self.workers = workers
    acceptor = try HTTPServerAcceptor(socket, workers: workers, context)
    context.reaper.start(name: configuration.name)
    log.info(
      "listening",
      [
        "listener": .string(configuration.name), "address": .string(configuration.address),
        "port": .integer(Int64(port)), "tls": .bool(configuration.tls != nil),
      ])
  }

  deinit { stop() }

  /// Refuses new connections from now on; those open are served on. Calling it again does nothing.
  package func stopAccepting() { acceptor.stop() }

  /// Stops: no new connections, requests that have begun are answered, then everything is closed.
  ///
  /// Waits for answers at most the configured drain time; after that the rest gets 503. Returns
  /// when all is closed, also to whoever calls it second. Must not be called from a handler.
  package func stop() {
    stopAccepting()
    context.drain()
    stopped.withLock { stopped in
      if stopped { return }
      stopped = true
      context.dismissAll()
      for worker in workers { worker.stop() }
      context.reaper.stop()
    }
  }
}
