/// What a backend asks to be sent, read and checked as far as that needs no database.
package struct EnqueueRequest: Equatable, Sendable {
  /// Whom it is for.
  package enum Target: Equatable, Sendable {
    case chat(ID<Chat>)
    case client(ID<Client>)
    case contact(ID<Contact>)
    /// A bare address, as written; its line tells what kind of address it is.
    case address(String)
  }

  /// A way to send: a channel, or any channel of a kind of line.
  package enum Line: Equatable, Sendable {
    case channel(ID<Channel>)
    case transport(TransportKind)

    /// The line as it is written in `fallback`, and kept by a delivery.
    package var text: String {
      switch self {
      case .channel(let id): id.description
      case .transport(let kind): kind.rawValue
      }
    }

    /// Reads a channel's identifier or a kind of line.
    package init?(_ text: String) {
      if let id = ID<Channel>(text) {
        self = .channel(id)
      } else if let kind = TransportKind(rawValue: text) {
        self = .transport(kind)
      } else {
        return nil
      }
    }
  }

  /// An uploaded file among the attachments.
  package struct File: Equatable, Sendable {
    /// Its place among the attachments.
    package let index: Int
    /// The file.
    package let id: ID<Attachment>
    /// Whether its kind was named, and so is not taken from its media type.
    package let namesKind: Bool
  }

  /// Whom it is for.
  package var target: Target
  /// The kind of line it is to go on, where that was said.
  package var transport: TransportKind?
  /// The channel it is to go through, where that was said.
  package var channelID: ID<Channel>?
  /// What it says; a template's text and what is known of uploaded files come later.
  package var content = OutboundContent()
  /// Which of the attachments were uploaded.
  package var files: [File] = []
  /// The static template that holds its text.
  package var templateID: ID<Template>?
  /// The message it answers.
  package var replyTo: ID<Message>?
  /// What is to be tried when the first line cannot say it or fails, in order.
  package var fallback: [Line] = []
  /// When it is to go; `nil` for at once.
  package var sendAt: Instant?
  /// After when it must not be sent any more.
  package var expiresAt: Instant?
  /// How urgent it is.
  package var priority = Delivery.Priority.normal
  /// Why it is written; `nil` where the template it names, or the default, says so.
  package var purpose: MessagePurpose?
  /// What it carries for its sender.
  package var metadata: JSONObject = [:]

  /// The most ways that may be named beside the first: each is tried for as long as it may.
  package static let fallbackMax = 5
  /// The largest `metadata`: it is in every answer that shows the message.
  package static let metadataBytesMax = 4096
  /// How far ahead a message may be scheduled: 366 days.
  package static let aheadMilliseconds: Int64 = 31_622_400_000
  /// How long a message may be tried: 30 days, as long as a channel's policy may say.
  package static let lifeMilliseconds: Int64 = 2_592_000_000

  /// The members of a request.
  package static let members =
    ["to", "channel_id"] + OutboundContent.memberNames + [
      "template_id", "reply_to", "fallback", "send_at", "expires_at", "priority", "purpose",
      "metadata",
    ]

  /// Reads a request.
  ///
  /// - Throws: ``ContentError`` naming the first field that is wrong.
  package init(_ object: JSONObject, now: Instant) throws(ContentError) {
    try RequestFields.check(object, Self.members)
    (target, transport) = try Self.target(object["to"])
    channelID = try RequestFields.id(object, "channel_id")
    if case .address = target, transport == nil, channelID == nil {
      throw ContentError("to.transport", "required with an address: the line, such as \"sms\"")
    }
    templateID = try RequestFields.id(object, "template_id")
    replyTo = try RequestFields.id(object, "reply_to")
    try readContent(object)
    try readFallback(object["fallback"])
    try readTimes(object, now)
    if let value = object["priority"], !value.isNull {
      guard let word = value.string.flatMap(Delivery.Priority.init) else {
        throw ContentError("priority", "must be \"normal\" or \"high\"")
      }
      priority = word
    }
    if let value = object["purpose"], !value.isNull {
      guard let word = value.string.flatMap(MessagePurpose.init) else {
        throw ContentError("purpose", "must be \"service\" or \"marketing\"")
      }
      purpose = word
    }
    try checkReaction()
    if let value = object["metadata"], !value.isNull {
      guard let metadata = value.object else {
        throw ContentError("metadata", "must be an object")
      }
      guard value.serialized().count <= Self.metadataBytesMax else {
        throw ContentError("metadata", "must be at most \(Self.metadataBytesMax) bytes of JSON")
      }
      self.metadata = metadata
    }
  }

  private static let targets = ["chat_id", "client_id", "contact_id", "address"]

  private static func target(
    _ json: JSON?
  ) throws(ContentError) -> (Target, TransportKind?) {
    guard let json, !json.isNull else {
      throw ContentError(
        "to",
        "required: {\"chat_id\"}, {\"client_id\"}, {\"contact_id\"} or "
          + "{\"address\",\"transport\"}")
    }
    guard let object = json.object else { throw ContentError("to", "must be an object") }
    try RequestFields.check(object, targets + ["transport"], in: "to")
    let named = targets.filter { !(object[$0]?.isNull ?? true) }
    guard named.count == 1 else {
      throw ContentError("to", "must name exactly one of \(targets.joined(separator: ", "))")
    }
    var transport: TransportKind?
    if let value = object["transport"], !value.isNull {
      guard let kind = value.string.flatMap(TransportKind.init) else {
        throw RequestFields.unknownWord(
          "to.transport", value, TransportKind.allCases.map(\.rawValue))
      }
      transport = kind
    }
    if let id: ID<Chat> = try RequestFields.id(object, "chat_id", in: "to") {
      return (.chat(id), transport)
    }
    if let id: ID<Client> = try RequestFields.id(object, "client_id", in: "to") {
      return (.client(id), transport)
    }
    if let id: ID<Contact> = try RequestFields.id(object, "contact_id", in: "to") {
      return (.contact(id), transport)
    }
    guard let address = object["address"]?.string?.trimmed, !address.isEmpty,
      !address.utf8.contains(0)
    else { throw ContentError("to.address", "must be a string that is not empty") }
    guard address.utf8.count <= Recipient.addressBytesMax else {
      throw ContentError("to.address", "must be at most \(Recipient.addressBytesMax) bytes")
    }
    return (.address(address), transport)
  }

  private mutating func readContent(_ object: JSONObject) throws(ContentError) {
    var object = object
    try RequestFields.checkNested(object)
    files = []
    if let list = object["attachments"]?.array {
      var attachments: [JSON] = []
      for (index, json) in list.enumerated() { attachments.append(try attachment(json, index)) }
      object["attachments"] = .array(attachments)
    }
    content = try OutboundContent(object)
    if content.text?.utf8.contains(0) == true {
      throw ContentError("text", "must not hold the character U+0000")
    }
    if content.text != nil, templateID != nil {
      throw ContentError("template_id", "give either text or template_id: one of them is the text")
    }
    if content.isEmpty, templateID == nil {
      throw ContentError(
        "text",
        "the message says nothing: give text, template_id, attachments, location, contact, "
          + "reaction or provider_template")
    }
  }

  /// A reaction is a sign on a message and nothing beside it.
  private func checkReaction() throws(ContentError) {
    guard content.reaction != nil else { return }
    guard replyTo != nil else {
      throw ContentError("reply_to", "required with reaction: the message it is put on")
    }
    let others = content.members.map(\.key).filter { $0 != "reaction" && $0 != "tag" }
    if let other = templateID == nil ? others.first : "template_id" {
      throw ContentError("reaction", "stands alone: send \(other) as a message of its own")
    }
  }

  /// An attachment in the form that content is read from. One that was uploaded gets an address
  /// that leads nowhere, until what is known of the file is.
  private mutating func attachment(_ json: JSON, _ index: Int) throws(ContentError) -> JSON {
    let field = "attachments[\(index)]"
    guard var object = json.object else { throw ContentError(field, "must be an object") }
    try RequestFields.check(object, ["url", "file_id", "kind", "file_name"], in: field)
    if let name = object["file_name"], !name.isNull {
      guard let text = name.string, !text.utf8.contains(0),
        (1...Self.fileNameBytesMax).contains(text.utf8.count)
      else {
        throw ContentError(
          "\(field).file_name", "must be a string of 1 to \(Self.fileNameBytesMax) bytes")
      }
    }
    guard let file = object["file_id"], !file.isNull else { return json }
    guard object["url"]?.isNull ?? true else {
      throw ContentError(field, "give either url or file_id")
    }
    guard let id = file.string.flatMap(ID<Attachment>.init) else {
      throw ContentError("\(field).file_id", "must be the id of an uploaded file, fil_…")
    }
    files.append(File(index: index, id: id, namesKind: !(object["kind"]?.isNull ?? true)))
    object["url"] = .string("https://upload.invalid/\(id)")
    return .object(object)
  }

  /// The longest name a file system takes.
  package static let fileNameBytesMax = 255

  private mutating func readFallback(_ json: JSON?) throws(ContentError) {
    guard let json, !json.isNull else { return }
    guard let list = json.array else {
      throw ContentError("fallback", "must be a list of channels and kinds of line")
    }
    guard list.count <= Self.fallbackMax else {
      throw ContentError("fallback", "must name at most \(Self.fallbackMax)")
    }
    for (index, value) in list.enumerated() {
      guard let line = value.string.flatMap(Line.init) else {
        throw RequestFields.unknownWord(
          "fallback[\(index)]", value, TransportKind.allCases.map(\.rawValue),
          or: "a channel, chn_…")
      }
      fallback.append(line)
    }
  }

  private mutating func readTimes(_ object: JSONObject, _ now: Instant) throws(ContentError) {
    sendAt = try RequestFields.instant(object, "send_at")
    // A time that has passed is now: clocks differ, and calls take a while.
    if let at = sendAt, at <= now { sendAt = nil }
    if let at = sendAt, at.milliseconds(since: now) > Self.aheadMilliseconds {
      throw ContentError("send_at", "must be within a year from now")
    }
    expiresAt = try RequestFields.instant(object, "expires_at")
    guard let expiresAt else { return }
    let start = sendAt ?? now
    guard expiresAt > start else {
      throw ContentError(
        "expires_at", sendAt == nil ? "has passed already" : "must be later than send_at")
    }
    guard expiresAt.milliseconds(since: start) <= Self.lifeMilliseconds else {
      throw ContentError("expires_at", "must be within 30 days from when the message is to go")
    }
  }
}

extension Recipient {
  /// The longest address of any line: a mailbox has 254 bytes, RFC 5321.
  package static let addressBytesMax = 254
}
