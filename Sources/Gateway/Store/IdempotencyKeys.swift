// Keys by which a call that is made again is known, with the answer it got.

/// The answer that a call under a key got.
package struct RememberedAnswer: Equatable, Sendable {
  /// SHA-256 of what was asked.
  package let requestHash: [UInt8]
  /// The status of the answer.
  package let status: Int
  /// The body of the answer, byte for byte.
  package let body: [UInt8]

  /// An answer to what has that hash.
  package init(requestHash: [UInt8], status: Int, body: [UInt8]) {
    self.requestHash = requestHash
    self.status = status
    self.body = body
  }
}

extension Connection {
  private static let answerLookup = SQL(
    """
    SELECT request_hash, status, response FROM idempotency_keys WHERE tenant_id = $1 AND key = $2
    """)

  /// What a tenant's call under that key was answered.
  package func answer(
    to key: String, tenant: ID<Tenant>
  ) throws(StoreError) -> RememberedAnswer? {
    try first(Self.answerLookup, SQLValue(tenant), .text(key)) { (row) throws(StoreError) in
      RememberedAnswer(
        requestHash: row.bytes(0), status: Int(row.integer(1)), body: row.bytes(2))
    }
  }
}

extension Transaction {
  private static let answerInsert = SQL(
    """
    INSERT INTO idempotency_keys (tenant_id, key, request_hash, status, response, created_at)
    VALUES ($1, $2, $3, $4, $5, $6)
    """)
  private static let answerPurge = SQL(
    """
    DELETE FROM idempotency_keys WHERE rowid IN (SELECT rowid FROM idempotency_keys
      WHERE created_at < $1 ORDER BY created_at LIMIT $2)
    """)

  /// Remembers an answer under a key that has none.
  package func remember(
    _ answer: RememberedAnswer, to key: String, tenant: ID<Tenant>
  ) throws(StoreError) {
    try connection.execute(
      Self.answerInsert, SQLValue(tenant), .text(key), .blob(answer.requestHash),
      .integer(Int64(answer.status)), .blob(answer.body), SQLValue(now))
  }

  /// Forgets answers from before `instant`, at most `limit`; how many.
  package func forgetAnswers(before instant: Instant, limit: Int) throws(StoreError) -> Int {
    try connection.execute(Self.answerPurge, SQLValue(instant), .integer(Int64(limit)))
  }
}
