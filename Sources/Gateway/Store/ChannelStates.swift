// What the dispatcher knows of a channel and must not forget: waits the provider asked for, and
// whether it is broken.

/// A channel's state as sending goes.
package struct ChannelState: Equatable, Sendable {
  /// Before when nothing may be sent: the provider's word.
  package var notBefore: Instant?
  /// Whether it was found broken.
  package var isBroken: Bool
  /// Why.
  package var reason: String?

  /// A state.
  package init(notBefore: Instant? = nil, isBroken: Bool = false, reason: String? = nil) {
    self.notBefore = notBefore
    self.isBroken = isBroken
    self.reason = reason
  }
}

extension Connection {
  private static let channelState = SQL(
    "SELECT not_before, breaker, reason FROM channel_states WHERE channel_id = $1")

  /// A channel's state; that of one which was never in trouble when there is none.
  package func state(of channel: ID<Channel>) throws(StoreError) -> ChannelState {
    try first(Self.channelState, SQLValue(channel)) { (row) throws(StoreError) in
      ChannelState(
        notBefore: row.optionalInstant(0), isBroken: row.text(1) != "closed",
        reason: row.optionalText(2))
    } ?? ChannelState()
  }
}

extension Transaction {
  private static let channelStateWrite = SQL(
    """
    INSERT INTO channel_states (channel_id, not_before, breaker, failures, opened_at, reason)
    VALUES ($1, $2, $3, 0, $4, $5)
    ON CONFLICT (channel_id) DO UPDATE SET not_before = excluded.not_before,
      breaker = excluded.breaker, opened_at = excluded.opened_at, reason = excluded.reason
    """)

  /// Stores a channel's state.
  package func set(_ state: ChannelState, of channel: ID<Channel>) throws(StoreError) {
    try connection.execute(
      Self.channelStateWrite, SQLValue(channel), SQLValue(state.notBefore),
      .text(state.isBroken ? "open" : "closed"), SQLValue(state.isBroken ? now : nil),
      SQLValue(state.reason))
  }

  private static let channelPause = SQL(
    """
    UPDATE channels SET state = 'paused', updated_at = $3
    WHERE tenant_id = $1 AND id = $2 AND state = 'active'
    """)

  /// Pauses a channel that works. False when it did not.
  package func pause(_ channel: ID<Channel>, tenant: ID<Tenant>) throws(StoreError) -> Bool {
    let changed = try connection.execute(
      Self.channelPause, SQLValue(tenant), SQLValue(channel), SQLValue(now))
    if changed > 0 { wake(.directory(channel)) }
    return changed > 0
  }
}
