import Simulator
import Testing

@testable import Gateway

/// The invented accounts of Meta's that the signature vectors are of.
enum MetaSupport {
  static let secret = "0123456789abcdef0123456789abcdef"
  static let token = "EAAsyntheticWhatsAppToken0000000000000000"
  static let verifyToken = "vt-synthetic-77"
  static let number = account(.whatsApp, "118899001122334", parent: "203344556677889")
  static let instagram = account(.instagram, "17841400123456789", parent: "104000111222333")
  static let page = account(.messenger, "104000111222444")
  static let rafaela = CloudUser(phone: "+5511987654321", name: "Rafaela N. 🌻")
  static let lu = CloudUser(userID: "AR.7755331199", username: "lu.gomez", name: "lu")
  static let person = "6543210987654321"

  static func account(
    _ product: MetaAccount.Product, _ id: String, parent: String = "", webhookURL: String? = nil
  ) -> MetaAccount {
    MetaAccount(
      product, id: id, parentID: parent, displayNumber: "14155550123",
      accessToken: "\(token)\(product.rawValue)", appSecret: secret, verifyToken: verifyToken,
      webhookURL: webhookURL)
  }

  static func simulator(_ account: MetaAccount, seed: UInt64 = 1) -> MetaSimulator {
    MetaSimulator(
      account, webhookURL: "https://gw.example.com/hooks/meta", random: SeededRandom(seed: seed),
      now: SimulatorSupport.start)
  }
}

/// A running stand-in for the Graph API, and a webhook that keeps what it is told.
final class MetaRig {
  let server: ProviderServer
  let clock = ManualClock(SimulatorSupport.start)
  private let posts = Locked<[HTTPRequest]>([])
  private let webhook: HTTPServer
  private let client = HTTPClient(totalTimeoutMilliseconds: 20_000, bodyBytesMax: 64 << 20)

  init(_ script: ProviderScript = ProviderScript()) throws {
    let handler = ScriptedHandler { [posts] request, reply in
      posts.withLock { $0.append(request.http) }
      reply.send(HTTPResponse(status: 200))
    }
    webhook = try HTTPServer(.test(), handler: handler)
    let url = "http://127.0.0.1:\(webhook.port)/meta"
    let accounts = [MetaSupport.number, MetaSupport.instagram, MetaSupport.page].map { account in
      var account = account
      account.webhookURL = url
      return account
    }
    server = try ProviderServer(script: script, meta: accounts, clock: clock)
    server.start()
  }

  deinit {
    server.stop()
    webhook.stop()
  }

  var ledger: ProviderLedger { server.ledger }
  var outcomes: [ProviderLedger.Outcome] { ledger.entries.map(\.outcome) }

  /// A call of the Graph API.
  @discardableResult
  func call(
    _ method: String, _ path: String, _ body: JSON? = nil, token: String? = nil,
    account: MetaAccount = MetaSupport.number
  ) throws -> HTTPResponse {
    var request = HTTPRequest(
      method: method, target: path.hasPrefix("http") ? path : "\(server.url)/v25.0/\(path)")
    let token = token ?? account.accessToken
    if !token.isEmpty { request.headers.add("Authorization", "Bearer \(token)") }
    if let body {
      request.headers.add("Content-Type", "application/json")
      request.body = body.serialized()
    }
    return try client.send(request)
  }

  /// Sends on WhatsApp.
  @discardableResult
  func cloud(_ members: JSONObject, to: String = "+5511987654321") throws -> HTTPResponse {
    var body: JSONObject = ["messaging_product": "whatsapp", "recipient_type": "individual"]
    body[to.hasPrefix("+") ? "to" : "recipient"] = .string(to)
    for member in members { body[member.key] = member.value }
    return try call("POST", "\(MetaSupport.number.id)/messages", .object(body))
  }

  /// Sends a text on WhatsApp.
  @discardableResult
  func text(
    _ text: String, to: String = "+5511987654321", ourID: String? = nil
  ) throws -> HTTPResponse {
    var members: JSONObject = ["type": "text", "text": ["body": .string(text)]]
    members["biz_opaque_callback_data"] = ourID.map(JSON.string)
    return try cloud(members, to: to)
  }

  /// Sends on Instagram or Messenger.
  @discardableResult
  func message(
    _ message: JSON, on account: MetaAccount, to person: String = MetaSupport.person,
    _ more: JSONObject = ["messaging_type": "RESPONSE"]
  ) throws -> HTTPResponse {
    var body: JSONObject = ["recipient": ["id": .string(person)], "message": message]
    for member in more { body[member.key] = member.value }
    return try call("POST", "\(account.id)/messages", .object(body), account: account)
  }

  /// Everything the webhook was told so far, when it is over; each checked by its signature.
  func told() throws -> [JSON] {
    #expect(server.waitForCallbacks(milliseconds: 10_000))
    return try posts.withLock { $0 }.map { post in
      let signature = MetaSigner.sign(post.body, secret: MetaSupport.secret)
      #expect(post.headers["X-Hub-Signature-256"] == signature)
      return try JSON.parse(post.body)
    }
  }

  /// The statuses that WhatsApp told, in order.
  func statuses() throws -> [JSON] {
    try told().flatMap { $0["entry"]?.array ?? [] }.flatMap { $0["changes"]?.array ?? [] }
      .flatMap { $0["value"]?["statuses"]?.array ?? [] }
  }

  /// The events that Instagram and Messenger told, in order.
  func events() throws -> [JSON] {
    try told().flatMap { $0["entry"]?.array ?? [] }.flatMap { $0["messaging"]?.array ?? [] }
  }
}

extension JSON {
  /// The code of an error of Meta's.
  var metaCode: Int64? { self["error"]?["code"]?.integer }
}
