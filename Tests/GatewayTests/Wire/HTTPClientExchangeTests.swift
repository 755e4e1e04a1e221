import Glibc
import Testing

@testable import Gateway

/// Many calls at a time, and the client's end.
@Suite(.timeLimit(.minutes(5))) struct HTTPClientExchangeTests {
  @Test func everyOneOfManyCallsHasItsOwnAnswer() throws {
    let client = HTTPClient()
    let server = try HTTPServer(.test(), handler: ScriptedHandler.echo)
    let exchanges = Exchanges()
    for number in 0..<1000 {
      let request = HTTPRequest(
        method: "POST", target: "http://127.0.0.1:\(server.port)/\(number)",
        body: [UInt8](repeating: 65, count: number))
      client.send(HTTPCall(request), completion: exchanges.note(number))
    }
    let answers = exchanges.wait(1000)
    #expect(answers.count == 1000)
    for (number, exchanges) in answers {
      #expect(exchanges.count == 1)
      #expect(exchanges.first?.response?.body == Array("POST /\(number) \(number)".utf8))
    }
  }

  @Test func aConnectionIsUsedAgainAndMeasured() throws {
    let client = HTTPClient()
    let server = try HTTPServer(.test(), handler: ScriptedHandler.echo)
    let url = "http://127.0.0.1:\(server.port)/"
    let first = try #require(client.exchange("GET", url))
    let second = try #require(client.exchange("POST", url, body: [1]))
    #expect(!first.timing.reused)
    #expect(first.timing.connected > 0)
    #expect(second.timing.reused)
    #expect(second.timing.connected == 0)
    for exchange in [first, second] {
      #expect(exchange.timing.firstByte > 0)
      #expect(exchange.timing.total >= exchange.timing.firstByte)
      #expect(exchange.timing.version == "1.1")
      #expect(exchange.remoteAddress == "127.0.0.1:\(server.port)")
    }
  }

  @Test func aCompletionMaySendAgain() throws {
    let client = HTTPClient()
    let server = try HTTPServer(.test(), handler: ScriptedHandler.echo)
    let url = "http://127.0.0.1:\(server.port)/"
    let count = Monitor(0)
    let call = HTTPCall(HTTPRequest(method: "GET", target: url))
    @Sendable func again(_ exchange: HTTPExchange) {
      guard exchange.response != nil,
        count.update({
          $0 += 1; return $0
        }) < 50
      else { return }
      client.send(call, completion: again)
    }
    client.send(call, completion: again)
    #expect(count.wait(milliseconds: 60_000) { $0 == 50 ? true : nil } == true)
  }

  @Test func stoppingTellsEveryCallOnce() throws {
    let client = HTTPClient()
    let server = RawServer { connection in
      _ = connection.request()
      _ = connection.request()
    }
    let exchanges = Exchanges()
    for number in 0..<50 {
      let request = HTTPRequest(method: "POST", target: server.url("/\(number)"), body: [65])
      client.send(HTTPCall(request), completion: exchanges.note(number))
    }
    #expect(eventually { server.requests.count >= 10 })
    client.stop()
    let late = HTTPCall(HTTPRequest(method: "POST", target: server.url("/late")))
    client.send(late, completion: exchanges.note(50))
    client.stop()
    let results = exchanges.wait(51)
    #expect(results.count == 51)
    #expect(results.values.allSatisfy { $0.count == 1 && $0.first?.failure != nil })
    // What was read over there is not said to be certain not to have arrived.
    for request in server.requests {
      let number = Int(request.dropFirst("POST /".count).prefix { $0 != " " }) ?? -1
      #expect(results[number]?.first?.failure?.mayHaveArrived == true)
    }
    #expect(results[50]?.first?.failure?.mayHaveArrived == false)
  }

  @Test func aCompletionMayStopTheClientAndBeItsLastHolder() throws {
    let server = try HTTPServer(.test(), handler: ScriptedHandler.echo)
    let call = HTTPCall(HTTPRequest(method: "GET", target: "http://127.0.0.1:\(server.port)/"))
    let exchanges = Exchanges()
    let held = Locked<HTTPClient?>(HTTPClient())
    let note = exchanges.note(0)
    held.withLock { $0 }?.send(call) { exchange in
      let client = held.withLock { held in
        defer { held = nil }
        return held
      }
      client?.stop()
      client?.send(call, completion: exchanges.note(1))
      note(exchange)
    }
    let results = exchanges.wait(2)
    #expect(results[0]?.first?.response?.status == 200)
    #expect(results[1]?.first?.failure?.mayHaveArrived == false)
  }

  @Test func aClientThatNobodyHoldsTellsItsCalls() throws {
    let server = RawServer { connection in
      _ = connection.request()
      _ = connection.request()
    }
    let exchanges = Exchanges()
    HTTPClient().send(
      HTTPCall(HTTPRequest(method: "POST", target: server.url())), completion: exchanges.note(0))
    #expect(exchanges.wait(1)[0]?.first?.failure != nil)
  }

  @Test func theBodyOfAGoodAnswerGoesToAFile() throws {
    let client = HTTPClient()
    let folder = try File.makeTemporaryDirectory("trunkline-wire")
    defer { File.remove(folder) }
    let server = try HTTPServer(
      .test(),
      handler: ScriptedHandler { request, reply in
        let length = Int(request.http.path.dropFirst(5)) ?? 0
        let status = Int(request.http.path.dropFirst().prefix(3)) ?? 500
        reply.send(HTTPResponse(status: status, body: [UInt8](repeating: 7, count: length)))
      })
    let path = "\(folder)/file"
    func fetch(_ target: String) -> HTTPExchange? {
      client.exchange("GET", "http://127.0.0.1:\(server.port)\(target)") { call in
        call.answerPath = path
        call.answerBytesMax = 3_000_000
      }
    }
    #expect(fetch("/404/10")?.response?.body.count == 10)
    #expect(!File.exists(path))
    let large = try #require(fetch("/200/3000000")?.response)
    #expect(large.body == [])
    #expect(try File.read(path) == [UInt8](repeating: 7, count: 3_000_000))
    #expect(fetch("/200/0")?.response?.status == 200)
    #expect(try File.read(path) == [])
    #expect(fetch("/200/3000001")?.failure?.kind == .tooLarge)
    let unwritable = client.exchange("GET", "http://127.0.0.1:\(server.port)/200/5") { call in
      call.answerPath = "\(folder)/nowhere/file"
    }
    #expect(unwritable?.failure?.kind == .other)
    #expect(unwritable?.failure?.description.contains("the file cannot be written") == true)
  }
}
