@testable import Gateway

/// The smallest whole provider: one secret, one signature over the body, messages and receipts.
///
/// Its webhooks look like this, one event each, in a JSON body:
///
///     {"event":"message","id":"m1","from":"+15550100001","name":"Ada","text":"Hi","at":1791212400}
///     {"event":"delivered","id":"m2","at":1791212401}
struct ToyProvider: Provider {
  static let name = "toy"
  static let title = "Toy"
  static let bodyBytesMax = 64 * 1024
  static let settings = [
    SettingKey("secret", secret: true, required: true, list: true, "Signs every webhook."),
    .apiBaseURL,
  ]

  private let secrets: [String]

  init(settings: ChannelSettings) throws(SettingsError) {
    secrets = settings.strings("secret")
    // What the declaration above cannot say is checked here, in words for the person who sets up.
    guard secrets.allSatisfy({ $0.utf8.count >= 16 }) else {
      throw SettingsError(field: "secret", "must have at least 16 characters")
    }
  }

  func transports(address: String?) -> [TransportKind] { [.sms] }
  var accounts: [String] { [] }

  /// `Toy-Signature` is HMAC-SHA256 over the raw body, in hexadecimal.
  func verify(_ request: HTTPRequest, publicURL: String, now: Instant) -> Verification {
    guard let header = request.headers["toy-signature"] else {
      return .refused(reason: "the header Toy-Signature is missing")
    }
    guard let signature = Hex.decode(header) else {
      return .refused(reason: "the header Toy-Signature is not hexadecimal")
    }
    // While one secret replaces another, both are live.
    for secret in secrets {
      let expected = Crypto.hmac(.sha256, key: Array(secret.utf8), request.body)
      if Crypto.constantTimeEquals(signature, expected) { return .verified(by: "secret") }
    }
    return .refused(reason: "the signature fits no secret")
  }

  /// One item an event. What is missing makes it unreadable; what is new makes it unrecognised.
  func read(_ request: HTTPRequest) throws(Unreadable) -> [Item] {
    let event: JSON
    do { event = try JSON.parse(request.body) } catch { throw Unreadable("not JSON: \(error)") }
    guard let word = event["event"]?.string, let id = event["id"]?.string, !id.isEmpty else {
      throw Unreadable("an event needs \"event\" and \"id\"")
    }
    // The key makes the same thing twice one thing: it names this very fact and nothing else.
    var item = Item(key: "\(word):\(id)", fact: .unrecognised(kind: word))
    item.occurredAt = event["at"]?.integer.flatMap { Instant(secondsSinceEpoch: $0) }
    switch word {
    case "message":
      guard let from = event["from"]?.string, let text = event["text"]?.string else {
        throw Unreadable("a message needs \"from\" and \"text\"")
      }
      let address = Address(phone: from)
      item.fact = .message(
        InboundMessage(
          id: id, transport: .sms,
          person: Person(addresses: [address], displayName: event["name"]?.string),
          sender: .sms(SMSSender(phone: address.value)),
          content: MessageContent(kind: .text, text: text)))
    case "delivered":
      item.fact = .status(StatusReport(messageID: id, status: .delivered))
    default: break
    }
    return [item]
  }

  func answer(_ outcome: WebhookOutcome, to request: HTTPRequest) -> HTTPResponse {
    switch outcome {
    case .stored(.quarantined): HTTPResponse(status: 403)
    case .stored: HTTPResponse(status: 204)
    case .unavailable: HTTPResponse(status: 503, headers: ["Retry-After": "5"])
    case .disabled: HTTPResponse(status: 410)
    }
  }

  func remainingSteps(webhookURL: String) -> [String] {
    ["Paste \(webhookURL) into the field Webhook of your Toy account."]
  }
}
