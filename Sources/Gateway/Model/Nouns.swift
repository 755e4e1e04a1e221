// The nouns of the design, as the outside sees them. Each renders itself as the JSON of the API.

/// An organisation; owns everything else.
package struct Tenant: Identified, Equatable, Sendable {
  /// `tnt_…`
  package static let idPrefix: StaticString = "tnt_"
  /// Its identifier.
  package let id: ID<Tenant>
  /// Its name, unique in the database.
  package let name: String
  /// When it was made.
  package let createdAt: Instant

  /// The tenant as JSON.
  package var json: JSON {
    ["id": .string(id.description), "name": .string(name), "created_at": JSON(createdAt)]
  }
}

/// A key of the API. The key itself is shown once, when it is made; only its hash is stored.
package struct APIKey: Identified, Equatable, Sendable {
  /// `key_…`
  package static let idPrefix: StaticString = "key_"
  /// Its identifier.
  package let id: ID<APIKey>
  /// Whose data it opens.
  package let tenantID: ID<Tenant>
  /// What it is for, in its maker's words.
  package let name: String
  /// What it may do.
  package let role: Role
  /// When it was made.
  package let createdAt: Instant
  /// When it stopped working.
  package let revokedAt: Instant?

  /// What a key may do.
  package enum Role: String, CaseIterable, Sendable {
    /// Everything of its tenant.
    case admin
    /// What a CRM backend needs: everything but keys and tenants.
    case backend
    /// Looking, sending, and replaying what is stuck.
    case ops
    /// Reading chats, marking them read, and writing in them.
    case agent
    /// What an agent may, and the clients behind the chats.
    case sales
    /// What a salesperson may, for a whole team.
    case lead
  }

  /// The key as JSON, without the key itself.
  package var json: JSON {
    [
      "id": .string(id.description), "tenant_id": .string(tenantID.description),
      "name": .string(name), "role": .string(role.rawValue), "created_at": JSON(createdAt),
      "revoked_at": JSON(revokedAt),
    ]
  }
}

/// A customer.
package struct Client: Identified, Equatable, Sendable {
  /// `cli_…`
  package static let idPrefix: StaticString = "cli_"
  /// Their identifier.
  package let id: ID<Client>
  /// The name they show, from whichever line told one first.
  package let displayName: String?
  /// When they first wrote.
  package let createdAt: Instant

  /// The client as JSON.
  package var json: JSON {
    [
      "id": .string(id.description), "display_name": JSON(displayName),
      "created_at": JSON(createdAt),
    ]
  }
}

/// One address of a client: a claim of identity, with where and when it came from.
package struct Contact: Identified, Equatable, Sendable {
  /// `con_…`
  package static let idPrefix: StaticString = "con_"
  /// Its identifier.
  package let id: ID<Contact>
  /// Whose it is.
  package let clientID: ID<Client>
  /// The address.
  package let address: Address
  /// Which line told it, such as `whatsapp`.
  package let source: String
  /// When it was first seen.
  package let firstSeenAt: Instant
  /// When it was last seen, to the day.
  package let lastSeenAt: Instant
  /// The lines on which they asked for silence.
  package let optedOut: [String]
  /// The lines on which they want no advertisements, whatever they want of the rest.
  package let optedOutMarketing: [String]

  /// The contact as JSON.
  package var json: JSON {
    [
      "id": .string(id.description), "client_id": .string(clientID.description),
      "type": .string(address.type.rawValue), "value": .string(address.value),
      "raw": .string(address.raw), "source": .string(source), "first_seen_at": JSON(firstSeenAt),
      "last_seen_at": JSON(lastSeenAt), "opted_out": .array(optedOut.map(JSON.string)),
      "opted_out_marketing": .array(optedOutMarketing.map(JSON.string)),
    ]
  }
}

/// A conversation: with one client across all lines, or a group.
package struct Chat: Identified, Equatable, Sendable {
  /// `cht_…`
  package static let idPrefix: StaticString = "cht_"
  /// Its identifier.
  package let id: ID<Chat>
  /// With one or with many.
  package let kind: ChatKind
  /// The client of a direct chat.
  package let clientID: ID<Client>?
  /// The client's shown name, or the group's title.
  package let title: String?
  /// When it began.
  package let createdAt: Instant
  /// When the last message was stored; of a chat without one when it began, for its place in lists.
  package let lastMessageAt: Instant?
  /// How many inbound messages nobody has read.
  package let unreadCount: Int64
  /// How many messages it has.
  package let messageCount: Int64

  /// The chat as JSON.
  package var json: JSON { .object(members) }

  /// The members of the JSON, for those who add to them.
  package var members: JSONObject {
    [
      "id": .string(id.description), "kind": .string(kind.rawValue),
      "client_id": JSON(clientID?.description), "title": JSON(title),
      "created_at": JSON(createdAt),
      "last_message_at": JSON(messageCount > 0 ? lastMessageAt : nil),
      "unread_count": .integer(unreadCount), "message_count": .integer(messageCount),
    ]
  }
}

/// A participant of a chat, on one line.
package struct Member: Identified, Equatable, Sendable {
  /// `mem_…`
  package static let idPrefix: StaticString = "mem_"
  /// What a member is.
  package enum Kind: String, Sendable {
    case user
    case client
    case service
  }

  /// Its identifier.
  package let id: ID<Member>
  /// What it is.
  package let kind: Kind
  /// A client's identifier, a user's id, or a service's name.
  package let participant: String
  /// On which line.
  package let transport: String
  /// The name to show.
  package let displayName: String?
  /// When it came.
  package let joinedAt: Instant
  /// When it left a group.
  package let leftAt: Instant?

  /// The member as JSON.
  package var json: JSON {
    [
      "id": .string(id.description), "kind": .string(kind.rawValue),
      "participant": .string(participant), "transport": .string(transport),
      "display_name": JSON(displayName), "joined_at": JSON(joinedAt), "left_at": JSON(leftAt),
    ]
  }
}

/// A fact told to the outside.
package struct Event: Identified, Equatable, Sendable {
  /// `evt_…`
  package static let idPrefix: StaticString = "evt_"
  /// Its identifier.
  package let id: ID<Event>
  /// Its type, such as `message.received`.
  package let type: String
  /// Its place among the tenant's events: no gaps, never back.
  package let sequence: Int64
  /// Its place among the chat's events, where it belongs to one.
  package let chatSequence: Int64?
  /// When it was stored.
  package let timestamp: Instant
  /// Whose it is.
  package let tenantID: ID<Tenant>
  /// What happened, as JSON.
  package let data: [UInt8]

  /// Writes the envelope of the design.
  package func write(into writer: inout JSONWriter) {
    writer.raw("{\"id\":\"")
    writer.raw(id.text)
    writer.raw("\",\"type\":")
    writer.string(type)
    writer.raw(",\"sequence\":")
    writer.integer(sequence)
    writer.raw(",\"chat_sequence\":")
    if let chatSequence { writer.integer(chatSequence) } else { writer.raw("null") }
    writer.raw(",\"timestamp\":")
    writer.instant(timestamp)
    writer.raw(",\"tenant_id\":\"")
    writer.raw(tenantID.text)
    writer.raw("\",\"data\":")
    writer.raw(data)
    writer.raw("}")
  }
}

/// A file of a message.
package struct Attachment: Identified, Equatable, Sendable {
  /// `fil_…`
  package static let idPrefix: StaticString = "fil_"
  /// Its identifier.
  package let id: ID<Attachment>
  /// What the provider said of it.
  package let reference: AttachmentReference
  /// Whether we hold it: `pending`, `stored`, `unavailable`.
  package let state: String
  /// Under which content it is kept, for one that is stored as it is inserted.
  package var sha256: [UInt8]?

  /// Writes the attachment; where it is kept stays inside, some places hold a secret.
  package func write(into writer: inout JSONWriter) {
    writer.raw("{\"id\":\"")
    writer.raw(id.text)
    writer.raw("\",\"kind\":")
    writer.string(reference.kind.rawValue)
    writer.raw(",\"content_type\":")
    writer.string(reference.contentType)
    writer.raw(",\"file_name\":")
    writer.string(reference.fileName)
    writer.raw(",\"size\":")
    if let size = reference.size { writer.integer(size) } else { writer.raw("null") }
    writer.raw(",\"state\":")
    writer.string(state)
    if !reference.details.isEmpty {
      writer.raw(",\"details\":")
      writer.object(reference.details)
    }
    writer.raw("}")
  }
}
