/// One change of an entry: a field that the app is subscribed to, and what it says.
/// <https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/overview>,
/// 2026.
struct WhatsAppChange {
  /// What it is about, such as `messages`.
  let field: String
  /// What it says.
  let value: JSON
  /// The business account.
  let businessAccountID: String?
  /// The number it is for; not all fields name one.
  let phoneNumberID: String?
  /// When Meta sent it, where the entry tells.
  let time: Instant?
  /// The people it names beside the messages.
  let contacts: WhatsAppContacts

  /// A change; `nil` without a field or a value.
  init?(_ json: JSON, entry: JSON) {
    guard let field = WhatsAppJSON.text(json["field"]), let value = json["value"],
      value.object != nil
    else { return nil }
    self.field = field
    self.value = value
    businessAccountID = WhatsAppJSON.id(entry["id"])
    phoneNumberID = WhatsAppJSON.id(value["metadata"]?["phone_number_id"])
    time = WhatsAppJSON.instant(entry["time"])
    contacts = WhatsAppContacts(value["contacts"])
  }

  /// What it tells.
  func items() -> [Item] {
    switch field {
    case "messages": messages()
    case "smb_message_echoes": list("message_echoes") { message($0, .echo) }
    case "history": history()
    case "user_preferences": list("user_preferences", preference)
    case "user_id_update": list("user_id_update", userIDUpdate)
    default:
      accountItems() ?? templateItems()
        ?? [Self.ignoredFields.contains(field) ? ignored(field, value) : unknownField()]
    }
  }

  /// Known and of no use to a conversation: contacts of the owner's telephone, limits, calls,
  /// groups, names, payments, what partners do.
  private static let ignoredFields: Set<String> = [
    "account_settings_update", "automatic_events", "business_capability_update",
    "business_status_update", "business_username_update", "business_username_updates", "calls",
    "flows", "group_lifecycle_update", "group_participants_update", "group_settings_update",
    "group_status_update", "message_echoes", "message_template_components_update",
    "messaging_handovers", "partner_solutions", "payment_configuration_update", "security",
    "smb_app_state_sync", "standby", "tracking_events",
  ]

  /// Messages of people, reports of ours, and what is wrong with neither.
  private func messages() -> [Item] {
    var items: [Item] = []
    if isThere("messages") { items += list("messages") { message($0, .live) } }
    if isThere("statuses") { items += list("statuses", status) }
    if isThere("errors") { items += list("errors", error) }
    return items.isEmpty ? [unrecognised(field, value)] : items
  }

  /// What was said before the number came to us: <…/webhooks/reference/history>, December 2025.
  private func history() -> [Item] {
    var items: [Item] = []
    if isThere("messages") { items += list("messages") { message($0, .history(thread: nil)) } }
    if isThere("history") {
      items += list("history") { chunk in
        // The owner of the number did not want to share it.
        if chunk["errors"]?.array != nil { return [ignored("history.declined", chunk)] }
        guard let threads = chunk["threads"]?.array else { return [unrecognised(field, chunk)] }
        return threads.flatMap { thread in
          guard let messages = thread["messages"]?.array else {
            return [unrecognised("history.thread", thread)]
          }
          return messages.flatMap { message($0, .history(thread: thread)) }
        }
      }
    }
    // The end of a phase may come without any thread.
    return items.isEmpty ? [ignored(field, value)] : items
  }

  private func isThere(_ name: String) -> Bool {
    value[name].map { !$0.isNull && $0 != [] } ?? false
  }

  /// What the elements of a list tell; one that is no object costs only itself.
  private func list(_ name: String, _ read: (JSON) -> [Item]) -> [Item] {
    guard let elements = value[name]?.array, !elements.isEmpty else {
      return [unrecognised(field, value)]
    }
    return elements.flatMap { $0.object == nil ? [unrecognised(field, $0)] : read($0) }
  }

  private func unknownField() -> Item {
    // A group's fields go on becoming more.
    if field.hasPrefix("group_"), field.hasSuffix("_update") {
      return ignored(WhatsAppJSON.kind(field, otherwise: "group_update"), value)
    }
    return unrecognised(WhatsAppJSON.kind(field, otherwise: "field"), value)
  }

  /// An item for the number.
  func item(_ key: String, at time: Instant?, _ fact: Fact) -> Item {
    Item(key: key, account: phoneNumberID, occurredAt: time, fact: fact)
  }

  /// Something known that a conversation has no use for.
  func ignored(_ kind: String, _ json: JSON) -> Item {
    item(
      "ignored:\(WhatsAppJSON.mark(json))", at: WhatsAppJSON.instant(json["timestamp"]) ?? time,
      .ignored(kind: kind))
  }

  /// Something not known, or without the part that would make it something.
  func unrecognised(_ kind: String, _ json: JSON) -> Item {
    WhatsAppJSON.unrecognised(
      kind, json, account: phoneNumberID,
      at: WhatsAppJSON.instant(json["timestamp"]) ?? time)
  }
}
