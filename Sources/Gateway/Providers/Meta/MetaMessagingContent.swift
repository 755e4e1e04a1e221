/// What a message says: text and attachments, and around them what it belongs to.
///
/// A part of the wrong type is left out and the rest kept; only a message in which nothing is known
/// is none.
enum MetaMessagingContent {
  /// `details` of what was tapped: `payload`, `text`.
  static let button = "button"
  /// `details` of the link or advertisement that led here, in Meta's own words.
  static let referral = "referral"
  /// `details` of what was passed on: posts, reels, links, templates.
  static let shares = "shares"
  /// `details` of what Meta does not show.
  static let unsupported = "unsupported"

  /// The most attachments of a message: Messenger takes 30. More are in the receipt alone.
  static let attachmentsMax = 100
  /// How long a story is there, and so a mention in it.
  private static let storySeconds: Int64 = 24 * 3600

  /// The content; `nil` when there is none that we know.
  static func read(_ message: JSON, at time: Instant?) -> MessageContent? {
    var content = MessageContent(kind: .text, text: MetaMessagingJSON.text(message["text"]))
    for attachment in (message["attachments"]?.array ?? []).prefix(attachmentsMax) {
      add(attachment, to: &content, at: time)
    }
    if message["is_unsupported"]?.bool == true { addUnsupported(to: &content) }
    if let reply = message["quick_reply"], reply.object != nil {
      addButton(to: &content, payload: MetaMessagingJSON.text(reply["payload"]), text: content.text)
    }
    if let said = MetaMessagingJSON.said(message[referral]) {
      content.details[referral] = .object(said)
    }
    let isNothing =
      content.text == nil && content.attachments.isEmpty && content.kind != .location
      && content.details.isEmpty
    if isNothing { return nil }
    addContext(to: &content, message["reply_to"])
    content.kind = kind(of: content)
    if content.kind == .system, content.details[unsupported] != nil {
      content.text = "Unsupported message"
    }
    return content
  }

  /// What was tapped.
  static func addButton(to content: inout MessageContent, payload: String?, text: String?) {
    var tapped: JSONObject = [:]
    tapped["payload"] = payload.map(JSON.string)
    tapped["text"] = text.map(JSON.string)
    if !tapped.isEmpty { content.details[button] = .object(tapped) }
  }

  /// Of an echo: the app that sent it, and what that app said about it to itself; not where that
  /// is our own id of it (`isNamed`).
  static func addOrigin(to content: inout MessageContent, of message: JSON, isNamed: Bool) {
    content.details["app_id"] = MetaMessagingJSON.id(message["app_id"]).map(JSON.string)
    if isNamed { return }
    content.details["metadata"] = MetaMessagingJSON.text(message["metadata"]).map(JSON.string)
  }

  private static func addContext(to content: inout MessageContent, _ reply: JSON?) {
    content.replyTo = MetaMessagingJSON.text(reply?["mid"])
    if let story = MetaMessagingJSON.said(reply?["story"]) {
      content.details["reply_to_story"] = .object(story)
    }
  }

  private static func kind(of content: MessageContent) -> MessageKind {
    if content.details[button] != nil { return .interactive }
    if content.kind == .location { return .location }
    if !content.attachments.isEmpty { return .media }
    if let shared = content.details[shares]?.array {
      if shared.contains(where: { $0["type"] == "template" }) { return .interactive }
      return content.text == nil ? .media : .text
    }
    return content.text == nil ? .system : .text
  }

  // MARK: - Attachments

  private static func add(
    _ attachment: JSON, to content: inout MessageContent, at time: Instant?
  ) {
    guard attachment.object != nil, let type = MetaMessagingJSON.text(attachment["type"]) else {
      return
    }
    switch type {
    case "image": addFile(attachment, .image, to: &content)
    case "video": addFile(attachment, .video, to: &content)
    case "audio": addFile(attachment, .audio, to: &content)
    case "file": addFile(attachment, .document, to: &content)
    case "sticker": addFile(attachment, .sticker, to: &content)
    case "story_mention": addMention(attachment, to: &content, at: time)
    case "ephemeral": addEphemeral(to: &content)
    case "like_heart":
      content.text = content.text ?? "❤️"
      content.details["like_heart"] = true
    case "location": addLocation(attachment, to: &content)
    case "unsupported_type": addUnsupported(to: &content)
    // Of all that may be passed on there is a link or a preview, and no file of the person's.
    default: addShare(attachment, type, to: &content)
    }
  }

  private static func addFile(
    _ attachment: JSON, _ kind: AttachmentKind, to content: inout MessageContent
  ) {
    let payload = attachment["payload"]
    let sticker = MetaMessagingJSON.id(payload?["sticker_id"])
    // From June to August 2026 a sticker came as an image and as a sticker, both.
    if let sticker, content.attachments.contains(where: { $0.providerID == sticker }) { return }
    var file = reference(sticker == nil ? kind : .sticker, payload, type: attachment["type"])
    file.providerID = sticker
    content.attachments.append(file)
    if let sticker, thumbsUp.contains(sticker), content.text == nil { content.text = "👍" }
  }

  /// The thumb of Messenger's own button, in its three sizes: people mean a word by it.
  private static let thumbsUp: Set<String> = [
    "369239263222822", "369239343222814", "369239383222810",
  ]

  /// A signed address that anybody can fetch, but not for long; without one there is no file.
  private static func reference(
    _ kind: AttachmentKind, _ payload: JSON?, type: JSON?
  ) -> AttachmentReference {
    if let url = MetaMessagingJSON.text(payload?["url"]) {
      return AttachmentReference(kind: kind, source: url)
    }
    var file = AttachmentReference(kind: kind, source: type?.string ?? "")
    file.isFetchable = false
    return file
  }

  /// The story in which the person names the account: a picture or a film, Meta does not say.
  private static func addMention(
    _ attachment: JSON, to content: inout MessageContent, at time: Instant?
  ) {
    var file = reference(.other, attachment["payload"], type: attachment["type"])
    file.details["story_mention"] = true
    if let time {
      file.details["expires_at"] = JSON(time.adding(milliseconds: storySeconds * 1000))
    }
    content.attachments.append(file)
    content.details["story_mention"] = true
  }

  /// To be seen once, and so by nobody but people in the app.
  private static func addEphemeral(to content: inout MessageContent) {
    var file = AttachmentReference(kind: .other, source: "ephemeral")
    file.isFetchable = false
    file.details["ephemeral"] = true
    content.attachments.append(file)
  }

  /// Something that Meta does not give out, such as a poll.
  private static func addUnsupported(to content: inout MessageContent) {
    content.details[unsupported] = [:]
  }

  private static func addLocation(_ attachment: JSON, to content: inout MessageContent) {
    content.kind = .location
    let coordinates = attachment["payload"]?["coordinates"]
    guard let latitude = coordinates?["lat"]?.number, let longitude = coordinates?["long"]?.number
    else { return }
    content.location = Location(
      latitude: latitude, longitude: longitude,
      name: MetaMessagingJSON.text(attachment["title"]))
  }

  private static func addShare(
    _ attachment: JSON, _ type: String, to content: inout MessageContent
  ) {
    var share: JSONObject = ["type": .string(type)]
    for member in MetaMessagingJSON.said(attachment["payload"]) ?? [:] where member.key != "type" {
      share[member.key] = member.value
    }
    for name in ["title", "url"] where share[name] == nil {
      share[name] = MetaMessagingJSON.text(attachment[name]).map(JSON.string)
    }
    content.details[shares] = .array((content.details[shares]?.array ?? []) + [.object(share)])
    if type == "template", content.text == nil { content.text = words(of: .object(share)) }
  }

  /// The words of a message with buttons or cards: of the whole, or of the first card. Instagram
  /// puts the template into a member of its kind, Messenger names the kind beside it.
  private static func words(of template: JSON) -> String? {
    for inner in [template, template["button"], template["generic"]] {
      if let text = MetaMessagingJSON.text(inner?["text"])
        ?? MetaMessagingJSON.text(inner?["elements"]?.array?.first?["title"])
      {
        return text
      }
    }
    return nil
  }
}
