/// One event of an entry: who, when, and exactly one member that says what.
struct MetaMessagingEvent {
  /// The line it came on.
  let line: MetaMessaging
  /// Its members.
  let members: JSONObject
  /// Whether another app answers this conversation, and we only look on.
  let isStandby: Bool
  /// Whether the organisation itself did it: what it sent is echoed.
  let isOurs: Bool
  /// The id of the person on the other side; absent from what concerns the account alone.
  let personID: String?
  /// The account it is for.
  let account: String?
  /// When it happened; when it was posted, where the event does not tell.
  let time: Instant?
  /// The event's own time as Meta wrote it, or its hash: what tells two events about one thing
  /// apart.
  let mark: String

  /// An event with those members in the entry of an account.
  init(
    _ members: JSONObject, on line: MetaMessaging, isStandby: Bool, entry: String?,
    at time: Instant?
  ) {
    self.line = line
    self.members = members
    self.isStandby = isStandby
    let sender = MetaMessagingJSON.id(members["sender"]?["id"])
    let recipient = MetaMessagingJSON.id(members["recipient"]?["id"])
    let isEcho = members[MetaMessagingKind.message.rawValue]?["is_echo"]?.bool == true
    isOurs = isEcho || sender.map(line.accounts.contains) == true
    let person = isOurs ? recipient : sender
    personID = person
    // Some pages of Meta's show the person's id on the entry: it is never the account.
    let candidates = [entry, isOurs ? sender : recipient].compactMap(\.self)
      .filter { $0 != person }
    account = candidates.first(where: line.accounts.contains) ?? candidates.first ?? entry
    self.time = MetaMessagingJSON.instant(members["timestamp"]) ?? time
    mark =
      MetaMessagingJSON.integer(members["timestamp"]).map(String.init)
      ?? MetaMessagingJSON.mark(of: .object(members))
  }

  /// The person on the other side.
  var person: Person? { personID.map(line.person) }

  /// What the event tells.
  func items() -> [Item] {
    for kind in MetaMessagingKind.allCases {
      guard let value = members[kind.rawValue], !value.isNull else { continue }
      guard value.object != nil else { return [unrecognised(kind.rawValue)] }
      return items(kind, value)
    }
    let unknown = members.keys.first { !Self.frame.contains($0) }
    return [unrecognised(MetaMessagingJSON.kind(unknown, otherwise: "event"))]
  }

  /// Members that any event may have around what it says.
  private static let frame: Set<String> = [
    "sender", "recipient", "timestamp", "is_self", "hop_context",
  ]

  private func items(_ kind: MetaMessagingKind, _ json: JSON) -> [Item] {
    switch kind {
    case .message: message(json)
    case .messageEdit: edit(json)
    case .postback: [postback(json)]
    case .reaction: [reaction(json)]
    case .referral: [referral(json)]
    case .read: [read(json)]
    case .delivery: deliveries(json)
    case .optin: [optIn(json)]
    case .policyEnforcement: [policy(json)]
    // Who answers, who logged in, what was played or rated: nobody says anything.
    case .passThreadControl, .takeThreadControl, .requestThreadControl, .appRoles,
      .accountLinking, .responseFeedback, .messagingFeedback, .customerInformation, .gamePlay:
      [ignored(kind.rawValue)]
    }
  }

  /// An item of this event.
  func item(_ key: String, _ fact: Fact) -> Item {
    Item(key: key, account: account, occurredAt: time, fact: fact)
  }

  /// Something known that a conversation has no use for.
  func ignored(_ kind: String) -> Item {
    item(
      "\(kind):\(MetaMessagingJSON.mark(of: .object(members)))", .ignored(kind: kind))
  }

  /// Something not known, or without the part that would make it something.
  func unrecognised(_ kind: String) -> Item {
    MetaMessaging.unrecognised(kind, .object(members), account: account, at: time)
  }
}

/// The member of an event that says what happened. The order is that of looking: a message may come
/// with the referral that led to it.
/// <https://developers.facebook.com/docs/messenger-platform/reference/webhook-events>, 2026.
enum MetaMessagingKind: String, CaseIterable {
  case message
  case messageEdit = "message_edit"
  case postback
  case reaction
  case referral
  case read
  case delivery
  case optin
  case policyEnforcement = "policy_enforcement"
  case passThreadControl = "pass_thread_control"
  case takeThreadControl = "take_thread_control"
  case requestThreadControl = "request_thread_control"
  case appRoles = "app_roles"
  case accountLinking = "account_linking"
  case responseFeedback = "response_feedback"
  case messagingFeedback = "messaging_feedback"
  case customerInformation = "messaging_customer_information"
  case gamePlay = "game_play"
}
