/// One communication. Its content never changes; edits are versions beside it.
package struct Message: Identified, Sendable {
  /// `msg_…`
  package static let idPrefix: StaticString = "msg_"
  /// Its identifier.
  package let id: ID<Message>
  /// Whose it is.
  package let tenantID: ID<Tenant>
  /// The chat it is in.
  package let chatID: ID<Chat>
  /// Its place in the chat, from 1, in order of commit.
  package let position: Int64
  /// The channel it went through.
  package let channelID: ID<Channel>
  /// The provider's name.
  package let provider: String
  /// The line it went on.
  package let transport: String
  /// Which way it went.
  package let direction: Direction
  /// What it mainly is.
  package let kind: String
  /// Who it is from, rendered.
  package let sender: [UInt8]
  /// The text or caption.
  package let text: String?
  /// Its files.
  package var attachments: [Attachment] = []
  /// What one of ours says, as ``OutboundContent/members``, rendered; inbound ones have none.
  package var content: [UInt8]?
  /// Why one of ours is written; inbound ones have none.
  package var purpose: MessagePurpose?
  /// What the sender of one of ours gave it to carry, rendered.
  package var metadata: [UInt8]?
  /// A place, rendered.
  package let location: [UInt8]?
  /// What only some messages have, rendered.
  package let details: [UInt8]?
  /// The message it answers, where we hold that one.
  package let replyTo: ID<Message>?
  /// The provider's id; empty while one of ours has none.
  package let providerMessageID: String
  /// How far it got.
  package let status: MessageStatus
  /// Why it failed, rendered.
  package let error: [UInt8]?
  /// When it was stored.
  package let createdAt: Instant
  /// When it happened by the provider's clock.
  package let occurredAt: Instant?
  /// When it was sent, for what we sent.
  package let sentAt: Instant?
  /// When it was delivered, for what we sent.
  package let deliveredAt: Instant?
  /// When it was read: by them of ours, by us of theirs.
  package let readAt: Instant?
  /// When its author deleted it.
  package let deletedAt: Instant?
  /// The request that brought it.
  package let receiptID: ID<Receipt>?
  /// Later versions, oldest first, rendered.
  package var edits: [UInt8]?
  /// Reactions that stand, rendered.
  package var reactions: [UInt8]?
  /// The call's state, rendered, for kind `call`.
  package var call: [UInt8]?

  /// Writes the message of the design, §9.
  package func write(into writer: inout JSONWriter) {
    writer.raw("{\"id\":\"")
    writer.raw(id.text)
    writer.raw("\",\"tenant_id\":\"")
    writer.raw(tenantID.text)
    writer.raw("\",\"chat_id\":\"")
    writer.raw(chatID.text)
    writer.raw("\",\"channel_id\":\"")
    writer.raw(channelID.text)
    writer.raw("\",\"position\":")
    writer.integer(position)
    writer.raw(",\"transport\":")
    writer.string(transport)
    writer.raw(",\"direction\":")
    writer.string(direction.rawValue)
    writer.raw(",\"kind\":")
    writer.string(kind)
    writer.raw(",\"sender\":")
    writer.raw(sender)
    writer.raw(",\"text\":")
    writer.string(text)
    writer.raw(",\"attachments\":[")
    for (index, attachment) in attachments.enumerated() {
      if index > 0 { writer.raw(",") }
      attachment.write(into: &writer)
    }
    writer.raw("],\"location\":")
    Self.rendered(location, into: &writer)
    writer.raw(",\"reply_to\":")
    if let replyTo { writer.string(replyTo.description) } else { writer.raw("null") }
    writeFate(into: &writer)
  }

  private func writeFate(into writer: inout JSONWriter) {
    writer.raw(",\"provider\":")
    writer.string(provider)
    writer.raw(",\"provider_message_id\":")
    writer.string(providerMessageID.isEmpty ? nil : providerMessageID)
    writer.raw(",\"status\":")
    writer.string(status.rawValue)
    writer.raw(",\"error\":")
    Self.rendered(error, into: &writer)
    if let purpose {
      writer.raw(",\"purpose\":")
      writer.string(purpose.rawValue)
    }
    let times: [(StaticString, Instant?)] = [
      (",\"created_at\":", createdAt), (",\"occurred_at\":", occurredAt), (",\"sent_at\":", sentAt),
      (",\"delivered_at\":", deliveredAt), (",\"read_at\":", readAt),
      (",\"deleted_at\":", deletedAt),
    ]
    for (name, time) in times {
      writer.raw(name)
      writer.instant(time)
    }
    writer.raw(",\"details\":")
    Self.rendered(details, empty: "{}", into: &writer)
    writer.raw(",\"metadata\":")
    Self.rendered(metadata, empty: "{}", into: &writer)
    let extras: [(StaticString, [UInt8]?)] = [
      (",\"edits\":", edits), (",\"reactions\":", reactions), (",\"call\":", call),
    ]
    for (name, extra) in extras {
      guard let extra else { continue }
      writer.raw(name)
      writer.raw(extra)
    }
    writer.raw("}")
  }

  private static func rendered(
    _ json: [UInt8]?, empty: StaticString = "null", into writer: inout JSONWriter
  ) {
    if let json { writer.raw(json) } else { writer.raw(empty) }
  }
}
