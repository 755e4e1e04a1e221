/// Keys and tenants.
struct AccessEndpoints: Sendable {
  private let services: Services

  /// Names are for people: long enough for a sentence.
  static let nameCharactersMax = 200

  /// Endpoints on these services.
  init(_ services: Services) { self.services = services }

  /// `GET /v1/keys`: the tenant's keys, without the keys themselves.
  func keys(_ call: APICall) throws -> HTTPResponse {
    let keys = try services.database.read { connection in
      try connection.apiKeys(of: call.tenantID)
    }
    return .page(keys, next: nil) { key, writer in writer.value(key.json) }
  }

  /// `POST /v1/keys`: a new key, shown this once.
  func createKey(_ call: APICall) throws -> HTTPResponse {
    let body = try call.body(allowed: ["name", "role"])
    let name = try Self.name(body)
    let words = APIKey.Role.allCases.map(\.rawValue).joined(separator: ", ")
    guard let role = body["role"]?.string.flatMap({ APIKey.Role(rawValue: $0) }) else {
      throw APIError.invalid("role", "must be one of \(words)")
    }
    let text = APIKeyText.make(services.random)
    let key = try services.database.write { transaction in
      try transaction.addAPIKey(
        tenant: call.tenantID, name: name, role: role, hash: APIKeyText.hash(text))
    }
    return .json(Self.shown(key, text), status: 201)
  }

  /// `DELETE /v1/keys/{id}`: the key works no more.
  func revokeKey(_ call: APICall) throws -> HTTPResponse {
    let id: ID<APIKey> = try call.id()
    let found = try services.database.write { transaction in
      try transaction.revokeAPIKey(id, tenant: call.tenantID)
    }
    guard found else { throw APIError.notFound("There is no such key.") }
    return HTTPResponse(status: 204)
  }

  /// `GET /v1/tenants`: every tenant for the operator, their own for others.
  func tenants(_ call: APICall) throws -> HTTPResponse {
    let all = try services.database.read { connection in try connection.tenants() }
    let isOperator = call.tenantID == services.operatorTenant
    let seen = all.filter { isOperator || $0.id == call.tenantID }
    return .page(seen, next: nil) { tenant, writer in writer.value(tenant.json) }
  }

  /// `POST /v1/tenants`: a new tenant with its first key, for the operator alone.
  func createTenant(_ call: APICall) throws -> HTTPResponse {
    guard call.tenantID == services.operatorTenant else {
      throw APIError(
        status: 403, detail: "Only an administrator of the default tenant may make tenants.")
    }
    let name = try Self.name(try call.body(allowed: ["name"]))
    let text = APIKeyText.make(services.random)
    let (tenant, key) = try services.database.write { transaction in
      let tenant = try transaction.addTenant(named: name)
      let key = try transaction.addAPIKey(
        tenant: tenant.id, name: "first administrator", role: .admin,
        hash: APIKeyText.hash(text))
      return (tenant, key)
    }
    return .json(["tenant": tenant.json, "key": Self.shown(key, text)], status: 201)
  }

  private static func shown(_ key: APIKey, _ text: String) -> JSON {
    guard var object = key.json.object else { return key.json }
    object["key"] = .string(text)
    return .object(object)
  }

  private static func name(_ body: JSONObject) throws(APIError) -> String {
    guard let name = body["name"]?.string?.trimmed, !name.isEmpty,
      name.count <= nameCharactersMax
    else { throw .invalid("name", "required: 1 to \(nameCharactersMax) characters") }
    return name
  }
}
