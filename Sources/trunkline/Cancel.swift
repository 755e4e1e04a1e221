import Gateway

extension Verb {
  /// `cancel`.
  static let cancel = Verb(
    name: "cancel", summary: "Take back messages that still wait",
    operands: [.optional("MESSAGE_ID")],
    options: [
      .value("chat", "CHAT_ID", "All that wait in this chat."),
      .value("client", "CLIENT_ID", "All that wait for this client."),
      .value("contact", "CONTACT_ID", "All that wait for this contact."),
      .value("channel", "CHANNEL", "All that wait on this channel, by its id or name."),
      .value("transport", "LINE", "All that wait on this kind of line, such as sms."),
      .value(
        "metadata", "KEY=VALUE",
        "All that have this in their metadata; may be repeated. A VALUE that is JSON, such as 7 "
          + "or \"7\", counts as that."),
      .flag("yes", "Do not ask."), .json,
    ],
    notes: [
      """
      Either MESSAGE_ID, or options that a message must fit all of. What is being sent or was sent \
      cannot be taken back; of a message in several parts the rest is.
      """
    ],
    run: Cancel.run)
}

/// Takes messages back.
enum Cancel {
  /// Runs the verb.
  static func run(_ arguments: Arguments, _ console: Console) throws -> Outcome {
    let filter = try filter(arguments)
    guard let id = arguments.operands.first else {
      if filter.isEmpty {
        throw arguments.misuse(
          "needs MESSAGE_ID, or --chat, --client, --contact, --channel, --transport or --metadata")
      }
      return try many(filter, arguments, console)
    }
    guard filter.isEmpty else { throw arguments.misuse("takes MESSAGE_ID or options, not both") }
    let api = try APIClient(console)
    let message = try api.post("/v1/messages/\(PathPart.encode(id))/cancel")
    if arguments.has("json") {
      console.json(message)
    } else {
      console.line("\(message.text("id")) is \(message.text("status")).")
    }
    return .done
  }

  /// What is asked for; a channel is still as it was given.
  static func filter(_ arguments: Arguments) throws(UsageError) -> JSONObject {
    var filter: JSONObject = [:]
    let plain = [
      ("chat", "chat_id"), ("client", "client_id"), ("contact", "contact_id"),
      ("channel", "channel_id"),
    ]
    for (option, member) in plain {
      if let value = try arguments.string(option) { filter[member] = .string(value) }
    }
    if let line: TransportKind = try arguments.word("transport") {
      filter["transport"] = .string(line.rawValue)
    }
    var metadata: JSONObject = [:]
    for pair in arguments.strings("metadata") {
      let words = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard words.count == 2, let key = words.first, !key.isEmpty, let value = words.last else {
        throw arguments.misuse("--metadata must be KEY=VALUE, such as --metadata campaign=autumn")
      }
      let text = String(value)
      metadata[String(key)] = (try? JSON.parse(Array(text.utf8))) ?? .string(text)
    }
    if !metadata.isEmpty { filter["metadata"] = .object(metadata) }
    return filter
  }

  private static func many(
    _ filter: JSONObject, _ arguments: Arguments, _ console: Console
  ) throws -> Outcome {
    let api = try APIClient(console)
    var filter = filter
    if let channel = filter["channel_id"]?.string {
      filter["channel_id"] = .string(try Send.id(ofChannel: channel, api))
    }
    try console.confirm(
      "Cancel all that wait and fit?", arguments,
      hint: "Give --yes to cancel all that wait and fit.",
      otherwise: "nothing was canceled")
    var wish: JSONObject = ["filter": .object(filter)]
    var canceled: Int64 = 0
    var answer: JSON
    repeat {
      answer = try api.post("/v1/messages/cancel", .object(wish))
      canceled += answer["canceled"]?.integer ?? 0
      wish["cursor"] = answer["next_cursor"] ?? .null
      if answer["next_cursor"]?.string != nil, console.showsProgress {
        console.progress("\r\(canceled) canceled")
      }
    } while answer["next_cursor"]?.string != nil
    let underWay = answer["under_way"]?.integer ?? 0
    if arguments.has("json") {
      console.json(["canceled": .integer(canceled), "under_way": .integer(underWay)])
      return .done
    }
    console.line("\(canceled) \(canceled == 1 ? "message was" : "messages were") canceled.")
    if underWay > 0 {
      console.line("\(underWay) that fit \(underWay == 1 ? "is" : "are") being sent right now.")
    }
    return .done
  }
}
