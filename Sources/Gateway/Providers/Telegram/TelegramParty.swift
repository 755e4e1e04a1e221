/// Small readings of Telegram's JSON in which a wrong type is the same as nothing there.
enum TelegramJSON {
  /// A text that is not empty.
  static func text(_ json: JSON?) -> String? {
    guard let text = json?.string, !text.isEmpty else { return nil }
    return text
  }

  /// A time in Unix seconds. Zero stands for "unknown", as in messages the bot may not see.
  static func instant(_ json: JSON?) -> Instant? {
    guard let seconds = json?.integer, seconds > 0 else { return nil }
    return Instant(secondsSinceEpoch: seconds)
  }

  /// A member's name as a kind for the log: a stranger's name only if it looks like Telegram's.
  static func kind(_ name: String, otherwise: String) -> String {
    let plain = name.utf8.allSatisfy {
      (97...122).contains($0) || (48...57).contains($0) || $0 == UInt8(ascii: "_")
    }
    return plain && (1...64).contains(name.utf8.count) ? name : otherwise
  }
}

/// A user, or a chat that speaks or acts as itself.
struct TelegramParty {
  /// The number. A private chat has the number of its user.
  let id: Int64
  /// Whether it is a group or a channel.
  let isChat: Bool
  /// The first name, or a chat's title.
  let firstName: String?
  /// The last name.
  let lastName: String?
  /// The handle without `@`.
  let username: String?
  /// IETF language tag of the user's app.
  let languageCode: String?
  /// Whether it is a bot.
  let isBot: Bool

  /// A `User`; `nil` without a number.
  init?(user: JSON?) {
    guard let user, let id = user["id"]?.integer else { return nil }
    self.id = id
    isChat = false
    firstName = TelegramJSON.text(user["first_name"])
    lastName = TelegramJSON.text(user["last_name"])
    username = TelegramJSON.text(user["username"])
    languageCode = TelegramJSON.text(user["language_code"])
    isBot = user["is_bot"]?.bool ?? false
  }

  /// A `Chat`; `nil` without a number.
  init?(chat: JSON?) {
    guard let chat, let id = chat["id"]?.integer else { return nil }
    self.id = id
    isChat = id < 0
    firstName = TelegramJSON.text(chat["title"]) ?? TelegramJSON.text(chat["first_name"])
    lastName = TelegramJSON.text(chat["last_name"])
    username = TelegramJSON.text(chat["username"])
    languageCode = nil
    isBot = false
  }

  /// First and last name.
  var displayName: String? {
    let words = [firstName, lastName].compactMap(\.self)
    return words.isEmpty ? nil : words.joined(separator: " ")
  }

  /// The person behind it. The number is the address: handles change hands.
  var person: Person {
    Person(addresses: [Address(type: .telegram, value: String(id))], displayName: displayName)
  }

  /// The same as a sender.
  var sender: Sender {
    var sender = TelegramSender(id: id)
    sender.isChat = isChat
    sender.firstName = firstName
    sender.lastName = lastName
    sender.username = username
    sender.languageCode = languageCode
    sender.isBot = isBot
    return .telegram(sender)
  }
}

/// Where a message is, and so how its id is written.
///
/// Message numbers are unique within a chat only. Chats of a connected account, and those the bot
/// is called into as a guest, are not the bot's own chat of the same number: they get a scope.
struct TelegramPlace {
  /// What a chat is to us.
  enum Kind {
    case direct
    case group
    case channel
  }

  /// The chat's number.
  let chatID: Int64
  /// What the chat is to us.
  let kind: Kind
  /// The group's title.
  let title: String?
  /// The chat itself: of a private chat the user.
  let party: TelegramParty
  /// The connection to a personal account that the message came through.
  let businessConnectionID: String?
  /// The topic, where the group is divided into topics.
  let topic: Int64?
  private let scope: String

  /// The place of a `Message`, or of anything with a `chat`; `nil` without one.
  init?(_ message: JSON, isGuest: Bool = false) {
    guard let chat = message["chat"], let party = TelegramParty(chat: chat) else { return nil }
    chatID = party.id
    self.party = party
    title = TelegramJSON.text(chat["title"])
    switch chat["type"]?.string {
    // A guest sees a conversation of others, even where it has two people only.
    case _ where isGuest: kind = .group
    case "private": kind = .direct
    case "group", "supergroup": kind = .group
    case "channel": kind = .channel
    default: kind = party.isChat ? .group : .direct
    }
    businessConnectionID = TelegramJSON.text(message["business_connection_id"])
    // Plain replies in a group carry a thread too; only forums make it a conversation of its own.
    // A channel's direct messages are one group with a topic for each person.
    topic =
      message["is_topic_message"]?.bool == true
      ? message["message_thread_id"]?.integer
      : message["direct_messages_topic"]?["topic_id"]?.integer
    scope = isGuest ? "guest/" : businessConnectionID.map { "\($0)/" } ?? ""
  }

  /// The conversation the message belongs to.
  var conversation: Conversation {
    if kind != .group { return .direct }
    return .group(key: "\(scope)\(chatID)" + (topic.map { ":\($0)" } ?? ""), title: title)
  }

  /// The id of the message with that number in this chat.
  func messageID(_ number: Int64) -> String { "\(scope)\(chatID):\(number)" }

  /// The id of `message`; `nil` without a number.
  ///
  /// Ephemeral messages have the number 0 and a second one that is used again, some automatically
  /// sent ones have 0 alone: the update's number makes them one of a kind.
  func messageID(of message: JSON, update: Int64) -> String? {
    guard let number = message["message_id"]?.integer else { return nil }
    if number != 0 { return messageID(number) }
    guard let ephemeral = message["ephemeral_message_id"]?.integer else {
      return "\(scope)\(chatID):update-\(update)"
    }
    return "\(scope)\(chatID):ephemeral-\(ephemeral)-\(update)"
  }
}
