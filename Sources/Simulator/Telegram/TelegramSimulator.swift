import Gateway

/// Stands in for Telegram: makes the updates a bot's webhook would get, in growing order.
///
/// A repeat is the same value sent again. Shapes: <https://core.telegram.org/bots/api>, Bot API
/// 10.3 of 2026-08-24; headers and the writing of JSON:
/// <https://github.com/tdlib/telegram-bot-api/blob/master/telegram-bot-api/WebhookActor.cpp>.
package struct TelegramSimulator: Sendable {
  /// The bot as its users see it.
  package let bot: TelegramPerson
  /// The secret given to `setWebhook`.
  package var secretToken: String
  /// The address requests go to.
  package var webhookURL: String
  /// Where file ids and the like come from.
  package var random: any RandomSource
  /// The present time, the date of what happens next.
  package var now: Instant
  /// The id the next update gets.
  package private(set) var nextUpdateID: Int64
  /// The message the last update was about.
  package private(set) var last: TelegramReference?

  private var firstMessageID: Int64
  private var messageIDs: [Int64: Int64] = [:]

  /// Ways in which a request is not Telegram's.
  package enum Forgery: String, CaseIterable, Sendable {
    /// The secret of another bot.
    case secret
    /// The secret without its last character.
    case truncated
    /// The secret twice, as a proxy joins repeated fields.
    case doubled
    /// No secret at all.
    case unsigned
  }

  /// Stands in for Telegram towards the bot `botID`; ids start at random where not given.
  package init(
    botID: Int64, secretToken: String, webhookURL: String,
    random: any RandomSource = SystemRandom(), now: Instant = SystemClock().now(),
    firstUpdateID: Int64? = nil, firstMessageID: Int64? = nil
  ) {
    bot = TelegramPerson(
      id: botID, firstName: "Desk", username: "desk_example_bot", isBot: true)
    self.secretToken = secretToken
    self.webhookURL = webhookURL
    self.random = random
    self.now = now
    nextUpdateID = firstUpdateID ?? Int64(100_000_000 + random.below(800_000_000))
    self.firstMessageID = firstMessageID ?? Int64(100 + random.below(900))
  }

  /// Starts all numbering anew from `random`, so that what follows is a function of it alone.
  package mutating func restart(random: any RandomSource, now: Instant) {
    self = TelegramSimulator(
      botID: bot.id, secretToken: secretToken, webhookURL: webhookURL, random: random, now: now)
  }

  /// Makes an update of any kind.
  package mutating func update(_ kind: String, _ object: JSON) -> HTTPRequest {
    let id = nextUpdateID
    nextUpdateID &+= 1
    // The server writes a line break behind the id.
    let body = "{\"update_id\":\(id),\n\"\(kind)\":".utf8
    return request(Array(body) + Self.ascii(object.serialized()) + [UInt8(ascii: "}")])
  }

  /// Makes an update of a kind nobody knows yet.
  package mutating func unknown(kind: String = "some_future_update") -> HTTPRequest {
    update(kind, ["chat_id": .integer(bot.id), "x": 1])
  }

  /// Makes an update whose JSON stops in the middle of a message by `person`.
  package mutating func malformed(from person: TelegramPerson) -> HTTPRequest {
    var request = message(.text("This one was cut off on its way"), from: person)
    request.body.removeLast(min(request.body.count, 20))
    return request
  }

  /// Falsifies a request that was made by this simulator.
  package func forged(_ request: HTTPRequest, _ forgery: Forgery) -> HTTPRequest {
    var forged = request
    switch forgery {
    case .secret: forged.headers = headers(secret: "other_bots_secret_" + secretToken.reversed())
    case .truncated: forged.headers = headers(secret: String(secretToken.dropLast()))
    case .doubled: forged.headers = headers(secret: "\(secretToken), \(secretToken)")
    case .unsigned: forged.headers = headers(secret: nil)
    }
    return forged
  }

  /// Takes the next number of a chat for a message, which becomes ``last``.
  mutating func reference(in chat: TelegramChat, text: String? = nil) -> TelegramReference {
    let id = messageIDs[chat.id] ?? firstMessageID
    messageIDs[chat.id] = id &+ 1
    let reference = TelegramReference(chat: chat, messageID: id, sentAt: now, text: text)
    last = reference
    return reference
  }

  private func request(_ body: [UInt8]) -> HTTPRequest {
    HTTPRequest(
      method: "POST", target: webhookURL, headers: headers(secret: secretToken), body: body)
  }

  private func headers(secret: String?) -> HTTPHeaders {
    var headers = HTTPHeaders()
    if let secret { headers.add("X-Telegram-Bot-Api-Secret-Token", secret) }
    headers.add("Content-Type", "application/json")
    headers.add("Accept-Encoding", "gzip, deflate")
    return headers
  }

  /// Escapes everything beyond ASCII, surrogate pairs included, as Telegram's server does.
  static func ascii(_ json: [UInt8]) -> [UInt8] {
    var escaped: [UInt8] = []
    escaped.reserveCapacity(json.count * 2)
    // Beyond ASCII there is nothing in JSON but the insides of strings.
    for unit in String(decoding: json, as: UTF8.self).utf16 {
      if unit < 0x80 {
        escaped.append(UInt8(unit))
      } else {
        let digits = String(unit, radix: 16)
        escaped += Array("\\u\(String(repeating: "0", count: 4 - digits.count))\(digits)".utf8)
      }
    }
    return escaped
  }
}
