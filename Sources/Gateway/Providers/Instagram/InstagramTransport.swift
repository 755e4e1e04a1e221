/// Sending on Instagram: as ``MetaSend`` says, as the linked page with Facebook login, and as the
/// account itself with Instagram login.
extension Instagram: Transport {
  private var sending: MetaSend {
    MetaSend(app: app, account: pageID ?? accountID, line: .instagram)
  }

  /// People are known by the id that the account alone has of them.
  package static func contactTypes(on transport: TransportKind) -> [ContactType] {
    transport == .instagram ? [.instagram] : []
  }

  /// The published rate.
  package func rate(on transport: TransportKind, sender: String?) -> SendRate { sending.rate }

  /// None: Meta counts what the account sends, whomever to.
  package func pauseMilliseconds(to recipient: Recipient, on transport: TransportKind) -> Int64 {
    0
  }

  /// Meta shows every page and account what it sent, by whatever program.
  package static var echoesSends: Bool { true }

  /// See ``MetaSendParts``.
  package func parts(
    of message: OutboundMessage, now: Instant
  ) throws(Unsendable) -> [MessagePart] {
    try MetaSendParts(message: message, line: .instagram).all(now: now).map(\.part)
  }

  /// One request a part.
  package func next(
    _ part: MessagePart, of message: OutboundMessage, after steps: [CompletedStep]
  ) -> SendStep {
    sending.next(part, of: message, after: steps)
  }
}

extension Instagram: TypingIndicating, ReadMarking, MediaFetching {
  /// The sign that somebody is writing; it goes away by itself.
  package func typing(
    to recipient: Recipient, on transport: TransportKind, lastInboundID: String?
  ) -> HTTPRequest? {
    sending.action("typing_on", to: recipient, on: transport)
  }

  /// The mark that all the person wrote was seen.
  package func markRead(
    from recipient: Recipient, on transport: TransportKind, lastInboundID: String
  ) -> HTTPRequest? {
    sending.action("mark_seen", to: recipient, on: transport)
  }

  /// See ``MetaFetch``.
  package func nextFetch(
    _ file: AttachmentReference, messageID: String, after steps: [CompletedStep]
  ) -> FetchStep {
    MetaFetch(baseURL: app.baseURL).next(file, after: steps)
  }
}
