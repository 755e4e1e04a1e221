/// What a provider says of a message we sent.
package struct StatusReport: Equatable, Sendable {
  /// The provider's id of the message.
  package var messageID: String
  /// Our own id, where we had put it into the callback's address.
  package var ourID: String?
  /// How far it got, in our words.
  package var status: MessageStatus
  /// Why it failed, where it did.
  package var error: ProviderError?
  /// What the failure means for other advertisements.
  package var marketingPause: MarketingPause?

  /// A report.
  package init(
    messageID: String, ourID: String? = nil, status: MessageStatus, error: ProviderError? = nil
  ) {
    self.messageID = messageID
    self.ourID = ourID
    self.status = status
    self.error = error
  }

  /// What `….events.json` shows beside the key and the type.
  var members: JSONObject {
    var object: JSONObject = [
      "message_id": .string(messageID), "status": .string(status.rawValue),
    ]
    if let ourID { object["our_id"] = .string(ourID) }
    if let error { object["error"] = error.json }
    if let marketingPause { object["marketing_pause"] = marketingPause.json }
    return object
  }
}

/// Our messages to a person got so far, all that they were sent up to a time: what providers tell
/// that name no message, such as Messenger's watermarks.
package struct ProgressReport: Equatable, Sendable {
  /// To whom.
  package var person: Person
  /// On which line.
  package var transport: TransportKind
  /// How far: `delivered` or `read`.
  package var status: MessageStatus
  /// The time of the last message that got so far, by the provider's clock.
  package var upTo: Instant

  /// A report.
  package init(person: Person, transport: TransportKind, status: MessageStatus, upTo: Instant) {
    self.person = person
    self.transport = transport
    self.status = status
    self.upTo = upTo
  }
}

/// For how long the provider takes no more advertisements; everything else goes on.
package struct MarketingPause: Equatable, Sendable {
  /// For one person, or for all of the channel.
  package var scope: SendOutcome.Scope
  /// How long.
  package var milliseconds: Int64

  /// A pause.
  package init(_ scope: SendOutcome.Scope, milliseconds: Int64) {
    self.scope = scope
    self.milliseconds = milliseconds
  }

  /// The pause as JSON: `{"scope","milliseconds"}`.
  package var json: JSON {
    ["scope": .string(scope.rawValue), "milliseconds": .integer(milliseconds)]
  }

  /// Reads what ``json`` writes.
  package init?(json: JSON) {
    guard let scope = json["scope"]?.string.flatMap(SendOutcome.Scope.init),
      let milliseconds = json["milliseconds"]?.integer
    else { return nil }
    self.init(scope, milliseconds: milliseconds)
  }
}

/// A provider's reason, with its own code.
package struct ProviderError: Equatable, Sendable {
  /// The provider's code, such as `30005`.
  package var code: String
  /// What the code means, in a few words.
  package var title: String
  /// What the provider added, if anything.
  package var detail: String?
  /// What it means for us, such as `unreachable`; one of a closed list per provider contract.
  package var errorClass: String

  /// A reason.
  package init(code: String, title: String, detail: String? = nil, errorClass: String) {
    self.code = code
    self.title = title
    self.detail = detail
    self.errorClass = errorClass
  }

  /// The reason as JSON: `{"code","title","detail","class"}`.
  package var json: JSON {
    [
      "code": .string(code), "title": .string(title), "detail": JSON(detail),
      "class": .string(errorClass),
    ]
  }
}

/// A message was changed by its author. The first content stays; this becomes a version beside it.
package struct MessageEdit: Equatable, Sendable {
  /// The provider's id of the message.
  package var messageID: String
  /// The provider's mark of this version, such as the time of the edit.
  package var version: String
  /// What the message says now.
  package var content: MessageContent

  /// A new version.
  package init(messageID: String, version: String, content: MessageContent) {
    self.messageID = messageID
    self.version = version
    self.content = content
  }
}

/// A message was deleted by its author.
package struct MessageDeletion: Equatable, Sendable {
  /// The provider's id of the message.
  package var messageID: String

  /// A deletion.
  package init(messageID: String) { self.messageID = messageID }
}

/// All of one person's reactions to a message, after the change: an empty list took them back.
package struct ReactionReport: Equatable, Sendable {
  /// The provider's id of the message.
  package var messageID: String
  /// Who reacts; `nil` where the provider hides it.
  package var person: Person?
  /// The reactions that stand now.
  package var emojis: [String]

  /// A set of reactions.
  package init(messageID: String, person: Person?, emojis: [String]) {
    self.messageID = messageID
    self.person = person
    self.emojis = emojis
  }
}

/// The person read our messages up to and including this one.
package struct ReadReport: Equatable, Sendable {
  /// The provider's id of the last message read.
  package var messageID: String

  /// A mark.
  package init(messageID: String) { self.messageID = messageID }
}

/// A person's wish not to be written to, or to be written to again.
package struct PreferenceReport: Equatable, Sendable {
  /// What they want.
  package enum Choice: String, Sendable {
    case optedOut = "opted_out"
    case optedIn = "opted_in"
  }

  /// Who.
  package var person: Person
  /// On which line.
  package var transport: TransportKind
  /// What they want.
  package var choice: Choice
  /// How we know: `keyword`, `provider`, `blocked`, `unblocked`.
  package var source: String
  /// What of; `nil` for all that may be written to them.
  package var purpose: MessagePurpose?

  /// A wish.
  package init(person: Person, transport: TransportKind, choice: Choice, source: String) {
    self.person = person
    self.transport = transport
    self.choice = choice
    self.source = source
  }

  /// What `….events.json` shows beside the key and the type.
  var members: JSONObject {
    var object: JSONObject = [
      "person": person.json, "transport": .string(transport.rawValue),
      "choice": .string(choice.rawValue), "source": .string(source),
    ]
    if let purpose { object["purpose"] = .string(purpose.rawValue) }
    return object
  }
}

/// Something we know by one id now has another.
package enum IdentityChange: Equatable, Sendable {
  /// A group goes on under another key.
  case conversation(from: String, to: String)
  /// A person goes on under another address.
  case address(from: Address, to: Address)
}

/// People came into a group or left it.
package struct MembershipChange: Equatable, Sendable {
  /// One of them.
  package struct Participant: Equatable, Sendable {
    /// Who.
    package var person: Person
    /// With the line's own facts.
    package var sender: Sender
    /// True for the organisation's own bot or account.
    package var isSelf: Bool

    /// A participant.
    package init(person: Person, sender: Sender, isSelf: Bool = false) {
      self.person = person
      self.sender = sender
      self.isSelf = isSelf
    }
  }

  /// The line of the group.
  package var transport: TransportKind
  /// Which group.
  package var conversation: Conversation
  /// Who came.
  package var joined: [Participant]
  /// Who left.
  package var left: [Participant]

  /// A change.
  package init(
    transport: TransportKind, conversation: Conversation, joined: [Participant] = [],
    left: [Participant] = []
  ) {
    self.transport = transport
    self.conversation = conversation
    self.joined = joined
    self.left = left
  }

  /// What `….events.json` shows beside the key and the type.
  var members: JSONObject {
    let render: (Participant) -> JSON = {
      ["person": $0.person.json, "sender": $0.sender.json, "is_self": .bool($0.isSelf)]
    }
    return [
      "transport": .string(transport.rawValue), "conversation": conversation.json,
      "joined": .array(joined.map(render)), "left": .array(left.map(render)),
    ]
  }
}

/// The state of a channel or of a part of it, as its provider tells. Named by an account, it holds
/// for every channel of that account.
package struct HealthReport: Equatable, Sendable {
  /// What it is now.
  package enum State: String, Sendable {
    /// Something of it does not work, or not as well as it did.
    case broken
    /// It works again.
    case recovered
    /// The provider has switched it off: the channel is paused until a person resumes it.
    case paused
  }

  /// What it is now.
  package var state: State
  /// What is concerned: `channel`, or a part such as `business_connection:<id>`, `quality`,
  /// `template:<name>/<language>`.
  package var scope: String
  /// A sentence a person can act on.
  package var reason: String

  /// A report.
  package init(state: State, scope: String = "channel", reason: String) {
    self.state = state
    self.scope = scope
    self.reason = reason
  }
}

/// A step in the life of a telephone call. The first one known makes a message of kind `call`.
package struct CallReport: Equatable, Sendable {
  /// Which step.
  package enum Step: String, Sendable {
    case started
    case ended
    case missed
    case recorded
  }

  /// The provider's id of the call.
  package var callID: String
  /// Which step.
  package var step: Step
  /// Which way it went; `nil` where the request does not say (a recording).
  package var direction: Direction?
  /// The other side; `nil` when withheld or not told.
  package var person: Person?
  /// How long it was, where told.
  package var durationSeconds: Int64?
  /// The recording, if the step has one.
  package var recording: AttachmentReference?
  /// The provider's own words: status, SIP code, digits pressed, …
  package var details: JSONObject = [:]

  /// A step.
  package init(callID: String, step: Step, direction: Direction?, person: Person?) {
    self.callID = callID
    self.step = step
    self.direction = direction
    self.person = person
  }

  /// What `….events.json` shows beside the key and the type.
  var members: JSONObject {
    var object: JSONObject = [
      "call_id": .string(callID), "step": .string(step.rawValue),
      "direction": JSON(direction?.rawValue), "person": person?.json ?? .null,
    ]
    if let durationSeconds { object["duration_seconds"] = .integer(durationSeconds) }
    if let recording { object["recording"] = recording.json }
    if !details.isEmpty { object["details"] = .object(details) }
    return object
  }
}
