/// What is told of messages and of the account, without anything being said.
extension MetaMessagingEvent {
  /// The words for reactions, where Meta gives no emoji.
  /// <https://developers.facebook.com/docs/messenger-platform/reference/webhook-events/message-reactions>,
  /// 2026.
  private static let emojis = [
    "love": "❤️", "like": "👍", "dislike": "👎", "yes": "👍", "no": "👎", "haha": "😆",
    "smile": "😆", "wow": "😮", "sad": "😢", "angry": "😠",
  ]

  /// A new text of a message.
  ///
  /// An edit numbered 0 without a text is no edit: it stands for a new message, which Meta keeps
  /// from an app that is not published. Seen in public code in 2026, not in Meta's documentation.
  func edit(_ json: JSON) -> [Item] {
    let kind = MetaMessagingKind.messageEdit.rawValue
    guard let mid = MetaMessagingJSON.text(json["mid"]) else { return [unrecognised(kind)] }
    let number = MetaMessagingJSON.integer(json["num_edit"])
    guard let text = MetaMessagingJSON.text(json["text"]) else {
      guard number == 0 else { return [unrecognised(kind)] }
      return [item("edit:\(mid):0", .ignored(kind: kind)), unpublished()]
    }
    let version = number.map(String.init) ?? mark
    let edit = MessageEdit(
      messageID: mid, version: version, content: MessageContent(kind: .text, text: text))
    return [item("edit:\(mid):\(version)", .edit(edit))]
  }

  /// Once a day is enough: the same is told for every message.
  private func unpublished() -> Item {
    let day = time.map { String($0.description.prefix { $0 != "T" }) } ?? "-"
    return item(
      "health:app:\(day)",
      .health(
        HealthReport(
          state: .broken, scope: "app",
          reason: "Meta tells of a message without its text, as it does to an app that is not "
            + "published: publish the app in Meta's App Dashboard, and have its permissions "
            + "approved for Advanced Access.")))
  }

  /// A person's reaction to a message: there is one at a time.
  func reaction(_ json: JSON) -> Item {
    let kind = MetaMessagingKind.reaction.rawValue
    guard let mid = MetaMessagingJSON.text(json["mid"]), let person, let personID else {
      return unrecognised(kind)
    }
    // Our own reaction says nothing of the person's.
    if isOurs { return ignored(kind) }
    let emojis: [String]
    switch json["action"]?.string {
    case "unreact": emojis = []
    case "react":
      let word = MetaMessagingJSON.text(json["reaction"])
      guard
        let emoji = MetaMessagingJSON.text(json["emoji"])
          ?? word.map({ Self.emojis[$0] ?? $0 })
      else { return unrecognised(kind) }
      emojis = [emoji]
    default: return unrecognised(kind)
    }
    return item(
      "reaction:\(mid):\(personID):\(mark)",
      .reaction(ReactionReport(messageID: mid, person: person, emojis: emojis)))
  }

  /// Instagram names the last message read, Messenger the time up to which all are.
  func read(_ json: JSON) -> Item {
    let kind = MetaMessagingKind.read.rawValue
    if isOurs { return ignored(kind) }
    if let mid = MetaMessagingJSON.text(json["mid"]) {
      return item("read:\(personID ?? "-"):\(mid)", .read(ReadReport(messageID: mid)))
    }
    return progress(.read, "read", json) ?? unrecognised(kind)
  }

  /// Messenger lists the messages delivered, or none: all up to the watermark are. Instagram tells
  /// of no delivery.
  func deliveries(_ json: JSON) -> [Item] {
    let kind = MetaMessagingKind.delivery.rawValue
    if isOurs { return [ignored(kind)] }
    var items = (json["mids"]?.array ?? []).compactMap(MetaMessagingJSON.text).map { mid in
      item("status:\(mid):delivered", .status(StatusReport(messageID: mid, status: .delivered)))
    }
    if let progress = progress(.delivered, "delivered", json) { items.append(progress) }
    return items.isEmpty ? [unrecognised(kind)] : items
  }

  private func progress(_ status: MessageStatus, _ word: String, _ json: JSON) -> Item? {
    guard let person, let personID, let upTo = MetaMessagingJSON.instant(json["watermark"]) else {
      return nil
    }
    let report = ProgressReport(
      person: person, transport: line.transport, status: status, upTo: upTo)
    return item("\(word):\(personID):\(upTo.millisecondsSinceEpoch)", .progress(report))
  }

  /// Marketing messages were agreed to, stopped or resumed. The token that comes along opens a way
  /// to the person: it stays in the receipt.
  /// <https://developers.facebook.com/documentation/business-messaging/messenger-platform/webhooks/webhook-events/messaging_optins>,
  /// 2026.
  func optIn(_ json: JSON) -> Item {
    let kind = MetaMessagingKind.optin.rawValue
    // The others belong to plug-ins of a website: no wish of somebody we know.
    guard json["type"]?.string == "notification_messages" else { return ignored(kind) }
    let choice: PreferenceReport.Choice
    switch json["notification_messages_status"]?.string {
    // Meta's page has spaces, public code underscores.
    case "STOP NOTIFICATIONS", "STOP_NOTIFICATIONS": choice = .optedOut
    case "RESUME NOTIFICATIONS", "RESUME_NOTIFICATIONS", nil: choice = .optedIn
    default: return unrecognised(kind)
    }
    guard let person, let personID else { return unrecognised(kind) }
    var wish = PreferenceReport(
      person: person, transport: line.transport, choice: choice, source: "provider")
    wish.purpose = .marketing
    return item("preference:\(personID):\(mark):\(choice.rawValue)", .preference(wish))
  }

  /// Meta acts against the account. A warning takes nothing away, so it is told and no more.
  func policy(_ json: JSON) -> Item {
    let kind = MetaMessagingKind.policyEnforcement.rawValue
    let reason = MetaMessagingJSON.text(json["reason"]).map { ": \(Self.shown($0))" } ?? "."
    let report: HealthReport
    switch json["action"]?.string {
    case "block":
      report = HealthReport(
        state: .paused,
        reason: "Meta has blocked this account from sending\(reason) Look into Support Inbox or "
          + "Account Quality at Meta, and resume the channel when Meta lets it send again.")
    case "unblock":
      report = HealthReport(
        state: .recovered,
        reason: "Meta lets this account send again\(reason) Resume the channel if it is paused.")
    case let action?:
      let word = MetaMessagingJSON.kind(action, otherwise: "action")
      report = HealthReport(
        state: .broken, scope: "policy",
        reason: "Meta tells of a breach of its policies (\(word))\(reason) Look into Support "
          + "Inbox or Account Quality at Meta before it blocks the account.")
    case nil: return unrecognised(kind)
    }
    let action = MetaMessagingJSON.kind(json["action"]?.string, otherwise: "action")
    return item("policy:\(mark):\(action)", .health(report))
  }

  /// Meta's own words in a sentence of ours.
  private static func shown(_ reason: String) -> String {
    let text = String(reason.prefix(reasonCharactersMax)).trimmed
    return text.hasSuffix(".") ? text : "\(text)."
  }

  private static let reasonCharactersMax = 300
}
