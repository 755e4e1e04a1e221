@testable import Gateway

/// A provider that sends on whatever lines it is given, with the rules that intake and dispatcher
/// have to obey: texts are cut, WhatsApp has a service window, nothing is taken that is too large.
struct FakeTransport: SendOnlyProvider, TypingIndicating {
  static let name = "fake"
  static let title = "Fake"
  static let bodyBytesMax = 64 * 1024
  static let settings = [SettingKey.apiBaseURL]

  /// The lines it speaks.
  var lines: [TransportKind] = [.sms]
  /// The longest part.
  var partCharacters = 160
  /// The most parts.
  var partsMax = 5
  /// How long after the person wrote WhatsApp takes free text.
  var windowMilliseconds: Int64 = 86_400_000

  init(lines: [TransportKind]) { self.lines = lines }
  init(settings: ChannelSettings) throws(SettingsError) {}

  func transports(address: String?) -> [TransportKind] { lines }

  static func contactTypes(on transport: TransportKind) -> [ContactType] {
    switch transport {
    case .sms: [.phone]
    case .whatsapp: [.whatsapp, .phone]
    case .telegram: [.telegram]
    case .email: [.email]
    default: []
    }
  }

  func rate(on transport: TransportKind, sender: String?) -> SendRate { SendRate(perSecond: 100) }
  func pauseMilliseconds(to recipient: Recipient, on transport: TransportKind) -> Int64 { 0 }

  func parts(of message: OutboundMessage, now: Instant) throws(Unsendable) -> [MessagePart] {
    if message.content.isEmpty { throw Unsendable(.empty, field: "text", "says nothing") }
    if message.transport == .whatsapp, message.content.providerTemplate == nil,
      message.lastInboundAt.map({ now.milliseconds(since: $0) > windowMilliseconds }) ?? true
    {
      throw Unsendable(
        .windowClosed, field: "provider_template",
        "they wrote more than 24 hours ago: only a provider_template may be sent now")
    }
    if message.transport == .sms, message.content.location != nil {
      throw Unsendable(.unsupported, field: "location", "sms has no locations")
    }
    let text = message.content.text ?? ""
    guard text.count <= partCharacters * partsMax else {
      throw Unsendable(.tooLarge, field: "text", "is too long")
    }
    var parts: [MessagePart] = []
    var rest = text[...]
    repeat {
      parts.append(MessagePart(["text": .string(String(rest.prefix(partCharacters)))]))
      rest = rest.dropFirst(partCharacters)
    } while !rest.isEmpty
    return parts
  }

  func next(
    _ part: MessagePart, of message: OutboundMessage, after steps: [CompletedStep]
  ) -> SendStep {
    guard let step = steps.last else {
      return .request(
        SendRequest(
          "send",
          HTTPRequest(
            method: "POST", target: "http://127.0.0.1:1/send", body: part.json.serialized())))
    }
    guard case .response(let response) = step.reply, response.status == 200 else {
      return .outcome(SendOutcome(.retry(afterMilliseconds: nil, scope: .channel)))
    }
    return .outcome(SendOutcome(.accepted(ids: [message.id])))
  }

  func typing(
    to recipient: Recipient, on transport: TransportKind, lastInboundID: String?
  ) -> HTTPRequest? {
    guard transport == .whatsapp else { return nil }
    return HTTPRequest(method: "POST", target: "http://127.0.0.1:1/typing")
  }
}
