/// People who go on under another number or user id.
/// <https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/reference/messages/system>,
/// 2026.
extension WhatsAppChange {
  /// A system message: something about the person, said by nobody.
  func system(_ json: JSON, _ id: String) -> [Item] {
    let system = json["system"] ?? .null
    let type = WhatsAppJSON.text(system["type"]) ?? "message"
    let kind = "\(field).system.\(WhatsAppJSON.kind(type, otherwise: "message"))"
    switch type {
    case "user_changed_number", "customer_changed_number", "user_changed_user_id":
      let items = identityItems(json, system, id)
      // Without the old name it is no news: `user_id_update` tells it with both.
      return items.isEmpty ? [ignored(kind, json)] : items
    case "customer_identity_changed", "user_identity_changed":
      // Another telephone under the same number: who it is stays the same to us.
      return [ignored(kind, json)]
    default: return [unrecognised(kind, json)]
    }
  }

  private func identityItems(_ json: JSON, _ system: JSON, _ id: String) -> [Item] {
    let time = WhatsAppJSON.instant(json["timestamp"])
    var items: [Item] = []
    let oldUserID = WhatsAppJSON.text(json["from_user_id"], system["previous_user_id"])
    if let old = oldUserID, let new = WhatsAppJSON.text(system["user_id"]), new != old {
      items.append(
        identity(
          "identity:\(id):user_id", at: time, Address(type: .whatsapp, value: old),
          Address(type: .whatsapp, value: new)))
    }
    let oldNumber = WhatsAppJSON.text(json["from"], system["customer"])
    let newNumber = WhatsAppJSON.text(system["wa_id"], system["new_wa_id"])
    if let old = oldNumber, let new = newNumber, let oldValue = PhoneNumber.e164("+\(old)"),
      let newValue = PhoneNumber.e164("+\(new)"), oldValue != newValue
    {
      // The old number may be given to somebody else, who must not become this person. So it is
      // left altogether, also as a telephone.
      let addresses = zip(
        WhatsAppParty.addresses(ofPhone: oldValue, raw: old),
        WhatsAppParty.addresses(ofPhone: newValue, raw: new))
      for (from, to) in addresses {
        items.append(identity("identity:\(id):\(from.type.rawValue)", at: time, from, to))
      }
    }
    return items
  }

  /// A user id was made anew, as happens with a new number. The field is not in Meta's reference;
  /// the shape is from public code, autumn 2026.
  func userIDUpdate(_ json: JSON) -> [Item] {
    let ids = json["user_id"]
    guard let old = WhatsAppJSON.text(ids?["previous"]),
      let new = WhatsAppJSON.text(ids?["current"])
    else { return [unrecognised(field, json)] }
    if old == new { return [ignored(field, json)] }
    let time = WhatsAppJSON.instant(json["timestamp"]) ?? self.time
    return [
      identity(
        "identity:\(old):\(new):\(time?.millisecondsSinceEpoch ?? 0)", at: time,
        Address(type: .whatsapp, value: old), Address(type: .whatsapp, value: new))
    ]
  }

  private func identity(
    _ key: String, at time: Instant?, _ old: Address, _ new: Address
  ) -> Item {
    item(key, at: time, .identity(.address(from: old, to: new)))
  }
}
