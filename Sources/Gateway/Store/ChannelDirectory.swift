/// Every channel, ready for use, by identifier. Read by every webhook, written when one changes.
package final class ChannelDirectory: Sendable {
  /// Whose account it is, as requests name it.
  private struct AccountKey: Hashable {
    let tenant: ID<Tenant>
    let provider: String
    let account: String
  }

  private struct Entries {
    var byID: [ID<Channel>: LiveChannel] = [:]
    var byAccount: [AccountKey: LiveChannel] = [:]
    /// Each tenant's, oldest first.
    var byTenant: [ID<Tenant>: [LiveChannel]] = [:]

    /// Finds out anew which channels a tenant has, and who takes the items for each account: the
    /// oldest that is not switched off. Channels change rarely and are looked up for every item.
    mutating func index() {
      byAccount = [:]
      byTenant = Dictionary(
        grouping: byID.values.sorted { $0.channel.id < $1.channel.id }, by: \.channel.tenantID)
      for live in byID.values.sorted(by: { $0.channel.id < $1.channel.id })
      where live.channel.state != .disabled {
        for account in live.provider.accounts {
          let key = AccountKey(
            tenant: live.channel.tenantID, provider: live.channel.provider, account: account)
          byAccount[key] = byAccount[key] ?? live
        }
      }
    }
  }

  /// Who is called with what is entered. A lock must not hold the bare function: see ``Locked``.
  private struct Listener {
    let call: @Sendable (LiveChannel) -> Void
  }

  private let entries = Locked(Entries())
  private let listener = Locked<Listener?>(nil)
  private let database: Database
  private let vault: Vault
  private let defaultPublicURL: String
  private let log: Log
  private let metrics: Metrics

  /// A directory of what the database holds. Empty until ``reload()``.
  package init(
    database: Database, vault: Vault, defaultPublicURL: String, log: Log, metrics: Metrics
  ) {
    self.database = database
    self.vault = vault
    self.defaultPublicURL = defaultPublicURL
    self.log = log
    self.metrics = metrics
  }

  /// Reads every channel anew. One whose settings no longer suit is logged and left out.
  package func reload() throws {
    let rows = try database.read { connection in try connection.channels(vault) }
    var live: [ID<Channel>: LiveChannel] = [:]
    for row in rows {
      do throws(SettingsError) {
        live[row.id] = try ready(row)
      } catch {
        log.error(
          "channel left out",
          ["channel_id": .string(row.id.description), "reason": .string(error.description)])
      }
    }
    let all = live
    entries.withLock { entries in
      entries.byID = all
      entries.index()
    }
  }

  /// Makes a channel ready without entering it: the check before it is stored.
  package func ready(_ channel: Channel) throws(SettingsError) -> LiveChannel {
    try LiveChannel(channel, defaultPublicURL: defaultPublicURL, metrics: metrics)
  }

  /// Reads a channel anew that was changed by what its provider told.
  package func refresh(_ id: ID<Channel>) {
    guard let tenant = self[id]?.channel.tenantID else { return }
    do {
      let row = try database.read { connection in
        try connection.channel(id, tenant: tenant, vault)
      }
      if let row { enter(try ready(row)) }
    } catch {
      log.error(
        "channel not read anew",
        ["channel_id": .string(id.description), "reason": .string("\(error)")])
    }
  }

  /// Enters a channel that has just been stored.
  package func enter(_ live: LiveChannel) {
    entries.withLock { entries in
      entries.byID[live.channel.id] = live
      entries.index()
    }
    listener.withLock { $0 }?.call(live)
  }

  /// Calls `listener` with each channel that is entered from now on. A second one replaces the
  /// first.
  package func onEnter(_ listener: @escaping @Sendable (LiveChannel) -> Void) {
    self.listener.withLock { $0 = Listener(call: listener) }
  }

  /// The channel of that identifier.
  package subscript(id: ID<Channel>) -> LiveChannel? { entries.withLock { $0.byID[id] } }

  /// Every channel, oldest first.
  package var all: [LiveChannel] {
    entries.withLock { $0.byID.values.sorted { $0.channel.id < $1.channel.id } }
  }

  /// A tenant's channels, oldest first.
  package func channels(of tenant: ID<Tenant>) -> [LiveChannel] {
    entries.withLock { $0.byTenant[tenant] ?? [] }
  }

  /// The tenant's channels at a provider that are for an account, the oldest first, but for those
  /// that are switched off.
  func channels(
    of tenant: ID<Tenant>, provider: String, account: String
  ) -> [LiveChannel] {
    channels(of: tenant).filter {
      $0.channel.provider == provider && $0.channel.state != .disabled
        && $0.provider.accounts.contains(account)
    }
  }

  /// The tenant's channel at the same provider for another account, unless it is switched off: one
  /// post may speak of several.
  func sibling(of live: LiveChannel, account: String) -> LiveChannel? {
    let key = AccountKey(
      tenant: live.channel.tenantID, provider: live.channel.provider, account: account)
    return entries.withLock { $0.byAccount[key] }
  }
}
