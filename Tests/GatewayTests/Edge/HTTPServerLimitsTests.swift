import Testing

@testable import Gateway

@Suite(.timeLimit(.minutes(5))) struct HTTPServerLimitsTests {
  private let tenBytes = ScriptedHandler(
    admission: { _ in .accept(bodyBytesMax: 10) }, { $1.send(ScriptedHandler.echoed($0)) })

  @Test func takesABodyOfExactlyTheLimit() throws {
    let server = try HTTPServer(.test(), handler: tenBytes)
    let client = try RawClient(port: server.port)
    client.send("POST / HTTP/1.1\r\nHost: test\r\nContent-Length: 10\r\n\r\n0123456789")
    #expect(try client.response().status == 200)
    client.send("POST / HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n")
    client.send("5\r\n01234\r\n5\r\n56789\r\n0\r\n\r\n")
    #expect(try client.response().body == Array("POST / 10".utf8))
  }

  @Test func answers413BeforeABodyThatIsTooLarge() throws {
    let server = try HTTPServer(.test(), handler: tenBytes)
    let client = try RawClient(port: server.port)
    client.send("POST / HTTP/1.1\r\nHost: test\r\nContent-Length: 11\r\n\r\n")
    let response = try client.response()
    #expect(response.status == 413)
    #expect(response.headers["connection"]?.lowercased() == "close")
    #expect(response.headers.mediaType == "application/problem+json")
    let problem = try JSON.parse(response.body)
    #expect(problem["status"] == 413)
    #expect(problem["title"] == "Content Too Large")
    #expect(problem["type"]?.string != nil && problem["detail"]?.string != nil)
    #expect(client.isClosedByPeer)
  }

  @Test func lets413BeReadByAClientThatSendsFirst() throws {
    let server = try HTTPServer(.test(), handler: tenBytes)
    let client = try RawClient(port: server.port)
    let bytes = 8_000_000
    client.send("POST / HTTP/1.1\r\nHost: test\r\nContent-Length: \(bytes)\r\n\r\n")
    #expect(client.send([UInt8](repeating: 0x61, count: bytes)), "the connection was reset")
    #expect(try client.response().status == 413)
  }

  @Test func answers413ToChunksThatAreTooLarge() throws {
    let server = try HTTPServer(.test(), handler: tenBytes)
    let client = try RawClient(port: server.port)
    client.send("POST / HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n")
    client.send("6\r\n012345\r\n6\r\n678901\r\n4\r\nmore\r\n0\r\n\r\n")
    #expect(try client.response().status == 413)
    #expect(client.isClosedByPeer)
  }

  @Test func cutsChunksThatNeverEnd() throws {
    let server = try HTTPServer(.test(), handler: tenBytes)
    let client = try RawClient(port: server.port)
    client.send("POST / HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n")
    let chunk = Array("10000\r\n".utf8) + [UInt8](repeating: 0x61, count: 65_536) + [0x0D, 0x0A]
    let cutAfter = (0..<1000).first { _ in !client.send(chunk) }
    #expect(cutAfter != nil, "64 MB were taken")
  }

  @Test func answersWithoutReadingWhenTheHandlerSaysSo() throws {
    let handler = ScriptedHandler(
      admission: {
        $0.path == "/no" ? .answer(HTTPResponse(status: 404)) : .accept(bodyBytesMax: 9)
      },
      { $1.send(ScriptedHandler.echoed($0)) })
    let server = try HTTPServer(.test(), handler: handler)
    let client = try RawClient(port: server.port)
    #expect(try client.get("/no").status == 404)
    #expect(try client.get("/yes").status == 200, "the connection stays without a body")
    client.send("POST /no HTTP/1.1\r\nHost: test\r\nContent-Length: 3\r\n\r\n")
    #expect(try client.response().status == 404)
    #expect(client.isClosedByPeer, "with a body it closes")
  }

  @Test func asksForABodyOnlyWhenItWantsIt() throws {
    let server = try HTTPServer(.test(), handler: tenBytes)
    let client = try RawClient(port: server.port)
    client.send("POST / HTTP/1.1\r\nHost: t\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n")
    #expect(try client.response().status == 100)
    client.send("abc")
    #expect(try client.response().status == 200)
    client.send("POST / HTTP/1.1\r\nHost: t\r\nExpect: 100-continue\r\nContent-Length: 30\r\n\r\n")
    #expect(try client.response().status == 413)
  }

  @Test(arguments: [(1_000, 200), (17_000, 431), (200_000, 431)])
  func answers431ToAHeaderThatIsTooLarge(bytes: Int, status: Int) throws {
    let server = try HTTPServer(.test(), handler: ScriptedHandler.echo)
    let client = try RawClient(port: server.port)
    client.send("GET / HTTP/1.1\r\nHost: test\r\nX-Long: ")
    client.send([UInt8](repeating: 0x61, count: bytes))
    client.send("\r\n\r\n")
    #expect(try client.response().status == status)
  }

  @Test func answersATargetThatIsTooLong() throws {
    let server = try HTTPServer(.test(), handler: ScriptedHandler.echo)
    let client = try RawClient(port: server.port)
    client.send("GET /\(String(repeating: "a", count: 100_000)) HTTP/1.1\r\nHost: test\r\n\r\n")
    #expect([414, 431].contains(try client.response().status))
  }

  @Test func refusesOneConnectionTooManyOfAnAddress() throws {
    let server = try HTTPServer(
      .test { $0.connectionsPerAddressMax = 2 }, handler: ScriptedHandler.echo)
    try expectRefusalOfTheThird(server)
  }

  @Test func refusesOneConnectionTooMany() throws {
    let metrics = Metrics()
    let server = try HTTPServer(
      .test { $0.connectionsMax = 2 }, handler: ScriptedHandler.echo, metrics: metrics)
    try expectRefusalOfTheThird(server)
    #expect(
      metrics.counter(
        "trunkline_http_connections_refused_total", help: "", [("listener", "test")]
      ).value > 0)
  }

  private func expectRefusalOfTheThird(_ server: HTTPServer) throws {
    var clients = try (0..<2).map { _ in try RawClient(port: server.port) }
    for client in clients { #expect(try client.get("/").status == 200) }
    #expect(try RawClient(port: server.port).isClosedByPeer)
    clients.removeLast()
    #expect(eventually { (try? RawClient(port: server.port).get("/"))?.status == 200 })
    #expect(try clients[0].get("/").status == 200)
  }

  @Test func boundsWhatAllLargeBodiesHoldTogether() throws {
    let server = try HTTPServer(
      .test { $0.bodyBytesTotalMax = 300_000 }, handler: ScriptedHandler.echo)
    func status(bytes: Int) throws -> Int {
      let client = try RawClient(port: server.port)
      client.send("POST / HTTP/1.1\r\nHost: test\r\nContent-Length: \(bytes)\r\n\r\n")
      client.send([UInt8](repeating: 0x61, count: bytes))
      return try client.response().status
    }
    // One of 400,000 bytes is as much as two of 200,000, and in an order that is known.
    for _ in 0..<3 {
      #expect(try status(bytes: 400_000) == 503)
      #expect(eventually { (try? status(bytes: 200_000)) == 200 }, "what was held is given back")
    }
  }

  /// Sends `bytes` one at a time until the server closes; true when it does within five seconds.
  private func isCutWhileTrickling(_ server: HTTPServer, after start: String) throws -> Bool {
    let client = try RawClient(port: server.port, receiveTimeoutMilliseconds: 100)
    if start.hasPrefix("KEEP") {
      guard try client.get("/").status == 200 else { return false }
      client.send(String(start.dropFirst(4)))
    } else {
      client.send(start)
    }
    for _ in 0..<50 {
      client.send("a")
      // The wait for an answer is also the pause between two bytes.
      switch client.receive() {
      case .end: return true
      case .silence: continue
      case .bytes: return false
      }
    }
    return false
  }

  @Test(arguments: [
    "GE", "KEEPGE", "GET / HTTP/1.1\r\nHost: test\r\nX-Slow: ",
    "POST / HTTP/1.1\r\nHost: test\r\nContent-Length: 1000\r\n\r\n",
    "POST / HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\nfff\r\n",
  ])
  func cutsARequestThatTricklesIn(start: String) throws {
    let metrics = Metrics()
    let server = try HTTPServer(
      .test {
        $0.requestSeconds = 1
        $0.idleSeconds = 30
      }, handler: ScriptedHandler.echo, metrics: metrics)
    #expect(try isCutWhileTrickling(server, after: start))
    let reaped = metrics.counter("trunkline_http_reaped_total", help: "", [("listener", "test")])
    #expect(eventually { reaped.value > 0 })
  }

  @Test func waitsForAHandlerLongerThanForAClient() throws {
    let held = Locked<Reply?>(nil)
    defer { held.withLock { $0 = nil } }
    let server = try HTTPServer(
      .test {
        $0.requestSeconds = 1
        $0.idleSeconds = 1
        $0.drainSeconds = 0
      }, handler: ScriptedHandler { _, reply in held.withLock { $0 = reply } })
    let client = try RawClient(port: server.port, receiveTimeoutMilliseconds: 3000)
    client.send("GET / HTTP/1.1\r\nHost: test\r\n\r\n")
    #expect(client.receive() == .silence)
    held.withLock { $0 }?.send(HTTPResponse(status: 200))
    #expect(try client.response().status == 200)
  }

  @Test(arguments: ["", "GET / HTTP/1.1\r\nHost: test\r\n"])
  func closesASilentConnection(start: String) throws {
    let server = try HTTPServer(.test { $0.idleSeconds = 1 }, handler: ScriptedHandler.echo)
    let client = try RawClient(port: server.port)
    client.send(start)
    #expect(client.isClosedByPeer)
  }

  @Test func cutsAClientThatDoesNotTakeItsResponse() throws {
    let metrics = Metrics()
    let handler = ScriptedHandler { _, reply in
      reply.send(HTTPResponse(status: 200, body: [UInt8](repeating: 0, count: 50_000_000)))
    }
    let server = try HTTPServer(
      .test { $0.responseSeconds = 1 }, handler: handler, metrics: metrics)
    let client = try RawClient(port: server.port)
    client.send("GET / HTTP/1.1\r\nHost: test\r\n\r\n")
    let reaped = metrics.counter("trunkline_http_reaped_total", help: "", [("listener", "test")])
    #expect(eventually { reaped.value > 0 })
    #expect(throws: RawClient.Failure.self) { try client.response() }
  }
}
