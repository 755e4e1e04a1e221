/// Instagram direct messages, through Meta's Graph API.
///
/// <https://developers.facebook.com/documentation/business-messaging/instagram-messaging>, v25, 2026.
package struct Instagram: Provider, SharedWebhook {
  /// The word in URLs and in the database.
  package static let name = "instagram"
  /// The name a person knows it by.
  package static let title = "Instagram"
  /// What a channel is set up with.
  package static let settings =
    [
      SettingKey(
        "account_id", required: true,
        "The id of the Instagram professional account, 17841…: not its name."),
      SettingKey(
        "page_id",
        "The id of the Facebook page the account is linked to, where the app uses Facebook login; "
          + "leave it out for Instagram login."),
      SettingKey(
        "account_aliases", list: true,
        "Other ids of the same account: Instagram login may show another one in webhooks."),
    ] + MetaApp.settings
  /// 4 MiB: Meta posts up to 3 MB and 1,000 updates at once.
  package static let bodyBytesMax = 4 << 20

  /// What it shares with the other channels of its app.
  let app: MetaApp
  /// The id of the account.
  let accountID: String
  /// The page it is linked to, with Facebook login; `nil` with Instagram login.
  let pageID: String?
  /// Other ids of the same account.
  let aliases: [String]

  /// An account with a channel's settings.
  ///
  /// - Throws: ``SettingsError`` for ids and secrets that cannot be Meta's.
  package init(settings: ChannelSettings) throws(SettingsError) {
    accountID = try MetaApp.id("account_id", in: settings)
    pageID = settings.string("page_id") == nil ? nil : try MetaApp.id("page_id", in: settings)
    aliases = settings.strings("account_aliases")
    guard aliases.allSatisfy(MetaApp.isID) else {
      throw SettingsError(field: "account_aliases", "must be the digits that Meta shows")
    }
    app = try MetaApp(
      settings: settings,
      baseURL: pageID == nil ? "https://graph.instagram.com" : "https://graph.facebook.com")
  }

  /// An account speaks on one line.
  package func transports(address: String?) -> [TransportKind] { [.instagram] }

  /// Every entry names the account it is for.
  package var accounts: [String] { [accountID] + aliases }

  /// Checks the handshake's word or the post's signature.
  package func verify(_ request: HTTPRequest, publicURL: String, now: Instant) -> Verification {
    app.verify(request)
  }

  /// Which of Meta's products a post is about: an app has one address for all.
  package func reader(of request: HTTPRequest) -> String? { MetaApp.reader(of: request) }

  /// Everything a post tells; a handshake tells nothing.
  package func read(_ request: HTTPRequest) throws(Unreadable) -> [Item] { [] }

  /// Success for whatever is stored, so that Meta does not send it again for days.
  package func answer(_ outcome: WebhookOutcome, to request: HTTPRequest) -> HTTPResponse {
    app.answer(outcome, to: request)
  }

  /// What to do in Meta's console.
  package func remainingSteps(webhookURL: String) -> [String] { [] }
}
