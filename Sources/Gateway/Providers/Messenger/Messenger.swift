/// Messenger: the conversations of a Facebook page, through Meta's Graph API.
///
/// <https://developers.facebook.com/docs/messenger-platform>, v25, 2026.
package struct Messenger: Provider, SharedWebhook {
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
  package func read(_ request: HTTPRequest) throws(Unreadable) -> [Item] { [] }

  /// Success for whatever is stored, so that Meta does not send it again for days.
  package func answer(_ outcome: WebhookOutcome, to request: HTTPRequest) -> HTTPResponse {
    app.answer(outcome, to: request)
  }

  /// What to do in Meta's console.
  package func remainingSteps(webhookURL: String) -> [String] { [] }
}
