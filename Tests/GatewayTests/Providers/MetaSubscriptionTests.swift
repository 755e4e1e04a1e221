import Testing

@testable import Gateway

/// Asking Meta to tell of a page or account, and looking at what it tells.
@Suite struct MetaSubscriptionTests {
  private static let url = "https://gw.example.com/webhooks/chn_1"
  private static let pageID: JSONObject = ["page_id": "104000111222333"]

  private func findings(_ provider: any WebhookRegistering, _ status: Int, _ json: JSON) -> [String]
  {
    provider.inspectionFindings(
      HTTPResponse(status: status, headers: [:], body: json.serialized()), webhookURL: Self.url,
      now: Instant(millisecondsSinceEpoch: 0))
  }

  private func fields(_ request: HTTPRequest) -> [String] {
    request.target.split(separator: "=").last.map { $0.split(separator: ",").map(String.init) }
      ?? []
  }

  @Test func subscribesTheAccountWithInstagramLogin() throws {
    let provider = try MetaMessagingFixtures.instagram()
    let request = provider.registration(webhookURL: Self.url)
    #expect(request.method == "POST")
    #expect(
      request.target.hasPrefix(
        "https://graph.instagram.com/v25.0/17841400123456789/subscribed_apps?subscribed_fields="))
    #expect(request.headers["authorization"] == "Bearer IGAAsyntheticInstagramToken00000000000000")
    #expect(fields(request).contains("messaging_seen"))
    #expect(
      provider.inspection().target
        == "https://graph.instagram.com/v25.0/17841400123456789/subscribed_apps")
  }

  @Test func subscribesThePageWithFacebookLogin() throws {
    let provider = try MetaMessagingFixtures.instagram(Self.pageID)
    let request = provider.registration(webhookURL: Self.url)
    #expect(
      request.target.hasPrefix("https://graph.facebook.com/v25.0/104000111222333/subscribed_apps?"))
    // A page refuses the whole request for this one.
    #expect(!fields(request).contains("messaging_seen"))
    #expect(fields(request).contains("message_reads"))
  }

  @Test func subscribesAPageToWhatMessengerTells() throws {
    let request = try MetaMessagingFixtures.messenger().registration(webhookURL: Self.url)
    let needed = [
      "messages", "message_echoes", "message_deliveries", "message_reads", "messaging_optins",
      "messaging_policy_enforcement", "standby",
    ]
    #expect(needed.allSatisfy(fields(request).contains))
    #expect(!fields(request).contains("messaging_seen"))
    #expect(Set(fields(request)).count == fields(request).count)
  }

  @Test func isContentWhenMetaTellsAll() throws {
    let provider = try MetaMessagingFixtures.messenger()
    let done = HTTPResponse(status: 200, headers: [:], body: Array(#"{"success":true}"#.utf8))
    #expect(provider.registrationProblem(done) == nil)
    let all = JSON.array(MetaSubscription.messengerFields.map(JSON.string))
    #expect(findings(provider, 200, ["data": [["id": "1", "subscribed_fields": all]]]) == [])
    let objects = JSON.array(MetaSubscription.messengerFields.map { ["name": .string($0)] })
    #expect(findings(provider, 200, ["data": [["subscribed_fields": objects]]]) == [])
  }

  @Test func namesWhatIsMissing() throws {
    let provider = try MetaMessagingFixtures.instagram()
    let some = findings(
      provider, 200,
      ["data": [["id": "9"], ["subscribed_fields": ["messages", "comments", "standby"]]]])
    #expect(some.count == 1)
    #expect(some.first?.contains("messaging_seen") == true)
    #expect(some.first?.contains(" messages,") == false)
    #expect(findings(provider, 200, ["data": []]).first?.contains("not subscribed") == true)
  }

  @Test(arguments: [
    (401, 190, "access_token"), (400, 10, "permission"), (403, 200, "permission"),
    (400, 4, "fewer requests"), (400, 100, "subscribed_fields[3] must be one of"),
  ])
  func saysWhyMetaRefused(_ status: Int, _ code: Int, _ expected: String) throws {
    let provider = try MetaMessagingFixtures.messenger()
    let error: JSON = [
      "error": [
        "message": .string("(#\(code)) Param subscribed_fields[3] must be one of {A, B}"),
        "type": "OAuthException", "code": JSON(code), "error_subcode": 460,
      ]
    ]
    let problem = provider.registrationProblem(
      HTTPResponse(status: status, headers: [:], body: error.serialized()))
    #expect(problem?.contains(expected) == true)
    #expect(problem?.contains("\(code), subcode 460") == true)
    #expect(findings(provider, status, error) == [problem])
  }

  @Test func aPageInPlaceOfAnAnswerIsNoReason() throws {
    let provider = try MetaMessagingFixtures.messenger()
    let problem = provider.registrationProblem(
      HTTPResponse(status: 502, contentType: "text/html", body: "<html>"))
    #expect(problem?.contains("502") == true)
    #expect(findings(provider, 200, "x").first?.contains("200") == true)
  }

  @Test func neverRepeatsASecret() throws {
    let provider = try MetaMessagingFixtures.messenger()
    for hidden in [
      "EAAsyntheticPageToken0000000000000000000", "fedcba9876543210fedcba9876543210",
      "vt-synthetic-77",
    ] {
      let message = "Malformed access token " + String(repeating: "x", count: 290) + hidden
      let sentences = findings(
        provider, 400, ["error": ["code": 100, "message": .string(message)]])
      #expect(sentences.count == 1)
      #expect(sentences.allSatisfy { !$0.contains(hidden.prefix(8)) })
      #expect(
        provider.remainingSteps(webhookURL: Self.url).allSatisfy { !$0.contains(hidden) })
    }
  }

  @Test func remainingStepsNameTheAddressAndTheCommand() throws {
    let providers: [any Provider] = [
      try MetaMessagingFixtures.instagram(), try MetaMessagingFixtures.instagram(Self.pageID),
      try MetaMessagingFixtures.messenger(),
    ]
    for provider in providers {
      let steps = provider.remainingSteps(webhookURL: Self.url)
      #expect(steps.contains { $0.contains(Self.url) })
      #expect(steps.contains { $0.contains("trunkline channels check chn_1 --register") })
      #expect(steps.allSatisfy { $0.hasSuffix(".") })
    }
    let login = try MetaMessagingFixtures.instagram().remainingSteps(webhookURL: Self.url)
    #expect(login.contains { $0.contains("instagram_business_manage_messages") })
    let page = try MetaMessagingFixtures.instagram(Self.pageID).remainingSteps(webhookURL: Self.url)
    #expect(page.contains { $0.contains("pages_manage_metadata") })
  }
}
