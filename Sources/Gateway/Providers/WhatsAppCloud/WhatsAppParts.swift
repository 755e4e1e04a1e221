/// How a message becomes requests: a reaction; files, with the text below the first one where it
/// fits; then what is left of the text, a place, a card. Buttons are under the last of the text,
/// and a single file stands above them. Once the service window is closed, the template that the
/// message names goes in place of all that.
///
/// <https://developers.facebook.com/documentation/business-messaging/whatsapp/messages>, 2026.
struct WhatsAppParts {
  /// The most UTF-16 units of a text. Meta says characters; units are never fewer.
  static let textUnitsMax = 4_096
  /// The most UTF-16 units below a file.
  static let captionUnitsMax = 1_024
  /// How long after the person wrote free content may be sent: 24 hours, counted to the end.
  static let windowMilliseconds: Int64 = 86_400_000

  /// The message.
  let message: OutboundMessage

  private var content: OutboundContent { message.content }

  /// The parts, in order.
  ///
  /// - Throws: ``Unsendable`` for what Meta is known to refuse.
  func all(now: Instant) throws(Unsendable) -> [WhatsAppPart] {
    guard message.transport == .whatsapp else {
      throw Unsendable(
        .unsupported, field: "transport", "This provider sends on WhatsApp and nowhere else.")
    }
    let recipient = try WhatsAppRecipient(message.recipient)
    let template: WhatsAppTemplate?
    if let named = content.providerTemplate {
      template = try WhatsAppTemplate(named)
    } else {
      template = nil
    }
    if let template, !hasFreeContent || !isWindowOpen(now) {
      try template.check(against: message, recipient)
      return [template.part]
    }
    // First what can never go, so that a template is not asked for in vain.
    var parts = try freeParts()
    guard isWindowOpen(now) else {
      throw Unsendable(
        .windowClosed, field: "provider_template",
        "WhatsApp takes free messages for 24 hours after the person wrote: name a template.")
    }
    if let first = parts.firstIndex(where: { $0.type != "reaction" }) {
      parts[first].replies = message.replyTo != nil
    }
    for index in parts.indices { parts[index].place = index }
    return parts
  }

  private func isWindowOpen(_ now: Instant) -> Bool {
    message.lastInboundAt.map { now.milliseconds(since: $0) < Self.windowMilliseconds } ?? false
  }

  /// Whether it says anything beside its template.
  private var hasFreeContent: Bool {
    var content = content
    content.providerTemplate = nil
    return !content.isEmpty
  }

  /// Everything but a template; at least one part.
  private func freeParts() throws(Unsendable) -> [WhatsAppPart] {
    var parts: [WhatsAppPart] = []
    if let emoji = content.reaction { parts.append(try reaction(emoji)) }
    let files = try files()
    let text = PlainText(content)
    if let choice = try WhatsAppChoice(content) {
      parts +=
        try choice.isInteractive
        ? interactive(choice, text, files) : plain(text, files, below: choice)
    } else {
      parts += plain(text, files, below: nil)
    }
    if let location = content.location { parts.append(WhatsAppPart("location", place(location))) }
    if let card = content.contact { parts.append(Self.card(card)) }
    guard !parts.isEmpty else {
      throw Unsendable(.empty, field: "text", "There is nothing in it that WhatsApp could show.")
    }
    return parts
  }

  /// The text with buttons or a list under it. Cut short throughout, as any piece may be the last.
  private func interactive(
    _ choice: WhatsAppChoice, _ text: PlainText, _ files: [WhatsAppPart.File]
  ) throws(Unsendable) -> [WhatsAppPart] {
    var text = text
    text.append(choice.lines)
    var pieces = text.pieces(max: WhatsAppChoice.bodyUnitsMax, marks: true)
    guard let body = pieces.popLast() else {
      throw Unsendable(
        .empty, field: "text", "WhatsApp shows buttons and lists under a text only: write one.")
    }
    var last = WhatsAppPart("interactive", choice.content(body: body))
    last.note = choice.note
    if let file = files.first, files.count == 1, pieces.isEmpty, choice.takesHeader,
      file.media.takesCaption
    {
      last.file = file
      last.fileFields = named(file)
      return [last]
    }
    return files.map { WhatsAppPart($0, named($0)) } + pieces.map(Self.text) + [last]
  }

  /// The files, then the text; below the first file, where it fits.
  private func plain(
    _ text: PlainText, _ files: [WhatsAppPart.File], below choice: WhatsAppChoice?
  ) -> [WhatsAppPart] {
    var text = text
    text.append(choice?.lines ?? [])
    let captions = text.pieces(max: Self.captionUnitsMax, marks: true)
    let isCaption = captions.count == 1 && files.first?.media.takesCaption == true
    var parts = files.map { WhatsAppPart($0, named($0)) }
    if isCaption {
      parts[0].fileFields["caption"] = JSON(captions.first)
    } else {
      parts += text.pieces(max: Self.textUnitsMax, marks: true).map(Self.text)
    }
    if !parts.isEmpty { parts[0].note = choice?.note }
    return parts
  }

  private func reaction(_ emoji: String) throws(Unsendable) -> WhatsAppPart {
    guard let answered = message.replyTo else {
      throw Unsendable(
        .empty, field: "reply_to", "A reaction needs the message that it is put on.")
    }
    return WhatsAppPart(
      "reaction", ["message_id": .string(answered), "emoji": .string(emoji)])
  }

  private func files() throws(Unsendable) -> [WhatsAppPart.File] {
    var files: [WhatsAppPart.File] = []
    for (index, attachment) in content.attachments.enumerated() {
      if let size = attachment.size, size > WhatsAppMedia.documentBytesMax {
        throw Unsendable(
          .tooLarge, field: "attachments[\(index)]",
          "WhatsApp takes files of at most \(WhatsAppMedia.documentBytesMax >> 20) MB.")
      }
      files.append(WhatsAppPart.File(attachment: index, media: WhatsAppMedia(attachment)))
    }
    return files
  }

  /// What a file is called, and whether it is a voice note.
  private func named(_ file: WhatsAppPart.File) -> JSONObject {
    let attachment = content.attachments[file.attachment]
    var fields: JSONObject = [:]
    if file.media == .document, let name = attachment.fileName, !name.isEmpty {
      fields["filename"] = .string(name)
    }
    if file.media == .audio, WhatsAppMedia.isVoice(attachment) { fields["voice"] = true }
    return fields
  }

  private static func text(_ piece: String) -> WhatsAppPart {
    var fields: JSONObject = ["body": .string(piece)]
    if piece.contains("https://") || piece.contains("http://") { fields["preview_url"] = true }
    return WhatsAppPart("text", fields)
  }

  private func place(_ location: Location) -> JSONObject {
    var fields: JSONObject = [
      "latitude": .number(location.latitude), "longitude": .number(location.longitude),
    ]
    for (name, words) in [("name", location.name), ("address", location.address)] {
      if let words = words?.trimmed, !words.isEmpty { fields[name] = .string(words) }
    }
    return fields
  }

  private static func card(_ contact: ContactCard) -> WhatsAppPart {
    let whole = [contact.firstName, contact.lastName].compactMap(\.self).joined(separator: " ")
    var name: JSONObject = [
      "formatted_name": .string(whole), "first_name": .string(contact.firstName),
    ]
    if let lastName = contact.lastName { name["last_name"] = .string(lastName) }
    let card: JSON = [
      "name": .object(name), "phones": [["phone": .string(contact.phone)]],
    ]
    // The one kind whose field holds a list.
    return WhatsAppPart("contacts", ["contacts": [card]])
  }
}
