/// Setting the webhook and looking at it. Requests hold the bot's token in their address, and
/// answers may repeat an address: no sentence made here holds either.
/// <https://core.telegram.org/bots/api#setwebhook>, `#getwebhookinfo`, 10.3 of 2026-08-24.
extension Telegram {
  /// How many updates Telegram may deliver at a time: its own default. It keeps a chat's order.
  static let connectionsMax: Int64 = 40
  /// How long ago an error still concerns somebody, in milliseconds: an hour, in which Telegram
  /// retries at least thirty times.
  static let errorAgeMaxMilliseconds: Int64 = 3_600_000
  /// How many updates may wait before it is worth a sentence: twice as many as are under way.
  static let pendingMax: Int64 = 80

  /// setWebhook with everything said: a list left out would keep the old one, a secret left out
  /// would remove it. What waits is never dropped.
  package func registration(webhookURL: String) -> HTTPRequest {
    let body: JSON = [
      "url": .string(webhookURL),
      "secret_token": .string(secrets.first.map { String(decoding: $0, as: UTF8.self) } ?? ""),
      "allowed_updates": .array(TelegramUpdateKind.allCases.map { .string($0.rawValue) }),
      "max_connections": .integer(Self.connectionsMax),
    ]
    return HTTPRequest(
      method: "POST", target: methodURL("setWebhook"),
      headers: ["Content-Type": "application/json"], body: body.serialized())
  }

  /// `nil` when Telegram took the address.
  package func registrationProblem(_ response: HTTPResponse) -> String? {
    let answer = (try? JSON.parse(response.body)) ?? .null
    if answer["ok"]?.bool == true { return nil }
    switch response.status {
    case 401, 404:
      return "Telegram does not know the bot_token: copy it again from @BotFather."
    case 429:
      let seconds = answer["parameters"]?["retry_after"]?.integer ?? 1
      return "Telegram wants fewer requests: try again in \(seconds) s."
    default:
      guard let reason = TelegramJSON.text(answer["description"]) else {
        return "Telegram answered with status \(response.status) and no reason: try again, and "
          + "check api_base_url."
      }
      return "Telegram refused with status \(response.status): \(withoutSecrets(reason))"
    }
  }

  /// getWebhookInfo.
  package func inspection() -> HTTPRequest {
    HTTPRequest(method: "GET", target: methodURL("getWebhookInfo"))
  }

  /// Compares what Telegram has with what this channel needs.
  package func inspectionFindings(
    _ response: HTTPResponse, webhookURL: String, now: Instant
  ) -> [String] {
    if let problem = registrationProblem(response) { return [problem] }
    let info = (try? JSON.parse(response.body))?["result"] ?? .null
    let url = info["url"]?.string ?? ""
    if url.isEmpty { return ["No webhook is set: register it."] }
    var findings: [String] = []
    if url != webhookURL {
      // The path of a stranger's webhook is often its secret: the host has to do.
      let host = Self.origin(of: url).map { " at \($0)" } ?? ""
      findings.append(
        "Telegram sends to another address\(withoutSecrets(host)): register this one, or find out "
          + "who uses the bot.")
    }
    findings += missingUpdates(info)
    findings += errors(info, now: now)
    if let pending = info["pending_update_count"]?.integer, pending > Self.pendingMax {
      findings.append("\(pending) updates wait at Telegram: they are answered too slowly.")
    }
    return findings
  }

  private func missingUpdates(_ info: JSON) -> [String] {
    let missing: [TelegramUpdateKind]
    if let allowed = info["allowed_updates"]?.array?.compactMap(\.string), !allowed.isEmpty {
      missing = TelegramUpdateKind.needed.filter { !allowed.contains($0.rawValue) }
    } else {
      // No list stands for all but these.
      missing = TelegramUpdateKind.needed.filter(TelegramUpdateKind.leftOutByDefault.contains)
    }
    if missing.isEmpty { return [] }
    let names = missing.map(\.rawValue).joined(separator: ", ")
    return ["Telegram is not asked for these updates: \(names). Register to ask for them."]
  }

  private func errors(_ info: JSON, now: Instant) -> [String] {
    var findings: [String] = []
    if let time = recent(info["last_error_date"], now: now) {
      let reason = withoutSecrets(TelegramJSON.text(info["last_error_message"]) ?? "no reason")
      var finding = "The last delivery failed at \(time): \(reason)."
      if Self.range(of: "403", in: reason) {
        finding += " Telegram sends a secret that is not this channel's: register again."
      }
      findings.append(finding)
    }
    if let time = recent(info["last_synchronization_error_date"], now: now) {
      findings.append(
        "Telegram could not collect the bot's updates at \(time): its own trouble, it tries again.")
    }
    return findings
  }

  private func recent(_ date: JSON?, now: Instant) -> Instant? {
    guard let time = TelegramJSON.instant(date),
      now.milliseconds(since: time) <= Self.errorAgeMaxMilliseconds
    else { return nil }
    return time
  }

  /// The address of a method: it holds the token.
  func methodURL(_ method: String) -> String { "\(baseURL)/bot\(token)/\(method)" }

  /// Telegram's own words, unless they hold what must not be shown.
  func withoutSecrets(_ text: String) -> String {
    let hidden = [token] + secrets.map { String(decoding: $0, as: UTF8.self) }
    return hidden.contains { Self.range(of: $0, in: text) }
      ? "(not shown: it holds a secret)" : text
  }

  private static func range(of part: String, in text: String) -> Bool {
    let part = Array(part.utf8)
    var rest = Array(text.utf8)[...]
    while rest.count >= part.count {
      if rest.starts(with: part) { return true }
      rest = rest.dropFirst()
    }
    return false
  }

  /// Scheme, host and port of a URL.
  private static func origin(of url: String) -> String? {
    let parts = url.split(separator: "/", maxSplits: 2, omittingEmptySubsequences: true)
    guard parts.count >= 2, let scheme = parts.first, scheme.hasSuffix(":") else { return nil }
    // What stands before an @ is a password.
    let host = parts[1].split(separator: "@").last ?? ""
    return host.isEmpty ? nil : "\(scheme)//\(host)"
  }
}
