// Who is behind an address: found or made, never guessed together.

extension Ingestion {
  /// A client with what the next steps need to know of them.
  struct Resolved {
    let clientID: ID<Client>
    let contactID: ID<Contact>
    let displayName: String?
    /// Their direct chat, where there is one already.
    let chatID: ID<Chat>?
    /// Their membership there on the line at hand.
    let memberID: ID<Member>?
  }

  /// Days are precise enough for "last seen", and most messages then write nothing for it.
  private static let seenStepMilliseconds: Int64 = 86_400_000

  /// Finds the client behind a person's addresses, or makes one.
  ///
  /// The first address that is known decides. Addresses nobody has claimed become this client's;
  /// one that is another client's stays theirs and is noted: two people never become one here.
  mutating func resolve(
    _ person: Person, transport: TransportKind
  ) throws(StoreError) -> Resolved? {
    var known: [KnownAddress?] = []
    for address in person.addresses {
      known.append(
        try connection.known(address, tenant: tenantID, transport: transport.rawValue))
    }
    guard let primary = person.addresses.first else { return nil }
    guard let found = known.lazy.compactMap({ $0 }).first else {
      return try makeClient(person, primary, transport)
    }
    var contactID = found.contactID
    for (address, known) in zip(person.addresses, known) {
      if let known, known.clientID != found.clientID {
        note = "\(address.type.rawValue) address belongs to \(known.clientID) already"
      } else if let known {
        if transaction.now.milliseconds(since: known.lastSeenAt) >= Self.seenStepMilliseconds {
          try transaction.seen(address, tenant: tenantID)
        }
      } else {
        let contact = try addContact(address, to: found.clientID, transport)
        if address == primary { contactID = contact.id }
      }
    }
    if let name = person.displayName, found.displayName == nil {
      try transaction.name(found.clientID, name)
      try tellNamed(found.clientID, name)
    }
    return Resolved(
      clientID: found.clientID, contactID: contactID,
      displayName: found.displayName ?? person.displayName, chatID: found.chatID,
      memberID: found.memberID)
  }

  private mutating func makeClient(
    _ person: Person, _ primary: Address, _ transport: TransportKind
  ) throws(StoreError) -> Resolved {
    let client = try transaction.addClient(tenant: tenantID, displayName: person.displayName)
    try transaction.append(
      "client.created", tenant: tenantID,
      Transaction.EventPlace(subject: SQLValue(client.id), receipt: receiptID),
      data: client.json.serialized())
    var contactID: ID<Contact>?
    for address in person.addresses {
      // The same address twice in one request must not fail it.
      let taken = try connection.known(
        address, tenant: tenantID, transport: transport.rawValue)
      if taken != nil { continue }
      let contact = try addContact(address, to: client.id, transport)
      if address == primary { contactID = contact.id }
    }
    guard let contactID else { throw StoreError(.broken, "a client without a contact") }
    return Resolved(
      clientID: client.id, contactID: contactID, displayName: person.displayName, chatID: nil,
      memberID: nil)
  }

  private func addContact(
    _ address: Address, to client: ID<Client>, _ transport: TransportKind
  ) throws(StoreError) -> Contact {
    let contact = try transaction.addContact(
      tenant: tenantID, client: client, address, source: transport.rawValue)
    try transaction.append(
      "contact.created", tenant: tenantID,
      Transaction.EventPlace(subject: SQLValue(client), receipt: receiptID),
      data: contact.json.serialized())
    return contact
  }

  private func tellNamed(_ client: ID<Client>, _ name: String) throws(StoreError) {
    let data: JSON = ["id": .string(client.description), "display_name": .string(name)]
    try transaction.append(
      "client.updated", tenant: tenantID,
      Transaction.EventPlace(subject: SQLValue(client), receipt: receiptID),
      data: data.serialized())
  }

  /// Stores a wish about being written to.
  mutating func store(
    _ preference: PreferenceReport, _ item: Item
  ) throws(StoreError) -> Outcome {
    guard let person = try resolve(preference.person, transport: preference.transport) else {
      note = "the request names nobody"
      return .ignored
    }
    subject = person.contactID.description
    let effect = try transaction.setPreference(
      contact: person.contactID, transport: preference.transport, preference.choice,
      source: preference.source, at: time(of: item), receipt: receiptID)
    switch effect {
    case .changed: break
    case .inForceAlready:
      note = "in force already"
      return .stored
    case .outdated:
      note = "a later wish is in force"
      return .stored
    }
    let data: JSON = [
      "contact_id": .string(person.contactID.description),
      "client_id": .string(person.clientID.description),
      "channel_id": .string(channel.id.description),
      "transport": .string(preference.transport.rawValue), "source": .string(preference.source),
    ]
    try transaction.append(
      "contact.\(preference.choice.rawValue)", tenant: tenantID,
      Transaction.EventPlace(subject: SQLValue(person.clientID), receipt: receiptID),
      data: data.serialized())
    return .stored
  }

  /// Stores that something known by one id now has another.
  mutating func store(_ change: IdentityChange) throws(StoreError) -> Outcome {
    switch change {
    case .conversation(let old, let new):
      guard let chat = try connection.chat(conversation: old, channel: channel.id) else {
        note = "the group is not known under its old id"
        return .ignored
      }
      subject = chat.description
      if let other = try connection.chat(conversation: new, channel: channel.id) {
        if other != chat { note = "the new id belongs to \(other) already" }
        return .stored
      }
      try transaction.addConversation(new, channel: channel.id, chat: chat)
      let data: JSON = ["chat_id": .string(chat.description), "provider_id": .string(new)]
      try transaction.append(
        "chat.updated", tenant: tenantID,
        Transaction.EventPlace(chat: chat, subject: SQLValue(chat), receipt: receiptID),
        data: data.serialized())
      return .stored
    case .address(let old, let new): return try move(old, to: new)
    }
  }

  private mutating func move(_ old: Address, to new: Address) throws(StoreError) -> Outcome {
    guard let known = try connection.known(old, tenant: tenantID, transport: "") else {
      note = "nobody is known under the old address"
      return .ignored
    }
    subject = known.clientID.description
    if let other = try connection.known(new, tenant: tenantID, transport: "") {
      if other.clientID != known.clientID {
        note = "the new address belongs to \(other.clientID) already"
      }
      return .stored
    }
    try transaction.move(old, to: new, tenant: tenantID)
    let data: JSON = [
      "contact_id": .string(known.contactID.description),
      "client_id": .string(known.clientID.description), "from": old.json, "to": new.json,
    ]
    try transaction.append(
      "contact.changed", tenant: tenantID,
      Transaction.EventPlace(subject: SQLValue(known.clientID), receipt: receiptID),
      data: data.serialized())
    return .stored
  }
}
