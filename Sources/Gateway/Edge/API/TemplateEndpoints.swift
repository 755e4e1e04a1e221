/// Static templates: text that messages can be made of.
struct TemplateEndpoints: Sendable {
  private let services: Services

  /// The longest text: far above what any line takes in one message.
  static let textBytesMax = 65_536

  /// Endpoints on these services.
  init(_ services: Services) { self.services = services }

  /// `GET /v1/templates`: the tenant's templates by name.
  func list(_ call: APICall) throws -> HTTPResponse {
    let limit = try call.limit()
    let cursor = try call.query("cursor") ?? ""
    let templates = try services.database.read { connection in
      try connection.templates(of: call.tenantID, after: cursor, limit: limit)
    }
    let next = templates.count < limit ? nil : templates.last?.name
    return .page(templates, next: next) { template, writer in writer.value(template.json) }
  }

  /// `POST /v1/templates`: a new template.
  func create(_ call: APICall) throws -> HTTPResponse {
    let body = try call.body(allowed: ["name", "text"])
    let name = try Self.name(body["name"])
    let text = try Self.text(body["text"])
    let template = try services.database.write { transaction in
      try transaction.addTemplate(tenant: call.tenantID, name: name, text: text)
    }
    return .json(template.json, status: 201)
  }

  /// `GET /v1/templates/{id}`: one template.
  func show(_ call: APICall) throws -> HTTPResponse {
    let id: ID<Template> = try call.id()
    let found = try services.database.read { connection in
      try connection.template(id, tenant: call.tenantID)
    }
    guard let found else { throw Self.noTemplate }
    return .json(found.json)
  }

  /// `PATCH /v1/templates/{id}`: changes what is named; messages made before stay as they are.
  func change(_ call: APICall) throws -> HTTPResponse {
    let id: ID<Template> = try call.id()
    let body = try call.body(allowed: ["name", "text"])
    let name = try body["name"].map { json throws(APIError) in try Self.name(json) }
    let text = try body["text"].map { json throws(APIError) in try Self.text(json) }
    let changed = try services.database.write { transaction -> Template in
      guard var template = try transaction.connection.template(id, tenant: call.tenantID) else {
        throw Self.noTemplate
      }
      template.name = name ?? template.name
      template.text = text ?? template.text
      template.updatedAt = transaction.now
      try transaction.update(template)
      return template
    }
    return .json(changed.json)
  }

  /// `DELETE /v1/templates/{id}`: the template is gone; messages made of it stay as they are.
  func remove(_ call: APICall) throws -> HTTPResponse {
    let id: ID<Template> = try call.id()
    let found = try services.database.write { transaction in
      try transaction.deleteTemplate(id, tenant: call.tenantID)
    }
    guard found else { throw Self.noTemplate }
    return HTTPResponse(status: 204)
  }

  private static let noTemplate = APIError.notFound("There is no such template.")

  private static func name(_ json: JSON?) throws(APIError) -> String {
    guard let name = json?.string?.trimmed, !name.isEmpty, !name.utf8.contains(0),
      name.count <= AccessEndpoints.nameCharactersMax
    else {
      throw .invalid("name", "required: 1 to \(AccessEndpoints.nameCharactersMax) characters")
    }
    return name
  }

  private static func text(_ json: JSON?) throws(APIError) -> String {
    guard let text = json?.string, !text.trimmed.isEmpty, !text.utf8.contains(0),
      text.utf8.count <= textBytesMax
    else { throw .invalid("text", "required: 1 to \(textBytesMax) bytes of text") }
    return text
  }
}
