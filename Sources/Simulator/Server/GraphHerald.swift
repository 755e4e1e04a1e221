import Gateway

/// Tells an app by webhook what becomes of the messages of its accounts.
final class GraphHerald: Sendable {
  /// A message that was accepted.
  struct Sent: Sendable {
    /// Its id.
    let id: String
    /// The account that sends it.
    let account: MetaAccount
    /// Whom it is to.
    let recipient: String
    /// The sender's own id.
    var ourID: String?
    /// Why it will fail; `nil` when it will not, or by chance.
    var failure: Int?
    /// What an echo shows of it.
    var echo: JSONObject = [:]
    /// When it was accepted.
    let at: Instant
  }

  private let script: ProviderScript
  private let accounts: GraphAccounts
  private let player: StatusPlayer
  private let clock: any Clock

  /// A herald of these accounts.
  init(
    _ script: ProviderScript, _ accounts: GraphAccounts, _ player: StatusPlayer,
    _ clock: any Clock
  ) {
    self.script = script
    self.accounts = accounts
    self.player = player
    self.clock = clock
  }

  /// Begins what comes after the acceptance. It does not wait for the answer: as with Meta, a
  /// webhook may be there first.
  func follow(_ sent: Sent, _ dice: SeededRandom) {
    let steps: [StatusStep]
    if sent.account.product == .whatsApp {
      steps = GraphPlan.steps(script.statuses, script.meta, failure: sent.failure, dice)
    } else {
      // Instagram never says that something was delivered.
      var words = sent.account.product == .instagram ? ["echo"] : ["echo", "delivered"]
      if dice.hits(script.statuses.readRate) { words.append("read") }
      if !script.meta.echoes { words.removeFirst() }
      if dice.hits(script.statuses.shuffledRate) { StatusPlan.shuffle(&words, dice) }
      steps = StatusPlan.timed(words, script.statuses, failure: nil, dice)
    }
    player.play(
      steps.map { step in
        StatusPlayer.Step(delayMilliseconds: step.delayMilliseconds) { [self] in
          guard step.isTold, let target = accounts.webhook(of: sent.account) else { return nil }
          let simulator = MetaSimulator(
            target.account, webhookURL: target.url, random: dice, now: clock.now())
          return simulator.post(Self.update(sent, step, simulator))
        }
      })
  }

  private static func update(
    _ sent: Sent, _ step: StatusStep, _ simulator: MetaSimulator
  ) -> MetaUpdate {
    if sent.account.product == .whatsApp {
      return simulator.status(
        step.status, of: sent.id, to: sent.recipient, ourID: sent.ourID, errorCode: step.errorCode)
    }
    switch step.status {
    case "echo": return simulator.echo(sent.echo, id: sent.id, to: sent.recipient)
    case "delivered":
      return simulator.delivered([sent.id], until: sent.at, to: sent.recipient)
    default:
      return sent.account.product == .instagram
        ? simulator.seen(sent.id, by: sent.recipient)
        : simulator.seen(until: simulator.now, by: sent.recipient)
    }
  }
}
