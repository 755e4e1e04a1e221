/// One thing a provider's request tells us. A request tells none, one or a thousand.
package struct Item: Equatable, Sendable {
  /// The provider's name for this very fact, unique within a channel: the key that makes the same
  /// thing twice one thing. Starts with the kind of fact, such as `message:SM…`.
  ///
  /// A message is claimed as `message:` and ``InboundMessage/id``, whatever its key says: a call
  /// makes a message under the id of the call, and reports find messages by that id.
  package var key: String
  /// The account it is for, where the request names one; `nil` means the channel asked.
  package var account: String?
  /// When it happened, by the provider's clock, where it tells.
  package var occurredAt: Instant?
  /// What happened.
  package var fact: Fact

  /// A fact under its key.
  package init(key: String, account: String? = nil, occurredAt: Instant? = nil, fact: Fact) {
    self.key = key
    self.account = account
    self.occurredAt = occurredAt
    self.fact = fact
  }

  /// The item as JSON: the form of `….events.json` beside a fixture.
  package var json: JSON {
    var object: JSONObject = ["key": .string(key), "type": .string(fact.type)]
    if let account { object["account"] = .string(account) }
    if let occurredAt { object["occurred_at"] = JSON(occurredAt) }
    for member in fact.members { object[member.key] = member.value }
    return .object(object)
  }
}

/// What an item tells.
package enum Fact: Equatable, Sendable {
  case message(InboundMessage)
  case status(StatusReport)
  case edit(MessageEdit)
  case deletion(MessageDeletion)
  case reaction(ReactionReport)
  /// The person has read our messages up to this one.
  case read(ReadReport)
  /// Our messages to a person got so far, all up to a time.
  case progress(ProgressReport)
  /// The person asked for silence, or took that back.
  case preference(PreferenceReport)
  case identity(IdentityChange)
  case membership(MembershipChange)
  case health(HealthReport)
  /// A template that the provider keeps has changed.
  case template(TemplateReport)
  case call(CallReport)
  /// Known, and of no use to a conversation; `kind` is the provider's word.
  case ignored(kind: String)
  /// Not known; `kind` is the provider's word.
  case unrecognised(kind: String)

  /// The word in `type` of the fixture's JSON.
  package var type: String {
    switch self {
    case .message: "message"
    case .status: "status"
    case .edit: "edit"
    case .deletion: "deletion"
    case .reaction: "reaction"
    case .read: "read"
    case .progress: "progress"
    case .preference: "preference"
    case .identity: "identity"
    case .membership: "membership"
    case .health: "health"
    case .template: "template"
    case .call: "call"
    case .ignored: "ignored"
    case .unrecognised: "unrecognised"
    }
  }

  fileprivate var members: JSONObject {
    switch self {
    case .message(let value): value.members
    case .status(let value): value.members
    case .edit(let value):
      [
        "message_id": .string(value.messageID), "version": .string(value.version),
        "content": value.content.json,
      ]
    case .deletion(let value): ["message_id": .string(value.messageID)]
    case .reaction(let value):
      [
        "message_id": .string(value.messageID), "person": value.person?.json ?? .null,
        "emojis": .array(value.emojis.map(JSON.string)),
      ]
    case .read(let value): ["message_id": .string(value.messageID)]
    case .progress(let value):
      [
        "person": value.person.json, "transport": .string(value.transport.rawValue),
        "status": .string(value.status.rawValue), "up_to": JSON(value.upTo),
      ]
    case .preference(let value): value.members
    case .identity(let value):
      switch value {
      case .conversation(let old, let new): ["from": .string(old), "to": .string(new)]
      case .address(let old, let new): ["from": old.json, "to": new.json]
      }
    case .membership(let value): value.members
    case .health(let value):
      [
        "state": .string(value.state.rawValue), "scope": .string(value.scope),
        "reason": .string(value.reason),
      ]
    case .template(let value): value.members
    case .call(let value): value.members
    case .ignored(let kind), .unrecognised(let kind): ["kind": .string(kind)]
    }
  }
}

/// The conversation a provider puts a message in.
package enum Conversation: Equatable, Sendable {
  /// Between one person and the organisation.
  case direct
  /// Many people. `key` is the provider's id of the group, with its topic where it has topics.
  case group(key: String, title: String?)

  /// The conversation as JSON: `{"kind","key"?,"title"?}`.
  var json: JSON {
    switch self {
    case .direct: ["kind": "direct"]
    case .group(let key, let title):
      ["kind": "group", "key": .string(key), "title": JSON(title)]
    }
  }
}

/// A message as a provider's request shows it. Also one the organisation sent by other means
/// (`direction` outbound: an echo).
package struct InboundMessage: Equatable, Sendable {
  /// The provider's id, unique within the channel.
  package var id: String
  /// Which way it went.
  package var direction: Direction = .inbound
  /// The line it came on.
  package var transport: TransportKind
  /// Direct, or which group.
  package var conversation: Conversation = .direct
  /// The person on the other side: the one who wrote it, or of an echo the one it was written to.
  /// `nil` where the provider withholds who it is; then there is no chat to put it in.
  package var person: Person?
  /// Who it is from, with that line's own facts.
  package var sender: Sender
  /// What it says.
  package var content: MessageContent
  /// It is from before the channel was connected: stored, and nobody is told or asked to answer.
  package var isBackfill = false
  /// An echo that may be of what we sent ourselves, because the provider echoes that, too: then it
  /// is bound to the send it belongs to, and proves it.
  package var mayBeOurs = false
  /// Our own id of what it is an echo of, with `.` and the part behind the first part's, where the
  /// provider gives it back: then no words have to be compared.
  package var ourID: String?

  /// A message.
  package init(
    id: String, transport: TransportKind, person: Person?, sender: Sender, content: MessageContent
  ) {
    self.id = id
    self.transport = transport
    self.person = person
    self.sender = sender
    self.content = content
  }

  fileprivate var members: JSONObject {
    var object: JSONObject = [
      "message_id": .string(id), "direction": .string(direction.rawValue),
      "transport": .string(transport.rawValue), "conversation": conversation.json,
      "person": person?.json ?? .null, "sender": sender.json, "content": content.json,
    ]
    if isBackfill { object["backfill"] = true }
    if mayBeOurs { object["may_be_ours"] = true }
    if let ourID { object["our_id"] = .string(ourID) }
    return object
  }
}
