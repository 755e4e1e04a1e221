/// Content that Telegram's apps show in a form of its own: here a line of text says what it is,
/// and `details` has the whole of it under Telegram's name.
enum TelegramSpecialContent {
  /// The readers, in the order of <https://core.telegram.org/bots/api#message>, 10.3 of 2026-08-24.
  static let readers: [@Sendable (JSON) -> MessageContent?] =
    kinds.map { kind in { @Sendable message in kind.read(message) } } + [webAppData]

  /// One kind: the member of `Message`, what it mainly is, and its line of text.
  private struct Kind: Sendable {
    let member: String
    let kind: MessageKind
    let text: @Sendable (JSON) -> String?

    func read(_ message: JSON) -> MessageContent? {
      guard let value = message[member], value.object != nil else { return nil }
      var content = MessageContent(kind: kind, text: text(value))
      content.details[member] = value
      return content
    }
  }

  private static let kinds: [Kind] = [
    Kind(member: "poll", kind: .interactive, text: poll),
    Kind(member: "dice", kind: .text, text: dice),
    Kind(member: "game", kind: .interactive) { TelegramJSON.text($0["title"]) ?? "Game" },
    Kind(member: "checklist", kind: .interactive, text: checklist),
    Kind(member: "invoice", kind: .interactive, text: invoice),
    Kind(member: "gift", kind: .system, text: gift),
    Kind(member: "unique_gift", kind: .system, text: gift),
    Kind(member: "giveaway", kind: .system) {
      ["Giveaway", TelegramJSON.text($0["prize_description"])].compactMap(\.self)
        .joined(separator: ": ")
    },
    Kind(member: "giveaway_winners", kind: .system) { _ in "Giveaway winners" },
    Kind(member: "giveaway_completed", kind: .system) { _ in "Giveaway completed" },
    Kind(member: "successful_payment", kind: .system) { "Paid" + amount($0) },
    Kind(member: "refunded_payment", kind: .system) { "Refunded" + amount($0) },
    Kind(member: "users_shared", kind: .interactive, text: usersShared),
    Kind(member: "chat_shared", kind: .interactive) {
      TelegramJSON.text($0["title"]) ?? "A chat was shared"
    },
  ]

  /// What a mini app's button sent. The data is the user's: anything may stand in it.
  @Sendable private static func webAppData(_ message: JSON) -> MessageContent? {
    guard let value = message["web_app_data"], value.object != nil else { return nil }
    let title = TelegramJSON.text(value["button_text"])
    let data = TelegramJSON.text(value["data"])
    var content = MessageContent(kind: .interactive, text: title ?? data)
    var button: JSONObject = [:]
    button["payload"] = data.map(JSON.string)
    button["text"] = title.map(JSON.string)
    button["source"] = "web_app"
    content.details["button"] = .object(button)
    return content
  }

  @Sendable private static func poll(_ poll: JSON) -> String? {
    let question = TelegramJSON.text(poll["question"]) ?? "Poll"
    let options = (poll["options"]?.array ?? []).compactMap { TelegramJSON.text($0["text"]) }
    return ([question] + options.map { "- \($0)" }).joined(separator: "\n")
  }

  @Sendable private static func dice(_ dice: JSON) -> String? {
    let emoji = TelegramJSON.text(dice["emoji"]) ?? "🎲"
    return dice["value"]?.integer.map { "\(emoji) \($0)" } ?? emoji
  }

  @Sendable private static func checklist(_ list: JSON) -> String? {
    let title = TelegramJSON.text(list["title"]) ?? "Checklist"
    let tasks = (list["tasks"]?.array ?? []).compactMap { task -> String? in
      // The date is 0 for a task that is still to do.
      let isDone = TelegramJSON.instant(task["completion_date"]) != nil
      return TelegramJSON.text(task["text"]).map { "\(isDone ? "[x]" : "[ ]") \($0)" }
    }
    return ([title] + tasks).joined(separator: "\n")
  }

  @Sendable private static func invoice(_ invoice: JSON) -> String? {
    (TelegramJSON.text(invoice["title"]) ?? "Invoice") + amount(invoice)
  }

  @Sendable private static func gift(_ gift: JSON) -> String? {
    let words = TelegramJSON.text(gift["text"]) ?? TelegramJSON.text(gift["gift"]?["base_name"])
    return words.map { "Gift: \($0)" } ?? "Gift"
  }

  @Sendable private static func usersShared(_ shared: JSON) -> String? {
    let names = (shared["users"]?.array ?? []).compactMap { user -> String? in
      let names = ["first_name", "last_name"].compactMap { TelegramJSON.text(user[$0]) }
      return names.isEmpty ? TelegramJSON.text(user["username"]) : names.joined(separator: " ")
    }
    return names.isEmpty ? "Users were shared" : names.joined(separator: ", ")
  }

  /// The amount as Telegram tells it: in the smallest units of its currency, which have no fixed
  /// place for a point.
  private static func amount(_ json: JSON) -> String {
    guard let amount = json["total_amount"]?.integer,
      let currency = TelegramJSON.text(json["currency"])
    else { return "" }
    return " (\(amount) \(currency), smallest units)"
  }
}
