import Simulator
import Testing

@testable import Gateway

@Suite struct ProviderFaultTests {
  private func step(_ fault: ProviderFault) -> ProviderScript {
    var script = ProviderScript()
    script.steps = [ProviderScript.Step(from: 1, fault: fault)]
    script.holdMilliseconds = 20
    script.hugeBodyBytes = 3 << 20
    return script
  }

  /// What the client sees of a send: a status, or no answer.
  private func seen(_ send: () throws -> HTTPResponse) -> Int? { (try? send())?.status }

  @Test(arguments: ProviderFault.allCases)
  func aFaultHappensOnceWhereTheScriptSaysAndAcceptsOrNot(_ fault: ProviderFault) throws {
    let rig = try ProviderRig(step(fault))
    let statuses =
      [seen { try rig.sms("one") }]
      + [seen { try rig.bot("sendMessage", ["chat_id": 5, "text": "two"]) }]
    let expected: [Int?] =
      switch fault {
      case .tooMany: [429, 429]
      case .serverError: [503, 502]
      // Not Twilio's "service unavailable": that is said before anything is done.
      case .serverErrorAfter: [500, 500]
      case .timeout, .timeoutAfter, .cut, .cutAfter, .halfBody: [nil, nil]
      case .html: [502, 502]
      case .redirect: [302, 302]
      case .hugeBody: [201, 200]
      }
    #expect(statuses == expected)
    #expect(rig.ledger.counts.accepted == (fault.accepts ? 2 : 0))
    #expect(rig.ledger.counts.faults == 2)
    rig.clock.advance(milliseconds: 2000)
    #expect(try rig.sms("three").status == 201)
  }

  @Test func aHugeAnswerIsHuge() throws {
    let rig = try ProviderRig(step(.hugeBody))
    #expect(try rig.sms("one").body.count == 3 << 20)
  }

  @Test func aTooManySaysHowLongToWaitInBothWays() throws {
    var script = step(.tooMany)
    script.errors.retryAfterSeconds = 7...7
    let rig = try ProviderRig(script)
    #expect(try rig.sms("one").headers["retry-after"] == "7")
    let telegram = try rig.bot("sendMessage", ["chat_id": 5, "text": "x"])
    #expect(telegram.headers["retry-after"] == "7")
    #expect(telegram.json["parameters"]?["retry_after"] == 7)
  }

  @Test func theSameSeedFailsTheSameSendsWhateverHappensBetween() throws {
    var script = ProviderScript()
    script.errors.rate = 0.5
    script.errors.mix = [.serverError: 1, .html: 2, .redirect: 1]
    func outcomes(seed: UInt64, others: Int) throws -> [ProviderLedger.Outcome] {
      script.seed = seed
      let rig = try ProviderRig(script)
      for number in 1...20 {
        try rig.sms("\(number)")
        for other in 0..<others { try rig.sms("x", to: "+1503555100\(other)") }
      }
      return rig.ledger.entries.filter { $0.recipient == "+15035550142" }.map(\.outcome)
    }
    let alone = try outcomes(seed: 7, others: 0)
    #expect(try outcomes(seed: 7, others: 2) == alone)
    #expect(try outcomes(seed: 8, others: 0) != alone)
    let failed = alone.filter { $0.id == nil }.count
    #expect((3...17).contains(failed))
  }

  @Test func soManyInARowFailAndNoMore() throws {
    var script = ProviderScript()
    script.errors.rate = 1
    script.errors.mix = [.html: 1]
    script.errors.inRowMax = 2
    let rig = try ProviderRig(script)
    for number in 1...6 { try rig.sms("\(number)") }
    #expect(rig.ledger.accepted(to: "+15035550142").map(\.text) == ["3", "6"])
  }

  @Test func anOutageEndsByNumberOrByTime() throws {
    var script = ProviderScript()
    script.outages = [
      ProviderScript.Outage(requests: 2..<4),
      ProviderScript.Outage(milliseconds: 10_000..<20_000, fault: .html),
    ]
    let rig = try ProviderRig(script)
    var statuses: [Int] = []
    for _ in 1...4 { statuses.append(try rig.sms("x").status) }
    for milliseconds: Int64 in [9999, 1, 9999, 1] {
      rig.clock.advance(milliseconds: milliseconds)
      statuses.append(try rig.sms("x").status)
    }
    #expect(statuses == [201, 500, 500, 201, 201, 502, 502, 201])
  }

  @Test func anOutageHitsWhatOnlyAsksToo() throws {
    var script = ProviderScript()
    script.outages = [ProviderScript.Outage(requests: 1..<3)]
    let rig = try ProviderRig(script)
    #expect(
      try [rig.bot("getMe").status, rig.twilio("GET", "/Messages.json").status] == [500, 500])
    #expect(try rig.bot("getMe").status == 200)
  }

  @Test func anAnswerTakesAtLeastAsLongAsTheScriptSays() throws {
    var script = ProviderScript()
    script.latency.slowRate = 1
    script.latency.slowMilliseconds = 40
    let rig = try ProviderRig(script)
    let begin = monotonicNanoseconds()
    #expect(try rig.sms("x").status == 201)
    #expect(monotonicNanoseconds() - begin >= 39_000_000)
  }

  @Test func stoppingEndsWhatIsHeld() throws {
    var script = ProviderScript()
    script.steps = [ProviderScript.Step(from: 1, fault: .timeoutAfter)]
    let rig = try ProviderRig(script)
    let ended = Monitor(false)
    let url = rig.server.url
    let thread = WorkerThread(name: "held") {
      _ = try? HTTPClient().send(
        HTTPRequest(
          method: "POST", target: "\(url)/bot\(ProviderRig.token)/sendMessage?chat_id=5&text=x"))
      ended.update { $0 = true }
    }
    #expect(eventually { rig.ledger.counts.accepted == 1 })
    rig.server.stop()
    #expect(ended.wait(milliseconds: 10_000) { $0 ? true : nil } == true)
    thread.join()
  }
}
