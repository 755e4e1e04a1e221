/// A provider that messages can be sent through. Pure, like all of a provider: it says which
/// requests to make and reads the answers; the dispatcher makes them.
///
///     message ─▶ parts ─▶ next(part, []) ─▶ request ─▶ next(part, [answer]) ─▶ … ─▶ outcome
package protocol Transport: Provider {
  /// The kinds of address a person can be written to at on this line, the best first.
  static func contactTypes(on transport: TransportKind) -> [ContactType]

  /// How fast the channel may send on this line: the provider's published value.
  func rate(on transport: TransportKind, sender: String?) -> SendRate

  /// The least time between two messages to one recipient, in milliseconds; 0 for no limit.
  func pauseMilliseconds(to recipient: Recipient, on transport: TransportKind) -> Int64

  /// How many messages may go to one recipient at once after a pause, before the least time between
  /// them counts; 1 where there is no such allowance.
  func burst(to recipient: Recipient, on transport: TransportKind) -> Int

  /// Whether the provider shows us what we sent, so that it may have to be known by what it says:
  /// then the words of a message that has one part are kept, too.
  static var echoesSends: Bool { get }

  /// What has to be said, piece by piece, in order; at least one. The same message always has the
  /// same parts: a part that was accepted is known by its place.
  ///
  /// - Throws: ``Unsendable`` for what can be known before anything is sent. Asked when the message
  ///   is enqueued, and again right before its first part goes out.
  func parts(of message: OutboundMessage, now: Instant) throws(Unsendable) -> [MessagePart]

  /// The next request for a part, or what came of it, after the steps that were made for it so far.
  ///
  /// The same steps always give the same answer, and it never returns `request` for ever: the
  /// dispatcher gives up after ``MessagePart/stepsMax``.
  func next(
    _ part: MessagePart, of message: OutboundMessage, after steps: [CompletedStep]
  ) -> SendStep
}

extension Transport {
  /// 1: a provider that allows more says so.
  package func burst(to recipient: Recipient, on transport: TransportKind) -> Int { 1 }

  /// False: most do not.
  package static var echoesSends: Bool { false }
}

/// How fast a channel may send.
package struct SendRate: Equatable, Sendable {
  /// Parts a second, by their ``MessagePart/weight``.
  package var perSecond: Double
  /// How much may go at once after a pause, at least 1.
  package var burst: Double

  /// A rate; without a burst a tenth of a second's worth, at least one.
  package init(perSecond: Double, burst: Double? = nil) {
    self.perSecond = perSecond
    self.burst = max(1, burst ?? perSecond / 10)
  }
}

/// One piece of a message, in the provider's own words: sent with one attempt.
package struct MessagePart: Equatable, Sendable {
  /// What the provider's ``Transport/next(_:of:after:)`` reads. No secrets, and no addresses that
  /// expire: those come with the message.
  package var payload: JSONObject
  /// What it counts against the rate, such as the segments of an SMS; at least 1.
  package var weight: Int

  /// A piece.
  package init(_ payload: JSONObject, weight: Int = 1) {
    self.payload = payload
    self.weight = max(1, weight)
  }

  /// More requests than any provider needs for one part, with its fallbacks.
  package static let stepsMax = 12

  /// The part as JSON: `{"payload","weight"}`.
  package var json: JSON { ["payload": .object(payload), "weight": JSON(weight)] }

  /// Reads what ``json`` writes.
  package init?(json: JSON) {
    guard let payload = json["payload"]?.object else { return nil }
    self.init(payload, weight: json["weight"]?.integer.map(Int.init(clamping:)) ?? 1)
  }
}

/// What has to be done next for a part.
package enum SendStep: Equatable, Sendable {
  /// Make this request and ask again.
  case request(SendRequest)
  /// That is what came of it.
  case outcome(SendOutcome)
}

/// A request that sends, or prepares to.
package struct SendRequest: Equatable, Sendable {
  /// The step's name, such as `send` or `upload`; ``CompletedStep/name`` carries it back.
  package var name: String
  /// The request; its target is the whole URL.
  package var http: HTTPRequest
  /// The file to send along as `multipart/form-data`; then `http` has no body of its own.
  package var upload: Upload?
  /// Whether the provider may have sent the message once it has seen this request. False for
  /// steps that only prepare: they are made again after any failure.
  package var sends: Bool

  /// A request.
  package init(_ name: String, _ http: HTTPRequest, upload: Upload? = nil, sends: Bool = true) {
    self.name = name
    self.http = http
    self.upload = upload
    self.sends = sends
  }

  /// The files and fields of a `multipart/form-data` body, which the dispatcher writes.
  package struct Upload: Equatable, Sendable {
    /// The plain fields, in order.
    package var fields: [Field]
    /// The files: the field's name, and which of the message's attachments it holds.
    package var files: [File]

    /// A plain field.
    package struct Field: Equatable, Sendable {
      /// Its name.
      package let name: String
      /// What it holds.
      package let value: String
    }

    /// A field that holds a file.
    package struct File: Equatable, Sendable {
      /// Its name.
      package let name: String
      /// The index in the message's attachments.
      package let attachment: Int
    }

    /// A body.
    package init(fields: [(String, String)], files: [(String, attachment: Int)]) {
      self.fields = fields.map { Field(name: $0.0, value: $0.1) }
      self.files = files.map { File(name: $0.0, attachment: $0.attachment) }
    }
  }
}

/// A step that was made, with what came back.
package struct CompletedStep: Equatable, Sendable {
  /// The request's name.
  package let name: String
  /// What came back.
  package let reply: SendReply

  /// A step.
  package init(_ name: String, _ reply: SendReply) {
    self.name = name
    self.reply = reply
  }
}

/// What came back for a request.
package enum SendReply: Equatable, Sendable {
  /// An answer, whatever its status.
  case response(HTTPResponse)
  /// None, or not a whole one.
  case failure(TransportFailure)
  /// The file to upload could not be had; the sentence says why.
  case noFile(String)
}

/// Providers that can be asked what became of a message.
package protocol StatusLookup: Transport {
  /// The request that asks for one message by the provider's id.
  func lookup(_ providerMessageID: String) -> HTTPRequest
  /// What the answer says; `nil` when it says nothing of use, such as an error.
  func status(in response: HTTPResponse) -> StatusReport?

  /// The request that looks for a message whose sending is in doubt; `nil` when this part cannot be
  /// looked for.
  func search(for part: MessagePart, of message: OutboundMessage, since: Instant) -> HTTPRequest?
  /// What the answer proves.
  func evidence(
    in response: HTTPResponse, for part: MessagePart, of message: OutboundMessage, since: Instant
  ) -> SendEvidence
}

/// What a search for a message in doubt proves.
package enum SendEvidence: Equatable, Sendable {
  /// It was taken, under this id.
  case sent(id: String)
  /// It never arrived: sending it again makes no second one.
  case neverSent
  /// Nothing, such as an error, or several that look alike.
  case none
}

/// Providers whose files are fetched by request.
package protocol MediaFetching: Provider {
  /// The next request for a file of an inbound message, or what came of it, after the steps made
  /// so far. `messageID` is the provider's id of the message.
  ///
  /// Credentials belong only into requests to the provider's own address for just this file, and
  /// never into one that follows a redirect.
  func nextFetch(
    _ file: AttachmentReference, messageID: String, after steps: [CompletedStep]
  ) -> FetchStep
}

/// What has to be done next to have a file.
package enum FetchStep: Equatable, Sendable {
  /// Make this request and ask again. The body of a 2xx answer to one that `isFile` goes to the
  /// disk, and the answer is given back without it.
  case request(name: String, HTTPRequest, isFile: Bool)
  /// The file of the last answer is what was wanted, if its SHA-256 is the one that is given here.
  case done(contentType: String?, fileName: String?, sha256: [UInt8]? = nil)
  /// It cannot be had: never, or not now.
  case failed(reason: String, isFinal: Bool)
}

/// Providers that can show the other side that somebody is writing.
package protocol TypingIndicating: Provider {
  /// The request; `nil` where this line has no such sign. `lastInboundID` is the provider's id of
  /// the last message from there.
  func typing(
    to recipient: Recipient, on transport: TransportKind, lastInboundID: String?
  ) -> HTTPRequest?
}

/// Providers that are told what was read on our side.
package protocol ReadMarking: Provider {
  /// The request that marks everything up to a message as read; `nil` where this line has no such
  /// mark. `lastInboundID` is the provider's id of the last message from there.
  func markRead(
    from recipient: Recipient, on transport: TransportKind, lastInboundID: String
  ) -> HTTPRequest?
}
