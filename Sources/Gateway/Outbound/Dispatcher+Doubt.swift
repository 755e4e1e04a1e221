// What is in doubt.
extension Dispatcher {
  /// Asks the provider whether it has a part in doubt.
  func search(_ send: LeasedSend) {
    let since = send.delivery.triedAt ?? send.delivery.createdAt
    guard let lookup = send.sending as? any StatusLookup,
      let request = lookup.search(for: send.part, of: send.message, since: since)
    else { return conclude(send, .none, ExchangeRecord(secrets: [])) }
    parts.caller.send(Self.call(request, send.live)) { [self] exchange in
      var record = ExchangeRecord(secrets: ExchangeRecord.secrets(of: send.live))
      record.add("search", request, exchange)
      var evidence = SendEvidence.none
      if case .success(let response) = exchange.result {
        evidence = lookup.evidence(in: response, for: send.part, of: send.message, since: since)
      }
      conclude(send, evidence, record)
    }
  }

  /// A call to a channel's provider, as its policy allows.
  static func call(_ request: HTTPRequest, _ live: LiveChannel) -> HTTPCall {
    var call = HTTPCall(request)
    call.totalTimeoutMilliseconds = live.channel.policy.timeoutMilliseconds
    call.destinations = live.channel.policy.destinations
    return call
  }

  private func conclude(
    _ send: LeasedSend, _ evidence: SendEvidence, _ record: ExchangeRecord
  ) {
    let now = parts.clock.now()
    let policy = send.live.channel.policy
    var outcome = SendOutcome(.ambiguous, error: send.delivery.error)
    let decision: DeliveryMachine.Decision
    switch evidence {
    case .sent(let id):
      outcome = SendOutcome(.accepted(ids: [id]), note: "a look-up proved that it was sent")
      decision = .advance
    case .neverSent:
      outcome.note = "a look-up proved that it was not sent"
      decision = .retry(at: now)
    case .none:
      let end = (send.delivery.triedAt ?? now).adding(milliseconds: policy.orderWaitSeconds * 1000)
      let next = now.adding(milliseconds: max(1, policy.settleSeconds) * 1000)
      outcome.note = "a look-up proved nothing"
      decision = .doubt(settleAt: next <= end ? next : nil)
    }
    store(
      Settlement(
        send: send, outcome: outcome, decision: decision, word: "settled",
        exchanges: record.rendered, endedAt: now, pauseMilliseconds: pause(send, now)))
  }
}
