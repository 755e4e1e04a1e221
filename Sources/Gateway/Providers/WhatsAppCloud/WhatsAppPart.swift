/// One request's worth of a message: what it says. To whom, and which file under which id, comes
/// with the message when the request is made.
struct WhatsAppPart: Equatable {
  /// The message's `type`, such as `text`.
  let type: String
  /// What stands under that word, but for a file.
  var content: JSONObject
  /// Which of the message's files it is, and how that is sent. Under ``type`` `interactive` it
  /// stands above the text.
  var file: File?
  /// What is said of the file: its name, the text below it.
  var fileFields: JSONObject = [:]
  /// Which of the message's parts it is, from 0.
  var place = 0
  /// Whether it names the answered message: the first part does.
  var replies = false
  /// What a person should know of how it was said.
  var note: String?

  /// A file of the part.
  struct File: Equatable {
    /// The index in the message's attachments.
    let attachment: Int
    /// How it is sent.
    let media: WhatsAppMedia
  }

  /// A part without a file.
  init(_ type: String, _ content: JSONObject) {
    self.type = type
    self.content = content
  }

  /// A file by itself.
  init(_ file: File, _ fields: JSONObject) {
    self.init(file.media.rawValue, [:])
    self.file = file
    fileFields = fields
  }

  /// The part as the dispatcher keeps it.
  var part: MessagePart {
    var payload: JSONObject = [
      "part": JSON(place), "type": .string(type), "content": .object(content),
    ]
    if let file {
      payload["file"] = [
        "attachment": JSON(file.attachment), "as": .string(file.media.rawValue),
        "fields": .object(fileFields),
      ]
    }
    if replies { payload["replies"] = true }
    if let note { payload["note"] = .string(note) }
    return MessagePart(payload)
  }

  /// Reads what ``part`` writes; `nil` also for a file that the message does not have.
  init?(_ part: MessagePart, of message: OutboundMessage) {
    guard let type = part.payload["type"]?.string,
      let content = part.payload["content"]?.object
    else { return nil }
    self.init(type, content)
    place = part.payload["part"]?.integer.map(Int.init(clamping:)) ?? 0
    replies = part.payload["replies"]?.bool ?? false
    note = part.payload["note"]?.string
    guard let file = part.payload["file"] else { return }
    guard let index = file["attachment"]?.integer.map(Int.init(clamping:)),
      message.content.attachments.indices.contains(index),
      let media = file["as"]?.string.flatMap(WhatsAppMedia.init(rawValue:))
    else { return nil }
    self.file = File(attachment: index, media: media)
    fileFields = file["fields"]?.object ?? [:]
  }
}
