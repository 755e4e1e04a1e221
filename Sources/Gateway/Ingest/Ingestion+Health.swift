// What a provider tells of a channel and of its account: named by an account, it holds for every
// channel of the tenant with that account.

extension Ingestion {
  /// Stores how a channel does. One that the provider switched off is paused.
  mutating func store(_ health: HealthReport, _ item: Item) throws(StoreError) -> Outcome {
    try eachConcerned(by: item) { ingestion, _ throws(StoreError) in
      let channel = ingestion.channel
      if health.state == .paused {
        let isPaused = try ingestion.transaction.pause(channel.id, tenant: channel.tenantID)
        guard isPaused else {
          ingestion.note = "the channel did not send before either"
          return
        }
      }
      try ingestion.tell(health.state, scope: health.scope, reason: health.reason)
    }
  }

  /// Stores what became of a template, and tells when it can be used no more, or again.
  ///
  /// A new quality or category is stored and no event: messages with the template go on.
  mutating func store(_ report: TemplateReport, _ item: Item) throws(StoreError) -> Outcome {
    var turns: [TemplateAccount: TemplateTurn?] = [:]
    return try eachConcerned(by: item) { ingestion, live throws(StoreError) in
      let keeper = live.provider as? any TemplateKeeping
      guard let name = keeper?.templateAccount ?? item.account else {
        ingestion.note = "the channel does not say which account its templates belong to"
        return
      }
      let account = TemplateAccount(
        tenant: live.channel.tenantID, provider: live.channel.provider, account: name)
      // Several channels share the account: it is changed once and told of each.
      if turns[account] == nil {
        turns[account] = try ingestion.transaction.change(report, of: account).1
      }
      guard let turn = turns[account] ?? nil else { return }
      try ingestion.recorder.tell(turn)
    }
  }

  /// Calls `body` for each channel that an item is about and that was not told it before.
  private mutating func eachConcerned(
    by item: Item, _ body: (inout Ingestion, LiveChannel) throws(StoreError) -> Void
  ) throws(StoreError) -> Outcome {
    var concerned = [origin]
    if let account = item.account, !origin.provider.accounts.isEmpty {
      concerned = directory.channels(
        of: origin.channel.tenantID, provider: origin.channel.provider, account: account)
      if concerned.isEmpty { return unrouted() }
    }
    var isNews = false
    for live in concerned {
      recorder.channel = live.channel
      let isNew = try transaction.claim(item.key, channel: channel.id, receipt: receiptID)
      guard isNew else { continue }
      isNews = true
      subject = channel.id.description
      try body(&self, live)
    }
    return isNews ? .stored : .duplicate
  }

  private func tell(
    _ state: HealthReport.State, scope: String, reason: String
  ) throws(StoreError) {
    let data: JSON = [
      "channel_id": .string(channel.id.description), "scope": .string(scope),
      "reason": .string(reason),
    ]
    try transaction.append(
      "channel.\(state.rawValue)", tenant: tenantID,
      Transaction.EventPlace(subject: SQLValue(channel.id), receipt: receiptID),
      data: data.serialized())
  }
}
