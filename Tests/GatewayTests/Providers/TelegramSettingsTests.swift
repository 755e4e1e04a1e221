import Testing

@testable import Gateway

@Suite struct TelegramSettingsTests {
  @Test(arguments: ["1:a", "7123456789:AAF-syntheticTokenForTests_0000000"])
  func takesAWellFormedToken(_ token: String) throws {
    let provider = try TelegramFixtures.provider(["bot_token": .string(token)])
    #expect(provider.token == token)
  }

  @Test(arguments: [
    "a", ":a", "1:", "1", "x:a", "-1:a", "1:a/b", "1:a?b", "1:a#b", "1:a:b", "1:a b", "1:ж", "١:a",
    "99999999999999999999:a",
  ])
  func refusesATokenThatCannotStandInAnAddress(_ token: String) {
    #expect {
      try TelegramFixtures.provider(["bot_token": .string(token)])
    } throws: {
      // The same sentence for all: it cannot hold the value.
      "\($0)" == "settings.bot_token: must be the bot's number, a colon and letters, digits, _ or -"
    }
  }

  @Test func asksForASecret() {
    let settings: JSONObject = ["bot_token": .string(TelegramFixtures.token)]
    #expect {
      try Telegram(settings: ChannelSettings(settings, declared: Telegram.settings))
    } throws: {
      ($0 as? SettingsError)?.field == "secret_token"
    }
  }

  @Test func refusesAListWithOneBadSecret() {
    #expect {
      try TelegramFixtures.provider(["secret_token": ["good", "not good"]])
    } throws: {
      ($0 as? SettingsError)?.field == "secret_token"
    }
  }

  @Test func asksForASchemeInTheBaseAddress() {
    #expect {
      try TelegramFixtures.provider(["api_base_url": "api.example.com"])
    } throws: {
      ($0 as? SettingsError)?.field == "api_base_url"
    }
  }

  @Test func remainingStepsNameTheChannelAndTheCommand() throws {
    let steps = try TelegramFixtures.provider().remainingSteps(
      webhookURL: "https://gw.example.com/webhooks/chn_1")
    #expect(steps.first?.contains("trunkline channels check chn_1 --register") == true)
    #expect(steps.first?.contains("https://gw.example.com/webhooks/chn_1") == true)
    #expect(steps.contains { $0.contains("/setprivacy") })
    #expect(steps.allSatisfy { $0.hasSuffix(".") })
  }

  @Test(arguments: ReceiptState.allCases.filter { $0 != .quarantined })
  func acknowledgesWhateverIsStored(_ state: ReceiptState) throws {
    // Telegram sends anything else again for a day and holds up the chat.
    #expect(try answer(.stored(state)) == HTTPResponse(status: 200))
  }

  @Test func answersTheRestSoThatTelegramDoesTheRightThing() throws {
    #expect(try answer(.stored(.quarantined)).status == 403)
    #expect(try answer(.disabled).status == 410)
    let unavailable = try answer(.unavailable)
    #expect(unavailable.status == 503)
    #expect(unavailable.headers["Retry-After"] == "2")
  }

  private func answer(_ outcome: WebhookOutcome) throws -> HTTPResponse {
    try TelegramFixtures.provider().answer(outcome, to: TelegramFixtures.request([:]))
  }
}
