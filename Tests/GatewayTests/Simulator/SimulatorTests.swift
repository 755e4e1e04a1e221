import Gateway
import Simulator
import Testing

@Suite struct SimulatorTests {
  private static let secrets = [
    "account_sid": SimulatorSupport.accountSID, "auth_token": SimulatorSupport.authToken,
    "bot_token": "7123456789:AAsynthetic", "secret_token": SimulatorSupport.secret,
  ]
  /// Something for every required option of any kind.
  private static let sample = [
    "from": "6012345678", "to": "+12065550199", "text": "hi", "message-sid": "SM1",
    "status": "sent", "reply-to": "SM2", "title": "Kod Babe", "phone": "+381641234567",
    "album": "13900000000000001", "message-id": "41", "chat": "-1002233445566",
  ]

  private func request(
    _ provider: String, _ kind: String, _ options: [String: String],
    secrets: [String: String] = secrets
  ) throws(SimulatorError) -> HTTPRequest {
    try Simulator.request(
      provider: provider, kind: kind, options: options, webhookURL: SimulatorSupport.url,
      secrets: secrets, random: SeededRandom(seed: 1), now: SimulatorSupport.start)
  }

  private func options(of event: SimulatedEvent) -> [String: String] {
    Self.sample.filter { name, _ in
      event.options.contains { $0.name == name && ($0.isRequired || name == "chat") }
    }
  }

  private func complaint(_ make: () throws(SimulatorError) -> HTTPRequest) -> String? {
    do throws(SimulatorError) {
      _ = try make()
      return nil
    } catch {
      return error.description
    }
  }

  @Test func makesEveryKindFromItsRequiredOptionsSigned() throws {
    for event in Simulator.events(provider: "twilio") {
      let request = try request("twilio", event.kind, options(of: event))
      let expected = try SimulatorSupport.signature(request)
      #expect(request.headers["X-Twilio-Signature"] == expected, "\(event.kind)")
    }
    for event in Simulator.events(provider: "telegram") {
      let request = try request("telegram", event.kind, options(of: event))
      #expect(
        request.headers["X-Telegram-Bot-Api-Secret-Token"] == SimulatorSupport.secret,
        "\(event.kind)")
      let update = try? JSON.parse(request.body)
      #expect((update == nil) == (event.kind == "malformed"), "\(event.kind)")
    }
  }

  @Test func namesEveryRequiredOptionThatIsMissing() throws {
    for provider in Simulator.providers {
      for event in Simulator.events(provider: provider) {
        for option in event.options where option.isRequired {
          var given = options(of: event)
          given[option.name] = nil
          let complaint = complaint { () throws(SimulatorError) in
            try request(provider, event.kind, given)
          }
          #expect(complaint?.contains("--\(option.name)") == true, "\(event.kind)")
        }
      }
    }
  }

  @Test func namesNoOptionAndNoKindTwice() {
    for provider in Simulator.providers {
      let kinds = Simulator.kinds(provider: provider)
      #expect(!kinds.isEmpty && Set(kinds).count == kinds.count)
      for event in Simulator.events(provider: provider) {
        let names = event.options.map(\.name)
        #expect(Set(names).count == names.count, "\(provider) \(event.kind)")
      }
    }
  }

  @Test func suggestsWhatAnUnknownWordMayHaveMeant() {
    let sms = ["from": "+1503", "to": "+1206", "text": "hi"]
    #expect(
      complaint { () throws(SimulatorError) in
        try request("twilio", "sms", sms.merging(["txt": "x"]) { $1 })
      }?.contains("did you mean \"text\"") == true)
    #expect(
      complaint { () throws(SimulatorError) in try request("twilio", "whatsap", [:]) }?
        .contains("did you mean \"whatsapp\"") == true)
    #expect(
      complaint { () throws(SimulatorError) in try request("twillio", "sms", sms) }?
        .contains("did you mean \"twilio\"") == true)
    #expect(Simulator.kinds(provider: "twillio").isEmpty)
  }

  @Test(arguments: [
    ("telegram", "text", "from", "Ана"), ("telegram", "text", "chat", "5"),
    ("telegram", "location", "latitude", "91"), ("telegram", "voice", "seconds", "-1"),
    ("telegram", "text", "forge", "badly"), ("twilio", "opt-out", "type", "PAUSE"),
    ("twilio", "whatsapp-location", "longitude", "east"),
    ("twilio", "status", "error-code", "many"),
  ])
  func saysWhichValueIsWrong(_ provider: String, _ kind: String, _ name: String, _ value: String)
    throws
  {
    let event = try #require(Simulator.events(provider: provider).first { $0.kind == kind })
    var given = options(of: event)
    given[name] = value
    let complaint = complaint { () throws(SimulatorError) in try request(provider, kind, given) }
    #expect(complaint?.hasPrefix("--\(name) of \(kind) must be ") == true)
  }

  @Test func saysWhichSecretIsMissingAndShowsNone() {
    for (provider, kind) in [("twilio", "sms"), ("telegram", "text")] {
      for name in Self.secrets.keys {
        var secrets = Self.secrets
        secrets[name] = nil
        let complaint = complaint { () throws(SimulatorError) in
          try request(
            provider, kind,
            provider == "twilio"
              ? ["from": "+1503", "to": "+1206", "text": "x"] : ["from": "1", "text": "x"],
            secrets: secrets)
        }
        let isTwilios = name == "account_sid" || name == "auth_token"
        #expect((complaint?.contains(name) == true) == (isTwilios == (provider == "twilio")))
        for secret in Self.secrets.values { #expect(complaint?.contains(secret) != true) }
      }
    }
  }

  @Test func forgesWhenAsked() throws {
    let forged = try request(
      "twilio", "sms", ["from": "+1503", "to": "+1206", "text": "x", "forge": "secret"])
    let expected = try SimulatorSupport.signature(forged)
    #expect(forged.headers["X-Twilio-Signature"] != expected)
    let unsigned = try request("telegram", "text", ["from": "1", "text": "x", "forge": "unsigned"])
    #expect(unsigned.headers["X-Telegram-Bot-Api-Secret-Token"] == nil)
  }

  @Test func numbersTelegramUpdatesUpwardsFromRunToRun() throws {
    var last: Int64 = 0
    for later in [0, 1, 1000, 86_400_000] as [Int64] {
      let request = try Simulator.request(
        provider: "telegram", kind: "text", options: ["from": "1", "text": "x"],
        webhookURL: "u", secrets: Self.secrets, random: SystemRandom(),
        now: SimulatorSupport.start.adding(milliseconds: later))
      let id = try #require(try JSON.parse(request.body)["update_id"]?.integer)
      #expect(id > last && id < 1 << 52)
      last = id
    }
  }
}
