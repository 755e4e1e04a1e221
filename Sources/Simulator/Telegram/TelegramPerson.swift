import Gateway

/// A Telegram user.
package struct TelegramPerson: Sendable {
  /// The user's id: also the id of their private chat with the bot.
  package let id: Int64
  /// The first name; never empty in Telegram.
  package let firstName: String
  /// The last name, if any.
  package let lastName: String?
  /// The user name without `@`, if any.
  package let username: String?
  /// The language of their app, IETF, such as `sr`.
  package let languageCode: String?
  /// True for a bot.
  package let isBot: Bool

  /// Describes a user.
  package init(
    id: Int64, firstName: String, lastName: String? = nil, username: String? = nil,
    languageCode: String? = nil, isBot: Bool = false
  ) {
    self.id = id
    self.firstName = firstName
    self.lastName = lastName
    self.username = username
    self.languageCode = languageCode
    self.isBot = isBot
  }

  /// The `User` object.
  var user: JSON {
    var object: JSONObject = [
      "id": .integer(id), "is_bot": .bool(isBot), "first_name": .string(firstName),
    ]
    object["last_name"] = lastName.map(JSON.string)
    object["username"] = username.map(JSON.string)
    object["language_code"] = languageCode.map(JSON.string)
    return .object(object)
  }
}

/// Where in Telegram something is said.
package enum TelegramChat: Sendable {
  /// The person's chat with the bot.
  case privateChat(TelegramPerson)
  /// A group; `id` is negative, a supergroup's starts with -100. `topic` is the forum topic.
  case group(id: Int64, title: String, topic: Int64?)
  /// A channel of posts.
  case channel(id: Int64, title: String)

  /// The chat's id.
  var id: Int64 {
    switch self {
    case .privateChat(let person): person.id
    case .group(let id, _, _), .channel(let id, _): id
    }
  }

  /// Whether the id is one of a supergroup: -100 in front of the number.
  private var isSupergroup: Bool { id < -1_000_000_000_000 }

  /// The `Chat` object.
  var chat: JSON {
    switch self {
    case .privateChat(let person):
      var object: JSONObject = ["id": .integer(id), "first_name": .string(person.firstName)]
      object["last_name"] = person.lastName.map(JSON.string)
      object["username"] = person.username.map(JSON.string)
      object["type"] = "private"
      return .object(object)
    case .group(_, let title, let topic):
      var object: JSONObject = ["id": .integer(id), "title": .string(title)]
      if topic != nil { object["is_forum"] = true }
      object["type"] = isSupergroup ? "supergroup" : "group"
      return .object(object)
    case .channel(_, let title):
      return ["id": .integer(id), "title": .string(title), "type": "channel"]
    }
  }
}

/// A message that later updates speak of.
package struct TelegramReference: Sendable {
  /// Where it is.
  package let chat: TelegramChat
  /// Its number in the chat.
  package let messageID: Int64
  /// When it was sent.
  package let sentAt: Instant
  /// What it says, if it is a text.
  package let text: String?

  /// Names a message.
  package init(chat: TelegramChat, messageID: Int64, sentAt: Instant, text: String? = nil) {
    self.chat = chat
    self.messageID = messageID
    self.sentAt = sentAt
    self.text = text
  }
}
