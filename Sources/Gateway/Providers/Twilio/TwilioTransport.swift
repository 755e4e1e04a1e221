// Sending: <https://www.twilio.com/docs/messaging/api/message-resource>, autumn 2026. A part is one
// request; Twilio knows no idempotency key, so what is in doubt is settled by TwilioLookup.swift or
// by a status callback that names our message.

extension Twilio: Transport {
  /// A number may be written to on WhatsApp too; whether anybody is there only Twilio can say.
  package static func contactTypes(on transport: TransportKind) -> [ContactType] {
    switch transport {
    case .sms: [.phone]
    case .whatsapp: [.whatsapp, .phone]
    case .messenger: [.messenger]
    case .other: [.other]
    default: []
    }
  }

  /// See ``TwilioRate``; on SMS counted in segments.
  package func rate(on transport: TransportKind, sender: String?) -> SendRate {
    SendRate(perSecond: TwilioRate.perSecond(on: transport, sender: sender))
  }

  /// Twilio has no limit for one recipient.
  package func pauseMilliseconds(to recipient: Recipient, on transport: TransportKind) -> Int64 {
    0
  }

  /// See ``TwilioParts``.
  package func parts(
    of message: OutboundMessage, now: Instant
  ) throws(Unsendable) -> [MessagePart] {
    try TwilioParts(message: message).all(now: now).map { $0.queued(on: message.transport) }
  }

  /// One request, and what came of it.
  package func next(
    _ part: MessagePart, of message: OutboundMessage, after steps: [CompletedStep]
  ) -> SendStep {
    let part = TwilioPart(part.payload)
    if let reply = steps.last?.reply {
      var outcome = TwilioOutcome.read(reply)
      if case .accepted = outcome.verdict { outcome.note = part.note }
      return .outcome(outcome)
    }
    guard api.authorization != nil else {
      return .outcome(
        SendOutcome(
          .channelBroken,
          error: ProviderError(
            code: "no_credentials",
            title: "The channel has nothing to send with: set auth_token, or api_key_sid and "
              + "api_key_secret", errorClass: TwilioErrors.credentialsClass)))
    }
    guard let to = TwilioAddressing.to(message.recipient, on: message.transport) else {
      return Self.rejected("wrong_address", "The address is none of this line's", "permanent")
    }
    let from = TwilioAddressing.from(message.sender, on: message.transport, to: to)
    if from == nil, messagingServiceSID == nil {
      return Self.rejected(
        "no_sender",
        "The channel has no address to send from on this line: set its address, or "
          + "messaging_service_sid", TwilioErrors.senderConfigClass)
    }
    var fields = [("To", to)]
    if let from { fields.append(("From", from)) }
    if let messagingServiceSID { fields.append(("MessagingServiceSid", messagingServiceSID)) }
    fields += Self.content(part, of: message)
    if let callback = Self.callback(part, of: message) {
      fields.append(("StatusCallback", callback))
    }
    return .request(SendRequest("send", api.post("/Messages.json", fields)))
  }

  private static func rejected(_ code: String, _ title: String, _ errorClass: String) -> SendStep {
    .outcome(
      SendOutcome(
        .rejected, error: ProviderError(code: code, title: title, errorClass: errorClass)))
  }

  private static func content(
    _ part: TwilioPart, of message: OutboundMessage
  ) -> [(String, String)] {
    var fields: [(String, String)] = []
    if let body = part.body { fields.append(("Body", body)) }
    let files = message.content.attachments
    for index in part.media where files.indices.contains(index) {
      fields.append(("MediaUrl", files[index].url))
    }
    if let sid = part.contentSID { fields.append(("ContentSid", sid)) }
    if let variables = part.contentVariables { fields.append(("ContentVariables", variables)) }
    if let action = part.action { fields.append(("PersistentAction", action)) }
    return fields
  }

  /// The webhook's address with our id of the message, and behind a dot the part's place but for
  /// the first. Twilio signs the address, so the id that comes back is ours.
  private static func callback(_ part: TwilioPart, of message: OutboundMessage) -> String? {
    guard let url = message.callbackURL else { return nil }
    let id = part.place > 0 ? "\(message.id).\(part.place)" : message.id
    let query = String(decoding: Form.encode([("m", id)]), as: UTF8.self)
    return "\(url)\(url.contains("?") ? "&" : "?")\(query)"
  }
}

extension Twilio: TypingIndicating {
  /// On WhatsApp alone, as an answer to a message; it marks that message as read, too.
  /// <https://www.twilio.com/docs/whatsapp/api/typing-indicators-resource>, autumn 2026.
  package func typing(
    to recipient: Recipient, on transport: TransportKind, lastInboundID: String?
  ) -> HTTPRequest? {
    guard transport == .whatsapp, let lastInboundID, !lastInboundID.isEmpty else { return nil }
    var request = api.request("POST", "\(api.messagingURL)/v3/Indicators/Typing.json")
    request.headers.add("Content-Type", "application/json")
    let body: JSON = ["channel": "WHATSAPP", "messageId": .string(lastInboundID)]
    request.body = body.serialized()
    return request
  }
}
