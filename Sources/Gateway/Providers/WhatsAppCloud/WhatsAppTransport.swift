/// Sending through the Cloud API.
///
/// <https://developers.facebook.com/documentation/business-messaging/whatsapp/messages>, Graph API
/// v25, 2026. It knows no idempotency key: what is in doubt is settled by the report that carries
/// our id, `biz_opaque_callback_data`.
extension WhatsAppCloud: Transport {
  /// How many messages a number may send in a second, whomever to; Meta raises it by itself, a
  /// channel's policy may too.
  /// <https://developers.facebook.com/documentation/business-messaging/whatsapp/throughput>, 2026.
  static let messagesPerSecond = 80.0
  /// Between two messages to one person: one in six seconds.
  /// <https://developers.facebook.com/documentation/business-messaging/whatsapp/messaging-limits>,
  /// 2026.
  static let pairPauseMilliseconds: Int64 = 6_000
  /// How many may go to one person at once, borrowed from the pauses behind them.
  static let pairBurst = 45

  /// The id or number that WhatsApp showed us, or any telephone number: whether its owner is on
  /// WhatsApp only Meta can say.
  package static func contactTypes(on transport: TransportKind) -> [ContactType] {
    transport == .whatsapp ? [.whatsapp, .phone] : []
  }

  /// The number's rate.
  package func rate(on transport: TransportKind, sender: String?) -> SendRate {
    SendRate(perSecond: Self.messagesPerSecond)
  }

  /// The published pause.
  package func pauseMilliseconds(to recipient: Recipient, on transport: TransportKind) -> Int64 {
    Self.pairPauseMilliseconds
  }

  /// The published allowance.
  package func burst(to recipient: Recipient, on transport: TransportKind) -> Int {
    Self.pairBurst
  }

  /// See ``WhatsAppParts``.
  package func parts(
    of message: OutboundMessage, now: Instant
  ) throws(Unsendable) -> [MessagePart] {
    try WhatsAppParts(message: message).all(now: now).map(\.part)
  }

  /// For a file that we hold and Meta does not an upload, then the message; once more from the
  /// upload on when Meta does not know the file any more.
  package func next(
    _ part: MessagePart, of message: OutboundMessage, after steps: [CompletedStep]
  ) -> SendStep {
    let recipient: WhatsAppRecipient
    do throws(Unsendable) { recipient = try WhatsAppRecipient(message.recipient) } catch {
      return .outcome(SendOutcome(.rejected, error: error.error))
    }
    guard let part = WhatsAppPart(part, of: message) else {
      let error = ProviderError(
        code: "part", title: "The part does not fit its message",
        errorClass: WhatsAppErrors.permanentClass)
      return .outcome(SendOutcome(.rejected, error: error))
    }
    var sending = WhatsAppSending(part, of: message, to: recipient)
    for step in steps {
      if var outcome = sending.take(step) {
        if let error = outcome.error {
          outcome.error?.title = app.shown(error.title)
          outcome.error?.detail = error.detail.map(app.shown)
        }
        return .outcome(outcome)
      }
    }
    return .request(sending.request(app, phoneNumberID))
  }
}

extension WhatsAppCloud: TypingIndicating, ReadMarking {
  /// The sign that somebody is writing: WhatsApp shows it for 25 seconds, and marks the message
  /// that it answers as read.
  /// <https://developers.facebook.com/documentation/business-messaging/whatsapp/typing-indicators>,
  /// 2026.
  package func typing(
    to recipient: Recipient, on transport: TransportKind, lastInboundID: String?
  ) -> HTTPRequest? {
    guard let lastInboundID else { return nil }
    return mark(lastInboundID, on: transport, ["typing_indicator": ["type": "text"]])
  }

  /// The blue ticks, on the message and all before it.
  package func markRead(
    from recipient: Recipient, on transport: TransportKind, lastInboundID: String
  ) -> HTTPRequest? {
    mark(lastInboundID, on: transport, [:])
  }

  private func mark(
    _ messageID: String, on transport: TransportKind, _ more: JSONObject
  ) -> HTTPRequest? {
    guard transport == .whatsapp, !messageID.isEmpty else { return nil }
    var body: JSONObject = [
      "messaging_product": "whatsapp", "status": "read", "message_id": .string(messageID),
    ]
    for member in more { body[member.key] = member.value }
    return app.post("/\(phoneNumberID)/messages", .object(body))
  }
}
