import Simulator
import Testing

@testable import Gateway

@Suite struct ProviderLimitsTests {
  private typealias Rate = ProviderScript.Limits.Rate

  private func rig(_ change: (inout ProviderScript.Limits) -> Void) throws -> ProviderRig {
    var script = ProviderScript()
    var limits = ProviderScript.Limits()
    change(&limits)
    script.limits = limits
    return try ProviderRig(script)
  }

  @Test func aSendIsLetThroughAtTheLimitAndNotAMillisecondBefore() throws {
    let rig = try rig { $0.twilioSender = Rate(perSecond: 2, burst: 3) }
    for text in ["1", "2", "3"] { #expect(try rig.sms(text).status == 201) }
    rig.clock.advance(milliseconds: 499)
    let early = try rig.sms("4")
    #expect(early.status == 429 && early.headers["retry-after"] == "1")
    let violation = try #require(rig.ledger.violations.first)
    #expect(violation.kind == .limit && violation.earlyMilliseconds == 1)
    #expect(violation.scope == "twilio:\(ProviderRig.ours)" && violation.number == 4)
    rig.clock.advance(milliseconds: 1000)
    for text in ["4", "5"] { #expect(try rig.sms(text).status == 201) }
    #expect(rig.ledger.violations.count == 1)
    #expect(rig.ledger.counts.limitViolations == 1)
  }

  @Test func whoComesBeforeRetryAfterHasPassedIsRefusedAndWrittenDown() throws {
    let rig = try rig { $0.telegramChat = Rate(perSecond: 0.5) }
    func send() throws -> Int {
      try rig.bot("sendMessage", ["chat_id": 5, "text": "x"]).status
    }
    #expect(try [send(), send()] == [200, 429])
    rig.clock.advance(milliseconds: 1999)
    #expect(try send() == 429)
    #expect(rig.ledger.violations.map(\.kind) == [.limit, .retryAfter])
    #expect(rig.ledger.violations.last?.earlyMilliseconds == 1)
    #expect(rig.ledger.violations.last?.scope == "telegram:7123456789>5")
    rig.clock.advance(milliseconds: 1)
    #expect(try send() == 200)
    // Another chat was never meant.
    #expect(try rig.bot("sendMessage", ["chat_id": 6, "text": "x"]).status == 200)
    #expect(rig.ledger.violations.count == 2)
  }

  @Test func aRetryAfterByScriptIsKeptToTheMillisecond() throws {
    var script = ProviderScript()
    script.steps = [ProviderScript.Step(from: 1, fault: .tooMany)]
    script.errors.retryAfterSeconds = 3...3
    let rig = try ProviderRig(script)
    #expect(try rig.sms("1").status == 429)
    rig.clock.advance(milliseconds: 2999)
    #expect(try rig.sms("1").status == 429)
    rig.clock.advance(milliseconds: 1)
    #expect(try rig.sms("1").status == 201)
    #expect(rig.ledger.violations.map(\.kind) == [.retryAfter])
    #expect(rig.outcomes.map { $0 == .limited } == [false, true, false])
  }

  @Test func aRetryAfterForTheSenderHoldsForAllItsRecipients() throws {
    var script = ProviderScript()
    script.steps = [ProviderScript.Step(recipient: "+15035550142", from: 1, fault: .tooMany)]
    script.errors.retryAfterSeconds = 3...3
    script.errors.limitsSender = true
    let rig = try ProviderRig(script)
    #expect(try rig.sms("1").status == 429)
    #expect(try rig.sms("1", to: "+15035550143").status == 429)
    #expect(try rig.sms("1", to: "+15035550143", from: "+15005550007").status == 201)
    #expect(rig.ledger.violations.map(\.scope) == ["twilio:\(ProviderRig.ours)"])
  }

  @Test func aMessageCountsByItsSegments() throws {
    let rig = try rig { $0.twilioSender = Rate(perSecond: 1) }
    #expect(try rig.sms(String(repeating: "a", count: 400)).status == 201)
    // Three segments were sent on a credit of one.
    rig.clock.advance(milliseconds: 2000)
    #expect(try rig.sms("x").status == 429)
    rig.clock.advance(milliseconds: 1000)
    #expect(try rig.sms("x").status == 201)
    #expect(rig.ledger.violations.map(\.earlyMilliseconds) == [1000])
  }

  @Test func slackForgivesWhatTheNetworkShiftsAndGraceWhatWasUnderWay() throws {
    let rig = try rig {
      $0.telegramChat = Rate(perSecond: 1)
      $0.slackMilliseconds = 50
      $0.graceMilliseconds = 100
    }
    func send() throws -> Int {
      try rig.bot("sendMessage", ["chat_id": 5, "text": "x"]).status
    }
    #expect(try send() == 200)
    rig.clock.advance(milliseconds: 950)
    #expect(try send() == 200)
    rig.clock.advance(milliseconds: 949)
    #expect(try send() == 429)
    rig.clock.advance(milliseconds: 99)
    #expect(try send() == 429)
    #expect(rig.ledger.violations.map(\.kind) == [.limit])
    rig.clock.advance(milliseconds: 1)
    #expect(try send() == 429)
    #expect(rig.ledger.violations.map(\.kind) == [.limit, .retryAfter])
  }

  @Test func aSendThatTheChatRefusesCostsTheBotNothing() throws {
    let rig = try rig {
      $0.telegramBot = Rate(perSecond: 0.001, burst: 2)
      $0.telegramChat = Rate(perSecond: 0.001)
    }
    for (chat, status) in [(5, 200), (5, 429), (6, 200), (7, 429)] as [(Int64, Int)] {
      let response = try rig.bot("sendMessage", ["chat_id": .integer(chat), "text": "x"])
      #expect(response.status == status, "\(chat)")
    }
  }
}
