@testable import Gateway

/// Messages to send through Telegram, and answers to them.
enum TelegramSendingSupport {
  /// The person of the tests.
  static let ivana = Recipient.person(Address(type: .telegram, value: "6012345678"))

  /// A message with a text and whatever `change` adds.
  static func message(
    _ text: String? = nil, to recipient: Recipient = ivana,
    change: (inout OutboundMessage) -> Void = { _ in }
  ) -> OutboundMessage {
    var content = OutboundContent()
    content.text = text
    var message = OutboundMessage(
      id: "msg_1", transport: .telegram, recipient: recipient, content: content)
    change(&message)
    return message
  }

  /// A message with files.
  static func message(files: [OutboundAttachment], text: String? = nil) -> OutboundMessage {
    message(text) { $0.content.attachments = files }
  }

  /// A file at an address of its own.
  static func file(
    _ kind: AttachmentKind, _ type: String? = nil, size: Int64? = nil, stored: Bool = false
  ) -> OutboundAttachment {
    var file = OutboundAttachment(
      kind: kind, url: "https://files.example.com/\(kind.rawValue)", isStored: stored)
    file.contentType = type
    file.size = size
    return file
  }

  /// The parts of a message.
  static func parts(_ message: OutboundMessage) throws -> [MessagePart] {
    try TelegramFixtures.provider().parts(
      of: message, now: Instant(millisecondsSinceEpoch: 1_791_214_200_000))
  }

  /// Why a message cannot be sent; `nil` when it can.
  static func refusal(_ message: OutboundMessage) -> Unsendable? {
    do { _ = try parts(message) } catch { return error as? Unsendable }
    return nil
  }

  /// What a message's first part, or the one at `index`, does after those answers.
  static func step(
    _ message: OutboundMessage, part index: Int = 0, after replies: [SendReply] = []
  ) throws -> SendStep {
    try TelegramFixtures.provider().next(
      parts(message)[index], of: message, after: replies.map { CompletedStep("send", $0) })
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

  /// The JSON of that request.
  static func body(
    _ message: OutboundMessage, part index: Int = 0, after replies: [SendReply] = []
  ) throws -> JSON {
    try JSON.parse(request(message, part: index, after: replies)?.http.body ?? [])
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

  /// A refusal in Telegram's form.
  static func refused(
    _ status: Int, _ description: String, parameters: JSONObject = [:]
  ) -> SendReply {
    reply(
      status,
      [
        "ok": false, "error_code": JSON(status), "description": .string(description),
        "parameters": .object(parameters),
      ])
  }

  /// Success in Telegram's form.
  static func sent(_ numbers: Int64..., chat: Int64 = 6_012_345_678) -> SendReply {
    let messages = numbers.map { number -> JSON in
      ["message_id": .integer(number), "chat": ["id": .integer(chat), "type": "private"]]
    }
    return reply(200, ["ok": true, "result": messages.count == 1 ? messages[0] : .array(messages)])
  }
}
