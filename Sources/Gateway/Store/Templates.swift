// Templates: text that messages can be made of.

extension Connection {
  private static let templateColumns = "id, tenant_id, name, text, created_at, updated_at"
  private static let templateByID = SQL(
    "SELECT \(templateColumns) FROM templates WHERE tenant_id = $1 AND id = $2")
  private static let templateList = SQL(
    """
    SELECT \(templateColumns) FROM templates WHERE tenant_id = $1 AND name > $2
    ORDER BY name LIMIT $3
    """)

  /// A tenant's template.
  package func template(_ id: ID<Template>, tenant: ID<Tenant>) throws(StoreError) -> Template? {
    try first(Self.templateByID, SQLValue(tenant), SQLValue(id), read: Self.template)
  }

  /// A tenant's templates behind a name, by name.
  package func templates(
    of tenant: ID<Tenant>, after name: String, limit: Int
  ) throws(StoreError) -> [Template] {
    try query(
      Self.templateList, SQLValue(tenant), .text(name), .integer(Int64(limit)),
      read: Self.template)
  }

  private static func template(_ row: Row) throws(StoreError) -> Template {
    Template(
      id: try row.id(0), tenantID: try row.id(1), name: row.text(2), text: row.text(3),
      createdAt: row.instant(4), updatedAt: row.instant(5))
  }
}

extension Transaction {
  private static let templateInsert = SQL(
    """
    INSERT INTO templates (id, tenant_id, name, text, created_at, updated_at)
    VALUES ($1, $2, $3, $4, $5, $5)
    """)
  private static let templateUpdate = SQL(
    """
    UPDATE templates SET name = $3, text = $4, updated_at = $5 WHERE tenant_id = $1 AND id = $2
    """)
  private static let templateDelete = SQL(
    "DELETE FROM templates WHERE tenant_id = $1 AND id = $2")

  /// Makes a template.
  ///
  /// - Throws: ``StoreError`` with `conflict` when the tenant has one of that name.
  package func addTemplate(
    tenant: ID<Tenant>, name: String, text: String
  ) throws(StoreError) -> Template {
    let template = Template(
      id: ids.next(), tenantID: tenant, name: name, text: text, createdAt: now, updatedAt: now)
    try connection.execute(
      Self.templateInsert, SQLValue(template.id), SQLValue(tenant), .text(name), .text(text),
      SQLValue(now))
    return template
  }

  /// Stores a template's changes.
  ///
  /// - Throws: ``StoreError`` with `conflict` when the tenant has another of that name.
  package func update(_ template: Template) throws(StoreError) {
    try connection.execute(
      Self.templateUpdate, SQLValue(template.tenantID), SQLValue(template.id),
      .text(template.name), .text(template.text), SQLValue(template.updatedAt))
  }

  /// Deletes a template; messages made of it stay as they are. False when there is none.
  package func deleteTemplate(
    _ id: ID<Template>, tenant: ID<Tenant>
  ) throws(StoreError) -> Bool {
    try connection.execute(Self.templateDelete, SQLValue(tenant), SQLValue(id)) > 0
  }
}
