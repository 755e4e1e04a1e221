// When the templates that providers keep are asked for again, and what came of the last time.

/// How the templates of an account stand.
package struct TemplateSyncState: Equatable, Sendable {
  /// When they are to be asked for again.
  package var dueAt: Instant
  /// How many times in a row that has failed.
  package var tries: Int64 = 0
  /// When they were had last; `nil` for never.
  package var syncedAt: Instant?
  /// Why they could not be had the last time; `nil` when they could.
  package var reason: String?

  /// One that is due then.
  package init(dueAt: Instant) { self.dueAt = dueAt }
}

extension Connection {
  private static let syncRead = SQL(
    """
    SELECT due_at, tries, synced_at, reason FROM template_syncs
    WHERE tenant_id = $1 AND provider = $2 AND account = $3
    """)

  /// How the templates of an account stand; `nil` for one that nobody has ever asked for.
  package func templateSync(
    of account: TemplateAccount
  ) throws(StoreError) -> TemplateSyncState? {
    try first(
      Self.syncRead, SQLValue(account.tenant), .text(account.provider), .text(account.account)
    ) { (row) throws(StoreError) in
      var state = TemplateSyncState(dueAt: row.instant(0))
      state.tries = row.integer(1)
      state.syncedAt = row.optionalInstant(2)
      state.reason = row.optionalText(3)
      return state
    }
  }
}

extension Transaction {
  private static let syncWrite = SQL(
    """
    INSERT INTO template_syncs (tenant_id, provider, account, due_at, tries, synced_at, reason)
    VALUES ($1, $2, $3, $4, $5, $6, $7)
    ON CONFLICT (tenant_id, provider, account) DO UPDATE SET due_at = excluded.due_at,
      tries = excluded.tries, synced_at = excluded.synced_at, reason = excluded.reason
    """)

  /// Stores how the templates of an account stand.
  package func set(
    _ state: TemplateSyncState, of account: TemplateAccount
  ) throws(StoreError) {
    try connection.execute(
      Self.syncWrite, SQLValue(account.tenant), .text(account.provider), .text(account.account),
      SQLValue(state.dueAt), .integer(state.tries), SQLValue(state.syncedAt),
      SQLValue(state.reason))
  }

  /// Lets the templates of an account be asked for at once.
  package func syncTemplates(of account: TemplateAccount) throws(StoreError) {
    var state =
      try connection.templateSync(of: account) ?? TemplateSyncState(dueAt: now)
    state.dueAt = now
    try set(state, of: account)
    wake(.templates)
  }
}
