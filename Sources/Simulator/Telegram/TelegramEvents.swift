import Gateway

// What happens around messages: reactions, buttons, people coming and going.

extension TelegramSimulator {
  /// Makes a person's change of reactions: the full lists before and after.
  package mutating func reaction(
    on reference: TelegramReference, from old: [String] = [], to new: [String],
    by person: TelegramPerson
  ) -> HTTPRequest {
    let list: ([String]) -> JSON = { emojis in
      .array(emojis.map { ["type": "emoji", "emoji": .string($0)] })
    }
    return update(
      "message_reaction",
      [
        "chat": reference.chat.chat, "message_id": .integer(reference.messageID),
        "user": person.user, "date": seconds(now), "old_reaction": list(old),
        "new_reaction": list(new),
      ])
  }

  /// Makes the press of an inline button with `data` (up to 64 bytes) under a message of the bot.
  package mutating func callback(
    data: String, label: String, under reference: TelegramReference, by person: TelegramPerson
  ) -> HTTPRequest {
    var message = botMessage(reference).object ?? [:]
    message["reply_markup"] = [
      "inline_keyboard": [[["text": .string(label), "callback_data": .string(data)]]]
    ]
    return update(
      "callback_query",
      [
        "id": .string("4382" + digits(15)), "from": person.user, "message": .object(message),
        "chat_instance": .string("-8" + digits(18)), "data": .string(data),
      ])
  }

  /// Makes the service message that people came into a group; `by` is who added them.
  package mutating func joined(
    _ people: [TelegramPerson], in chat: TelegramChat, by adder: TelegramPerson? = nil
  ) -> HTTPRequest {
    var message = envelope(reference(in: chat), from: adder ?? people.first ?? bot)
    message["new_chat_members"] = .array(people.map(\.user))
    return update("message", .object(message))
  }

  /// Makes the service message that a person left a group.
  package mutating func left(_ person: TelegramPerson, in chat: TelegramChat) -> HTTPRequest {
    var message = envelope(reference(in: chat), from: person)
    message["left_chat_member"] = person.user
    return update("message", .object(message))
  }

  /// Makes the two service messages of a group that became a supergroup under another id.
  package mutating func migrated(
    _ old: TelegramChat, to new: TelegramChat, by person: TelegramPerson
  ) -> [HTTPRequest] {
    var farewell = envelope(reference(in: old), from: person)
    farewell["migrate_to_chat_id"] = .integer(new.id)
    let anonymous = TelegramPerson(
      id: 1_087_968_824, firstName: "Group", username: "GroupAnonymousBot", isBot: true)
    var greeting = envelope(reference(in: new), from: anonymous)
    greeting["sender_chat"] = new.chat
    greeting["migrate_from_chat_id"] = .integer(old.id)
    return [update("message", .object(farewell)), update("message", .object(greeting))]
  }

  /// Makes the news that a person blocked the bot.
  package mutating func blocked(by person: TelegramPerson) -> HTTPRequest {
    membership(from: "member", to: "kicked", in: .privateChat(person), by: person)
  }

  /// Makes the news that a person let the bot in again.
  package mutating func unblocked(by person: TelegramPerson) -> HTTPRequest {
    membership(from: "kicked", to: "member", in: .privateChat(person), by: person)
  }

  /// Makes the news that the bot's own place in a chat changed; the words are Telegram's
  /// (`member`, `administrator`, `left`, `kicked`).
  package mutating func membership(
    from old: String, to new: String, in chat: TelegramChat, by person: TelegramPerson
  ) -> HTTPRequest {
    let bot = bot
    let member: (String) -> JSON = { status in
      var object: JSONObject = ["user": bot.user, "status": .string(status)]
      if status == "kicked" { object["until_date"] = 0 }
      return .object(object)
    }
    let change: JSON = [
      "chat": chat.chat, "from": person.user, "date": seconds(now),
      "old_chat_member": member(old), "new_chat_member": member(new),
    ]
    return update("my_chat_member", change)
  }

  /// Makes the news that `owner` connected a personal account to the bot, or disconnected it.
  package mutating func businessConnection(
    _ connectionID: String, owner: TelegramPerson, enabled: Bool
  ) -> HTTPRequest {
    var connection: JSONObject = [
      "id": .string(connectionID), "user": owner.user, "user_chat_id": .integer(owner.id),
      "date": seconds(now),
    ]
    if enabled { connection["rights"] = ["can_reply": true, "can_read_messages": true] }
    connection["is_enabled"] = .bool(enabled)
    return update("business_connection", .object(connection))
  }

  /// Makes a vote in a poll.
  package mutating func pollAnswer(option: Int64, by person: TelegramPerson) -> HTTPRequest {
    update(
      "poll_answer",
      [
        "poll_id": .string("53" + digits(17)), "user": person.user,
        "option_ids": [.integer(option)], "option_persistent_ids": [.string("opt_\(option)")],
      ])
  }
}
