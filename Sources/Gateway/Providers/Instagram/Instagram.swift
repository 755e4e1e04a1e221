/// Instagram direct messages, through Meta's Graph API.
///
/// Read: ``MetaMessaging`` in `Providers/Meta`, shared with Messenger.
/// <https://developers.facebook.com/documentation/business-messaging/instagram-messaging>, v25, 2026.
package struct Instagram: Provider, SharedWebhook, WebhookRegistering {
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
  ///
  /// - Throws: ``Unreadable`` for what is no JSON object.
  package func read(_ request: HTTPRequest) throws(Unreadable) -> [Item] {
    try MetaMessaging(
      object: "instagram", transport: .instagram, contactType: .instagram, accounts: accounts
    ).items(of: request)
  }

  /// Success for whatever is stored, so that Meta does not send it again for days.
  package func answer(_ outcome: WebhookOutcome, to request: HTTPRequest) -> HTTPResponse {
    app.answer(outcome, to: request)
  }

  /// What to do in Meta's console.
  package func remainingSteps(webhookURL: String) -> [String] {
    let isPage = pageID != nil
    return [
      "In the App Dashboard, under "
        + (isPage ? "Webhooks, Instagram" : "Instagram, API setup with Instagram login")
        + ", enter the callback URL \(webhookURL) with this channel's verify_token, and subscribe "
        + "the app to \(MetaSubscription.instagramFields.joined(separator: ", ")). An app has one "
        + "callback URL for all its accounts: that of any channel of the app serves them all.",
      "Run `trunkline channels check \(Self.channel(webhookURL)) --register`: it subscribes "
        + (isPage ? "the page" : "the account") + " itself. Without --register it only looks.",
      isPage
        ? "The access_token is one of the page, with instagram_basic, instagram_manage_messages "
          + "and pages_manage_metadata."
        : "The access_token is one of the Instagram account, with instagram_business_basic and "
          + "instagram_business_manage_messages. It ends after 60 days unless it is refreshed.",
      "Publish the app, and have those permissions approved for Advanced Access: before, only "
        + "people with a role in the app are heard.",
      "In the Instagram app of the account, allow connected tools to read messages: Settings, "
        + "Messages and story replies, Message controls, Connected tools.",
    ]
  }

  /// Asks Meta to tell of the account. The address itself belongs to the app, and is entered by
  /// hand.
  package func registration(webhookURL: String) -> HTTPRequest { subscription.registration }

  /// `nil` when Meta tells of the account from now on.
  package func registrationProblem(_ response: HTTPResponse) -> String? {
    subscription.problem(response)
  }

  /// Asks Meta of what it tells.
  package func inspection() -> HTTPRequest { subscription.inspection }

  /// What Meta does not tell of, but should.
  package func inspectionFindings(
    _ response: HTTPResponse, webhookURL: String, now: Instant
  ) -> [String] {
    subscription.findings(response)
  }

  /// With Facebook login the page is what an app subscribes to, with Instagram login the account.
  private var subscription: MetaSubscription {
    guard let pageID else {
      return MetaSubscription(
        app: app, node: accountID, fields: MetaSubscription.instagramFields)
    }
    return MetaSubscription(app: app, node: pageID, fields: MetaSubscription.pageFields)
  }

  private static func channel(_ webhookURL: String) -> String {
    webhookURL.split(separator: "/").last.map(String.init) ?? "<id>"
  }
}
