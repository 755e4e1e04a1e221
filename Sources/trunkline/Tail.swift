import Gateway

extension Verb {
  /// `tail`.
  static let tail = Verb(
    name: "tail", summary: "Follow the events as they happen",
    options: [
      .value("after", "N", "Begin behind this sequence number; 0 for the first (default: now)."),
      .value("type", "TYPE", "Only these, such as message.received or message.*; repeatable."),
      .flag("no-follow", "End when there are no more."),
      .flag("json", "Print one event a line as JSON."),
    ],
    notes: ["Ctrl-C ends it."], run: Tail.run)
}

/// Follows the feed of events.
enum Tail {
  /// The largest page of the feed.
  private static let pageMax = 1000
  /// Often enough for a person who watches, seldom enough for the daemon not to notice.
  private static let pauseMilliseconds = 1000
  /// How many of the last events are shown before following.
  private static let context: Int64 = 10

  /// Follows until Ctrl-C.
  static func run(_ arguments: Arguments, _ console: Console) throws -> Outcome {
    let stop = StopSignal()
    let api = try APIClient(console)
    let types = arguments.strings("type")
    var after: Int64 =
      try arguments.integer("after", in: 0...Int64.max) ?? max(0, last(api) - context)
    var hasAnswered = false
    var isLost = false
    while true {
      var count = 0
      do throws(Failure) {
        let page = try events(api, after: after, limit: pageMax)
        if isLost { console.complain("the daemon answers again") }
        isLost = false
        hasAnswered = true
        count = page.count
        for event in page {
          after = max(after, event["sequence"]?.integer ?? after)
          if matches(event.text("type"), types) { show(event, arguments, console) }
        }
      } catch {
        if !hasAnswered || arguments.has("no-follow") { throw error }
        if !isLost { console.complain("\(error.sentence); waiting for it") }
        isLost = true
      }
      if count == pageMax { continue }
      if arguments.has("no-follow") || stop.wait(milliseconds: pauseMilliseconds) { return .done }
    }
  }

  private static func events(
    _ api: APIClient, after: Int64, limit: Int
  ) throws(Failure) -> [JSON] {
    try api.get("/v1/events", [("after", String(after)), ("limit", String(limit))])["data"]?.array
      ?? []
  }

  /// The last sequence number, found in a few steps: the feed has no gaps, so that what is behind a
  /// number says whether it is the last.
  private static func last(_ api: APIClient) throws(Failure) -> Int64 {
    var low: Int64 = 0
    var high: Int64 = 1
    while try !events(api, after: high, limit: 1).isEmpty {
      low = high
      high *= 2
    }
    while low < high {
      let middle = low + (high - low) / 2
      if try events(api, after: middle, limit: 1).isEmpty {
        high = middle
      } else {
        low = middle + 1
      }
    }
    return low
  }

  /// Whether a type is one of those wanted; `message.*` stands for all of a noun.
  static func matches(_ type: String, _ wanted: [String]) -> Bool {
    wanted.isEmpty
      || wanted.contains {
        $0 == type || $0.hasSuffix("*") && type.hasPrefix($0.dropLast())
      }
  }

  private static func show(_ event: JSON, _ arguments: Arguments, _ console: Console) {
    if arguments.has("json") { return console.json(event, compact: true) }
    let data = event["data"] ?? .null
    // The narrowest first: an event of a message names its chat too.
    let names = ["id", "message_id", "contact_id", "client_id", "chat_id", "channel_id"]
    let id = names.lazy.map { data.text($0) }.first { !$0.isEmpty } ?? ""
    let parts = [
      event.count("sequence").filled(to: 6), event.text("type").harmless.filled(to: 20),
      id.harmless.filled(to: 30), data.text("text").harmless.cut(to: 60),
    ]
    console.line("\(console.styled(event.text("timestamp"), .dim)) \(parts.joined(separator: " "))")
  }
}
