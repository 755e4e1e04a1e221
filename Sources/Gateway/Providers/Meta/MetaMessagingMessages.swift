/// What a person or the organisation said: messages, taps, and links that open a conversation.
extension MetaMessagingEvent {
  /// A message, what deletes one, or an echo of ours; behind it what it says about being written
  /// to. A deletion has the mid of its message: only the key tells them apart.
  func message(_ json: JSON) -> [Item] {
    let kind = MetaMessagingKind.message.rawValue
    guard let mid = MetaMessagingJSON.text(json["mid"]) else { return [unrecognised(kind)] }
    if isSelf(json) { return [item("is_self:\(mid)", .ignored(kind: "is_self"))] }
    if json["is_deleted"]?.bool == true {
      return [item("deletion:\(mid)", .deletion(MessageDeletion(messageID: mid)))]
    }
    guard let personID, var content = MetaMessagingContent.read(json, at: time) else {
      return [unrecognised(kind)]
    }
    let ourID = isOurs && line.transport == .messenger ? Self.ourID(json) : nil
    if isOurs { MetaMessagingContent.addOrigin(to: &content, of: json, isNamed: ourID != nil) }
    var items = [said(content, id: mid, with: personID, ourID: ourID)]
    // No tap on a button of ours that has such a title.
    if !isOurs, content.kind == .text,
      let choice = content.text.flatMap({ OptOutWord($0, inChat: true) })?.choice
    {
      let wish = PreferenceReport(
        person: line.person(personID), transport: line.transport, choice: choice,
        source: "keyword")
      items.append(item("preference:\(mid)", .preference(wish)))
    }
    return items
  }

  /// A tap on a button, an ice breaker or an entry of the menu: what is said is its title.
  func postback(_ json: JSON) -> Item {
    let title = MetaMessagingJSON.text(json["title"])
    let payload = MetaMessagingJSON.text(json["payload"])
    let referral = MetaMessagingJSON.said(json[MetaMessagingContent.referral])
    guard let personID, title != nil || payload != nil || referral != nil else {
      return unrecognised(MetaMessagingKind.postback.rawValue)
    }
    if isSelf(json) { return ignored("is_self") }
    var content = MessageContent(kind: .interactive, text: title)
    MetaMessagingContent.addButton(to: &content, payload: payload, text: title)
    if let referral { content.details[MetaMessagingContent.referral] = .object(referral) }
    let id =
      MetaMessagingJSON.text(json["mid"])
      ?? madeID(MetaMessagingKind.postback, [JSON(payload), JSON(title)])
    return said(content, id: id, with: personID)
  }

  /// A link or an advertisement brought the person into a conversation that was there already.
  /// Nothing is said, but they may be answered from now on.
  func referral(_ json: JSON) -> Item {
    let kind = MetaMessagingKind.referral
    guard let personID, let referral = MetaMessagingJSON.said(json) else {
      return unrecognised(kind.rawValue)
    }
    var content = MessageContent(kind: .system)
    content.details[MetaMessagingContent.referral] = .object(referral)
    return said(content, id: madeID(kind, [.object(referral)]), with: personID)
  }

  /// Our own id, which we gave with the send. Another app of the page notes what it likes.
  private static func ourID(_ json: JSON) -> String? {
    MetaMessagingJSON.text(json["metadata"]).flatMap {
      $0.hasPrefix("\(Message.idPrefix)") ? $0 : nil
    }
  }

  private func said(
    _ content: MessageContent, id: String, with personID: String, ourID: String? = nil
  ) -> Item {
    var content = content
    if isStandby { content.details["standby"] = true }
    var message = InboundMessage(
      id: id, transport: line.transport, person: line.person(personID),
      // Meta tells by which app an echo was sent at best, and never by whom.
      sender: isOurs ? .user(UserSender()) : line.sender(personID), content: content)
    if isOurs {
      message.direction = .outbound
      message.mayBeOurs = true
      message.ourID = ourID
    }
    return item("message:\(id)", .message(message))
  }

  /// The account writes to itself: Meta's own test, or somebody's notes.
  private func isSelf(_ json: JSON) -> Bool {
    json["is_self"]?.bool == true || members["is_self"]?.bool == true
      || (isOurs && personID.map(line.accounts.contains) == true)
  }

  /// The id of what Meta gives none: of who, when and what.
  private func madeID(_ kind: MetaMessagingKind, _ parts: [JSON]) -> String {
    let whole: [JSON] = [JSON(personID), .string(mark)] + parts
    return "\(kind.rawValue):\(MetaMessagingJSON.mark(of: .array(whole)))"
  }
}
