import Testing

@testable import Gateway

/// The API without a socket: who may do what, whose data it is, and how mistakes are told.
@Suite struct APITests {
  /// The API on a database with some life in it.
  final class Fixture {
    let test: TestIngest
    let listener: APIListener
    let table: RouteTable
    let pool: WorkerPool
    var keys: [APIKey.Role: String] = [:]
    let strangerKey: String

    init() throws {
      test = try TestIngest()
      let random = SeededRandom(seed: 11)
      let services = Services(
        database: test.store.database, directory: test.directory, ingest: test.ingest,
        vault: test.vault, ids: test.store.ids, random: random, clock: test.store.clock,
        client: HTTPClient(),
        media: try MediaStore(
          folder: "\(test.store.folder)/media", now: test.store.clock.now()),
        metrics: test.metrics, operatorTenant: test.acme.id)
      pool = WorkerPool(name: "test", threads: 1, queueLimit: 8)
      table = RouteTable.api(services)
      listener = APIListener(
        table, database: test.store.database, pool: pool, log: .none, bodyBytesMax: 1 << 20)
      let add: (Tenant, APIKey.Role, TestIngest) throws -> String = { tenant, role, test in
        let text = APIKeyText.make(random)
        _ = try test.store.database.write {
          try $0.addAPIKey(
            tenant: tenant.id, name: "test", role: role, hash: APIKeyText.hash(text))
        }
        return text
      }
      for role in APIKey.Role.allCases { keys[role] = try add(test.acme, role, test) }
      strangerKey = try add(test.other, .admin, test)
    }

    deinit { pool.stop() }

    func call(
      _ method: String, _ target: String, _ body: JSON? = nil, key: String? = nil
    ) throws -> (status: Int, json: JSON) {
      let key = try key ?? #require(keys[.admin])
      let response = listener.respond(
        HTTPRequest(
          method: method, target: target,
          headers: ["Authorization": "Bearer \(key)", "Content-Type": "application/json"],
          body: body?.serialized() ?? []))
      let json = response.body.isEmpty ? JSON.null : (try? JSON.parse(response.body)) ?? .null
      return (response.status, json)
    }
  }

  @Test func everyRouteAsksForAKeyUnlessItIsOpen() throws {
    let api = try Fixture()
    for route in api.table.routes {
      let target = route.path.replacing("{id}", with: "x")
      let response = api.listener.respond(HTTPRequest(method: route.method, target: target))
      if route.permission == nil {
        #expect(response.status == 200, "\(route.method) \(route.path)")
      } else {
        #expect(response.status == 401, "\(route.method) \(route.path)")
        #expect(response.headers["www-authenticate"] == "Bearer")
      }
    }
  }

  @Test func everyRoleMayDoWhatItsTableSaysAndNothingElse() throws {
    let api = try Fixture()
    for route in api.table.routes {
      guard let permission = route.permission else { continue }
      for role in APIKey.Role.allCases {
        let target = route.path.replacing("{id}", with: "x")
        let status = try api.call(route.method, target, key: api.keys[role]).status
        #expect(
          (status == 403) == !role.permissions.contains(permission),
          "\(role) \(route.method) \(route.path): \(status)")
      }
    }
  }

  @Test func whatIsAnotherTenantsIsNotThere() throws {
    let api = try Fixture()
    try api.test.form(TestIngest.message("SM1", "secret words"))
    let chat = try #require(try api.test.chats().first)
    let message = try #require(try api.test.messages(of: chat).first)
    let receipt = try #require(try api.test.receipts().first)
    let client = try #require(chat.clientID)
    let targets = [
      ("GET", "/v1/chats/\(chat.id)"), ("GET", "/v1/chats/\(chat.id)/messages"),
      ("POST", "/v1/chats/\(chat.id)/read"), ("GET", "/v1/messages/\(message.id)"),
      ("GET", "/v1/messages/\(message.id)/timeline"), ("GET", "/v1/clients/\(client)"),
      ("GET", "/v1/clients/\(client)/contacts"), ("GET", "/v1/receipts/\(receipt.id)"),
      ("POST", "/v1/receipts/\(receipt.id)/reprocess"),
      ("GET", "/v1/channels/\(api.test.twilio.id)"),
      ("PATCH", "/v1/channels/\(api.test.twilio.id)"),
      ("POST", "/v1/channels/\(api.test.twilio.id)/pause"),
      ("POST", "/v1/channels/\(api.test.twilio.id)/check"),
    ]
    for (method, target) in targets {
      #expect(try api.call(method, target, key: api.strangerKey).status == 404, "\(target)")
      #expect(try api.call(method, target).status == 200, "\(target)")
    }
    for list in ["/v1/chats", "/v1/receipts", "/v1/events"] {
      #expect(try api.call("GET", list, key: api.strangerKey).json["data"] == [], "\(list)")
    }
    let tenants = try api.call("GET", "/v1/tenants", key: api.strangerKey).json["data"]?.array
    #expect(tenants?.compactMap { $0["name"]?.string } == ["other"])
    #expect(try api.call("POST", "/v1/tenants", ["name": "x"], key: api.strangerKey).status == 403)
  }

  @Test func pagesJoinToTheWholeListWithoutRepeats() throws {
    let api = try Fixture()
    for index in 0..<25 {
      // Several chats share a time: the cursor must not lose any of them.
      if index % 4 == 0 { api.test.store.clock.advance(milliseconds: 1) }
      try api.test.form(
        TestIngest.message("SM\(index)", from: "+150355501\(10 + index)", "hello \(index)"))
    }
    for list in ["/v1/chats", "/v1/receipts"] {
      var seen: [String] = []
      var cursor: String?
      repeat {
        let page = try api.call(
          "GET", "\(list)?limit=4\(cursor.map { "&cursor=\($0)" } ?? "")"
        ).json
        seen += page["data"]?.array?.compactMap { $0["id"]?.string } ?? []
        cursor = page["next_cursor"]?.string
      } while cursor != nil
      #expect(seen.count == 25, "\(list)")
      #expect(Set(seen).count == 25, "\(list)")
    }
    var sequences: [Int64] = []
    var after = "0"
    while true {
      let page = try api.call("GET", "/v1/events?limit=7&after=\(after)").json
      let found = page["data"]?.array?.compactMap { $0["sequence"]?.integer } ?? []
      if found.isEmpty { break }
      sequences += found
      after = page["next_cursor"]?.string ?? ""
    }
    #expect(sequences == Array(1...Int64(25 * 5)))
  }

  @Test func aChatWithoutMessagesIsListedAndHasNoLastOne() throws {
    let api = try Fixture()
    let user: JSON = ["id": 42, "is_bot": false, "first_name": "P42"]
    try api.test.update(
      1, "chat_member",
      [
        "chat": ["id": -100, "title": "Room", "type": "supergroup"], "from": user,
        "date": 1_791_210_000, "old_chat_member": ["status": "left", "user": user],
        "new_chat_member": ["status": "member", "user": user],
      ])
    try api.test.form(TestIngest.message("SM1", "hi"))
    let chats = try #require(try api.call("GET", "/v1/chats").json["data"]?.array)
    #expect(chats.map { $0["message_count"] } == [1, 0])
    #expect(chats.map { $0["last_message_at"]?.isNull } == [false, true])
  }

  @Test func aChannelIsMadeChangedAndNeverShowsItsSecrets() throws {
    let api = try Fixture()
    let made = try api.call(
      "POST", "/v1/channels",
      [
        "provider": "telegram", "name": "second bot",
        "settings": [
          "bot_token": "99:AAhush_hush_hush", "secret_token": ["new-hush", "old-hush"],
        ],
      ])
    #expect(made.status == 201)
    let id = try #require(made.json["id"]?.string)
    #expect(made.json["transport"] == "telegram")
    #expect(made.json["webhook_url"]?.string == "\(TestIngest.publicURL)/webhooks/\(id)")
    #expect(made.json["remaining_steps"]?.array?.isEmpty == false)
    #expect(made.json["settings"]?["secret_token"]?["count"] == 2)
    let changed = try api.call(
      "PATCH", "/v1/channels/\(id)",
      ["name": "renamed", "settings": ["secret_token": "newer-hush"]])
    #expect(changed.json["name"] == "renamed")
    #expect(changed.json["settings"]?["secret_token"]?["count"] == 1)
    let disabled = try api.call("PATCH", "/v1/channels/\(id)", ["state": "disabled"])
    #expect(disabled.json["state"] == "disabled")
    for shown in [made.json, changed.json, try api.call("GET", "/v1/channels").json] {
      #expect(!String(decoding: shown.serialized(), as: UTF8.self).contains("hush"))
    }
    let channelID = try #require(ID<Channel>(id))
    #expect(api.test.directory[channelID]?.channel.state == .disabled)
  }

  private static let wrongChannels: [(JSON, String)] = [
    (["name": "x"], "provider"),
    (["provider": "twillio", "name": "x"], "provider"),
    (["provider": "telegram"], "name"),
    (["provider": "telegram", "name": ""], "name"),
    (["provider": "telegram", "name": "x"], "settings.bot_token"),
    (["provider": "telegram", "name": "x", "settings": ["bot_tokn": "1:a"]], "settings.bot_tokn"),
    (["provider": "telegram", "name": "x", "public_url": "gw.example.com"], "public_url"),
    (["provider": "telegram", "name": "x", "verification": "never"], "verification"),
    (["provider": "telegram", "name": "x", "colour": "red"], "colour"),
    (["provider": "telegram", "name": "x", "settings": []], "settings"),
  ]

  @Test(arguments: wrongChannels)
  func aWrongChannelIsRefusedNamingTheField(_ body: JSON, _ field: String) throws {
    let api = try Fixture()
    let refused = try api.call("POST", "/v1/channels", body)
    #expect(refused.status == 422)
    #expect(refused.json["errors"]?.array?.first?["field"]?.string == field)
    #expect(try api.call("GET", "/v1/channels").json["data"]?.array?.count == 2)
  }

  @Test func twoChannelsOfOneNameAreAConflict() throws {
    let api = try Fixture()
    let body: JSON = [
      "provider": "telegram", "name": "bot",
      "settings": ["bot_token": "99:AAsynthetic", "secret_token": "s"],
    ]
    #expect(try api.call("POST", "/v1/channels", body).status == 409)
  }

  @Test func methodsAndBodiesAreAnsweredAsHTTPSays() throws {
    let api = try Fixture()
    let options = api.listener.respond(HTTPRequest(method: "OPTIONS", target: "/v1/chats"))
    #expect(options.status == 204)
    #expect(options.headers["allow"] == "GET, HEAD, OPTIONS")
    let wrong = api.listener.respond(HTTPRequest(method: "PUT", target: "/v1/chats"))
    #expect(wrong.status == 405)
    #expect(wrong.headers["allow"] == "GET, HEAD, OPTIONS")
    #expect(try api.call("HEAD", "/v1/chats").status == 200)
    #expect(try api.call("GET", "/v1/nothing").status == 404)
    #expect(try api.call("GET", "/v1/chats?limit=0").status == 422)
    #expect(try api.call("GET", "/v1/chats?cursor=x").status == 422)
    #expect(try api.call("GET", "/v1/receipts?state=odd").status == 422)
    #expect(try api.call("GET", "/v1/events?after=-1").status == 422)
    let form = HTTPRequest(
      method: "POST", target: "/v1/channels",
      headers: ["Content-Type": "text/plain", "Content-Length": "3"])
    guard case .answer(let refusal) = api.listener.admit(form, remoteAddress: "") else {
      Issue.record("a body of another kind must be refused")
      return
    }
    #expect(refusal.status == 415)
  }

  @Test func aKeyIsShownOnceAndEndsWhenRevoked() throws {
    let api = try Fixture()
    let made = try api.call("POST", "/v1/keys", ["name": "crm", "role": "backend"])
    #expect(made.status == 201)
    let text = try #require(made.json["key"]?.string)
    #expect(text.utf8.count == 55)
    #expect(try api.call("GET", "/v1/chats", key: text).status == 200)
    let list = String(
      decoding: try api.call("GET", "/v1/keys").json.serialized(), as: UTF8.self)
    #expect(!list.contains(text))
    let id = try #require(made.json["id"]?.string)
    #expect(try api.call("DELETE", "/v1/keys/\(id)", key: api.strangerKey).status == 404)
    #expect(try api.call("DELETE", "/v1/keys/\(id)").status == 204)
    #expect(try api.call("GET", "/v1/chats", key: text).status == 401)
    let malformed = try api.call("POST", "/v1/keys", ["name": "x", "role": "god"])
    #expect(malformed.json["errors"]?.array?.first?["field"] == "role")
  }

  @Test func aMessageTellsItsStory() throws {
    let api = try Fixture()
    try api.test.form(TestIngest.message("SM1", "hi"))
    let message = try #require(
      try api.test.messages(of: try api.test.chats()[0]).first)
    let steps = try api.call("GET", "/v1/messages/\(message.id)/timeline").json["data"]?.array
    let sentences = try #require(steps).compactMap { $0["what"]?.string }
    #expect(sentences.first?.contains("its signature was right") == true)
    #expect(sentences.contains { $0.contains("became message 1 of chat") })
    #expect(sentences.contains { $0.contains("message.received") })
  }

  @Test func receiptsShowTheRequestButNotTheSecretHeader() throws {
    let api = try Fixture()
    try api.test.update(1, "message", TestIngest.text("hi", from: 42, message: 1))
    let receipt = try #require(try api.test.receipts().first)
    let shown = try api.call("GET", "/v1/receipts/\(receipt.id)").json
    #expect(shown["request"]?["body"]?.string?.contains("\"text\":\"hi\"") == true)
    #expect(!String(decoding: shown.serialized(), as: UTF8.self).contains(TestIngest.secretToken))
    #expect(try api.call("GET", "/v1/receipts").json["data"]?.array?.first?["request"] == nil)
  }

  @Test func livenessAndMetricsAnswerWhileEveryCallWaits() throws {
    let api = try Fixture()
    let server = try HTTPServer(
      .test(), handler: api.listener, clock: SystemClock(), log: .none, metrics: Metrics())
    let gate = Monitor(false)
    defer {
      gate.update { $0 = true }
      server.stop()
    }
    // One call holds the only thread, and so many wait that another would be refused.
    #expect(api.pool.submit { _ = gate.wait { $0 ? true : nil } })
    #expect(eventually { !api.pool.submit { _ = gate.wait { $0 ? true : nil } } })
    let client = try RawClient(port: server.port)
    #expect(try client.get("/healthz").status == 200)
    #expect(try client.get("/metrics").status == 200)
    #expect(try client.get("/readyz").status == 503)
  }

  @Test func readinessNamesWhatIsBroken() throws {
    let api = try Fixture()
    #expect(try api.call("GET", "/readyz").status == 200)
    let stranger = try api.test.store.stranger()
    try stranger.run("BEGIN IMMEDIATE")
    let broken = try api.call("GET", "/readyz")
    #expect(broken.status == 503)
    #expect(broken.json["checks"]?["store_write"]?["ok"] == false)
    #expect(broken.json["checks"]?["store_read"]?["ok"] == true)
    try stranger.run("COMMIT")
    #expect(try api.call("GET", "/readyz").status == 200)
  }
}
