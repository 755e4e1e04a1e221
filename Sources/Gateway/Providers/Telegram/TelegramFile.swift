/// The kinds of file a message may have, each as one attachment.
struct TelegramFile {
  /// The member of `Message` that holds the file.
  let member: String
  private let kind: AttachmentKind

  /// The largest file getFile gives out, in bytes: 20 MB of 1024² each, as the server counts.
  /// <https://core.telegram.org/bots/api#getfile>, 10.3 of 2026-08-24.
  static let downloadSizeMax: Int64 = 20 << 20

  /// First match wins: an animation is there as `document` too, a live photo as `photo`.
  static let kinds = [
    TelegramFile(member: "animation", kind: .animation),
    TelegramFile(member: "live_photo", kind: .video),
    TelegramFile(member: "photo", kind: .image),
    TelegramFile(member: "video", kind: .video),
    TelegramFile(member: "video_note", kind: .video),
    TelegramFile(member: "voice_note", kind: .voice),
    TelegramFile(member: "voice", kind: .voice),
    TelegramFile(member: "audio", kind: .audio),
    TelegramFile(member: "document", kind: .document),
    TelegramFile(member: "sticker", kind: .sticker),
  ]

  /// Whether `message` has a file of this kind, even one that cannot be read.
  func isMember(of message: JSON) -> Bool {
    let value = message[member]
    return value?.object != nil || value?.array != nil
  }

  /// The file of this kind in `message`; `nil` without one that has an id.
  func attachment(in message: JSON) -> AttachmentReference? {
    let value = message[member]
    // A photo is a list of sizes of one picture.
    guard let file = value?.array.map(Self.largest) ?? value,
      let fileID = TelegramJSON.text(file["file_id"])
    else { return nil }
    var attachment = AttachmentReference(
      kind: kind, source: "file_id:\(fileID)", contentType: contentType(file))
    attachment.fileName = TelegramJSON.text(file["file_name"])
    attachment.providerID = TelegramJSON.text(file["file_unique_id"])
    if let size = file["file_size"]?.integer, size >= 0 {
      attachment.size = size
      attachment.isFetchable = size <= Self.downloadSizeMax
    }
    attachment.details = details(file)
    return attachment
  }

  private func contentType(_ file: JSON) -> String? {
    if member != "sticker" { return TelegramJSON.text(file["mime_type"]) }
    if file["is_animated"]?.bool == true { return "application/x-tgsticker" }
    return file["is_video"]?.bool == true ? "video/webm" : "image/webp"
  }

  private func details(_ file: JSON) -> JSONObject {
    var details: JSONObject = [:]
    for (theirs, ours) in [
      ("width", "width"), ("height", "height"), ("length", "width"),
      ("duration", "duration_seconds"),
    ] {
      if let value = file[theirs]?.integer { details[ours] = .integer(value) }
    }
    for name in ["title", "performer", "emoji", "set_name"] {
      if let value = TelegramJSON.text(file[name]) { details[name] = .string(value) }
    }
    switch member {
    case "video_note":
      details["height"] = details["width"]
      details["round"] = true
    case "live_photo": details["live_photo"] = true
    default: break
    }
    return details
  }

  private static func largest(_ sizes: [JSON]) -> JSON {
    let area: (JSON) -> Double = { ($0["width"]?.number ?? 0) * ($0["height"]?.number ?? 0) }
    return sizes.filter { TelegramJSON.text($0["file_id"]) != nil }.max { area($0) < area($1) }
      ?? .null
  }
}
