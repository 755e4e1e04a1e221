import Testing

@testable import Gateway

/// Fetching over a socket, with the client that the daemon has.
@Suite(.timeLimit(.minutes(2))) struct MediaWireTests {
  private static func server(_ body: [UInt8]) throws -> HTTPServer {
    let handler = ScriptedHandler { request, reply in
      request.http.path == "/start"
        ? reply.send(HTTPResponse(status: 302, headers: ["Location": "/file.jpg"]))
        : reply.send(
          HTTPResponse(status: 200, headers: ["Content-Type": "image/jpeg"], body: body))
    }
    return try HTTPServer(.test(), handler: handler)
  }

  @Test func aFileOfAMegabyteComesWhole() throws {
    let body = MediaRig.jpeg + SeededRandom(seed: 3).bytes(1 << 20)
    let server = try Self.server(body)
    defer { server.stop() }
    let rig = try MediaRig()
    let client = HTTPClient()
    defer { client.stop() }
    let message = try rig.enqueued(1, url: "http://127.0.0.1:\(server.port)/start")
    let rule = try #require(DestinationRule("127.0.0.1:\(server.port)"))
    rig.start(caller: client, destinations: .publicOnly(allowing: [rule]))
    #expect(rig.becomes("stored", message))
    #expect(try File.read(rig.store.path(of: Crypto.sha256(body))) == body)
    rig.stop()
  }

  @Test func anAddressOfThisNetworkIsNotFetched() throws {
    let server = try Self.server(MediaRig.jpeg)
    defer { server.stop() }
    let rig = try MediaRig()
    let client = HTTPClient()
    defer { client.stop() }
    let message = try rig.enqueued(1, url: "http://127.0.0.1:\(server.port)/start")
    rig.start(caller: client, destinations: .publicOnly(allowing: []))
    #expect(rig.becomes("unavailable", message))
    rig.stop()
  }
}
