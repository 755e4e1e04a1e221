import Testing

@testable import Gateway

@Suite struct TelegramVerifyTests {
  /// One case of `vectors.json`.
  struct Vector: Sendable, CustomTestStringConvertible {
    let name: String
    let configured: String
    let header: String?
    let isAccepted: Bool
    var testDescription: String { name }
  }

  static let vectors: JSON =
    (try? JSON.parse(File.read("\(TelegramFixtures.folder)/vectors.json"))) ?? .null

  static let requests: [Vector] = (vectors["requests"]?.array ?? []).compactMap { vector in
    guard let name = vector["name"]?.string, let configured = vector["configured"]?.string,
      let isAccepted = vector["accept"]?.bool
    else { return nil }
    return Vector(
      name: name, configured: configured, header: vector["header_value"]?.string,
      isAccepted: isAccepted)
  }

  static let secrets: [Vector] = (vectors["secret_token_syntax"]?.array ?? []).compactMap {
    guard let name = $0["name"]?.string, let value = $0["value"]?.string,
      let isValid = $0["valid"]?.bool
    else { return nil }
    return Vector(name: name, configured: value, header: nil, isAccepted: isValid)
  }

  private func verify(_ provider: Telegram, _ headers: HTTPHeaders) -> Verification {
    let request = HTTPRequest(method: "POST", target: "/", headers: headers)
    return provider.verify(
      request, publicURL: "https://gw.example.com", now: Instant(millisecondsSinceEpoch: 0))
  }

  @Test func readsEveryVector() {
    #expect(Self.requests.count == 9)
    #expect(Self.secrets.count == 7)
  }

  @Test(arguments: requests)
  func acceptsExactlyTheConfiguredSecret(_ vector: Vector) throws {
    let provider = try TelegramFixtures.provider(["secret_token": .string(vector.configured)])
    var headers = HTTPHeaders()
    if let value = vector.header { headers.add("X-Telegram-Bot-Api-Secret-Token", value) }
    if vector.isAccepted {
      #expect(verify(provider, headers) == .verified(by: "secret_token[0]"))
    } else {
      guard case .refused(let reason) = verify(provider, headers) else {
        Issue.record("accepted")
        return
      }
      #expect(!reason.contains(vector.configured))
    }
  }

  @Test(arguments: secrets)
  func takesOnlySecretsThatTelegramTakes(_ vector: Vector) {
    let settings: JSONObject = [
      "bot_token": .string(TelegramFixtures.token), "secret_token": .string(vector.configured),
    ]
    let provider = Result {
      try Telegram(settings: ChannelSettings(settings, declared: Telegram.settings))
    }
    #expect(((try? provider.get()) != nil) == vector.isAccepted)
  }

  @Test func triesEverySecretWhileOneReplacesAnother() throws {
    let provider = try TelegramFixtures.provider(["secret_token": ["new_1", "old_1"]])
    let header = Telegram.secretHeader
    #expect(verify(provider, [header: "new_1"]) == .verified(by: "secret_token[0]"))
    #expect(verify(provider, [header: "old_1"]) == .verified(by: "secret_token[1]"))
    #expect(
      verify(provider, [header: "old_2"])
        == .refused(reason: "\(header) is none of this channel's secrets"))
  }

  @Test func findsTheHeaderInAnyCase() throws {
    let headers: HTTPHeaders = ["x-telegram-bot-api-secret-token": TelegramFixtures.secret]
    #expect(
      verify(try TelegramFixtures.provider(), headers) == .verified(by: "secret_token[0]"))
  }

  @Test func refusesTheRightSecretBesideAnother() throws {
    let headers: HTTPHeaders = [
      Telegram.secretHeader: TelegramFixtures.secret, Telegram.secretHeader: "x",
    ]
    #expect(
      verify(try TelegramFixtures.provider(), headers)
        == .refused(reason: "\(Telegram.secretHeader) is there more than once"))
  }

  @Test func refusesEveryRejectedFixture() throws {
    let folder = "\(TelegramFixtures.folder)/rejected"
    let names = try File.list(folder)
    #expect(names.count == 11)
    for name in names {
      let request = try #require(HTTPRequest(wire: try File.read("\(folder)/\(name)")))
      let provider = try TelegramFixtures.provider()
      let verification = provider.verify(
        request, publicURL: "https://gw.example.com", now: Instant(millisecondsSinceEpoch: 0))
      if case .verified = verification { Issue.record("\(name) is accepted") }
    }
  }
}
