import Testing

@testable import Gateway

/// Promise 6 for what we send: whatever order reports come in, before and after our own answer, by
/// our id or the provider's, message and delivery end the same.
@Suite struct ReportPermutationTests {
  /// Where a message and its delivery ended.
  private struct End: Equatable {
    let status: MessageStatus
    let state: Delivery.State
    let code: String?
  }

  /// A report: of which part, and whether it names it by our id.
  private struct Told: Hashable {
    var word: String
    var part = 0
    var byOurID = false
  }

  /// Messages of one person, sent and reported on.
  private final class Rig {
    let outbound: TestOutbound
    let somebody: TestOutbound.Somebody
    private var count = 0

    init() throws {
      outbound = try TestOutbound()
      somebody = try outbound.somebody()
    }

    /// A new message, and a name for what the provider calls it.
    func message(parts: Int = 1) throws -> (ID<Message>, String) {
      count += 1
      return (try outbound.send("hello", to: somebody, parts: parts), "SM\(count)")
    }

    func lease(_ message: ID<Message>) throws {
      let delivery = try outbound.delivery(message.delivery)
      guard delivery.state == .queued else { return }
      _ = try outbound.store.database.write { try $0.lease(delivery) }
    }

    /// The provider's answer to what is under way: taken, or nobody knows.
    func answer(_ message: ID<Message>, _ sid: String?) throws {
      let delivery = try outbound.delivery(message.delivery)
      guard delivery.state == .sending else { return }
      let live = try #require(outbound.test.directory[outbound.test.twilio.id])
      let sending = try #require(live.sending)
      let due = try outbound.store.database.read { try $0.due(message.delivery) }
      let said = OutboundMessage(
        id: message.description, transport: .sms, recipient: .person(somebody.address),
        content: OutboundContent())
      // What was known when it was claimed.
      let before = DueDelivery(
        delivery: delivery, chatID: somebody.chatID, content: [:], replyTo: nil, deletedAt: nil,
        attachmentCount: 0, providerMessageID: "", lastInboundAt: nil, lastInboundChannelID: nil,
        isOptedOut: false, status: .queued)
      #expect(due != nil)
      let outcome = sid.map { SendOutcome(.accepted(ids: [$0])) } ?? SendOutcome(.ambiguous)
      let settlement = Settlement(
        send: LeasedSend(before, delivery, (said, []), MessagePart([:]), live, sending),
        outcome: outcome, decision: sid == nil ? .doubt(settleAt: nil) : .advance,
        word: outcome.word, exchanges: Array("[]".utf8),
        endedAt: outbound.store.clock.now(), pauseMilliseconds: 0)
      let stored = try outbound.store.database.write { try settlement.store($0) }
      #expect(stored)
    }

    func report(_ told: Told, of message: ID<Message>, _ sid: String) throws {
      outbound.store.clock.advance(milliseconds: 10)
      let words = told.word.split(separator: " ").map(String.init)
      let reference = told.part > 0 ? "\(message).\(told.part)" : "\(message)"
      let path =
        "/webhooks/\(outbound.test.twilio.id)" + (told.byOurID ? "?m=\(reference)" : "")
      var fields = [("AccountSid", TestIngest.accountSID)]
      if words.count > 1 { fields.append(("ErrorCode", words[1])) }
      fields += [("MessageSid", sid), ("MessageStatus", words[0])]
      let text = TestIngest.publicURL + path + fields.map { $0.0 + $0.1 }.joined()
      let signature = Crypto.hmac(
        .sha1, key: Array(TestIngest.authToken.utf8), Array(text.utf8))
      let outcome = try outbound.test.receive(
        HTTPRequest(
          method: "POST", target: path,
          headers: [
            "Content-Type": "application/x-www-form-urlencoded",
            "X-Twilio-Signature": Base64.encode(signature),
          ], body: Form.encode(fields)), on: outbound.test.twilio)
      #expect(outcome == .stored(.processed) || outcome == .stored(.duplicate))
    }

    func end(_ message: ID<Message>) throws -> End {
      let tenant = outbound.test.acme.id
      let found = try outbound.store.database.read { try $0.message(message, tenant: tenant) }
      let delivery = try outbound.delivery(message.delivery)
      #expect(delivery.laneAt == nil)
      return End(
        status: try #require(found).status, state: delivery.state, code: delivery.error?.code)
    }

    /// Queues what has failed again.
    func replay(_ message: ID<Message>) throws {
      let (tenant, now) = (outbound.test.acme.id, outbound.store.clock.now())
      let replay = try outbound.store.database.write { transaction -> Replay? in
        var filter = Replay.Filter()
        filter.messageID = message
        let replay = Replay(
          id: transaction.ids.next(), tenantID: tenant, state: .running, filter: filter,
          ratePerSecond: 10, total: 1, createdAt: now, updatedAt: now)
        try transaction.insert(replay)
        return try transaction.advance(replay.id, tenant: tenant, most: 2)
      }
      #expect(replay?.done == 1)
    }
  }

  private static let stories: [([String], End)] = [
    (
      ["queued", "sending", "sent", "delivered"],
      End(status: .delivered, state: .accepted, code: nil)
    ),
    (["sent", "delivered", "read"], End(status: .read, state: .accepted, code: nil)),
    (["sending", "sent", "failed 30008"], End(status: .failed, state: .failed, code: "30008")),
    (
      ["sent", "undelivered 30005", "failed 30008"],
      End(status: .undeliverable, state: .undeliverable, code: "30005")
    ),
    (
      ["failed 30008", "undelivered 30003", "undelivered 30005"],
      End(status: .undeliverable, state: .undeliverable, code: "30003")
    ),
    (
      ["sent", "undelivered 30005", "delivered"],
      End(status: .delivered, state: .accepted, code: nil)
    ),
  ]

  @Test(arguments: 0..<6)
  func everyOrderOfOneMessagesReportsEndsTheSame(_ story: Int) throws {
    let (words, expected) = Self.stories[story]
    let rig = try Rig()
    // The answer is one of the things that may come at any time; so may nobody's knowing.
    for order in permutations(Array(0...words.count)) {
      for naming in 0..<4 {
        let (message, sid) = try rig.message()
        try rig.lease(message)
        for index in order + order.prefix(1) {
          if index == words.count {
            try rig.answer(message, naming == 3 ? nil : sid)
            continue
          }
          let byOurID = naming == 3 || naming == 1 || naming == 2 && index % 2 == 0
          try rig.report(Told(word: words[index], byOurID: byOurID), of: message, sid)
        }
        let end = try rig.end(message)
        #expect(
          end == expected, "\(order.map { $0 == words.count ? "answer" : words[$0] }), \(naming)")
        if end != expected { return }
      }
    }
  }

  @Test func everyOrderOfThreePartsReportsEndsTheSame() throws {
    let fates: [([String], End)] = [
      (
        ["sent", "delivered", "delivered", "delivered"],
        End(status: .delivered, state: .accepted, code: nil)
      ),
      (
        ["sent", "delivered", "failed 30008", "delivered"],
        End(status: .failed, state: .failed, code: "30008")
      ),
      (
        ["sent", "failed 30008", "delivered", "undelivered 30005"],
        End(status: .undeliverable, state: .undeliverable, code: "30005")
      ),
      (
        ["sent", "delivered", "delivered", "sent"], End(status: .sent, state: .accepted, code: nil)
      ),
    ]
    let rig = try Rig()
    forAll(
      250, make: { $0.next() },
      holds: { seed in
        let random = SeededRandom(seed: seed)
        let (words, expected) = random.pick(fates)
        let (message, sid) = try rig.message(parts: 3)
        var reports: [Told] = []
        for part in 0..<3 {
          for word in [words[0], words[part + 1]] {
            reports.append(Told(word: word, part: part, byOurID: random.below(2) == 0))
          }
        }
        var history: [String] = []
        // Our own steps in their order, reports in any: but none by our id before it was told.
        var step = 0
        while step < 6 || !reports.isEmpty {
          let ready = reports.filter { !$0.byOurID || $0.part * 2 < step }
          if step < 6, ready.isEmpty || random.below(2) == 0 {
            if step % 2 == 0 {
              try rig.lease(message)
            } else {
              try rig.answer(message, "\(sid)p\(step / 2)")
            }
            history.append(step % 2 == 0 ? "lease" : "answer")
            step += 1
          } else {
            let told = random.pick(ready)
            if random.below(4) > 0 { reports.removeAll { $0 == told } }
            history.append("\(told.word) of \(told.part)\(told.byOurID ? " ours" : "")")
            try rig.report(told, of: message, "\(sid)p\(told.part)")
          }
        }
        let end = try rig.end(message)
        if end != expected { Issue.record("\(end), not \(expected): \(history)") }
        return end == expected
      })
  }

  @Test func reportsOfAnEarlierSeriesChangeNothingOfTheNext() throws {
    let stories: [([String], End)] = [
      (["sent", "delivered"], End(status: .delivered, state: .accepted, code: nil)),
      (["sent", "failed 30003"], End(status: .failed, state: .failed, code: "30003")),
      (["sent"], End(status: .sent, state: .accepted, code: nil)),
    ]
    let rig = try Rig()
    for (words, expected) in stories {
      // After the replay: two late ones of before, ours, and our answer, in every order.
      let things = ["old undelivered 30005", "old sent", "answer"] + words
      for order in permutations(things) {
        for byOurID in [false, true] {
          let (message, sid) = try rig.message()
          try rig.lease(message)
          try rig.answer(message, sid)
          try rig.report(Told(word: "failed 30008", byOurID: byOurID), of: message, sid)
          try rig.replay(message)
          if order.first?.hasPrefix("old") == true {
            try rig.report(
              Told(word: "undelivered 30006", byOurID: byOurID), of: message, sid)
          }
          try rig.lease(message)
          for thing in order {
            if thing == "answer" {
              try rig.answer(message, "\(sid)n")
            } else if thing.hasPrefix("old ") {
              try rig.report(
                Told(word: String(thing.dropFirst(4)), byOurID: byOurID), of: message, sid)
            } else {
              try rig.report(Told(word: thing, byOurID: byOurID), of: message, "\(sid)n")
            }
          }
          let end = try rig.end(message)
          #expect(end == expected, "\(order), by our id: \(byOurID)")
          if end != expected { return }
        }
      }
    }
  }

  @Test func whatArrivedByAnEarlierSeriesIsNotSentAgain() throws {
    let rig = try Rig()
    let (message, sid) = try rig.message()
    try rig.lease(message)
    try rig.answer(message, sid)
    try rig.report(Told(word: "failed 30008"), of: message, sid)
    try rig.replay(message)
    let (next, _) = try rig.message()
    try rig.report(Told(word: "delivered"), of: message, sid)
    #expect(try rig.end(message) == End(status: .delivered, state: .accepted, code: nil))
    #expect(try rig.outbound.delivery(next.delivery).dueAt != nil)
  }

  @Test func aPartThatArrivesLateDoesNotUndoAnEnd() throws {
    let rig = try Rig()
    for (end, status) in [
      (Delivery.State.canceled, MessageStatus.canceled), (.expired, .expired),
      (.failed, .failed),
    ] {
      let (message, sid) = try rig.message(parts: 3)
      try rig.lease(message)
      try rig.answer(message, "\(sid)p0")
      let channel = rig.outbound.test.twilio
      try rig.outbound.store.database.write { transaction in
        guard var delivery = try transaction.connection.delivery(message.delivery) else { return }
        _ = try Recorder(transaction, channel, receipt: nil).end(&delivery, as: end, error: nil)
      }
      try rig.report(Told(word: "delivered"), of: message, "\(sid)p0")
      let found = try rig.end(message)
      #expect(found.status == status && found.state == end)
    }
  }
}
