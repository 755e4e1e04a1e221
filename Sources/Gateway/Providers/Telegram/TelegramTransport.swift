/// Sending through the Bot API. The token is part of every address, so nothing of a request's
/// address gets into what is said about it.
extension Telegram: Transport, TypingIndicating {
  /// How many messages a bot may send in a second, whomever to.
  /// <https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this>, 2026.
  static let messagesPerSecond = 30.0
  /// How many may go at once after a pause: a tenth of a second's worth.
  static let messagesAtOnce = 3.0
  /// Between two messages to one person: one a second.
  static let personPauseMilliseconds: Int64 = 1_000
  /// Between two messages to one group: 20 a minute.
  static let groupPauseMilliseconds: Int64 = 3_000

  /// A bot reaches people by the number Telegram gave them.
  package static func contactTypes(on transport: TransportKind) -> [ContactType] {
    transport == .telegram ? [.telegram] : []
  }

  /// The bot's rate: the same for all of its chats together.
  package func rate(on transport: TransportKind, sender: String?) -> SendRate {
    SendRate(perSecond: Self.messagesPerSecond, burst: Self.messagesAtOnce)
  }

  /// The published pause of the chat.
  package func pauseMilliseconds(to recipient: Recipient, on transport: TransportKind) -> Int64 {
    switch recipient {
    case .person: Self.personPauseMilliseconds
    case .group: Self.groupPauseMilliseconds
    }
  }

  /// One request; after a refusal that something helps against, one more with that changed. Each
  /// remedy is used once, so there are never more requests than remedies and one.
  package func next(
    _ part: MessagePart, of message: OutboundMessage, after steps: [CompletedStep]
  ) -> SendStep {
    let recipient: TelegramRecipient
    do {
      recipient = try TelegramRecipient(message.recipient, replyTo: message.replyTo)
    } catch {
      return .outcome(SendOutcome(.rejected, error: error.error))
    }
    guard let part = TelegramPart(part, of: message) else {
      let error = ProviderError(
        code: "part", title: "The part does not fit its message", errorClass: "permanent")
      return .outcome(SendOutcome(.rejected, error: error))
    }
    var sending = TelegramSending(part, of: message, to: recipient)
    for step in steps {
      if var outcome = sending.take(step.reply) {
        if let error = outcome.error {
          outcome.error?.title = shown(error.title)
          outcome.error?.detail = error.detail.map(shown)
        }
        return .outcome(outcome)
      }
    }
    return .request(sending.request(at: methodURL(part.method)))
  }

  /// The sign that somebody is writing; Telegram shows it for five seconds.
  /// <https://core.telegram.org/bots/api#sendchataction>, 10.3 of 2026-08-24.
  package func typing(
    to recipient: Recipient, on transport: TransportKind, lastInboundID: String?
  ) -> HTTPRequest? {
    guard let chat = try? TelegramRecipient(recipient, replyTo: lastInboundID) else { return nil }
    var fields = chat.fields()
    fields["action"] = "typing"
    return .posting(.object(fields), to: methodURL("sendChatAction"))
  }

  /// Words from outside that may be kept: no secret in them, and no more than a person reads.
  func shown(_ words: String) -> String {
    // Cut twice, so that long words cost little and no secret is cut in the middle.
    let some = String(words.unicodeScalars.prefix(Self.detailScalarsMax * 4))
    return String(withoutSecrets(some).unicodeScalars.prefix(Self.detailScalarsMax))
  }

  /// The most scalars that are kept of what stands in an answer.
  static let detailScalarsMax = 300
}

extension HTTPRequest {
  /// A POST of JSON.
  static func posting(_ json: JSON, to target: String) -> HTTPRequest {
    HTTPRequest(
      method: "POST", target: target, headers: ["Content-Type": "application/json"],
      body: json.serialized())
  }
}
