/// Taking messages of ours back: one, or all that a filter names.
struct CancelEndpoints: Sendable {
  private let services: Services

  /// Looked at, and canceled, in one transaction at most: other writes wait until a step is done.
  private static let stepMax = 500
  /// Looked at in one call, some seconds of work: then the caller asks for the rest.
  private static let callMax = 50_000

  /// Endpoints on these services.
  init(_ services: Services) { self.services = services }

  /// `POST /v1/messages/{id}/cancel`: the message as it is then; 409 when it does not wait any
  /// more.
  func one(_ call: APICall) throws -> HTTPResponse {
    let id: ID<Message> = try call.id()
    _ = try call.body(allowed: [])
    let note = Self.note(call)
    let outcome = try services.database.write { transaction in
      try transaction.cancel(id, tenant: call.tenantID, note: note)
    }
    switch outcome {
    case nil: throw APIError.notFound("There is no such message.")
    case .refused(let sentence)?: throw APIError.conflict(sentence)
    case .canceled?: return try ChatEndpoints(services).message(call)
    }
  }

  /// `POST /v1/messages/cancel`: takes back what waits and fits, a step at a time.
  func many(_ call: APICall) throws -> HTTPResponse {
    let body = try call.body(allowed: ["filter", "cursor"])
    let filter = try Self.filter(body)
    var cursor = try Self.cursor(body)
    let note = Self.note(call)
    var canceled = 0
    var left = Self.callMax / Self.stepMax
    repeat {
      let step = try services.database.read { [cursor] connection in
        try connection.waiting(
          matching: filter, tenant: call.tenantID, after: cursor, limit: Self.stepMax)
      }
      if !step.fitting.isEmpty {
        canceled += try services.database.write { transaction in
          try transaction.cancel(step.fitting, tenant: call.tenantID, error: nil, note: note)
        }
      }
      cursor = step.next
      left -= 1
    } while cursor != nil && left > 0
    let underWay = try services.database.read { connection in
      try connection.underWay(matching: filter, tenant: call.tenantID)
    }
    return .json([
      "canceled": JSON(canceled), "under_way": JSON(underWay), "next_cursor": JSON(cursor?.text),
    ])
  }

  private static func filter(_ body: JSONObject) throws(APIError) -> CancelFilter {
    do throws(ContentError) {
      return try CancelFilter(json: body["filter"] ?? [:])
    } catch {
      throw .invalid(error.field, error.message)
    }
  }

  private static func cursor(_ body: JSONObject) throws(APIError) -> CancelCursor? {
    guard let json = body["cursor"], !json.isNull else { return nil }
    guard let cursor = json.string.flatMap({ CancelCursor($0) }) else {
      throw .invalid("cursor", "must be the next_cursor of the answer before")
    }
    return cursor
  }

  /// Who canceled, for whoever asks later.
  private static func note(_ call: APICall) -> String {
    "asked for by key \(call.key.name) (\(call.key.id))"
  }
}
