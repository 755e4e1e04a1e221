/// Chats, their messages, and the clients behind them.
struct ChatEndpoints: Sendable {
  private let services: Services

  /// Endpoints on these services.
  init(_ services: Services) { self.services = services }

  /// `GET /v1/chats`: the chat with the newest message first.
  func list(_ call: APICall) throws -> HTTPResponse {
    let limit = try call.limit()
    let cursor = try call.query("cursor").map { text throws(APIError) in try Self.cursor(text) }
    let chats = try services.database.read { connection in
      try connection.chats(of: call.tenantID, before: cursor, limit: limit)
    }
    let next = chats.count < limit ? nil : chats.last.flatMap(Self.cursor)
    return .page(chats, next: next) { chat, writer in writer.value(chat.json) }
  }

  /// `GET /v1/chats/{id}`: the chat with its members.
  func show(_ call: APICall) throws -> HTTPResponse {
    let id: ID<Chat> = try call.id()
    let found = try services.database.read { connection in
      try connection.chat(id, tenant: call.tenantID).map { chat throws(StoreError) in
        (chat, try connection.members(of: id))
      }
    }
    guard let (chat, members) = found else { throw Self.noChat }
    var object = chat.members
    object["members"] = .array(members.map(\.json))
    return .json(.object(object))
  }

  /// `GET /v1/chats/{id}/messages`: the newest first.
  func messages(_ call: APICall) throws -> HTTPResponse {
    let id: ID<Chat> = try call.id()
    let limit = try call.limit()
    var before = Int64.max
    if let text = try call.query("cursor") {
      guard let position = Int64(text), position > 0 else { throw Self.badCursor }
      before = position
    }
    let messages = try services.database.read { connection in
      guard try connection.chat(id, tenant: call.tenantID) != nil else { throw Self.noChat }
      return try connection.messages(
        of: id, tenant: call.tenantID, before: before, limit: limit)
    }
    let next = messages.count < limit ? nil : messages.last.map { String($0.position) }
    return .page(messages, next: next) { message, writer in message.write(into: &writer) }
  }

  /// `POST /v1/chats/{id}/read`: everything in it was read now. Providers that show it to the
  /// other side are told, too.
  func markRead(_ call: APICall) throws -> HTTPResponse {
    let id: ID<Chat> = try call.id()
    _ = try call.body(allowed: [])
    let (chat, marks) = try services.database.write { transaction in
      guard try transaction.connection.chat(id, tenant: call.tenantID) != nil else {
        throw Self.noChat
      }
      var marks: [ReadMark] = []
      if try transaction.clearUnread(id, tenant: call.tenantID) {
        marks = try transaction.markRead(id)
        let data: JSON = ["chat_id": .string(id.description), "unread_count": 0]
        try transaction.append(
          "chat.updated", tenant: call.tenantID,
          Transaction.EventPlace(chat: id, subject: SQLValue(id)), data: data.serialized())
      }
      return (try transaction.connection.chat(id, tenant: call.tenantID), marks)
    }
    guard let chat else { throw Self.noChat }
    // It is read whether they learn of it or not.
    let signs = ProviderSigns(services)
    let found = try? services.database.read { connection in
      try signs.read(marks, id, call.tenantID, connection)
    }
    signs.show(found ?? [])
    return .json(chat.json)
  }

  /// `GET /v1/messages/{id}`: one message, with its edits and reactions.
  func message(_ call: APICall) throws -> HTTPResponse {
    let id: ID<Message> = try call.id()
    let found = try services.database.read { connection in
      try connection.message(id, tenant: call.tenantID)
    }
    guard let found else { throw APIError.notFound("There is no such message.") }
    var writer = JSONWriter(capacity: 1024)
    found.write(into: &writer)
    return HTTPResponse(
      status: 200, headers: ["Content-Type": "application/json"], body: writer.bytes)
  }

  /// `GET /v1/clients/{id}`: one client.
  func client(_ call: APICall) throws -> HTTPResponse {
    let id: ID<Client> = try call.id()
    let found = try services.database.read { connection in
      try connection.client(id, tenant: call.tenantID)
    }
    guard let found else { throw APIError.notFound("There is no such client.") }
    return .json(found.json)
  }

  /// `GET /v1/clients/{id}/contacts`: every address of theirs, with what it was before.
  func contacts(_ call: APICall) throws -> HTTPResponse {
    let id: ID<Client> = try call.id()
    let (contacts, past) = try services.database.read { connection in
      guard try connection.client(id, tenant: call.tenantID) != nil else {
        throw APIError.notFound("There is no such client.")
      }
      return (
        try connection.contacts(of: id, tenant: call.tenantID),
        try connection.contactHistory(of: id, tenant: call.tenantID)
      )
    }
    return .page(contacts, next: nil) { contact, writer in
      var object = contact.json.object ?? [:]
      object["history"] = .array(past.filter { $0.contactID == contact.id }.map(\.json))
      writer.value(.object(object))
    }
  }

  private static let noChat = APIError.notFound("There is no such chat.")
  private static let badCursor = APIError.invalid(
    "cursor", "must be the next_cursor of the page before")

  private static func cursor(_ chat: Chat) -> String? {
    chat.lastMessageAt.map { "\($0.millisecondsSinceEpoch).\(chat.id)" }
  }

  private static func cursor(_ text: String) throws(APIError) -> (Instant, ID<Chat>) {
    let parts = text.split(separator: ".")
    guard parts.count == 2, let milliseconds = Int64(parts[0]), let id = ID<Chat>(String(parts[1]))
    else { throw badCursor }
    return (Instant(millisecondsSinceEpoch: milliseconds), id)
  }
}
