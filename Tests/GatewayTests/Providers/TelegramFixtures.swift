@testable import Gateway

/// The recorded requests of Telegram, and a channel to read them with.
enum TelegramFixtures {
  /// The folder of Telegram's fixtures.
  static let folder: String = {
    let root = #filePath.split(separator: "/").dropLast(4).joined(separator: "/")
    return "/\(root)/ProviderFixtures/telegram"
  }()

  /// The bot token of `channel.json`.
  static let token = "7123456789:AAF-syntheticTokenForTests_0000000"
  /// The secret of `channel.json`.
  static let secret = "Gw_2026-syntheticSecretToken_9fK3"

  /// The names of the genuine requests, without `.http`.
  static let names: [String] = ((try? File.list("\(folder)/inbound")) ?? [])
    .filter { $0.hasSuffix(".http") }.map { String($0.dropLast(5)) }

  /// A channel with those settings; others replace or add to them.
  static func provider(_ others: JSONObject = [:]) throws -> Telegram {
    var settings: JSONObject = ["bot_token": .string(token), "secret_token": .string(secret)]
    for (name, value) in others { settings[name] = value }
    return try Telegram(settings: ChannelSettings(settings, declared: Telegram.settings))
  }

  /// A recorded update.
  static func update(_ name: String) throws -> JSON {
    guard let request = HTTPRequest(wire: try File.read("\(folder)/inbound/\(name).http")) else {
      throw Missing(name: name)
    }
    return try JSON.parse(request.body)
  }

  /// What is read of a recorded update after `change`.
  static func read(
    _ name: String, change: (inout JSONObject) -> Void = { _ in }
  ) throws -> [Item] {
    var update = try update(name).object ?? [:]
    change(&update)
    return try provider().read(request(.object(update)))
  }

  /// What is read of a recorded update whose message is changed.
  static func read(
    _ name: String, in kind: String, change: (inout JSONObject) -> Void
  ) throws -> [Item] {
    try read(name) { update in
      guard var message = update[kind]?.object else { return }
      change(&message)
      update[kind] = .object(message)
    }
  }

  /// A request with that body.
  static func request(_ body: JSON) -> HTTPRequest {
    HTTPRequest(
      method: "POST", target: "/webhooks/chn_1", headers: ["Content-Type": "application/json"],
      body: body.serialized())
  }

  /// A fixture that is not there.
  struct Missing: Error {
    /// Its name.
    let name: String
  }
}

extension Item {
  /// The message, if the item is one.
  var message: InboundMessage? {
    if case .message(let message) = fact { message } else { nil }
  }
}
