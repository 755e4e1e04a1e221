import Simulator
import Testing

@testable import Gateway

/// Everything behind the listeners, on a fresh database, with a Twilio and a Telegram channel of
/// the tenant `acme` and one Telegram channel of another tenant.
final class TestIngest {
  static let accountSID = "AC0a1b2c3d4e5f60718293a4b5c6d7e8f9"
  static let authToken = "4f1d2c3b5a6978877665544332211000"
  static let secretToken = "Gw_2026-syntheticSecretToken_9fK3"
  static let publicURL = "https://gw.example.com"

  let store: TestDatabase
  let metrics = Metrics()
  let vault: Vault
  let directory: ChannelDirectory
  let ingest: Ingest
  let acme: Tenant
  let other: Tenant
  let twilio: Channel
  let telegram: Channel
  let foreign: Channel

  init(quarantine: Ingest.Quarantine = Ingest.Quarantine()) throws {
    store = try TestDatabase()
    vault = try #require(Vault(key: [UInt8](repeating: 3, count: 32)))
    acme = try store.database.write { try $0.addTenant(named: "acme") }
    other = try store.database.write { try $0.addTenant(named: "other") }
    let twilioSettings: JSONObject = [
      "account_sid": .string(Self.accountSID), "auth_token": .string(Self.authToken),
    ]
    let telegramSettings: JSONObject = [
      "bot_token": "7123456789:AAsyntheticTokenForTests", "secret_token": .string(Self.secretToken),
    ]
    twilio = Self.channel(store, acme, "twilio", "sms line", twilioSettings)
    telegram = Self.channel(store, acme, "telegram", "bot", telegramSettings)
    foreign = Self.channel(store, other, "telegram", "bot", telegramSettings)
    for channel in [twilio, telegram, foreign] {
      try store.database.write { [vault] in try $0.add(channel, vault) }
    }
    directory = ChannelDirectory(
      database: store.database, vault: vault, defaultPublicURL: Self.publicURL, log: .none,
      metrics: metrics)
    try directory.reload()
    ingest = Ingest(
      database: store.database, directory: directory, quarantine: quarantine, clock: store.clock,
      ids: store.ids, log: .none, metrics: metrics)
  }

  private static func channel(
    _ store: TestDatabase, _ tenant: Tenant, _ provider: String, _ name: String,
    _ settings: JSONObject
  ) -> Channel {
    Channel(
      id: store.ids.next(), tenantID: tenant.id, provider: provider, name: name, address: nil,
      publicURL: nil, verification: .enforce, state: .active, settings: settings,
      createdAt: store.clock.now(), updatedAt: store.clock.now())
  }

  /// Changes a channel as the API does.
  func change(_ channel: Channel, _ edit: (inout Channel) -> Void) throws {
    var changed = channel
    edit(&changed)
    let stored = changed
    try store.database.write { [vault] in try $0.update(stored, vault) }
    try directory.reload()
  }

  /// Takes a request in and waits for the outcome.
  @discardableResult
  func receive(_ request: HTTPRequest, on channel: Channel) throws -> WebhookOutcome {
    let outcome = Monitor<WebhookOutcome?>(nil)
    try start(request, on: channel) { result in outcome.update { $0 = result } }
    return outcome.wait { $0 }
  }

  /// Takes a request in without waiting.
  func start(
    _ request: HTTPRequest, on channel: Channel,
    _ completion: @escaping @Sendable (WebhookOutcome) -> Void
  ) throws {
    let live = try #require(directory[channel.id])
    ingest.receive(request, remoteAddress: "127.0.0.1", on: live, completion: completion)
  }

  /// Takes a Telegram update in.
  @discardableResult
  func update(
    _ id: Int64, _ kind: String, _ json: JSON, on channel: Channel? = nil
  ) throws -> WebhookOutcome {
    let body: JSON = .object(["update_id": .integer(id), kind: json])
    return try receive(Self.telegram(body.serialized()), on: channel ?? telegram)
  }

  /// A Telegram request with the right secret.
  static func telegram(_ body: [UInt8]) -> HTTPRequest {
    HTTPRequest(
      method: "POST", target: "/webhooks/x",
      headers: [
        "Content-Type": "application/json", "X-Telegram-Bot-Api-Secret-Token": secretToken,
      ], body: body)
  }

  /// A private Telegram text.
  static func text(
    _ text: String, from user: Int64, message: Int64, date: Int64 = 1_791_210_041,
    extra: JSONObject = [:]
  ) -> JSON {
    let person: JSON = ["id": .integer(user), "is_bot": false, "first_name": .string("P\(user)")]
    var object: JSONObject = [
      "message_id": .integer(message), "from": person,
      "chat": ["id": .integer(user), "type": "private", "first_name": .string("P\(user)")],
      "date": .integer(date), "text": .string(text),
    ]
    for member in extra { object[member.key] = member.value }
    return .object(object)
  }

  /// Sends a form to the Twilio channel, signed by the simulator's own code.
  @discardableResult
  func form(_ parameters: [(String, String)]) throws -> WebhookOutcome {
    try receive(signed(parameters), on: twilio)
  }

  /// A signed form for the Twilio channel.
  func signed(_ parameters: [(String, String)]) -> HTTPRequest {
    let path = "/webhooks/\(twilio.id)"
    let body = Form.encode(parameters)
    // The HMAC is checked against official vectors elsewhere; here it only opens the door.
    let sorted = parameters.sorted { Array($0.0.utf8).lexicographicallyPrecedes(Array($1.0.utf8)) }
    let text = Self.publicURL + path + sorted.map { $0.0 + $0.1 }.joined()
    let signature = Crypto.hmac(.sha1, key: Array(Self.authToken.utf8), Array(text.utf8))
    return HTTPRequest(
      method: "POST", target: path,
      headers: [
        "Content-Type": "application/x-www-form-urlencoded",
        "X-Twilio-Signature": Base64.encode(signature),
      ], body: body)
  }

  /// The parameters of an inbound message.
  static func message(
    _ sid: String, from: String = "+15035550142", to: String = "+12065550199", _ text: String,
    extra: [(String, String)] = []
  ) -> [(String, String)] {
    [
      ("MessageSid", sid), ("AccountSid", accountSID), ("From", from), ("To", to), ("Body", text),
      ("NumMedia", "0"), ("SmsStatus", "received"),
    ] + extra
  }

  /// All events of a tenant.
  func events(of tenant: Tenant? = nil) throws -> [Event] {
    let id = (tenant ?? acme).id
    return try store.database.read { try $0.events(of: id, after: 0, limit: 10_000) }
  }

  /// All chats of a tenant, the newest first.
  func chats(of tenant: Tenant? = nil) throws -> [Chat] {
    let id = (tenant ?? acme).id
    return try store.database.read { try $0.chats(of: id, before: nil, limit: 1000) }
  }

  /// A chat's messages, the oldest first.
  func messages(of chat: Chat, tenant: Tenant? = nil) throws -> [Message] {
    let id = (tenant ?? acme).id
    return try store.database.read {
      try $0.messages(of: chat.id, tenant: id, before: .max, limit: 1000).reversed()
    }
  }

  /// A tenant's receipts, the newest first, whole.
  func receipts(_ state: ReceiptState? = nil) throws -> [Receipt] {
    try store.database.read { [acme] connection in
      let listed = try connection.receipts(of: acme.id, state: state, before: nil, limit: 1000)
      return try listed.compactMap { try connection.receipt($0.id, tenant: acme.id) }
    }
  }
}
