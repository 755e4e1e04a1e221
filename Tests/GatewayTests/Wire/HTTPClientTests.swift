import Glibc
import Testing

@testable import Gateway

@Suite(.timeLimit(.minutes(5))) struct HTTPClientTests {
  private let client = HTTPClient(connectTimeoutMilliseconds: 2000, totalTimeoutMilliseconds: 5000)

  /// Answers with the request as it was seen.
  private static let mirror = ScriptedHandler { request, reply in
    reply.send(HTTPResponse(status: 200, body: request.http.wire))
  }

  private func mirrored(_ request: HTTPRequest) throws -> HTTPRequest {
    let server = try HTTPServer(.test(), handler: Self.mirror)
    var request = request
    request.target = "http://127.0.0.1:\(server.port)\(request.target)"
    let response = try client.send(request)
    return try #require(HTTPRequest(wire: response.body))
  }

  @Test(arguments: [
    ("GET", 0), ("HEAD", 0), ("POST", 0), ("POST", 5), ("PUT", 5), ("PATCH", 5), ("DELETE", 0),
    ("DELETE", 5), ("POST", 500_000), ("GET", 5),
  ])
  func sendsMethodAndBody(method: String, length: Int) throws {
    let body = [UInt8](repeating: 0, count: length)
    let seen = Locked<HTTPRequest?>(nil)
    let server = try HTTPServer(
      .test(),
      handler: ScriptedHandler { request, reply in
        seen.withLock { $0 = request.http }
        reply.send(HTTPResponse(status: 200))
      })
    let request = HTTPRequest(
      method: method, target: "http://127.0.0.1:\(server.port)/x", body: body)
    #expect(try client.send(request).status == 200)
    let got = try #require(seen.withLock { $0 })
    #expect(got.method == method)
    #expect(got.body == body)
    #expect(got.headers["content-type"] == nil)
    #expect(got.headers["expect"] == nil)
    if ["POST", "PUT", "PATCH"].contains(method) {
      #expect(got.headers["content-length"] == "\(length)")
    }
  }

  @Test func sendsTargetAndHeadersAsTheyAre() throws {
    let target = "/a%7eb/../c//d?x=1+2&y=%2F&z"
    let seen = try mirrored(
      HTTPRequest(
        method: "POST", target: target,
        headers: ["X-One": "1", "X-Empty": "", "Content-Type": "text/x", "X-One": "2"]))
    #expect(seen.target == target)
    #expect(seen.headers["x-one"] == "1, 2")
    #expect(seen.headers["x-empty"] == "")
    #expect(seen.headers["content-type"] == "text/x")
  }

  @Test func returnsStatusHeadersAndBody() throws {
    let server = try HTTPServer(
      .test(),
      handler: ScriptedHandler { _, reply in
        reply.send(
          HTTPResponse(
            status: 429, headers: ["Retry-After": "7", "X-A": "1", "X-A": "2"], body: [0]))
      })
    let response = try client.send(
      HTTPRequest(method: "GET", target: "http://127.0.0.1:\(server.port)/"))
    #expect(response.status == 429)
    #expect(response.headers["retry-after"] == "7")
    #expect(response.headers["x-a"] == "1, 2")
    #expect(response.body == [0])
  }

  @Test func followsNoRedirectAndAsksNoProxy() throws {
    setenv("http_proxy", "http://127.0.0.1:1", 1)
    defer { unsetenv("http_proxy") }
    let server = try HTTPServer(
      .test(),
      handler: ScriptedHandler { _, reply in
        reply.send(HTTPResponse(status: 302, headers: ["Location": "/elsewhere"]))
      })
    let target = "http://127.0.0.1:\(server.port)/"
    #expect(try client.send(HTTPRequest(method: "GET", target: target)).status == 302)
  }

  private func failure(_ target: String, headers: HTTPHeaders = [:]) -> TransportFailure? {
    do throws(TransportFailure) {
      _ = try client.send(HTTPRequest(method: "GET", target: target, headers: headers))
      return nil
    } catch { return error }
  }

  @Test(arguments: [
    "", "/relative", "ftp://127.0.0.1/", "file:///etc/passwd", "http://", "http://a b/",
    "http://127.0.0.1/\r\nX: y", "gopher://127.0.0.1:1/x", "http://127.0.0.1:99999/",
  ])
  func refusesWhatIsNoHTTPAddress(target: String) {
    #expect(failure(target)?.kind == .invalidURL)
  }

  @Test func refusesAHeaderThatWouldSplitTheRequest() {
    #expect(failure("http://127.0.0.1:1/", headers: ["X": "a\r\nY: b"])?.kind == .invalidURL)
  }

  @Test func saysWhatFailedWithoutThePath() throws {
    let server = try HTTPServer(.test(), handler: ScriptedHandler.echo)
    let port = server.port
    server.stop()
    let refused = try #require(failure("http://127.0.0.1:\(port)/bot1:SECRET/getMe?token=SECRET"))
    #expect(refused.kind == .cannotConnect)
    #expect(refused.description == "127.0.0.1:\(port): cannot connect")
    let unresolved = try #require(failure("http://user:SECRET@nowhere.invalid/bot1:SECRET/getMe"))
    #expect(unresolved.kind == .cannotResolve)
    #expect(unresolved.description.contains("nowhere.invalid:80"))
    #expect(!unresolved.description.contains("SECRET"))
  }

  @Test func tellsATimeoutAfterTheRequestFromOneBefore() throws {
    let held = Locked<[Reply]>([])
    defer { held.withLock { $0 = [] } }
    let server = try HTTPServer(
      .test { $0.drainSeconds = 0 },
      handler: ScriptedHandler { _, reply in held.withLock { $0.append(reply) } })
    let hasty = HTTPClient(connectTimeoutMilliseconds: 2000, totalTimeoutMilliseconds: 300)
    let target = "http://127.0.0.1:\(server.port)/"
    do throws(TransportFailure) {
      _ = try hasty.send(HTTPRequest(method: "POST", target: target))
      Issue.record("it answered")
    } catch { #expect(error.kind == .timedOut(afterRequestSent: true)) }
  }

  @Test func refusesAnAnswerThatIsTooLarge() throws {
    let server = try HTTPServer(
      .test(),
      handler: ScriptedHandler { _, reply in
        reply.send(HTTPResponse(status: 200, body: [UInt8](repeating: 1, count: 1001)))
      })
    let target = "http://127.0.0.1:\(server.port)/"
    let small = HTTPClient(bodyBytesMax: 1000)
    do throws(TransportFailure) {
      _ = try small.send(HTTPRequest(method: "GET", target: target))
      Issue.record("it was taken")
    } catch { #expect(error.kind == .tooLarge) }
    let enough = HTTPClient(bodyBytesMax: 1001)
    #expect(try enough.send(HTTPRequest(method: "GET", target: target)).body.count == 1001)
  }

  @Test func isUsedByManyThreadsAtOnce() throws {
    let server = try HTTPServer(.test(), handler: ScriptedHandler.echo)
    let right = Locked(0)
    let workers = (0..<8).map { name in
      WorkerThread(name: "client") { [client] in
        for number in 0..<20 {
          let target = "http://127.0.0.1:\(server.port)/\(name)/\(number)"
          let response = try? client.send(HTTPRequest(method: "GET", target: target))
          if response?.body == Array("GET /\(name)/\(number) 0".utf8) { right.withLock { $0 += 1 } }
        }
      }
    }
    for worker in workers { worker.join() }
    #expect(right.withLock { $0 } == 160)
  }
}
