import Gateway
import Simulator

extension Verb {
  /// `demo`.
  static let demo = Verb(
    name: "demo", summary: "Run a daemon with simulated providers and a lifelike conversation",
    options: [
      .value("seed", "N", "What the conversation is made from; the same seed, the same bytes."),
      .flag("once", "End after the conversation; status 1 if something was not as expected."),
      .value("speed", "X", "How many times faster than people type, 0.1 to 100000 (default 1)."),
      .value(
        "data-dir", "DIR",
        "Keep the data there, for one seed; else a temporary folder, removed at the end."),
      .flag("json", "Print one JSON object a line instead of text."),
    ],
    notes: [
      """
      Needs no account and no network: what the daemon sends goes to stand-ins for the providers, \
      which answer it and tell what became of it. It listens on 127.0.0.1, ports 8080 and 8081, \
      or on free ones where these are taken.
      """
    ],
    run: Demo.run)
}

/// Shows what the gateway does, with nothing but this program.
enum Demo {
  /// A seed like any other; fixed, so that everybody sees the same conversation.
  private static let standardSeed: UInt64 = 2026
  /// The morning of the story. Fixed as the seed is: the dates are part of the bytes.
  private static let start = Instant(iso8601: "2026-11-21T08:30:00.000Z")

  /// Plays the conversation, then serves until Ctrl-C.
  static func run(_ arguments: Arguments, _ console: Console) throws -> Outcome {
    let stop = StopSignal()
    let seed = try arguments.integer("seed", in: 0...UInt64.max) ?? standardSeed
    let speed = try speed(arguments)
    let daemon = try DemoDaemon(
      folder: arguments.string("data-dir"), seed: seed, speed: speed)
    defer { daemon.stop() }
    let conversation = DemoConversation(
      seed: seed, twilio: daemon.sms, whatsApp: daemon.whatsApp, telegram: daemon.telegram,
      meta: daemon.meta, startingAt: start ?? SystemClock().now())
    let printer = DemoPrinter(console, isJSON: arguments.has("json"), daemon)
    var stage = DemoStage(daemon, seed: seed, speed: speed, stop: stop)
    printer.begin()
    var surprises = 0
    for (index, step) in conversation.steps.enumerated() {
      let pause = Int(Double(step.delayMilliseconds) / speed)
      if stop.wait(milliseconds: pause) { return .done }
      let outcome = try stage.play(step, number: index + 1)
      let isExpected = stage.isExpected(outcome, step)
      if !isExpected { surprises += 1 }
      printer.show(index + 1, step, outcome, isExpected: isExpected)
    }
    // Nobody is to get anything twice.
    surprises += daemon.providers.ledger.counts.duplicates
    try printer.summary(daemon.count(), surprises: surprises)
    if arguments.has("once") { return surprises == 0 ? .done : .failed }
    printer.invitation(
      chat: stage.message(DemoConversation.question)?.text("chat_id") ?? "",
      message: stage.message(DemoConversation.fallback)?.text("id") ?? "")
    stop.wait()
    return .done
  }

  private static func speed(_ arguments: Arguments) throws(UsageError) -> Double {
    guard let text = try arguments.string("speed") else { return 1 }
    guard let speed = Double(text), (0.1...100_000).contains(speed) else {
      throw arguments.misuse("--speed must be a number from 0.1 to 100000")
    }
    return speed
  }
}
