import Testing

@testable import Gateway

@Suite struct WhatsAppRegistrationTests {
  private let url = "https://gw.example.com/webhooks/chn_1"
  private let now = Instant(millisecondsSinceEpoch: 1_791_213_000_000)

  private func findings(_ answer: JSON, _ settings: JSONObject = [:]) throws -> [String] {
    try WhatsAppFixtures.provider(settings).inspectionFindings(
      HTTPResponse(status: 200, json: answer), webhookURL: url, now: now)
  }

  private func problem(_ code: Int64, status: Int = 400, message: String = "M") throws -> String? {
    try WhatsAppFixtures.provider().registrationProblem(
      HTTPResponse(
        status: status,
        json: ["error": ["message": .string(message), "code": .integer(code)]]))
  }

  @Test func givesTheAccountAnAddressOfItsOwn() throws {
    let provider = try WhatsAppFixtures.provider(["verify_token": ["new", "old"]])
    let request = provider.registration(webhookURL: url)
    #expect(request.method == "POST")
    #expect(request.target == "https://graph.facebook.com/v25.0/203344556677889/subscribed_apps")
    #expect(request.headers["authorization"] == "Bearer \(WhatsAppFixtures.token)")
    #expect(
      try JSON.parse(request.body)
        == ["override_callback_uri": .string(url), "verify_token": "new"])
  }

  @Test func givesTheNumberOneWhereTheAccountIsNotKnown() throws {
    let provider = try WhatsAppFixtures.provider([
      "business_account_id": nil, "api_base_url": "http://127.0.0.1:8090/",
    ])
    let request = provider.registration(webhookURL: url)
    #expect(request.target == "http://127.0.0.1:8090/v25.0/118899001122334")
    #expect(
      try JSON.parse(request.body) == [
        "webhook_configuration": [
          "override_callback_uri": .string(url), "verify_token": .string(WhatsAppFixtures.word),
        ]
      ])
    #expect(
      provider.inspection().target
        == "http://127.0.0.1:8090/v25.0/118899001122334?fields=webhook_configuration")
  }

  @Test func isContentWhenMetaAgrees() throws {
    let provider = try WhatsAppFixtures.provider()
    #expect(
      provider.registrationProblem(HTTPResponse(status: 200, json: ["success": true])) == nil)
    let app: JSON = ["name": "Gateway", "id": "1"]
    #expect(
      try findings([
        "data": [["whatsapp_business_api_data": app, "override_callback_uri": .string(url)]]
      ]) == [])
    // The app's own address cannot be seen with this token.
    #expect(try findings(["data": [["whatsapp_business_api_data": app]]]) == [])
    let number: JSONObject = ["business_account_id": nil]
    #expect(
      try findings(
        ["webhook_configuration": ["phone_number": .string(url), "application": "https://a.b/c"]],
        number) == [])
  }

  @Test func saysWhatIsWrong() throws {
    #expect(try findings(["data": []]).first?.contains("No app is subscribed") == true)
    let other = "https://other.example/secret-path"
    for answer: JSON in [["data": [["override_callback_uri": .string(other)]]]] {
      let found = try findings(answer)
      #expect(found.first?.contains("another address") == true)
      #expect(!found.joined().contains("secret-path"))
    }
    let number: JSONObject = ["business_account_id": nil]
    #expect(
      try findings(["webhook_configuration": ["application": .string(other)]], number)
        .first?.contains("another address") == true)
    #expect(try findings([:], number).first?.contains("no address") == true)
    #expect(try findings(["error": ["code": 190]]).first?.contains("access_token") == true)
  }

  @Test func saysWhyMetaRefused() throws {
    #expect(try problem(190, status: 401)?.contains("access_token") == true)
    #expect(try problem(200)?.contains("whatsapp_business_management") == true)
    #expect(try problem(100)?.contains("business_account_id") == true)
    #expect(try problem(2200)?.contains("verify the address") == true)
    #expect(try problem(4242, message: "Odd.") == "Meta refused with error 4242: Odd.")
    let leak = try problem(1, message: "bad token \(WhatsAppFixtures.token)")
    #expect(leak?.contains(WhatsAppFixtures.token) == false)
    let provider = try WhatsAppFixtures.provider()
    let page = HTTPResponse(status: 502, contentType: "text/html", body: "<html>")
    #expect(provider.registrationProblem(page)?.contains("502") == true)
    #expect(
      provider.registrationProblem(HTTPResponse(status: 200, json: ["success": false])) != nil)
  }

  @Test func saysWhatRemainsToBeDone() throws {
    let steps = try WhatsAppFixtures.provider().remainingSteps(webhookURL: url)
    #expect(steps.first?.contains(url) == true)
    #expect(steps.allSatisfy { $0.hasSuffix(".") })
    #expect(!steps.joined().contains(WhatsAppFixtures.word))
    for field in ["messages", "account_update", "user_preferences", "smb_message_echoes"] {
      #expect(steps.joined().contains(field))
    }
    let without = try WhatsAppFixtures.provider(["business_account_id": nil])
    #expect(without.remainingSteps(webhookURL: url).count == steps.count + 1)
    let long = "https://gw.example.com/\(String(repeating: "a", count: 200))"
    #expect(
      try WhatsAppFixtures.provider().remainingSteps(webhookURL: long).count == steps.count - 1)
  }
}

extension HTTPResponse {
  fileprivate init(status: Int, json: JSON) {
    self.init(
      status: status, headers: ["Content-Type": "application/json"], body: json.serialized())
  }
}
