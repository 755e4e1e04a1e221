import Gateway

/// The story of a message.
enum MessageStory {
  /// Asks the daemon and tells it.
  static func tell(_ id: String, _ api: APIClient) throws -> Story {
    let message = try api.get("/v1/messages/\(id)")
    let timeline = try api.get("/v1/messages/\(id)/timeline")
    var story = Story()
    story.source("message", message)
    story.source("timeline", timeline["data"] ?? [])
    story.heading(
      "\(id): \(message.text("direction")) \(message.text("kind")) on \(message.text("transport"))")
    story.fact("text", message.text("text"))
    story.fact("from", sender(message))
    story.fact("chat", message.text("chat_id"))
    story.fact("channel", message.text("channel_id"))
    story.fact("provider id", message.text("provider_message_id"))
    story.fact("status", message.text("status"))
    for attachment in message["attachments"]?.array ?? [] {
      let file = [attachment.text("content_type"), attachment.text("file_name")]
        .filter { !$0.isEmpty }.joined(separator: ", ")
      story.fact("file", "\(attachment.text("kind")) (\(file)), \(attachment.text("state"))")
    }
    if let call = message["call"], !call.isNull { story.fact("call", call.text("state")) }
    if let edits = message["edits"]?.array { story.fact("edited", "\(edits.count) times") }
    story.fact("deleted", message.text("deleted_at"))
    story.heading("What happened")
    story.explanation(timeline)
    if timeline.text("summary").isEmpty, let error = message["error"], !error.isNull {
      story.hint(
        "The provider says: \(error.text("title").harmless) (\(error.text("code").harmless)).")
    }
    return story
  }

  /// Tells the story of the message behind a delivery, or behind an attempt at one.
  static func tell(delivery id: String, _ api: APIClient) throws -> Story {
    let delivery = try api.get("/v1/deliveries/\(id)")
    var story = try tell(delivery.text("message_id"), api)
    story.source("delivery", delivery)
    return story
  }

  /// Who a message is from, in a few words.
  static func sender(_ message: JSON) -> String {
    let sender = message["sender"] ?? .null
    let names = ["name", "profile_name", "first_name", "username"]
    let name = names.lazy.map { sender.text($0) }.first { !$0.isEmpty }
    let addresses = ["phone", "address", "user_id", "id"]
    let address = addresses.lazy.map { name in
      sender[name]?.string ?? sender.count(name)
    }.first { !$0.isEmpty }
    return [name, address].compactMap { $0 }.joined(separator: ", ")
  }
}

/// The story of a receipt.
enum ReceiptStory {
  /// Asks the daemon and tells it.
  static func tell(_ id: String, _ api: APIClient) throws -> Story {
    let receipt = try api.get("/v1/receipts/\(id)")
    // A channel stays, but its row may belong to a key that may not see it.
    let channel = try? api.get("/v1/channels/\(receipt.text("channel_id"))")
    var story = Story()
    story.source("receipt", receipt)
    if let channel { story.source("channel", channel) }
    let request = receipt["request"] ?? .null
    story.heading("\(id): \(receipt.text("state"))")
    story.fact("received", receipt.text("received_at"))
    story.fact("from", request.text("remote_address"))
    let name = channel.map { "\($0.text("name")) (\($0.text("provider"))), " } ?? ""
    story.fact("channel", name + receipt.text("channel_id"))
    story.fact(
      "request",
      "\(request.text("method")) \(request.text("target")), \(receipt.count("body_bytes")) bytes")
    let proof = receipt.text("verified_by")
    story.fact("signature", proof.isEmpty ? "not proven" : "right (\(proof))")
    story.fact("reason", receipt.text("reason"))
    if let attempts = receipt["attempts"]?.integer, attempts > 1 {
      story.fact("processed", "\(attempts) times")
    }
    let items = receipt["items"]?.array ?? []
    if !items.isEmpty { story.heading("What it told us") }
    for item in items { story.fact("•", Self.item(item)) }
    var timelines: JSONObject = [:]
    for message in Set(items.map { $0.text("id") }).sorted() where ID<Message>(message) != nil {
      let timeline = try api.get("/v1/messages/\(message)/timeline")
      timelines[message] = timeline["data"]
      story.heading("What happened to \(message)")
      story.explanation(timeline)
    }
    story.source("timelines", .object(timelines))
    for hint in hints(receipt, channel) { story.hint(hint) }
    return story
  }

  /// What became of one item, in a line.
  static func item(_ item: JSON) -> String {
    let parts = [item.text("outcome"), item.text("id"), item.text("note")]
    return parts.filter { !$0.isEmpty }.joined(separator: "  ").harmless
  }

  /// What a person can do about a receipt in this state.
  private static func hints(_ receipt: JSON, _ channel: JSON?) -> [String] {
    let id = receipt.text("id")
    let again = "trunkline reprocess \(id)"
    switch ReceiptState(rawValue: receipt.text("state")) {
    case .quarantined: return quarantined(receipt, channel) + ["Then take it in: `\(again)`."]
    case .unreadable:
      return [
        "It is kept as it came; `trunkline receipts show \(id)` shows it.",
        "If only its text is broken: `\(again) --repair`. If a newer version reads it: `\(again)`.",
      ]
    case .unrecognised:
      return ["This version has no use for this kind. A newer one may: then `\(again)`."]
    case .unrouted:
      return [
        "It names an account that no channel has: `trunkline channels create` for it, then "
          + "`\(again)`."
      ]
    case .failed:
      return ["The fault is ours: the daemon's log says why at that time. Then `\(again)`."]
    case .duplicate: return ["It told nothing new: the provider sent it before. All is well."]
    case .processed where receipt["verified_by"]?.isNull ?? true:
      return [
        "Its signature was not right; the channel only observes. Mend the secret, then "
          + "`trunkline channels set \(receipt.text("channel_id")) --verification enforce`."
      ]
    case .processed, .ignored, nil: return []
    }
  }

  private static func quarantined(_ receipt: JSON, _ channel: JSON?) -> [String] {
    let id = receipt.text("channel_id")
    let secrets = (channel?["settings"]?.object ?? [:]).filter {
      $0.value["is_secret"]?.bool == true
    }
    let names = secrets.map(\.key)
    let name = names.count == 1 ? names.joined() : "NAME"
    let choice = names.count > 1 ? ", where NAME is one of \(names.joined(separator: ", "))" : ""
    var hints = [
      "If you do not expect this sender, do nothing: it never becomes a message by itself, and is "
        + "deleted after quarantine.days.",
      "Compare the secret with the provider's; to mend it: "
        + "`trunkline channels set \(id) --setting \(name)=@FILE`\(choice).",
    ]
    // Only some providers sign the address: the reason says so where it matters.
    if let url = channel?.text("webhook_url"), receipt.text("reason").contains("public_url") {
      hints.append(
        "Compare the address: the signature covers it, and we take it to be \(url). To mend it: "
          + "`trunkline channels set \(id) --public-url URL`.")
    }
    return hints
  }
}

/// The story of a chat, or of the client it is with.
enum ChatStory {
  /// A screen of messages.
  private static let messages = 10
  /// Where to end the search for a client's chat: 1,000 chats.
  private static let chatsMax = 1000

  /// Asks the daemon and tells it.
  static func tell(_ id: String, _ api: APIClient) throws -> Story {
    var story = Story()
    try tell(id, api, &story)
    return story
  }

  /// Tells who a client is and how the chat with them goes.
  static func tell(client id: String, _ api: APIClient) throws -> Story {
    let client = try api.get("/v1/clients/\(id)")
    let contacts = try api.get("/v1/clients/\(id)/contacts")
    var story = Story()
    story.source("client", client)
    story.source("contacts", contacts["data"] ?? [])
    story.heading("\(id): \(client.text("display_name"))")
    story.fact("first seen", client.text("created_at"))
    for contact in contacts["data"]?.array ?? [] {
      let silent = (contact["opted_out"]?.array ?? []).compactMap(\.string)
      let wish = silent.isEmpty ? "" : ", wants silence on \(silent.joined(separator: ", "))"
      story.fact(
        contact.text("type"), "\(contact.text("value")) (told by \(contact.text("source")))\(wish)")
    }
    let chats = try api.list("/v1/chats", most: chatsMax)
    if let chat = chats.first(where: { $0.text("client_id") == id }) {
      try tell(chat.text("id"), api, &story)
    } else {
      story.hint("No chat with them is among the \(chats.count) newest.")
    }
    return story
  }

  private static func tell(_ id: String, _ api: APIClient, _ story: inout Story) throws {
    let chat = try api.get("/v1/chats/\(id)")
    let messages = try api.list("/v1/chats/\(id)/messages", most: messages)
    story.source("chat", chat)
    story.source("messages", .array(messages))
    story.heading("\(id): \(chat.text("kind")) chat, \(chat.text("title"))")
    story.fact("client", chat.text("client_id"))
    story.fact(
      "messages", "\(chat.count("message_count")), \(chat.count("unread_count")) of them unread")
    for member in chat["members"]?.array ?? [] {
      let left = member.text("left_at").isEmpty ? "" : ", left"
      let name = member.text("display_name")
      story.fact(
        "member",
        "\(name.isEmpty ? member.text("participant") : name) on \(member.text("transport"))\(left)")
    }
    story.heading("The last \(messages.count) messages")
    for message in messages.reversed() {
      let text = message["text"]?.string ?? "(\(message.text("kind")))"
      story.step(
        at: message.text("created_at"), "\(message.text("direction")): \(text.cut(to: 100))",
        cause: message.text("id"))
    }
  }
}

/// The story of a channel.
enum ChannelStory {
  /// Asks the daemon and tells it.
  static func tell(_ id: String, _ api: APIClient) throws -> Story {
    let channel = try api.get("/v1/channels/\(id)")
    var story = Story()
    story.source("channel", channel)
    story.heading("\(id): \(channel.text("name")), \(channel.text("provider"))")
    for name in ["address", "state", "verification", "webhook_url"] {
      story.fact(name, channel.text(name))
    }
    story.hint("Ask the provider what it has: `trunkline channels check \(id)`.")
    if channel.text("state") == "disabled" {
      story.hint("It takes nothing in: `trunkline channels set \(id) --state active`.")
    }
    return story
  }
}
