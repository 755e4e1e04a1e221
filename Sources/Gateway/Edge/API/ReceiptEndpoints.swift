/// Receipts, events, and the story of a message: what operations people look at.
struct ReceiptEndpoints: Sendable {
  private let services: Services

  /// Endpoints on these services.
  init(_ services: Services) { self.services = services }

  /// `GET /v1/receipts`: the newest first, of one state where asked.
  func list(_ call: APICall) throws -> HTTPResponse {
    let limit = try call.limit()
    var state: ReceiptState?
    if let word = try call.query("state") {
      guard let known = ReceiptState(rawValue: word) else {
        let words = ReceiptState.allCases.map(\.rawValue).joined(separator: ", ")
        throw APIError.invalid("state", "must be one of \(words)")
      }
      state = known
    }
    var cursor: ID<Receipt>?
    if let text = try call.query("cursor") {
      guard let id = ID<Receipt>(text) else {
        throw APIError.invalid("cursor", "must be the next_cursor of the page before")
      }
      cursor = id
    }
    let receipts = try services.database.read { [state, cursor] connection in
      try connection.receipts(of: call.tenantID, state: state, before: cursor, limit: limit)
    }
    let next = receipts.count < limit ? nil : receipts.last?.id.description
    return .page(receipts, next: next) { receipt, writer in
      writer.value(receipt.json(withRequest: false))
    }
  }

  /// `GET /v1/receipts/{id}`: one receipt with the request itself.
  func show(_ call: APICall) throws -> HTTPResponse {
    let id: ID<Receipt> = try call.id()
    let found = try services.database.read { connection in
      try connection.receipt(id, tenant: call.tenantID)
    }
    guard let found else { throw Self.noReceipt }
    return .json(found.json(withRequest: true))
  }

  /// `POST /v1/receipts/{id}/reprocess`: takes the request in again, as if it came now.
  func reprocess(_ call: APICall) throws -> HTTPResponse {
    let id: ID<Receipt> = try call.id()
    let body = try call.body(allowed: ["repair"])
    let repair = body["repair"] ?? false
    guard let repair = repair.bool else {
      throw APIError.invalid("repair", "must be true or false")
    }
    let receipt = try services.ingest.reprocess(id, tenant: call.tenantID, repairsText: repair)
    guard let receipt else { throw Self.noReceipt }
    return .json(receipt.json(withRequest: false))
  }

  /// `GET /v1/events`: the feed behind a sequence number, in order.
  func events(_ call: APICall) throws -> HTTPResponse {
    let limit = try call.limit(standard: 100, most: 1000)
    var after: Int64 = 0
    if let text = try call.query("after") {
      guard let number = Int64(text), number >= 0 else {
        throw APIError.invalid("after", "must be the sequence of the last event seen, or 0")
      }
      after = number
    }
    let events = try services.database.read { [after] connection in
      try connection.events(of: call.tenantID, after: after, limit: limit)
    }
    // A feed has no end: the cursor is always where to go on.
    let next = String(events.last?.sequence ?? after)
    return .page(events, next: next) { event, writer in event.write(into: &writer) }
  }

  /// `GET /v1/messages/{id}/timeline`: one causal story, oldest first.
  func timeline(_ call: APICall) throws -> HTTPResponse {
    let id: ID<Message> = try call.id()
    let history = try services.database.read { connection in
      try MessageHistory(
        id, tenant: call.tenantID, connection, services.directory, now: services.clock.now())
    }
    guard let history else { throw APIError.notFound("There is no such message.") }
    return .json(Timeline.explain(history).json)
  }

  private static let noReceipt = APIError.notFound("There is no such receipt.")
}
