/// Which messages are to be canceled: those that fit every member given.
package struct CancelFilter: Equatable, Sendable {
  /// Of this chat.
  package var chatID: ID<Chat>?
  /// To this client.
  package var clientID: ID<Client>?
  /// To this contact.
  package var contactID: ID<Contact>?
  /// Through this channel.
  package var channelID: ID<Channel>?
  /// On this kind of line.
  package var transport: TransportKind?
  /// With these members among what the sender noted, each with exactly this value.
  package var metadata: JSONObject = [:]

  /// The members a filter takes.
  package static let members = [
    "chat_id", "client_id", "contact_id", "channel_id", "transport", "metadata",
  ]

  /// A filter that everything fits; nobody can ask for it.
  package init() {}

  /// Reads a filter.
  ///
  /// - Throws: ``ContentError`` naming the first member that is wrong, or that there is none: to
  ///   cancel everything is nothing to say by leaving something out.
  package init(json: JSON) throws(ContentError) {
    guard let object = json.object else { throw ContentError("filter", "must be an object") }
    for member in object where !Self.members.contains(member.key) {
      throw ContentError(
        "filter.\(member.key)", Spelling.unknown("member", member.key, among: Self.members))
    }
    guard !object.isEmpty else {
      throw ContentError(
        "filter", "must have at least one of \(Self.members.joined(separator: ", "))")
    }
    chatID = try Self.member(object, "chat_id", "a chat's identifier") { ID($0) }
    clientID = try Self.member(object, "client_id", "a client's identifier") { ID($0) }
    contactID = try Self.member(object, "contact_id", "a contact's identifier") { ID($0) }
    channelID = try Self.member(object, "channel_id", "a channel's identifier") { ID($0) }
    let words = TransportKind.allCases.map(\.rawValue).joined(separator: ", ")
    transport = try Self.member(object, "transport", "one of \(words)") {
      TransportKind(rawValue: $0)
    }
    if let json = object["metadata"] {
      guard let members = json.object, !members.isEmpty else {
        throw ContentError("filter.metadata", "must be an object with at least one member")
      }
      metadata = members
    }
  }

  // A member that is null would match everything: it is a mistake here, not a default.
  private static func member<Value>(
    _ object: JSONObject, _ name: String, _ what: String, _ read: (String) -> Value?
  ) throws(ContentError) -> Value? {
    guard let json = object[name] else { return nil }
    guard let value = json.string.flatMap(read) else {
      throw ContentError("filter.\(name)", "must be \(what)")
    }
    return value
  }

  /// Whether what the sender noted at a message has all that is asked for.
  package func fits(metadata bytes: [UInt8]?) -> Bool {
    if metadata.isEmpty { return true }
    guard let noted = bytes.flatMap({ try? JSON.parse($0) })?.object else { return false }
    return metadata.allSatisfy { noted[$0.key] == $0.value }
  }
}
