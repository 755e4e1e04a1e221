/// How a message becomes requests: a reaction; the files; then the text, as there are no captions,
/// with places, business cards and what cannot be pressed written out. What can be pressed is under
/// the last of the text, which is the last of all: what comes behind would take it away.
///
/// <https://developers.facebook.com/documentation/business-messaging/messenger-platform/send-messages>,
/// 2026.
struct MetaSendParts {
  /// Requests of one message: 20,000 bytes are a mistake, and would hold up the queue.
  static let partsMax = 20

  /// The message.
  let message: OutboundMessage
  /// What the line takes.
  let line: MetaSendLine

  private var content: OutboundContent { message.content }

  /// The parts, in order.
  ///
  /// - Throws: ``Unsendable`` for what Meta is known to refuse.
  func all(now: Instant) throws(Unsendable) -> [MetaSendPart] {
    guard message.transport == line.transport else {
      throw Unsendable(
        .unsupported, field: "transport",
        "This provider sends on \(line.title) and nowhere else.")
    }
    _ = try line.recipient(message.recipient)
    var parts = try contentParts()
    guard !parts.isEmpty else {
      throw Unsendable(
        .empty, field: "text", "There is nothing in it that \(line.title) could show.")
    }
    guard parts.count <= Self.partsMax else {
      throw Unsendable(
        .tooLarge, field: "text",
        "It would be \(parts.count) messages; at most \(Self.partsMax) are sent.")
    }
    let tag = try MetaSendWindow.tag(of: message, on: line, now: now)
    if let first = parts.firstIndex(where: { !$0.isReaction }) {
      parts[first].replies = message.replyTo != nil
    }
    for index in parts.indices {
      parts[index].place = index
      // A sign has no words of its own that a tag could be about.
      if !parts[index].isReaction { parts[index].tag = tag }
    }
    return parts
  }

  /// A template opens no window, so the message's own words go before it.
  private func contentParts() throws(Unsendable) -> [MetaSendPart] {
    var own = content
    own.providerTemplate = nil
    if own.isEmpty, let template = content.providerTemplate { return [try part(template)] }
    var parts: [MetaSendPart] = []
    if let emoji = content.reaction { parts.append(try reaction(emoji)) }
    parts += try fileParts()
    parts += try MetaSendChoice(content).parts(
      below: PlainText(content, writing: [.contact, .location]), on: line)
    return parts
  }

  private func reaction(_ emoji: String) throws(Unsendable) -> MetaSendPart {
    guard message.replyTo != nil else {
      throw Unsendable(
        .empty, field: "reply_to", "A reaction needs the message that it is put on.")
    }
    if emoji.isEmpty { return MetaSendPart(.reaction(nil)) }
    // Instagram documents this one by its name; Messenger any emoji.
    let isLove = line.namesLove && (emoji == "❤️" || emoji == "❤")
    return MetaSendPart(.reaction(isLove ? "love" : emoji))
  }

  /// A template in Meta's own words: what stands under `message`.
  private func part(_ template: JSONObject) throws(Unsendable) -> MetaSendPart {
    let text = template["text"]?.string ?? ""
    let files = template["attachments"]?.array ?? []
    guard template["attachment"]?.object != nil || !files.isEmpty || !text.isEmpty else {
      throw Unsendable(
        .invalidTemplate, field: "provider_template",
        "It is sent as Meta's message object: give it an attachment or a text.")
    }
    return MetaSendPart(.message(template))
  }

  /// The files, neighbouring images in one part. A message has no more files than Meta takes there:
  /// ten on Instagram, thirty on Messenger.
  private func fileParts() throws(Unsendable) -> [MetaSendPart] {
    var groups: [[MetaSendPart.File]] = []
    for (index, attachment) in content.attachments.enumerated() {
      let media = try media(attachment, field: "attachments[\(index)]")
      let file = MetaSendPart.File(attachment: index, media: media)
      if media == .image, groups.last?.first?.media == .image {
        groups[groups.count - 1].append(file)
      } else {
        groups.append([file])
      }
    }
    return groups.map(MetaSendPart.init)
  }

  private func media(
    _ attachment: OutboundAttachment, field: String
  ) throws(Unsendable) -> MetaSendPart.Media {
    let type = attachment.contentType.map { $0.prefix { $0 != ";" }.lowercased().trimmed }
    let media = Self.media(attachment.kind, type)
    let most = media == .image ? line.imageMax : MetaSendLine.fileBytesMax
    if let size = attachment.size, size > most {
      throw Unsendable(
        .tooLarge, field: field,
        "\(line.title) takes \(media == .image ? "images" : "files") of at most \(most >> 20) MB.")
    }
    let types =
      switch media {
      case .image: line.imageTypes
      case .file: line.documentTypes
      case .video, .audio: nil as Set<String>?
      }
    if let types, let type, !types.contains(type) {
      throw Unsendable(
        .unsupported, field: field,
        "\(line.title) takes no \(type): of \(media == .image ? "images" : "documents") only "
          + "\(media == .image ? "JPEG, PNG and GIF" : "PDF").")
    }
    return media
  }

  private static func media(_ kind: AttachmentKind, _ type: String?) -> MetaSendPart.Media {
    switch kind {
    case .image, .sticker: .image
    case .video: .video
    // A moving picture is a film, a GIF is a picture.
    case .animation: type?.hasPrefix("image/") == true ? .image : .video
    case .audio, .voice: .audio
    case .document, .contactCard, .other: .file
    }
  }
}
