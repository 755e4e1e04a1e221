/// What happened to a message of ours on its way out, in plain words.
struct OutboundStory {
  private let history: MessageHistory
  private var message: Message { history.message }

  /// Tells from these rows.
  init(_ history: MessageHistory) { self.history = history }

  /// Every step, in no particular order.
  var steps: [Explanation.Step] {
    var steps = [enqueued]
    for delivery in history.deliveries { steps += self.steps(of: delivery) }
    return steps + history.channelEvents.map(channelEvent) + wishes
  }

  /// What was told to the outside, where that says something new.
  var told: [Explanation.Step] { history.events.compactMap(messageEvent) }

  private var enqueued: Explanation.Step {
    let sender = (try? JSON.parse(message.sender)) ?? .null
    let names = [sender["name"]?.string, sender["id"]?.string].compactMap { $0 }
    let who = names.isEmpty ? "the API" : names.joined(separator: ", ")
    let first = history.deliveries.first?.delivery
    let way = first.map { " through \(history.name($0.channelID)) (\($0.transport.rawValue))" }
    let when = sendAt.map { ", to be sent at \($0)" } ?? ""
    let what = first?.purpose == .marketing ? "advertising message" : "message"
    return Explanation.Step(
      message.createdAt,
      "\(who) enqueued it as \(what) \(message.position) of chat \(message.chatID), "
        + "to go\(way ?? "")\(when)",
      cause: message.id.description,
      detail: [
        "channel_id": JSON(first?.channelID.description), "kind": .string(message.kind),
        "purpose": JSON(first?.purpose.rawValue),
        "expires_at": JSON(first?.expiresAt),
      ])
  }

  /// When it was to go, for what was scheduled: while it waits its place in the line says so.
  private var sendAt: Instant? {
    let told = history.events.first.flatMap { try? JSON.parse($0.data) }?["send_at"]?.string
    if let told { return Instant(iso8601: told) }
    guard let first = history.deliveries.first?.delivery, first.series == 1,
      first.gaveWayAt == nil, let laneAt = first.laneAt, laneAt > message.createdAt
    else { return nil }
    return laneAt
  }

  private func steps(of history: MessageHistory.DeliveryHistory) -> [Explanation.Step] {
    let delivery = history.delivery
    let id = delivery.id.description
    var steps: [Explanation.Step] = []
    if delivery.ordinal > 0 {
      let why = previous(delivery)?.error.map { " after \($0.words)" } ?? ""
      let note = delivery.note.map { ": \($0)" } ?? ""
      steps.append(
        Explanation.Step(
          delivery.createdAt,
          "it falls back to \(self.history.name(delivery.channelID)) "
            + "(\(delivery.transport.rawValue))\(why)\(note)", cause: id))
    } else if let note = delivery.note, delivery.state != .canceled,
      history.marketingHold?.note != note
    {
      // Who canceled it, and when, says the event.
      steps.append(Explanation.Step(delivery.createdAt, "about its way: \(note)", cause: id))
    }
    for (index, attempt) in history.attempts.enumerated() {
      let before = index > 0 ? history.attempts[index - 1] : nil
      steps.append(self.attempt(attempt, of: history, after: before))
    }
    if let gaveWayAt = delivery.gaveWayAt {
      steps.append(
        Explanation.Step(
          gaveWayAt,
          "it let the messages behind it go first, so as not to hold them up"
            + (history.marketingHold.map { ": \($0.note)" } ?? ""),
          cause: id))
    }
    if let startedAt = delivery.startedAt, delivery.state == .sending {
      steps.append(
        Explanation.Step(
          startedAt, "attempt \(delivery.attemptCount + 1) began and is under way", cause: id))
    }
    return steps
  }

  private func previous(_ delivery: Delivery) -> Delivery? {
    history.deliveries.last { $0.delivery.ordinal < delivery.ordinal }?.delivery
  }

  private func attempt(
    _ attempt: Attempt, of history: MessageHistory.DeliveryHistory, after before: Attempt?
  ) -> Explanation.Step {
    let delivery = history.delivery
    var sentence = "attempt \(attempt.number)"
    if delivery.partCount > 1 { sentence += ", part \(attempt.part + 1) of \(delivery.partCount)" }
    if let before, before.outcome == "retry" {
      let pause = attempt.startedAt.milliseconds(since: before.endedAt)
      sentence += ", \(Self.duration(pause)) after the one before"
    }
    sentence += ": \(Self.meaning(attempt.outcome, history.provider))"
    if let error = attempt.error { sentence += ": \(error.words)" }
    let answer = Self.answer(attempt)
    if !answer.isEmpty { sentence += " (\(answer))" }
    if let note = attempt.note { sentence += "; \(note)" }
    return Explanation.Step(
      attempt.endedAt, sentence, cause: attempt.id.description,
      detail: [
        "delivery_id": .string(delivery.id.description), "series": .integer(attempt.series),
        "outcome": .string(attempt.outcome), "error": attempt.error?.json ?? .null,
        "started_at": JSON(attempt.startedAt),
      ])
  }

  /// What an outcome means, with who it came from.
  private static func meaning(_ outcome: String, _ provider: String) -> String {
    switch outcome {
    case "accepted": "\(provider) took it"
    case "retry": "\(provider) did not take it now, a later try may succeed"
    case "rejected": "\(provider) refused it for good"
    case "recipient_stopped": "\(provider) refused it, the person wants no messages"
    case "unreachable": "the person cannot be reached on this line"
    case "channel_broken": "nothing can be sent on this channel until somebody mends it"
    case "ambiguous": "nobody knows whether \(provider) took it"
    case "interrupted": "the daemon ended before the answer, nobody knows whether it was taken"
    case "settled": "the doubt was settled by evidence"
    default: outcome
    }
  }

  /// What the last exchange of an attempt came to: `HTTP 429, Retry-After 30, 120 ms`.
  private static func answer(_ attempt: Attempt) -> String {
    let exchange = (try? JSON.parse(attempt.exchanges))?.array?.last
    var parts: [String] = []
    if let status = exchange?["status"]?.integer { parts.append("HTTP \(status)") }
    let headers = exchange?["response"]?["headers"]?.object ?? exchange?["headers"]?.object ?? [:]
    for header in headers where header.key.lowercased() == "retry-after" {
      if let text = header.value.string ?? header.value.integer.map({ String($0) }) {
        parts.append("Retry-After \(text)")
      }
    }
    if let failure = exchange?["failure"]?.string { parts.append(failure) }
    if attempt.outcome != "settled", attempt.outcome != "interrupted" {
      parts.append(duration(attempt.endedAt.milliseconds(since: attempt.startedAt)))
    }
    return parts.joined(separator: ", ")
  }

  /// A span in the largest unit that says it well.
  static func duration(_ milliseconds: Int64) -> String {
    switch milliseconds {
    case ..<1000: "\(max(milliseconds, 0)) ms"
    case ..<120_000: "\(milliseconds / 1000) s"
    case ..<7_200_000: "\(milliseconds / 60_000) min"
    default: "\(milliseconds / 3_600_000) h"
    }
  }

  private func channelEvent(_ event: Event) -> Explanation.Step {
    let data = (try? JSON.parse(event.data)) ?? .null
    let name = data["channel_id"]?.string.flatMap { ID<Channel>($0) }.map(history.name) ?? "channel"
    let word = event.type.split(separator: ".").last.map(String.init) ?? event.type
    let reason = data["reason"]?.string.map { ": \($0)" } ?? ""
    let when = event.timestamp < message.createdAt ? " already" : ""
    return Explanation.Step(
      event.timestamp, "channel \(name) was \(word)\(when)\(reason)", cause: event.id.description)
  }

  /// What an event of the message adds to the rest; `nil` for what the rows say better.
  private func messageEvent(_ event: Event) -> Explanation.Step? {
    let data = (try? JSON.parse(event.data)) ?? .null
    let error = data["error"].flatMap { ProviderError(json: $0) }
    let reason = data["reason"]?.string ?? error?.words
    let why = reason.map { ": \($0)" } ?? ""
    let sentence: String
    switch event.type {
    case "message.queued":
      guard let replay = data["replay_id"]?.string else { return nil }
      let series = data["series"]?.integer.map { ", series \($0) of attempts" } ?? ""
      return Explanation.Step(
        event.timestamp, "a replay queued it again\(series)", cause: replay,
        detail: ["event_id": .string(event.id.description)])
    case "delivery.attempt_failed": return nil
    case "message.canceled": sentence = "it was canceled\(why)"
    case "message.expired": sentence = "its time was over before it could be sent\(why)"
    case "message.unknown":
      sentence = "it counts as unknown from here on, and is not sent again by itself\(why)"
    case "message.failed": sentence = "it was given up\(why)"
    default:
      sentence = "event \(event.sequence), \(event.type), was written"
    }
    return Explanation.Step(event.timestamp, sentence, cause: event.id.description)
  }

  private var wishes: [Explanation.Step] {
    var seen: Set<String> = []
    return history.deliveries.compactMap { history in
      guard let wish = history.optOut, wish.isSilence,
        seen.insert(history.delivery.transport.rawValue).inserted
      else { return nil }
      return Explanation.Step(
        wish.changedAt,
        "the person asked for \(wish.purpose == .marketing ? "no advertisements" : "silence") on "
          + "\(history.delivery.transport.rawValue) (\(wish.source))",
        cause: wish.receiptID?.description)
    }
  }
}

extension OutboundStory {
  /// How it stands.
  var summary: String {
    guard let last = history.deliveries.last else { return "" }
    var sentences = [standing(last)]
    if let doubled { sentences.append(doubled) }
    if let late { sentences.append(late) }
    return sentences.joined(separator: " ")
  }

  private func standing(_ last: MessageHistory.DeliveryHistory) -> String {
    let provider = last.provider
    let error = message.error.flatMap { try? JSON.parse($0) }.flatMap { ProviderError(json: $0) }
    let why = (error ?? last.delivery.error).map { ": \($0.words)" } ?? ""
    switch message.status {
    case .read: return "They have read it\(message.readAt.map { ", at \($0)" } ?? "")."
    case .delivered:
      return "It was delivered\(message.deliveredAt.map { " at \($0)" } ?? "")."
    case .failed, .undeliverable: return "It was not delivered\(why)."
    case .blocked: return "It was not sent: it is blocked\(why)."
    case .canceled:
      let reason = why.isEmpty ? last.delivery.note.map { ": \($0)" } ?? "" : why
      return "It was not sent: it was canceled\(reason)."
    case .expired: return "It was not sent: its time was over at \(last.delivery.expiresAt)\(why)."
    case .unknown: return "Nobody knows whether \(provider) has it\(why)."
    case .sent: return "\(provider) has it, and has not reported yet that it arrived."
    case .queued, .sending, .received: return waiting(last)
    }
  }

  /// What it waits for.
  private func waiting(_ last: MessageHistory.DeliveryHistory) -> String {
    let delivery = last.delivery
    if delivery.state == .sending { return "It is being sent right now." }
    if delivery.state == .accepted { return "\(last.provider) has taken it." }
    if last.channelState != .active {
      return "It waits: channel \(history.name(delivery.channelID)) is "
        + "\(last.channelState.rawValue)."
    }
    if let head = last.head {
      return "It waits for \(head.messageID), which is before it in the line for the same person"
        + "\(head.retryAt.map { " and is tried again at \($0)" } ?? "")."
    }
    if let hold = last.marketingHold {
      let reason = hold.reason.map { ": \($0)" } ?? ""
      return "It waits until \(hold.until): the provider takes no advertisements "
        + "\(hold.isOfChannel ? "on this channel" : "to them")\(reason)."
    }
    if let retryAt = delivery.retryAt, retryAt > history.now {
      return "It waits for its next attempt, at \(retryAt)"
        + "\(delivery.error.map { ": \($0.words)" } ?? "")."
    }
    if let laneAt = delivery.laneAt, laneAt > history.now {
      return "It waits for its time, \(laneAt)."
    }
    return "It is due, and goes as soon as the channel's rate lets it."
  }

  /// Whether the person may have it twice, and why.
  private var doubled: String? {
    for delivery in history.deliveries {
      var doubtful: [Int64: Attempt] = [:]
      for attempt in delivery.attempts {
        if ["ambiguous", "interrupted"].contains(attempt.outcome) {
          doubtful[attempt.part] = attempt
        } else if attempt.outcome == "accepted", let first = doubtful[attempt.part] {
          return "They may have it twice: nobody knew whether attempt \(first.number) had "
            + "succeeded, and attempt \(attempt.number) sent it again."
        }
      }
    }
    let delivered = history.reports.filter { $0["status"] == "delivered" }
    let receipts = Set(delivered.compactMap { $0["receipt_id"]?.string })
    guard receipts.count > 1 else { return nil }
    return "\(message.provider) reported its delivery \(receipts.count) times; it was sent once."
  }

  /// Worth a sentence from a minute on.
  private static let lateMilliseconds: Int64 = 60_000

  /// Why it went out so long after it was enqueued.
  private var late: String? {
    let attempts = history.deliveries.flatMap(\.attempts)
    guard let taken = attempts.first(where: { $0.outcome == "accepted" }) else { return nil }
    let waited = taken.endedAt.milliseconds(since: sendAt ?? message.createdAt)
    guard waited >= Self.lateMilliseconds else { return nil }
    let tries = attempts.prefix { $0.id != taken.id }
    let before =
      attempts.first.map { $0.startedAt.milliseconds(since: sendAt ?? message.createdAt) } ?? 0
    let why =
      tries.isEmpty || before > waited / 2
      ? "it stood in line, or its channel could not send"
      : "\(tries.count) \(tries.count == 1 ? "attempt" : "attempts") came to nothing before"
    return "It went out \(Self.duration(waited)) late: \(why)."
  }

  /// What a person can do now.
  var hints: [String] {
    guard let last = history.deliveries.last else { return [] }
    let id = message.id.description
    let again = "`trunkline replay --message \(id) --dry-run`"
    switch message.status {
    case .failed, .undeliverable, .blocked, .expired:
      var hints: [String] = []
      if last.optOut?.isSilence == true {
        let wish = last.optOut?.purpose == .marketing ? "no advertisements" : "silence"
        return ["They asked for \(wish): it is not sent again unless they opt in."]
      }
      if (message.error.map { String(decoding: $0, as: UTF8.self) } ?? "")
        .contains("\"class\":\"window\"")
      {
        hints.append(
          "Free text is taken only for a while after they wrote: use a template, or a fallback.")
      }
      return hints + ["When the cause is mended, send it again: \(again)."]
    case .unknown:
      return [
        "Ask the provider's own log whether it has the message; a late report settles it, too.",
        "If it was not sent: `trunkline replay --message \(id) --state unknown`. If it was, they "
          + "get it twice.",
      ]
    case .queued, .sending: return waitingHints(last)
    case .canceled, .sent, .delivered, .read, .received: return []
    }
  }

  private func waitingHints(_ last: MessageHistory.DeliveryHistory) -> [String] {
    let channel = last.delivery.channelID
    if last.channelState != .active {
      return ["Let the channel send: `trunkline channels resume \(channel)`."]
    }
    if let head = last.head {
      return ["See what holds it up: `trunkline explain \(head.messageID)`."]
    }
    return []
  }
}
