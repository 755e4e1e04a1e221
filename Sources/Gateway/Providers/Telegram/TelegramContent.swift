/// What a `Message` says: exactly one content, and around it what goes with any content.
///
/// A part of the wrong type is left out and the rest kept; only a message whose content itself
/// cannot be found is none. What a kind has beyond text and files goes to `details` under
/// Telegram's own name, whole.
enum TelegramContent {
  /// The content with its context; `nil` when there is none that we know.
  static func read(_ message: JSON, _ place: TelegramPlace) -> MessageContent? {
    for read in readers {
      guard var content = read(message) else { continue }
      TelegramContext.add(to: &content, from: message, place)
      return content
    }
    return nil
  }

  /// The sender's own number where they shared it: Telegram vouches for it only then.
  static func ownPhone(_ message: JSON, of author: TelegramAuthor) -> [Address] {
    let contact = message["contact"]
    guard let userID = author.userID, contact?["user_id"]?.integer == userID,
      let raw = TelegramJSON.text(contact?["phone_number"]), let number = phone(raw)
    else { return [] }
    return [Address(type: .phone, value: number, raw: raw)]
  }

  /// A `Location`; `nil` when it is not on earth.
  static func place(_ json: JSON?, name: String? = nil, address: String? = nil) -> Location? {
    guard let latitude = json?["latitude"]?.number, let longitude = json?["longitude"]?.number
    else { return nil }
    return Location(latitude: latitude, longitude: longitude, name: name, address: address)
  }

  /// The readers by kind of content; the first that finds its own wins. The order matters where
  /// Telegram says one thing twice for old bots: a venue is a location too.
  private static let readers: [@Sendable (JSON) -> MessageContent?] =
    [text, rich, file, paidMedia, story, venue, location, contact]
    + TelegramSpecialContent.readers

  @Sendable private static func text(_ message: JSON) -> MessageContent? {
    guard let text = TelegramJSON.text(message["text"]) else { return nil }
    var content = MessageContent(kind: .text, text: text)
    addEntities(to: &content, message["entities"])
    return content
  }

  @Sendable private static func rich(_ message: JSON) -> MessageContent? {
    guard let blocks = message["rich_message"]?["blocks"], blocks.array != nil else { return nil }
    let lines = TelegramRichText.lines(ofBlocks: blocks)
    var content = MessageContent(
      kind: .text, text: lines.isEmpty ? nil : lines.joined(separator: "\n"))
    content.attachments = TelegramRichText.attachments(ofBlocks: blocks)
    if lines.isEmpty, !content.attachments.isEmpty { content.kind = .media }
    // The text has lost its form on the way here.
    content.details["flattened"] = true
    return content
  }

  @Sendable private static func file(_ message: JSON) -> MessageContent? {
    guard let kind = TelegramFile.kinds.first(where: { $0.isMember(of: message) }) else {
      return nil
    }
    var content = captioned(message)
    content.attachments = [kind.attachment(in: message)].compactMap(\.self)
    // A sticker has no caption: its emoji is what it says.
    if kind.member == "sticker" { content.text = TelegramJSON.text(message["sticker"]?["emoji"]) }
    return content
  }

  @Sendable private static func paidMedia(_ message: JSON) -> MessageContent? {
    guard let paid = message["paid_media"], let media = paid["paid_media"]?.array else {
      return nil
    }
    var content = captioned(message)
    content.attachments = media.compactMap { item in
      TelegramFile.kinds.lazy.compactMap { $0.attachment(in: item) }.first
    }
    var details: JSONObject = ["count": .integer(Int64(media.count))]
    details["star_count"] = paid["star_count"]?.integer.map(JSON.integer)
    content.details["paid_media"] = .object(details)
    return content
  }

  @Sendable private static func story(_ message: JSON) -> MessageContent? {
    guard let story = message["story"], story.object != nil else { return nil }
    // The Bot API does not give out stories: there is only whose it is.
    var content = captioned(message)
    content.details["story"] = story
    return content
  }

  @Sendable private static func venue(_ message: JSON) -> MessageContent? {
    guard let venue = message["venue"], venue.object != nil else { return nil }
    var content = MessageContent(kind: .location)
    content.location = place(
      venue["location"] ?? message["location"], name: TelegramJSON.text(venue["title"]),
      address: TelegramJSON.text(venue["address"]))
    var known: JSONObject = [:]
    for name in ["foursquare_id", "foursquare_type", "google_place_id", "google_place_type"] {
      known[name] = TelegramJSON.text(venue[name]).map(JSON.string)
    }
    if !known.isEmpty { content.details["venue"] = .object(known) }
    return content
  }

  @Sendable private static func location(_ message: JSON) -> MessageContent? {
    guard let location = message["location"], location.object != nil else { return nil }
    var content = MessageContent(kind: .location)
    content.location = place(location)
    if let accuracy = location["horizontal_accuracy"], accuracy.number != nil {
      content.details["accuracy_meters"] = accuracy
    }
    if let period = location["live_period"]?.integer {
      var live: JSONObject = ["period_seconds": .integer(period)]
      live["heading_degrees"] = location["heading"]?.integer.map(JSON.integer)
      live["proximity_alert_radius_meters"] =
        location["proximity_alert_radius"]?.integer.map(JSON.integer)
      content.details["live"] = .object(live)
    }
    return content
  }

  @Sendable private static func contact(_ message: JSON) -> MessageContent? {
    guard let contact = message["contact"], contact.object != nil else { return nil }
    var content = MessageContent(kind: .contact)
    var details: JSONObject = [:]
    let names = ["first_name", "last_name"].compactMap { TelegramJSON.text(contact[$0]) }
    if !names.isEmpty { details["name"] = .string(names.joined(separator: " ")) }
    if let raw = TelegramJSON.text(contact["phone_number"]) {
      details["phone"] = .string(phone(raw) ?? raw)
    }
    details["user_id"] = contact["user_id"]?.integer.map { .string(String($0)) }
    details["vcard"] = TelegramJSON.text(contact["vcard"]).map(JSON.string)
    content.details["contacts"] = [.object(details)]
    return content
  }

  private static func captioned(_ message: JSON) -> MessageContent {
    var content = MessageContent(kind: .media, text: TelegramJSON.text(message["caption"]))
    if content.text != nil { addEntities(to: &content, message["caption_entities"]) }
    return content
  }

  /// Offsets and lengths stay in UTF-16 code units, as Telegram counts.
  private static func addEntities(to content: inout MessageContent, _ entities: JSON?) {
    if let list = entities?.array, !list.isEmpty { content.details["entities"] = .array(list) }
  }

  /// Telegram writes international numbers, with or without the plus sign.
  private static func phone(_ raw: String) -> String? {
    PhoneNumber.e164(raw.hasPrefix("+") ? raw : "+\(raw)")
  }
}
