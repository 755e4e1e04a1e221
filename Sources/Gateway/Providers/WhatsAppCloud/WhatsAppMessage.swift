/// Messages, and what Meta wraps in a message: reactions, edits, deletions, changes of identity.
/// <https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/reference/messages>,
/// 2026.
extension WhatsAppChange {
  /// How a message came to us.
  enum Origin {
    /// From the person, now.
    case live
    /// Written in the app on the number's own telephone.
    case echo
    /// From before the number came to us, with the thread it is in.
    case history(thread: JSON?)
  }

  /// What a message tells, mostly one thing.
  func message(_ json: JSON, _ origin: Origin) -> [Item] {
    let type = WhatsAppJSON.text(json["type"]) ?? "untyped"
    let kind = "\(field).\(WhatsAppJSON.kind(type, otherwise: "message"))"
    guard let id = WhatsAppJSON.id(json["id"]) else { return [unrecognised(kind, json)] }
    let time = WhatsAppJSON.instant(json["timestamp"])
    let author = WhatsAppAuthor(json, origin, in: self)
    switch type {
    case "edit": return [edit(json, id, kind)]
    case "revoke": return [revocation(json, kind)]
    case "reaction":
      guard let target = WhatsAppJSON.text(json["reaction"]?["message_id"]) else {
        return [unrecognised(kind, json)]
      }
      // What the organisation feels about a message is no report on it.
      if author.direction == .outbound { return [ignored(kind, json)] }
      let emoji = WhatsAppJSON.text(json["reaction"]?["emoji"])
      let report = ReactionReport(
        messageID: target, person: author.party?.person, emojis: [emoji].compactMap(\.self))
      return [item("reaction:\(id)", at: time, .reaction(report))]
    case "system":
      // An identity of long ago may be somebody else's by now.
      if case .history = origin { return [ignored(kind, json)] }
      return system(json, id)
    case "media_placeholder":
      // The file follows in a message of the same id, or is too old to be had.
      return [ignored(kind, json)]
    default: break
    }
    guard var content = WhatsAppContent.read(type, json), author.isKnown else {
      return [unrecognised(kind, json)]
    }
    WhatsAppContext.add(to: &content, from: json)
    return message(json, id, content, author)
  }

  private func message(
    _ json: JSON, _ id: String, _ content: MessageContent, _ author: WhatsAppAuthor
  ) -> [Item] {
    let time = WhatsAppJSON.instant(json["timestamp"])
    var message = InboundMessage(
      id: id, transport: .whatsapp, person: author.party?.person, sender: author.sender,
      content: content)
    message.direction = author.direction
    message.conversation = author.conversation
    message.isBackfill = author.isBackfill
    if author.direction == .inbound {
      message.content.details["username"] = author.party?.username.map(JSON.string)
      if author.party?.phone == nil { message.person?.addresses += Self.ownPhone(json) }
    }
    var items = [item("message:\(id)", at: time, .message(message))]
    // WhatsApp itself does nothing about a typed STOP.
    if !author.isBackfill, author.direction == .inbound, author.conversation == .direct,
      content.kind == .text, let person = message.person,
      let choice = content.text.flatMap({ OptOutWord($0, inChat: true) })?.choice
    {
      let wish = PreferenceReport(
        person: person, transport: .whatsapp, choice: choice, source: "keyword")
      items.append(item("preference:\(id)", at: time, .preference(wish)))
    }
    return items
  }

  private func edit(_ json: JSON, _ id: String, _ kind: String) -> Item {
    guard let original = WhatsAppJSON.text(json["edit"]?["original_message_id"]),
      let new = json["edit"]?["message"], let type = WhatsAppJSON.text(new["type"]),
      var content = WhatsAppContent.read(type, new)
    else { return unrecognised(kind, json) }
    WhatsAppContext.add(to: &content, from: new)
    return item(
      "edit:\(id)", at: WhatsAppJSON.instant(json["timestamp"]),
      .edit(MessageEdit(messageID: original, version: id, content: content)))
  }

  private func revocation(_ json: JSON, _ kind: String) -> Item {
    guard let original = WhatsAppJSON.text(json["revoke"]?["original_message_id"]) else {
      return unrecognised(kind, json)
    }
    return item(
      "deletion:\(original)", at: WhatsAppJSON.instant(json["timestamp"]),
      .deletion(MessageDeletion(messageID: original)))
  }

  /// The number that the person gave when a button asked for it: Meta vouches that it is their own.
  /// A card that they sent by themselves may be anybody's.
  private static func ownPhone(_ json: JSON) -> [Address] {
    guard json["origin"]?.string == "contact_request", let cards = json["contacts"]?.array,
      cards.count == 1, let telephones = cards.first?["phones"]?.array, telephones.count == 1,
      let telephone = telephones.first, let number = WhatsAppContent.phone(telephone),
      let value = PhoneNumber.e164(number)
    else { return [] }
    return WhatsAppParty.addresses(
      ofPhone: value, raw: WhatsAppJSON.text(telephone["phone"]) ?? value)
  }
}

/// Who wrote a message, who is on the other side of it, and where.
struct WhatsAppAuthor {
  /// Inbound, or what the organisation wrote by other means.
  let direction: Direction
  /// The person on the other side, where it is told.
  let party: WhatsAppParty?
  /// The direct chat, or the group.
  let conversation: Conversation
  /// Whether it is from before the number came to us.
  let isBackfill: Bool

  /// The author of a message.
  init(_ json: JSON, _ origin: WhatsAppChange.Origin, in change: WhatsAppChange) {
    let contacts = change.contacts
    conversation =
      WhatsAppJSON.text(json["group_id"]).map { .group(key: $0, title: nil) } ?? .direct
    var thread: JSON?
    switch origin {
    case .live:
      direction = .inbound
      isBackfill = false
    case .echo:
      direction = .outbound
      isBackfill = false
    case .history(let its):
      thread = its
      isBackfill = true
      direction = Self.isOurs(json, its, change) ? .outbound : .inbound
    }
    let other = thread?["context"]
    if direction == .inbound {
      party = WhatsAppParty(
        number: WhatsAppJSON.text(json["from"]),
        userID: WhatsAppJSON.text(json["from_user_id"], other?["user_id"]), in: contacts)
    } else {
      party = WhatsAppParty(
        number: WhatsAppJSON.text(json["to"], other?["wa_id"], thread?["id"]),
        userID: WhatsAppJSON.text(json["to_user_id"], other?["user_id"]), in: contacts)
    }
  }

  /// Whether there is a chat to put it in.
  var isKnown: Bool { party != nil || conversation != .direct }

  /// Who it is from: of the organisation nobody is named.
  var sender: Sender {
    direction == .outbound ? .user(UserSender()) : party?.sender ?? .whatsapp(WhatsAppSender())
  }

  /// A thread has what both sides wrote, and is called by the person's number or user id. Only an
  /// echo names whom it is to.
  private static func isOurs(_ json: JSON, _ thread: JSON?, _ change: WhatsAppChange) -> Bool {
    if WhatsAppJSON.text(json["to"]) != nil { return true }
    guard let from = WhatsAppJSON.text(json["from"]).map(digits) else { return false }
    let names = [thread?["id"], thread?["context"]?["wa_id"]].compactMap { WhatsAppJSON.text($0) }
    if names.contains(where: { digits($0) == from }) { return false }
    let own = WhatsAppJSON.text(change.value["metadata"]?["display_phone_number"])
    if own.map(digits) == from { return true }
    // Our own number may be written otherwise; the person's is the thread's.
    return names.contains { PhoneNumber.e164("+\($0)") != nil }
  }

  private static func digits(_ text: String) -> [UInt8] {
    text.utf8.filter { (48...57).contains($0) }
  }
}
