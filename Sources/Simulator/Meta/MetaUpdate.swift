import Gateway

/// One thing that a post of Meta's tells.
///
/// A post holds up to 1,000 of them, for several accounts of one app.
package struct MetaUpdate: Equatable, Sendable {
  /// What kind of account it is for.
  package let product: MetaAccount.Product
  /// The id of the entry: the business account of a number, or the account itself.
  let entryID: String
  /// The number; `nil` outside of WhatsApp's messages.
  let metadata: JSON?
  /// Whom it speaks of, on WhatsApp.
  let contacts: [JSON]
  /// The member that holds it, such as `messages`, `statuses`; for a change, its field.
  let member: String
  /// What it is.
  let value: JSON
  /// Whether it is a change of its own and not a member of one.
  var isChange = false

  /// What a batch may hold that nobody can read.
  package enum Poison: String, CaseIterable, Sendable {
    /// A text where an object belongs.
    case text
    /// A message without an id and with members of the wrong kinds.
    case misshapen
  }

  /// The same update with something in its place that nobody can read.
  package func poisoned(_ poison: Poison) -> MetaUpdate {
    let broken: JSON =
      switch poison {
      case .text: "poison"
      case .misshapen: ["id": ["poison"], "message": 7, "type": ["text"], "timestamp": false]
      }
    return MetaUpdate(
      product: product, entryID: entryID, metadata: metadata, contacts: [], member: member,
      value: broken, isChange: isChange)
  }

  /// The body of one post with these updates, in their order; the product is that of the first.
  ///
  /// What follows each other for the same number is told in one change: people and what they wrote
  /// stand in two lists that do not have the same length.
  package static func body(_ updates: [MetaUpdate], at now: Instant) -> JSON {
    let product = updates.first?.product ?? .whatsApp
    var entries: [JSON] = []
    var rest = updates[...]
    while let first = rest.first {
      let some = rest.prefix { $0.entryID == first.entryID }
      rest = rest.dropFirst(some.count)
      entries.append(
        product == .whatsApp
          ? ["id": .string(first.entryID), "changes": .array(changes(some))]
          : [
            "id": .string(first.entryID), "time": .integer(now.millisecondsSinceEpoch + 40),
            "messaging": .array(some.map(\.value)),
          ])
    }
    return ["object": .string(product.object), "entry": .array(entries)]
  }

  /// So many updates are told in one change at most.
  private static let changeMax = 20

  private static func changes(_ updates: ArraySlice<MetaUpdate>) -> [JSON] {
    var changes: [JSON] = []
    var rest = updates
    while let first = rest.first {
      if first.isChange {
        rest = rest.dropFirst()
        changes.append(["value": first.value, "field": .string(first.member)])
        continue
      }
      let some = rest.prefix { !$0.isChange && $0.metadata == first.metadata }.prefix(changeMax)
      rest = rest.dropFirst(some.count)
      changes.append(["value": value(of: some), "field": "messages"])
    }
    return changes
  }

  private static func value(of updates: ArraySlice<MetaUpdate>) -> JSON {
    var value: JSONObject = ["messaging_product": "whatsapp"]
    value["metadata"] = updates.first?.metadata
    var contacts: [JSON] = []
    for contact in updates.flatMap(\.contacts) where !contacts.contains(contact) {
      contacts.append(contact)
    }
    if !contacts.isEmpty { value["contacts"] = .array(contacts) }
    for member in ["messages", "statuses", "errors"] {
      let some = updates.filter { $0.member == member }.map(\.value)
      if !some.isEmpty { value[member] = .array(some) }
    }
    return .object(value)
  }
}
