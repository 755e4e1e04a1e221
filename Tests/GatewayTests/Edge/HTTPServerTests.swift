import Testing

@testable import Gateway

@Suite(.timeLimit(.minutes(5))) struct HTTPServerTests {
  @Test func answersAndKeepsTheConnection() throws {
    let server = try HTTPServer(.test(), handler: ScriptedHandler.echo)
    let client = try RawClient(port: server.port)
    for number in 0..<3 {
      let response = try client.get("/\(number)")
      #expect(response.status == 200)
      #expect(response.headers["date"] != nil)
      #expect(String(decoding: response.body, as: UTF8.self) == "GET /\(number) 0")
    }
  }

  @Test(arguments: [false, true])
  func answersPipelinedRequestsInOrder(later: Bool) throws {
    let pool = WorkerPool(name: "later", threads: 2, queueLimit: 100)
    defer { pool.stop() }
    let handler = ScriptedHandler { request, reply in
      let send: @Sendable () -> Void = { reply.send(ScriptedHandler.echoed(request)) }
      if later { #expect(pool.submit(send)) } else { send() }
    }
    let server = try HTTPServer(.test(), handler: handler)
    let client = try RawClient(port: server.port)
    client.send(
      (0..<20).map {
        "POST /\($0) HTTP/1.1\r\nHost: test\r\nContent-Length: 5\r\n\r\nhello"
      }.joined())
    for number in 0..<20 {
      #expect(try client.response().body == Array("POST /\(number) 5".utf8))
    }
  }

  @Test func answersHeadWithoutABody() throws {
    let server = try HTTPServer(.test(), handler: ScriptedHandler.echo)
    let client = try RawClient(port: server.port)
    client.send("HEAD /x HTTP/1.1\r\nHost: test\r\n\r\n")
    let response = try client.response(hasBody: false)
    #expect(response.headers["content-length"] == "9")
    #expect(try client.get("/y").body == Array("GET /y 0".utf8))
  }

  @Test(arguments: [
    "/a%7eb", "/a+b?x=1+2&y=%2F", "//a//b/", "/a/../b?", "/%2f?q=%zz&&=", "/?a=b?c#d", "/%00%C3",
    "/ü?ü=1", "http://elsewhere/x?y", "/x?" + String(repeating: "a=%20&", count: 500),
  ])
  func keepsTheTargetByteForByte(target: String) throws {
    let server = try HTTPServer(.test(), handler: ScriptedHandler.echo)
    let client = try RawClient(port: server.port)
    #expect(try client.get(target).body == Array("GET \(target) 0".utf8))
  }

  @Test func readsHeadersAsTheyCome() throws {
    let seen = Locked(HTTPHeaders())
    let address = Locked("")
    let handler = ScriptedHandler { request, reply in
      seen.withLock { $0 = request.http.headers }
      address.withLock { $0 = request.remoteAddress }
      reply.send(HTTPResponse(status: 204))
    }
    let server = try HTTPServer(.test(), handler: handler)
    let client = try RawClient(port: server.port)
    client.send("GET / HTTP/1.1\r\nhOst: test\r\nX-A:  one \t\r\nX-A: two\r\nX-Empty:\r\n")
    client.send("X-Utf: zoë\r\nX-Latin: zo".utf8 + [0xEB] + Array("\r\n\r\n".utf8))
    #expect(try client.response().status == 204)
    let headers = seen.withLock { $0 }
    #expect(headers.fields.map(\.name) == ["hOst", "X-A", "X-A", "X-Empty", "X-Utf", "X-Latin"])
    #expect(headers.fields.map(\.value) == ["test", "one", "two", "", "zoë", "zoë"])
    #expect(address.withLock { $0 } == "127.0.0.1")
  }

  @Test func showsAnIPv4ClientOfADualSocketAsIPv4() throws {
    let address = Locked("")
    let handler = ScriptedHandler { request, reply in
      address.withLock { $0 = request.remoteAddress }
      reply.send(HTTPResponse(status: 204))
    }
    let server = try HTTPServer(.test { $0.address = "::" }, handler: handler)
    #expect(try RawClient(port: server.port).get("/").status == 204)
    #expect(address.withLock { $0 } == "127.0.0.1")
  }

  @Test func givesTheWholeBody() throws {
    let body = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
    let handler = ScriptedHandler { request, reply in
      reply.send(HTTPResponse(status: 200, body: request.http.body))
    }
    let server = try HTTPServer(.test(), handler: handler)
    let client = try RawClient(port: server.port)
    client.send("POST / HTTP/1.1\r\nHost: test\r\nContent-Length: \(body.count)\r\n\r\n")
    client.send(body)
    #expect(try client.response().body == body)
    client.send("POST / HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n")
    for start in stride(from: 0, to: body.count, by: 7000) {
      let part = body[start..<min(start + 7000, body.count)]
      client.send(Array("\(String(part.count, radix: 16));x=y\r\n".utf8) + part + [0x0D, 0x0A])
    }
    client.send("0\r\nTrailer: 1\r\n\r\n")
    #expect(try client.response().body == body)
  }

  @Test func repliesFromAnotherThread() throws {
    let worker = Locked<WorkerThread?>(nil)
    let handler = ScriptedHandler { request, reply in
      worker.withLock {
        $0 = WorkerThread(name: "reply") { reply.send(ScriptedHandler.echoed(request)) }
      }
    }
    let server = try HTTPServer(.test(), handler: handler)
    #expect(try RawClient(port: server.port).get("/t").body == Array("GET /t 0".utf8))
    worker.withLock { $0 }?.join()
  }

  @Test func sendsOnlyTheFirstOfTwoReplies() throws {
    let last = Locked<Reply?>(nil)
    let handler = ScriptedHandler { request, reply in
      // The reply of the request before must not answer this one.
      let before = last.withLock { last in
        defer { last = reply }
        return last
      }
      before?.send(HTTPResponse(status: 418))
      reply.send(ScriptedHandler.echoed(request))
      reply.send(HTTPResponse(status: 418))
    }
    let server = try HTTPServer(.test(), handler: handler)
    let client = try RawClient(port: server.port)
    for number in 0..<3 { #expect(try client.get("/\(number)").status == 200) }
    last.withLock { $0 = nil }
  }

  @Test func answersADroppedReplyWith500() throws {
    let held = Locked<Reply?>(nil)
    defer { held.withLock { $0 = nil } }
    let handler = ScriptedHandler { request, reply in
      if request.http.target == "/later" { held.withLock { $0 = reply } }
    }
    let server = try HTTPServer(.test(), handler: handler)
    let client = try RawClient(port: server.port)
    let response = try client.get("/at-once")
    #expect(response.status == 500)
    #expect(response.headers.mediaType == "application/problem+json")
    client.send("GET /later HTTP/1.1\r\nHost: test\r\n\r\n")
    #expect(eventually { held.withLock { $0 != nil } })
    held.withLock { $0 = nil }
    #expect(try client.response().status == 500)
  }

  @Test func survivesAClientThatLeavesWhileItsRequestIsAnswered() throws {
    let held = Locked<Reply?>(nil)
    defer { held.withLock { $0 = nil } }
    let handler = ScriptedHandler { request, reply in
      if request.http.target == "/hold" {
        held.withLock { $0 = reply }
      } else {
        reply.send(ScriptedHandler.echoed(request))
      }
    }
    let server = try HTTPServer(.test(), handler: handler)
    var client: RawClient? = try RawClient(port: server.port)
    client?.send("GET /hold HTTP/1.1\r\nHost: test\r\n\r\n")
    #expect(eventually { held.withLock { $0 != nil } })
    client = nil
    held.withLock { $0 }?.send(HTTPResponse(status: 200, body: [UInt8](repeating: 1, count: 99)))
    #expect(try RawClient(port: server.port).get("/next").status == 200)
  }

  @Test func answersAHalfClosedClient() throws {
    let pool = WorkerPool(name: "later", threads: 1, queueLimit: 10)
    defer { pool.stop() }
    let handler = ScriptedHandler { request, reply in
      if request.http.target == "/now" { return reply.send(ScriptedHandler.echoed(request)) }
      #expect(pool.submit { reply.send(ScriptedHandler.echoed(request)) })
    }
    let server = try HTTPServer(.test(), handler: handler)
    for target in ["/now", "/later"] {
      let client = try RawClient(port: server.port)
      client.send("GET \(target) HTTP/1.1\r\nHost: test\r\n\r\n")
      client.finishSending()
      #expect(try client.response().body == Array("GET \(target) 0".utf8))
      #expect(client.isClosedByPeer)
    }
  }

  @Test func leavesOutAHeaderThatWouldSplitTheResponse() throws {
    let handler = ScriptedHandler { _, reply in
      reply.send(
        HTTPResponse(status: 200, headers: ["X-Bad": "a\r\nSet-Cookie: b", "X-Good": "c"]))
    }
    let server = try HTTPServer(.test(), handler: handler)
    let response = try RawClient(port: server.port).get("/")
    #expect(response.headers["set-cookie"] == nil)
    #expect(response.headers["x-good"] == "c")
  }

  @Test func countsRequestsAndConnections() throws {
    let metrics = Metrics()
    let handler = ScriptedHandler {
      $1.send(HTTPResponse(status: $0.http.target == "/" ? 200 : 404))
    }
    let server = try HTTPServer(.test(), handler: handler, metrics: metrics)
    let client = try RawClient(port: server.port)
    for target in ["/", "/", "/x"] { _ = try client.get(target) }
    #expect(metrics.text().contains("trunkline_http_connections{listener=\"test\"} 1\n"))
    server.stop()
    let text = metrics.text()
    #expect(text.contains("trunkline_http_requests_total{listener=\"test\",class=\"2xx\"} 2\n"))
    #expect(text.contains("trunkline_http_requests_total{listener=\"test\",class=\"4xx\"} 1\n"))
    #expect(text.contains("trunkline_http_requests_total{listener=\"test\",class=\"none\"} 0\n"))
    #expect(text.contains("trunkline_http_request_seconds_count{listener=\"test\"} 3\n"))
    #expect(text.contains("trunkline_http_connections{listener=\"test\"} 0\n"))
  }

  @Test func answersEveryRequestOfManyConnectionsOnce() throws {
    let pool = WorkerPool(name: "later", threads: 3, queueLimit: 10_000)
    defer { pool.stop() }
    let handled = Locked(0)
    let handler = ScriptedHandler { request, reply in
      handled.withLock { $0 += 1 }
      let send: @Sendable () -> Void = { reply.send(ScriptedHandler.echoed(request)) }
      // Half of them at once, half from elsewhere, so that both ways and their race are met.
      if request.http.target.hasSuffix("0") { send() } else { #expect(pool.submit(send)) }
    }
    let server = try HTTPServer(.test(), handler: handler)
    let right = Locked(0)
    let clients = (0..<64).map { name in
      WorkerThread(name: "client") {
        guard let client = try? RawClient(port: server.port) else { return }
        for number in 0..<50 {
          let target = "/\(name)/\(number)"
          client.send("POST \(target) HTTP/1.1\r\nHost: test\r\nContent-Length: 3\r\n\r\nabc")
          guard let response = try? client.response(),
            response.body == Array("POST \(target) 3".utf8)
          else { return }
          right.withLock { $0 += 1 }
        }
      }
    }
    for client in clients { client.join() }
    #expect(right.withLock { $0 } == 3200)
    #expect(handled.withLock { $0 } == 3200)
  }

  /// At 128 ready clients on one thread, libmicrohttpd 0.9.75 alone would wait for a 129th.
  @Test func servesMoreClientsAtOnceThanAThreadStands() throws {
    let held = Locked<[Reply]>([])
    defer { held.withLock { $0 = [] } }
    let handler = ScriptedHandler { _, reply in held.withLock { $0.append(reply) } }
    let server = try HTTPServer(
      .test {
        $0.threads = 1
        $0.connectionsMax = 300
      }, handler: handler)
    let clients = try (0..<250).map { _ in try RawClient(port: server.port) }
    for _ in 0..<3 {
      for client in clients { client.send("GET / HTTP/1.1\r\nHost: test\r\n\r\n") }
      #expect(eventually { held.withLock { $0.count } == clients.count })
      let replies = held.withLock { held in
        defer { held = [] }
        return held
      }
      for reply in replies { reply.send(HTTPResponse(status: 204)) }
      for client in clients { #expect(try client.response().status == 204) }
    }
  }
}
