import Gateway
import Simulator
import Testing

@Suite struct MetaSimulatorTests {
  /// Computed with another implementation: `openssl dgst -sha256 -hmac`.
  private static let vectors: [(body: String, secret: String, signature: String)] = [
    (
      "{}", "0123456789abcdef0123456789abcdef",
      "sha256=b326604c0dc7364c8b688556189c0a510e5150cd4628736be814c7c9898f899d"
    ),
    (
      #"{"a":"caf\u00e9 \ud83d\udc4d <\/b>"}"#, "0123456789abcdef0123456789abcdef",
      "sha256=142b8a3b6d650e8faccf446c54e3f12e70b48005075dd19aba66b208376dc10e"
    ),
    (
      #"{"object":"instagram","entry":[]}"#, "fedcba9876543210fedcba9876543210",
      "sha256=a89628e7c2a89d7376a8aed744e3c069c6ea80cbc4ea30c96128089ae0ed9390"
    ),
  ]

  @Test func signsAsMetaDoes() {
    for (body, secret, signature) in Self.vectors {
      #expect(MetaSigner.sign(Array(body.utf8), secret: secret) == signature)
    }
  }

  @Test func writesJSONAsMetaDoes() throws {
    let json: JSON = ["a": "café 👍 </b>"]
    #expect(
      String(decoding: MetaSigner.wire(json.serialized()), as: UTF8.self)
        == #"{"a":"caf\u00e9 \ud83d\udc4d <\/b>"}"#)
  }

  @Test func aTextOnWhatsAppIsShapedLikeMetas() throws {
    var meta = MetaSupport.simulator(MetaSupport.number)
    let request = meta.post(meta.message(.text("Oi! Vocês abrem?"), from: MetaSupport.rafaela))
    let body = try JSON.parse(request.body)
    #expect(body["object"] == "whatsapp_business_account")
    let entry = try #require(body["entry"]?.array?.first)
    #expect(entry["id"] == "203344556677889")
    let value = try #require(entry["changes"]?.array?.first?["value"])
    #expect(value["metadata"]?["phone_number_id"] == "118899001122334")
    let contact = try #require(value["contacts"]?.array?.first)
    #expect(contact["wa_id"] == "5511987654321")
    #expect(contact["user_id"]?.string?.hasPrefix("BR.") == true)
    let message = try #require(value["messages"]?.array?.first)
    #expect(message["from"] == "5511987654321" && message["from_user_id"] == contact["user_id"])
    #expect(message["id"] == .string(meta.lastID) && meta.lastID.hasPrefix("wamid."))
    #expect(message["timestamp"] == "1791210000" && message["type"] == "text")
    #expect(message["text"]?["body"] == "Oi! Vocês abrem?")
    #expect(
      request.headers["X-Hub-Signature-256"]
        == MetaSigner.sign(
          request.body, secret: MetaSupport.secret))
  }

  @Test func whoHasAUserNameHasNoNumberNotEvenAnEmptyOneUnlessAsked() throws {
    var meta = MetaSupport.simulator(MetaSupport.number)
    var user = MetaSupport.lu
    for empty in [false, true] {
      user.hasEmptyMembers = empty
      let body = try JSON.parse(meta.post(meta.message(.text("hola"), from: user)).body)
      let value = body["entry"]?.array?.first?["changes"]?.array?.first?["value"]
      let message = try #require(value?["messages"]?.array?.first)
      #expect(message["from"]?.string == (empty ? "" : nil))
      #expect(message["from_user_id"] == "AR.7755331199")
      #expect(value?["contacts"]?.array?.first?["profile"]?["username"] == "lu.gomez")
    }
  }

  @Test func echoesReadsAndWatermarksAreShapedLikeMetas() throws {
    var instagram = MetaSupport.simulator(MetaSupport.instagram)
    var page = MetaSupport.simulator(MetaSupport.page)
    func event(_ request: HTTPRequest) throws -> JSON {
      let entry = try #require(JSON.parse(request.body)["entry"]?.array?.first)
      return try #require(entry["messaging"]?.array?.first)
    }
    let person = MetaSupport.person
    let echo = try event(instagram.post(instagram.echo("¡Sí, hay!", to: person)))
    #expect(echo["sender"]?["id"] == "17841400123456789")
    #expect(echo["recipient"]?["id"] == .string(person))
    #expect(echo["message"]?["is_echo"] == true && echo["message"]?["text"] == "¡Sí, hay!")
    let seen = try event(instagram.post(instagram.seen("aWdf1", by: person)))
    #expect(seen["read"] == ["mid": "aWdf1"] && seen["sender"]?["id"] == .string(person))
    let until = SimulatorSupport.start
    let delivery = try event(page.post(page.delivered(["m_1"], until: until, to: person)))
    #expect(delivery["delivery"] == ["mids": ["m_1"], "watermark": 1_791_210_000_000])
    let read = try event(page.post(page.seen(until: until, by: person)))
    #expect(read["read"] == ["watermark": 1_791_210_000_000])
    let quick = page.message(.quickReply(title: "Saturday", payload: "sat"), from: person)
    #expect(try event(page.post(quick))["message"]?["quick_reply"] == ["payload": "sat"])
  }

  @Test(arguments: MetaAccount.Product.allCases)
  func aBatchHasAThousandUpdatesForSeveralAccountsAndOnePoison(
    _ product: MetaAccount.Product
  ) throws {
    let accounts = (1...3).map { MetaSupport.account(product, "1188990011\($0)", parent: "20334") }
    var batch = MetaBatch(accounts.map { MetaSupport.simulator($0) })
    batch.bytes = product == .whatsApp ? 3_000_000 : 0
    batch.poison = .misshapen
    let request = batch.request()
    if product == .whatsApp { #expect((2_600_000...3_100_000).contains(request.body.count)) }
    let entries = try #require(JSON.parse(request.body)["entry"]?.array)
    let values = entries.flatMap { $0["changes"]?.array ?? [] }.compactMap { $0["value"] }
    let items =
      product == .whatsApp
      ? values.flatMap { ($0["messages"]?.array ?? []) + ($0["statuses"]?.array ?? []) }
      : entries.flatMap { $0["messaging"]?.array ?? [] }
    #expect(items.count == 1000)
    let broken = items.filter {
      product == .whatsApp ? $0["id"]?.string == nil : $0["sender"]?["id"]?.string == nil
    }
    #expect(broken.count == 1)
    let ids =
      product == .whatsApp
      ? values.compactMap { $0["metadata"]?["phone_number_id"]?.string }
      : entries.compactMap { $0["id"]?.string }
    #expect(Set(ids) == Set(accounts.map(\.id)))
  }

  @Test func aHandshakeCarriesTheWordAndWhatIsToBeRepeated() throws {
    let request = MetaSupport.simulator(MetaSupport.number).handshake(challenge: "1158201444")
    let query = try Form(Array(request.query.utf8))
    #expect(request.method == "GET" && request.body.isEmpty)
    #expect(query["hub.mode"] == "subscribe" && query["hub.challenge"] == "1158201444")
    #expect(query["hub.verify_token"] == "vt-synthetic-77")
    #expect(request.headers["X-Hub-Signature-256"] == nil)
  }

  private static let secrets = [
    "phone_number_id": "118899001122334", "business_account_id": "203344556677889",
    "account_id": "17841400123456789", "page_id": "104000111222333",
    "app_secret": MetaSupport.secret, "verify_token": MetaSupport.verifyToken,
  ]
  /// Something for every required option of any kind.
  private static let sample = [
    "from": "+5511987654321", "text": "hi", "message-id": "wamid.X", "phone": "+381641234567",
    "new": "+5511987654322", "status": "sent", "template": "order_ready",
  ]

  @Test(arguments: ["whatsapp_cloud", "instagram", "messenger"])
  func everyKindIsMadeFromItsRequiredOptionsSigned(_ provider: String) throws {
    for event in Simulator.events(provider: provider) {
      var options = Self.sample.filter { name, _ in
        event.options.contains { $0.name == name && $0.isRequired }
      }
      if provider != "whatsapp_cloud", options["from"] != nil {
        options["from"] = MetaSupport.person
      }
      func request(_ secrets: [String: String]) throws(SimulatorError) -> HTTPRequest {
        try Simulator.request(
          provider: provider, kind: event.kind, options: options, webhookURL: "u",
          secrets: secrets, random: SeededRandom(seed: 1), now: SimulatorSupport.start)
      }
      let made = try request(Self.secrets)
      #expect((made.method == "GET") == (event.kind == "handshake"))
      if made.method == "POST" {
        let signature = MetaSigner.sign(made.body, secret: MetaSupport.secret)
        #expect(made.headers["X-Hub-Signature-256"] == signature, "\(event.kind)")
        #expect(throws: Never.self) { try JSON.parse(made.body) }
        guard event.options.contains(where: { $0.name == "forge" }) else { continue }
        options["forge"] = "changed"
        let forged = try request(Self.secrets)
        #expect(
          forged.headers["X-Hub-Signature-256"]
            != MetaSigner.sign(forged.body, secret: MetaSupport.secret), "\(event.kind)")
      }
      var secrets = Self.secrets
      secrets["app_secret"] = nil
      #expect(throws: SimulatorError.self) { try request(secrets) }
    }
  }
}
