// Tenants and the keys of their API.

extension Connection {
  private static let tenantColumns = "id, name, created_at"
  private static let tenantByName = SQL(
    "SELECT \(tenantColumns) FROM tenants WHERE name = $1")
  private static let tenantByID = SQL("SELECT \(tenantColumns) FROM tenants WHERE id = $1")
  private static let tenantList = SQL("SELECT \(tenantColumns) FROM tenants ORDER BY id")
  private static let keyColumns = "id, tenant_id, name, role, created_at, revoked_at"
  private static let keyByHash = SQL(
    "SELECT \(keyColumns) FROM api_keys WHERE hash = $1 AND revoked_at IS NULL")
  private static let keyList = SQL(
    "SELECT \(keyColumns) FROM api_keys WHERE tenant_id = $1 ORDER BY id")

  /// The tenant of that name.
  package func tenant(named name: String) throws(StoreError) -> Tenant? {
    try first(Self.tenantByName, .text(name), read: Self.tenant)
  }

  /// The tenant of that identifier.
  package func tenant(_ id: ID<Tenant>) throws(StoreError) -> Tenant? {
    try first(Self.tenantByID, SQLValue(id), read: Self.tenant)
  }

  /// Every tenant, oldest first. For the operator, never for a tenant's key.
  package func tenants() throws(StoreError) -> [Tenant] {
    try query(Self.tenantList, read: Self.tenant)
  }

  /// The key with that hash, unless it was revoked.
  package func apiKey(hash: [UInt8]) throws(StoreError) -> APIKey? {
    try first(Self.keyByHash, .blob(hash), read: Self.apiKey)
  }

  /// A tenant's keys, oldest first, revoked ones too.
  package func apiKeys(of tenant: ID<Tenant>) throws(StoreError) -> [APIKey] {
    try query(Self.keyList, SQLValue(tenant), read: Self.apiKey)
  }

  private static func tenant(_ row: Row) throws(StoreError) -> Tenant {
    Tenant(id: try row.id(0), name: row.text(1), createdAt: row.instant(2))
  }

  private static func apiKey(_ row: Row) throws(StoreError) -> APIKey {
    // An unknown role, from a newer program, may do the least.
    APIKey(
      id: try row.id(0), tenantID: try row.id(1), name: row.text(2),
      role: APIKey.Role(rawValue: row.text(3)) ?? .agent, createdAt: row.instant(4),
      revokedAt: row.optionalInstant(5))
  }
}

extension Transaction {
  private static let tenantInsert = SQL(
    "INSERT INTO tenants (id, name, created_at) VALUES ($1, $2, $3)")
  private static let keyInsert = SQL(
    """
    INSERT INTO api_keys (id, tenant_id, name, role, hash, created_at)
    VALUES ($1, $2, $3, $4, $5, $6)
    """)
  private static let keyRevoke = SQL(
    """
    UPDATE api_keys SET revoked_at = COALESCE(revoked_at, $3) WHERE tenant_id = $1 AND id = $2
    """)

  /// Makes a tenant.
  ///
  /// - Throws: ``StoreError`` with `conflict` when the name is taken.
  package func addTenant(named name: String) throws(StoreError) -> Tenant {
    let tenant = Tenant(id: ids.next(), name: name, createdAt: now)
    try connection.execute(Self.tenantInsert, SQLValue(tenant.id), .text(name), SQLValue(now))
    return tenant
  }

  /// The tenant of that name, made when there is none.
  package func tenant(named name: String) throws(StoreError) -> Tenant {
    if let known = try connection.tenant(named: name) { return known }
    return try addTenant(named: name)
  }

  /// Stores a key by the hash of its text.
  package func addAPIKey(
    tenant: ID<Tenant>, name: String, role: APIKey.Role, hash: [UInt8]
  ) throws(StoreError) -> APIKey {
    let key = APIKey(
      id: ids.next(), tenantID: tenant, name: name, role: role, createdAt: now, revokedAt: nil)
    try connection.execute(
      Self.keyInsert, SQLValue(key.id), SQLValue(tenant), .text(name), .text(role.rawValue),
      .blob(hash), SQLValue(now))
    return key
  }

  /// Ends a key. False when the tenant has no such key.
  package func revokeAPIKey(_ id: ID<APIKey>, tenant: ID<Tenant>) throws(StoreError) -> Bool {
    try connection.execute(Self.keyRevoke, SQLValue(tenant), SQLValue(id), SQLValue(now)) > 0
  }
}
