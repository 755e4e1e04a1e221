/// WhatsApp's error codes and what each means for us. They come in answers to a send, in reports
/// of messages that failed, and beside neither.
///
/// <https://developers.facebook.com/documentation/business-messaging/whatsapp/support/error-codes>,
/// 2026. Meta asks to judge by the code alone: throttling comes as HTTP 400. The titles are ours.
enum WhatsAppErrors {
  /// Not taken now; the same may be taken soon.
  static let retryClass = "retry"
  /// Too much to one person; others may be written to.
  static let pairLimitClass = "pair_limit"
  /// Too much for the number, the app or the business account.
  static let throughputClass = "throughput"
  /// No advertisements for now; everything else goes on.
  static let marketingLimitClass = "marketing_limit"
  /// The file could not be fetched, stored or read.
  static let mediaClass = "media"
  /// Free text is not taken now; a template is.
  static let windowClass = "window"
  /// The person cannot be reached.
  static let unreachableClass = "unreachable"
  /// The person wants no advertisements.
  static let optedOutClass = "opted_out"
  /// It will never be taken as it is. Also what stands for a code we do not know: sending it again
  /// is not known to be safe or useful.
  static let permanentClass = "permanent"
  /// The template cannot be used for now.
  static let templateClass = "template"
  /// What the channel calls the API with has to be mended.
  static let credentialsClass = "credentials"
  /// The account, the number or what is registered for it has to be mended.
  static let accountClass = "account"

  /// The reason behind a code, with Meta's own title where the code is not in our table.
  static func error(code: Int64, title: String?, detail: String?) -> ProviderError {
    var known = table[code]
    // The whole range stands for permissions that the token was not given.
    if known == nil, permissionCodes.contains(code) {
      known = ("The token lacks a permission", credentialsClass)
    }
    return ProviderError(
      code: String(code), title: known?.title ?? title ?? "Unknown error of Meta's",
      detail: detail, errorClass: known?.errorClass ?? permanentClass)
  }

  /// Whether a code is in our table.
  static func isKnown(_ code: Int64) -> Bool {
    table[code] != nil || permissionCodes.contains(code)
  }

  /// What an error means for other advertisements; `nil` for most.
  ///
  /// Meta says neither how long: six hours are ours, so that a number in trouble tries four times a
  /// day; a day is Meta's advice for a person who gets too many.
  static func marketingPause(code: Int64) -> MarketingPause? {
    switch code {
    case 131048: MarketingPause(.channel, milliseconds: spamPauseMilliseconds)
    case 131049: MarketingPause(.recipient, milliseconds: pacingPauseMilliseconds)
    default: nil
    }
  }

  /// How far a message got that failed with such an error.
  static func status(_ error: ProviderError?) -> MessageStatus {
    error?.errorClass == unreachableClass ? .undeliverable : .failed
  }

  /// Every class with its codes.
  static let classes: [(name: String, codes: KeyValuePairs<Int64, String>)] = [
    (retryClass, retry), (pairLimitClass, pairLimit), (throughputClass, throughput),
    (marketingLimitClass, marketingLimit), (mediaClass, media), (windowClass, window),
    (unreachableClass, unreachable), (optedOutClass, optedOut), (permanentClass, permanent),
    (templateClass, template), (credentialsClass, credentials), (accountClass, account),
  ]

  /// Six hours.
  static let spamPauseMilliseconds: Int64 = 21_600_000
  /// A day.
  static let pacingPauseMilliseconds: Int64 = 86_400_000

  private static let permissionCodes: ClosedRange<Int64> = 200...299

  private static let table: [Int64: (title: String, errorClass: String)] = {
    var table: [Int64: (title: String, errorClass: String)] = [:]
    for (name, codes) in classes {
      for (code, title) in codes { table[code] = (title, name) }
    }
    return table
  }()

  private static let retry: KeyValuePairs<Int64, String> = [
    1: "Unknown error of the API",
    2: "Service unavailable",
    131000: "Something went wrong at WhatsApp",
    131016: "Service overloaded or unavailable",
    131057: "The number is in maintenance",
    133004: "Server unavailable",
  ]

  private static let pairLimit: KeyValuePairs<Int64, String> = [
    131056: "Too many messages to this person"
  ]

  private static let throughput: KeyValuePairs<Int64, String> = [
    4: "The app makes too many requests",
    80007: "The business account makes too many requests",
    130429: "The number sends too fast",
  ]

  private static let marketingLimit: KeyValuePairs<Int64, String> = [
    131048: "Too many recipients have blocked or reported the number",
    131049: "Meta limits marketing messages to this person",
  ]

  private static let media: KeyValuePairs<Int64, String> = [
    131052: "Media could not be downloaded",
    131053: "Media could not be uploaded",
  ]

  private static let window: KeyValuePairs<Int64, String> = [
    131047: "Outside the 24-hour window, a template is needed"
  ]

  private static let unreachable: KeyValuePairs<Int64, String> = [
    130472: "Not delivered because of an experiment of Meta's",
    131021: "Sender and recipient are the same",
    131026: "The person cannot receive it on WhatsApp",
    131030: "Recipient is not on the list of the test number",
    131060: "The message is not available",
  ]

  private static let optedOut: KeyValuePairs<Int64, String> = [
    131050: "The recipient wants no marketing messages"
  ]

  private static let permanent: KeyValuePairs<Int64, String> = [
    100: "A parameter is invalid",
    131008: "A required parameter is missing",
    131009: "A parameter's value is invalid",
    131020: "The group is not known or cannot be written to",
    131041: "The group is not known or cannot be written to",
    131051: "The kind of message is not supported",
    131055: "Method not allowed",
    131062: "This template can only be sent to a telephone number",
    131063: "This message cannot be sent to a user id",
    131064: "The message cannot be sent now",
    132000: "Template parameters do not match in number",
    132001: "Template does not exist in this language or is not approved",
    132005: "Template's text becomes too long",
    132007: "Template's content violates a policy",
    132012: "Template parameters do not match in format",
    132018: "Template parameters are not valid",
    132068: "The flow is blocked",
    132069: "The flow is throttled",
    134011: "The terms of WhatsApp payments are not accepted",
    134100: "Only marketing messages can be sent this way",
    134101: "Template is not ready for marketing messages yet",
    134102: "Template cannot be used for marketing messages",
    135000: "The parameters of the message are not valid",
    137000: "The recipient is not the one whose identity was checked",
  ]

  private static let template: KeyValuePairs<Int64, String> = [
    132015: "Template is paused because of its quality",
    132016: "Template is disabled because of its quality",
  ]

  private static let credentials: KeyValuePairs<Int64, String> = [
    0: "The access token is not accepted",
    3: "The app lacks a capability or a permission",
    10: "The app lacks a permission",
    190: "The access token has expired or was revoked",
    131005: "The app lacks a permission",
  ]

  private static let account: KeyValuePairs<Int64, String> = [
    33: "The number does not exist any more",
    368: "The account is blocked for violations of policy",
    130497: "The account may not write to people in this country",
    131031: "The account is locked",
    131037: "The number's display name has to be approved",
    131042: "Payment for the account is not set up or failed",
    131045: "The certificate of the number is not valid: register it again",
    133005: "The PIN of the number does not match",
    133006: "The number has to be verified again",
    133008: "The PIN was wrong too often",
    133009: "The PIN was entered too fast",
    133010: "The number is not registered",
    133016: "The number was registered too often, wait 72 hours",
  ]
}
