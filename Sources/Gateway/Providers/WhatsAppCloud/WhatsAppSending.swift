/// A part on its way: which file Meta holds, and what came of it.
struct WhatsAppSending {
  private let part: WhatsAppPart
  private let message: OutboundMessage
  private let recipient: WhatsAppRecipient
  /// Meta's id of the file.
  private var mediaID: String?
  /// Whether Meta does not take the id from an earlier upload any more.
  private var isStale = false
  /// The upload that was made just now.
  private var upload: UploadedMedia?

  /// How long Meta takes an upload's id: it says 30 days, and the last is not used.
  static let uploadLifeMilliseconds: Int64 = 2_505_600_000

  private static let uploading = "upload"
  private static let sending = "send"

  /// Nothing sent yet.
  init(_ part: WhatsAppPart, of message: OutboundMessage, to recipient: WhatsAppRecipient) {
    self.part = part
    self.message = message
    self.recipient = recipient
    mediaID = attachment?.uploadID
  }

  /// What came of it, or `nil` when there is another request.
  mutating func take(_ step: CompletedStep) -> SendOutcome? {
    var outcome: SendOutcome
    if step.name == Self.uploading {
      switch WhatsAppOutcome.upload(step.reply, tries: message.tries) {
      case .success(let id):
        mediaID = id
        if let file = part.file {
          upload = UploadedMedia(
            attachment: file.attachment, id: id, lifeMilliseconds: Self.uploadLifeMilliseconds)
        }
        return nil
      case .failure(let refusal): outcome = refusal.outcome
      }
    } else {
      if upload == nil, !isStale, mediaID != nil, WhatsAppOutcome.mayBeStale(step.reply) {
        mediaID = nil
        isStale = true
        return nil
      }
      outcome = WhatsAppOutcome.send(step.reply, to: recipient, tries: message.tries)
      if case .accepted = outcome.verdict {
        let notes = [outcome.note, part.note].compactMap(\.self)
        outcome.note = notes.isEmpty ? nil : notes.joined(separator: "; ")
      }
    }
    // Also beside a refusal: the next attempt need not upload it again.
    outcome.uploads = [upload].compactMap(\.self)
    return outcome
  }

  /// The next request.
  func request(_ app: MetaApp, _ phoneNumberID: String) -> SendRequest {
    if let file = part.file, let type = typeToUpload {
      return SendRequest(
        Self.uploading, app.request("POST", "/\(phoneNumberID)/media"),
        upload: SendRequest.Upload(
          fields: [("messaging_product", "whatsapp"), ("type", type)],
          files: [("file", attachment: file.attachment)]), sends: false)
    }
    var body: JSONObject = ["messaging_product": "whatsapp"]
    for member in recipient.fields { body[member.key] = member.value }
    if part.replies, let answered = message.replyTo {
      body["context"] = ["message_id": .string(answered)]
    }
    body["type"] = .string(part.type)
    body[part.type] = content
    body["biz_opaque_callback_data"] = .string(
      part.place > 0 ? "\(message.id).\(part.place)" : message.id)
    return SendRequest(Self.sending, app.post("/\(phoneNumberID)/messages", .object(body)))
  }

  /// What stands under the part's type.
  private var content: JSON {
    guard let file = part.file else {
      return part.content[part.type] ?? .object(part.content)
    }
    var object: JSONObject =
      mediaID.map { ["id": .string($0)] } ?? ["link": .string(attachment?.url ?? "")]
    for member in part.fileFields { object[member.key] = member.value }
    if part.type == file.media.rawValue { return .object(object) }
    var content = part.content
    content["header"] = .object([
      "type": .string(file.media.rawValue), file.media.rawValue: .object(object),
    ])
    return .object(content)
  }

  /// The media type of the file, where it has to be uploaded first: we hold it, and Meta does not.
  private var typeToUpload: String? {
    guard mediaID == nil, let attachment, attachment.isStored else { return nil }
    return WhatsAppMedia.uploadType(of: attachment)
  }

  private var attachment: OutboundAttachment? {
    guard let file = part.file, message.content.attachments.indices.contains(file.attachment) else {
      return nil
    }
    return message.content.attachments[file.attachment]
  }
}
