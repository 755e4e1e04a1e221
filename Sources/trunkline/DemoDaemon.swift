import Gateway
import Simulator

/// A daemon of the demonstration's own: embedded store, loopback, two channels and a key.
struct DemoDaemon {
  /// What the summary counts.
  struct Count: Equatable {
    /// Conversations.
    var chats = 0
    /// Messages in them.
    var messages = 0
    /// Events told to the outside.
    var events = 0
    /// Receipts by what became of them.
    var receipts: [ReceiptState: Int] = [:]
  }

  /// A client of its API, with a working key.
  let api: APIClient
  /// The key.
  let key: String
  /// Where providers call.
  let publicURL: String
  /// Stands in for Twilio.
  let twilio: TwilioSimulator
  /// Stands in for Telegram.
  let telegram: TelegramSimulator
  /// The folder with the data.
  let folder: String
  private let gateway: Gateway
  private let isTemporary: Bool

  /// The ports of the defaults: lines in the documentation use them.
  private static let usualPorts: (public: UInt16, api: UInt16) = (8080, 8081)

  /// Starts it with its data in `folder`, or in a temporary one.
  init(folder: String?, seed: UInt64) throws {
    let place = try folder ?? File.makeTemporaryDirectory("trunkline-demo")
    self.folder = place
    isTemporary = folder == nil
    do {
      let gateway = try Self.gateway(place)
      do {
        let key = try Self.key(gateway)
        let api = APIClient(base: "http://127.0.0.1:\(gateway.apiPort)", key: key)
        let publicURL = "http://127.0.0.1:\(gateway.publicPort)"
        let accounts = DemoAccounts(seed: seed)
        twilio = try accounts.twilio(
          Self.channel("twilio", "demo-twilio", accounts.twilioSettings, publicURL, api))
        telegram = try accounts.telegram(
          Self.channel("telegram", "demo-telegram", accounts.telegramSettings, publicURL, api))
        self.gateway = gateway
        self.key = key
        self.api = api
        self.publicURL = publicURL
      } catch {
        gateway.stop()
        throw error
      }
    } catch {
      if isTemporary { File.remove(place) }
      throw error
    }
  }

  /// Stops it, and removes data that nobody asked to keep.
  func stop() {
    gateway.stop()
    if isTemporary { File.remove(folder) }
  }

  private static func gateway(_ folder: String) throws -> Gateway {
    var configuration = Configuration()
    configuration.dataDirectory = folder
    configuration.listen.public = ListenAddress(host: "127.0.0.1", port: usualPorts.public)
    configuration.listen.api = ListenAddress(host: "127.0.0.1", port: usualPorts.api)
    let log = Log(minimum: .warning)
    if let gateway = try? Gateway(configuration, log: log) { return gateway }
    // Most likely the ports are taken. If it is something else, this says so.
    configuration.listen.public.port = 0
    configuration.listen.api.port = 0
    return try Gateway(configuration, log: log)
  }

  private static func key(_ gateway: Gateway) throws -> String {
    try Keys.add("demo", .admin, tenant: gateway.defaultTenant, gateway.database).text("key")
  }

  /// Makes the channel, or brings the one of an earlier run up to date; returns its address.
  private static func channel(
    _ provider: String, _ name: String, _ settings: JSONObject, _ publicURL: String,
    _ api: APIClient
  ) throws -> String {
    var settings = settings
    // Nothing listens there: a check of a pretended account must not ask the real provider.
    settings["api_base_url"] = "http://127.0.0.1:9"
    var body: JSONObject = [
      "name": .string(name), "public_url": .string(publicURL), "settings": .object(settings),
    ]
    let known = try api.get("/v1/channels")["data"]?.array ?? []
    if let channel = known.first(where: { $0.text("name") == name }) {
      return try api.call("PATCH", "/v1/channels/\(channel.text("id"))", body: .object(body))
        .text("webhook_url")
    }
    body["provider"] = .string(provider)
    return try api.post("/v1/channels", .object(body)).text("webhook_url")
  }

  /// What became of the request before: nobody else calls.
  func lastReceipt() throws -> JSON {
    try api.list("/v1/receipts", most: 1).first ?? .null
  }

  /// Counts what is there now, as the API tells it.
  func count() throws -> Count {
    var count = Count()
    let chats = try api.list("/v1/chats")
    count.chats = chats.count
    count.messages = chats.reduce(0) { $0 + Int($1["message_count"]?.integer ?? 0) }
    for receipt in try api.list("/v1/receipts") {
      if let state = ReceiptState(rawValue: receipt.text("state")) {
        count.receipts[state, default: 0] += 1
      }
    }
    count.events = try events()
    return count
  }

  private func events() throws -> Int {
    var count = 0
    var after = "0"
    while true {
      let page = try api.get("/v1/events", [("after", after), ("limit", "1000")])
      let events = page["data"]?.array ?? []
      if events.isEmpty { return count }
      count += events.count
      after = page.text("next_cursor")
    }
  }
}

/// Accounts at the providers that exist nowhere else.
struct DemoAccounts {
  /// The settings of the Twilio channel.
  let twilioSettings: JSONObject
  /// The settings of the Telegram channel.
  let telegramSettings: JSONObject
  private let accountSID: String
  private let authToken: String
  private let secretToken: String
  private let botID: Int64

  /// Accounts made from a seed.
  init(seed: UInt64) {
    let random = SeededRandom(seed: seed)
    accountSID = "AC" + Hex.encode(random.bytes(16))
    authToken = Hex.encode(random.bytes(16))
    secretToken = Hex.encode(random.bytes(24))
    botID = 7_000_000_000 + Int64(random.below(999_999_999))
    twilioSettings = [
      "account_sid": .string(accountSID), "auth_token": .string(authToken),
    ]
    telegramSettings = [
      "bot_token": .string("\(botID):AA\(Hex.encode(random.bytes(16)))"),
      "secret_token": .string(secretToken),
    ]
  }

  /// Twilio's stand-in for a webhook.
  func twilio(_ webhookURL: String) -> TwilioSimulator {
    TwilioSimulator(accountSID: accountSID, authToken: authToken, webhookURL: webhookURL)
  }

  /// Telegram's stand-in for a webhook.
  func telegram(_ webhookURL: String) -> TelegramSimulator {
    TelegramSimulator(botID: botID, secretToken: secretToken, webhookURL: webhookURL)
  }
}
