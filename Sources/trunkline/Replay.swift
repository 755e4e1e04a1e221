import Gateway
import Glibc

extension Verb {
  /// `replay`.
  static let replay = Verb(
    name: "replay", summary: "Send again what failed, expired or is unknown",
    operands: [.optional("ACTION"), .optional("REPLAY_ID")],
    options: [
      .value(
        "state", "STATES",
        "Which, with commas: failed, undeliverable, expired, blocked, unknown (default all but "
          + "unknown)."),
      .value("channel", "CHANNEL_ID", "Only through this channel."),
      .value("since", "TIME", "Only those enqueued since then: 90s, 30m, 2h, 7d, or ISO 8601."),
      .value("until", "TIME", "Only those enqueued before then."),
      .value("error", "CODE", "Only those that ended with this code, such as 63016."),
      .value("message", "MESSAGE_ID", "Only this message."),
      .value("delivery", "DELIVERY_ID", "Only this delivery."),
      .value("rate", "N", "At most so many a second, 1 to 1000 (default 10)."),
      .flag("dry-run", "Say how many there are and do nothing."),
      .flag("yes", "Do not ask."), .json,
    ],
    notes: [
      """
      Says first what matches, then asks. The daemon does the work: Ctrl-C leaves it running. \
      `trunkline replay list` shows all; `replay pause`, `replay resume` and `replay cancel` take \
      a REPLAY_ID.
      """,
      """
      The message stays the same, and what the provider has accepted of it is never sent again. \
      Passed over is who asked for silence, what was deleted or has arrived, and what went out by \
      a fallback. Unknown means that nobody knows whether they have it: sent again, they may have \
      it twice.
      """,
      """
      TRUNKLINE_API_KEY decides whose deliveries these are: another tenant's need a key of that \
      tenant.
      """,
    ],
    run: Replaying.run)
}

/// Sends again what ended badly.
enum Replaying {
  /// Often enough for a bar that moves. No event tells how far a replay is: the API is asked.
  private static let pollMicroseconds: UInt32 = 400_000
  /// What the API takes.
  private static let rateMax = 1000
  /// As many as a terminal shows at a glance.
  private static let listed = 50

  /// Runs an action, or makes a replay.
  static func run(_ arguments: Arguments, _ console: Console) throws -> Outcome {
    let api = try APIClient(console)
    switch (arguments.operands.first, arguments.operands.dropFirst().first) {
    case (nil, nil): return try make(arguments, api, console)
    case ("list", nil): return try list(arguments, api, console)
    case (let action?, let id?) where ["pause", "resume", "cancel"].contains(action):
      let replay = try api.post("/v1/replays/\(PathPart.encode(id))/\(action)")
      if arguments.has("json") { console.json(replay) } else { tell(replay, console) }
      return .done
    case (let action?, nil) where ["pause", "resume", "cancel"].contains(action):
      throw arguments.misuse("\(action) needs REPLAY_ID")
    case (let action, _):
      let known = ["list", "pause", "resume", "cancel"]
      let nearest = Spelling.nearest(to: action ?? "", among: known)
      throw arguments.misuse(
        "there is no \"\(action ?? "")\"; "
          + (nearest.map { "did you mean \"\($0)\"?" } ?? "there are: list, pause, resume, cancel"))
    }
  }

  private static func list(
    _ arguments: Arguments, _ api: APIClient, _ console: Console
  ) throws -> Outcome {
    let replays = try api.list("/v1/replays", most: listed)
    if arguments.has("json") {
      console.json(.page(replays))
      return .done
    }
    var table = Table("id", "made", "state", "done", "skipped", "total")
    for replay in replays {
      table.add(
        replay.text("id"), replay.text("created_at"), replay.text("state"), replay.count("done"),
        replay.count("skipped"), replay.count("total"))
    }
    table.write(console, empty: "There are no replays.")
    return .done
  }

  private static func make(
    _ arguments: Arguments, _ api: APIClient, _ console: Console
  ) throws -> Outcome {
    let filter = try filter(arguments)
    if filter.isEmpty {
      throw arguments.misuse(
        "needs at least one of --state, --channel, --since, --until, --error, "
          + "--message, --delivery")
    }
    let rate = try arguments.integer("rate", in: 1...Int64(rateMax)) ?? 10
    var wish: JSONObject = ["filter": .object(filter), "rate_per_second": .integer(rate)]
    wish["dry_run"] = true
    let summary = try api.post("/v1/replays", .object(wish))
    let isDry = arguments.has("dry-run")
    if isDry, arguments.has("json") {
      console.json(summary)
      return .done
    }
    if !arguments.has("json") { announce(summary, console) }
    let isNothing = summary["count"]?.integer == 0 && !arguments.has("json")
    if isDry || isNothing { return .done }
    try console.confirm(
      "Send them again?", arguments, hint: "Give --yes to send them, or --dry-run to only count.",
      otherwise: "nothing was sent")
    wish["dry_run"] = false
    let replay = try api.post("/v1/replays", .object(wish))
    if arguments.has("json") {
      console.json(replay)
      return .done
    }
    console.line("\(replay.text("id")) runs in the daemon; Ctrl-C leaves it running.")
    console.line("To hold it: `trunkline replay pause \(replay.text("id"))`.")
    return console.showsProgress ? try follow(replay, api, console) : .done
  }

  private static func filter(_ arguments: Arguments) throws(UsageError) -> JSONObject {
    var filter: JSONObject = [:]
    if let states = try arguments.string("state") {
      filter["state"] = .array(states.split(separator: ",").map { .string(String($0)) })
    }
    let members = [
      ("channel", "channel_id"), ("error", "error_code"), ("message", "message_id"),
      ("delivery", "delivery_id"),
    ]
    for (option, member) in members {
      if let value = try arguments.string(option) { filter[member] = .string(value) }
    }
    for option in ["since", "until"] {
      guard let text = try arguments.string(option) else { continue }
      guard let instant = instant(text, now: SystemClock().now()) else {
        throw arguments.misuse("--\(option) must be a time such as 2h, 30m or 2026-11-21T07:00:00Z")
      }
      filter[option] = JSON(instant)
    }
    return filter
  }

  /// A time as people write it: so long ago, or a date with time.
  static func instant(_ text: String, now: Instant) -> Instant? {
    let units: [Character: Int64] = ["s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000]
    guard let unit = text.last.flatMap({ units[$0] }), let count = Int64(text.dropLast()) else {
      return Instant(iso8601: text)
    }
    let (ago, overflow) = count.multipliedReportingOverflow(by: unit)
    return overflow || count < 0 ? nil : now.adding(milliseconds: -ago)
  }

  private static func announce(_ summary: JSON, _ console: Console) {
    let more = summary["at_least"]?.bool == true ? " or more" : ""
    let count = summary["count"]?.integer ?? 0
    if count == 0 { return console.line("Nothing matches.") }
    console.line("\(count)\(more) \(count == 1 ? "delivery matches" : "deliveries match"),")
    console.line("enqueued from \(summary.text("oldest")) to \(summary.text("newest")).")
    console.line("At this rate it takes \(summary.count("estimated_seconds")) s.")
    console.line()
    var table = Table("by", "what", "count")
    for state in summary["by_state"]?.array ?? [] {
      table.add("state", state.text("state"), state.count("count"))
    }
    for channel in summary["by_channel"]?.array ?? [] {
      let name = channel.text("name")
      table.add(
        "channel", name.isEmpty ? channel.text("channel_id") : name, channel.count("count"))
    }
    for error in summary["by_error"]?.array ?? [] {
      let words = [error.text("code"), error.text("title")].filter { !$0.isEmpty }
      table.add(
        "error", words.isEmpty ? "none" : words.joined(separator: " "), error.count("count"))
    }
    table.write(console, empty: "")
    let unknown = summary["by_state"]?.array?.first { $0["state"] == "unknown" }
    if let unknown {
      console.line()
      console.line(
        "\(unknown.count("count")) of them may have arrived already, and may arrive twice.")
    }
  }

  private static func follow(
    _ replay: JSON, _ api: APIClient, _ console: Console
  ) throws -> Outcome {
    var replay = replay
    var bar = ProgressBar(console, total: Int(clamping: replay["total"]?.integer ?? 0))
    while replay.text("state") == "running" {
      usleep(pollMicroseconds)
      replay = try api.get("/v1/replays/\(replay.text("id"))")
      let done = (replay["done"]?.integer ?? 0) + (replay["skipped"]?.integer ?? 0)
      bar.set(Int(clamping: done), "")
    }
    bar.finish()
    tell(replay, console)
    return replay.text("state") == "canceled" ? .failed : .done
  }

  private static func tell(_ replay: JSON, _ console: Console) {
    console.line(
      "\(replay.text("id")) is \(replay.text("state")): \(replay.count("done")) queued again, "
        + "\(replay.count("skipped")) passed over, of \(replay.count("total")).")
  }
}
