/// Replays: deliveries that ended badly, queued again.
struct ReplayEndpoints: Sendable {
  private let services: Services

  /// Endpoints on these services.
  init(_ services: Services) { self.services = services }

  /// Without a wish: slow enough to watch, and to stop.
  private static let standardRate = 10.0
  /// More a second would leave the writer little time for anything else.
  private static let ratePerSecondMax = 1000
  /// Counting this many takes about a second; who has more names a shorter time.
  private static let countMax: Int64 = 1_000_000

  /// `GET /v1/replays`: the newest first.
  func list(_ call: APICall) throws -> HTTPResponse {
    let limit = try call.limit()
    var cursor: ID<Replay>?
    if let text = try call.query("cursor") {
      guard let id = ID<Replay>(text) else {
        throw APIError.invalid("cursor", "must be the next_cursor of the page before")
      }
      cursor = id
    }
    let replays = try services.database.read { [cursor] connection in
      try connection.replays(of: call.tenantID, before: cursor, limit: limit)
    }
    let next = replays.count < limit ? nil : replays.last?.id.description
    return .page(replays, next: next) { replay, writer in writer.value(replay.json) }
  }

  /// `GET /v1/replays/{id}`.
  func show(_ call: APICall) throws -> HTTPResponse {
    let id: ID<Replay> = try call.id()
    let found = try services.database.read { connection in
      try connection.replay(id, tenant: call.tenantID)
    }
    guard let found else { throw Self.noReplay }
    return .json(found.json)
  }

  /// `POST /v1/replays`: counts what matches, and unless it is a dry run, queues it again.
  func create(_ call: APICall) throws -> HTTPResponse {
    let body = try call.body(allowed: ["filter", "rate_per_second", "dry_run"])
    let filter = try Self.filter(body)
    let rate = try Self.rate(body)
    guard let isDryRun = (body["dry_run"] ?? false).bool else {
      throw APIError.invalid("dry_run", "must be true or false")
    }
    let now = services.clock.now()
    let (counts, names) = try services.database.read { connection in
      let counts = try connection.count(
        matching: filter, tenant: call.tenantID, endedBy: now, most: Self.countMax)
      var names: [ID<Channel>: String] = [:]
      for channel in Set(counts.map(\.channelID)) {
        names[channel] = try connection.name(of: channel)
      }
      return (counts, names)
    }
    let total = counts.reduce(0) { $0 + $1.count }
    if isDryRun { return .json(Self.summary(counts, names, total, rate)) }
    guard total < Self.countMax else {
      throw APIError.invalid(
        "filter", "matches \(Self.countMax) deliveries or more: name a shorter time")
    }
    let replay = Replay(
      id: services.ids.next(), tenantID: call.tenantID, state: .running, filter: filter,
      ratePerSecond: rate, total: total, createdAt: now, updatedAt: now)
    try services.database.write { transaction in try transaction.insert(replay) }
    return .json(replay.json, status: 201)
  }

  /// `POST /v1/replays/{id}/pause`: queues no more until it is resumed.
  func pause(_ call: APICall) throws -> HTTPResponse { try change(call, to: .paused) }

  /// `POST /v1/replays/{id}/resume`: goes on where it stood.
  func resume(_ call: APICall) throws -> HTTPResponse { try change(call, to: .running) }

  /// `POST /v1/replays/{id}/cancel`: queues no more; what is queued stays queued.
  func cancel(_ call: APICall) throws -> HTTPResponse { try change(call, to: .canceled) }

  private func change(_ call: APICall, to state: Replay.State) throws -> HTTPResponse {
    let id: ID<Replay> = try call.id()
    _ = try call.body(allowed: [])
    let changed = try services.database.write { transaction in
      guard var replay = try transaction.connection.replay(id, tenant: call.tenantID) else {
        throw Self.noReplay
      }
      if replay.state == state { return replay }
      guard replay.state.isOpen else {
        throw APIError.conflict("The replay is \(replay.state.rawValue) already.")
      }
      replay.state = state
      replay.updatedAt = transaction.now
      if state == .canceled { replay.finishedAt = transaction.now }
      try transaction.update(replay)
      return replay
    }
    return .json(changed.json)
  }

  private static func filter(_ body: JSONObject) throws(APIError) -> Replay.Filter {
    guard let json = body["filter"], json.object?.isEmpty != true else {
      throw .invalid("filter", "required: say what is to be sent again, such as by state")
    }
    do throws(ContentError) {
      return try Replay.Filter(json: json)
    } catch {
      throw .invalid(error.field, error.message)
    }
  }

  private static func rate(_ body: JSONObject) throws(APIError) -> Double {
    guard let json = body["rate_per_second"] else { return standardRate }
    guard let rate = json.number, (0.01...Double(ratePerSecondMax)).contains(rate) else {
      throw .invalid("rate_per_second", "must be a number from 0.01 to \(ratePerSecondMax)")
    }
    return rate
  }

  private static func summary(
    _ counts: [EndedCount], _ names: [ID<Channel>: String], _ total: Int64, _ rate: Double
  ) -> JSON {
    let channels = Dictionary(grouping: counts, by: \.channelID).sorted { $0.key < $1.key }
    let errors = Dictionary(grouping: counts) { $0.error?.code ?? "" }.sorted { $0.key < $1.key }
    let states = Dictionary(grouping: counts, by: \.state.rawValue).sorted { $0.key < $1.key }
    let sum: ([EndedCount]) -> JSON = { .integer($0.reduce(0) { $0 + $1.count }) }
    return [
      "count": .integer(total), "at_least": .bool(total >= countMax),
      "oldest": JSON(counts.map(\.oldest).min()), "newest": JSON(counts.map(\.newest).max()),
      "by_state": .array(
        states.map { ["state": .string($0.key), "count": sum($0.value)] }),
      "by_channel": .array(
        channels.map { channel, counts in
          [
            "channel_id": .string(channel.description), "name": JSON(names[channel]),
            "count": sum(counts),
          ]
        }),
      "by_error": .array(
        errors.map { code, counts in
          [
            "code": code.isEmpty ? .null : .string(code),
            "title": JSON(counts.first?.error?.title), "count": sum(counts),
          ]
        }),
      "estimated_seconds": .integer(Replay.seconds(for: total, rate: rate)),
    ]
  }

  private static let noReplay = APIError.notFound("There is no such replay.")
}
