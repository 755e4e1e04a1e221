// Who is behind an address: found or made, never guessed together.

extension Ingestion {
  /// Stores a wish about being written to.
  mutating func store(
    _ preference: PreferenceReport, _ item: Item
  ) throws(StoreError) -> Outcome {
    guard let person = try recorder.resolve(preference.person, transport: preference.transport)
    else {
      note = "the request names nobody"
      return .ignored
    }
    subject = person.contactID.description
    let effect = try transaction.setPreference(
      contact: person.contactID, transport: preference.transport, preference.choice,
      purpose: preference.purpose, source: preference.source, at: time(of: item), receipt: receiptID)
    try spread(preference, of: person, item)
    switch effect {
    case .changed: break
    case .inForceAlready:
      note = "in force already"
      return .stored
    case .outdated:
      note = "a later wish is in force"
      return .stored
    }
    try recorder.tell(preference, contact: person.contactID, client: person.clientID)
    return .stored
  }

  /// A number may be two contacts of one person, and what waits may name either: the wish holds for
  /// all addresses the request proves to be theirs.
  private func spread(
    _ preference: PreferenceReport, of person: Recorder.Resolved, _ item: Item
  ) throws(StoreError) {
    for address in preference.person.addresses {
      let twin = try connection.known(
        address, tenant: tenantID, transport: preference.transport.rawValue)
      guard let twin, twin.clientID == person.clientID, twin.contactID != person.contactID else {
        continue
      }
      _ = try transaction.setPreference(
        contact: twin.contactID, transport: preference.transport, preference.choice,
        purpose: preference.purpose, source: preference.source, at: time(of: item), receipt: receiptID)
    }
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
