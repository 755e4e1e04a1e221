import Testing

@testable import Gateway

/// Signatures computed with pywa 4.5.0, and what a handshake is answered.
@Suite struct WhatsAppVectorTests {
  /// One case of `vectors.json`.
  struct Vector: Sendable, CustomTestStringConvertible {
    let json: JSON
    var testDescription: String { json["name"]?.string ?? json["query"]?.string ?? "?" }
    subscript(name: String) -> String { json[name]?.string ?? "" }
  }

  static let file: JSON =
    (try? JSON.parse(File.read("\(WhatsAppFixtures.folder)/vectors.json"))) ?? .null
  static let vectors = (file["vectors"]?.array ?? []).map(Vector.init)
  static let handshakes = (file["handshake"]?.array ?? []).map(Vector.init)

  private let now = Instant(millisecondsSinceEpoch: 0)

  private func verify(_ provider: WhatsAppCloud, _ request: HTTPRequest) -> Verification {
    provider.verify(request, publicURL: "https://gw.example.com", now: now)
  }

  @Test func allVectorsAreThere() {
    #expect(Self.vectors.count == 13)
    #expect(Self.vectors.filter { $0.json["accept"] == false }.count == 6)
    #expect(Self.handshakes.count == 5)
  }

  @Test(arguments: vectors) func acceptsExactlyWhatTheAppHasSigned(_ vector: Vector) throws {
    let provider = try WhatsAppFixtures.provider(["app_secret": .string(vector["app_secret"])])
    var request = HTTPRequest(
      method: "POST", target: "/webhooks/chn_1", body: Array(vector["body"].utf8))
    if !vector["header"].isEmpty { request.headers.add("X-Hub-Signature-256", vector["header"]) }
    if vector.json["accept"] == true {
      #expect(verify(provider, request) == .verified(by: "app_secret[0]"))
    } else {
      guard case .refused(let reason) = verify(provider, request) else {
        Issue.record("accepted")
        return
      }
      #expect(!reason.contains(vector["app_secret"]))
    }
  }

  @Test(arguments: handshakes) func answersAHandshakeAsMetaWants(_ vector: Vector) throws {
    let provider = try WhatsAppFixtures.provider([
      "verify_token": .string(vector["verify_token"])
    ])
    let request = HTTPRequest(method: "GET", target: "/webhooks/chn_1?\(vector["query"])")
    var outcome = WebhookOutcome.stored(.quarantined)
    if case .verified = verify(provider, request) {
      #expect(try provider.read(request) == [])
      outcome = .stored(.ignored)
    }
    let answer = provider.answer(outcome, to: request)
    #expect(answer.status == vector.json["status"]?.integer.map(Int.init))
    #expect(String(decoding: answer.body, as: UTF8.self) == vector["body"])
    if answer.status == 200 {
      #expect(answer.headers["content-type"] == "text/plain")
      #expect(answer.headers["x-content-type-options"] == "nosniff")
    }
  }

  @Test(arguments: [
    "hub.mode=subscribe", "hub.mode=subscribe&hub.verify_token=&hub.challenge=1",
    "hub.verify_token=vt-synthetic-77&hub.challenge=1",
    "hub.mode=subscribe&hub.verify_token=vt-synthetic-7&hub.challenge=1",
    "hub.mode=subscribe&hub.verify_token=vt-synthetic-777&hub.challenge=1", "%", "",
  ])
  func refusesAHandshakeWithoutTheWord(_ query: String) throws {
    let request = HTTPRequest(method: "GET", target: "/webhooks/chn_1?\(query)")
    guard case .refused = verify(try WhatsAppFixtures.provider(), request) else {
      Issue.record("accepted")
      return
    }
  }

  @Test func aHandshakeIsNotAskedForASignatureAndASignedGetIsNoHandshake() throws {
    let provider = try WhatsAppFixtures.provider(["verify_token": ["new", "old"]])
    let target = "/webhooks/chn_1?hub.mode=subscribe&hub.challenge=7&hub.verify_token="
    #expect(
      verify(provider, HTTPRequest(method: "GET", target: target + "old"))
        == .verified(by: "verify_token[1]"))
    var signed = HTTPRequest(method: "GET", target: target + "wrong")
    let mac = Crypto.hmac(.sha256, key: Array(WhatsAppFixtures.secret.utf8), [])
    signed.headers.add("X-Hub-Signature-256", "sha256=\(Hex.encode(mac))")
    guard case .refused = verify(provider, signed) else {
      Issue.record("accepted")
      return
    }
    let post = HTTPRequest(method: "POST", target: target + "new")
    guard case .refused = verify(provider, post) else {
      Issue.record("a post needs a signature, whatever its address says")
      return
    }
  }

  @Test func repeatsOnlyAHarmlessChallenge() throws {
    let provider = try WhatsAppFixtures.provider()
    func status(_ challenge: String) -> Int {
      let request = HTTPRequest(
        method: "GET",
        target: "/w?hub.mode=subscribe&hub.verify_token=vt-synthetic-77&hub.challenge=\(challenge)")
      return provider.answer(.stored(.ignored), to: request).status
    }
    #expect(status(String(repeating: "a", count: 256)) == 200)
    #expect(status(String(repeating: "a", count: 257)) == 400)
    #expect(status("a_B-9") == 200)
    for challenge in ["", "a%20b", "a%0D%0AX", "%C3%A9", "a.b", "%00"] {
      #expect(status(challenge) == 400)
    }
  }

  @Test func triesEverySecretWhileOneReplacesAnother() throws {
    let provider = try WhatsAppFixtures.provider(["app_secret": ["new", "old"]])
    func post(_ secret: String) -> HTTPRequest {
      let mac = Crypto.hmac(.sha256, key: Array(secret.utf8), Array("{}".utf8))
      return HTTPRequest(
        method: "POST", target: "/", headers: ["x-hub-signature-256": "sha256=\(Hex.encode(mac))"],
        body: Array("{}".utf8))
    }
    #expect(verify(provider, post("new")) == .verified(by: "app_secret[0]"))
    #expect(verify(provider, post("old")) == .verified(by: "app_secret[1]"))
    guard case .refused(let reason) = verify(provider, post("other")) else {
      Issue.record("accepted")
      return
    }
    #expect(reason.contains("none of this channel's 2"))
  }

  @Test(
    arguments: [
      ("whatsapp_business_account", "whatsapp_cloud"), ("instagram", "instagram"),
      ("page", "messenger"), ("user", nil), ("", nil),
    ] as [(String, String?)])
  func knowsWhichProductAPostIsAbout(_ object: String, _ reader: String?) throws {
    let provider = try WhatsAppFixtures.provider()
    #expect(provider.reader(of: WhatsAppFixtures.request(["object": .string(object)])) == reader)
    let handshake = HTTPRequest(method: "GET", target: "/", body: Array(#"{"object":"page"}"#.utf8))
    #expect(provider.reader(of: handshake) == nil)
    #expect(provider.reader(of: HTTPRequest(method: "POST", target: "/")) == nil)
  }

  @Test func answersWhatIsStoredWithSuccessAlsoWhatCannotBeRead() throws {
    let provider = try WhatsAppFixtures.provider()
    let post = WhatsAppFixtures.request([:])
    for state in ReceiptState.allCases {
      let status = provider.answer(.stored(state), to: post).status
      #expect(status == (state == .quarantined ? 403 : 200))
    }
    #expect(provider.answer(.unavailable, to: post).status == 503)
  }
}
