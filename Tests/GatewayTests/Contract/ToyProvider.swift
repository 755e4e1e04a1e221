@testable import Gateway

/// The smallest whole provider: one secret, one signature over the body, messages both ways.
///
/// Its webhooks look like this, one event each, in a JSON body:
///
///     {"event":"message","id":"m1","from":"+15550100001","name":"Ada","text":"Hi","at":1791212400}
///     {"event":"delivered","id":"m2","at":1791212401}
///
/// It sends what is posted to `/messages`, and answers `{"id":"m3"}` or `{"error":"busy"}`.
struct ToyProvider: Transport {
  static let name = "toy"
  static let title = "Toy"
  static let bodyBytesMax = 64 * 1024
  static let settings = [
    SettingKey(
      "secret", secret: true, required: true, list: true,
      "Signs every webhook; goes with every message."),
    .apiBaseURL,
  ]

  private let secrets: [String]
  private let base: String

  init(settings: ChannelSettings) throws(SettingsError) {
    secrets = settings.strings("secret")
    base = settings.string("api_base_url") ?? "https://api.toy.example"
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

  static func contactTypes(on transport: TransportKind) -> [ContactType] { [.phone] }
  func rate(on transport: TransportKind, sender: String?) -> SendRate { SendRate(perSecond: 10) }
  func pauseMilliseconds(to recipient: Recipient, on transport: TransportKind) -> Int64 { 1000 }

  /// Text to one number, in pieces of 160 characters.
  func parts(of message: OutboundMessage, now: Instant) throws(Unsendable) -> [MessagePart] {
    guard case .person(let address) = message.recipient, address.type == .phone else {
      throw Unsendable(.wrongAddress, field: "to", "Toy reaches telephone numbers only.")
    }
    guard message.content.kind == .text else {
      throw Unsendable(.unsupported, field: "attachments", "Toy sends text and nothing else.")
    }
    var rest = Substring(message.content.text ?? "")
    if rest.isEmpty { throw Unsendable(.empty, field: "text", "The message says nothing.") }
    var parts: [MessagePart] = []
    while !rest.isEmpty {
      parts.append(MessagePart(["text": .string(String(rest.prefix(160)))]))
      rest = rest.dropFirst(160)
    }
    return parts
  }

  /// One request a part, and what its answer means.
  func next(
    _ part: MessagePart, of message: OutboundMessage, after steps: [CompletedStep]
  ) -> SendStep {
    guard let step = steps.last else { return .request(request(part, message)) }
    switch step.reply {
    case .response(let response): return .outcome(outcome(response))
    case .failure(let failure):
      let verdict: SendOutcome.Verdict =
        failure.mayHaveArrived ? .ambiguous : .retry(afterMilliseconds: nil, scope: .channel)
      return .outcome(Self.because("no_answer", failure.description, "retry", verdict))
    case .noFile(let reason):
      return .outcome(Self.because("no_file", reason, "permanent", .rejected))
    }
  }

  private func request(_ part: MessagePart, _ message: OutboundMessage) -> SendRequest {
    var body = part.payload
    body["ref"] = .string(message.id)
    if case .person(let address) = message.recipient { body["to"] = .string(address.value) }
    return SendRequest(
      "send",
      HTTPRequest(
        method: "POST", target: "\(base)/messages",
        headers: [
          "Authorization": "Bearer \(secrets.first ?? "")", "Content-Type": "application/json",
        ],
        body: JSON.object(body).serialized()))
  }

  /// By Toy's own words: a status alone may be that of a proxy, which knows nothing.
  private func outcome(_ response: HTTPResponse) -> SendOutcome {
    let answer = try? JSON.parse(response.body)
    if let id = answer?["id"]?.string, !id.isEmpty { return SendOutcome(.accepted(ids: [id])) }
    switch answer?["error"]?.string {
    case "busy":
      // As many seconds as fit: a stranger's number is multiplied.
      let seconds = response.headers["retry-after"].flatMap { UInt16($0) }
      return Self.because(
        "busy", "Toy is busy", "retry",
        .retry(afterMilliseconds: seconds.map { Int64($0) * 1000 }, scope: .channel))
    case "stopped":
      return Self.because("stopped", "The person said stop", "opted_out", .recipientStopped)
    case "bad_secret":
      return Self.because("bad_secret", "Toy refuses the secret", "credentials", .channelBroken)
    case let word? where !word.isEmpty:
      return Self.because(word, "Toy refuses the message", "permanent", .rejected)
    default:
      return Self.because("no_answer", "Not an answer of Toy", "retry", .ambiguous)
    }
  }

  private static func because(
    _ code: String, _ title: String, _ errorClass: String, _ verdict: SendOutcome.Verdict
  ) -> SendOutcome {
    SendOutcome(verdict, error: ProviderError(code: code, title: title, errorClass: errorClass))
  }
}
