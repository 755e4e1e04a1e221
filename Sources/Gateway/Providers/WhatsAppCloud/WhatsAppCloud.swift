/// WhatsApp through Meta's Cloud API.
///
/// Read: ``WhatsAppChange`` picks the kind of news, `WhatsAppMessage.swift` makes messages of it,
/// ``WhatsAppContent`` says what they say, `WhatsAppStatus.swift` what became of ours,
/// `WhatsAppAccount.swift` how the number and its account stand.
///
/// <https://developers.facebook.com/documentation/business-messaging/whatsapp>, Graph API v25, 2026.
package struct WhatsAppCloud: Provider, SharedWebhook {
  /// The word in URLs and in the database.
  package static let name = "whatsapp_cloud"
  /// The name a person knows it by.
  package static let title = "WhatsApp Cloud API"
  /// What a channel is set up with.
  package static let settings =
    [
      SettingKey(
        "phone_number_id", required: true,
        "The id of the number, from WhatsApp Manager, Phone numbers: not the number itself."),
      SettingKey(
        "business_account_id",
        "The id of the WhatsApp Business Account: needed for templates and account warnings."),
    ] + MetaApp.settings
  /// 4 MiB: Meta posts up to 3 MB and 1,000 updates at once.
  package static let bodyBytesMax = 4 << 20

  /// What it shares with the other channels of its app.
  let app: MetaApp
  /// The id of the number.
  let phoneNumberID: String
  /// The id of the business account the number belongs to.
  let businessAccountID: String?

  /// A number with a channel's settings.
  ///
  /// - Throws: ``SettingsError`` for ids and secrets that cannot be Meta's.
  package init(settings: ChannelSettings) throws(SettingsError) {
    app = try MetaApp(settings: settings, baseURL: "https://graph.facebook.com")
    phoneNumberID = try MetaApp.id("phone_number_id", in: settings)
    businessAccountID =
      settings.string("business_account_id") == nil
      ? nil : try MetaApp.id("business_account_id", in: settings)
  }

  /// A number speaks on one line.
  package func transports(address: String?) -> [TransportKind] { [.whatsapp] }

  /// Messages name the number, news of templates and of the account the business account.
  package var accounts: [String] { [phoneNumberID] + [businessAccountID].compactMap { $0 } }

  /// Checks the handshake's word or the post's signature.
  package func verify(_ request: HTTPRequest, publicURL: String, now: Instant) -> Verification {
    app.verify(request)
  }

  /// Which of Meta's products a post is about: an app has one address for all.
  package func reader(of request: HTTPRequest) -> String? { MetaApp.reader(of: request) }

  /// Success for whatever is stored, so that Meta does not send it again for days.
  package func answer(_ outcome: WebhookOutcome, to request: HTTPRequest) -> HTTPResponse {
    app.answer(outcome, to: request)
  }
}
