import Gateway

/// Something of Meta's that sends and gets messages: a number of WhatsApp's, an Instagram account,
/// or a Facebook page; with the app that holds it.
package struct MetaAccount: Equatable, Sendable {
  /// What it is; the raw value is the provider's word.
  package enum Product: String, CaseIterable, Sendable {
    case whatsApp = "whatsapp_cloud"
    case instagram
    case messenger

    /// Meta's word in `object` of a post.
    var object: String {
      switch self {
      case .whatsApp: "whatsapp_business_account"
      case .instagram: "instagram"
      case .messenger: "page"
      }
    }
  }

  /// What it is.
  package var product: Product
  /// The id of the number, the account or the page.
  package var id: String
  /// The business account of a number, or the page an Instagram account is linked to; else empty.
  package var parentID: String
  /// A number's digits as WhatsApp shows them; else empty.
  package var displayNumber: String
  /// What the API is called with.
  package var accessToken: String
  /// What signs the app's webhooks.
  package var appSecret: String
  /// What the handshake names.
  package var verifyToken: String
  /// Where the app's webhooks go; `nil` for nowhere.
  package var webhookURL: String?

  /// An account.
  package init(
    _ product: Product, id: String, parentID: String = "", displayNumber: String = "",
    accessToken: String, appSecret: String, verifyToken: String, webhookURL: String? = nil
  ) {
    self.product = product
    self.id = id
    self.parentID = parentID
    self.displayNumber = displayNumber
    self.accessToken = accessToken
    self.appSecret = appSecret
    self.verifyToken = verifyToken
    self.webhookURL = webhookURL
  }
}
