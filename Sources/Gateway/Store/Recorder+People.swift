// Who is behind an address: found or made, never guessed together.

extension Recorder {
  /// A client with what the next steps need to know of them.
  package struct Resolved {
    /// The client.
    package let clientID: ID<Client>
    /// The contact of the address that the provider identifies them by.
    package let contactID: ID<Contact>
    /// The name they show.
    package let displayName: String?
    /// Their direct chat, where there is one already.
    package let chatID: ID<Chat>?
    /// Their membership there on the line at hand.
    package let memberID: ID<Member>?
  }

  /// Days are precise enough for "last seen", and most messages then write nothing for it.
  private static let seenStepMilliseconds: Int64 = 86_400_000

  /// Finds the client behind a person's addresses, or makes one.
  ///
  /// The first address that is known decides. Addresses nobody has claimed become this client's;
  /// one that is another client's stays theirs and is noted: two people never become one here.
  /// A number that leads to somebody with another account of the same kind has changed hands.
  mutating func resolve(
    _ person: Person, transport: TransportKind
  ) throws(StoreError) -> Resolved? {
    var known: [KnownAddress?] = []
    for address in person.addresses {
      known.append(
        try connection.known(address, tenant: tenantID, transport: transport.rawValue))
    }
    guard let primary = person.addresses.first else { return nil }
    var found = known.lazy.compactMap { $0 }.first
    if found == nil { found = try variant(of: person, transport) }
    if known.first.flatMap({ $0 }) == nil, let other = found,
      try connection.hasOtherAccount(other.clientID, than: primary)
    {
      note = "the number belongs to \(other.clientID), who has another account"
      found = nil
    }
    guard let found else { return try makeClient(person, primary, transport) }
    var contactID = found.contactID
    for (address, known) in zip(person.addresses, known) {
      if let known, known.clientID != found.clientID {
        note = "\(address.type.rawValue) address belongs to \(known.clientID) already"
      } else if let known {
        if transaction.now.milliseconds(since: known.lastSeenAt) >= Self.seenStepMilliseconds {
          try transaction.seen(address, tenant: tenantID)
        }
      } else {
        // The same address twice in one request must not fail it.
        let contact = try claim(address, for: found.clientID, transport)
        if let contact, address == primary { contactID = contact.id }
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

  /// Who is known under another number of the same line.
  private func variant(
    of person: Person, _ transport: TransportKind
  ) throws(StoreError) -> KnownAddress? {
    for address in person.addresses {
      for variant in address.variants {
        let known = try connection.known(
          variant, tenant: tenantID, transport: transport.rawValue)
        if let known { return known }
      }
    }
    return nil
  }

  /// Lets addresses that a provider proved to be a recipient's be contacts of the same client, where
  /// nobody has them. `transport` is the line that they were proven on.
  package mutating func learn(
    _ addresses: [Address], of contact: ID<Contact>, transport: TransportKind
  ) throws(StoreError) {
    guard !addresses.isEmpty,
      let client = try connection.client(of: contact, tenant: tenantID)
    else { return }
    for address in addresses where !address.value.isEmpty {
      let known = try connection.known(address, tenant: tenantID, transport: transport.rawValue)
      if let known {
        if known.clientID != client {
          note = "\(address.type.rawValue) address belongs to \(known.clientID) already"
        }
      } else if try connection.hasOtherAccount(client, than: address) {
        note = "the number leads to another account now than \(client) has"
      } else {
        _ = try addContact(address, to: client, transport)
      }
    }
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
      // What is another's stays theirs; the same address twice must not fail the request.
      let contact = try claim(address, for: client.id, transport)
      if let contact, address == primary { contactID = contact.id }
    }
    guard let contactID else { throw StoreError(.broken, "a client without a contact") }
    return Resolved(
      clientID: client.id, contactID: contactID, displayName: person.displayName, chatID: nil,
      memberID: nil)
  }

  /// Claims an address unless somebody has it.
  private func claim(
    _ address: Address, for client: ID<Client>, _ transport: TransportKind
  ) throws(StoreError) -> Contact? {
    let taken = try connection.known(address, tenant: tenantID, transport: transport.rawValue)
    return taken == nil ? try addContact(address, to: client, transport) : nil
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

  /// Stores a wish about being written to, and tells of it where it changes what is in force.
  ///
  /// A number may be two contacts of one person, and what waits may name either: the wish holds for
  /// all addresses that the report proves to be theirs, and for the twins of these.
  package func store(
    _ preference: PreferenceReport, contact: ID<Contact>, client: ID<Client>, at instant: Instant
  ) throws(StoreError) -> PreferenceEffect {
    let effect = try transaction.setPreference(
      contact: contact, transport: preference.transport, preference.choice,
      purpose: preference.purpose, source: preference.source, at: instant, receipt: receiptID)
    var whole = preference
    for address in preference.person.addresses {
      for (address, isTwin) in [(address, false), (address.twin, true)] {
        guard let address,
          let known = try connection.known(
            address, tenant: tenantID, transport: preference.transport.rawValue),
          known.clientID == client
        else { continue }
        if isTwin { whole.person.addresses.append(address) }
        if known.contactID == contact { continue }
        _ = try transaction.setPreference(
          contact: known.contactID, transport: preference.transport, preference.choice,
          purpose: preference.purpose, source: preference.source, at: instant,
          receipt: receiptID)
      }
    }
    if effect == .changed { try tell(whole, contact: contact, client: client) }
    return effect
  }

  /// Tells of a wish that is in force now. A wish for silence takes back everything that waits, in
  /// this very transaction, and says how much that was.
  private func tell(
    _ preference: PreferenceReport, contact: ID<Contact>, client: ID<Client>
  ) throws(StoreError) {
    var data: JSONObject = [
      "contact_id": .string(contact.description), "client_id": .string(client.description),
      "channel_id": .string(channel.id.description),
      "transport": .string(preference.transport.rawValue), "source": .string(preference.source),
    ]
    if let purpose = preference.purpose { data["purpose"] = .string(purpose.rawValue) }
    if preference.choice == .optedOut {
      var canceled = 0
      for address in preference.person.addresses {
        canceled += try transaction.cancelWaiting(
          for: address, transport: preference.transport, purpose: preference.purpose,
          tenant: tenantID, error: Self.optedOut,
          note: preference.purpose == .marketing
            ? "the recipient wants no more advertisements"
            : "the recipient wants no more messages",
          receipt: receiptID)
      }
      data["canceled_messages"] = JSON(canceled)
    }
    try transaction.append(
      "contact.\(preference.choice.rawValue)", tenant: tenantID,
      Transaction.EventPlace(subject: SQLValue(client), receipt: receiptID),
      data: JSON.object(data).serialized())
  }

  /// Why nothing is sent to somebody who asked for silence.
  package static let optedOut = ProviderError(
    code: "opted_out", title: "The recipient wants no messages on this line",
    errorClass: "opted_out")
}
