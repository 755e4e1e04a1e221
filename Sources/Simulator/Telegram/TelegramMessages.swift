import Gateway

// Messages: private, group, business and channel; sent and edited.

extension TelegramSimulator {
  /// Makes a message of `person`, in their private chat unless told otherwise.
  package mutating func message(
    _ content: TelegramPayload, from person: TelegramPerson, in chat: TelegramChat? = nil,
    replyTo: TelegramReference? = nil
  ) -> HTTPRequest {
    var message = header(content, from: person, in: chat ?? .privateChat(person))
    if let replyTo { message["reply_to_message"] = botMessage(replyTo) }
    return update("message", .object(message))
  }

  /// Makes the message a person sends by pressing Start, with the payload of a deep link if any
  /// (up to 64 of `A-Za-z0-9_-`).
  package mutating func start(payload: String?, from person: TelegramPerson) -> HTTPRequest {
    message(.text(payload.map { "/start \($0)" } ?? "/start"), from: person)
  }

  /// Makes an album: an update for each of its photos, the caption on the first one.
  package mutating func album(
    _ count: Int, caption: String?, from person: TelegramPerson, in chat: TelegramChat? = nil
  ) -> [HTTPRequest] {
    let albumID = newAlbumID()
    return (0..<min(max(count, 2), 10)).map {
      albumItem(albumID, caption: $0 == 0 ? caption : nil, from: person, in: chat)
    }
  }

  /// Makes one photo of the album `albumID`.
  package mutating func albumItem(
    _ albumID: String, caption: String?, from person: TelegramPerson, in chat: TelegramChat? = nil
  ) -> HTTPRequest {
    let content = TelegramPayload.photo(caption: caption)
    var message = header(content, from: person, in: chat ?? .privateChat(person))
    message["media_group_id"] = .string(albumID)
    return update("message", .object(message))
  }

  /// Makes up an album's id: seventeen digits as text.
  package func newAlbumID() -> String { "139" + digits(14) }

  /// Makes the edit of a message: the whole new content under the old number.
  package mutating func edited(
    _ reference: TelegramReference, to content: TelegramPayload, by person: TelegramPerson
  ) -> HTTPRequest {
    var message = envelope(reference, from: person)
    message["edit_date"] = seconds(now)
    for member in content.members(random) { message[member.key] = member.value }
    return update("edited_message", .object(message))
  }

  /// Makes a forwarded text: its words are not the sender's.
  package mutating func forwarded(
    _ text: String, of author: TelegramPerson, from person: TelegramPerson
  ) -> HTTPRequest {
    var message = header(.text(text), from: person, in: .privateChat(person))
    message["forward_origin"] = [
      "type": "user", "sender_user": author.user, "date": seconds(now.adding(milliseconds: -9000)),
    ]
    return update("message", .object(message))
  }

  /// Makes a post of a channel: it has no author.
  package mutating func channelPost(_ text: String, in chat: TelegramChat) -> HTTPRequest {
    let reference = reference(in: chat, text: text)
    return update(
      "channel_post",
      [
        "message_id": .integer(reference.messageID), "sender_chat": chat.chat, "chat": chat.chat,
        "date": seconds(now), "text": .string(text),
      ])
  }

  /// Makes a message in a personal account the bot is connected to: by `customer`, or with `owner`
  /// by the account itself, which is the echo of what a person of the organisation wrote.
  package mutating func business(
    _ content: TelegramPayload, connectionID: String, customer: TelegramPerson,
    owner: TelegramPerson? = nil
  ) -> HTTPRequest {
    let message = header(content, from: owner ?? customer, in: .privateChat(customer))
    var first: JSONObject = ["business_connection_id": .string(connectionID)]
    for member in message { first[member.key] = member.value }
    return update("business_message", .object(first))
  }

  /// Makes the news that a customer's messages were deleted in a connected account.
  package mutating func businessDeleted(
    _ references: [TelegramReference], connectionID: String, customer: TelegramPerson
  ) -> HTTPRequest {
    update(
      "deleted_business_messages",
      [
        "business_connection_id": .string(connectionID),
        "chat": TelegramChat.privateChat(customer).chat,
        "message_ids": .array(references.map { .integer($0.messageID) }),
      ])
  }

  /// Takes the number of a message that the bot is held to have sent. Telegram tells nobody of it;
  /// people press its buttons and reply to it.
  package mutating func botSent(_ text: String, in chat: TelegramChat) -> TelegramReference {
    reference(in: chat, text: text)
  }

  /// Builds the `Message` object of a message sent by the bot.
  func botMessage(_ reference: TelegramReference) -> JSON {
    var message = envelope(reference, from: bot)
    message["text"] = reference.text.map(JSON.string)
    return .object(message)
  }

  /// Builds a new message with its content.
  private mutating func header(
    _ content: TelegramPayload, from person: TelegramPerson, in chat: TelegramChat
  ) -> JSONObject {
    var text: String?
    if case .text(let words) = content { text = words }
    var message = envelope(reference(in: chat, text: text), from: person)
    for member in content.members(random) { message[member.key] = member.value }
    return message
  }

  /// Builds what every message starts with.
  func envelope(_ reference: TelegramReference, from person: TelegramPerson) -> JSONObject {
    var message: JSONObject = [
      "message_id": .integer(reference.messageID), "from": person.user,
      "chat": reference.chat.chat, "date": seconds(reference.sentAt),
    ]
    if case .group(_, _, let topic?) = reference.chat {
      message["message_thread_id"] = .integer(topic)
      message["is_topic_message"] = true
    }
    return message
  }

  /// Writes a time as Telegram does: whole seconds since 1970.
  func seconds(_ instant: Instant) -> JSON { .integer(instant.millisecondsSinceEpoch / 1000) }

  /// Makes up decimal digits.
  func digits(_ count: Int) -> String {
    String(decoding: random.bytes(count).map { 48 + $0 % 10 }, as: UTF8.self)
  }
}
