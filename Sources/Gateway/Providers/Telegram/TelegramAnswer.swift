/// What came back for a request of the Bot API.
/// <https://core.telegram.org/bots/api#making-requests>, 10.3 of 2026-08-24.
enum TelegramAnswer {
  /// Done, with this result.
  case done(JSON)
  /// Not done.
  case refused(TelegramRefusal)
  /// An answer that only looks like success: not Telegram's, or cut off.
  case unclear

  /// Reads `response`. Telegram's own `error_code` goes before the status on the way.
  init(_ response: HTTPResponse) {
    let json = (try? JSON.parse(response.body)) ?? .null
    let isSuccess = (200..<300).contains(response.status)
    switch json["ok"]?.bool {
    case true? where isSuccess: self = .done(json["result"] ?? .null)
    case false?: self = .refused(TelegramRefusal(response, json))
    default: self = isSuccess ? .unclear : .refused(TelegramRefusal(response, .null))
    }
  }
}

/// Telegram, or something in front of it, refused a request.
struct TelegramRefusal {
  /// `error_code`, or the HTTP status where Telegram did not speak itself.
  let status: Int
  /// Telegram's own words; `nil` where something else answered.
  let description: String?
  /// How long to wait, in milliseconds, where told.
  let waitMilliseconds: Int64?
  /// The supergroup that the group has become.
  let migratedTo: Int64?

  /// The longest wait that is believed, in seconds: a week, longer than any message lives.
  static let waitSecondsMax: Int64 = 604_800

  /// Reads `response` with what was parsed of it.
  init(_ response: HTTPResponse, _ json: JSON) {
    let code = json["error_code"]?.integer.flatMap { (300...599).contains($0) ? Int($0) : nil }
    let isSuccess = (200..<300).contains(response.status)
    status = code ?? (isSuccess ? 400 : response.status)
    description = TelegramJSON.text(json["description"])
    let parameters = json["parameters"]
    let wait =
      parameters?["retry_after"]?.integer ?? response.headers["retry-after"].flatMap(Int64.init)
    waitMilliseconds = wait.flatMap { $0 >= 0 ? min($0, Self.waitSecondsMax) * 1_000 : nil }
    migratedTo = parameters?["migrate_to_chat_id"]?.integer
  }
}
