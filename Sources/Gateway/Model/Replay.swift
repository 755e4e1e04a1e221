/// Deliveries that ended badly, queued again under a rate cap: the same messages, a new series of
/// attempts.
package struct Replay: Identified, Equatable, Sendable {
  /// `rpl_…`
  package static let idPrefix: StaticString = "rpl_"

  /// How far it got.
  package enum State: String, CaseIterable, Sendable {
    /// Queues deliveries.
    case running
    /// Waits for a person.
    case paused
    /// Has been through all of them.
    case finished
    /// A person ended it; what it queued stays queued.
    case canceled

    /// Whether it may still go on.
    package var isOpen: Bool { self == .running || self == .paused }
  }

  /// Which deliveries it is about. What is `nil` does not matter.
  package struct Filter: Equatable, Sendable {
    /// In which of these states.
    package var states: [Delivery.State] = Filter.standardStates
    /// Through what.
    package var channelID: ID<Channel>?
    /// Made then or later.
    package var since: Instant?
    /// Made before.
    package var until: Instant?
    /// Ended with that code.
    package var errorCode: String?
    /// Of that message.
    package var messageID: ID<Message>?
    /// That one alone.
    package var deliveryID: ID<Delivery>?

    /// Everything that ended without being accepted, except what may have been sent already: that
    /// has to be named.
    package static let standardStates: [Delivery.State] = [
      .failed, .undeliverable, .expired, .blocked,
    ]

    /// Everything that may be replayed without being named.
    package init() {}
  }

  /// Its identifier.
  package let id: ID<Replay>
  /// Whose it is.
  package let tenantID: ID<Tenant>
  /// How far it got.
  package var state: State
  /// Which deliveries it is about.
  package let filter: Filter
  /// At most so many a second.
  package let ratePerSecond: Double
  /// How many matched when it was made.
  package let total: Int64
  /// How many it has queued again.
  package var done: Int64 = 0
  /// How many it has passed over, because they must not be sent any more.
  package var skipped: Int64 = 0
  /// The last delivery it was at: they come in the order of their making.
  package var cursor: ID<Delivery>?
  /// When it was made. What ended later is not its concern.
  package let createdAt: Instant
  /// When it last changed.
  package var updatedAt: Instant
  /// When it ended.
  package var finishedAt: Instant?

  /// The replay as JSON.
  package var json: JSON {
    let left = max(0, total - done - skipped)
    return [
      "id": .string(id.description), "tenant_id": .string(tenantID.description),
      "state": .string(state.rawValue), "filter": filter.json,
      "rate_per_second": Self.number(ratePerSecond), "total": .integer(total),
      "done": .integer(done), "skipped": .integer(skipped),
      "estimated_seconds": state.isOpen
        ? .integer(Self.seconds(for: left, rate: ratePerSecond)) : .null,
      "created_at": JSON(createdAt), "updated_at": JSON(updatedAt), "finished_at": JSON(finishedAt),
    ]
  }

  /// How long so many take at that rate, in whole seconds.
  package static func seconds(for count: Int64, rate: Double) -> Int64 {
    guard rate > 0 else { return 0 }
    return Int64((Double(count) / rate).rounded(.up))
  }

  /// A number without a needless fraction.
  package static func number(_ value: Double) -> JSON {
    Int64(exactly: value).map(JSON.integer) ?? .number(value)
  }
}

extension Replay.Filter {
  /// The members a filter takes.
  package static let members = [
    "state", "channel_id", "since", "until", "error_code", "message_id", "delivery_id",
  ]

  /// The filter as JSON, without what does not matter.
  package var json: JSON {
    var object: JSONObject = ["state": .array(states.map { .string($0.rawValue) })]
    if let channelID { object["channel_id"] = .string(channelID.description) }
    if let since { object["since"] = JSON(since) }
    if let until { object["until"] = JSON(until) }
    if let errorCode { object["error_code"] = .string(errorCode) }
    if let messageID { object["message_id"] = .string(messageID.description) }
    if let deliveryID { object["delivery_id"] = .string(deliveryID.description) }
    return .object(object)
  }

  /// Reads what ``json`` writes, and what people write.
  ///
  /// - Throws: ``ContentError`` naming the first member that is wrong.
  package init(json: JSON) throws(ContentError) {
    guard let object = json.object else { throw ContentError("filter", "must be an object") }
    for member in object where !Self.members.contains(member.key) {
      throw ContentError(
        "filter.\(member.key)", Spelling.unknown("member", member.key, among: Self.members))
    }
    if let state = object["state"] { states = try Self.states(state) }
    channelID = try Self.member(object, "channel_id", "a channel's identifier") { ID($0) }
    messageID = try Self.member(object, "message_id", "a message's identifier") { ID($0) }
    deliveryID = try Self.member(object, "delivery_id", "a delivery's identifier") { ID($0) }
    since = try Self.member(object, "since", "a time such as 2026-11-21T07:22:18Z") {
      Instant(iso8601: $0)
    }
    until = try Self.member(object, "until", "a time such as 2026-11-21T07:22:18Z") {
      Instant(iso8601: $0)
    }
    errorCode = try Self.member(object, "error_code", "a code such as \"63016\"") {
      $0.isEmpty ? nil : $0
    }
  }

  private static func states(_ json: JSON) throws(ContentError) -> [Delivery.State] {
    let replayable = Delivery.State.allCases.filter(\.isReplayable)
    let given = json.array ?? [json]
    let states = given.compactMap { word in replayable.first { $0.rawValue == word.string } }
    guard states.count == given.count, !states.isEmpty else {
      let words = replayable.map(\.rawValue).joined(separator: ", ")
      throw ContentError("filter.state", "must be a list of \(words)")
    }
    return states
  }

  private static func member<Value>(
    _ object: JSONObject, _ name: String, _ what: String, _ read: (String) -> Value?
  ) throws(ContentError) -> Value? {
    guard let json = object[name], !json.isNull else { return nil }
    guard let value = json.string.flatMap(read) else {
      throw ContentError("filter.\(name)", "must be \(what)")
    }
    return value
  }
}

/// How many a replay may take up right now: so many a second, evenly, whatever the steps.
package struct ReplayPace: Equatable, Sendable {
  /// What was not used is not saved up for longer than a step: a pause is followed by no burst.
  package static let stepMilliseconds: Int64 = 100

  private let perMillisecond: Double
  private var credit: Double
  private var seenAt: Instant

  /// A pace that begins at `now` with one.
  package init(ratePerSecond: Double, now: Instant) {
    perMillisecond = ratePerSecond / 1000
    credit = 1
    seenAt = now
  }

  /// Takes as many as may go at `now`, at most `most`.
  package mutating func take(now: Instant, most: Int) -> Int {
    let passed = max(0, now.milliseconds(since: seenAt))
    seenAt = now
    credit = min(
      credit + Double(passed) * perMillisecond,
      max(1, Double(Self.stepMilliseconds) * perMillisecond))
    let count = min(most, Int(credit))
    credit -= Double(count)
    return count
  }

  /// In how many milliseconds the next step is worth it.
  package var pauseMilliseconds: Int64 {
    let toOne = ((1 - credit) / perMillisecond).rounded(.up)
    guard toOne.isFinite else { return Self.stepMilliseconds }
    return max(Self.stepMilliseconds, Int64(min(toOne, 1_000_000)))
  }
}
