import Testing

@testable import Gateway

/// Changes of a channel by several people at once.
@Suite struct ChannelChangeTests {
  @Test func ofTwoChangesAtOnceNeitherIsLost() throws {
    let api = try APITests.Fixture()
    let key = try #require(api.keys[.admin])
    let listener = api.listener
    let id = api.test.telegram.id
    let change: @Sendable (JSON) -> Void = { body in
      _ = listener.respond(
        HTTPRequest(
          method: "PATCH", target: "/v1/channels/\(id)",
          headers: ["Authorization": "Bearer \(key)", "Content-Type": "application/json"],
          body: body.serialized()))
    }
    for round in 0..<40 {
      let name = WorkerThread(name: "name") { change(["name": .string("bot \(round)")]) }
      let address = WorkerThread(name: "address") { change(["address": .string("@b\(round)")]) }
      name.join()
      address.join()
      let shown = try api.call("GET", "/v1/channels/\(id)").json
      #expect(shown["name"]?.string == "bot \(round)")
      #expect(shown["address"]?.string == "@b\(round)")
      let live = try #require(api.test.directory[id]).channel
      #expect(live.name == "bot \(round)")
      #expect(live.address == "@b\(round)")
    }
  }

  @Test func aChangeThatIsRefusedLeavesTheChannelAsItIs() throws {
    let api = try APITests.Fixture()
    let id = api.test.telegram.id
    let refused = try api.call(
      "PATCH", "/v1/channels/\(id)", ["name": "new", "settings": ["secret_token": nil]])
    #expect(refused.status == 422)
    #expect(try api.call("GET", "/v1/channels/\(id)").json["name"] == "bot")
    #expect(api.test.directory[id]?.channel.name == "bot")
  }
}
