/// Telegram bots through the Bot API, version 10.3.
///
/// Private chats, groups with topics, and personal accounts connected to the bot ("business").
/// Read: ``TelegramUpdate`` picks the kind, `TelegramMessage.swift` makes messages and edits of it,
/// ``TelegramContent`` says what they say. Sent: `TelegramParts.swift` makes parts of a message,
/// ``TelegramSending`` the requests of a part. Facts: <https://core.telegram.org/bots/api> 10.3 of
/// 2026-08-24; what the server does: <https://github.com/tdlib/telegram-bot-api> 10.0, May 2026.
package struct Telegram: Provider, WebhookRegistering {
  /// The word in URLs and in the database.
  package static let name = "telegram"
  /// The name a person knows it by.
  package static let title = "Telegram"
  /// What a channel is set up with.
  package static let settings = [
    SettingKey(
      "bot_token", secret: true, required: true,
      "The bot's token from @BotFather, such as 7123456789:AA…."),
    SettingKey(
      "secret_token", secret: true, required: true, list: true,
      "What Telegram sends with every webhook to prove itself: 1 to 256 letters, digits, _ and -; "
        + "make up at least 32 at random. The newest first while one replaces another."),
    .apiBaseURL,
  ]
  /// 4 MiB. An update is one message of some thousand characters with the one it answers; nothing
  /// limits rich messages in writing, and a refused update comes again for a day and holds up all
  /// that follow it in its chat.
  package static let bodyBytesMax = 4 << 20
  /// The secret comes beside the body and says nothing about it.
  package static let authenticatesBody = false

  /// How long Telegram shall wait after we could not store, in seconds: else it comes at once.
  static let retryAfterSeconds = 2

  /// The longest secret that setWebhook takes.
  static let secretLengthMax = 256

  /// The bot's token.
  let token: String
  /// The bot's own number.
  let botID: Int64
  /// The live secrets, the newest first.
  let secrets: [[UInt8]]
  /// Where the API is, without a slash at the end.
  let baseURL: String

  /// A bot with a channel's settings.
  ///
  /// - Throws: ``SettingsError`` for a token or secret that Telegram could not have accepted.
  package init(settings: ChannelSettings) throws(SettingsError) {
    let token = settings.string("bot_token") ?? ""
    guard let botID = Self.botID(ofToken: token) else {
      throw SettingsError(
        field: "bot_token", "must be the bot's number, a colon and letters, digits, _ or -")
    }
    let secrets = settings.strings("secret_token")
    guard !secrets.isEmpty else { throw SettingsError(field: "secret_token", "required") }
    guard secrets.allSatisfy({ Self.isToken($0, lengthMax: Self.secretLengthMax) }) else {
      throw SettingsError(field: "secret_token", "must be 1 to 256 of A-Z, a-z, 0-9, _ and -")
    }
    baseURL = try settings.baseURL(default: "https://api.telegram.org")
    self.token = token
    self.botID = botID
    self.secrets = secrets.map { Array($0.utf8) }
  }

  /// A bot speaks on one line.
  package func transports(address: String?) -> [TransportKind] { [.telegram] }

  /// Updates name no account: which bot they are for is known by the address they come to.
  package var accounts: [String] { [] }

  /// Answers so that Telegram comes again only where that helps.
  ///
  /// Anything but 2xx is sent again for up to 24 hours and holds up its chat, so what we cannot
  /// read is answered like the rest; 410 for 23 hours makes Telegram remove the webhook.
  package func answer(_ outcome: WebhookOutcome, to request: HTTPRequest) -> HTTPResponse {
    switch outcome {
    case .stored(.quarantined): HTTPResponse(status: 403)
    case .stored: Self.callbackAnswer(to: request) ?? HTTPResponse(status: 200)
    case .unavailable:
      HTTPResponse(status: 503, headers: ["Retry-After": "\(Self.retryAfterSeconds)"])
    case .disabled: HTTPResponse(status: 410)
    }
  }

  /// The answer that takes the waiting sign off a button that was pressed: Telegram carries out a
  /// method in the answer to a webhook. `nil` for any other update.
  /// <https://core.telegram.org/bots/api#answercallbackquery>, 10.3 of 2026-08-24.
  private static func callbackAnswer(to request: HTTPRequest) -> HTTPResponse? {
    // Most updates are none, and parsing one costs more than looking for the word.
    guard mentionsCallback(request.body), let update = try? JSON.parse(request.body),
      let id = TelegramJSON.text(update[TelegramUpdateKind.callbackQuery.rawValue]?["id"])
    else { return nil }
    let method: JSON = ["method": "answerCallbackQuery", "callback_query_id": .string(id)]
    return HTTPResponse(
      status: 200, contentType: "application/json",
      body: String(decoding: method.serialized(), as: UTF8.self))
  }

  private static func mentionsCallback(_ body: [UInt8]) -> Bool {
    body.indices.contains {
      body[$0] == UInt8(ascii: "\"") && body[$0...].starts(with: callbackMember)
    }
  }

  private static let callbackMember = Array("\"\(TelegramUpdateKind.callbackQuery.rawValue)\"".utf8)

  /// What to do in @BotFather and on the own side.
  package func remainingSteps(webhookURL: String) -> [String] {
    let channel = webhookURL.split(separator: "/").last.map(String.init) ?? "<id>"
    return [
      "Run `trunkline channels check \(channel) --register`: it sets the bot's webhook to "
        + "\(webhookURL) with this channel's secret and the list of updates it needs. Without "
        + "--register it only looks.",
      "That address must answer over https on port 443, 80, 88 or 8443, over IPv4, with a complete "
        + "certificate chain.",
      "For groups: a bot sees only commands, mentions and replies to it. To let it see all, switch "
        + "privacy mode off with /setprivacy in @BotFather, then add it to its groups again.",
      "Make the bot an administrator of a group to learn of reactions, and of who comes and goes.",
      "To connect a personal account: switch Business Mode on in @BotFather's bot settings, then "
        + "choose the bot in that account under Telegram Business, Chatbots.",
    ]
  }

  /// The bot's number: what stands before the colon of a well-formed token, otherwise `nil`.
  ///
  /// The token becomes part of a URL, so nothing that means something there may be in it.
  static func botID(ofToken token: String) -> Int64? {
    guard let colon = token.firstIndex(of: ":") else { return nil }
    let digits = token[..<colon]
    let rest = token[token.index(after: colon)...]
    guard digits.utf8.allSatisfy({ (48...57).contains($0) }), !rest.isEmpty,
      rest.utf8.allSatisfy(isTokenByte)
    else { return nil }
    return Int64(digits)
  }

  /// Whether `text` is 1 to `lengthMax` of the characters Telegram takes in secrets and links.
  static func isToken(_ text: some StringProtocol, lengthMax: Int) -> Bool {
    (1...lengthMax).contains(text.utf8.count) && text.utf8.allSatisfy(isTokenByte)
  }

  private static func isTokenByte(_ byte: UInt8) -> Bool {
    switch byte {
    case 48...57, 65...90, 97...122, UInt8(ascii: "_"), UInt8(ascii: "-"): true
    default: false
    }
  }
}
