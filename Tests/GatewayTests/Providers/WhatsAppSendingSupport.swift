@testable import Gateway

/// Messages to send through the Cloud API, and answers to them.
enum WhatsAppSendingSupport {
  /// When the messages are sent.
  static let now = Instant(millisecondsSinceEpoch: 1_791_273_600_000)
  /// The token of the channel.
  static let token = "EAAsyntheticWhatsAppToken0000000000000000"
  /// The person of the tests.
  static let rafaela = Recipient.person(Address(type: .whatsapp, value: "+5511987654321"))
  /// A person whose number is not known.
  static let hidden = Recipient.person(Address(type: .whatsapp, value: "AR.7755331199"))

  /// A channel; `others` replace or add to its settings.
  static func provider(_ others: JSONObject = [:]) throws -> WhatsAppCloud {
    var settings: JSONObject = [
      "phone_number_id": "118899001122334", "business_account_id": "203344556677889",
      "access_token": .string(token), "app_secret": "0123456789abcdef0123456789abcdef",
      "verify_token": "vt-synthetic-77",
    ]
    for (name, value) in others { settings[name] = value }
    return try WhatsAppCloud(
      settings: ChannelSettings(settings, declared: WhatsAppCloud.settings))
  }

  /// A message with a text, an hour after the person wrote, and whatever `change` adds.
  static func message(
    _ text: String? = nil, to recipient: Recipient = rafaela,
    change: (inout OutboundMessage) -> Void = { _ in }
  ) -> OutboundMessage {
    var content = OutboundContent()
    content.text = text
    var message = OutboundMessage(
      id: "msg_1", transport: .whatsapp, recipient: recipient, content: content)
    message.lastInboundAt = now.adding(milliseconds: -3_600_000)
    change(&message)
    return message
  }

  /// A message that names a template, outside of the window.
  static func templated(
    _ template: JSONObject, _ definition: ProviderTemplate? = nil, to recipient: Recipient = rafaela
  ) -> OutboundMessage {
    message(to: recipient) {
      $0.content.providerTemplate = template
      $0.template = definition
      $0.knowsTemplates = definition != nil
      $0.lastInboundAt = nil
    }
  }

  /// A file at an address of its own.
  static func file(
    _ kind: AttachmentKind, _ type: String? = nil, size: Int64? = nil, stored: Bool = false,
    uploadID: String? = nil
  ) -> OutboundAttachment {
    var file = OutboundAttachment(
      kind: kind, url: "https://files.example.com/\(kind.rawValue)", isStored: stored)
    file.contentType = type
    file.size = size
    file.uploadID = uploadID
    return file
  }

  /// The parts of a message.
  static func parts(_ message: OutboundMessage, at instant: Instant = now) throws -> [MessagePart] {
    try provider().parts(of: message, now: instant)
  }

  /// Why a message cannot be sent; `nil` when it can.
  static func refusal(_ message: OutboundMessage, at instant: Instant = now) -> Unsendable? {
    do { _ = try parts(message, at: instant) } catch { return error as? Unsendable }
    return nil
  }

  /// What a message's part does after those answers.
  static func step(
    _ message: OutboundMessage, part index: Int = 0, after replies: [SendReply] = []
  ) throws -> SendStep {
    let provider = try provider()
    let part = try parts(message)[index]
    var steps: [CompletedStep] = []
    for reply in replies {
      guard case .request(let request) = provider.next(part, of: message, after: steps) else {
        break
      }
      steps.append(CompletedStep(request.name, reply))
    }
    return provider.next(part, of: message, after: steps)
  }

  /// The request that a message leads to after those answers.
  static func request(
    _ message: OutboundMessage, part index: Int = 0, after replies: [SendReply] = []
  ) throws -> SendRequest? {
    if case .request(let request) = try step(message, part: index, after: replies) {
      return request
    }
    return nil
  }

  /// The JSON of each part's first request.
  static func bodies(_ message: OutboundMessage) throws -> [JSON] {
    try parts(message).indices.map { index in
      try JSON.parse(request(message, part: index)?.http.body ?? [])
    }
  }

  /// What came of a message after those answers.
  static func outcome(
    _ message: OutboundMessage, after replies: [SendReply]
  ) throws -> SendOutcome? {
    if case .outcome(let outcome) = try step(message, after: replies) { return outcome }
    return nil
  }

  /// An answer with that body.
  static func reply(_ status: Int, _ body: JSON) -> SendReply {
    .response(
      HTTPResponse(
        status: status, headers: ["Content-Type": "application/json"], body: body.serialized()))
  }

  /// A refusal in Meta's form.
  static func refused(
    _ code: Int64, _ message: String = "Synthetic", status: Int = 400, more: JSONObject = [:]
  ) -> SendReply {
    var error: JSONObject = [
      "message": .string("(#\(code)) \(message)"), "type": "OAuthException", "code": .integer(code),
    ]
    for member in more { error[member.key] = member.value }
    return reply(status, ["error": .object(error)])
  }

  /// Success in Meta's form.
  static func sent(_ id: String = "wamid.1") -> SendReply {
    reply(200, ["messaging_product": "whatsapp", "messages": [["id": .string(id)]]])
  }

  /// An upload that was taken.
  static func uploaded(_ id: String) -> SendReply { reply(200, ["id": .string(id)]) }
}
