/// Where the files of our messages are, for providers to fetch and for us to upload.
package protocol OutboundFiles: Sendable {
  /// The address at which a provider can fetch a file of ours for a while.
  func address(of file: ID<Attachment>, publicURL: String, now: Instant) -> String
  /// The bytes of a file, with its media type and name; `nil` when we shall not hold it. Throws
  /// where a later try may find it.
  func read(_ file: ID<Attachment>) throws -> FileBytes?
}

/// A file we hold.
package struct FileBytes: Sendable {
  /// Its bytes.
  package let bytes: [UInt8]
  /// Its media type.
  package let contentType: String?
  /// Its name.
  package let fileName: String?

  /// A file.
  package init(bytes: [UInt8], contentType: String?, fileName: String?) {
    self.bytes = bytes
    self.contentType = contentType
    self.fileName = fileName
  }
}

extension OutboundMessage {
  /// The parts of the message on a line. On one it falls back to, a template in another provider's
  /// words is left out where there is something beside it to say.
  ///
  /// - Throws: ``Unsendable``, as the transport does.
  mutating func parts(
    by sending: any Transport, now: Instant, isFallback: Bool
  ) throws(Unsendable) -> [MessagePart] {
    do throws(Unsendable) {
      return try sending.parts(of: self, now: now)
    } catch {
      let isOthers = error.reason == .invalidTemplate || error.reason == .unsupported
      guard isFallback, isOthers, error.field.hasPrefix("provider_template") else { throw error }
      var plain = self
      plain.content.providerTemplate = nil
      plain.template = nil
      if plain.content.isEmpty { throw error }
      let parts = try sending.parts(of: plain, now: now)
      self = plain
      return parts
    }
  }
}

/// Puts a message together for its transport, from what the store knows of it.
struct OutboundAssembly {
  private let connection: Connection
  private let live: LiveChannel
  private let files: any OutboundFiles
  private let now: Instant

  /// Assembles messages of a channel.
  init(
    _ connection: Connection, _ live: LiveChannel, _ files: any OutboundFiles, now: Instant
  ) {
    self.connection = connection
    self.live = live
    self.files = files
    self.now = now
  }

  /// A message with the identifiers of its files, in their order.
  typealias Assembled = (message: OutboundMessage, files: [ID<Attachment>])

  /// The message of a delivery that is due on this channel.
  func message(_ due: DueDelivery) throws(StoreError) -> Assembled {
    try message(
      due, recipient: due.delivery.recipient, transport: due.delivery.transport,
      lastInboundAt: lastInboundAt(due))
  }

  /// The message of a delivery, as it is said on this channel.
  func message(
    _ due: DueDelivery, recipient: Recipient, transport: TransportKind, lastInboundAt: Instant?
  ) throws(StoreError) -> Assembled {
    var object = due.content
    object["attachments"] = nil
    var content: OutboundContent
    do throws(ContentError) {
      content = try OutboundContent(object)
    } catch {
      throw StoreError(.broken, "the stored \(error.field) \(error.message)")
    }
    var stored: [Attachment] = []
    if due.attachmentCount > 0 {
      stored = try connection.attachments(of: due.delivery.messageID)
      content.attachments = stored.map(outbound)
      try addUploads(to: &content, of: due.delivery.messageID)
    }
    var message = OutboundMessage(
      id: due.delivery.messageID.description, transport: transport, recipient: recipient,
      content: content)
    message.sender = live.channel.address
    message.callbackURL = live.webhookURL
    message.lastInboundAt = lastInboundAt
    message.tries = Int(clamping: due.delivery.tries)
    let named = try NamedTemplate(content, live, connection)
    message.template = named.definition
    message.knowsTemplates = named.isAnyKnown
    if let replyTo = due.replyTo {
      message.replyTo = try connection.providerID(of: replyTo, channel: live.channel.id)
    }
    return (message, stored.map(\.id))
  }

  private func lastInboundAt(_ due: DueDelivery) throws(StoreError) -> Instant? {
    // A number may speak SMS and WhatsApp: only a channel of one line is sure to be the line meant.
    if due.lastInboundChannelID == live.channel.id, live.lines.count == 1 {
      return due.lastInboundAt
    }
    let addressee = try connection.addressee(chat: due.chatID, tenant: due.delivery.tenantID)
    return try addressee.flatMap { addressee throws(StoreError) in
      try connection.lastInbound(
        of: addressee, channel: live.channel.id, transport: due.delivery.transport)?.at
    }
  }

  /// An upload that ends sooner is not used: the message may be tried again for a while.
  private static let uploadSpareMilliseconds: Int64 = 3_600_000

  /// Names the files that the provider holds from an earlier upload.
  private func addUploads(
    to content: inout OutboundContent, of message: ID<Message>
  ) throws(StoreError) {
    let known = try connection.uploads(
      of: message, channel: live.channel.id,
      at: now.adding(milliseconds: Self.uploadSpareMilliseconds))
    for (index, id) in known where content.attachments.indices.contains(index) {
      content.attachments[index].uploadID = id
    }
  }

  private func outbound(_ attachment: Attachment) -> OutboundAttachment {
    let source = attachment.reference.source
    // What was uploaded to us is kept under an address without a token; that comes now.
    let isOurs = source.hasSuffix("/media/\(attachment.id)")
    var file = OutboundAttachment(
      kind: attachment.reference.kind,
      url: isOurs
        ? files.address(of: attachment.id, publicURL: live.publicURL, now: now) : source,
      isStored: attachment.state == "stored")
    file.contentType = attachment.reference.contentType
    file.fileName = attachment.reference.fileName
    file.size = attachment.reference.size
    return file
  }
}
