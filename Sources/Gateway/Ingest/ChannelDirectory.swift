/// Every channel, ready for use, by identifier. Read by every webhook, written when one changes.
package final class ChannelDirectory: Sendable {
  private let channels = Locked<[ID<Channel>: LiveChannel]>([:])
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
    channels.withLock { $0 = live }
  }

  /// Makes a channel ready without entering it: the check before it is stored.
  package func ready(_ channel: Channel) throws(SettingsError) -> LiveChannel {
    try LiveChannel(channel, defaultPublicURL: defaultPublicURL, metrics: metrics)
  }

  /// Enters a channel that has just been stored.
  package func enter(_ live: LiveChannel) {
    channels.withLock { $0[live.channel.id] = live }
  }

  /// The channel of that identifier.
  package subscript(id: ID<Channel>) -> LiveChannel? { channels.withLock { $0[id] } }

  /// Every channel, oldest first.
  package var all: [LiveChannel] {
    channels.withLock { $0.values.sorted { $0.channel.id < $1.channel.id } }
  }

  /// The tenant's channel at the same provider for another account: one post may speak of several.
  func sibling(of live: LiveChannel, account: String) -> LiveChannel? {
    all.first {
      $0.channel.tenantID == live.channel.tenantID
        && $0.channel.provider == live.channel.provider && $0.provider.accounts.contains(account)
    }
  }
}
