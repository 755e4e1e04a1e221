import Gateway
import Simulator
import Testing

extension OutboundHome {
  /// A channel of Meta's: its identifier, and who writes to it.
  struct MetaChannel {
    /// The channel.
    let id: String
    /// Meta, as it posts to the channel.
    var meta: MetaSimulator

    /// Posts updates, and expects the daemon to take them.
    mutating func post(
      sourceLocation: SourceLocation = #_sourceLocation,
      _ update: (inout MetaSimulator) -> MetaUpdate
    ) throws {
      meta.now = SystemClock().now()
      let request = meta.post(update(&meta))
      let response = try HTTPClient().send(request)
      #expect(response.status == 200, sourceLocation: sourceLocation)
    }
  }

  /// Makes channels of one app at Meta, each with an account of its own; what becomes of messages
  /// is posted to the first.
  func meta(
    _ products: [MetaAccount.Product], policy: JSONObject = [:]
  ) throws -> [MetaChannel] {
    var channels: [MetaChannel] = []
    for (index, product) in products.enumerated() {
      var account = MetaAccount(
        product, id: product == .instagram ? "1784140012345678\(index)" : "10400011122233\(index)",
        parentID: product == .whatsApp ? "203344556677889" : "",
        displayNumber: product == .whatsApp ? "1415555012\(index)" : "",
        accessToken: "EAAsynthetic\(product.rawValue)\(index)", appSecret: Home.authToken,
        verifyToken: "vt-synthetic-77")
      let id = try channel(
        product.rawValue, nil, named: "\(product.rawValue) \(index)", Self.settings(account), policy
      )
      account.webhookURL = channels.first?.meta.webhookURL ?? daemon.webhookURL(id)
      var meta = MetaSimulator(account, webhookURL: account.webhookURL ?? "")
      meta.filesURL = provider.url
      channels.append(MetaChannel(id: id, meta: meta))
    }
    provider.setMeta(channels.map(\.meta.account))
    return channels
  }

  /// Makes one channel at Meta.
  func meta(_ product: MetaAccount.Product, policy: JSONObject = [:]) throws -> MetaChannel {
    try #require(try meta([product], policy: policy).first)
  }

  private static func settings(_ account: MetaAccount) -> JSONObject {
    var settings: JSONObject = [
      "access_token": .string(account.accessToken), "app_secret": .string(account.appSecret),
      "verify_token": .string(account.verifyToken),
    ]
    switch account.product {
    case .whatsApp:
      settings["phone_number_id"] = .string(account.id)
      settings["business_account_id"] = .string(account.parentID)
    case .instagram: settings["account_id"] = .string(account.id)
    case .messenger: settings["page_id"] = .string(account.id)
    }
    return settings
  }

  /// The chat that came last.
  func newestChat() throws -> String {
    try #require(try daemon.list("/v1/chats").first?["id"]?.string)
  }

  /// Enqueues a text into a chat.
  func answer(_ text: String, in chat: String) throws -> String {
    try #require(
      enqueue([["to": ["chat_id": .string(chat)], "text": .string(text)]]).first)
  }

  /// How many events of a type there were.
  func events(_ type: String) throws -> Int64 {
    try home.count("SELECT COUNT(*) FROM events WHERE type = '\(type)'")
  }
}
