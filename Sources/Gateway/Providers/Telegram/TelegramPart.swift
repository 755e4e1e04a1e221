/// One request's worth of a message: a method, its fields and its files. The fields say what; where
/// to and the files' addresses come with the message when the request is made.
struct TelegramPart {
  /// The method of the Bot API, such as `sendMessage`.
  let method: String
  /// The fields that say what.
  var fields: JSONObject
  /// The files; more than one is an album.
  var files: [File] = []
  /// Which of the message's parts it is, from 0.
  var place = 0
  /// Whether it names the answered message: the first part does.
  var replies = false

  /// A file of the part.
  struct File {
    /// The index in the message's attachments.
    let attachment: Int
    /// How it is sent.
    let media: TelegramMedia
  }

  /// The method that puts a sign on a message. It makes no message and has no other fields.
  static let reactionMethod = "setMessageReaction"

  /// A part without files.
  init(_ method: String, _ fields: JSONObject) {
    self.method = method
    self.fields = fields
  }

  /// One file alone, or an album.
  init(_ files: [File]) {
    let alone = files.count == 1 ? files.first?.media.method : nil
    self.init(alone ?? "sendMediaGroup", [:])
    self.files = files
  }

  /// Whether several files go together. An album has no buttons.
  var isAlbum: Bool { files.count > 1 }

  /// The part as the dispatcher keeps it. Telegram counts an album's files one by one.
  var part: MessagePart {
    var payload: JSONObject = [
      "method": .string(method), "place": JSON(place), "replies": .bool(replies),
      "fields": .object(fields),
    ]
    if !files.isEmpty {
      payload["files"] = .array(
        files.map { ["attachment": JSON($0.attachment), "as": .string($0.media.rawValue)] })
    }
    return MessagePart(payload, weight: files.count)
  }

  /// Reads what ``part`` writes; `nil` also for files that the message does not have.
  init?(_ part: MessagePart, of message: OutboundMessage) {
    guard let method = part.payload["method"]?.string,
      let fields = part.payload["fields"]?.object
    else { return nil }
    self.init(method, fields)
    place = part.payload["place"]?.integer.map(Int.init(clamping:)) ?? 0
    replies = part.payload["replies"]?.bool ?? false
    for file in part.payload["files"]?.array ?? [] {
      guard let index = file["attachment"]?.integer.map(Int.init(clamping:)),
        message.content.attachments.indices.contains(index),
        let media = file["as"]?.string.flatMap(TelegramMedia.init(rawValue:))
      else { return nil }
      files.append(File(attachment: index, media: media))
    }
  }
}
