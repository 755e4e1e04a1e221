// For how long a provider takes no advertisements: from one person's line, or from all of a channel.

/// A pause that is in force.
package struct MarketingHold: Equatable, Sendable {
  /// When it ends.
  package let until: Instant
  /// Why, in the provider's words.
  package let reason: String?
  /// Whether it holds for all of the channel and not for one person.
  package let isOfChannel: Bool

  /// What a delivery says of itself while it waits for the end.
  package var note: String {
    let whom = isOfChannel ? "on this channel" : "to them"
    return "\(Self.noteStart) \(whom) are paused until \(until)\(reason.map { ": \($0)" } ?? "")"
  }

  /// How every ``note`` begins.
  package static let noteStart = "advertisements"
}

extension Connection {
  private static let holdRead = SQL(
    """
    SELECT until, reason, recipient FROM marketing_pauses
    WHERE channel_id = $1 AND recipient IN ('', $2) AND until > $3 ORDER BY until DESC LIMIT 1
    """)
  private static let holdCount = SQL(
    "SELECT COUNT(*) FROM marketing_pauses WHERE channel_id = $1 AND until > $2")

  /// The pause that keeps an advertisement to that recipient back, the longest; `nil` for none. A
  /// recipient of `nil` asks for what holds for the whole channel.
  package func marketingHold(
    _ channel: ID<Channel>, _ recipient: Recipient?, at instant: Instant
  ) throws(StoreError) -> MarketingHold? {
    try first(
      Self.holdRead, SQLValue(channel), .text(recipient?.key ?? ""), SQLValue(instant)
    ) { (row) throws(StoreError) in
      MarketingHold(
        until: row.instant(0), reason: row.optionalText(1), isOfChannel: row.text(2).isEmpty)
    }
  }

  /// How many pauses of a channel are in force.
  package func marketingHolds(
    _ channel: ID<Channel>, at instant: Instant
  ) throws(StoreError) -> Int64 {
    try first(Self.holdCount, SQLValue(channel), SQLValue(instant)) {
      (row) throws(StoreError) in row.integer(0)
    } ?? 0
  }
}

extension Transaction {
  // The later end stays: reports come in any order.
  private static let holdWrite = SQL(
    """
    INSERT INTO marketing_pauses (channel_id, recipient, until, reason) VALUES ($1, $2, $3, $4)
    ON CONFLICT (channel_id, recipient) DO UPDATE SET until = excluded.until,
      reason = excluded.reason
    WHERE excluded.until > marketing_pauses.until
    """)
  private static let holdDelete = SQL("DELETE FROM marketing_pauses WHERE until <= $1")

  /// Forgets the pauses that have ended. How many that were.
  package func forgetMarketingPauses() throws(StoreError) -> Int {
    try connection.execute(Self.holdDelete, SQLValue(now))
  }

  /// Lets a pause be in force; one that ends later stays as it is.
  fileprivate func pauseMarketing(
    _ channel: ID<Channel>, _ recipient: Recipient?, until: Instant, reason: String?
  ) throws(StoreError) {
    try connection.execute(
      Self.holdWrite, SQLValue(channel), .text(recipient?.key ?? ""), SQLValue(until),
      SQLValue(reason))
  }
}

extension Recorder {
  /// 30 days: what a provider says is a stranger's number.
  private static let pauseMostMilliseconds: Int64 = 2_592_000_000

  /// Takes in that the provider wants no advertisements for a while, counted from `instant`. A pause
  /// of the whole channel is told to the outside when it begins.
  package func pauseMarketing(
    _ pause: MarketingPause, to recipient: Recipient?, from instant: Instant,
    because error: ProviderError?
  ) throws(StoreError) {
    let now = transaction.now
    let until = min(instant, now).adding(
      milliseconds: min(max(pause.milliseconds, 0), Self.pauseMostMilliseconds))
    guard until > now else { return }
    let reason = error.map { "\($0.title) (\($0.code))" }
    switch pause.scope {
    case .recipient:
      guard let recipient else { return }
      try transaction.pauseMarketing(channel.id, recipient, until: until, reason: reason)
    case .channel:
      let isNews = try connection.marketingHold(channel.id, nil, at: now) == nil
      try transaction.pauseMarketing(channel.id, nil, until: until, reason: reason)
      guard isNews else { return }
      let data: JSON = [
        "channel_id": .string(channel.id.description), "scope": "marketing",
        "until": JSON(until), "reason": JSON(reason),
      ]
      try transaction.append(
        "channel.paused", tenant: tenantID,
        Transaction.EventPlace(subject: SQLValue(channel.id), receipt: receiptID),
        data: data.serialized())
    }
  }
}

extension Recorder {
  /// Takes in the pause that a report of a failure brought, for whom the message was.
  func applyPause(
    _ report: ParkedReport, _ error: ProviderError?, to message: ID<Message>
  ) throws(StoreError) {
    guard let pause = report.payload["marketing_pause"].flatMap({ MarketingPause(json: $0) })
    else { return }
    let delivery = try connection.deliveries(of: message).last { $0.channelID == channel.id }
    try pauseMarketing(
      pause, to: delivery?.recipient, from: report.occurredAt, because: error)
  }
}

extension Delivery {
  /// Says in the note why it waits, in place of an earlier reason of the kind.
  package mutating func tell(_ hold: MarketingHold) {
    let others = note?.split(separator: "; ").map(String.init) ?? []
    note =
      (others.filter { !$0.hasPrefix(MarketingHold.noteStart) } + [hold.note])
      .joined(separator: "; ")
  }
}
