import Gateway

/// One request as a provider understands it, before anything has happened.
struct ProviderCall: Sendable {
  /// What came of it.
  struct Result: Sendable {
    /// The answer.
    var response: HTTPResponse
    /// The id of the message that was accepted.
    var acceptedID: String?
    /// The provider's code of a refusal.
    var refusal: Int?
  }

  /// The provider's word.
  var provider: String
  /// What is wanted.
  var operation: String
  /// Who sends.
  var sender = ""
  /// Who is to get it; `nil` when nothing is sent.
  var recipient: String?
  /// What it says.
  var text = ""
  /// The sender's own id.
  var ourID: String?
  /// What it counts against the sender's limit.
  var weight = 1.0
  /// The sender's limit.
  var senderRate: ProviderScript.Limits.Rate?
  /// The recipient's limit.
  var recipientRate: ProviderScript.Limits.Rate?
  /// Whether the provider says how long to wait when something is too fast.
  var tellsWait = true
  /// Does it: the argument counts the sends to the recipient.
  var carryOut: @Sendable (Int) -> Result

  /// A call that is answered whatever happens.
  static func answered(
    _ provider: String, _ operation: String, sender: String = "", _ response: HTTPResponse,
    refusal: Int? = nil
  ) -> ProviderCall {
    ProviderCall(provider: provider, operation: operation, sender: sender) { _ in
      Result(response: response, refusal: refusal)
    }
  }

  /// What of Meta's it is for; `nil` for another provider.
  private var product: MetaAccount.Product? { MetaAccount.Product(rawValue: provider) }

  /// The provider's 429, or what it says instead; `isPair` when it is about one recipient.
  func tooMany(_ seconds: Int, isPair: Bool = false) -> HTTPResponse {
    if let product { return GraphAPI.tooMany(product, isPair: isPair, seconds: seconds) }
    var response =
      provider == "telegram"
      ? TelegramError(
        429, "Too Many Requests: retry after \(seconds)",
        parameters: ["retry_after": .integer(Int64(seconds))]
      ).response
      : TwilioError(20429, "Too Many Requests", status: 429).response
    response.headers.add("Retry-After", String(seconds))
    return response
  }

  /// The provider's 5xx; which one depends on the number.
  func serverError(_ ordinal: Int) -> HTTPResponse {
    let isEven = ordinal % 2 == 0
    if let product {
      return GraphError(!isEven ? 2 : product == .whatsApp ? 131000 : 1).response(product)
    }
    if provider == "telegram" {
      return isEven
        ? TelegramError(500, "Internal Server Error").response
        : TelegramError(502, "Bad Gateway").response
    }
    return isEven
      ? TwilioError(20500, "An internal server error has occurred", status: 500).response
      : TwilioError(20503, "Service Unavailable", status: 503).response
  }

  /// The 5xx that follows an acceptance: never "service unavailable", which is said before anything
  /// is done.
  func serverErrorAfter() -> HTTPResponse {
    guard let product else { return serverError(0) }
    // With this subcode Meta says that it may have been sent.
    return GraphError(1, product == .whatsApp ? nil : 1_357_046).response(product, status: 500)
  }
}
