/// What a channel of Meta's shares with the others of its app: the secrets, and where the API is.
struct MetaApp: Sendable {
  /// The secrets that sign webhooks, the newest first.
  let secrets: [[UInt8]]
  /// What the handshake has to name.
  let verifyTokens: [[UInt8]]
  /// The token that the API is called with.
  let accessToken: String
  /// Where the API is, with its version, without a slash at the end.
  let baseURL: String

  /// The version of the Graph API that requests are written for.
  /// <https://developers.facebook.com/docs/graph-api/changelog>, 2026.
  static let version = "v25.0"

  /// The settings that every channel of Meta's takes, behind those that name its account.
  static let settings = [
    SettingKey(
      "access_token", secret: true, required: true,
      "The token that the Graph API is called with, of a system user, so that it does not expire."),
    SettingKey(
      "app_secret", secret: true, required: true, list: true,
      "The secret of the Meta app that signs its webhooks (App settings, Basic). The newest first "
        + "while one replaces another; an Instagram login app may sign with one of its own."),
    SettingKey(
      "verify_token", secret: true, required: true, list: true,
      "Words made up by you that Meta repeats when you enter the webhook's address."),
    .apiBaseURL,
  ]

  /// - Throws: ``SettingsError`` for what Meta could not have given or taken.
  init(settings: ChannelSettings, baseURL own: String) throws(SettingsError) {
    let secrets = settings.strings("app_secret")
    guard secrets.allSatisfy({ $0.utf8.allSatisfy { (0x21...0x7E).contains($0) } }) else {
      throw SettingsError(field: "app_secret", "must be the letters and digits that Meta shows")
    }
    let token = settings.string("access_token") ?? ""
    guard token.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
      throw SettingsError(field: "access_token", "must be one word without spaces")
    }
    self.secrets = secrets.map { Array($0.utf8) }
    verifyTokens = settings.strings("verify_token").map { Array($0.utf8) }
    accessToken = token
    baseURL = "\(try settings.baseURL(default: own))/\(Self.version)"
  }

  /// An id of Meta's: digits.
  ///
  /// - Throws: ``SettingsError`` for anything else.
  static func id(
    _ field: String, in settings: ChannelSettings
  ) throws(SettingsError) -> String {
    guard let id = settings.string(field), isID(id) else {
      throw SettingsError(field: field, "must be the digits that Meta shows")
    }
    return id
  }

  /// Whether a text is an id of Meta's: up to 32 digits.
  static func isID(_ text: String) -> Bool {
    (1...32).contains(text.utf8.count) && text.utf8.allSatisfy { (48...57).contains($0) }
  }

  /// A GET of a path below the API's base, such as `/1234?fields=name`.
  func get(_ path: String) -> HTTPRequest { request("GET", path) }

  /// A POST of JSON to a path below the API's base.
  func post(_ path: String, _ body: JSON) -> HTTPRequest {
    var request = request("POST", path)
    request.headers.add("Content-Type", "application/json")
    request.body = body.serialized()
    return request
  }

  /// A request with the channel's token, which wants JSON.
  func request(_ method: String, _ path: String) -> HTTPRequest {
    HTTPRequest(
      method: method, target: baseURL + path,
      headers: ["Accept": "application/json", "Authorization": "Bearer \(accessToken)"])
  }
}
