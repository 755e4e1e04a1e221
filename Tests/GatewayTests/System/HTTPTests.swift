import Testing

@testable import Gateway

@Suite struct HTTPTests {
  @Test func findsHeadersWithoutCaseAndJoinsRepeats() {
    var headers: HTTPHeaders = ["Content-Type": "Text/HTML; charset=utf-8", "X-A": "1"]
    headers.add("x-a", "2")
    #expect(headers["CONTENT-TYPE"] == "Text/HTML; charset=utf-8")
    #expect(headers["x-A"] == "1, 2")
    #expect(headers["x-b"] == nil)
    #expect(headers.mediaType == "text/html")
    #expect(HTTPHeaders().mediaType == nil)
    #expect(HTTPHeaders.sameName("Straße", "straße"))
    #expect(!HTTPHeaders.sameName("A", "AB"))
    #expect(!HTTPHeaders.sameName("[", "{"))
  }

  @Test(arguments: [
    ("/a?b=c?d", "/a", "b=c?d"), ("/a", "/a", ""), ("/a?", "/a", ""), ("?b", "", "b"), ("", "", ""),
  ])
  func partsATarget(_ target: String, _ path: String, _ query: String) {
    let request = HTTPRequest(method: "GET", target: target)
    #expect(request.path == path)
    #expect(request.query == query)
  }

  @Test func readsARequestAsOnTheWire() throws {
    let request = try #require(
      HTTPRequest(wire: utf8("POST /a?b HTTP/1.1\r\nHost: x\r\nX-A:  1 :2\t\r\n\r\n\r\nbody\n")))
    #expect(request.method == "POST")
    #expect(request.target == "/a?b")
    #expect(request.headers.fields.map(\.name) == ["Host", "X-A"])
    #expect(request.headers["x-a"] == "1 :2")
    #expect(request.body == utf8("\r\nbody\n"))
    #expect(HTTPRequest(wire: utf8("GET / HTTP/1.1\n\n"))?.body == [])
    #expect(HTTPRequest(wire: utf8("GET / HTTP/1.1\nA: b\n\nc"))?.headers["a"] == "b")
  }

  @Test(arguments: [
    "", "\r\n", "\r\n\r\n", "GET", "GET /\r\n\r\n", "GET / HTTP/1.1", "GET / HTTP/1.1\r\n",
    "GET / HTTP/1.1\r\nA: b", "GET / HTTP/1.1\r\nA: b\r\n", "GET / HTTP/1.1\r\nA\r\n\r\n",
    "GET  / HTTP/1.1\r\n\r\n", "GET / /b HTTP/1.1\r\n\r\n", "GET / FTP/1\r\n\r\n",
    "GET / HTTP/1.1\r\n: b\r\n\r\n",
  ])
  func refusesWhatIsNoRequest(_ text: String) {
    #expect(HTTPRequest(wire: utf8(text)) == nil)
  }

  @Test(arguments: [
    "HTTP/1.1\r\n\r\n", "HTTP/1.1 99 X\r\n\r\n", "HTTP/1.1 600 X\r\n\r\n", "X 200 OK\r\n\r\n",
    "HTTP/1.1 two OK\r\n\r\n",
  ])
  func refusesWhatIsNoResponse(_ text: String) {
    #expect(HTTPResponse(wire: utf8(text)) == nil)
  }

  @Test func readsWhatItWrote() {
    forAll(make: Self.someRequest) { request in
      HTTPRequest(wire: request.wire) == request
    }
    forAll(make: { random in
      var response = HTTPResponse(status: 100 + random.below(500))
      response.headers = Self.someRequest(random).headers
      response.body = random.someBytes(40)
      return response
    }) { response in
      HTTPResponse(wire: response.wire) == response
    }
  }

  @Test func neverStopsAtGarbage() {
    let pieces = ["\r\n", "\n", "\r", ":", " ", "HTTP/1.1", "GET", "/", "é", "\0", "200"]
    forAll(
      2000,
      make: { random in
        (0..<random.below(20)).flatMap { _ in
          random.below(8) == 0 ? random.bytes(1) : utf8(random.pick(pieces))
        }
      }
    ) { bytes in
      let request = HTTPRequest(wire: bytes)
      _ = HTTPResponse(wire: bytes)
      return request.map { $0.body.count < bytes.count } ?? true
    }
  }

  @Test(arguments: [
    (" \t\r\n a b \r\n", "a b"), ("", ""), (" ", ""), ("\r\n", ""), ("é ", "é"),
    ("\u{A0}a", "\u{A0}a"),
  ])
  func trimsASCIISpace(_ text: String, _ expected: String) {
    #expect(text.trimmed == expected)
  }

  private static func someRequest(_ random: SeededRandom) -> HTTPRequest {
    let names = ["Host", "X-A", "content-type", "é"]
    var request = HTTPRequest(
      method: random.pick(["GET", "POST"]),
      target: random.pick(["/", "*", "/a?b=%20", "https://a.example/é"]))
    for _ in 0..<random.below(5) {
      let value = random.someText(10).filter { !$0.isNewline && $0 != "\r" && $0 != "\n" }
      // Scalars, as a character can end in what is trimmed.
      let scalars = value.unicodeScalars.filter { $0 != "\r" && $0 != "\n" }
      request.headers.add(random.pick(names), String(String.UnicodeScalarView(scalars)).trimmed)
    }
    request.body = random.someBytes(40)
    return request
  }
}
