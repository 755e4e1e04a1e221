import Glibc
import Testing

@testable import Gateway

/// What is said of exchanges that go wrong, above all whether the request may have arrived.
@Suite(.timeLimit(.minutes(5))) struct HTTPClientFailureTests {
  private let client = HTTPClient()

  @Test(arguments: ["GET", "POST", "PUT", "DELETE"])
  func aRequestIsNotSaidAgainWhenAUsedConnectionClosesWithoutAnAnswer(method: String) throws {
    // Each connection answers its first request, reads a second and closes.
    let server = RawServer { connection in
      guard connection.request() != nil else { return }
      connection.answer("first")
      _ = connection.request()
    }
    let first = try #require(client.exchange("GET", server.url("/1")))
    #expect(first.response?.body == Array("first".utf8))
    let second = try #require(
      client.exchange(method, server.url("/2"), body: method == "GET" ? [] : [65, 66]))
    let failure = try #require(second.failure)
    #expect(failure.kind == .other)
    #expect(failure.mayHaveArrived)
    #expect(second.timing.reused)
    #expect(server.requests.filter { $0.hasPrefix("\(method) /2 ") }.count == 1)
    #expect(server.connections == 1)
    // The next one has a new connection, and the client is none the worse for it.
    #expect(client.exchange("GET", server.url("/3"))?.response?.body == Array("first".utf8))
    #expect(server.requests.count == 3)
  }

  @Test func aLargeRequestIsNotSaidAgainEither() throws {
    let server = RawServer { connection in
      guard connection.request() != nil else { return }
      connection.answer("first")
      _ = connection.request()
    }
    #expect(client.exchange("GET", server.url("/1"))?.response != nil)
    let body = [UInt8](repeating: 65, count: 3_000_000)
    let second = try #require(client.exchange("POST", server.url("/2"), body: body))
    #expect(second.failure?.mayHaveArrived == true)
    #expect(server.requests.filter { $0.hasPrefix("POST /2 ") }.count == 1)
    #expect(server.connections == 1)
  }

  @Test func aConnectionThatWasClosedMeanwhileIsNotUsed() throws {
    let server = RawServer { connection in
      guard connection.request() != nil else { return }
      connection.answer("only")
    }
    for number in 1...5 {
      let exchange = try #require(client.exchange("POST", server.url("/\(number)"), body: [65]))
      // Either the closing was seen and a new connection made, or it came in between: never both.
      #expect(exchange.response != nil || exchange.failure?.mayHaveArrived == true)
    }
    #expect(Set(server.requests.map { $0.prefix(7) }).count == server.requests.count)
  }

  @Test(arguments: [
    "", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf", "HTTP/1.1 200 OK\r\nContent-Le",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhal", "this is no HTTP\r\n",
    "HTTP/1.1 200 OK\r\nContent-Length: ten\r\n\r\n", "\0\0\0\0\0\0\0\0",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
  ])
  func halfAnAnswerAndNonsenseAreFailuresAfterTheRequest(answer: String) throws {
    let server = RawServer { connection in
      _ = connection.request()
      connection.send(answer)
    }
    let exchange = try #require(client.exchange("POST", server.url("/x"), body: [65]))
    let failure = try #require(exchange.failure)
    #expect(failure.kind == .other)
    #expect(failure.mayHaveArrived)
    #expect(server.requests.count == 1)
  }

  @Test func aConnectionCutBeforeTheRequestIsNone() throws {
    let server = RawServer { _ in }
    // TLS has not begun when the other end closes: nothing was said.
    let exchange = try #require(client.exchange("POST", server.url("/", scheme: "https")))
    let failure = try #require(exchange.failure)
    #expect(!failure.mayHaveArrived)
    #expect(server.requests == [])
  }

  @Test func aTimeoutBeforeTheRequestSaysThatNothingLeft() throws {
    let silent = RawServer { _ = $0.request() }
    for change in [
      { (call: inout HTTPCall) in call.connectTimeoutMilliseconds = 200 },
      { (call: inout HTTPCall) in call.totalTimeoutMilliseconds = 200 },
    ] {
      let url = silent.url("/", scheme: "https")
      let exchange = try #require(client.exchange("POST", url, change))
      #expect(exchange.failure?.kind == .timedOut(afterRequestSent: false))
    }
  }

  @Test func aTimeoutAfterTheRequestSaysThatItMayHaveArrived() throws {
    let silent = RawServer { connection in
      _ = connection.request()
      _ = connection.request()
    }
    let exchange = try #require(
      client.exchange("POST", silent.url()) { $0.totalTimeoutMilliseconds = 200 })
    #expect(exchange.failure?.kind == .timedOut(afterRequestSent: true))
    #expect(exchange.remoteAddress == "127.0.0.1:\(silent.port)")
  }

  @Test func aCallThatWaitsForAConnectionTimesOut() throws {
    let server = RawServer { connection in
      _ = connection.request()
      _ = connection.request()
    }
    let holders = Exchanges()
    let waiting = Exchanges()
    // As many as may have a connection to one host, and then some.
    for number in 0..<148 {
      var call = HTTPCall(HTTPRequest(method: "POST", target: server.url("/\(number)")))
      call.totalTimeoutMilliseconds = number < 128 ? 60_000 : 300
      client.send(call, completion: (number < 128 ? holders : waiting).note(number))
    }
    let kinds = waiting.wait(20).values.flatMap { $0 }.map(\.failure?.kind)
    #expect(kinds == Array(repeating: .timedOut(afterRequestSent: false), count: 20))
    client.stop()
    #expect(holders.wait(128).count == 128)
    #expect(server.requests.allSatisfy { !$0.hasPrefix("POST /13") })
  }

  @Test func anAnswerOfTenMegabytesIsTooLarge() throws {
    let server = RawServer { connection in
      _ = connection.request()
      connection.answer(String(repeating: "x", count: 10_000_000))
    }
    let exchange = try #require(client.exchange("POST", server.url()))
    #expect(exchange.failure?.kind == .tooLarge)
    #expect(exchange.failure?.mayHaveArrived == true)
    let taken = client.exchange("GET", server.url()) { $0.answerBytesMax = 10_000_000 }
    #expect(taken?.response?.body.count == 10_000_000)
  }

  @Test func endlessHeaderLinesAreTooLarge() throws {
    let server = RawServer { connection in
      _ = connection.request()
      let line = "X-Long: \(String(repeating: "x", count: 1000))\r\n"
      connection.send("HTTP/1.1 200 OK\r\n" + String(repeating: line, count: 1000) + "\r\n")
    }
    #expect(client.exchange("GET", server.url())?.failure?.kind == .tooLarge)
  }

  @Test func aPageOfHTMLAndARedirectAreAnswers() throws {
    let server = RawServer { connection in
      while let request = connection.request() {
        if request.hasPrefix("GET /page ") {
          let page = "<html>busy</html>"
          connection.send(
            "HTTP/1.1 502 Bad Gateway\r\nContent-Type: text/html\r\n"
              + "Content-Length: \(page.utf8.count)\r\n\r\n\(page)")
        } else {
          connection.send(
            "HTTP/1.1 307 Temporary Redirect\r\nLocation: /page\r\nContent-Length: 0\r\n\r\n")
        }
      }
    }
    let page = try #require(client.exchange("GET", server.url("/page"))?.response)
    #expect(page.status == 502)
    #expect(page.headers.mediaType == "text/html")
    #expect(page.body == Array("<html>busy</html>".utf8))
    let redirect = try #require(client.exchange("POST", server.url("/x"))?.response)
    #expect(redirect.status == 307)
    #expect(server.requests.count == 2)
  }

  @Test func aMethodThatWouldSplitTheRequestIsRefused() {
    let server = RawServer { _ = $0.request() }
    let exchange = client.exchange("GET / HTTP/1.1\r\nX: y\r\n\r\nGET", server.url())
    #expect(exchange?.failure?.kind == .invalidURL)
    #expect(server.requests == [])
  }
}
