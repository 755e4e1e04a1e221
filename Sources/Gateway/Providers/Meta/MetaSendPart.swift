/// One request's worth of a message: what it says. To whom, and where the files are, comes with the
/// message when the request is made.
struct MetaSendPart: Equatable {
  /// What it is.
  enum Kind: Equatable {
    /// A `message` object without its files.
    case message(JSONObject)
    /// A sign on the message that is answered; `nil` to take it back.
    case reaction(String?)
  }

  /// What it is.
  let kind: Kind
  /// The files in it.
  var files: [File] = []
  /// Which of the message's parts it is, from 0.
  var place = 0
  /// Whether it names the answered message: the first part does.
  var replies = false
  /// What allows it after the service window, in Meta's word; `nil` within.
  var tag: String?
  /// What a person should know of how it was said.
  var note: String?

  /// A file of the part.
  struct File: Equatable {
    /// The index in the message's attachments.
    let attachment: Int
    /// How it is sent.
    let media: Media
  }

  /// The ways a file can be sent. The raw value is the attachment's `type`.
  enum Media: String {
    case image, video, audio, file
  }

  /// A part.
  init(_ kind: Kind) { self.kind = kind }

  /// Files by themselves: one, or several images.
  init(_ files: [File]) {
    kind = .message([:])
    self.files = files
  }

  /// A text.
  init(text: String) { kind = .message(["text": .string(text)]) }

  /// Whether it is a sign on another message.
  var isReaction: Bool {
    if case .reaction = kind { true } else { false }
  }

  /// The part as the dispatcher keeps it.
  var part: MessagePart {
    var payload: JSONObject = ["part": JSON(place)]
    switch kind {
    case .message(let message): payload["message"] = .object(message)
    case .reaction(let emoji): payload["reaction"] = .string(emoji ?? "")
    }
    if !files.isEmpty {
      payload["files"] = .array(
        files.map { ["attachment": JSON($0.attachment), "as": .string($0.media.rawValue)] })
    }
    if replies { payload["replies"] = true }
    if let tag { payload["tag"] = .string(tag) }
    if let note { payload["note"] = .string(note) }
    let isHeavy = files.contains { $0.media == .video || $0.media == .audio }
    return MessagePart(payload, weight: isHeavy ? MetaSend.mediaWeight : 1)
  }

  /// Reads what ``part`` writes; `nil` also for files that the message does not have.
  init?(_ part: MessagePart, of message: OutboundMessage) {
    if let object = part.payload["message"]?.object {
      kind = .message(object)
    } else if let emoji = part.payload["reaction"]?.string, message.replyTo != nil {
      kind = .reaction(emoji.isEmpty ? nil : emoji)
    } else {
      return nil
    }
    for file in part.payload["files"]?.array ?? [] {
      guard let index = file["attachment"]?.integer.map(Int.init(clamping:)),
        message.content.attachments.indices.contains(index),
        let media = file["as"]?.string.flatMap(Media.init(rawValue:))
      else { return nil }
      files.append(File(attachment: index, media: media))
    }
    place = part.payload["part"]?.integer.map(Int.init(clamping:)) ?? 0
    replies = part.payload["replies"]?.bool ?? false
    tag = part.payload["tag"]?.string
    note = part.payload["note"]?.string
  }

  /// What stands in the request beside the recipient.
  func body(of message: OutboundMessage, on line: MetaSendLine) -> JSONObject {
    switch kind {
    case .reaction(let emoji):
      var target: JSONObject = ["message_id": .string(message.replyTo ?? "")]
      if let emoji { target["reaction"] = .string(emoji) }
      return [
        "sender_action": .string(emoji == nil ? "unreact" : "react"), "payload": .object(target),
      ]
    case .message(var object):
      let files = files.map { file -> JSON in
        let url = message.content.attachments[file.attachment].url
        return ["type": .string(file.media.rawValue), "payload": ["url": .string(url)]]
      }
      if files.count > 1 {
        object["attachments"] = .array(files)
      } else if let file = files.first {
        object["attachment"] = file
      }
      // Its echo names our send by it. A template in Meta's words may have a note of its own.
      if line.takesMetadata, object["metadata"] == nil {
        object["metadata"] = .string(place > 0 ? "\(message.id).\(place)" : message.id)
      }
      var body: JSONObject = ["messaging_type": .string(tag == nil ? "RESPONSE" : "MESSAGE_TAG")]
      if let tag { body["tag"] = .string(tag) }
      body["message"] = .object(object)
      if replies, let answered = message.replyTo { body["reply_to"] = ["mid": .string(answered)] }
      return body
    }
  }
}
