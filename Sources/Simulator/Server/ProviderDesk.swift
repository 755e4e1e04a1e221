import Gateway

/// Answers requests: finds the provider, asks the gate, has it done, and writes it down.
final class ProviderDesk: Sendable {
  /// Twilio's side.
  let twilio: TwilioAPI
  /// Telegram's side.
  let telegram: TelegramAPI
  /// Meta's side.
  let graph: GraphAPI
  /// What happens later.
  let player: StatusPlayer

  private let script: ProviderScript
  private let clock: any Clock
  private let ledger: ProviderLedger
  private let gate: ProviderGate
  private let numbers = Locked(0)

  /// A desk that opens now.
  init(
    _ script: ProviderScript, _ accounts: [TwilioAccount], _ bots: [TelegramBot],
    _ metas: [MetaAccount], _ clock: any Clock, _ ledger: ProviderLedger
  ) {
    self.script = script
    self.clock = clock
    self.ledger = ledger
    gate = ProviderGate(script, ledger: ledger, now: clock.now())
    player = StatusPlayer(ledger: ledger)
    twilio = TwilioAPI(script, accounts: accounts, player: player, clock: clock)
    telegram = TelegramAPI(script, bots: bots)
    graph = GraphAPI(script, accounts: metas, player: player, clock: clock)
  }

  /// Decides what happens to a request and writes it down.
  func answer(_ request: HTTPRequest) -> ProviderAnswer {
    let number = numbers.withLock { number in
      number += 1
      return number
    }
    let now = clock.now()
    let path = request.path
    let call: ProviderCall
    if path.hasPrefix("/bot") || path.hasPrefix("/file/bot") {
      call = telegram.read(request, now: now)
    } else if GraphAPI.owns(path) {
      call = graph.read(request, now: now)
    } else {
      call = twilio.read(request, now: now)
    }
    let (outcome, ending) = decide(call, number, now)
    ledger.add(
      ProviderLedger.Entry(
        number: number, at: now, provider: call.provider, operation: call.operation,
        sender: call.sender, recipient: call.recipient ?? "", text: call.text, ourID: call.ourID,
        outcome: outcome))
    return ProviderAnswer(delayMilliseconds: delay(call, number), ending: ending)
  }

  private func decide(
    _ call: ProviderCall, _ number: Int, _ now: Instant
  ) -> (ProviderLedger.Outcome, ProviderAnswer.Ending) {
    let passage = ProviderGate.Passage(
      sender: "\(call.provider):\(call.sender)", recipient: call.recipient, weight: call.weight,
      senderRate: call.senderRate, recipientRate: call.recipientRate, tellsWait: call.tellsWait)
    switch gate.judge(passage, number: number, now: now) {
    case .limited(let seconds, let isPair):
      return (.limited, .response(call.tooMany(seconds, isPair: isPair)))
    case .fail(.tooMany, let ordinal):
      let seconds = gate.retryAfterSeconds(passage, ordinal: ordinal, now: now)
      let response = call.tooMany(seconds, isPair: !script.errors.limitsSender)
      return (.failed(.tooMany), .response(response))
    case .fail(let fault, let ordinal):
      return (.failed(fault), ending(fault, call, ordinal, nil))
    case .pass(let ordinal, let fault):
      let result = call.carryOut(ordinal)
      guard let id = result.acceptedID else {
        let outcome: ProviderLedger.Outcome =
          result.refusal.map { .refused(code: $0) } ?? .answered
        return (outcome, .response(result.response))
      }
      guard let fault else { return (.accepted(id: id), .response(result.response)) }
      return (.acceptedThen(fault, id: id), ending(fault, call, ordinal, result.response))
    }
  }

  /// How a failing exchange ends; `response` is what would have been said.
  private func ending(
    _ fault: ProviderFault, _ call: ProviderCall, _ ordinal: Int, _ response: HTTPResponse?
  ) -> ProviderAnswer.Ending {
    switch fault {
    case .tooMany: return .response(call.tooMany(1))
    case .serverError: return .response(call.serverError(ordinal))
    case .serverErrorAfter: return .response(call.serverErrorAfter())
    case .timeout, .timeoutAfter: return .hold(milliseconds: script.holdMilliseconds)
    case .cut, .cutAfter: return .cut
    case .html:
      return .response(
        HTTPResponse(
          status: 502, contentType: "text/html",
          body: "<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>"))
    case .redirect:
      return .response(HTTPResponse(status: 302, headers: ["Location": "https://example.com/"]))
    case .halfBody: return response.map { .half($0) } ?? .cut
    case .hugeBody:
      guard var huge = response else { return .cut }
      // Still JSON, were anybody to read all of it.
      let missing = script.hugeBodyBytes - huge.body.count
      huge.body += [UInt8](repeating: 0x20, count: max(0, missing))
      return .response(huge)
    }
  }

  private func delay(_ call: ProviderCall, _ number: Int) -> Int {
    let latency = script.latency
    guard latency.milliseconds.upperBound > 0 || latency.slowRate > 0 else { return 0 }
    let dice = ProviderDice.roll(script.seed, "latency", call.sender, number)
    if dice.hits(latency.slowRate) { return latency.slowMilliseconds }
    return latency.milliseconds.lowerBound + dice.below(latency.milliseconds.count)
  }
}
