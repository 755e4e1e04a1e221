// Templates that a provider keeps for us, as they were synced from there and as it tells of them.

/// Whose templates: an account of a tenant at a provider.
package struct TemplateAccount: Hashable, Sendable {
  /// The tenant.
  package let tenant: ID<Tenant>
  /// The provider's name.
  package let provider: String
  /// The account in the provider's words, such as a WhatsApp business account's id.
  package let account: String

  /// An account.
  package init(tenant: ID<Tenant>, provider: String, account: String) {
    self.tenant = tenant
    self.provider = provider
    self.account = account
  }
}

/// A template as it is stored: with what the provider tells beside its definition.
package struct StoredTemplate: Sendable {
  /// What it consists of, and whether it may be used.
  package var template: ProviderTemplate
  /// Its quality in the provider's words, such as `GREEN`; `nil` before it is told.
  package var quality: String?
  /// When it was synced or told of last.
  package var updatedAt: Instant

  /// The template as JSON, with `quality` and `updated_at`.
  package var json: JSON {
    var object = template.json.object ?? [:]
    object["quality"] = JSON(quality)
    object["updated_at"] = JSON(updatedAt)
    return .object(object)
  }
}

/// A template that can be used now and could not before, or the other way round.
package struct TemplateTurn: Equatable, Sendable {
  /// Its name.
  package let name: String
  /// Its language in the provider's words.
  package let language: String
  /// Whether it can be used now.
  package let isUsable: Bool
  /// Its status, and why where the provider says.
  package let reason: String
}

extension ProviderTemplate {
  /// Whether messages with it may be sent.
  package var isUsable: Bool { Self.usable.contains(status.uppercased()) }

  /// Approved; approved and warned of, which still sends; switched on again.
  /// <https://developers.facebook.com/docs/whatsapp/business-management-api/webhooks/components>,
  /// `message_template_status_update`, 2026.
  private static let usable: Set = ["APPROVED", "FLAGGED", "REINSTATED"]
}

extension Connection {
  private static let templateColumns =
    "provider_id, name, language, category, status, reason, components, quality, updated_at"
  private static let templateByName = SQL(
    """
    SELECT \(templateColumns) FROM provider_templates
    WHERE tenant_id = $1 AND provider = $2 AND account = $3 AND name = $4 AND language = $5
    """)
  private static let templateList = SQL(
    """
    SELECT \(templateColumns) FROM provider_templates
    WHERE tenant_id = $1 AND provider = $2 AND account = $3 ORDER BY name, language
    """)

  /// The template of that name and language.
  package func providerTemplate(
    _ name: String, language: String, of account: TemplateAccount
  ) throws(StoreError) -> StoredTemplate? {
    try first(
      Self.templateByName, SQLValue(account.tenant), .text(account.provider),
      .text(account.account), .text(name), .text(language), read: Self.template)
  }

  /// Every template of an account, by name and language.
  package func providerTemplates(
    of account: TemplateAccount
  ) throws(StoreError) -> [StoredTemplate] {
    try query(
      Self.templateList, SQLValue(account.tenant), .text(account.provider),
      .text(account.account), read: Self.template)
  }

  private static func template(_ row: Row) throws(StoreError) -> StoredTemplate {
    StoredTemplate(
      template: ProviderTemplate(
        providerID: row.optionalText(0), name: row.text(1), language: row.text(2),
        category: row.optionalText(3), status: row.text(4), reason: row.optionalText(5),
        components: (try? JSON.parse(row.bytes(6))) ?? []),
      quality: row.optionalText(7), updatedAt: row.instant(8))
  }
}

extension Transaction {
  private static let templateWrite = SQL(
    """
    INSERT INTO provider_templates (tenant_id, provider, account, name, language, provider_id,
      category, status, reason, components, quality, updated_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
    ON CONFLICT (tenant_id, provider, account, name, language) DO UPDATE SET
      provider_id = excluded.provider_id, category = excluded.category, status = excluded.status,
      reason = excluded.reason, components = excluded.components, quality = excluded.quality,
      updated_at = excluded.updated_at
    """)
  private static let templateDelete = SQL(
    """
    DELETE FROM provider_templates
    WHERE tenant_id = $1 AND provider = $2 AND account = $3 AND name = $4 AND language = $5
    """)

  /// Stores the list of all templates of an account, which the provider was asked for at `asked`:
  /// what is not listed goes. What the provider told of a template since counts more than the list,
  /// whose pages may be older. Which can be used now and could not before, or the other way round.
  package func replaceTemplates(
    of account: TemplateAccount, with list: [ProviderTemplate], asked: Instant
  ) throws(StoreError) -> [TemplateTurn] {
    var known: [TemplateKey: StoredTemplate] = [:]
    for stored in try connection.providerTemplates(of: account) {
      known[TemplateKey(stored.template)] = stored
    }
    var turns: [TemplateTurn] = []
    for template in list {
      let before = known.removeValue(forKey: TemplateKey(template))
      var after = StoredTemplate(template: template, quality: before?.quality, updatedAt: now)
      if let before, before.updatedAt > asked {
        // Where only something else was told, the list is the first to say whether it can be used.
        if before.template.status != Self.unknownStatus {
          after.template.status = before.template.status
          after.template.reason = before.template.reason
        }
        after.template.category = before.template.category ?? template.category
      }
      try write(after, of: account)
      // What appears in the list is no news: nobody missed it.
      if let before, let turn = Self.turn(from: before, to: after) { turns.append(turn) }
    }
    for gone in known.values where gone.updatedAt <= asked {
      try connection.execute(
        Self.templateDelete, SQLValue(account.tenant), .text(account.provider),
        .text(account.account), .text(gone.template.name), .text(gone.template.language))
      guard gone.template.isUsable else { continue }
      turns.append(
        TemplateTurn(
          name: gone.template.name, language: gone.template.language, isUsable: false,
          reason: "the provider does not list it any more"))
    }
    return turns.sorted { ($0.name, $0.language) < ($1.name, $1.language) }
  }

  /// Stores what a provider tells of a template. One that was never synced begins with nothing but
  /// that. How it is now, and the turn it took if it took one.
  package func change(
    _ report: TemplateReport, of account: TemplateAccount
  ) throws(StoreError) -> (StoredTemplate, TemplateTurn?) {
    let before = try connection.providerTemplate(
      report.name, language: report.language, of: account)
    var after =
      before
      ?? StoredTemplate(
        template: ProviderTemplate(
          name: report.name, language: report.language, status: Self.unknownStatus),
        quality: nil, updatedAt: now)
    after.template.providerID = report.providerID ?? after.template.providerID
    after.template.category = report.category ?? after.template.category
    if let status = report.status {
      after.template.status = status
      after.template.reason = report.reason
    }
    after.quality = report.quality ?? after.quality
    after.updatedAt = now
    try write(after, of: account)
    // What it consists of is not told.
    if before == nil { try syncTemplates(of: account) }
    guard report.status != nil else { return (after, nil) }
    if let before { return (after, Self.turn(from: before, to: after)) }
    // One that waits for its approval was not usable before either.
    let isNews = !after.template.isUsable && after.template.status.uppercased() != "PENDING"
    return (after, isNews ? Self.turn(to: after.template) : nil)
  }

  /// The status of a template of which only something else was told so far.
  private static let unknownStatus = "UNKNOWN"

  private func write(
    _ stored: StoredTemplate, of account: TemplateAccount
  ) throws(StoreError) {
    let template = stored.template
    try connection.execute(
      Self.templateWrite, SQLValue(account.tenant), .text(account.provider),
      .text(account.account), .text(template.name), .text(template.language),
      SQLValue(template.providerID), SQLValue(template.category), .text(template.status),
      SQLValue(template.reason), .bytes(template.components.serialized()),
      SQLValue(stored.quality), SQLValue(stored.updatedAt))
  }

  private static func turn(
    from before: StoredTemplate, to after: StoredTemplate
  ) -> TemplateTurn? {
    let isNews = before.template.status != unknownStatus || !after.template.isUsable
    return isNews && before.template.isUsable != after.template.isUsable
      ? turn(to: after.template) : nil
  }

  private static func turn(to template: ProviderTemplate) -> TemplateTurn {
    TemplateTurn(
      name: template.name, language: template.language, isUsable: template.isUsable,
      reason: template.reason.map { "\(template.status): \($0)" } ?? template.status)
  }
}

/// A template's place among those of its account.
private struct TemplateKey: Hashable {
  let name: String
  let language: String

  init(_ template: ProviderTemplate) {
    name = template.name
    language = template.language
  }
}
