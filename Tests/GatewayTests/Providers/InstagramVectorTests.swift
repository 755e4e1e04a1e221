import Testing

@testable import Gateway

/// Signatures and handshakes of `vectors.json`, computed apart from this program.
@Suite struct InstagramVectorTests {
  /// One request, and whether it is genuine.
  struct Vector: Sendable, CustomTestStringConvertible {
    let json: JSON
    var testDescription: String { self["name"].isEmpty ? self["query"] : self["name"] }
    subscript(name: String) -> String { json[name]?.string ?? "" }

    /// The post: its body is that of a recorded request, or given.
    func request() throws -> HTTPRequest {
      var body = Array(self["body"].utf8)
      if let file = json["body_file"]?.string {
        body =
          HTTPRequest(wire: try File.read("\(InstagramVectorTests.folder)/\(file)"))?.body ?? []
        #expect(json["bytes"]?.integer == Int64(body.count))
      }
      return HTTPRequest(
        method: "POST", target: "/webhooks/chn_1",
        headers: [
          "Content-Type": "application/json", "X-Hub-Signature-256": self["header"],
          "X-Hub-Signature": self["header_sha1"],
        ], body: body)
    }
  }

  static let folder = "\(Repository.root)/ProviderFixtures/instagram"
  static let vectors: JSON = (try? JSON.parse(File.read("\(folder)/vectors.json"))) ?? .null
  static let signatures = (vectors["vectors"]?.array ?? []).map(Vector.init)
  static let handshakes = (vectors["handshake"]?.array ?? []).map(Vector.init)

  private func verify(_ provider: Instagram, _ request: HTTPRequest) -> Verification {
    provider.verify(
      request, publicURL: "https://gw.example.com", now: Instant(millisecondsSinceEpoch: 0))
  }

  @Test func readsEveryVector() {
    #expect(Self.signatures.count == 6)
    #expect(Self.handshakes.count == 5)
  }

  @Test(arguments: signatures) func acceptsExactlyWhatTheSecretSigns(_ vector: Vector) throws {
    let provider = try MetaMessagingFixtures.instagram(["app_secret": .string(vector["app_secret"])]
    )
    let verification = verify(provider, try vector.request())
    if vector.json["accept"]?.bool == true {
      #expect(verification == .verified(by: "app_secret[0]"))
    } else {
      guard case .refused(let reason) = verification else {
        Issue.record("accepted")
        return
      }
      #expect(!reason.contains(vector["app_secret"]))
    }
  }

  /// An app with Instagram login has two secrets, and Meta does not say which one signs.
  @Test(arguments: signatures) func triesBothSecretsOfTheApp(_ vector: Vector) throws {
    let request = try vector.request()
    #expect(
      verify(try MetaMessagingFixtures.instagram(), request) == .verified(by: "app_secret[1]"))
    let turned = JSON.array(MetaMessagingFixtures.secrets.reversed().map(JSON.string))
    #expect(
      verify(try MetaMessagingFixtures.instagram(["app_secret": turned]), request)
        == .verified(by: "app_secret[0]"))
  }

  @Test(arguments: handshakes) func answersTheHandshake(_ vector: Vector) throws {
    let provider = try MetaMessagingFixtures.instagram([
      "verify_token": .string(vector["verify_token"])
    ])
    let request = HTTPRequest(method: "GET", target: "/webhooks/chn_1?\(vector["query"])")
    let outcome: WebhookOutcome
    if case .verified = verify(provider, request) {
      #expect(try provider.read(request) == [])
      outcome = .stored(.ignored)
    } else {
      outcome = .stored(.quarantined)
    }
    let answer = provider.answer(outcome, to: request)
    #expect(Int64(answer.status) == vector.json["status"]?.integer)
    #expect(String(decoding: answer.body, as: UTF8.self) == vector["body"])
    if let type = vector.json["content_type"]?.string { #expect(answer.headers.mediaType == type) }
  }

  @Test(arguments: ["instagram", "messenger"])
  func refusesEveryRejectedFixture(_ provider: String) throws {
    let folder = "\(Repository.root)/ProviderFixtures/\(provider)/rejected"
    let names = try File.list(folder)
    #expect(names.count == 11)
    let channel: any Provider =
      provider == "instagram"
      ? try MetaMessagingFixtures.instagram() : try MetaMessagingFixtures.messenger()
    for name in names {
      let bytes = try File.read("\(folder)/\(name)")
      let request = try #require(HTTPRequest(wire: bytes))
      let verification = channel.verify(
        request, publicURL: "https://gw.example.com", now: Instant(millisecondsSinceEpoch: 0))
      if case .verified = verification { Issue.record("\(name) is accepted") }
    }
  }
}
