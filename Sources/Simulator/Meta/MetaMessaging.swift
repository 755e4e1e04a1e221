import Gateway

/// What somebody writes on Instagram or Messenger.
package enum MessagingContent: Sendable {
  /// The kinds of file.
  package enum Media: String, CaseIterable, Sendable {
    case image, video, audio, file
  }

  case text(String)
  case media(Media)
  /// A text that answers the message of that id.
  case reply(String, to: String)
  /// A text that answers a story of the account's.
  case storyReply(String, storyID: String)
  /// The account is named in somebody's story.
  case storyMention
  /// A tap on a quick reply: its title is the text.
  case quickReply(title: String, payload: String)
  /// A heart on Instagram, which is nothing but itself.
  case heart
  /// Something the API cannot show.
  case unsupported
}

/// What an Instagram account or a page is told.
extension MetaSimulator {
  /// A message by the person of that id; its own is ``lastID`` unless given.
  package mutating func message(
    _ content: MessagingContent, from person: String, id: String? = nil
  ) -> MetaUpdate {
    var message: JSONObject = ["mid": .string(id ?? newID(of: person))]
    switch content {
    case .text(let text): message["text"] = .string(text)
    case .media(let media): message["attachments"] = [attachment(media.rawValue, media)]
    case .reply(let text, let id):
      message["text"] = .string(text)
      message["reply_to"] = ["mid": .string(id)]
    case .storyReply(let text, let storyID):
      message["text"] = .string(text)
      message["reply_to"] = [
        "story": ["url": .string(fileAddress(.image)), "id": .string(storyID)]
      ]
    case .storyMention: message["attachments"] = [attachment("story_mention", .image)]
    case .quickReply(let title, let payload):
      message["text"] = .string(title)
      message["quick_reply"] = ["payload": .string(payload)]
    case .heart: message["attachments"] = [["type": "like_heart"]]
    case .unsupported: message["is_unsupported"] = true
    }
    return event(from: person, "message", .object(message))
  }

  /// A button, an ice breaker or a line of the menu is pressed.
  package mutating func postback(title: String, payload: String, by person: String) -> MetaUpdate {
    event(
      from: person, "postback",
      [
        "mid": .string(newID(of: person)), "title": .string(title), "payload": .string(payload),
      ])
  }

  /// A sign on the message of that id; `nil` takes it back.
  package func reaction(_ emoji: String?, on id: String, by person: String) -> MetaUpdate {
    var reaction: JSONObject = [
      "mid": .string(id), "action": .string(emoji == nil ? "unreact" : "react"),
    ]
    reaction["reaction"] = emoji.map { _ in "other" }
    reaction["emoji"] = emoji.map(JSON.string)
    return event(from: person, "reaction", .object(reaction))
  }

  /// Another text for an earlier message.
  package func edit(of id: String, text: String, number: Int = 1, by person: String) -> MetaUpdate {
    event(
      from: person, "message_edit",
      ["mid": .string(id), "text": .string(text), "num_edit": .string(String(number))])
  }

  /// A message is taken back: the same id, and no content.
  package func unsent(_ id: String, by person: String) -> MetaUpdate {
    event(from: person, "message", ["mid": .string(id), "is_deleted": true])
  }

  /// A message that the account sent to a person, by the API or in Meta's own app.
  package func echo(_ message: JSONObject, id: String, to person: String) -> MetaUpdate {
    var echo: JSONObject = ["mid": .string(id)]
    for member in message { echo[member.key] = member.value }
    echo["is_echo"] = true
    if account.product == .messenger { echo["app_id"] = 1_122_334_455_667_788 }
    return event(from: person, "message", .object(echo), isOurs: true)
  }

  /// An agent of the account writes in Meta's own app.
  package mutating func echo(_ text: String, to person: String) -> MetaUpdate {
    echo(["text": .string(text)], id: newID(of: person), to: person)
  }

  /// The person has seen the message of that id and all before it: Instagram's.
  package func seen(_ id: String, by person: String) -> MetaUpdate {
    event(from: person, "read", ["mid": .string(id)])
  }

  /// The person has seen everything until then: Messenger's.
  package func seen(until: Instant, by person: String) -> MetaUpdate {
    event(from: person, "read", ["watermark": .integer(until.millisecondsSinceEpoch)])
  }

  /// Everything until then has arrived, and those of these ids: Messenger's.
  package func delivered(_ ids: [String], until: Instant, to person: String) -> MetaUpdate {
    var delivery: JSONObject = [:]
    // Meta leaves the list out at times.
    if !ids.isEmpty { delivery["mids"] = .array(ids.map(JSON.string)) }
    delivery["watermark"] = .integer(until.millisecondsSinceEpoch)
    return event(from: person, "delivery", .object(delivery))
  }

  /// An event of a kind nobody knows yet.
  package func unknownEvent(from person: String) -> MetaUpdate {
    event(from: person, "some_future_event", ["x": 1])
  }

  private func event(
    from person: String, _ member: String, _ value: JSON, isOurs: Bool = false
  ) -> MetaUpdate {
    let own: JSON = ["id": .string(account.id)]
    let other: JSON = ["id": .string(person)]
    return MetaUpdate(
      product: account.product, entryID: account.id, metadata: nil, contacts: [],
      member: "messaging",
      value: [
        "sender": isOurs ? own : other, "recipient": isOurs ? other : own,
        "timestamp": .integer(now.millisecondsSinceEpoch), member: value,
      ])
  }

  private func attachment(_ type: String, _ media: MessagingContent.Media) -> JSON {
    ["type": .string(type), "payload": ["url": .string(fileAddress(media))]]
  }

  /// How long these addresses are good is nowhere said: they are until the year 2100.
  private static let never = Instant(millisecondsSinceEpoch: 4_102_444_800_000)

  /// An address that needs no credentials.
  private func fileAddress(_ media: MessagingContent.Media) -> String {
    let types: [MessagingContent.Media: String] = [
      .image: "image/jpeg", .video: "video/mp4", .audio: "audio/mpeg", .file: "application/pdf",
    ]
    return MetaFile.address(
      base: filesURL ?? "https://lookaside.fbsbx.com", path: MetaFile.messagingPath,
      id: MetaFile.id(types[media] ?? "", random), expiry: Self.never,
      seed: filesSeed)
  }
}
