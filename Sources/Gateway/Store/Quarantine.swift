// How much room a channel's quarantine takes.

extension Connection {
  // Only the length is read: the bodies stay where they are.
  private static let quarantineBytes = SQL(
    """
    SELECT COALESCE(SUM(length(body)), 0) FROM receipts
    WHERE channel_id = $1 AND state = 'quarantined' AND received_at >= $2
    """)

  /// How many bytes of body a channel's requests have that were quarantined since then.
  package func quarantinedBytes(
    _ channel: ID<Channel>, since: Instant
  ) throws(StoreError) -> Int64 {
    try first(Self.quarantineBytes, SQLValue(channel), SQLValue(since)) {
      (row) throws(StoreError) in row.integer(0)
    } ?? 0
  }
}
