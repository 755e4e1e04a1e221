import Gateway

/// An error as the Graph API answers it.
///
/// <https://developers.facebook.com/documentation/business-messaging/whatsapp/support/error-codes>
/// and <https://developers.facebook.com/docs/messenger-platform/error-codes>, read 2026-11-21.
struct GraphError: Error, Equatable {
  /// Meta's code.
  let code: Int
  /// What it means more exactly.
  let subcode: Int?
  /// What is wrong, for a person.
  let details: String?

  /// An error.
  init(_ code: Int, _ subcode: Int? = nil, _ details: String? = nil) {
    self.code = code
    self.subcode = subcode
    self.details = details
  }

  /// A parameter is wrong.
  static func parameter(_ details: String) -> GraphError { GraphError(100, nil, details) }

  /// There is nothing under that id that the token may see.
  static func missing(_ id: some StringProtocol) -> GraphError {
    GraphError(
      100, 33,
      "Unsupported request. Object with ID '\(id)' does not exist, cannot be loaded due to missing "
        + "permissions, or does not support this operation")
  }

  /// The status of the answer: most errors are 400, throttling too.
  var status: Int {
    switch code {
    case 190, 0, 131005: 401
    case 3, 200: 403
    case 10 where subcode == nil: 403
    case 132001: 404
    case 1, 131000, 131045, 131057, 131016: 500
    case 2: 503
    default: 400
    }
  }

  /// The answer; `product` decides which members it has,
  /// `own` is a status other than the usual one.
  func response(_ product: MetaAccount.Product?, status own: Int? = nil) -> HTTPResponse {
    let title = Self.title(code)
    var error: JSONObject = [
      "message": .string("(#\(code)) \(details ?? title)"), "type": "OAuthException",
      "code": .integer(Int64(code)),
    ]
    if product == .whatsApp, code != 190 {
      error["message"] = .string("(#\(code)) \(title)")
      error["error_data"] = [
        "messaging_product": "whatsapp", "details": .string(details ?? Self.details(code)),
      ]
    }
    error["error_subcode"] = subcode.map { .integer(Int64($0)) }
    error["fbtrace_id"] = "Asynthetic"
    var response = GraphAPI.json(["error": .object(error)], status: own ?? status)
    if code == 190 {
      response.headers.add(
        "WWW-Authenticate", "OAuth \"Facebook Platform\" \"invalid_token\" \"\(title)\"")
    }
    return response
  }

  /// What Meta calls a code.
  static func title(_ code: Int) -> String { titles[code] ?? "Error \(code)" }

  /// What Meta says of a code at more length.
  static func details(_ code: Int) -> String { sentences[code] ?? "\(title(code))." }

  private static let titles = [
    1: "API Unknown", 2: "API Service", 4: "Application request limit reached",
    10: "Permission denied", 100: "Invalid parameter", 190: "Access token has expired",
    551: "This person isn't available right now.",
    613: "Calls to this api have exceeded the rate limit.", 130429: "Rate limit hit",
    131000: "Something went wrong", 131008: "Required parameter is missing",
    131009: "Parameter value is not valid", 131021: "Recipient cannot be sender",
    131026: "Message undeliverable", 131030: "Recipient phone number not in allowed list",
    131047: "Re-engagement message", 131048: "Spam rate limit hit",
    131049: "This message was not delivered to maintain healthy ecosystem engagement.",
    131050: "User has stopped marketing messages", 131051: "Unsupported message type",
    131053: "Media upload error",
    131056: "(Business Account, Consumer Account) pair rate limit hit",
    132000: "Number of parameters does not match the expected number of params",
    132001: "Template name does not exist in the translation", 132015: "Template is paused",
    132016: "Template is disabled",
  ]

  private static let sentences = [
    131026: "Message undeliverable: the recipient may not be on WhatsApp.",
    131047: "More than 24 hours have passed since the customer last replied to this number.",
    131056:
      "Message failed to send because there were too many messages sent from this phone number to "
      + "the same phone number in a short period of time.",
  ]
}
