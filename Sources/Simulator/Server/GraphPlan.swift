import Gateway

/// Decides what WhatsApp's Cloud API tells of an accepted message: a function of the script and of
/// chance.
enum GraphPlan {
  /// The steps in the order in which they are told.
  static func steps(
    _ script: ProviderScript.Statuses, _ graph: GraphScript, failure: Int?, _ dice: SeededRandom
  ) -> [StatusStep] {
    let late = dice.hits(graph.deliveredAfterFailedRate)
    let failure = failure ?? (late || dice.hits(script.failedRate) ? graph.failedCode : nil)
    var words = ["sent", "delivered"]
    // Read at once, it may not be told to have been delivered.
    let isRead = dice.hits(script.readRate)
    if isRead, dice.hits(graph.deliveredMissingRate) { words.removeLast() }
    if isRead { words.append("read") }
    if failure != nil { words = late ? ["sent", "failed"] + words.dropFirst() : ["failed"] }
    if dice.hits(script.shuffledRate) { StatusPlan.shuffle(&words, dice) }
    return StatusPlan.timed(words, script, failure: failure, dice)
  }
}
