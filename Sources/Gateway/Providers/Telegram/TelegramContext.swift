/// What goes with a message of any content: what it answers, where it was forwarded from, its
/// album and topic, and how it came about.
enum TelegramContext {
  /// Adds what `message` has of it.
  static func add(to content: inout MessageContent, from message: JSON, _ place: TelegramPlace) {
    addReply(to: &content, message, place)
    addStart(to: &content)
    if let origin = message["forward_origin"], origin.object != nil {
      content.details["forwarded"] = .object(forwarded(origin, message))
    }
    if let album = TelegramJSON.text(message["media_group_id"]) {
      content.details["group_id"] = .string(album)
    }
    if let thread = message["message_thread_id"]?.integer {
      content.details["thread_id"] = .integer(thread)
    }
    if let topic = message["direct_messages_topic"]?["topic_id"]?.integer {
      content.details["direct_messages_topic_id"] = .integer(topic)
    }
    // Away and greeting messages: said by a program in the person's name.
    if message["is_from_offline"]?.bool == true { content.details["automated"] = true }
    // Shown to the bot alone, in the middle of a group.
    if message["ephemeral_message_id"]?.integer != nil { content.details["ephemeral"] = true }
    if message["has_protected_content"]?.bool == true { content.details["protected"] = true }
    if let bot = TelegramParty(user: message["via_bot"]) {
      content.details["via_bot"] = .string(bot.username ?? String(bot.id))
    }
    if let bot = TelegramParty(user: message["sender_business_bot"]) {
      content.details["business_bot"] = .string(bot.username ?? String(bot.id))
    }
    for name in ["author_signature", "guest_query_id", "sender_tag"] {
      if let text = TelegramJSON.text(message[name]) { content.details[name] = .string(text) }
    }
    if let connection = place.businessConnectionID {
      content.details["business_connection_id"] = .string(connection)
    }
    if let stars = message["paid_star_count"]?.integer {
      content.details["paid_star_count"] = .integer(stars)
    }
  }

  private static func addReply(
    to content: inout MessageContent, _ message: JSON, _ place: TelegramPlace
  ) {
    // In a topic every message "answers" the one that opened it: that is no reply.
    if let original = message["reply_to_message"], original["forum_topic_created"] == nil,
      let number = original["message_id"]?.integer, number != 0
    {
      content.replyTo = place.messageID(number)
    }
    for name in ["quote", "external_reply", "reply_to_story"] {
      if let value = message[name], value.object != nil { content.details[name] = value }
    }
    if let task = message["reply_to_checklist_task_id"]?.integer {
      content.details["reply_to_checklist_task_id"] = .integer(task)
    }
    if let option = TelegramJSON.text(message["reply_to_poll_option_id"]) {
      content.details["reply_to_poll_option_id"] = .string(option)
    }
  }

  /// `/start` begins a conversation; a link `t.me/<bot>?start=<payload>` brings its payload along.
  private static func addStart(to content: inout MessageContent) {
    guard content.kind == .text, let text = content.text, text.hasPrefix("/start") else { return }
    let words = text.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: false)
    guard let command = words.first, command == "/start" || command.hasPrefix("/start@") else {
      return
    }
    content.details["conversation_started"] = true
    // Only what a link can hold: anything else was typed by hand.
    guard words.count == 2, Telegram.isToken(words[1], lengthMax: startPayloadMax) else { return }
    content.details["referral"] = ["payload": .string(String(words[1]))]
  }

  /// The longest payload of a deep link. <https://core.telegram.org/bots/features#deep-linking>,
  /// 10.3 of 2026-08-24.
  private static let startPayloadMax = 64

  /// A `MessageOrigin`: who said it first, as far as they let it be known.
  private static func forwarded(_ origin: JSON, _ message: JSON) -> JSONObject {
    var forwarded: JSONObject = [:]
    forwarded["type"] = TelegramJSON.text(origin["type"]).map(JSON.string)
    let party =
      TelegramParty(user: origin["sender_user"]) ?? TelegramParty(chat: origin["sender_chat"])
      ?? TelegramParty(chat: origin["chat"])
    let name = party?.displayName ?? TelegramJSON.text(origin["sender_user_name"])
    forwarded["name"] = name.map(JSON.string)
    forwarded["id"] = party.map { .string(String($0.id)) }
    forwarded["username"] = party?.username.map(JSON.string)
    forwarded["signature"] = TelegramJSON.text(origin["author_signature"]).map(JSON.string)
    forwarded["message_id"] = origin["message_id"]?.integer.map(JSON.integer)
    forwarded["date"] = TelegramJSON.instant(origin["date"]).map { JSON($0) }
    if message["is_automatic_forward"]?.bool == true { forwarded["automatic"] = true }
    return forwarded
  }
}
