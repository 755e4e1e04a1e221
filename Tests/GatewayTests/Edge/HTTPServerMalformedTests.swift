import Testing

@testable import Gateway

/// What strangers send that is no proper request.
@Suite(.timeLimit(.minutes(5))) struct HTTPServerMalformedTests {
  /// Raw bytes and the status they get; `nil` for none but a closed connection.
  struct Row: Sendable, CustomTestStringConvertible {
    let request: String
    let status: Int?
    var testDescription: String { String(request.prefix(60)).debugDescription }

    init(_ request: String, _ status: Int?) {
      self.request = request
      self.status = status
    }
  }

  static let rows = [
    Row("POST / HTTP/1.1\r\nHost: t\r\nContent-Length: abc\r\n\r\n", 400),
    Row("POST / HTTP/1.1\r\nHost: t\r\nContent-Length: -1\r\n\r\n", 400),
    Row("POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 1e3\r\n\r\n", 400),
    Row("POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 99999999999999999999\r\n\r\n", 413),
    Row("POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 9999999999999999999\r\n\r\n", 413),
    Row("POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", 400),
    Row(
      "POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", 400),
    Row("POST / HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", 501),
    Row("POST / HTTP/1.0\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 501),
    Row("POST / HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", 400),
    Row("POST / HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n", 400),
    Row(
      "POST / HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n", 413),
    Row("GET / HTTP/1.1\r\n\r\n", 400),
    Row("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400),
    Row("GET / HTTP/1.1\r\nHost : t\r\n\r\n", 400),
    Row("GET / HTTP/1.1\r\nHost: t\r\nX Y: 1\r\n\r\n", 400),
    Row("GET / HTTP/1.1\r\nHost: t\r\nnothing\r\n\r\n", 400),
    Row("GET /a b HTTP/1.1\r\nHost: t\r\n\r\n", 400),
    Row("GET / HTTP/2.0\r\nHost: t\r\n\r\n", 505),
    Row("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505),
    Row("GET / HTTP/0.9\r\n\r\n", 505),
    Row("GET /\r\n\r\n", 400),
    Row("nonsense\r\n\r\n", nil),
    Row("\u{16}\u{3}\u{1}\u{2}\u{0}\r\n\r\n", nil),
    Row("G@T / HTTP/1.1\r\nHost: t\r\n\r\n", 400),
    Row("GET / HTTP/1.0\r\n\r\n", 200),
    Row("\r\n\r\nGET / HTTP/1.1\r\nHost: t\r\n\r\n", 200),
    Row("GET / HTTP/1.1\nHost: t\n\n", 200),
    Row("OPTIONS * HTTP/1.1\r\nHost: t\r\n\r\n", 200),
    Row("brew / HTTP/1.1\r\nHost: t\r\n\r\n", 200),
    Row(
      "GET / HTTP/1.1\r\nHost: t\r\n"
        + "Cookie: \(String(repeating: "a=b;", count: 2000))\r\n\r\n", 431),
    Row(
      "GET / HTTP/1.1\r\nHost: t\r\n"
        + (0..<1000).map { "A\($0): \r\n" }.joined() + "\r\n", 431),
  ]

  @Test(arguments: rows)
  func answersAndServesOn(row: Row) throws {
    let server = try HTTPServer(.test(), handler: ScriptedHandler.echo)
    let client = try RawClient(port: server.port)
    client.send(row.request)
    if let status = row.status {
      #expect(try client.response().status == status)
      client.finishSending()
      #expect(eventually { client.receive() == .end })
    } else {
      #expect(client.isClosedByPeer)
    }
    #expect(try RawClient(port: server.port).get("/after").status == 200)
  }

  @Test func neverTakesTheBodyOfOneRequestForTheNext() throws {
    let server = try HTTPServer(.test(), handler: ScriptedHandler.echo)
    let client = try RawClient(port: server.port)
    client.send(
      "POST /first HTTP/1.1\r\nHost: t\r\nContent-Length: 44\r\nTransfer-Encoding: chunked")
    client.send("\r\n\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: t\r\n\r\n")
    #expect(try client.response().status == 400)
    #expect(client.isClosedByPeer)
  }

  @Test func forgetsAClientThatLeavesInTheMiddle() throws {
    let handled = Locked(0)
    let metrics = Metrics()
    let server = try HTTPServer(
      .test { $0.drainSeconds = 20 },
      handler: ScriptedHandler { request, reply in
        handled.withLock { $0 += 1 }
        reply.send(ScriptedHandler.echoed(request))
      }, metrics: metrics)
    for part in [
      "G", "GET / HTTP/1.1\r\nHo", "POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 9\r\n\r\nabc",
    ] {
      let client = try RawClient(port: server.port)
      client.send(part)
    }
    // The first never got as far as a request.
    let unanswered = metrics.counter(
      "trunkline_http_requests_total", help: "", [("listener", "test"), ("class", "none")])
    #expect(eventually { unanswered.value == 2 })
    server.stop()
    #expect(handled.withLock { $0 } == 0)
    #expect(unanswered.value == 2)
  }

  @Test(arguments: [11, 12, 13])
  func survivesRandomBytes(seed: UInt64) throws {
    let server = try HTTPServer(.test(), handler: ScriptedHandler.echo)
    var random = SplitMix(state: seed)
    let pieces = [
      "GET ", "POST ", "/", "?", " HTTP/1.1", "\r\n", "\n", "\r", ":", "Host: t",
      "Content-Length: ",
      "Transfer-Encoding: chunked", "0", "5", "ff", " ", "\t", "\u{0}", "é", "%", ";",
      "Expect: 100-continue",
    ]
    for _ in 0..<200 {
      let client = try RawClient(port: server.port, receiveTimeoutMilliseconds: 1)
      let count = Int(random.next() % 40)
      client.send(
        (0..<count).map { _ in pieces[Int(random.next() % UInt64(pieces.count))] }.joined())
      _ = client.receive()
    }
    #expect(try RawClient(port: server.port).get("/after").status == 200, "seed \(seed)")
  }

  private struct SplitMix {
    var state: UInt64
    mutating func next() -> UInt64 {
      state &+= 0x9E37_79B9_7F4A_7C15
      var mixed = state
      mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
      mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
      return mixed ^ (mixed >> 31)
    }
  }
}
