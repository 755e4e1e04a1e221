import Gateway
import Simulator

/// Tells the demonstration to a person, or as JSON to a program.
struct DemoPrinter {
  private let console: Console
  private let isJSON: Bool
  private let daemon: DemoDaemon

  /// The width of a step's number and direction with the space behind each.
  private static let margin = "         "

  /// As wide as the identifiers of the lines around.
  private static let reasonColumns = 80

  /// Enough for what a person should know of a message.
  private static let noteColumns = 160

  /// A printer for one demonstration.
  init(_ console: Console, isJSON: Bool, _ daemon: DemoDaemon) {
    self.console = console
    self.isJSON = isJSON
    self.daemon = daemon
  }

  /// Says where everything is.
  func begin() {
    if isJSON { return }
    console.line(console.styled("Trunkline \(Version.current), a demonstration", .bold))
    console.line(
      "webhooks  \(daemon.publicURL)   (simulated Twilio, Telegram and Meta post here, signed)")
    console.line(
      "providers \(daemon.providers.url)   (simulated Twilio, Telegram and Meta are sent to here)")
    console.line("API       \(daemon.api.base)")
    console.line("data      \(daemon.folder)")
    console.line()
  }

  /// Shows one step and what came of it.
  func show(_ number: Int, _ step: DemoStep, _ outcome: DemoStage.Outcome, isExpected: Bool) {
    if isJSON { return console.json(json(number, step, outcome), compact: true) }
    let direction = step.webhook == nil ? "out" : "in"
    console.line(
      "\(String(number).rightAligned(to: 2))  \(direction.padded(to: 4)) \(step.narration)")
    let expected = isExpected ? "" : "  expected \(Self.expectation(of: step))"
    switch outcome {
    case .webhook(let status, let receipt): show(receipt, status, expected, isExpected)
    case .answer(let status, let message, let course, let came):
      let style: Style =
        !isExpected ? .red : Self.arrived(came) ? .green : came == .queued ? .dim : .yellow
      let lead = console.styled("\(status) \((came?.rawValue ?? "").padded(to: 14))", style)
      let text = came == nil ? message.text("detail").harmless : place(of: message)
      console.line("\(Self.margin)\(lead) \(text)\(expected)")
      if course.count > 1 {
        let path = course.joined(separator: " ▸ ")
        let line = message.text("transport")
        console.line("\(Self.margin)\("".padded(to: 18)) \(line): \(path)")
      }
      if let note = note(of: message) {
        console.line("\(Self.margin)\("".padded(to: 18)) \(console.styled(note, .dim))")
      }
    case .earlier:
      console.line("\(Self.margin)\(console.styled("409 sent by an earlier run", .dim))\(expected)")
    }
  }

  private func show(_ receipt: JSON, _ status: Int, _ expected: String, _ isExpected: Bool) {
    let state = receipt.text("state")
    let style: Style =
      !isExpected ? .red : state == "processed" ? .green : state == "duplicate" ? .dim : .yellow
    let outcome = console.styled("\(status) \(state.padded(to: 14))", style)
    let items = receipt["items"]?.array ?? []
    let lines = items.isEmpty ? [reason(receipt)] : items.map(became)
    for (index, line) in lines.enumerated() {
      let lead = index == 0 ? outcome : "".padded(to: 18)
      console.line("\(Self.margin)\(lead) \(line)\(index == 0 ? expected : "")")
    }
  }

  private static func arrived(_ status: MessageStatus?) -> Bool {
    status == .sent || status == .delivered || status == .read
  }

  private static func expectation(of step: DemoStep) -> String {
    switch step.act {
    case .webhook(_, let status): String(status)
    case .answer(let answer): "202 \(answer.expected.rawValue)"
    case .look(_, let status): status.rawValue
    }
  }

  private func json(_ number: Int, _ step: DemoStep, _ outcome: DemoStage.Outcome) -> JSON {
    var object: JSONObject = [
      "step": JSON(number), "direction": step.webhook == nil ? "out" : "in",
      "narration": .string(step.narration),
    ]
    switch outcome {
    case .webhook(let status, let receipt):
      object["status"] = JSON(status)
      object["expected_status"] = JSON(step.webhook?.expectedStatus)
      object["receipt"] = receipt
    case .answer(let status, let message, let course, _):
      object["status"] = JSON(status)
      object["expected"] = .string(Self.expectation(of: step))
      object["message"] = message
      object["course"] = .array(course.map(JSON.string))
    case .earlier: object["status"] = 409
    }
    return .object(object)
  }

  /// Why a webhook told nothing, shortly: `explain` says all of it.
  private func reason(_ receipt: JSON) -> String {
    console.styled(receipt.text("reason").harmless.cut(to: Self.reasonColumns), .dim)
  }

  /// What became of one thing that a webhook told.
  private func became(_ item: JSON) -> String {
    let id = item.text("id")
    if ID<Message>(id) != nil, let message = try? daemon.api.get("/v1/messages/\(id)") {
      return place(of: message)
    }
    return console.styled(ReceiptStory.item(item), .dim)
  }

  /// What a person should know of how a message of ours went.
  private func note(of message: JSON) -> String? {
    // A message and its first delivery have one number.
    guard let id = ID<Message>(message.text("id")),
      let delivery = try? daemon.api.get("/v1/deliveries/\(id.delivery)")
    else { return nil }
    return delivery["note"]?.string?.harmless.cut(to: Self.noteColumns)
  }

  /// A message and its chat.
  private func place(of message: JSON) -> String {
    let chat = (try? daemon.api.get("/v1/chats/\(message.text("chat_id"))")) ?? .null
    let title = chat["title"]?.string ?? chat.text("kind")
    let ids = "\(message.text("id")) in \(message.text("chat_id"))"
    return "\(console.styled(ids, .dim)) \(title.harmless)"
  }

  /// Says what there is now.
  func summary(_ count: DemoDaemon.Count, surprises: Int) {
    func receipts(_ state: ReceiptState) -> Int { count.receipts[state] ?? 0 }
    let total = count.receipts.values.reduce(0, +)
    let lines: [(name: String, count: Int, meaning: String)] = [
      ("chats", count.chats, "one for each person, one for the group"),
      ("messages", count.messages, "each once, whatever came twice"),
      ("answers", count.answers, "those of them that are ours, sent once"),
      ("events", count.events, "for a CRM to read at /v1/events"),
      ("receipts", total, "every request, kept as it came: messages and statuses"),
      ("duplicate", receipts(.duplicate), "told nothing new"),
      ("quarantined", receipts(.quarantined), "forged: answered 403, never a message by itself"),
      ("unreadable", receipts(.unreadable), "broken on its way: kept, can be reprocessed"),
      ("unrecognised", receipts(.unrecognised), "of a kind nobody knows yet: kept too"),
      ("surprises", surprises, "what was not as expected"),
    ]
    if isJSON {
      var summary: JSONObject = [:]
      for line in lines { summary[line.name] = JSON(line.count) }
      return console.json(["summary": .object(summary)], compact: true)
    }
    console.line()
    for line in lines {
      let number = String(line.count).rightAligned(to: 5)
      console.line("\(number)  \(line.name.padded(to: 13)) \(console.styled(line.meaning, .dim))")
    }
  }

  /// What sends a message to a chat, as a CRM would.
  static func request(chat: String) -> JSON {
    ["to": ["chat_id": .string(chat)], "text": "See you on Saturday!"]
  }

  /// Gives lines to paste; `chat` is one that can be written to, `message` one worth a story.
  func invitation(chat: String, message: String) {
    let request = Self.request(chat: chat)
    let body = String(decoding: request.serialized(), as: UTF8.self)
    if isJSON {
      return console.json(
        [
          "url": .string(daemon.api.base), "key": .string(daemon.key), "send": request,
        ], compact: true)
    }
    let paths = [
      "/v1/chats", "/v1/chats/\(chat)/messages", "/v1/events?after=0&limit=5",
      "/v1/receipts?state=quarantined", "/v1/messages/\(message)/timeline",
    ]
    console.line()
    console.line(console.styled("Look around from another terminal:", .bold))
    for path in paths {
      console.line("curl -s -H 'Authorization: Bearer \(daemon.key)' '\(daemon.api.base)\(path)'")
    }
    console.line("curl -s \(daemon.api.base)/metrics")
    console.line()
    console.line(console.styled("Send something yourself:", .bold))
    console.line(
      "curl -s -H 'Authorization: Bearer \(daemon.key)' -H 'Content-Type: application/json' "
        + "'\(daemon.api.base)/v1/messages' -d '\(body)'")
    console.line()
    let program = CommandLine.arguments.first ?? "trunkline"
    console.line("export \(APIClient.urlVariable)=\(daemon.api.base)")
    console.line("export \(APIClient.keyVariable)=\(daemon.key)")
    console.line("\(program) send --chat \(chat) --text 'Your bike is waiting.'")
    console.line(
      "\(program) send --to +15035550177 --transport whatsapp --fallback sms --text Hello")
    console.line("\(program) explain \(message)")
    console.line("\(program) receipts list --state quarantined")
    console.line("\(program) tail --after 0")
    console.line(
      "\(program) simulate twilio sms --from +15035550177 --to \(DemoConversation.smsNumber) "
        + "--text 'Are you open?' --url \(daemon.sms.webhookURL) "
        + "--secret account_sid=\(daemon.sms.accountSID) "
        + "--secret auth_token=\(daemon.sms.authToken)"
    )
    console.line()
    console.line("Ctrl-C ends the demonstration.")
  }
}

extension String {
  /// The text with spaces before it up to `width` characters.
  func rightAligned(to width: Int) -> String {
    String(repeating: " ", count: Swift.max(0, width - count)) + self
  }
}
