// Attempts: every try at a part of a delivery, written once when its outcome is known.

extension Connection {
  private static let attemptColumns = """
    id, delivery_id, tenant_id, number, series, part, started_at, ended_at, outcome, error, note,
    exchanges
    """
  private static let attemptList = SQL(
    "SELECT \(attemptColumns) FROM attempts WHERE delivery_id = $1 ORDER BY number LIMIT $2")
  private static let attemptsLast = SQL(
    """
    SELECT \(attemptColumns) FROM attempts WHERE delivery_id = $1 ORDER BY number DESC LIMIT $2
    """)

  /// The attempts at a delivery in order. Of more than ``attemptsShownMax`` the first half and the
  /// last: how it began and how it stands.
  package func attempts(of delivery: ID<Delivery>) throws(StoreError) -> [Attempt] {
    let half = Self.attemptsShownMax / 2
    let first = try query(
      Self.attemptList, SQLValue(delivery), .integer(half), read: Self.attempt)
    guard Int64(first.count) == half, let border = first.last?.number else { return first }
    let last = try query(
      Self.attemptsLast, SQLValue(delivery), .integer(half), read: Self.attempt)
    return first + last.reversed().filter { $0.number > border }
  }

  /// The attempts at several deliveries: those of the first in order, then of the next.
  package func attempts(of deliveries: [ID<Delivery>]) throws(StoreError) -> [Attempt] {
    var all: [Attempt] = []
    for delivery in deliveries { all += try attempts(of: delivery) }
    return all
  }

  /// Each may carry its exchanges, some 20 kB; a week of tries every ten minutes has a thousand.
  package static let attemptsShownMax: Int64 = 200

  private static func attempt(_ row: Row) throws(StoreError) -> Attempt {
    Attempt(
      id: try row.id(0), deliveryID: try row.id(1), tenantID: try row.id(2),
      number: row.integer(3), series: row.integer(4), part: row.integer(5),
      startedAt: row.instant(6), endedAt: row.instant(7), outcome: row.text(8),
      error: row.optionalBytes(9).flatMap { ProviderError(stored: $0) },
      note: row.optionalText(10), exchanges: row.bytes(11))
  }
}

extension Transaction {
  private static let attemptInsert = SQL(
    """
    INSERT INTO attempts (delivery_id, number, id, tenant_id, series, part, started_at, ended_at,
      outcome, error, note, exchanges)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
    """)

  /// Stores an attempt that has ended. Its number must be the delivery's next.
  package func insert(_ attempt: Attempt) throws(StoreError) {
    try connection.execute(
      Self.attemptInsert, SQLValue(attempt.deliveryID), .integer(attempt.number),
      SQLValue(attempt.id), SQLValue(attempt.tenantID), .integer(attempt.series),
      .integer(attempt.part), SQLValue(attempt.startedAt), SQLValue(attempt.endedAt),
      .text(attempt.outcome), SQLValue(utf8: attempt.error?.json.serialized()),
      SQLValue(attempt.note), .bytes(attempt.exchanges))
  }
}
