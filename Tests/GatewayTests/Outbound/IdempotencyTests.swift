import Testing

@testable import Gateway

/// The same request twice is one message.
@Suite struct IdempotencyTests {
  private static let body: JSON = [
    "to": ["address": "+46701234567", "transport": "sms"], "text": "x",
  ]

  @Test func theSameAgainGetsTheSameAnswerAndSendsNothing() throws {
    let rig = try IntakeRig()
    rig.channel(.sms)
    guard case .accepted(let first) = try rig.send(Self.body, key: "k") else {
      Issue.record("not accepted")
      return
    }
    rig.test.store.clock.advance(milliseconds: 7 * 86_400_000)
    _ = try rig.intake.forgetAnswers()
    guard case .replayed(let again) = try rig.send(Self.body, key: "k") else {
      Issue.record("not replayed")
      return
    }
    #expect(again.body == first.json && again.status == 202)
    #expect(try rig.rows("messages") == 1 && rig.rows("deliveries") == 1)
    rig.test.store.clock.advance(milliseconds: 2 * 86_400_000)
    #expect(try rig.intake.forgetAnswers() == 1)
    guard case .accepted = try rig.send(Self.body, key: "k") else {
      Issue.record("the key is remembered for ever")
      return
    }
  }

  @Test func anotherRequestUnderTheKeyIsRefused() throws {
    let rig = try IntakeRig()
    rig.channel(.sms)
    _ = try rig.send(Self.body, key: "k")
    var other = try #require(Self.body.object)
    other["text"] = "y"
    guard case .keyReused = try rig.send(.object(other), key: "k") else {
      Issue.record("taken")
      return
    }
    // A key is its tenant's.
    let key = try rig.test.store.database.write { [other = rig.test.other] in
      try $0.addAPIKey(tenant: other.id, name: "x", role: .backend, hash: [2])
    }
    rig.channel(.sms, tenant: rig.test.other)
    let entry = Intake.Entry(
      other, key: "k", bytes: [], now: rig.test.store.clock.now())
    guard case .accepted = rig.intake.accept([entry], from: Intake.Author(key)).first else {
      Issue.record("another tenant's key is in the way")
      return
    }
  }

  @Test func aRefusalMayBeMendedUnderTheSameKey() throws {
    let rig = try IntakeRig()
    guard case .refused = try rig.send(Self.body, key: "k") else {
      Issue.record("there is no channel yet")
      return
    }
    rig.channel(.sms)
    guard case .accepted = try rig.send(Self.body, key: "k") else {
      Issue.record("the refusal was remembered")
      return
    }
  }

  @Test func whatWasAcceptedIsReplayedThoughItsTimesHavePassed() throws {
    let rig = try IntakeRig()
    rig.channel(.sms)
    var body = try #require(Self.body.object)
    body["expires_at"] = JSON(rig.test.store.clock.now().adding(milliseconds: 1000))
    _ = try rig.send(.object(body), key: "k")
    rig.test.store.clock.advance(milliseconds: 5000)
    guard case .replayed = try rig.send(.object(body), key: "k") else {
      Issue.record("not replayed")
      return
    }
    guard case .refused = try rig.send(.object(body)) else {
      Issue.record("expired")
      return
    }
  }

  @Test func twoAtOnceAreOneMessage() throws {
    let rig = try IntakeRig()
    rig.channel(.sms)
    let entry = Intake.Entry(
      try #require(Self.body.object), key: "k", bytes: Self.body.serialized(),
      now: rig.test.store.clock.now())
    let outcomes = Monitor<[Intake.Outcome]>([])
    for _ in 0..<20 {
      rig.intake.accept(entry, from: rig.author) { outcome in
        outcomes.update { $0.append(outcome) }
      }
    }
    let all = outcomes.wait { $0.count == 20 ? $0 : nil }
    let accepted = all.filter { if case .accepted = $0 { true } else { false } }
    let replayed = all.filter { if case .replayed = $0 { true } else { false } }
    #expect(accepted.count == 1 && replayed.count == 19)
    #expect(try rig.rows("messages") == 1)
  }
}
