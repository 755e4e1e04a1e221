import Gateway
import Simulator

/// Tells the demonstration to a person, or as JSON to a program.
struct DemoPrinter {
  private let console: Console
  private let isJSON: Bool
  private let daemon: DemoDaemon

  /// The width of a step's number with the space behind it.
  private static let margin = "    "

  /// As wide as the identifiers of the lines around.
  private static let reasonColumns = 80

  /// A printer for one demonstration.
  init(_ console: Console, isJSON: Bool, _ daemon: DemoDaemon) {
    self.console = console
    self.isJSON = isJSON
    self.daemon = daemon
  }

  /// Says where everything is.
  func begin(steps: Int) {
    if isJSON { return }
    console.line(console.styled("Trunkline \(Version.current), a demonstration", .bold))
    console.line(
      "webhooks  \(daemon.publicURL)   (simulated Twilio and Telegram post here, signed)")
    console.line("API       \(daemon.api.base)")
    console.line("data      \(daemon.folder)")
    console.line()
  }

  /// Shows one webhook and what it became.
  func show(_ number: Int, _ step: DemoStep, status: Int, became receipt: JSON) {
    let isExpected = status == step.expectedStatus
    if isJSON {
      return console.json(
        [
          "step": JSON(number), "narration": .string(step.narration), "status": JSON(status),
          "expected_status": JSON(step.expectedStatus), "receipt": receipt,
        ], compact: true)
    }
    console.line("\(String(number).rightAligned(to: 2))  \(step.narration)")
    let state = receipt.text("state")
    let style: Style =
      !isExpected ? .red : state == "processed" ? .green : state == "duplicate" ? .dim : .yellow
    let outcome = console.styled("\(status) \(state.padded(to: 12))", style)
    let expected = isExpected ? "" : "  expected \(step.expectedStatus)"
    let items = receipt["items"]?.array ?? []
    let lines = items.isEmpty ? [reason(receipt)] : items.map(became)
    for (index, line) in lines.enumerated() {
      let lead = index == 0 ? outcome : "".padded(to: 16)
      console.line("\(Self.margin)\(lead) \(line)\(index == 0 ? expected : "")")
    }
  }

  /// Why a webhook told nothing, shortly: `explain` says all of it.
  private func reason(_ receipt: JSON) -> String {
    console.styled(receipt.text("reason").harmless.cut(to: Self.reasonColumns), .dim)
  }

  /// What became of one thing that a webhook told.
  private func became(_ item: JSON) -> String {
    let id = item.text("id")
    guard ID<Message>(id) != nil, let message = try? daemon.api.get("/v1/messages/\(id)"),
      let chat = try? daemon.api.get("/v1/chats/\(message.text("chat_id"))")
    else { return console.styled(ReceiptStory.item(item), .dim) }
    let title = chat["title"]?.string ?? chat.text("kind")
    return "\(console.styled("\(id) in \(chat.text("id"))", .dim)) \(title.harmless)"
  }

  /// Says what there is now.
  func summary(_ count: DemoDaemon.Count, surprises: Int) {
    func receipts(_ state: ReceiptState) -> Int { count.receipts[state] ?? 0 }
    let total = count.receipts.values.reduce(0, +)
    let lines: [(name: String, count: Int, meaning: String)] = [
      ("chats", count.chats, "one for each person, one for the group"),
      ("messages", count.messages, "each once, whatever was sent twice"),
      ("events", count.events, "for a CRM to read at /v1/events"),
      ("receipts", total, "every request, kept as it came"),
      ("duplicate", receipts(.duplicate), "told nothing new"),
      ("quarantined", receipts(.quarantined), "forged: answered 403, never a message by itself"),
      ("unreadable", receipts(.unreadable), "broken on its way: kept, can be reprocessed"),
      ("unrecognised", receipts(.unrecognised), "of a kind nobody knows yet: kept too"),
      ("surprises", surprises, "answers that were not as expected"),
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

  /// Gives lines to paste.
  func invitation() throws {
    if isJSON {
      return console.json(
        ["url": .string(daemon.api.base), "key": .string(daemon.key)], compact: true)
    }
    let chat = try daemon.api.list("/v1/chats", most: 1).first?.text("id") ?? ""
    let message = try daemon.api.list("/v1/chats/\(chat)/messages", most: 1).first?.text("id") ?? ""
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
    let program = CommandLine.arguments.first ?? "trunkline"
    console.line("export \(APIClient.urlVariable)=\(daemon.api.base)")
    console.line("export \(APIClient.keyVariable)=\(daemon.key)")
    console.line("\(program) explain \(message)")
    console.line("\(program) receipts list --state quarantined")
    console.line("\(program) tail --after 0")
    console.line(
      "\(program) simulate twilio sms --from +15035550177 --to \(DemoConversation.smsNumber) "
        + "--text 'Are you open?' --secret auth_token=\(daemon.twilio.authToken)")
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
