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
  mutating func store(
    _ change: IdentityChange, _ item: Item
  ) throws(StoreError) -> Outcome {
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
    case .address(let old, let new): return try move(old, to: new, at: time(of: item))
    }
  }

  /// Lets everything that a person had under an address go on under another.
  ///
  /// A number stands for its line: as an address of its own, as that of the telephone, and in its
  /// other forms. What was given up identifies nobody any more, as the next who has it is another.
  private mutating func move(
    _ old: Address, to new: Address, at instant: Instant
  ) throws(StoreError) -> Outcome {
    let claims = try claims(of: old)
    guard let owner = claims.first(where: { $0.address.type == old.type })?.known.clientID else {
      note = "nobody is known under the old address"
      return .ignored
    }
    subject = owner.description
    for (address, known) in claims where known.clientID == owner {
      // Only a number is the telephone's, too.
      guard address.type == old.type || new.isNumber else { continue }
      let target = Address(type: address.type, value: new.value, raw: new.raw)
      try move(address, known, to: target, at: instant)
    }
    return .stored
  }

  /// Who holds an address, and what else stands for the same line.
  private func claims(
    of old: Address
  ) throws(StoreError) -> [(address: Address, known: KnownAddress)] {
    let types: [ContactType] =
      old.isNumber ? [old.type] + [.whatsapp, .phone].filter { $0 != old.type } : [old.type]
    let addresses = types.flatMap { type in
      let address = Address(type: type, value: old.value, raw: old.raw)
      return [address] + address.variants
    }
    var claims: [(address: Address, known: KnownAddress)] = []
    for address in addresses {
      let known = try connection.known(address, tenant: tenantID, transport: "")
      if let known { claims.append((address, known)) }
    }
    return claims
  }

  private mutating func move(
    _ old: Address, _ known: KnownAddress, to new: Address, at instant: Instant
  ) throws(StoreError) {
    guard old != new else { return }
    var contactID = known.contactID
    if let other = try connection.known(new, tenant: tenantID, transport: "") {
      guard other.clientID == known.clientID else {
        note = "the new address belongs to \(other.clientID) already"
        return
      }
      contactID = other.contactID
      try transaction.retire(
        old, known.contactID, into: contactID, at: instant, tenant: tenantID, receipt: receiptID)
    } else {
      try transaction.move(
        old, of: contactID, to: new, at: instant, tenant: tenantID, receipt: receiptID)
    }
    let data: JSON = [
      "contact_id": .string(contactID.description),
      "client_id": .string(known.clientID.description), "from": old.json, "to": new.json,
    ]
    try transaction.append(
      "contact.changed", tenant: tenantID,
      Transaction.EventPlace(subject: SQLValue(known.clientID), receipt: receiptID),
      data: data.serialized())
  }
}
