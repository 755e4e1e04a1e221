@testable import Gateway

/// A provider that sends on whatever lines it is given, with the rules that intake and dispatcher
/// have to obey: texts are cut, WhatsApp has a service window, nothing is taken that is too large.
struct FakeTransport: SendOnlyProvider, TypingIndicating, ReadMarking, TemplateKeeping {
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
  /// Whose templates it keeps.
  var templateAccount: String?
  /// Whether any template is one it does not know.
  var refusesTemplates = false
  /// Where it is asked to.
  var base = "http://127.0.0.1:1"

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
    if refusesTemplates, message.content.providerTemplate != nil {
      throw Unsendable(.invalidTemplate, field: "provider_template.name", "is none of ours")
    }
    let isClosed =
      message.transport == .whatsapp
      && (message.lastInboundAt.map { now.milliseconds(since: $0) > windowMilliseconds } ?? true)
    if let template = message.content.providerTemplate, isClosed || message.content.text == nil {
      if message.knowsTemplates, message.template == nil, templateName(in: template) != nil {
        throw Unsendable(.invalidTemplate, field: "provider_template", "there is none like it")
      }
      return [MessagePart(["template": .object(template)])]
    }
    if isClosed {
      throw Unsendable(
        .windowClosed, field: "provider_template",
        "they wrote more than 24 hours ago: only a provider_template may be sent now")
    }
    if let reaction = message.content.reaction {
      return [MessagePart(["reaction": .string(reaction), "to": JSON(message.replyTo)])]
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

  func markRead(
    from recipient: Recipient, on transport: TransportKind, lastInboundID: String
  ) -> HTTPRequest? {
    guard transport == .whatsapp else { return nil }
    return HTTPRequest(method: "POST", target: "\(base)/read/\(lastInboundID)")
  }

  func templateName(in template: JSONObject) -> (name: String, language: String)? {
    guard let name = template["name"]?.string else { return nil }
    return (name, template["language"]?.string ?? "en")
  }

  /// Pages of templates as ``ProviderTemplate/json``; 403 is for good, all else for now.
  func nextTemplates(after steps: [CompletedStep]) -> TemplateStep {
    var templates: [ProviderTemplate] = []
    for step in steps {
      guard case .response(let response) = step.reply, response.status == 200,
        let page = try? JSON.parse(response.body)
      else {
        guard case .response(let response) = step.reply else {
          return .failed(reason: "nobody answers", isFinal: false)
        }
        return .failed(reason: "it answered \(response.status)", isFinal: response.status == 403)
      }
      templates += (page["data"]?.array ?? []).compactMap { ProviderTemplate(json: $0) }
      if page["next"] == nil { return .done(templates) }
    }
    return .request(
      HTTPRequest(
        method: "GET", target: "\(base)/templates/\(templateAccount ?? "")/\(steps.count)")
    )
  }
}
