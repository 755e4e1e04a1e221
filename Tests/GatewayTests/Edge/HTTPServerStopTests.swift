import Testing

@testable import Gateway

@Suite(.timeLimit(.minutes(5))) struct HTTPServerStopTests {
  /// Holds every request until it is told to answer.
  private final class Holder: Sendable {
    let replies = Locked<[Reply]>([])
    var count: Int { replies.withLock { $0.count } }
    var handler: ScriptedHandler {
      ScriptedHandler { [self] _, reply in replies.withLock { $0.append(reply) } }
    }
    func answerAll() {
      for reply in replies.withLock({ $0 }) { reply.send(HTTPResponse(status: 200)) }
    }
    /// A reply holds its server, whose handler holds this: somebody has to let go.
    func forgetAll() { replies.withLock { $0 = [] } }
  }

  private static let request = "GET / HTTP/1.1\r\nHost: test\r\n\r\n"

  @Test func refusesNewConnectionsAndServesOldOnesAfterStopAccepting() throws {
    let server = try HTTPServer(.test(), handler: ScriptedHandler.echo)
    let client = try RawClient(port: server.port)
    #expect(try client.get("/").status == 200)
    server.stopAccepting()
    server.stopAccepting()
    #expect(throws: RawClient.Failure.self) { try RawClient(port: server.port) }
    #expect(try client.get("/").status == 200)
  }

  @Test func answersWhatIsInFlightBeforeItStops() throws {
    let holder = Holder()
    defer { holder.forgetAll() }
    let server = try HTTPServer(.test { $0.drainSeconds = 20 }, handler: holder.handler)
    let clients = try (0..<8).map { _ in try RawClient(port: server.port) }
    for client in clients { client.send(Self.request) }
    #expect(eventually { holder.count == 8 })
    let stopper = WorkerThread(name: "stop") { server.stop() }
    // The port is free only when the server has begun to stop.
    #expect(eventually { (try? RawClient(port: server.port)) == nil })
    holder.answerAll()
    for client in clients {
      let response = try client.response()
      #expect(response.status == 200)
      #expect(client.isClosedByPeer)
    }
    stopper.join()
  }

  @Test func answers503ToWhatIsNotAnsweredInTime() throws {
    let holder = Holder()
    defer { holder.forgetAll() }
    let server = try HTTPServer(.test { $0.drainSeconds = 0 }, handler: holder.handler)
    let client = try RawClient(port: server.port)
    client.send(Self.request)
    #expect(eventually { holder.count == 1 })
    server.stop()
    let response = try client.response()
    #expect(response.status == 503)
    #expect(response.headers.mediaType == "application/problem+json")
    #expect(client.isClosedByPeer)
    // Too late, and harmless.
    holder.answerAll()
  }

  @Test func doesNotWaitForConnectionsThatAreIdle() throws {
    let server = try HTTPServer(.test { $0.drainSeconds = 60 }, handler: ScriptedHandler.echo)
    let client = try RawClient(port: server.port)
    #expect(try client.get("/").status == 200)
    let start = monotonicNanoseconds()
    server.stop()
    #expect(monotonicNanoseconds() - start < 10_000_000_000)
    #expect(client.isClosedByPeer)
  }

  @Test func stopsTwiceAndAtOnceFromSeveralThreads() throws {
    let server = try HTTPServer(.test(), handler: ScriptedHandler.echo)
    let port = server.port
    let stoppers = (0..<4).map { _ in
      WorkerThread(name: "stop") {
        server.stop()
        // Done means done, for each of them.
        #expect((try? RawClient(port: port)) == nil)
      }
    }
    for stopper in stoppers { stopper.join() }
    server.stop()
  }

  @Test func saysWhichPortIsTaken() throws {
    let server = try HTTPServer(.test(), handler: ScriptedHandler.echo)
    let port = server.port
    #expect(throws: HTTPServerError.addressInUse(address: "127.0.0.1", port: port)) {
      try HTTPServer(.test { $0.port = port }, handler: ScriptedHandler.echo)
    }
    let error = HTTPServerError.addressInUse(address: "::1", port: port)
    #expect("\(error)" == "[::1]:\(port) is taken by another process")
    server.stop()
    let next = try HTTPServer(.test { $0.port = port }, handler: ScriptedHandler.echo)
    #expect(try RawClient(port: port).get("/").status == 200)
    next.stop()
  }

  @Test(arguments: ["", "nowhere.invalid", "203.0.113.1", "256.0.0.1"])
  func refusesAnAddressThatIsNotOurs(address: String) {
    #expect(throws: HTTPServerError.badAddress(address)) {
      try HTTPServer(.test { $0.address = address }, handler: ScriptedHandler.echo)
    }
  }

  @Test func startsAndStopsUnderLoad() throws {
    for round in 0..<25 {
      let pool = WorkerPool(name: "later", threads: 2, queueLimit: 1000)
      let handler = ScriptedHandler { request, reply in
        // Also when the pool is gone already: the reply is dropped then, which answers 500.
        _ = pool.submit { reply.send(ScriptedHandler.echoed(request)) }
      }
      let server = try HTTPServer(.test { $0.drainSeconds = round % 2 }, handler: handler)
      let answered = Locked(0)
      let wrong = Locked<[Int]>([])
      let clients = (0..<6).map { _ in
        WorkerThread(name: "client") {
          while let client = try? RawClient(port: server.port) {
            while let response = try? client.get("/x") {
              answered.withLock { $0 += 1 }
              if ![200, 503].contains(response.status) {
                wrong.withLock { $0.append(response.status) }
              }
            }
          }
        }
      }
      #expect(eventually { answered.withLock { $0 } > round * 2 })
      server.stop()
      for client in clients { client.join() }
      pool.stop()
      #expect(wrong.withLock { $0 } == [])
    }
  }
}
