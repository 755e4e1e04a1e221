/// Where Twilio's API is, and what a channel calls it with.
struct TwilioAPI: Sendable {
  /// The API of accounts, without a slash at the end.
  let baseURL: String
  /// The API of newer messaging products, which is on a host of its own.
  let messagingURL: String
  /// The path of the channel's account below ``baseURL``.
  let accountPath: String
  /// The header `Authorization`; `nil` where the settings hold nothing to call with.
  let authorization: String?

  /// Where it is, unless a channel says otherwise.
  static let defaultURL = "https://api.twilio.com"

  /// - Throws: ``SettingsError`` for a base address that no path can follow.
  init(settings: ChannelSettings) throws(SettingsError) {
    let base = try settings.baseURL(default: Self.defaultURL)
    baseURL = base
    messagingURL = base == Self.defaultURL ? "https://messaging.twilio.com" : base
    let account = settings.string("account_sid") ?? ""
    accountPath = "/2010-04-01/Accounts/\(account)"
    // An API key and the Auth Token are two pairs: one's name with the other's secret gets a 401.
    let pair =
      if let key = settings.string("api_key_sid"), let secret = settings.string("api_key_secret") {
        "\(key):\(secret)"
      } else {
        settings.string("auth_token").map { "\(account):\($0)" }
      }
    authorization = pair.map { "Basic \(Base64.encode(Array($0.utf8)))" }
  }

  /// A POST of a form to a resource of the account, such as `/Messages.json`.
  func post(_ resource: String, _ fields: [(String, String)]) -> HTTPRequest {
    var request = request("POST", "\(baseURL)\(accountPath)\(resource)")
    request.headers.add("Content-Type", "application/x-www-form-urlencoded")
    request.body = Form.encode(fields)
    return request
  }

  /// A GET of a resource of the account.
  func get(_ resource: String) -> HTTPRequest {
    request("GET", "\(baseURL)\(accountPath)\(resource)")
  }

  /// A request that wants JSON, with the credentials.
  func request(_ method: String, _ url: String) -> HTTPRequest {
    var request = HTTPRequest(method: method, target: url, headers: ["Accept": "application/json"])
    if let authorization { request.headers.add("Authorization", authorization) }
    return request
  }
}
