import Testing

@testable import Gateway

/// Enqueueing through the API: what callers see.
@Suite struct MessageAPITests {
  /// The API with a fake channel of the tenant `acme`.
  private final class Rig {
    let api: APITests.Fixture
    let channel: Channel

    init(_ lines: TransportKind...) throws {
      api = try APITests.Fixture()
      let now = api.test.store.clock.now()
      channel = Channel(
        id: api.test.store.ids.next(), tenantID: api.test.acme.id, provider: FakeTransport.name,
        name: "fake", address: nil, publicURL: nil, verification: .enforce, state: .active,
        settings: [:], createdAt: now, updatedAt: now)
      api.test.directory.enter(
        LiveChannel(
          channel, provider: FakeTransport(lines: lines),
          defaultPublicURL: TestIngest.publicURL, metrics: api.test.metrics))
    }

    func body(_ text: String, to: String = "+46701234567") -> JSONObject {
      [
        "to": ["address": .string(to)], "channel_id": .string(channel.id.description),
        "text": .string(text),
      ]
    }

    func post(_ body: JSON, key: String? = nil) throws -> HTTPResponse {
      let bearer = try #require(api.keys[.agent])
      var request = HTTPRequest(
        method: "POST", target: "/v1/messages",
        headers: ["Authorization": "Bearer \(bearer)", "Content-Type": "application/json"],
        body: body.serialized())
      if let key { request.headers.add("Idempotency-Key", key) }
      return api.listener.respond(request)
    }
  }

  @Test func aMessageIsAcceptedWithItsAddressAndCanBeReadThere() throws {
    let rig = try Rig(.sms)
    let accepted = try rig.post(.object(rig.body("Hi")))
    #expect(accepted.status == 202)
    let message = try JSON.parse(accepted.body)
    #expect(message["status"] == "queued" && message["sender"]?["name"] == "test")
    let place = try #require(accepted.headers["location"])
    let read = try rig.api.call("GET", place)
    #expect(read.status == 200 && read.json == message)
    #expect(try rig.api.call("GET", place, key: rig.api.strangerKey).status == 404)
  }

  @Test func aRefusalNamesTheFieldAndTheKindOfReason() throws {
    let rig = try Rig(.whatsapp)
    let refused = try rig.post(.object(rig.body("Hi")))
    #expect(refused.status == 422)
    #expect(refused.headers["content-type"] == "application/problem+json")
    let problem = try JSON.parse(refused.body)
    let error = try #require(problem["errors"]?.array?.first)
    #expect(error["field"] == "provider_template" && error["code"] == "window_closed")
    for (body, field) in [
      (["text": "x"] as JSON, "to"), (["messages": "x"], "messages"),
      (["messages": []], "messages"),
      (["messages": [[:]], "text": "x"], "text"),
    ] {
      let wrong = try JSON.parse(try rig.post(body).body)
      #expect(wrong["errors"]?.array?.first?["field"]?.string == field)
    }
    #expect(try rig.post([]).status == 422)
  }

  @Test func theSameKeyGetsTheSameBytesAndAnotherBodyAConflict() throws {
    let rig = try Rig(.sms)
    let first = try rig.post(.object(rig.body("Hi")), key: "order-5")
    let again = try rig.post(.object(rig.body("Hi")), key: "order-5")
    #expect(first.status == 202 && first.headers["idempotency-replayed"] == nil)
    #expect(again.status == 202 && again.body == first.body)
    #expect(again.headers["idempotency-replayed"] == "true")
    #expect(again.headers["location"] == first.headers["location"])
    #expect(try rig.post(.object(rig.body("Ho")), key: "order-5").status == 409)
    for key in ["", "a b", "é", String(repeating: "k", count: 256)] {
      let refused = try rig.post(.object(rig.body("Hi")), key: key)
      let field = try JSON.parse(refused.body)["errors"]?.array?.first?["field"]
      #expect(refused.status == 422 && field == "Idempotency-Key", "\(key)")
    }
  }

  @Test func aBatchTellsOfEachAndIsSentOnce() throws {
    let rig = try Rig(.sms)
    var own = rig.body("own")
    own["idempotency_key"] = "own"
    var odd = rig.body("odd")
    odd["idempotency_key"] = 5
    let messages: [JSON] = [
      .object(rig.body("a")), .object(rig.body("b", to: "nobody")), "c", .object(own),
      .object(odd), .object(rig.body("a")),
    ]
    let batch: JSON = ["messages": .array(messages)]
    let first = try rig.post(batch, key: "batch")
    #expect(first.status == 200)
    let data = try #require(try JSON.parse(first.body)["data"]?.array)
    #expect(data.map { $0["status"] } == [202, 422, 422, 202, 422, 202])
    #expect(data[1]["errors"]?.array?.first?["field"] == "to.address")
    #expect(data[4]["errors"]?.array?.first?["field"] == "idempotency_key")
    // Two that say the same are two messages, and the batch again is none.
    #expect(data[0]["message"]?["id"] != data[5]["message"]?["id"])
    let again = try #require(try JSON.parse(try rig.post(batch, key: "batch").body)["data"]?.array)
    #expect(again.map { $0["message"]?["id"] } == data.map { $0["message"]?["id"] })
    #expect(again.map { $0["replayed"] } == [true, nil, nil, true, nil, true])
    let alone = try rig.post(["messages": [.object(own)]])
    #expect(try JSON.parse(alone.body)["data"]?.array?.first?["replayed"] == true)
  }

  @Test func onlyTheRouteForMessagesTakesLargeBodies() throws {
    let rig = try Rig(.sms)
    let listener = APIListener(
      rig.api.table, database: rig.api.test.store.database, pool: rig.api.pool, log: .none,
      bodyBytesMax: 50 << 20)
    for (path, most) in [("/v1/messages", 4 << 20), ("/v1/channels", 1 << 20)] {
      let head = HTTPRequest(
        method: "POST", target: path, headers: ["Content-Type": "application/json"])
      guard case .accept(let bytes) = listener.admit(head, remoteAddress: "") else {
        Issue.record("refused")
        continue
      }
      #expect(bytes == most, "\(path)")
    }
  }

  @Test func aTemplateIsMadeChangedUsedAndRemoved() throws {
    let rig = try Rig(.sms)
    let api = rig.api
    let made = try api.call("POST", "/v1/templates", ["name": "ready", "text": "It is ready."])
    #expect(made.status == 201)
    let id = try #require(made.json["id"]?.string)
    #expect(try api.call("POST", "/v1/templates", ["name": "ready", "text": "x"]).status == 409)
    for body: JSON in [["name": "x"], ["text": "x"], ["name": "x", "text": " "]] {
      #expect(try api.call("POST", "/v1/templates", body).status == 422)
    }
    let changed = try api.call("PATCH", "/v1/templates/\(id)", ["text": "It is ready!"])
    #expect(changed.json["text"] == "It is ready!" && changed.json["name"] == "ready")
    _ = try api.call("POST", "/v1/templates", ["name": "also", "text": "x"])
    let first = try api.call("GET", "/v1/templates?limit=1").json
    #expect(first["data"]?.array?.first?["name"] == "also" && first["next_cursor"] == "also")
    let second = try api.call("GET", "/v1/templates?limit=1&cursor=also").json
    #expect(second["data"]?.array?.first?["id"]?.string == id)
    var body = rig.body("")
    body["text"] = nil
    body["template_id"] = .string(id)
    #expect(try JSON.parse(try rig.post(.object(body)).body)["text"] == "It is ready!")
    for method in ["GET", "PATCH", "DELETE"] {
      let target = "/v1/templates/\(id)"
      #expect(try api.call(method, target, key: api.strangerKey).status == 404, "\(method)")
    }
    #expect(try api.call("DELETE", "/v1/templates/\(id)").status == 204)
    #expect(try api.call("GET", "/v1/templates/\(id)").status == 404)
  }

  @Test func aPolicyIsCheckedMergedAndKeptAndOnlyTheOperatorOpensAddresses() throws {
    let api = try APITests.Fixture()
    let target = "/v1/channels/\(api.test.twilio.id)"
    let set = try api.call(
      "PATCH", target,
      ["policy": ["rate_per_second": 5, "allowed_destinations": ["127.0.0.1:9000"]]])
    #expect(set.json["policy"]?["rate_per_second"] == 5)
    let changed = try api.call(
      "PATCH", target, ["policy": ["rate_per_second": nil, "on_unknown": "resend"]])
    #expect(
      changed.json["policy"]
        == ["allowed_destinations": ["127.0.0.1:9000"], "on_unknown": "resend"])
    try api.test.directory.reload()
    #expect(api.test.directory[api.test.twilio.id]?.channel.policy.onUnknown == .resend)
    for (policy, field) in [
      (["rate_per_secnd": 5] as JSON, "policy.rate_per_secnd"), ("x", "policy"),
      (["burst": 0], "policy.burst"),
    ] {
      let refused = try api.call("PATCH", target, ["policy": policy])
      #expect(refused.status == 422)
      #expect(refused.json["errors"]?.array?.first?["field"]?.string == field)
    }
    let foreign = "/v1/channels/\(api.test.foreign.id)"
    let refused = try api.call(
      "PATCH", foreign, ["policy": ["allowed_destinations": ["10.0.0.0/8"]]], key: api.strangerKey)
    #expect(refused.status == 403)
    #expect(refused.json["errors"]?.array?.first?["field"] == "policy.allowed_destinations")
    let rate = try api.call(
      "PATCH", foreign, ["policy": ["rate_per_second": 1]], key: api.strangerKey)
    #expect(rate.status == 200)
  }

  @Test func aSettingOfNullIsGone() throws {
    let api = try APITests.Fixture()
    let target = "/v1/channels/\(api.test.telegram.id)"
    let set = try api.call(
      "PATCH", target, ["settings": ["api_base_url": "https://api.example.com"]])
    #expect(set.json["settings"]?["api_base_url"] == "https://api.example.com")
    let gone = try api.call("PATCH", target, ["settings": ["api_base_url": nil]])
    #expect(gone.json["settings"]?.object?.keys.contains("api_base_url") == false)
  }

  @Test func typingNeedsALineThatCanShowIt() throws {
    let rig = try Rig(.sms)
    #expect(
      try rig.api.call("POST", "/v1/chats/cht_00000000000000000000000001/typing").status == 404)
    let message = try JSON.parse(try rig.post(.object(rig.body("Hi"))).body)
    let chat = try #require(message["chat_id"]?.string)
    // Nobody has written there, so there is no line to show it on.
    #expect(try rig.api.call("POST", "/v1/chats/\(chat)/typing").status == 409)
  }

  @Test func typingAsksTheProviderOfTheLineTheyLastWroteOn() throws {
    let rig = try Rig(.whatsapp)
    var body = rig.body("")
    body["text"] = nil
    body["provider_template"] = ["content_sid": "HX1"]
    let message = try JSON.parse(try rig.post(.object(body)).body)
    let chat = try #require(message["chat_id"]?.string.flatMap { ID<Chat>($0) })
    _ = try rig.api.test.store.database.write { [channel = rig.channel] in
      try $0.bump(chat, direction: .inbound, channel: channel.id, at: $0.now)
    }
    // Nobody listens where the fake provider would be.
    let asked = try rig.api.call("POST", "/v1/chats/\(chat)/typing")
    #expect(asked.status == 502)
    #expect(asked.json["detail"]?.string?.contains("127.0.0.1:1") == true)
  }
}
