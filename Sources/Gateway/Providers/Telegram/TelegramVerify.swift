/// Telegram signs nothing: it sends the secret of setWebhook with every request.
/// <https://core.telegram.org/bots/api#setwebhook>, 10.3 of 2026-08-24.
extension Telegram {
  /// The header field that holds the secret.
  static let secretHeader = "X-Telegram-Bot-Api-Secret-Token"

  /// Compares the secret with every live one, as bytes and without telling by time how much fits.
  package func verify(_ request: HTTPRequest, publicURL: String, now: Instant) -> Verification {
    let values = request.headers.fields.filter {
      HTTPHeaders.sameName($0.name, Self.secretHeader)
    }
    guard let field = values.first else {
      return .refused(reason: "\(Self.secretHeader) is missing")
    }
    // Two fields, or one with a comma from a proxy that joined them, are nobody's secret.
    guard values.count == 1 else {
      return .refused(reason: "\(Self.secretHeader) is there more than once")
    }
    let presented = Array(field.value.utf8)
    var matched: Int?
    for (index, secret) in secrets.enumerated()
    where Crypto.constantTimeEquals(presented, secret) && matched == nil {
      matched = index
    }
    guard let matched else {
      return .refused(reason: "\(Self.secretHeader) is none of this channel's secrets")
    }
    return .verified(by: "secret_token[\(matched)]")
  }
}
