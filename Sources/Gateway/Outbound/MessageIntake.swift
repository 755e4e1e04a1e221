/// One message on its way into the queue, inside one transaction: everything that can be refused is
/// looked at first, and only then written.
struct MessageIntake {
  private let transaction: Transaction
  private let directory: ChannelDirectory
  private let author: Intake.Author
  private let id: ID<Message>

  /// A message's turn.
  init(_ transaction: Transaction, _ directory: ChannelDirectory, _ author: Intake.Author) {
    self.transaction = transaction
    self.directory = directory
    self.author = author
    id = transaction.ids.next()
  }

  private var connection: Connection { transaction.connection }

  /// How the message goes out first.
  private struct Plan {
    let way: Router.Way
    let content: OutboundContent
    let parts: [MessagePart]
    /// What is left to be tried after it.
    let fallback: [String]
    /// Why it is written.
    let purpose: MessagePurpose
    /// Why it does not go the way that was asked for first.
    var note: String?
  }

  /// Where the message is put.
  private struct Place {
    let chatID: ID<Chat>
    let contactID: ID<Contact>?
  }

  /// Checks a request and stores what comes of it; the message's JSON.
  ///
  /// - Throws: ``SendRefusal``, before anything is written; ``StoreError``.
  func accept(_ given: EnqueueRequest) throws -> Intake.Accepted {
    var request = given
    try fill(&request)
    let files = try uploaded(&request)
    var router = try Router(
      request, tenant: author.tenantID, directory: directory, connection)
    let attachments = request.content.attachments.map { _ in
      transaction.ids.next(Attachment.self)
    }
    let plan = try plan(request, attachments, &router)
    // From here on nothing is refused.
    let place = try place(plan.way, router)
    let message = try store(request, plan, place, attachments, files)
    return Intake.Accepted(id: message.id, json: message.json)
  }

  /// Puts the template's text in.
  private func fill(_ request: inout EnqueueRequest) throws {
    guard let templateID = request.templateID else { return }
    guard let template = try connection.template(templateID, tenant: author.tenantID) else {
      throw SendRefusal("template_id", "there is no such template")
    }
    request.content.text = template.text
  }

  /// Puts in what is known of uploaded files, and says under which content each is kept.
  private func uploaded(_ request: inout EnqueueRequest) throws -> [Int: UploadedFile] {
    var files: [Int: UploadedFile] = [:]
    for file in request.files {
      guard let found = try connection.uploadedFile(file.id, tenant: author.tenantID) else {
        throw SendRefusal("attachments[\(file.index)].file_id", "there is no such file")
      }
      files[file.index] = found
      guard request.content.attachments.indices.contains(file.index) else { continue }
      var attachment = request.content.attachments[file.index]
      attachment.isStored = true
      attachment.size = found.size
      attachment.contentType = found.contentType ?? attachment.contentType
      attachment.fileName = attachment.fileName ?? found.fileName
      if !file.namesKind {
        attachment.kind = AttachmentKind(contentType: attachment.contentType ?? "")
      }
      request.content.attachments[file.index] = attachment
    }
    return files
  }
}

// How it goes.
extension MessageIntake {
  private func plan(
    _ given: EnqueueRequest, _ attachments: [ID<Attachment>], _ router: inout Router
  ) throws -> Plan {
    var request = given
    for (index, line) in request.fallback.enumerated() {
      try router.check(line, field: "fallback[\(index)]")
    }
    let reply = try reply(request, router)
    // A reaction can go only where the message is that it is put on.
    if request.content.reaction != nil, let reply {
      request.channelID = request.channelID ?? reply.channelID
    }
    var tried = "the line asked for"
    do {
      let way = try router.first(for: request)
      tried = "\(way.transport.rawValue) (channel \"\(way.live.channel.name)\")"
      return try plan(way, request, attachments, &router, reply, behind: 0)
    } catch let refusal as SendRefusal {
      guard refusal.isOfLine, !request.fallback.isEmpty else { throw refusal }
      for (index, line) in request.fallback.enumerated() {
        do {
          let way = try router.way(to: line, field: "fallback[\(index)]")
          var plan = try plan(way, request, attachments, &router, reply, behind: index + 1)
          plan.note = "fell back at once, because \(tried) could not take it: \(refusal.message)"
          return plan
        } catch is SendRefusal {
          continue
        }
      }
      throw refusal
    }
  }

  private typealias Reply = (channelID: ID<Channel>, providerMessageID: String)

  /// The message it answers, which must be one of the same chat.
  private func reply(_ request: EnqueueRequest, _ router: Router) throws -> Reply? {
    guard let id = request.replyTo else { return nil }
    guard let found = try connection.place(of: id, tenant: author.tenantID) else {
      throw SendRefusal("reply_to", "there is no such message")
    }
    guard found.chatID == router.addressee.chatID else {
      throw SendRefusal("reply_to", "is not a message of the chat this one is for")
    }
    return (found.channelID, found.providerMessageID)
  }

  /// Lets the transport cut the message, which is also its check.
  private func plan(
    _ way: Router.Way, _ request: EnqueueRequest, _ attachments: [ID<Attachment>],
    _ router: inout Router, _ reply: Reply?, behind used: Int
  ) throws -> Plan {
    let named = try NamedTemplate(request.content, way.live, connection)
    let purpose = request.purpose ?? named.purpose ?? .service
    try router.checkConsent(way, for: purpose)
    var content = request.content
    for (index, id) in attachments.enumerated() where content.attachments[index].isStored {
      // The token comes when it is sent: this address is only as long as that one will be.
      content.attachments[index].url = "\(way.live.publicURL)/media/\(id)"
    }
    var message = OutboundMessage(
      id: id.description, transport: way.transport, recipient: way.recipient, content: content)
    message.sender = way.live.channel.address
    if let reply, reply.channelID == way.live.channel.id, !reply.providerMessageID.isEmpty {
      message.replyTo = reply.providerMessageID
    }
    message.lastInboundAt = try router.lastInboundAt(way)
    message.callbackURL = way.live.webhookURL
    message.template = named.definition
    message.knowsTemplates = named.isAnyKnown
    if content.reaction != nil, message.replyTo == nil {
      throw SendRefusal(
        "reply_to",
        "is no message of the channel \"\(way.live.channel.name)\" that a reaction "
          + "could be put on", ofLine: true)
    }
    do throws(Unsendable) {
      let parts = try message.parts(
        by: way.sending, now: request.sendAt ?? transaction.now, isFallback: used > 0)
      return Plan(
        way: way, content: message.content, parts: parts,
        fallback: request.fallback.dropFirst(used).map(\.text), purpose: purpose)
    } catch {
      throw SendRefusal(error)
    }
  }
}

// What is written.
extension MessageIntake {
  /// The chat, begun where there is none, with the client made where nobody had the address.
  private func place(_ way: Router.Way, _ router: Router) throws(StoreError) -> Place {
    var recorder = Recorder(transaction, way.live.channel, receipt: nil)
    let addressee = router.addressee
    if router.newcomer.isEmpty {
      if let chatID = addressee.chatID {
        return Place(chatID: chatID, contactID: way.contact?.id)
      }
      guard let clientID = addressee.clientID else {
        throw StoreError(.broken, "an addressee without a chat or a client")
      }
      let chatID = try begin(recorder, clientID, addressee.displayName, way)
      return Place(chatID: chatID, contactID: way.contact?.id)
    }
    guard
      let resolved = try recorder.resolve(
        Person(addresses: router.newcomer), transport: way.transport)
    else { throw StoreError(.broken, "a person without an address") }
    var contactID: ID<Contact>? = way.contact?.id ?? resolved.contactID
    if way.contact == nil, case .person(let address) = way.recipient,
      address != router.newcomer.first
    {
      contactID = try connection.known(
        address, tenant: author.tenantID, transport: way.transport.rawValue)?.contactID
    }
    if let chatID = resolved.chatID { return Place(chatID: chatID, contactID: contactID) }
    let chatID = try begin(recorder, resolved.clientID, resolved.displayName, way)
    return Place(chatID: chatID, contactID: contactID)
  }

  private func begin(
    _ recorder: Recorder, _ clientID: ID<Client>, _ displayName: String?, _ way: Router.Way
  ) throws(StoreError) -> ID<Chat> {
    var title = displayName
    if title == nil, case .person(let address) = way.recipient { title = address.value }
    let chatID = try recorder.begin(.direct, client: clientID, title: title)
    _ = try recorder.join(
      chatID, .client(clientID), transport: way.transport.rawValue, displayName: displayName,
      at: transaction.now)
    return chatID
  }

  private func store(
    _ request: EnqueueRequest, _ plan: Plan, _ place: Place, _ attachments: [ID<Attachment>],
    _ files: [Int: UploadedFile]
  ) throws(StoreError) -> (id: ID<Message>, json: [UInt8]) {
    let channel = plan.way.live.channel
    let turn = try transaction.bump(
      place.chatID, direction: .outbound, channel: channel.id, at: transaction.now)
    var message = build(request, plan, place, turn)
    for (index, id) in attachments.enumerated() {
      message.attachments.append(
        Self.attachment(id, plan.content.attachments[index], files[index]))
    }
    try transaction.insert(message, member: nil)
    let delivery = delivery(request, plan, place)
    if !attachments.isEmpty {
      try transaction.fetchFiles(of: message, until: delivery.expiresAt)
    }
    try transaction.enqueue(delivery, parts: plan.parts)
    var writer = JSONWriter(capacity: 1024)
    message.write(into: &writer)
    try transaction.append(
      "message.queued", tenant: author.tenantID,
      Transaction.EventPlace(
        chat: place.chatID, chatSequence: turn.eventSequence, subject: SQLValue(message.id)),
      data: writer.bytes)
    return (message.id, writer.bytes)
  }

  private func build(
    _ request: EnqueueRequest, _ plan: Plan, _ place: Place, _ turn: ChatTurn
  ) -> Message {
    let members = plan.content.members
    var details: JSONObject = [:]
    for member in members where Self.detailNames.contains(member.key) {
      details[member.key] = member.value
    }
    if let templateID = request.templateID {
      details["template_id"] = .string(templateID.description)
    }
    var message = Message(
      id: id, tenantID: author.tenantID, chatID: place.chatID, position: turn.position,
      channelID: plan.way.live.channel.id, provider: plan.way.live.channel.provider,
      transport: plan.way.transport.rawValue, direction: .outbound,
      kind: plan.content.kind.rawValue, sender: author.rendered, text: plan.content.text,
      content: JSON.object(members).serialized(),
      metadata: request.metadata.isEmpty ? nil : JSON.object(request.metadata).serialized(),
      location: plan.content.location?.json.serialized(),
      details: details.isEmpty ? nil : JSON.object(details).serialized(),
      replyTo: request.replyTo, providerMessageID: "", status: .queued, error: nil,
      createdAt: transaction.now, occurredAt: nil, sentAt: nil, deliveredAt: nil, readAt: nil,
      deletedAt: nil, receiptID: nil)
    message.purpose = plan.purpose
    return message
  }

  /// The members of content that have no place of their own in a message.
  private static let detailNames = [
    "entities", "contact", "buttons", "list", "reaction", "tag", "provider_template",
  ]

  private static func attachment(
    _ id: ID<Attachment>, _ sent: OutboundAttachment, _ file: UploadedFile?
  ) -> Attachment {
    var reference = AttachmentReference(
      kind: sent.kind, source: sent.url, contentType: sent.contentType)
    reference.fileName = sent.fileName
    reference.size = sent.size
    return Attachment(
      id: id, reference: reference, state: file == nil ? "pending" : "stored",
      sha256: file?.sha256)
  }

  private func delivery(_ request: EnqueueRequest, _ plan: Plan, _ place: Place) -> Delivery {
    let channel = plan.way.live.channel
    let laneAt = request.sendAt ?? transaction.now
    var delivery = Delivery(
      id: id.delivery, tenantID: author.tenantID, messageID: id, ordinal: 0,
      channelID: channel.id, transport: plan.way.transport, recipient: plan.way.recipient,
      contactID: place.contactID, priority: request.priority,
      partCount: Int64(plan.parts.count), laneAt: laneAt,
      expiresAt: request.expiresAt
        ?? laneAt.adding(milliseconds: channel.policy.expiresSeconds * 1000),
      createdAt: transaction.now)
    delivery.fallback = plan.fallback
    delivery.note = plan.note
    delivery.purpose = plan.purpose
    return delivery
  }
}
