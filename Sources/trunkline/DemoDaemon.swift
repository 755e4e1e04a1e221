import Gateway
import Simulator

/// A daemon of the demonstration's own: embedded store, loopback, six channels and a key; and the
/// stand-ins for the providers' APIs that it sends to.
struct DemoDaemon {
  /// What the summary counts.
  struct Count: Equatable {
    /// Conversations.
    var chats = 0
    /// Messages in them.
    var messages = 0
    /// Those of them that are ours.
    var answers = 0
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
  /// Stands in for people who write SMS, by Twilio.
  let sms: TwilioSimulator
  /// Stands in for people who write on WhatsApp, by Twilio.
  let whatsApp: TwilioSimulator
  /// Stands in for people who write on Telegram.
  let telegram: TelegramSimulator
  /// Stands in for people who write on WhatsApp's Cloud API, Instagram and Messenger.
  let meta: DemoLines
  /// Stands in for the APIs that messages are sent to.
  let providers: ProviderServer
  /// Whether the folder held no conversation before.
  let isFresh: Bool
  /// The folder with the data.
  let folder: String
  private let gateway: Gateway
  private let isTemporary: Bool

  /// The ports of the defaults: lines in the documentation use them.
  private static let usualPorts: (public: UInt16, api: UInt16) = (8080, 8081)

  /// Starts it with its data in `folder`, or in a temporary one.
  init(folder: String?, seed: UInt64, speed: Double) throws {
    let place = try folder ?? File.makeTemporaryDirectory("trunkline-demo")
    let accounts = DemoAccounts(seed: seed)
    self.folder = place
    isTemporary = folder == nil
    do {
      let providers = try Self.providers(
        DemoConversation.providers(seed: seed, speed: speed), accounts)
      let gateway = try Self.gateway(place)
      do {
        let key = try Self.key(gateway)
        let api = APIClient(base: "http://127.0.0.1:\(gateway.apiPort)", key: key)
        let publicURL = "http://127.0.0.1:\(gateway.publicPort)"
        let channel = { (provider: String, name: String, address: String?) in
          try Self.channel(
            provider, name, address, accounts.settings(provider), providers.url, publicURL, api)
        }
        isFresh = try api.list("/v1/chats", most: 1).isEmpty
        sms = try accounts.twilio(
          channel("twilio", "demo-sms", DemoConversation.smsNumber), files: providers.url)
        whatsApp = try accounts.twilio(
          channel("twilio", "demo-whatsapp", "whatsapp:\(DemoConversation.whatsAppNumber)"),
          files: providers.url)
        telegram = try accounts.telegram(channel("telegram", "demo-telegram", nil))
        var lines = accounts.lines
        lines.cloud.webhookURL = try channel(
          "whatsapp_cloud", "demo-whatsapp-cloud", DemoConversation.cloudNumber)
        lines.instagram.webhookURL = try channel("instagram", "demo-instagram", nil)
        lines.instagram.filesURL = providers.url
        lines.instagram.filesSeed = seed
        lines.messenger.webhookURL = try channel("messenger", "demo-messenger", nil)
        meta = lines
        // Only now is it known where they post.
        providers.setMeta(lines.accounts)
        self.providers = providers
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
    providers.stop()
    if isTemporary { File.remove(folder) }
  }

  private static func providers(
    _ script: ProviderScript, _ accounts: DemoAccounts
  ) throws -> ProviderServer {
    do throws(SimulatorError) {
      let providers = try ProviderServer(
        script: script, twilio: [accounts.twilioAccount], telegram: [accounts.bot],
        meta: accounts.lines.accounts)
      providers.start()
      return providers
    } catch {
      throw Failure(error.description)
    }
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

  /// Makes the channel, or brings the one of an earlier run up to date; returns its webhook.
  private static func channel(
    _ provider: String, _ name: String, _ address: String?, _ settings: JSONObject,
    _ providers: String, _ publicURL: String, _ api: APIClient
  ) throws -> String {
    var settings = settings
    settings["api_base_url"] = .string(providers)
    var body: JSONObject = [
      "name": .string(name), "address": JSON(address), "public_url": .string(publicURL),
      "settings": .object(settings),
      // The stand-ins are on this machine, and in no need of being spared.
      "policy": [
        "allowed_destinations": ["127.0.0.1"], "rate_per_second": 50, "recipient_pause_ms": 0,
      ],
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
    for chat in chats {
      let messages = try api.list("/v1/chats/\(chat.text("id"))/messages")
      count.messages += messages.count
      count.answers += messages.count { $0.text("direction") == "outbound" }
    }
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
  /// The account at Twilio.
  let twilioAccount: TwilioAccount
  /// The bot at Telegram.
  let bot: TelegramBot
  /// The accounts at Meta.
  let lines: DemoLines
  private let secretToken: String

  /// Accounts made from a seed.
  init(seed: UInt64) {
    lines = DemoLines(seed: seed)
    let random = SeededRandom(seed: seed)
    twilioAccount = TwilioAccount(
      sid: "AC" + Hex.encode(random.bytes(16)), authToken: Hex.encode(random.bytes(16)))
    secretToken = Hex.encode(random.bytes(24))
    let botID = 7_000_000_000 + Int64(random.below(999_999_999))
    bot = TelegramBot(token: "\(botID):AA\(Hex.encode(random.bytes(16)))")
  }

  /// The settings of a channel of a provider.
  func settings(_ provider: String) -> JSONObject {
    switch provider {
    case "twilio":
      [
        "account_sid": .string(twilioAccount.sid), "auth_token": .string(twilioAccount.authToken),
      ]
    case "telegram": ["bot_token": .string(bot.token), "secret_token": .string(secretToken)]
    case "whatsapp_cloud":
      settings(
        lines.cloud.account, "phone_number_id",
        ["business_account_id": .string(lines.cloud.account.parentID)])
    case "instagram": settings(lines.instagram.account, "account_id")
    default: settings(lines.messenger.account, "page_id")
    }
  }

  private func settings(
    _ account: MetaAccount, _ name: String, _ more: JSONObject = [:]
  ) -> JSONObject {
    var settings: JSONObject = [
      name: .string(account.id), "access_token": .string(account.accessToken),
      "app_secret": .string(account.appSecret), "verify_token": .string(account.verifyToken),
    ]
    for member in more { settings[member.key] = member.value }
    return settings
  }

  /// Twilio's stand-in for a webhook; `files` is where the files of messages are.
  func twilio(_ webhookURL: String, files: String? = nil) -> TwilioSimulator {
    var simulator = TwilioSimulator(
      accountSID: twilioAccount.sid, authToken: twilioAccount.authToken, webhookURL: webhookURL)
    if let files { simulator.apiBaseURL = files }
    return simulator
  }

  /// Telegram's stand-in for a webhook.
  func telegram(_ webhookURL: String) -> TelegramSimulator {
    TelegramSimulator(botID: bot.id, secretToken: secretToken, webhookURL: webhookURL)
  }
}
