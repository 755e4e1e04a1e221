/// A part on its way: what is sent after all that was changed so far.
struct TelegramSending {
  private let part: TelegramPart
  private let message: OutboundMessage
  private let first: TelegramRecipient
  private var recipient: TelegramRecipient
  private var used: Set<TelegramRemedy> = []

  /// Nothing sent yet.
  init(_ part: TelegramPart, of message: OutboundMessage, to recipient: TelegramRecipient) {
    self.part = part
    self.message = message
    first = recipient
    self.recipient = recipient
  }

  /// What came of it, or `nil` when there is something to send again: the next request.
  mutating func take(_ reply: SendReply) -> SendOutcome? {
    var outcome: SendOutcome
    switch reply {
    case .response(let response):
      switch TelegramAnswer(response) {
      case .done(let result): outcome = SendOutcome(.accepted(ids: ids(result)))
      case .refused(let refusal):
        if use(refusal) { return nil }
        outcome = refusal.outcome
      case .unclear: outcome = .telegramUnclear(status: response.status)
      }
    case .failure(let failure): outcome = .telegramFailed(failure)
    case .noFile(let reason):
      let error = ProviderError(code: "no_file", title: reason, errorClass: "permanent")
      outcome = SendOutcome(.rejected, error: error)
    }
    if used.contains(.migrated) { outcome.identity = migration }
    if case .accepted = outcome.verdict { outcome.note = note }
    return outcome
  }

  /// The next request.
  func request(at url: String) -> SendRequest {
    let uploads = part.files.enumerated().filter { mustUpload($0.element) }
    let isReaction = part.method == TelegramPart.reactionMethod
    var fields = recipient.fields(inTopic: !isReaction && !used.contains(.withoutTopic))
    for member in content { fields[member.key] = member.value }
    if part.isAlbum {
      fields["media"] = .array(part.files.enumerated().map { .object(item($0.element, $0.offset)) })
    } else if let file = part.files.first, uploads.isEmpty {
      fields[file.media.rawValue] = .string(address(of: file))
    }
    if let keyboard = part.fields["reply_markup"] { fields["reply_markup"] = keyboard }
    if let reply { fields["reply_parameters"] = reply }
    if uploads.isEmpty { return SendRequest("send", .posting(.object(fields), to: url)) }
    let upload = SendRequest.Upload(
      fields: fields.map { ($0.key, Self.field($0.value)) },
      files: uploads.map { index, file in
        (part.isAlbum ? Self.name(index) : file.media.rawValue, attachment: file.attachment)
      })
    return SendRequest("upload", HTTPRequest(method: "POST", target: url), upload: upload)
  }

  /// What the part says beside its files and buttons. An album has its text below the first file.
  private var content: JSONObject {
    var content = part.isAlbum ? [:] : text
    for member in part.fields where !Self.textFields.contains(member.key) {
      if member.key != "reply_markup" { content[member.key] = member.value }
    }
    return content
  }

  private var text: JSONObject {
    var text: JSONObject = [:]
    for name in Self.textFields {
      if used.contains(.plain), name.hasSuffix("entities") { continue }
      if let value = part.fields[name] { text[name] = value }
    }
    return text
  }

  private func item(_ file: TelegramPart.File, _ index: Int) -> JSONObject {
    var item: JSONObject = ["type": .string(file.media.rawValue)]
    item["media"] = .string(mustUpload(file) ? "attach://\(Self.name(index))" : address(of: file))
    if index == 0 { for member in text { item[member.key] = member.value } }
    return item
  }

  /// The reply that a message answers is a convenience: when the answered one is gone, the message
  /// still has to arrive.
  private var reply: JSON? {
    // Numbers start anew in the supergroup that a group becomes.
    guard part.replies, let number = recipient.replyNumber, !used.contains(.withoutReply),
      !used.contains(.migrated)
    else { return nil }
    return ["message_id": .integer(number), "allow_sending_without_reply": true]
  }

  private func mustUpload(_ file: TelegramPart.File) -> Bool {
    used.contains(.upload) || attachment(file).map(file.media.mustUpload) ?? false
  }

  private func address(of file: TelegramPart.File) -> String { attachment(file)?.url ?? "" }

  private func attachment(_ file: TelegramPart.File) -> OutboundAttachment? {
    let attachments = message.content.attachments
    return attachments.indices.contains(file.attachment) ? attachments[file.attachment] : nil
  }

  /// Changes what the refusal is about; false when nothing is left to change.
  private mutating func use(_ refusal: TelegramRefusal) -> Bool {
    guard refusal.status == 400, let description = refusal.description else { return false }
    if let target = refusal.migratedTo, target != recipient.chatID {
      guard used.insert(.migrated).inserted else { return false }
      recipient.chatID = target
      return true
    }
    for remedy in TelegramErrors.remedies(description) where isOfUse(remedy) {
      used.insert(remedy)
      return true
    }
    return false
  }

  /// Whether the remedy would change the request.
  private func isOfUse(_ remedy: TelegramRemedy) -> Bool {
    switch remedy {
    case .upload: !part.files.allSatisfy(mustUpload)
    case .plain: text.keys.contains { $0.hasSuffix("entities") }
    case .withoutTopic: recipient.topic != nil && !used.contains(.withoutTopic)
    case .withoutReply: reply != nil
    case .migrated: false
    }
  }

  /// The ids of what was sent, in the form in which answers to it will name it.
  private func ids(_ result: JSON) -> [String] {
    let messages = result.array.flatMap { $0.isEmpty ? nil : $0 } ?? [result]
    return messages.enumerated().map { index, sent in
      let chatID = sent["chat"]?["id"]?.integer ?? recipient.chatID
      if let number = sent["message_id"]?.integer, number != 0 {
        return "\(recipient.scope)\(chatID):\(number)"
      }
      // Sent later by Telegram itself, under a number that it does not tell, or no message at all,
      // as a reaction is: ours has to do.
      let suffix = index == 0 ? "" : "-\(index)"
      return "\(recipient.scope)\(chatID):unnumbered-\(message.id)-\(part.place)\(suffix)"
    }
  }

  private var migration: IdentityChange {
    switch message.recipient {
    case .group:
      .conversation(
        from: "\(first.scope)\(first.chatID)", to: "\(recipient.scope)\(recipient.chatID)")
    case .person:
      .address(
        from: Address(type: .telegram, value: String(first.chatID)),
        to: Address(type: .telegram, value: String(recipient.chatID)))
    }
  }

  private var note: String? {
    var notes: [String] = []
    if used.contains(.plain) { notes.append("sent without formatting") }
    if used.contains(.withoutTopic) { notes.append("sent outside of the topic, which is gone") }
    if used.contains(.withoutReply) {
      notes.append("sent without naming the message it answers, which is gone")
    }
    return notes.isEmpty ? nil : notes.joined(separator: "; ")
  }

  private static let textFields = ["text", "entities", "caption", "caption_entities"]

  /// The name of an album's file in a multipart body.
  private static func name(_ index: Int) -> String { "f\(index)" }

  /// A value as a field of a multipart body: texts as they are, all else as JSON.
  private static func field(_ value: JSON) -> String {
    value.string ?? String(decoding: value.serialized(), as: UTF8.self)
  }
}
