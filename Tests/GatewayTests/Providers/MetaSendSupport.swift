@testable import Gateway

/// Messages to send on Instagram and Messenger, and answers to them.
enum MetaSendSupport {
  /// When the messages are sent.
  static let now = Instant(millisecondsSinceEpoch: 1_791_273_600_000)
  /// The token of the channels.
  static let token = "EAAsyntheticMetaToken000000000000000000"
  /// The Instagram account.
  static let account = "17841400123456789"
  /// The page.
  static let page = "104000111222333"

  /// An Instagram channel; `others` replace or add to its settings.
  static func instagram(_ others: JSONObject = [:]) throws -> Instagram {
    try Instagram(
      settings: ChannelSettings(
        settings(["account_id": .string(account)], others), declared: Instagram.settings))
  }

  /// A Messenger channel; `others` replace or add to its settings.
  static func messenger(_ others: JSONObject = [:]) throws -> Messenger {
    try Messenger(
      settings: ChannelSettings(
        settings(["page_id": .string(page)], others), declared: Messenger.settings))
  }

  private static func settings(_ own: JSONObject, _ others: JSONObject) -> JSONObject {
    var settings: JSONObject = [
      "access_token": .string(token), "app_secret": "0123456789abcdef0123456789abcdef",
      "verify_token": "vt-synthetic-77",
    ]
    for (name, value) in own { settings[name] = value }
    for (name, value) in others { settings[name] = value }
    return settings
  }

  /// The channel of a line.
  static func provider(_ line: TransportKind) throws -> any Transport {
    line == .instagram ? try instagram() : try messenger()
  }

  /// A message with a text, an hour after the person wrote, and whatever `change` adds.
  static func message(
    _ text: String? = nil, on line: TransportKind = .instagram,
    change: (inout OutboundMessage) -> Void = { _ in }
  ) -> OutboundMessage {
    var content = OutboundContent()
    content.text = text
    var message = OutboundMessage(
      id: "msg_1", transport: line,
      recipient: .person(
        Address(type: line == .instagram ? .instagram : .messenger, value: "6543210987654321")),
      content: content)
    message.lastInboundAt = now.adding(milliseconds: -3_600_000)
    change(&message)
    return message
  }

  /// A file at an address of its own.
  static func file(
    _ kind: AttachmentKind, _ type: String? = nil, size: Int64? = nil
  ) -> OutboundAttachment {
    var file = OutboundAttachment(kind: kind, url: "https://files.example.com/\(kind.rawValue)")
    file.contentType = type
    file.size = size
    return file
  }

  /// The parts of a message.
  static func parts(_ message: OutboundMessage, at instant: Instant = now) throws -> [MessagePart] {
    try provider(message.transport).parts(of: message, now: instant)
  }

  /// Why a message cannot be sent; `nil` when it can.
  static func refusal(_ message: OutboundMessage, at instant: Instant = now) -> Unsendable? {
    do { _ = try parts(message, at: instant) } catch { return error as? Unsendable }
    return nil
  }

  /// The JSON of each part's request.
  static func bodies(_ message: OutboundMessage, at instant: Instant = now) throws -> [JSON] {
    let provider = try provider(message.transport)
    return try parts(message, at: instant).map { part in
      guard case .request(let request) = provider.next(part, of: message, after: []) else {
        return .null
      }
      return try JSON.parse(request.http.body)
    }
  }

  /// What came of a message's first part after that answer.
  static func outcome(_ message: OutboundMessage, _ reply: SendReply) throws -> SendOutcome? {
    let step = try provider(message.transport).next(
      parts(message)[0], of: message, after: [CompletedStep("send", reply)])
    if case .outcome(let outcome) = step { return outcome }
    return nil
  }

  /// An answer with that body.
  static func reply(_ status: Int, _ body: JSON, headers: HTTPHeaders = [:]) -> SendReply {
    .response(HTTPResponse(status: status, headers: headers, body: body.serialized()))
  }

  /// A refusal in Meta's form.
  static func refused(
    _ code: Int64, _ subcode: Int64? = nil, _ words: String = "Synthetic", status: Int = 400,
    headers: HTTPHeaders = [:], transient: Bool = false
  ) -> SendReply {
    var error: JSONObject = [
      "message": .string("(#\(code)) \(words)"), "type": "OAuthException", "code": .integer(code),
    ]
    if let subcode { error["error_subcode"] = .integer(subcode) }
    if transient { error["is_transient"] = true }
    return reply(status, ["error": .object(error)], headers: headers)
  }
}
