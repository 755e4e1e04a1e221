/// Pre-defined text of a tenant. Static: nothing in it is replaced.
package struct Template: Identified, Equatable, Sendable {
  /// `tpl_…`
  package static let idPrefix: StaticString = "tpl_"
  /// Its identifier.
  package let id: ID<Template>
  /// Whose it is.
  package let tenantID: ID<Tenant>
  /// What people call it; unique within the tenant.
  package var name: String
  /// What a message made of it says, word for word.
  package var text: String
  /// When it was made.
  package let createdAt: Instant
  /// When it was last changed.
  package var updatedAt: Instant

  /// The template as JSON.
  package var json: JSON {
    [
      "id": .string(id.description), "tenant_id": .string(tenantID.description),
      "name": .string(name), "text": .string(text), "created_at": JSON(createdAt),
      "updated_at": JSON(updatedAt),
    ]
  }
}
