// Calls: what became of them, beside their messages.

extension Transaction {
  private static let callLookup = SQL(
    """
    SELECT state, duration_seconds, started_at, ended_at, details FROM calls WHERE message_id = $1
    """)
  private static let callUpsert = SQL(
    """
    INSERT INTO calls (message_id, state, duration_seconds, started_at, ended_at, details)
    VALUES ($1, $2, $3, $4, $5, $6)
    ON CONFLICT (message_id) DO UPDATE SET state = excluded.state,
      duration_seconds = excluded.duration_seconds, started_at = excluded.started_at,
      ended_at = excluded.ended_at, details = excluded.details
    """)

  /// Folds a step into a call; steps may come in any order. True when the call's state moved.
  package func setCall(
    _ report: CallReport, at instant: Instant, message: ID<Message>
  ) throws(StoreError) -> Bool {
    let known = try connection.first(Self.callLookup, SQLValue(message)) {
      (row) throws(StoreError) in
      CallFold(
        state: CallReport.Step(rawValue: row.text(0)) ?? .started,
        durationSeconds: row.optionalInteger(1), startedAt: row.optionalInstant(2),
        endedAt: row.optionalInstant(3),
        details: (try? JSON.parse(row.bytes(4)))?.object ?? [:])
    }
    var fold = known ?? CallFold()
    let moved = fold.apply(report, at: instant)
    if fold != known {
      try connection.execute(
        Self.callUpsert, SQLValue(message), .text(fold.state.rawValue),
        SQLValue(fold.durationSeconds), SQLValue(fold.startedAt), SQLValue(fold.endedAt),
        .bytes(JSON.object(fold.details).serialized()))
    }
    return moved || (known == nil && report.step == .started)
  }
}
