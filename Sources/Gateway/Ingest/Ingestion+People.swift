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
    let effect = try recorder.store(
      preference, contact: person.contactID, client: person.clientID, at: time(of: item))
    switch effect {
    case .changed: break
    case .inForceAlready: note = "in force already"
    case .outdated: note = "a later wish is in force"
    }
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
