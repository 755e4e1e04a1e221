/// Messages, their edits, and the facts Telegram wraps in a message without saying anything.
extension TelegramUpdate {
  /// A message, or what a service message stands for.
  func message(_ kind: TelegramUpdateKind, _ json: JSON) -> Item {
    let date = json["date"]
    guard let place = TelegramPlace(json, isGuest: kind == .guestMessage),
      let messageID = place.messageID(of: json, update: id)
    else { return unrecognised(kind.rawValue, at: date) }
    if place.kind == .channel { return ignored(kind.rawValue, at: date) }
    if let item = migration(json, place) ?? memberService(json, place) { return item }
    guard let content = TelegramContent.read(json, place) else { return withoutContent(kind, json) }
    let author = TelegramAuthor(json, place)
    var message = InboundMessage(
      id: messageID, transport: .telegram, person: author.person, sender: author.sender,
      content: content)
    message.direction = author.direction
    message.conversation = place.conversation
    if author.direction == .inbound {
      message.person?.addresses += TelegramContent.ownPhone(json, of: author)
    }
    return Item(
      key: "message:\(messageID)", occurredAt: TelegramJSON.instant(date), fact: .message(message))
  }

  /// A new version of a message. Also how a live location moves.
  func edit(_ kind: TelegramUpdateKind, _ json: JSON) -> Item {
    let date = json["edit_date"]
    guard let place = TelegramPlace(json), let number = json["message_id"]?.integer else {
      return unrecognised(kind.rawValue, at: date)
    }
    if place.kind == .channel { return ignored(kind.rawValue, at: date) }
    // A message numbered 0 cannot be told from the next one: its edit belongs to nothing we know.
    if number == 0 { return ignored(kind.rawValue, at: date) }
    guard let content = TelegramContent.read(json, place) else { return withoutContent(kind, json) }
    let messageID = place.messageID(number)
    // Two edits may fall into one second. Of the bytes and not of what we make of them, so that
    // reading the receipt again with a newer version of this program finds the same edit.
    let mark = Hex.encode(Crypto.sha256(json.serialized()).prefix(4))
    let version = "\(date?.integer ?? 0)-\(mark)"
    return Item(
      key: "edit:\(messageID):\(version)", occurredAt: TelegramJSON.instant(date),
      fact: .edit(MessageEdit(messageID: messageID, version: version, content: content)))
  }

  /// A button under a message was pressed: something the person says.
  func callback(_ json: JSON) -> Item {
    guard let callbackID = TelegramJSON.text(json["id"]),
      let party = TelegramParty(user: json["from"])
    else { return unrecognised(TelegramUpdateKind.callbackQuery.rawValue) }
    let origin = json["message"] ?? .null
    let payload = TelegramJSON.text(json["data"]) ?? TelegramJSON.text(json["game_short_name"])
    let title = payload.flatMap { TelegramRichText.buttonTitle(of: $0, in: origin) }
    var content = MessageContent(kind: .interactive, text: title ?? payload)
    var button: JSONObject = [:]
    button["payload"] = payload.map(JSON.string)
    button["text"] = title.map(JSON.string)
    content.details["button"] = .object(button)
    if let inline = TelegramJSON.text(json["inline_message_id"]) {
      content.details["inline_message_id"] = .string(inline)
    }
    let place = TelegramPlace(origin)
    if let place, let number = origin["message_id"]?.integer, number != 0 {
      content.replyTo = place.messageID(number)
    }
    if let topic = place?.topic { content.details["thread_id"] = .integer(topic) }
    let messageID = "callback:\(callbackID)"
    var message = InboundMessage(
      id: messageID, transport: .telegram, person: party.person, sender: party.sender,
      content: content)
    // Without a message the button stood in somebody's chat that we do not see.
    message.conversation = place?.conversation ?? .direct
    // The date is that of the message with the button; nothing says when it was pressed.
    return Item(key: messageID, fact: .message(message))
  }

  /// A basic group became a supergroup. Both chats say so, and it is one fact.
  private func migration(_ json: JSON, _ place: TelegramPlace) -> Item? {
    let old: Int64
    let new: Int64
    if let target = json["migrate_to_chat_id"]?.integer {
      (old, new) = (place.chatID, target)
    } else if let source = json["migrate_from_chat_id"]?.integer {
      (old, new) = (source, place.chatID)
    } else {
      return nil
    }
    return Item(
      key: "migration:\(old):\(new)", occurredAt: TelegramJSON.instant(json["date"]),
      fact: .identity(.conversation(from: String(old), to: String(new))))
  }

  /// A message that says nothing we can show: a service message, or content of a later version.
  private func withoutContent(_ kind: TelegramUpdateKind, _ json: JSON) -> Item {
    let names = json.object?.keys ?? []
    if let service = names.first(where: TelegramServiceMessage.kinds.contains) {
      return ignored("\(kind.rawValue).\(service)", at: json["date"])
    }
    let unknown = names.first { !TelegramServiceMessage.frame.contains($0) } ?? ""
    let word = TelegramJSON.kind(unknown, otherwise: "")
    return unrecognised(
      word.isEmpty ? kind.rawValue : "\(kind.rawValue).\(word)", at: json["date"])
  }
}

/// Who wrote a message, and who is on the other side of it.
struct TelegramAuthor {
  /// Inbound, or an echo of what the owner of a connected account wrote.
  let direction: Direction
  /// The person on the other side; `nil` where Telegram says nobody.
  let person: Person?
  /// Who it is from.
  let sender: Sender
  /// The number of the user who wrote it, unless a chat spoke.
  let userID: Int64?

  /// The author of a `Message`.
  init(_ message: JSON, _ place: TelegramPlace) {
    let user = TelegramParty(user: message["from"])
    if place.businessConnectionID != nil, let user,
      user.id != place.chatID || message["sender_business_bot"]?.object != nil
    {
      direction = .outbound
      person = place.party.person
      sender = .user(UserSender(id: String(user.id), name: user.displayName))
      userID = user.id
      return
    }
    direction = .inbound
    // When a chat speaks, `from` is a stand-in such as GroupAnonymousBot.
    if let chat = TelegramParty(chat: message["sender_chat"]) {
      person = chat.person
      sender = chat.sender
      userID = nil
    } else if let user {
      person = user.person
      sender = user.sender
      userID = user.id
    } else {
      // A private chat has the number of its user; of a group it could be anybody.
      person = place.kind == .direct ? place.party.person : nil
      sender = place.party.sender
      userID = place.kind == .direct ? place.chatID : nil
    }
  }
}

/// The names of `Message` members that are not content.
/// <https://core.telegram.org/bots/api#message>, 10.3 of 2026-08-24.
enum TelegramServiceMessage {
  /// Members of service messages that change nothing in a conversation.
  static let kinds: Set<String> = [
    "chat_owner_left", "chat_owner_changed", "new_chat_title", "new_chat_photo",
    "delete_chat_photo", "group_chat_created",
    "supergroup_chat_created", "channel_chat_created", "message_auto_delete_timer_changed",
    "pinned_message", "gift_upgrade_sent", "connected_website", "write_access_allowed",
    "passport_data", "proximity_alert_triggered", "boost_added", "chat_background_set",
    "checklist_tasks_done", "checklist_tasks_added", "direct_message_price_changed",
    "forum_topic_created", "forum_topic_edited", "forum_topic_closed", "forum_topic_reopened",
    "general_forum_topic_hidden", "general_forum_topic_unhidden", "giveaway_created",
    "managed_bot_created", "paid_message_price_changed", "poll_option_added",
    "poll_option_deleted", "suggested_post_approved", "suggested_post_approval_failed",
    "suggested_post_declined", "suggested_post_paid", "suggested_post_refunded",
    "video_chat_scheduled", "video_chat_started", "video_chat_ended",
    "video_chat_participants_invited", "community_chat_added", "community_chat_removed",
    "community_chat_joined",
  ]

  /// Members that any message may have around its content.
  static let frame: Set<String> = [
    "message_id", "message_thread_id", "direct_messages_topic", "from", "sender_chat",
    "sender_boost_count", "sender_business_bot", "sender_tag", "guest_query_id",
    "business_connection_id", "date", "chat", "forward_origin", "forward_date", "forward_from",
    "forward_from_chat", "forward_from_message_id", "forward_sender_name", "forward_signature",
    "is_topic_message", "is_automatic_forward", "reply_to_message", "external_reply", "quote",
    "reply_to_story", "reply_to_checklist_task_id", "reply_to_poll_option_id", "via_bot",
    "guest_bot_caller_user", "guest_bot_caller_chat", "edit_date", "has_protected_content",
    "is_from_offline", "is_paid_post", "media_group_id", "author_signature", "paid_star_count",
    "entities", "caption", "caption_entities", "link_preview_options", "suggested_post_info",
    "effect_id", "show_caption_above_media", "has_media_spoiler", "reply_markup",
    "receiver_user", "ephemeral_message_id",
  ]
}
