/// Divides a message into what one request each can say.
/// <https://www.twilio.com/docs/messaging/api/message-resource>, autumn 2026.
struct TwilioParts {
  /// UTF-16 units of a text. Twilio says characters; units are never fewer.
  static let textUnitsMax = 1600
  /// UTF-16 units of a caption on WhatsApp; longer texts go before the file.
  static let captionUnitsMax = 1024
  /// Files of an MMS; elsewhere one a message.
  static let mediaMax = 10
  /// Bytes of a JPEG, PNG or GIF in an MMS, and of an image on WhatsApp.
  static let imageBytesMax = 5 * 1024 * 1024
  /// Bytes of any other file in an MMS.
  static let fileBytesMax = 500 * 1024
  /// Bytes of any other file on WhatsApp.
  static let whatsAppBytesMax = 16 * 1024 * 1024
  /// Requests of one message: 32,000 characters are a mistake, and would hold up the queue.
  static let partsMax = 20
  /// How long after the person wrote free text may be sent on WhatsApp.
  static let windowMilliseconds = 86_400_000

  /// The message.
  let message: OutboundMessage

  /// The parts, in order.
  ///
  /// - Throws: ``Unsendable`` for what Twilio is known to refuse.
  func all(now: Instant) throws(Unsendable) -> [TwilioPart] {
    guard [.sms, .whatsapp, .messenger, .other].contains(message.transport) else {
      throw Unsendable(
        .unsupported, field: "transport", "Twilio sends no messages on \(message.transport)")
    }
    guard TwilioAddressing.to(message.recipient, on: message.transport) != nil else {
      throw Unsendable(
        .wrongAddress, field: "recipient",
        "Twilio reaches nobody at this address on \(message.transport)")
    }
    if message.content.reaction != nil {
      throw Unsendable(
        .unsupported, field: "reaction", "Twilio sends no reactions: send it as a text")
    }
    if let template = message.content.providerTemplate { return [try templatePart(template)] }
    try checkWindow(now)
    try checkFiles()
    let parts = contentParts
    if parts.isEmpty { throw Unsendable(.empty, field: "text", "the message says nothing") }
    if parts.count > Self.partsMax {
      throw Unsendable(
        .tooLarge, field: "text",
        "the text would be \(parts.count) messages; at most \(Self.partsMax) are sent")
    }
    return parts
  }

  /// The parts of what is no template, whether they may be sent now or not.
  var contentParts: [TwilioPart] {
    var content = message.content
    // A list is written out like buttons.
    content.buttons = content.pressable
    let isWhatsApp = message.transport == .whatsapp
    let extras: Set<PlainText.Extra> =
      isWhatsApp ? [.contact, .buttons] : [.contact, .location, .buttons]
    let texts = PlainText(content, writing: extras)
      .pieces(max: Self.textUnitsMax, marks: isWhatsApp)
    var parts = texts.map { TwilioPart(body: $0) }
    let files = Array(content.attachments.indices)
    if message.transport == .sms {
      if !files.isEmpty {
        if parts.isEmpty { parts.append(TwilioPart()) }
        parts[0].media = files
      }
    } else if let first = content.attachments.first {
      let isCaption =
        isWhatsApp && texts.count == 1 && Self.hasCaption(first)
        && texts.allSatisfy { $0.utf16.count <= Self.captionUnitsMax }
      if isCaption { parts[0].media = [0] }
      parts += files.dropFirst(isCaption ? 1 : 0).map { TwilioPart(media: [$0]) }
    }
    if isWhatsApp, let location = content.location { parts.append(Self.part(location)) }
    for index in parts.indices { parts[index].place = index }
    if !content.buttons.isEmpty, !parts.isEmpty {
      parts[0].note =
        "the buttons went as lines of text: at Twilio only Content templates have buttons"
    }
    return parts
  }

  /// WhatsApp shows a text below pictures and films alone; with other files it is lost.
  /// <https://www.twilio.com/docs/whatsapp/guidance-whatsapp-media-messages>, autumn 2026.
  private static func hasCaption(_ file: OutboundAttachment) -> Bool {
    switch file.kind {
    case .image, .video, .animation: true
    default: false
    }
  }

  /// A place: the text is its name, the label stands on the map.
  private static func part(_ location: Location) -> TwilioPart {
    let coordinates = PlainText.coordinates(of: location)
    let name = location.name ?? location.address ?? ""
    var part = TwilioPart(
      body: TextSplitter.pieces(name, max: textUnitsMax).first.map(String.init) ?? coordinates)
    let label = (location.address ?? location.name).map { label in
      "|" + String(label.map { $0 == "|" || $0.isNewline ? " " : $0 })
    }
    part.action = "geo:\(coordinates)\(label ?? "")"
    return part
  }

  private func checkWindow(_ now: Instant) throws(Unsendable) {
    guard message.transport == .whatsapp else { return }
    if let last = message.lastInboundAt,
      now.milliseconds(since: last) < Int64(Self.windowMilliseconds)
    {
      return
    }
    throw Unsendable(
      .windowClosed, field: "provider_template",
      "on WhatsApp free text may be sent for 24 hours after the person wrote; use a template")
  }

  private func checkFiles() throws(Unsendable) {
    let files = message.content.attachments
    if message.transport == .sms, files.count > Self.mediaMax {
      throw Unsendable(
        .tooLarge, field: "attachments", "an MMS has at most \(Self.mediaMax) files")
    }
    for (index, file) in files.enumerated() {
      guard let size = file.size, let most = bytesMax(of: file), size > Int64(most) else {
        continue
      }
      throw Unsendable(
        .tooLarge, field: "attachments[\(index)]",
        "the file has \(size) bytes; Twilio takes \(most) of its kind on this line")
    }
  }

  /// Files of an unknown type may have as much as any, and where nothing is published, everything.
  private func bytesMax(of file: OutboundAttachment) -> Int? {
    let type = file.contentType?.prefix { $0 != ";" }.lowercased().trimmed
    switch message.transport {
    case .sms:
      guard let type else { return Self.imageBytesMax }
      let isImage = ["image/jpeg", "image/jpg", "image/png", "image/gif"].contains(type)
      return isImage ? Self.imageBytesMax : Self.fileBytesMax
    case .whatsapp:
      return type?.hasPrefix("image/") == true ? Self.imageBytesMax : Self.whatsAppBytesMax
    default: return nil
    }
  }

  /// A Content template: `{"content_sid":"HX…","variables":{"1":"…"}}`. A text beside it is what
  /// our own side shows, and is not sent.
  private func templatePart(_ template: JSONObject) throws(Unsendable) -> TwilioPart {
    let content = message.content
    if !content.attachments.isEmpty || content.location != nil || content.contact != nil
      || !content.buttons.isEmpty || content.list != nil
    {
      throw Unsendable(
        .unsupported, field: "provider_template",
        "a template goes alone: its files and buttons are part of it at Twilio")
    }
    let members = ["content_sid", "variables"]
    if let stranger = template.keys.first(where: { !members.contains($0) }) {
      throw Unsendable(
        .invalidTemplate, field: "provider_template.\(stranger)",
        "Twilio's templates have content_sid and variables")
    }
    var part = TwilioPart()
    guard let sid = template["content_sid"]?.string, Twilio.isSID(sid, "HX") else {
      throw Unsendable(
        .invalidTemplate, field: "provider_template.content_sid",
        "must be HX and 32 hexadecimal digits")
    }
    part.contentSID = sid
    guard let given = template["variables"], !given.isNull else { return part }
    guard let given = given.object else {
      throw Unsendable(
        .invalidTemplate, field: "provider_template.variables",
        "must be an object, such as {\"1\":\"Ada\"}")
    }
    var variables = JSONObject()
    for variable in given {
      switch variable.value {
      case .string: variables[variable.key] = variable.value
      case .integer(let number): variables[variable.key] = .string(String(number))
      default:
        throw Unsendable(
          .invalidTemplate, field: "provider_template.variables.\(variable.key)",
          "must be a string")
      }
    }
    if !variables.isEmpty {
      part.contentVariables = String(decoding: JSON.object(variables).serialized(), as: UTF8.self)
    }
    return part
  }
}
