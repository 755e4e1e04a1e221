// Channels, their settings sealed.

extension Connection {
  private static let columns = """
    id, tenant_id, provider, name, address, public_url, verification, state, settings_sealed,
    created_at, updated_at, policy
    """
  private static let channelList = SQL("SELECT \(columns) FROM channels ORDER BY id")
  private static let channelsOfTenant = SQL(
    "SELECT \(columns) FROM channels WHERE tenant_id = $1 ORDER BY id")
  private static let channelByName = SQL(
    "SELECT \(columns) FROM channels WHERE tenant_id = $1 AND name = $2")
  private static let channelByID = SQL(
    "SELECT \(columns) FROM channels WHERE tenant_id = $1 AND id = $2")
  private static let migrationTouch = SQL(
    "UPDATE schema_migrations SET applied_at = applied_at WHERE version = 1")

  /// Every channel of every tenant: for the directory behind the webhook listener.
  package func channels(_ vault: Vault) throws(StoreError) -> [Channel] {
    try query(Self.channelList) { (row) throws(StoreError) in try Self.channel(row, vault) }
  }

  /// A tenant's channels, oldest first.
  package func channels(
    of tenant: ID<Tenant>, _ vault: Vault
  ) throws(StoreError) -> [Channel] {
    try query(Self.channelsOfTenant, SQLValue(tenant)) { (row) throws(StoreError) in
      try Self.channel(row, vault)
    }
  }

  /// A tenant's channel of that name.
  package func channel(
    named name: String, tenant: ID<Tenant>, _ vault: Vault
  ) throws(StoreError) -> Channel? {
    try first(Self.channelByName, SQLValue(tenant), .text(name)) { (row) throws(StoreError) in
      try Self.channel(row, vault)
    }
  }

  /// A tenant's channel of that identifier.
  package func channel(
    _ id: ID<Channel>, tenant: ID<Tenant>, _ vault: Vault
  ) throws(StoreError) -> Channel? {
    try first(Self.channelByID, SQLValue(tenant), SQLValue(id)) { (row) throws(StoreError) in
      try Self.channel(row, vault)
    }
  }

  /// Writes a page without changing anything, so that a commit has something to commit.
  func touch(_ now: Instant) throws(StoreError) { try execute(Self.migrationTouch) }

  private static func channel(_ row: Row, _ vault: Vault) throws(StoreError) -> Channel {
    let id: ID<Channel> = try row.id(0)
    return Channel(
      id: id, tenantID: try row.id(1), provider: row.text(2), name: row.text(3),
      address: row.optionalText(4), publicURL: row.optionalText(5),
      verification: Channel.VerificationMode(rawValue: row.text(6)) ?? .enforce,
      state: Channel.State(rawValue: row.text(7)) ?? .paused,
      settings: try vault.open(row.bytes(8), row: id.bytes),
      policy: ChannelPolicy(stored: (try? JSON.parse(row.bytes(11)))?.object ?? [:]),
      createdAt: row.instant(9), updatedAt: row.instant(10))
  }
}

extension Transaction {
  private static let channelInsert = SQL(
    """
    INSERT INTO channels (id, tenant_id, provider, name, address, public_url, verification, state,
      settings_sealed, policy, created_at, updated_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $11, $10, $10)
    """)
  private static let channelUpdate = SQL(
    """
    UPDATE channels SET name = $3, address = $4, public_url = $5, verification = $6, state = $7,
      settings_sealed = $8, updated_at = $9, policy = $10
    WHERE tenant_id = $1 AND id = $2
    """)

  /// Stores a new channel.
  ///
  /// - Throws: ``StoreError`` with `conflict` when the tenant has one of that name.
  package func add(_ channel: Channel, _ vault: Vault) throws(StoreError) {
    try connection.execute(
      Self.channelInsert, SQLValue(channel.id), SQLValue(channel.tenantID), .text(channel.provider),
      .text(channel.name), SQLValue(channel.address), SQLValue(channel.publicURL),
      .text(channel.verification.rawValue), .text(channel.state.rawValue),
      .blob(try vault.seal(channel.settings, row: channel.id.bytes)), SQLValue(channel.createdAt),
      .bytes(JSON.object(channel.policy.object).serialized()))
  }

  /// Stores a channel's changes.
  ///
  /// - Throws: ``StoreError`` with `conflict` when the tenant has another of that name.
  package func update(_ channel: Channel, _ vault: Vault) throws(StoreError) {
    try connection.execute(
      Self.channelUpdate, SQLValue(channel.tenantID), SQLValue(channel.id), .text(channel.name),
      SQLValue(channel.address), SQLValue(channel.publicURL), .text(channel.verification.rawValue),
      .text(channel.state.rawValue),
      .blob(try vault.seal(channel.settings, row: channel.id.bytes)), SQLValue(now),
      .bytes(JSON.object(channel.policy.object).serialized()))
  }
}
