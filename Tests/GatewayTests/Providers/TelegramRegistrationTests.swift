import Testing

@testable import Gateway

@Suite struct TelegramRegistrationTests {
  private let url = "https://gw.example.com/webhooks/chn_1"
  private let now = Instant(millisecondsSinceEpoch: 1_791_213_000_000)
  private let allKinds = JSON.array(TelegramUpdateKind.allCases.map { .string($0.rawValue) })

  private func findings(_ info: JSONObject) throws -> [String] {
    var result: JSONObject = [
      "url": .string(url), "has_custom_certificate": false, "pending_update_count": 0,
      "max_connections": 40, "allowed_updates": allKinds,
    ]
    for (name, value) in info { result[name] = value }
    return try findings(HTTPResponse(status: 200, json: ["ok": true, "result": .object(result)]))
  }

  private func findings(_ response: HTTPResponse) throws -> [String] {
    try TelegramFixtures.provider().inspectionFindings(response, webhookURL: url, now: now)
  }

  @Test func registersEverythingAtOnceAndDropsNothing() throws {
    let provider = try TelegramFixtures.provider(["secret_token": ["new", "old"]])
    let request = provider.registration(webhookURL: url)
    #expect(request.method == "POST")
    #expect(
      request.target == "https://api.telegram.org/bot\(TelegramFixtures.token)/setWebhook")
    #expect(request.headers["content-type"] == "application/json")
    let body = try JSON.parse(request.body)
    #expect(
      body == [
        "url": .string(url), "secret_token": "new", "allowed_updates": allKinds,
        "max_connections": 40,
      ])
    let kinds = body["allowed_updates"]?.array ?? []
    #expect(kinds.count == 27)
    for kind in ["message", "message_reaction", "chat_member", "callback_query"] {
      #expect(kinds.contains(.string(kind)))
    }
  }

  @Test func asksForTheWebhookAtThePrivateAddress() throws {
    let provider = try TelegramFixtures.provider(["api_base_url": "http://127.0.0.1:8090/tg/"])
    #expect(
      provider.inspection()
        == HTTPRequest(
          method: "GET",
          target: "http://127.0.0.1:8090/tg/bot\(TelegramFixtures.token)/getWebhookInfo"))
  }

  @Test func isContentWhenTelegramAgrees() throws {
    let provider = try TelegramFixtures.provider()
    let done = HTTPResponse(
      status: 200, json: ["ok": true, "result": true, "description": "Webhook was set"])
    #expect(provider.registrationProblem(done) == nil)
    #expect(try findings([:]) == [])
  }

  @Test(arguments: [
    (401, #"{"ok":false,"error_code":401,"description":"Unauthorized"}"#, "bot_token"),
    (404, #"{"ok":false,"error_code":404,"description":"Not Found"}"#, "bot_token"),
    (
      400, #"{"ok":false,"description":"Bad Request: bad webhook: HTTPS url must be provided"}"#,
      "HTTPS url must be provided"
    ),
    (429, #"{"ok":false,"error_code":429,"parameters":{"retry_after":17}}"#, "17 s"),
    (502, "<html>", "502"),
    (200, #"{"ok":false}"#, "200"),
  ])
  func saysWhyTelegramRefused(_ status: Int, _ body: String, _ expected: String) throws {
    let response = HTTPResponse(status: status, contentType: "application/json", body: body)
    let problem = try TelegramFixtures.provider().registrationProblem(response)
    #expect(problem?.contains(expected) == true)
    #expect(try findings(response) == [problem])
  }

  @Test func saysThatNoWebhookIsSet() throws {
    #expect(try findings(["url": ""]) == ["No webhook is set: register it."])
  }

  @Test func namesTheHostOfAnotherWebhookAndNotItsPath() throws {
    let findings = try findings(["url": "https://user:pw@other.example.com:8443/hook/s3cr3t"])
    #expect(findings.count == 1)
    #expect(findings.first?.contains("https://other.example.com:8443") == true)
    #expect(findings.first?.contains("s3cr3t") == false)
    #expect(findings.first?.contains("pw") == false)
  }

  @Test func namesTheUpdatesThatAreNotAskedFor() throws {
    let some = try findings(["allowed_updates": ["message", "edited_message", "callback_query"]])
    #expect(some.count == 1)
    #expect(some.first?.contains("message_reaction") == true)
    #expect(some.first?.contains("callback_query") == false)
    // Without a list Telegram sends all kinds but these.
    for list: JSON in [[], nil] {
      let usual = try findings(["allowed_updates": list])
      #expect(usual.count == 1)
      #expect(usual.first?.contains("message_reaction, chat_member") == true)
    }
  }

  @Test func reportsRecentErrorsOnly() throws {
    let recent: JSON = .integer(now.millisecondsSinceEpoch / 1000 - 60)
    let old: JSON = .integer(now.millisecondsSinceEpoch / 1000 - 7200)
    let reason: JSON = "Wrong response from the webhook: 403 Forbidden"
    #expect(try findings(["last_error_date": old, "last_error_message": reason]) == [])
    let found = try findings(["last_error_date": recent, "last_error_message": reason])
    #expect(found.first?.contains("403 Forbidden") == true)
    #expect(found.first?.contains("register again") == true)
    #expect(try findings(["last_synchronization_error_date": recent]).count == 1)
  }

  @Test func reportsABacklog() throws {
    #expect(try findings(["pending_update_count": 80]) == [])
    #expect(try findings(["pending_update_count": 81]).first?.contains("81 updates") == true)
  }

  @Test func neverRepeatsTheTokenOrASecret() throws {
    let provider = try TelegramFixtures.provider()
    for hidden in [TelegramFixtures.token, TelegramFixtures.secret] {
      let text: JSON = .string("about \(hidden), sorry")
      let recent: JSON = .integer(now.millisecondsSinceEpoch / 1000)
      var sentences = try findings([
        "url": .string("https://\(hidden)/\(hidden)"), "last_error_date": recent,
        "last_error_message": text, "allowed_updates": [],
      ])
      sentences += try findings(
        HTTPResponse(status: 400, json: ["ok": false, "description": text]))
      sentences += provider.remainingSteps(webhookURL: url)
      #expect(sentences.count > 5)
      #expect(sentences.allSatisfy { !$0.contains(hidden) })
    }
  }
}

extension HTTPResponse {
  /// A response with a JSON body.
  fileprivate init(status: Int, json: JSON) {
    self.init(
      status: status, headers: ["Content-Type": "application/json"], body: json.serialized())
  }
}
