/// Messenger: the conversations of a Facebook page, through Meta's Graph API.
///
/// Read: ``MetaMessaging`` in `Providers/Meta`, shared with Instagram.
/// <https://developers.facebook.com/docs/messenger-platform>, v25, 2026.
package struct Messenger: Provider, SharedWebhook, WebhookRegistering {
  /// The word in URLs and in the database.
  package static let name = "messenger"
  /// The name a person knows it by.
  package static let title = "Messenger"
  /// What a channel is set up with.
  package static let settings =
    [
      SettingKey(
        "page_id", required: true,
        "The id of the Facebook page.")
    ] + MetaApp.settings
  /// 4 MiB: Meta posts up to 3 MB and 1,000 updates at once.
  package static let bodyBytesMax = 4 << 20

  /// What it shares with the other channels of its app.
  let app: MetaApp
  /// The id of the page.
  let pageID: String

  /// A page with a channel's settings.
  ///
  /// - Throws: ``SettingsError`` for ids and secrets that cannot be Meta's.
  package init(settings: ChannelSettings) throws(SettingsError) {
    pageID = try MetaApp.id("page_id", in: settings)
    app = try MetaApp(settings: settings, baseURL: "https://graph.facebook.com")
  }

  /// A page speaks on one line.
  package func transports(address: String?) -> [TransportKind] { [.messenger] }

  /// Every entry names the page it is for.
  package var accounts: [String] { [pageID] }

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
      object: "page", transport: .messenger, contactType: .messenger, accounts: accounts
    ).items(of: request)
  }

  /// Success for whatever is stored, so that Meta does not send it again for days.
  package func answer(_ outcome: WebhookOutcome, to request: HTTPRequest) -> HTTPResponse {
    app.answer(outcome, to: request)
  }

  /// What to do in Meta's console.
  package func remainingSteps(webhookURL: String) -> [String] {
    let channel = webhookURL.split(separator: "/").last.map(String.init) ?? "<id>"
    return [
      "In the App Dashboard, under Messenger, Messenger API settings, enter the callback URL "
        + "\(webhookURL) with this channel's verify_token, and subscribe the app to "
        + "\(MetaSubscription.messengerFields.joined(separator: ", ")). An app has one callback "
        + "URL for all its pages: that of any channel of the app serves them all.",
      "Run `trunkline channels check \(channel) --register`: it subscribes the page itself. "
        + "Without --register it only looks.",
      "The access_token is one of the page, with pages_messaging and pages_manage_metadata; made "
        + "by a system user it does not expire.",
      "Publish the app, and have those permissions approved for Advanced Access: before, only "
        + "people with a role in the app are heard.",
    ]
  }

  /// Asks Meta to tell of the page. The address itself belongs to the app, and is entered by hand.
  package func registration(webhookURL: String) -> HTTPRequest { subscription.registration }

  /// `nil` when Meta tells of the page from now on.
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

  private var subscription: MetaSubscription {
    MetaSubscription(app: app, node: pageID, fields: MetaSubscription.messengerFields)
  }
}
