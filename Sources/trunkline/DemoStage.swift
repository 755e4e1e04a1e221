import Gateway
import Simulator

/// Plays the steps of the story against a daemon: posts webhooks as a provider, and enqueues
/// answers as a CRM.
struct DemoStage {
  /// What came of a step.
  enum Outcome {
    /// A webhook: the answer's status, and what became of the request.
    case webhook(status: Int, receipt: JSON)
    /// An answer, or a look at one: the API's status, the message, and what was told of it.
    case answer(status: Int, message: JSON, course: [String], came: MessageStatus?)
    /// An answer that an earlier run enqueued into the same folder.
    case earlier
  }

  private let daemon: DemoDaemon
  private let seed: UInt64
  private let speed: Double
  private let stop: StopSignal
  private let clock = SystemClock()
  private var feed: DemoFeed
  /// Messages by the names of the steps that they are of.
  private var messages: [String: JSON] = [:]

  /// A message that takes longer is a surprise: everything is on this machine.
  private static let courseMilliseconds: Int64 = 10_000
  /// How long to wait before the feed is read again.
  private static let napMilliseconds = 10

  /// A stage with nothing played yet.
  init(_ daemon: DemoDaemon, seed: UInt64, speed: Double, stop: StopSignal) {
    self.daemon = daemon
    self.seed = seed
    self.speed = speed
    self.stop = stop
    feed = DemoFeed(daemon.api)
  }

  /// The message that came or went in the step of that name.
  func message(_ name: String) -> JSON? { messages[name] }

  /// Plays step number `number`, from 1.
  mutating func play(_ step: DemoStep, number: Int) throws -> Outcome {
    switch step.act {
    case .webhook(let request, _):
      let response = try HTTPClient().send(request)
      let receipt = try daemon.lastReceipt()
      if let name = step.name { messages[name] = try message(in: receipt) }
      return .webhook(status: response.status, receipt: receipt)
    case .answer(let answer):
      // The same step under the same key: a second run into the same folder sends nothing twice.
      let response = try daemon.api.send(
        "POST", "/v1/messages", body: .object(try request(answer)),
        headers: [("Idempotency-Key", "demo-\(seed)-\(number)")])
      let message = (try? JSON.parse(response.body)) ?? .null
      // Times and uploaded files are others in each run.
      if response.status == 409, !daemon.isFresh { return .earlier }
      guard response.status == 202 else {
        return .answer(status: response.status, message: message, course: [], came: nil)
      }
      if let name = step.name { messages[name] = message }
      if answer.expected == .queued {
        return .answer(status: 202, message: message, course: ["queued"], came: .queued)
      }
      return try follow(message, until: answer.expected)
    case .look(let name, let expected):
      guard let message = messages[name] else { return .earlier }
      return try follow(message, until: expected)
    }
  }

  /// Whether a step came to what the story says.
  func isExpected(_ outcome: Outcome, _ step: DemoStep) -> Bool {
    switch (outcome, step.act) {
    case (.webhook(let status, _), .webhook(_, let expected)): status == expected
    case (.answer(let status, _, _, let came), .answer(let answer)):
      status == 202 && came == answer.expected
    case (.answer(_, _, _, let came), .look(_, let expected)): came == expected
    case (.earlier, .answer), (.earlier, .look): !daemon.isFresh
    default: false
    }
  }

  /// Waits until a message has come to a status, and everything that was to be told of it has been.
  private mutating func follow(_ message: JSON, until status: MessageStatus) throws -> Outcome {
    let id = message.text("id")
    let start = clock.now()
    try feed.read()
    while feed.status(of: id) != status,
      clock.now().milliseconds(since: start) < Self.courseMilliseconds
    {
      if stop.wait(milliseconds: Self.napMilliseconds) { break }
      try feed.read()
    }
    // No callback is to come between the next webhook and its receipt.
    _ = daemon.providers.waitForCallbacks(milliseconds: Int(Self.courseMilliseconds))
    try feed.read()
    return .answer(
      status: 202, message: try daemon.api.get("/v1/messages/\(id)"), course: feed.course(of: id),
      came: feed.status(of: id))
  }

  private func message(in receipt: JSON) throws -> JSON? {
    for item in receipt["items"]?.array ?? [] {
      let id = item.text("id")
      if ID<Message>(id) != nil { return try daemon.api.get("/v1/messages/\(id)") }
    }
    return nil
  }

  /// The request that enqueues an answer.
  private func request(_ answer: DemoAnswer) throws -> JSONObject {
    var body: JSONObject = [:]
    switch answer.target {
    case .chat(let name):
      body["to"] = ["chat_id": .string(messages[name]?.text("chat_id") ?? "")]
    case .address(let address, let transport):
      body["to"] = ["address": .string(address), "transport": .string(transport)]
    }
    for member in answer.members { body[member.key] = member.value }
    if let name = answer.replyTo, let message = messages[name] {
      body["reply_to"] = .string(message.text("id"))
    }
    if let picture = answer.picture {
      let file = try daemon.api.upload(
        picture, contentType: "image/png", fileName: "blue.png")
      body["attachments"] = [["file_id": .string(file.text("id"))]]
    }
    switch answer.schedule {
    case .soon(let milliseconds): body["send_at"] = JSON(time(Double(milliseconds) / speed))
    case .later(let milliseconds): body["send_at"] = JSON(time(Double(milliseconds)))
    case nil: break
    }
    return body
  }

  private func time(_ milliseconds: Double) -> Instant {
    clock.now().adding(milliseconds: Int64(milliseconds))
  }
}
