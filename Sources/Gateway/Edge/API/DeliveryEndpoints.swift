/// Deliveries: what waits, what is under way, and what ended without being accepted.
struct DeliveryEndpoints: Sendable {
  private let services: Services

  /// Endpoints on these services.
  init(_ services: Services) { self.services = services }

  private static let ended: [Delivery.State] = [
    .failed, .undeliverable, .expired, .canceled, .blocked, .unknown,
  ]

  /// `GET /v1/deliveries`: those that ended without being accepted, the newest first; or those that
  /// wait, or are under way.
  func list(_ call: APICall) throws -> HTTPResponse {
    let limit = try call.limit()
    let states = try Self.states(call)
    let scope = try Self.scope(call)
    var cursor: ID<Delivery>?
    if let text = try call.query("cursor") {
      guard let id = ID<Delivery>(text) else {
        throw APIError.invalid("cursor", "must be the next_cursor of the page before")
      }
      cursor = id
    }
    let deliveries = try services.database.read { [cursor] connection in
      switch states {
      case [.queued]:
        try connection.deliveriesWaiting(scope, after: cursor, limit: limit)
      case [.sending]:
        try connection.deliveriesUnderWay(scope, before: cursor, limit: limit)
      default:
        try connection.deliveries(ended: states, scope, before: cursor, limit: limit)
      }
    }
    let next = deliveries.count < limit ? nil : deliveries.last?.id.description
    return .page(deliveries, next: next) { delivery, writer in writer.value(delivery.json) }
  }

  /// `GET /v1/deliveries/{id}`: one, with its parts and every attempt. An attempt's id names
  /// its delivery, too.
  func show(_ call: APICall) throws -> HTTPResponse {
    let found: JSON? = try services.database.read { connection in
      guard let id = try Self.delivery(call, connection),
        let delivery = try connection.delivery(id),
        delivery.tenantID == call.tenantID
      else { return nil }
      var object = delivery.json.object ?? [:]
      object["replay_id"] = JSON(try connection.replay(of: id)?.description)
      object["part_list"] = .array(try connection.parts(of: id).enumerated().map(Self.part))
      object["attempt_list"] = .array(try connection.attempts(of: id).map(\.json))
      return .object(object)
    }
    guard let found else { throw APIError.notFound("There is no such delivery.") }
    return .json(found)
  }

  private static func delivery(
    _ call: APICall, _ connection: Connection
  ) throws -> ID<Delivery>? {
    if let text = call.parameters.first, let attempt = ID<Attempt>(text) {
      return try connection.delivery(of: attempt, tenant: call.tenantID)
    }
    return try call.id()
  }

  private static func part(_ ordinal: Int, _ part: StoredPart) -> JSON {
    [
      "part": JSON(ordinal), "provider_message_id": JSON(part.providerMessageID),
      "status": .string(part.fold.status.rawValue), "error": part.fold.error?.json ?? .null,
      "sent_at": JSON(part.fold.sentAt), "delivered_at": JSON(part.fold.deliveredAt),
      "read_at": JSON(part.fold.readAt),
    ]
  }

  private static func states(_ call: APICall) throws(APIError) -> [Delivery.State] {
    guard let text = try call.query("state") else { return ended }
    var states: [Delivery.State] = []
    for word in text.split(separator: ",", omittingEmptySubsequences: false) {
      guard let state = Delivery.State(rawValue: String(word)) else {
        let words = ([.queued, .sending] + ended).map(\.rawValue).joined(separator: ", ")
        throw .invalid("state", "must be one of \(words)")
      }
      if !states.contains(state) { states.append(state) }
    }
    if states.contains(.accepted) {
      throw .invalid("state", "accepted deliveries are not listed: see the messages of their chat")
    }
    if states.count > 1, states.contains(where: { !ended.contains($0) }) {
      throw .invalid("state", "queued and sending are each a list of their own")
    }
    return states
  }

  private static func scope(_ call: APICall) throws(APIError) -> DeliveryScope {
    var scope = DeliveryScope(tenant: call.tenantID)
    if let text = try call.query("channel_id") {
      guard let id = ID<Channel>(text) else {
        throw .invalid("channel_id", "must be a channel's identifier")
      }
      scope.channelID = id
    }
    scope.errorCode = try call.query("error_code")
    scope.since = try time(call, "since")
    scope.until = try time(call, "until")
    return scope
  }

  private static func time(_ call: APICall, _ name: String) throws(APIError) -> Instant? {
    guard let text = try call.query(name) else { return nil }
    guard let instant = Instant(iso8601: text) else {
      throw .invalid(name, "must be a time such as 2026-11-21T07:22:18Z")
    }
    return instant
  }
}
