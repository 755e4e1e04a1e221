import Gateway

/// What becomes of an accepted message, step by step.
struct StatusStep: Equatable, Sendable {
  /// Twilio's word.
  var status: String
  /// Why, for a message that was not delivered.
  var errorCode: Int?
  /// After the step before, or the acceptance.
  var delayMilliseconds: Int
  /// Whether the callback for it is sent; the message has the status in any case.
  var isTold = true
}

/// Decides what becomes of a message: a function of the script and of chance.
enum StatusPlan {
  /// The steps in the order in which they are told.
  static func steps(
    _ script: ProviderScript.Statuses, isWhatsApp: Bool, failure: Int?, _ dice: SeededRandom
  ) -> [StatusStep] {
    let failure = failure ?? (dice.hits(script.failedRate) ? script.failedCode : nil)
    var words: [String]
    if let failure {
      // What a provider finds out by itself fails; what a carrier says was undelivered.
      words = failure >= 60_000 || failure == 21610 ? ["failed"] : ["sent", "undelivered"]
    } else {
      words = ["sending", "sent", "delivered"]
      if isWhatsApp {
        words.removeFirst()
        if dice.hits(script.readRate) { words.append("read") }
      }
    }
    if dice.hits(script.shuffledRate) { shuffle(&words, dice) }
    return timed(words, script, failure: failure, dice)
  }

  /// The steps for these words, with their delays; some are told twice, some never.
  static func timed(
    _ words: [String], _ script: ProviderScript.Statuses, failure: Int?, _ dice: SeededRandom
  ) -> [StatusStep] {
    let late = dice.hits(script.lateRate) ? script.lateMilliseconds : 0
    var steps: [StatusStep] = []
    for (index, word) in words.enumerated() {
      let range = script.delayMilliseconds
      let step = StatusStep(
        status: word, errorCode: word == "failed" || word == "undelivered" ? failure : nil,
        delayMilliseconds: range.lowerBound + dice.below(range.count) + (index == 0 ? late : 0),
        isTold: !dice.hits(script.lostRate))
      steps.append(step)
      if dice.hits(script.duplicatedRate) { steps.append(step) }
    }
    return steps
  }

  /// Every order but the given one is as likely as any other; with one word there is none.
  static func shuffle(_ words: inout [String], _ dice: SeededRandom) {
    guard words.count > 1 else { return }
    let before = words
    while words == before {
      for index in stride(from: words.count - 1, to: 0, by: -1) {
        words.swapAt(index, dice.below(index + 1))
      }
    }
  }

  /// How far along a message is; a lower rank never follows a higher one in the resource.
  static func rank(_ status: String) -> Int {
    switch status {
    case "accepted", "queued": 1
    case "sending": 2
    case "sent": 3
    case "undelivered", "failed": 4
    case "delivered": 5
    case "read": 6
    default: 0
    }
  }
}
