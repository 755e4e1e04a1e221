/// How a message becomes requests: files first, with the text below the first one where it fits;
/// then what is left of the text, a place, a card. Buttons are under the last of them.
/// <https://core.telegram.org/bots/api#sendmessage>, 10.3 of 2026-08-24.
extension Telegram {
  /// The most UTF-16 units of a message. Telegram says "characters" and was seen to take as many
  /// scalars: units are safe in either reading.
  static let textUnitsMax = 4_096
  /// The most UTF-16 units below a file.
  static let captionUnitsMax = 1_024
  /// The most bytes that a button gives back.
  static let payloadBytesMax = 64

  /// The message in parts.
  ///
  /// - Throws: ``Unsendable`` for an address, a file or a button that Telegram could not take.
  package func parts(of message: OutboundMessage, now: Instant) throws(Unsendable) -> [MessagePart]
  {
    let recipient = try TelegramRecipient(message.recipient, replyTo: message.replyTo)
    let content = message.content
    if let emoji = content.reaction { return [try Self.reaction(emoji, recipient).part] }
    if content.providerTemplate != nil {
      throw Unsendable(
        .unsupported, field: "provider_template", "Telegram has no templates: send the text.")
    }
    let keyboard = try TelegramKeyboard.markup(content)
    let text = TelegramText(content)
    // Buttons belong under what is said, and an album cannot have any: then the text goes behind.
    let isCaption =
      text.captionFits && content.attachments.first.map { TelegramMedia($0).takesCaption } == true
      && (keyboard == nil || content.attachments.count == 1)
    let endsWithFiles =
      (isCaption || text.isEmpty) && content.location == nil && content.contact == nil
    var parts = try Self.files(of: content, together: keyboard == nil || !endsWithFiles)
    if isCaption, !parts.isEmpty {
      for member in text.whole(as: "caption") { parts[0].fields[member.key] = member.value }
    } else {
      parts += text.pieces.map { TelegramPart("sendMessage", $0) }
    }
    if let location = content.location { parts.append(Self.place(location)) }
    if let contact = content.contact { parts.append(Self.card(contact)) }
    guard let last = parts.indices.last else {
      throw Unsendable(.empty, field: "text", "There is nothing in it that Telegram could show.")
    }
    if let keyboard { parts[last].fields["reply_markup"] = keyboard }
    parts[0].replies = true
    for index in parts.indices { parts[index].place = index }
    return parts.map(\.part)
  }

  /// The files, neighbours that fit an album in one part.
  private static func files(
    of content: OutboundContent, together: Bool
  ) throws(Unsendable) -> [TelegramPart] {
    var groups: [[TelegramPart.File]] = []
    var uploaded: Int64 = 0
    for (index, attachment) in content.attachments.enumerated() {
      let media = TelegramMedia(attachment)
      let size = attachment.size ?? 0
      if size > media.sizeMax {
        throw Unsendable(
          .tooLarge, field: "attachments[\(index)]",
          "Telegram takes files of at most \(media.sizeMax >> 20) MB.")
      }
      let file = TelegramPart.File(attachment: index, media: media)
      // All of an album is one request: also after Telegram could not fetch one of them.
      if together, let first = groups.last?.first, media.joins(first.media),
        groups.last.map({ $0.count < TelegramMedia.albumMax }) == true,
        size <= TelegramMedia.uploadedMax - uploaded
      {
        groups[groups.count - 1].append(file)
        uploaded += size
      } else {
        groups.append([file])
        uploaded = size
      }
    }
    return groups.map(TelegramPart.init)
  }

  /// A sign on the message that is answered; without an emoji it is taken back.
  /// <https://core.telegram.org/bots/api#setmessagereaction>, 10.3 of 2026-08-24.
  private static func reaction(
    _ emoji: String, _ recipient: TelegramRecipient
  ) throws(Unsendable) -> TelegramPart {
    guard recipient.businessConnectionID == nil else {
      throw Unsendable(
        .unsupported, field: "reaction",
        "Telegram lets a bot react only in its own chats, not in those of a connected account.")
    }
    guard let number = recipient.replyNumber else {
      throw Unsendable(
        .unsupported, field: "reply_to",
        "Telegram has no number for this message in this chat: nothing to put a reaction on.")
    }
    let signs: [JSON] = emoji.isEmpty ? [] : [["type": "emoji", "emoji": .string(emoji)]]
    return TelegramPart(
      TelegramPart.reactionMethod, ["message_id": .integer(number), "reaction": .array(signs)])
  }

  /// A venue needs a title and an address; a bare location has neither.
  private static func place(_ location: Location) -> TelegramPart {
    var fields: JSONObject = [
      "latitude": .number(location.latitude), "longitude": .number(location.longitude),
    ]
    let words = [location.name, location.address].map { $0?.trimmed ?? "" }
    guard let known = words.first(where: { !$0.isEmpty }) else {
      return TelegramPart("sendLocation", fields)
    }
    fields["title"] = .string(words[0].isEmpty ? known : words[0])
    fields["address"] = .string(words[1].isEmpty ? known : words[1])
    return TelegramPart("sendVenue", fields)
  }

  private static func card(_ contact: ContactCard) -> TelegramPart {
    var fields: JSONObject = [
      "phone_number": .string(contact.phone), "first_name": .string(contact.firstName),
    ]
    if let lastName = contact.lastName { fields["last_name"] = .string(lastName) }
    return TelegramPart("sendContact", fields)
  }
}

/// A message's text with its spans, whole or in pieces.
struct TelegramText {
  private let text: String
  private let entities: [TextEntity]

  /// The text of a message.
  init(_ content: OutboundContent) {
    text = content.text ?? ""
    entities = content.entities
  }

  /// Whether there is nothing to see.
  var isEmpty: Bool { TextSplitter.pieces(text, max: .max).isEmpty }

  /// Whether it can stand below a file.
  var captionFits: Bool { !isEmpty && text.utf16.count <= Telegram.captionUnitsMax }

  /// The fields of the whole text, `name` and its entities.
  func whole(as name: String) -> JSONObject { fields(text[...], as: name) }

  /// The fields of one `sendMessage` after another.
  var pieces: [JSONObject] {
    TextSplitter.pieces(text, max: Telegram.textUnitsMax).map { fields($0, as: "text") }
  }

  private func fields(_ piece: Substring, as name: String) -> JSONObject {
    var fields: JSONObject = [name: .string(String(piece))]
    let start = text.utf16.distance(from: text.startIndex, to: piece.startIndex)
    let end = start + piece.utf16.count
    var spans: [JSON] = []
    for entity in entities {
      // A span across a cut goes on in the next piece.
      let from = max(entity.offset, start)
      let to = min(entity.offset + entity.length, end)
      if from < to { spans.append(Self.span(entity, offset: from - start, length: to - from)) }
    }
    if !spans.isEmpty {
      fields[name == "text" ? "entities" : "\(name)_entities"] = .array(spans)
    }
    return fields
  }

  /// A `MessageEntity`. <https://core.telegram.org/bots/api#messageentity>, 10.3 of 2026-08-24.
  private static func span(_ entity: TextEntity, offset: Int, length: Int) -> JSON {
    var span: JSONObject = [
      "type": .string(entity.style == .link ? "text_link" : entity.style.rawValue),
      "offset": JSON(offset), "length": JSON(length),
    ]
    if entity.style == .link { span["url"] = JSON(entity.url) }
    return .object(span)
  }
}

/// The buttons under a message.
/// <https://core.telegram.org/bots/api#inlinekeyboardbutton>, 10.3 of 2026-08-24.
enum TelegramKeyboard {
  /// An `InlineKeyboardMarkup`; `nil` without buttons. What stands in a list, which Telegram does
  /// not have, is a button each.
  ///
  /// - Throws: ``Unsendable`` for a payload that would not come back as it was given.
  static func markup(_ content: OutboundContent) throws(Unsendable) -> JSON? {
    var rows: [JSON] = []
    for (index, row) in content.buttons.enumerated() {
      var keys: [JSON] = []
      for (place, button) in row.enumerated() {
        let field = row.count == 1 ? "buttons[\(index)]" : "buttons[\(index)][\(place)]"
        keys.append(try key(button, field: field))
      }
      if !keys.isEmpty { rows.append(.array(keys)) }
    }
    for (index, section) in (content.list?.sections ?? []).enumerated() {
      for (place, row) in section.rows.enumerated() {
        let field = "list.sections[\(index)].rows[\(place)]"
        rows.append([try key(row.button, field: field)])
      }
    }
    if rows.isEmpty { return nil }
    return ["inline_keyboard": .array(rows)]
  }

  private static func key(_ button: Button, field: String) throws(Unsendable) -> JSON {
    switch button.action {
    case .open(let url): return ["text": .string(button.text), "url": .string(url)]
    case .reply(let payload):
      if payload.isEmpty {
        throw Unsendable(.empty, field: field, "The payload must not be empty.")
      }
      guard payload.utf8.count <= Telegram.payloadBytesMax else {
        throw Unsendable(
          .tooLarge, field: field,
          "Telegram gives back at most \(Telegram.payloadBytesMax) bytes of payload, and this has "
            + "\(payload.utf8.count): keep it on your side and send a key to it.")
      }
      return ["text": .string(button.text), "callback_data": .string(payload)]
    }
  }
}
