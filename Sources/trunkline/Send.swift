import Gateway

extension Verb {
  /// `send`.
  static let send = Verb(
    name: "send", summary: "Enqueue a message",
    options: [
      .value("to", "ADDRESS", "A bare address: a number, a mailbox, a Telegram user's number."),
      .value("transport", "LINE", "The line it goes on, such as sms; needed with --to."),
      .value("chat", "CHAT_ID", "Instead of --to: the chat."),
      .value("client", "CLIENT_ID", "Instead of --to: the client."),
      .value("contact", "CONTACT_ID", "Instead of --to: the client's contact."),
      .value("text", "TEXT", "What it says, or the caption of the first file."),
      .value("template", "TEMPLATE_ID", "Instead of --text: the static template that says it."),
      .value("file", "URL", "A file to send; may be repeated."),
      .value("channel", "CHANNEL", "The channel, by its id or name."),
      .value("fallback", "LINE", "A channel's id or a line to try next; may be repeated."),
      .value("reply-to", "MESSAGE_ID", "The message it answers."),
      .value("at", "TIME", "When to send: 2026-11-21T07:30:00Z, or +15m, +2h, +3d from now."),
      .value("expires", "TIME", "After when not to send it any more, in the same forms."),
      .value("priority", "PRIORITY", "normal or high."),
      .value("purpose", "PURPOSE", "service, or marketing for what they did not ask for."),
      .value("key", "KEY", "An idempotency key: the same again sends nothing twice."), .json,
    ],
    notes: [
      """
      Without --channel it goes through the channel the person last wrote on, else through the \
      tenant's oldest for the line. It is queued when the command ends; `trunkline explain` tells \
      what became of it.
      """
    ],
    run: Send.run)
}

/// Enqueues messages.
enum Send {
  /// `send`.
  static func run(_ arguments: Arguments, _ console: Console) throws -> Outcome {
    let body = try body(arguments, now: SystemClock().now())
    let key = try arguments.string("key")
    let api = try APIClient(console)
    var request = body
    if let channel = try arguments.string("channel") {
      request["channel_id"] = .string(try id(ofChannel: channel, api))
    }
    let message = try api.call(
      "POST", "/v1/messages", body: .object(request),
      headers: key.map { [("Idempotency-Key", $0)] } ?? [])
    if arguments.has("json") {
      console.json(message)
    } else {
      show(message, console)
    }
    return .done
  }

  /// The request, but for the channel.
  static func body(_ arguments: Arguments, now: Instant) throws(UsageError) -> JSONObject {
    var body: JSONObject = ["to": .object(try target(arguments))]
    let plain = [
      ("text", "text"), ("template", "template_id"), ("reply-to", "reply_to"),
    ]
    for (option, member) in plain {
      if let value = try arguments.string(option) { body[member] = .string(value) }
    }
    let files = arguments.strings("file")
    if !files.isEmpty { body["attachments"] = .array(files.map { ["url": .string($0)] }) }
    guard body["text"] != nil || body["template_id"] != nil || !files.isEmpty else {
      throw arguments.misuse("needs --text, --template or --file")
    }
    let fallback = arguments.strings("fallback")
    if !fallback.isEmpty { body["fallback"] = .array(fallback.map(JSON.string)) }
    for (option, member) in [("at", "send_at"), ("expires", "expires_at")] {
      if let time = try time(option, arguments, now) { body[member] = JSON(time) }
    }
    if let priority: Delivery.Priority = try arguments.word("priority") {
      body["priority"] = .string(priority.rawValue)
    }
    if let purpose: MessagePurpose = try arguments.word("purpose") {
      body["purpose"] = .string(purpose.rawValue)
    }
    return body
  }

  private static func target(_ arguments: Arguments) throws(UsageError) -> JSONObject {
    let options = [
      ("to", "address"), ("chat", "chat_id"), ("client", "client_id"), ("contact", "contact_id"),
    ]
    let given = options.filter { arguments.has($0.0) }
    guard given.count == 1, let (option, member) = given.first else {
      throw arguments.misuse("needs exactly one of --to, --chat, --client and --contact")
    }
    var target: JSONObject = [member: .string(try arguments.required(option))]
    if let transport: TransportKind = try arguments.word("transport") {
      target["transport"] = .string(transport.rawValue)
    } else if option == "to", !arguments.has("channel") {
      throw arguments.misuse("--to needs --transport, such as --transport sms, or --channel")
    }
    return target
  }

  /// A time as ISO 8601, or as a distance from now.
  private static func time(
    _ option: String, _ arguments: Arguments, _ now: Instant
  ) throws(UsageError) -> Instant? {
    guard let text = try arguments.string(option) else { return nil }
    if let instant = Instant(iso8601: text) { return instant }
    let units: [Character: Int64] = ["s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000]
    guard text.hasPrefix("+"), let unit = text.last.flatMap({ units[$0] }),
      let count = Int64(text.dropFirst().dropLast()), (0...100_000_000).contains(count)
    else {
      throw arguments.misuse("--\(option) must be a time such as 2026-11-21T07:30:00Z or +15m")
    }
    return now.adding(milliseconds: count * unit)
  }

  /// The identifier of a channel that was given by either.
  static func id(ofChannel text: String, _ api: APIClient) throws(Failure) -> String {
    if ID<Channel>(text) != nil { return text }
    let channels = try api.get("/v1/channels")["data"]?.array ?? []
    if let channel = channels.first(where: { $0["name"]?.string == text }) {
      return channel.text("id")
    }
    let names = channels.compactMap { $0["name"]?.string }
    let nearest = Spelling.nearest(to: text, among: names).map { "; did you mean \"\($0)\"?" }
    throw Failure(
      "there is no channel \"\(text)\"\(nearest ?? "")",
      hints: names.isEmpty ? [] : ["There are: \(names.map(\.harmless).joined(separator: ", "))."])
  }

  private static func show(_ message: JSON, _ console: Console) {
    let id = message.text("id")
    console.line(id)
    console.error(
      "It is queued on \(message.text("transport")) through channel \(message.text("channel_id")) "
        + "in chat \(message.text("chat_id")).")
    console.error("  trunkline explain \(id)")
  }
}
