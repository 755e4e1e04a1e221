import Gateway

/// A bot of Telegram's.
package struct TelegramBot: Equatable, Sendable {
  /// `<id>:<secret>`.
  package var token: String

  /// A bot.
  package init(token: String) { self.token = token }

  /// The number in front of the colon.
  package var id: Int64 { Int64(token.prefix { $0 != ":" }) ?? 0 }
}

/// What a bot gave to `setWebhook`.
package struct TelegramWebhook: Equatable, Sendable {
  /// Where updates go.
  package var url: String
  /// What every update carries in its header, or empty.
  package var secretToken: String
  /// The kinds of update; empty for the usual ones.
  package var allowedUpdates: [String]
}

/// An error as the Bot API answers it,
/// <https://github.com/tdlib/telegram-bot-api/blob/master/telegram-bot-api/Client.cpp>.
struct TelegramError: Error, Equatable {
  /// The code, which is the status too.
  let code: Int
  /// The sentence.
  let description: String
  /// What a client can do about it.
  let parameters: JSONObject

  /// An error.
  init(_ code: Int, _ description: String, parameters: JSONObject = [:]) {
    self.code = code
    self.description = description
    self.parameters = parameters
  }

  /// An error of the request: 400.
  static func bad(_ sentence: String) -> TelegramError {
    TelegramError(400, "Bad Request: \(sentence)")
  }

  /// The answer.
  var response: HTTPResponse {
    var body: JSONObject = [
      "ok": false, "error_code": .integer(Int64(code)), "description": .string(description),
    ]
    if !parameters.isEmpty { body["parameters"] = .object(parameters) }
    return HTTPResponse(
      status: code, headers: ["Content-Type": "application/json"],
      body: JSON.object(body).serialized())
  }
}

/// Telegram's Bot API: which bot is asking, and for what.
///
/// <https://core.telegram.org/bots/api>, Bot API 10.3 of 2026-08-24.
final class TelegramAPI: Sendable {
  /// The bots' files.
  let files: TelegramAPIFiles

  private let script: ProviderScript
  private let bots: [String: TelegramBot]
  private let messages: TelegramAPIMessages
  private let webhooks = Locked<[String: TelegramWebhook]>([:])

  /// The API of these bots; of any when there are none.
  init(_ script: ProviderScript, bots: [TelegramBot]) {
    self.script = script
    self.bots = Dictionary(bots.map { ($0.token, $0) }) { $1 }
    files = TelegramAPIFiles(script)
    messages = TelegramAPIMessages(script, files: files)
  }

  /// What the bot gave to `setWebhook`.
  func webhook(of token: String) -> TelegramWebhook? { webhooks.withLock { $0[token] } }

  /// Understands a request.
  func read(_ request: HTTPRequest, now: Instant) -> ProviderCall {
    var parts = request.path.split(separator: "/", omittingEmptySubsequences: false).dropFirst()
    let isFile = parts.first == "file"
    if isFile { parts = parts.dropFirst() }
    let token = String(parts.first?.dropFirst("bot".count) ?? "")
    let operation = isFile ? "file" : String(parts.dropFirst().first ?? "")
    do throws(TelegramError) {
      let bot = try signIn(token)
      if isFile {
        let path = parts.dropFirst().joined(separator: "/")
        return .answered(
          "telegram", operation, sender: "\(bot.id)", try files.download(path, now: now))
      }
      return try read(operation, try TelegramParameters(request), bot, now)
    } catch {
      return .answered("telegram", operation, error.response, refusal: error.code)
    }
  }

  /// What is no token at all is no address either.
  private func signIn(_ token: String) throws(TelegramError) -> TelegramBot {
    let parts = token.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count == 2, Int64(parts[0]) != nil, !parts[1].isEmpty else {
      throw TelegramError(404, "Not Found")
    }
    if bots.isEmpty { return TelegramBot(token: token) }
    guard let bot = bots[token] else { throw TelegramError(401, "Unauthorized") }
    return bot
  }

  private func read(
    _ method: String, _ parameters: TelegramParameters, _ bot: TelegramBot, _ now: Instant
  ) throws(TelegramError) -> ProviderCall {
    if let kind = TelegramMethod.find(method) {
      return messages.send(kind, parameters, bot, now: now)
    }
    let result = try simple(method.lowercased(), parameters, bot, now)
    return .answered("telegram", method, sender: "\(bot.id)", Self.ok(result))
  }

  /// The methods that send nothing.
  private func simple(
    _ method: String, _ parameters: TelegramParameters, _ bot: TelegramBot, _ now: Instant
  ) throws(TelegramError) -> JSON {
    switch method {
    case "getme":
      return [
        "id": .integer(bot.id), "is_bot": true, "first_name": "Desk",
        "username": "desk_example_bot", "can_join_groups": true,
        "can_read_all_group_messages": false, "supports_inline_queries": false,
      ]
    case "getfile": return try files.describe(parameters.text("file_id"), now: now)
    case "setwebhook": return try setWebhook(parameters, bot)
    case "deletewebhook":
      webhooks.withLock { $0[bot.token] = nil }
      return true
    case "getwebhookinfo": return webhookInfo(bot)
    case "answercallbackquery":
      guard !parameters.text("callback_query_id").isEmpty else {
        throw .bad("query is too old and response timeout expired or query ID is invalid")
      }
      return true
    case "sendchataction":
      _ = try messages.chat(parameters)
      guard !parameters.text("action").isEmpty else { throw .bad("wrong parameter action") }
      return true
    case "editmessagetext", "editmessagecaption", "editmessagereplymarkup", "deletemessage",
      "setmessagereaction":
      _ = try messages.chat(parameters)
      return true
    default: throw TelegramError(404, "Not Found: method not found")
    }
  }

  private func setWebhook(
    _ parameters: TelegramParameters, _ bot: TelegramBot
  ) throws(TelegramError) -> JSON {
    let url = parameters.text("url")
    let before = webhook(of: bot.token)
    if url.isEmpty {
      webhooks.withLock { $0[bot.token] = nil }
      return true
    }
    // The real one takes https alone; a daemon under test often has none.
    guard url.hasPrefix("https://") || url.hasPrefix("http://") else {
      throw .bad("bad webhook: An HTTPS URL must be provided for webhook")
    }
    let secret = parameters.text("secret_token")
    let isClean = secret.utf8.allSatisfy {
      (48...57).contains($0) || (65...90).contains($0 & 0xDF) || $0 == 0x5F || $0 == 0x2D
    }
    guard isClean, secret.utf8.count <= 256 else {
      throw .bad("secret token contains unallowed characters")
    }
    // Not giving a list keeps the one from before; not giving a secret clears it.
    let allowed =
      parameters.json("allowed_updates")?.array?.compactMap(\.string)
      ?? before?.allowedUpdates ?? []
    webhooks.withLock {
      $0[bot.token] = TelegramWebhook(url: url, secretToken: secret, allowedUpdates: allowed)
    }
    return true
  }

  private func webhookInfo(_ bot: TelegramBot) -> JSON {
    let webhook = webhook(of: bot.token)
    var info: JSONObject = [
      "url": .string(webhook?.url ?? ""), "has_custom_certificate": false,
      "pending_update_count": 0,
    ]
    if let webhook {
      info["max_connections"] = 40
      info["ip_address"] = "127.0.0.1"
      if !webhook.allowedUpdates.isEmpty {
        info["allowed_updates"] = .array(webhook.allowedUpdates.map(JSON.string))
      }
    }
    return .object(info)
  }

  /// An answer that is well.
  static func ok(_ result: JSON) -> HTTPResponse {
    let body: JSON = ["ok": true, "result": result]
    return HTTPResponse(
      status: 200, headers: ["Content-Type": "application/json"], body: body.serialized())
  }
}
