import Testing

@testable import Gateway

/// Twelve questions of support, each answered from rows in a database. The answers are the files in
/// `Explanations`, written anew by `TRUNKLINE_UPDATE_GOLDENS=1 make test FILTER=ExplanationTests`.
@Suite struct ExplanationTests {
  /// A question with the rows behind it.
  struct Question: Sendable, CustomTestStringConvertible {
    let file: String
    let make: @Sendable (Scene) throws -> ID<Message>

    init(_ file: String, _ make: @escaping @Sendable (Scene) throws -> ID<Message>) {
      self.file = file
      self.make = make
    }

    var testDescription: String { file }
  }

  /// A place where messages are sent, with time to pass.
  final class Scene {
    let outbound: TestOutbound
    let ana: TestOutbound.Somebody
    private var reports = 0

    init() throws {
      outbound = try TestOutbound()
      ana = try outbound.somebody()
      pass(1000)
    }

    func pass(_ milliseconds: Int64) { outbound.store.clock.advance(milliseconds: milliseconds) }

    func send(_ text: String = "Your order is on its way") throws -> ID<Message> {
      try outbound.send(text, to: ana)
    }

    /// A status callback; each has a receipt of its own.
    func callback(_ status: MessageStatus, _ error: ProviderError? = nil, _ id: ID<Message>) throws
    {
      reports += 1
      try outbound.report(
        status, error, of: id, key: "status:\(reports)", receipt: outbound.store.ids.next())
      let word = status == .undeliverable ? "failed" : status.rawValue
      try outbound.tell("message.\(word)", id)
    }

    /// An attempt, with what the provider answered.
    func attempt(
      _ id: ID<Delivery>, _ outcome: String, _ error: ProviderError? = nil, http: Int64? = nil,
      retryAfter: Int64? = nil, note: String? = nil, failure: String? = nil
    ) throws {
      var exchange: JSONObject = ["step": "send", "method": "POST"]
      if let http { exchange["status"] = .integer(http) }
      if let retryAfter {
        exchange["response"] = ["headers": ["Retry-After": .string("\(retryAfter)")]]
      }
      if let failure { exchange["failure"] = .string(failure) }
      try outbound.attempt(id, outcome, error, note: note, exchange: .object(exchange))
    }

    func accepted(_ id: ID<Message>) throws {
      pass(300)
      try attempt(id.delivery, "accepted", http: 201)
      try outbound.end(id.delivery, .accepted)
      try callback(.sent, nil, id)
    }
  }

  static let questions = [
    Question("01-why-was-it-not-delivered") { scene in
      let id = try scene.send()
      try scene.accepted(id)
      scene.pass(4000)
      try scene.callback(.undeliverable, .unreachable, id)
      return id
    },
    Question("02-why-did-it-come-twice") { scene in
      let id = try scene.send()
      scene.pass(30_000)
      try scene.attempt(
        id.delivery, "ambiguous", note: "the channel's on_unknown is resend",
        failure: "no answer within 30 s")
      scene.pass(2000)
      try scene.accepted(id)
      scene.pass(3000)
      try scene.callback(.delivered, nil, id)
      scene.pass(50)
      try scene.callback(.delivered, nil, id)
      return id
    },
    Question("03-why-was-it-late") { scene in
      let id = try scene.send()
      scene.pass(200)
      try scene.attempt(id.delivery, "retry", .busy, http: 429, retryAfter: 30)
      scene.pass(30_300)
      try scene.attempt(id.delivery, "retry", .busy, http: 429, retryAfter: 60)
      try scene.outbound.change(id.delivery) { $0.gaveWayAt = $0.updatedAt }
      scene.pass(60_300)
      try scene.accepted(id)
      scene.pass(900)
      try scene.callback(.delivered, nil, id)
      return id
    },
    Question("04-which-webhook-reported-it") { scene in
      let id = try scene.send()
      try scene.accepted(id)
      scene.pass(2000)
      try scene.callback(.delivered, nil, id)
      scene.pass(60_000)
      try scene.callback(.read, nil, id)
      return id
    },
    Question("05-who-opted-out-and-when") { scene in
      let id = try scene.send()
      scene.pass(500)
      try scene.outbound.test.form(
        TestIngest.message("SMstop", "STOP", extra: [("OptOutType", "STOP")]))
      try scene.outbound.end(
        id.delivery, .canceled,
        ProviderError(code: "opted_out", title: "They asked for silence", errorClass: "opted_out"))
      try scene.outbound.settle(id, .canceled)
      try scene.outbound.tell("message.canceled", id, extra: ["reason": "they opted out"])
      return id
    },
    Question("06-why-was-it-sent-by-sms") { scene in
      let id = try scene.outbound.send(to: scene.ana, on: scene.outbound.test.telegram)
      scene.pass(200)
      try scene.attempt(id.delivery, "rejected", .rejected, http: 400)
      try scene.outbound.end(id.delivery, .failed, .rejected)
      let other = try scene.outbound.fallBack(
        id, to: scene.ana, on: scene.outbound.test.twilio, note: "the next in its fallback list")
      scene.pass(400)
      try scene.attempt(other, "accepted", http: 200)
      try scene.outbound.end(other, .accepted)
      try scene.callback(.sent, nil, id)
      return id
    },
    Question("07-is-it-still-waiting-and-for-what") { scene in
      let first = try scene.send("First")
      scene.pass(100)
      let id = try scene.send("Second")
      scene.pass(200)
      try scene.attempt(first.delivery, "retry", .busy, http: 503)
      let again = scene.outbound.store.clock.now().adding(milliseconds: 60_000)
      try scene.outbound.change(first.delivery) {
        $0.retryAt = again
        $0.error = .busy
      }
      scene.pass(5000)
      return id
    },
    Question("08-why-was-it-canceled") { scene in
      let id = try scene.send()
      scene.pass(5000)
      try scene.outbound.end(id.delivery, .canceled)
      try scene.outbound.settle(id, .canceled)
      try scene.outbound.tell("message.canceled", id, extra: ["reason": "asked for by key CRM"])
      return id
    },
    Question("09-why-did-it-expire") { scene in
      let id = try scene.send()
      scene.pass(2000)
      try scene.attempt(
        id.delivery, "channel_broken",
        ProviderError(code: "20003", title: "Authentication failed", errorClass: "channel_broken"),
        http: 401)
      try scene.outbound.tell(
        channel: scene.outbound.test.twilio, "channel.broken",
        ["reason": "20003 Authentication failed"])
      scene.pass(86_400_000)
      try scene.outbound.end(id.delivery, .expired)
      try scene.outbound.settle(id, .expired)
      try scene.outbound.tell("message.expired", id)
      scene.pass(60_000)
      try scene.outbound.tell(channel: scene.outbound.test.twilio, "channel.recovered")
      return id
    },
    Question("10-why-is-it-unknown-and-what-now") { scene in
      let id = try scene.send()
      scene.pass(1000)
      try scene.attempt(id.delivery, "interrupted")
      try scene.outbound.end(id.delivery, .unknown)
      try scene.outbound.settle(id, .unknown)
      try scene.outbound.tell("message.unknown", id)
      return id
    },
    Question("11-what-did-the-provider-answer") { scene in
      let id = try scene.send()
      scene.pass(100)
      try scene.attempt(
        id.delivery, "rejected",
        ProviderError(
          code: "21211", title: "The number is not valid",
          detail: "The 'To' number is not a valid phone number", errorClass: "permanent"),
        http: 400)
      try scene.outbound.end(id.delivery, .failed)
      try scene.outbound.settle(
        id, .failed,
        ProviderError(
          code: "21211", title: "The number is not valid", errorClass: "permanent"))
      try scene.outbound.tell("message.failed", id)
      return id
    },
    Question("12-who-sent-it-and-was-it-replayed") { scene in
      let id = try scene.send()
      scene.pass(100)
      try scene.attempt(id.delivery, "rejected", .rejected, http: 400)
      try scene.outbound.end(id.delivery, .failed, .rejected)
      try scene.outbound.settle(id, .failed, .rejected)
      try scene.outbound.tell("message.failed", id)
      scene.pass(3_600_000)
      let now = scene.outbound.store.clock.now()
      var filter = Replay.Filter()
      filter.messageID = id
      let replay = Replay(
        id: scene.outbound.store.ids.next(), tenantID: scene.outbound.test.acme.id,
        state: .running, filter: filter, ratePerSecond: 10, total: 1, createdAt: now,
        updatedAt: now)
      try scene.outbound.store.database.write { try $0.insert(replay) }
      try scene.outbound.runReplays()
      try scene.accepted(id)
      return id
    },
  ]

  @Test(arguments: questions)
  func aQuestionOfSupportIsAnsweredInPlainWords(_ question: Question) throws {
    let scene = try Scene()
    let id = try question.make(scene)
    let text = try Self.explain(id, scene).lines().joined(separator: "\n") + "\n"
    let path = "\(Repository.root)/Tests/GatewayTests/Edge/Explanations/\(question.file).txt"
    if Environment.current["TRUNKLINE_UPDATE_GOLDENS"] == "1" {
      try File.write(Array(text.utf8), to: path)
    }
    #expect(String(decoding: try File.read(path), as: UTF8.self) == text)
  }

  private static func explain(_ id: ID<Message>, _ scene: Scene) throws -> Explanation {
    let test = scene.outbound.test
    let history = try test.store.database.read { connection in
      try MessageHistory(
        id, tenant: test.acme.id, connection, test.directory, now: test.store.clock.now())
    }
    return Timeline.explain(try #require(history))
  }

  @Test func whatTheAPIAnswersTellsTheSameStory() throws {
    let scene = try Scene()
    let id = try scene.send()
    try scene.accepted(id)
    let answer = try OperationsAPI(scene.outbound).call("GET", "/v1/messages/\(id)/timeline").json
    #expect(Explanation(json: answer) == (try Self.explain(id, scene)))
    #expect(answer["summary"]?.string?.isEmpty == false)
  }

  @Test func aPausedChannelIsWhatAMessageWaitsFor() throws {
    let scene = try Scene()
    let id = try scene.send()
    try scene.outbound.test.change(scene.outbound.test.twilio) { $0.state = .paused }
    let story = try Self.explain(id, scene)
    #expect(story.summary == "It waits: channel \"sms line\" is paused.")
    #expect(story.hints.first?.contains("channels resume") == true)
  }

  @Test func aScheduledMessageWaitsForItsTime() throws {
    let scene = try Scene()
    let time = scene.outbound.store.clock.now().adding(milliseconds: 3_600_000)
    let id = try scene.outbound.send(to: scene.ana, laneAt: time)
    let story = try Self.explain(id, scene)
    #expect(story.summary == "It waits for its time, \(time).")
    #expect(story.steps.first?.what.contains("to be sent at \(time)") == true)
  }

  @Test func aStrangersMessageHasNoStory() throws {
    let scene = try Scene()
    let id = try scene.send()
    let answer = try OperationsAPI(scene.outbound).call(
      "GET", "/v1/messages/\(id)/timeline", stranger: true)
    #expect(answer.status == 404)
  }
}
