import Gateway

extension Verb {
  /// `explain`.
  static let explain = Verb(
    name: "explain",
    summary: "Tell what happened to a message, delivery, receipt, chat or client, and why",
    operands: [.required("ID")], options: [.json],
    notes: ["ID is one of msg_…, dlv_…, try_…, rcp_…, cht_…, cli_… or chn_…."], run: Explain.run)
}

/// Tells the story of one thing.
enum Explain {
  /// Tells the story.
  static func run(_ arguments: Arguments, _ console: Console) throws -> Outcome {
    let api = try APIClient(console)
    let story = try story(of: arguments.operands.first ?? "", arguments, api)
    if arguments.has("json") {
      console.json(story.json)
    } else {
      story.write(console)
    }
    return .done
  }

  private static func story(
    of id: String, _ arguments: Arguments, _ api: APIClient
  ) throws -> Story {
    switch id.prefix(4).lowercased() {
    case "msg_" where ID<Message>(id) != nil: return try MessageStory.tell(id, api)
    case "dlv_" where ID<Delivery>(id) != nil, "try_" where ID<Attempt>(id) != nil:
      return try MessageStory.tell(delivery: id, api)
    case "rcp_" where ID<Receipt>(id) != nil: return try ReceiptStory.tell(id, api)
    case "cht_" where ID<Chat>(id) != nil: return try ChatStory.tell(id, api)
    case "cli_" where ID<Client>(id) != nil: return try ChatStory.tell(client: id, api)
    case "chn_" where ID<Channel>(id) != nil: return try ChannelStory.tell(id, api)
    default:
      throw arguments.misuse(
        "\"\(id)\" is no identifier of a message (msg_…), delivery (dlv_…), attempt (try_…), "
          + "receipt (rcp_…), chat (cht_…), client (cli_…) or channel (chn_…)")
    }
  }
}

/// What happened to something, in the order to be read.
struct Story: Equatable {
  /// A line of a story.
  enum Line: Equatable {
    /// What a part is about.
    case heading(String)
    /// A fact, with a word in front.
    case fact(String, String)
    /// Something that happened.
    case step(at: String, what: String, cause: String)
    /// What the daemon explains: its own words, shown as they are.
    case explanation(Explanation)
  }

  /// The lines.
  private(set) var lines: [Line] = []
  /// What a person can do now.
  private(set) var hints: [String] = []
  /// What the daemon answered, by what it is about.
  private var sources: JSONObject = [:]

  /// Begins a part.
  mutating func heading(_ text: String) { lines.append(.heading(text)) }

  /// Adds a fact unless it is empty.
  mutating func fact(_ name: String, _ text: String) {
    if !text.isEmpty { lines.append(.fact(name, text)) }
  }

  /// Adds what the daemon explains.
  mutating func explanation(_ json: JSON) { lines.append(.explanation(Explanation(json: json))) }

  /// Adds something that happened.
  mutating func step(at: String, _ what: String, cause: String) {
    lines.append(.step(at: at, what: what, cause: cause))
  }

  /// Adds advice.
  mutating func hint(_ text: String) { hints.append(text) }

  /// Keeps what the daemon answered, for machines.
  mutating func source(_ name: String, _ json: JSON) { sources[name] = json }

  /// The story for machines.
  var json: JSON {
    var object = sources
    object["hints"] = .array(hints.map(JSON.string))
    return .object(object)
  }

  /// Writes the story for people.
  func write(_ console: Console) {
    for (index, line) in lines.enumerated() {
      switch line {
      case .heading(let text):
        if index > 0 { console.line() }
        console.line(console.styled(text.harmless, .bold))
      case .fact(let name, let text):
        console.line("  \(console.styled(name.padded(to: 12), .dim))\(text.harmless)")
      case .step(let at, let what, let cause):
        let behind = cause.isEmpty ? "" : "  \(console.styled(cause, .dim))"
        console.line("  \(console.styled(at, .dim))  \(what.harmless)\(behind)")
      case .explanation(let explanation):
        for line in explanation.lines({ text, part in console.shown(text, part) }) {
          console.line(line.isEmpty ? "" : "  \(line)")
        }
      }
    }
    if hints.isEmpty { return }
    console.line()
    console.line(console.styled("What to do next", .bold))
    for hint in hints { console.line("  • \(hint)") }
  }
}

extension Console {
  /// A piece of an explanation as a terminal shows it.
  fileprivate func shown(_ text: String, _ part: Explanation.Part) -> String {
    switch part {
    case .summary, .heading: styled(text.harmless, .bold)
    case .margin: styled(text.harmless, .dim)
    case .sentence, .hint: text.harmless
    }
  }
}
