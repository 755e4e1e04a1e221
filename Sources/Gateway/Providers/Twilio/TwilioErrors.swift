/// Twilio's error codes and what each means for us.
///
/// <https://www.twilio.com/docs/api/errors>, 2026. Twilio advises against judging by the text of an
/// error; only the code counts. The titles are ours.
enum TwilioErrors {
  /// The person said so: no message until they take it back.
  static let optedOut = "opted_out"
  /// The channel's sender, or what is registered for it, has to be mended.
  static let senderConfigClass = "sender_config"
  /// What the channel calls the API with has to be mended.
  static let credentialsClass = "credentials"
  /// Free text is not taken now; a template, or another line, may be.
  static let windowClass = "window"
  /// Not taken now; the same may be taken soon.
  static let retryClass = "retry"
  /// Not taken now, and not soon.
  static let retryLaterClass = "retry_later"
  /// The person cannot be reached.
  static let unreachableClass = "unreachable"
  /// Nobody knows whether it was taken.
  static let ambiguousClass = "ambiguous"
  /// The class of a code we do not know: sending it again is not known to be safe or useful.
  static let unknownClass = "permanent"

  /// The reason behind a code; `nil` for `0`, which Twilio sends for "none".
  static func error(_ code: String) -> ProviderError? {
    if code == "0" { return nil }
    guard let known = table[code] else {
      return ProviderError(code: code, title: "Unknown Twilio error", errorClass: unknownClass)
    }
    return ProviderError(code: code, title: known.title, errorClass: known.errorClass)
  }

  /// Every class with its codes.
  static let classes: [(name: String, codes: KeyValuePairs<String, String>)] = [
    (retryClass, retry), (retryLaterClass, retryLater), ("permanent", permanent),
    (windowClass, window), (optedOut, optedOutCodes), (unreachableClass, unreachable),
    (senderConfigClass, senderConfig), (credentialsClass, credentials), ("webhook", webhook),
  ]

  private static let table: [String: (title: String, errorClass: String)] = {
    var table: [String: (title: String, errorClass: String)] = [:]
    for (name, codes) in classes {
      for (code, title) in codes { table[code] = (title, name) }
    }
    return table
  }()

  private static let retry: KeyValuePairs = [
    "20429": "Too many requests",
    "20500": "Internal server error",
    "20503": "Service unavailable",
    "20504": "Gateway timeout",
    "30001": "Queue overflow",
    "30008": "Unknown error",
    "30017": "Carrier network congestion",
    "30020": "Internal failure",
    "30021": "Internal failure",
    "30410": "Provider timeout",
    "63009": "Channel provider returned an error",
    "63010": "Internal failure of the channel",
    "63012": "Channel provider failed internally",
    "63017": "Account sends too fast",
    "63018": "Channel sends too fast",
    "63019": "Media could not be downloaded",
    "63023": "Channel failed",
    "63037": "Media could not be uploaded",
  ]

  private static let retryLater: KeyValuePairs = [
    "21611": "Queue of the sender is full",
    "22005": "Call queue is full",
    "30022": "Carrier's daily limit reached",
    "30023": "Carrier's daily limit reached",
    "30026": "Carrier's daily limit is near",
    "30027": "Carrier's daily limit reached",
    "30036": "Validity period expired",
    "63038": "Account's daily limit reached",
    "63049": "Meta limits marketing messages to this person",
  ]

  private static let permanent: KeyValuePairs = [
    "11751": "Media too large",
    "20422": "A parameter is invalid",
    "21602": "Message has no body",
    "21603": "Message has no sender",
    "21604": "Message has no recipient",
    "21609": "Status callback address is invalid",
    "21617": "Body too long",
    "21618": "Body is invalid",
    "21619": "Message has neither body nor media",
    "21620": "Media address is invalid",
    "21621": "Media is invalid",
    "21622": "Media is not acceptable",
    "21623": "Media is not acceptable",
    "21654": "Content template is invalid",
    "21655": "Content template is invalid",
    "21656": "Content variables are invalid",
    "21910": "Sender and recipient are on different channels",
    "30007": "Filtered by Twilio or the carrier",
    "30009": "A segment of the message is missing",
    "30010": "Price above the maximum",
    "30011": "MMS not supported by the recipient's network",
    "30012": "Validity period is invalid",
    "30014": "Not accepted for delivery",
    "30019": "Content above the carrier's size limit",
    "63005": "Content not accepted by the channel",
    "63013": "Policy of the channel violated",
    "63021": "Content is invalid on the channel",
    "63026": "Held for spam",
    "63027": "Template does not exist",
    "63028": "Template parameters do not match",
    "63029": "Template could not be used by the recipient's app",
    "63030": "Content has an unsupported parameter",
    "63031": "Sender and recipient are the same",
    "63034": "Media too large",
    "63040": "Template was rejected",
    "63041": "Template is paused",
  ]

  private static let window: KeyValuePairs = [
    "63016": "Outside the messaging window, a template is needed"
  ]

  private static let optedOutCodes: KeyValuePairs = [
    "21610": "Recipient has opted out",
    "63014": "Blocked by the recipient",
    "63033": "Blocked by the recipient",
  ]

  private static let unreachable: KeyValuePairs = [
    "21211": "Recipient's number is invalid",
    "21214": "Recipient's number cannot be reached",
    "21217": "Recipient's number is invalid",
    "21401": "Recipient's number is invalid",
    "21612": "No route from this sender to the recipient",
    "21614": "Recipient's number is no mobile number",
    "21635": "Recipient's number is a landline",
    "30003": "Handset unreachable",
    "30004": "Message blocked",
    "30005": "Unknown destination handset",
    "30006": "Landline or unreachable carrier",
    "63003": "Recipient not found on the channel",
    "63015": "Recipient has not joined the sandbox",
    "63024": "Recipient is not on the channel",
    "63032": "Channel does not deliver to this person",
    "63036": "Recipient cannot be reached by RCS",
  ]

  private static let senderConfig: KeyValuePairs = [
    "21212": "Sender's number is invalid",
    "21219": "Trial account: recipient is not verified",
    "21408": "Sending to this region is not enabled",
    "21601": "Sender cannot send messages",
    "21606": "Sender is not ours or cannot send messages",
    "21607": "Trial account: sender cannot be used",
    "21608": "Trial account: recipient is not verified",
    "21659": "Sender is no number of Twilio's, or a short code of another country",
    "21660": "Sender belongs to another account",
    "21661": "Sender cannot send SMS",
    "21703": "Messaging Service has no sender",
    "21704": "Messaging Service has no sender",
    "30018": "Sender ID must be registered",
    "30024": "Sender ID is not provisioned at the carrier",
    "30032": "Toll-free number is not verified",
    "30033": "A2P 10DLC campaign is suspended",
    "30034": "Number is not registered for A2P 10DLC",
  ]

  private static let credentials: KeyValuePairs = [
    "20003": "Credentials not accepted",
    "20005": "Account is not active",
    "20006": "Access denied",
    "20008": "Test credentials cannot do this",
    "20404": "Account or resource not found",
    "21701": "Messaging Service does not exist",
    "21702": "Messaging Service is not usable",
    "21705": "Messaging Service is not usable",
    "30002": "Account suspended",
    "63001": "Channel refused the credentials",
    "63002": "Sender is no channel of the account",
    "63007": "Sender is no channel of the account",
    "63008": "Channel is misconfigured",
    "63020": "Business Manager invitation not accepted",
    "63022": "Channel's certificate is invalid",
  ]

  private static let webhook: KeyValuePairs = [
    "11200": "Our webhook could not be fetched",
    "11205": "No connection to our webhook",
    "11210": "Our webhook's host name does not resolve",
    "11215": "Our webhook redirects too often",
    "11220": "TLS with our webhook failed",
    "11235": "Certificate of our webhook not accepted",
    "11237": "Certificate of our webhook not accepted",
    "12100": "Our answer is no TwiML",
    "12300": "Our answer has a wrong Content-Type",
    "30109": "Our webhook failed",
  ]
}
