// Dropping parked reports whose message never came, a stretch of a channel's at a time.

/// A place among a channel's parked reports, which are kept in this order.
package struct ParkedPlace: Sendable {
  /// The message waited for.
  package var providerMessageID = ""
  /// The report's key.
  package var key = ""

  /// The place before all.
  package init() {}
}

extension Connection {
  private static let parkedStretch = SQL(
    """
    SELECT provider_message_id, key, receipt_id FROM parked_reports
    WHERE channel_id = $1 AND (provider_message_id, key) > ($2, $3)
    ORDER BY provider_message_id, key LIMIT $4
    """)

  /// Looks at the next `limit` parked reports of a channel: where they end, and whether a request
  /// from before `instant` brought one of them. `nil` when there are none.
  package func parkedStretch(
    channel: ID<Channel>, after place: ParkedPlace, before instant: Instant, limit: Int
  ) throws(StoreError) -> (end: ParkedPlace, hasOld: Bool, count: Int)? {
    let reports = try query(
      Self.parkedStretch, SQLValue(channel), .text(place.providerMessageID), .text(place.key),
      .integer(Int64(limit))
    ) { (row) throws(StoreError) in
      var place = ParkedPlace()
      place.providerMessageID = row.text(0)
      place.key = row.text(1)
      return (place: place, arrivedAt: try row.id(2, Receipt.self).instant)
    }
    guard let last = reports.last else { return nil }
    return (last.place, reports.contains { $0.arrivedAt < instant }, reports.count)
  }
}

extension Transaction {
  // A receipt's identifier begins with the time it arrived.
  private static let parkedDrop = SQL(
    """
    DELETE FROM parked_reports
    WHERE channel_id = $1 AND (provider_message_id, key) > ($2, $3)
      AND (provider_message_id, key) <= ($4, $5) AND receipt_id < $6
    """)

  /// Drops the parked reports behind one place, up to another, that arrived before `instant`; how
  /// many.
  package func dropParked(
    channel: ID<Channel>, after start: ParkedPlace, upTo end: ParkedPlace, before instant: Instant
  ) throws(StoreError) -> Int {
    let first = ID<Receipt>(
      high: UInt64(max(instant.millisecondsSinceEpoch, 0)) << 16, low: 0)
    return try connection.execute(
      Self.parkedDrop, SQLValue(channel), .text(start.providerMessageID), .text(start.key),
      .text(end.providerMessageID), .text(end.key), SQLValue(first))
  }
}
