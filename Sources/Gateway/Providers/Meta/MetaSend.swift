/// Sending on Instagram and Messenger, which is one API for both: `POST /{account}/messages`.
///
/// <https://developers.facebook.com/documentation/business-messaging/messenger-platform/send-messages>,
/// Graph API v25, 2026. It knows no idempotency key: what is in doubt is settled by the echo of it.
struct MetaSend: Sendable {
  /// What the channel shares with the others of its app.
  let app: MetaApp
  /// Whose messages they are: the page, or the Instagram account with Instagram login.
  let account: String
  /// What the line takes.
  let line: MetaSendLine

  /// How many texts an account may send in a second.
  /// <https://developers.facebook.com/documentation/business-messaging/messenger-platform/rate-limiting>,
  /// 2026.
  static let textsPerSecond = 300.0
  /// What a film or a sound counts against that: ten a second may be sent.
  static let mediaWeight = 30

  /// The account's rate; a film fits in what may go at once.
  var rate: SendRate { SendRate(perSecond: Self.textsPerSecond, burst: Double(Self.mediaWeight)) }

  /// One request, and what its answer means.
  func next(
    _ part: MessagePart, of message: OutboundMessage, after steps: [CompletedStep]
  ) -> SendStep {
    let recipient: String
    do throws(Unsendable) { recipient = try line.recipient(message.recipient) } catch {
      return .outcome(SendOutcome(.rejected, error: error.error))
    }
    guard let part = MetaSendPart(part, of: message) else {
      let error = ProviderError(
        code: "part", title: "The part does not fit its message",
        errorClass: MetaSendErrors.permanentClass)
      return .outcome(SendOutcome(.rejected, error: error))
    }
    guard let step = steps.first else {
      var body: JSONObject = ["recipient": ["id": .string(recipient)]]
      for member in part.body(of: message, on: line) { body[member.key] = member.value }
      // A reaction that is put twice is there once.
      return .request(SendRequest(Self.sending, post(body), sends: !part.isReaction))
    }
    var outcome = MetaSendOutcome(account: account, part: part, message: message).of(step.reply)
    if let error = outcome.error {
      outcome.error?.title = app.shown(error.title)
      outcome.error?.detail = error.detail.map(app.shown)
    }
    return .outcome(outcome)
  }

  /// A sign beside the messages, such as `typing_on`; `nil` where there is nobody to see it.
  ///
  /// <https://developers.facebook.com/documentation/business-messaging/messenger-platform/send-messages/sender-actions>,
  /// January 2026.
  func action(
    _ action: String, to recipient: Recipient, on transport: TransportKind
  ) -> HTTPRequest? {
    guard transport == line.transport, let id = try? line.recipient(recipient) else { return nil }
    return post(["recipient": ["id": .string(id)], "sender_action": .string(action)])
  }

  private func post(_ body: JSONObject) -> HTTPRequest {
    app.post("/\(account)/messages", .object(body))
  }

  private static let sending = "send"
}
