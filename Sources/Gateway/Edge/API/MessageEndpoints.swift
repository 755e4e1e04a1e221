/// Messages of ours: enqueueing them, one or many, and the sign that somebody is writing.
struct MessageEndpoints: Sendable {
  private let services: Services

  /// A thousand messages of some 4 KiB each; other calls stay below ``APIListener/bodyBytesMax``.
  static let bodyBytesMax = 4 << 20
  /// The longest key by which a call is known when it comes again.
  static let keyBytesMax = 255

  /// Endpoints on these services.
  init(_ services: Services) { self.services = services }

  /// `POST /v1/messages`: enqueues a message, or with `messages` up to a thousand.
  func enqueue(_ call: APICall, _ done: @escaping Route.Completion) throws {
    let body = try call.object()
    let key = try Self.key(call.request.headers["idempotency-key"], field: "Idempotency-Key")
    let author = Intake.Author(call.key)
    let now = services.clock.now()
    if body["messages"] != nil {
      let entries = try Self.entries(body, key, now)
      return done(.success(Self.answer(services.intake.accept(entries, from: author))))
    }
    let entry = Intake.Entry(body, key: key, bytes: call.request.body, now: now)
    services.intake.accept(entry, from: author) { outcome in
      done(Result { try Self.answer(outcome) })
    }
  }

  /// `POST /v1/chats/{id}/typing`: shows the other side that somebody is writing, on the channel
  /// they last wrote on.
  func typing(_ call: APICall) throws -> HTTPResponse {
    let id: ID<Chat> = try call.id()
    _ = try call.body(allowed: [])
    let signs = ProviderSigns(services)
    let found = try services.database.read { connection -> ProviderSigns.Sign? in
      guard let addressee = try connection.addressee(chat: id, tenant: call.tenantID) else {
        throw APIError.notFound("There is no such chat.")
      }
      return try signs.typing(addressee, id, call.tenantID, connection)
    }
    guard let (request, live) = found else {
      throw APIError.conflict("The line they last wrote on has no sign for this.")
    }
    let response: HTTPResponse
    do throws(TransportFailure) {
      response = try services.client.send(
        request, to: live.channel.policy.destinations)
    } catch {
      throw APIError(status: 502, detail: "The provider could not be asked: \(error.description)")
    }
    guard (200...299).contains(response.status) else {
      throw APIError(status: 502, detail: "The provider answered \(response.status).")
    }
    return .json([:], status: 202)
  }
}

// One message.
extension MessageEndpoints {
  private static func answer(_ outcome: Intake.Outcome) throws -> HTTPResponse {
    switch outcome {
    case .accepted(let accepted):
      var response = HTTPResponse(
        status: 202, headers: ["Content-Type": "application/json"], body: accepted.json)
      response.headers.add("Location", "/v1/messages/\(accepted.id)")
      return response
    case .replayed(let answer):
      var response = HTTPResponse(
        status: answer.status, headers: ["Content-Type": "application/json"], body: answer.body)
      response.headers.add("Idempotency-Replayed", "true")
      if let id = (try? JSON.parse(answer.body))?["id"]?.string {
        response.headers.add("Location", "/v1/messages/\(id)")
      }
      return response
    case .refused(let refusal): throw Self.error(refusal)
    case .keyReused: throw APIError.conflict(keyReused)
    case .failed(let error): throw error
    }
  }

  private static let keyReused =
    "This idempotency key was used for another request; use a new one for a new message."

  private static func error(_ refusal: SendRefusal) -> APIError {
    APIError(
      status: 422, detail: "\(refusal.field): \(refusal.message)",
      errors: [
        HTTPResponse.FieldProblem(
          field: refusal.field, message: refusal.message, code: refusal.code.rawValue)
      ])
  }

  private static func key(_ text: String?, field: String) throws(APIError) -> String? {
    guard let text else { return nil }
    guard isKey(text) else { throw .invalid(field, keyExpectation) }
    return text
  }

  private static let keyExpectation = "must be 1 to \(keyBytesMax) visible ASCII characters"

  private static func isKey(_ text: String) -> Bool {
    (1...keyBytesMax).contains(text.utf8.count)
      && text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }
  }
}

// Many messages.
extension MessageEndpoints {
  private static func entries(
    _ body: JSONObject, _ key: String?, _ now: Instant
  ) throws(APIError) -> [Intake.Entry] {
    try APICall.check(body, ["messages"])
    guard let list = body["messages"]?.array, (1...Intake.batchMax).contains(list.count) else {
      throw .invalid("messages", "must be a list of 1 to \(Intake.batchMax) messages")
    }
    return list.enumerated().map { index, json in entry(json, index, key, now) }
  }

  /// A message of a batch. Without a key of its own it has the batch's with its place, which no
  /// caller can write: there is a space in it. So a batch that comes again sends nothing twice.
  private static func entry(
    _ json: JSON, _ index: Int, _ key: String?, _ now: Instant
  ) -> Intake.Entry {
    guard var object = json.object else {
      return Intake.Entry(SendRefusal("messages[\(index)]", "must be an object"))
    }
    var own: String?
    if let value = object["idempotency_key"], !value.isNull {
      guard let text = value.string, isKey(text) else {
        return Intake.Entry(SendRefusal("idempotency_key", keyExpectation))
      }
      own = text
    }
    object["idempotency_key"] = nil
    return Intake.Entry(
      object, key: own ?? key.map { "\($0) \(index)" },
      bytes: JSON.object(object).serialized(), now: now)
  }

  private static func answer(_ outcomes: [Intake.Outcome]) -> HTTPResponse {
    var writer = JSONWriter(capacity: outcomes.count * 1024)
    writer.raw("{\"data\":[")
    for (index, outcome) in outcomes.enumerated() {
      if index > 0 { writer.raw(",") }
      write(outcome, into: &writer)
    }
    writer.raw("]}")
    return HTTPResponse(
      status: 200, headers: ["Content-Type": "application/json"], body: writer.bytes)
  }

  private static func write(_ outcome: Intake.Outcome, into writer: inout JSONWriter) {
    switch outcome {
    case .accepted(let accepted):
      writer.raw("{\"status\":202,\"message\":")
      writer.raw(accepted.json)
      writer.raw("}")
    case .replayed(let answer):
      writer.raw("{\"status\":202,\"replayed\":true,\"message\":")
      writer.raw(answer.body)
      writer.raw("}")
    case .refused(let refusal):
      let error = error(refusal)
      writer.value([
        "status": 422, "detail": .string(error.detail),
        "errors": .array(error.errors.map(\.json)),
      ])
    case .keyReused: writer.value(["status": 409, "detail": .string(keyReused)])
    case .failed(let error):
      writer.value([
        "status": error.decision == .later ? 503 : 500,
        "detail": "The database could not take it; send it again.",
      ])
    }
  }
}
