import Testing

@testable import Gateway

/// What is told of messages and accounts, and what a person wants.
@Suite struct MetaMessagingReportTests {
  private typealias Fixtures = MetaMessagingFixtures

  private func facts(_ event: JSONObject) throws -> [Fact] { try Fixtures.read(event).map(\.fact) }

  private var person: Person {
    Person(addresses: [Address(type: .instagram, value: Fixtures.user)])
  }

  private var pagePerson: Person {
    Person(addresses: [Address(type: .messenger, value: Fixtures.pageUser)])
  }

  @Test(
    arguments: [
      (["action": "react", "emoji": "😍", "reaction": "love"], ["😍"]),
      (["action": "react", "reaction": "love"], ["❤️"]),
      (["action": "react", "reaction": "hologram"], ["hologram"]),
      (["action": "unreact", "emoji": "😍"], []),
    ] as [(JSONObject, [String])])
  func aReactionStandsForAllOfThePersons(_ reaction: JSONObject, _ emojis: [String]) throws {
    var reaction = reaction
    reaction["mid"] = "m1"
    let items = try Fixtures.read(["reaction": .object(reaction)])
    #expect(items.map(\.key) == ["reaction:m1:\(Fixtures.user):1791210000123"])
    #expect(
      items.map(\.fact) == [
        .reaction(ReactionReport(messageID: "m1", person: person, emojis: emojis))
      ])
  }

  @Test func ourOwnReactionsAndReadsSayNothing() throws {
    let own: JSON = ["id": .string(Fixtures.account)]
    let other: JSON = ["id": .string(Fixtures.user)]
    let reaction: JSON = ["mid": "m1", "action": "react", "emoji": "👍"]
    #expect(
      try facts(["sender": own, "recipient": other, "reaction": reaction])
        == [.ignored(kind: "reaction")])
    #expect(
      try facts(["sender": own, "recipient": other, "read": ["mid": "m1"]])
        == [.ignored(kind: "read")])
  }

  @Test(arguments: ["1", 1] as [JSON]) func anEditIsKnownByItsNumber(_ number: JSON) throws {
    let items = try Fixtures.read([
      "message_edit": ["mid": "m1", "text": "new", "num_edit": number]
    ])
    #expect(items.map(\.key) == ["edit:m1:1"])
    #expect(
      items.map(\.fact) == [
        .edit(
          MessageEdit(
            messageID: "m1", version: "1", content: MessageContent(kind: .text, text: "new")))
      ])
  }

  @Test func anEditNumberedZeroHintsOnceADayThatTheAppIsNotPublished() throws {
    func keys(_ time: JSON) throws -> [String] {
      try Fixtures.read([
        "sender": nil, "recipient": nil, "timestamp": time,
        "message_edit": ["mid": "m1", "num_edit": 0],
      ]).map(\.key)
    }
    let first = try keys(1_791_210_000_123)
    #expect(first == ["edit:m1:0", "health:app:2026-10-05"])
    #expect(try keys(1_791_210_900_000) == first)
    #expect(try keys(1_791_296_400_000).last == "health:app:2026-10-06")
    let facts = try facts(["message_edit": ["mid": "m1", "num_edit": "0"]])
    #expect(facts.first == .ignored(kind: "message_edit"))
    guard case .health(let health)? = facts.last else {
      Issue.record("no health")
      return
    }
    #expect(health.state == .broken)
    #expect(health.scope == "app")
    // The real first edit is numbered from 1 on, and without a text there is nothing to keep.
    #expect(
      try self.facts(["message_edit": ["mid": "m1", "num_edit": 2]])
        == [.unrecognised(kind: "message_edit")])
  }

  @Test func readMeansAMessageOrATime() throws {
    let byMessage = try Fixtures.read(["read": ["mid": "m1"]])
    #expect(byMessage.map(\.key) == ["read:\(Fixtures.user):m1"])
    #expect(byMessage.map(\.fact) == [.read(ReadReport(messageID: "m1"))])
    let byTime = try Fixtures.readOnPage(["read": ["watermark": 1_791_210_000_123]])
    #expect(byTime.map(\.key) == ["read:\(Fixtures.pageUser):1791210000123"])
    #expect(
      byTime.map(\.fact) == [
        .progress(
          ProgressReport(
            person: pagePerson, transport: .messenger, status: .read,
            upTo: Instant(millisecondsSinceEpoch: 1_791_210_000_123)))
      ])
  }

  @Test func deliveriesNameMessagesAndATime() throws {
    let items = try Fixtures.readOnPage([
      "delivery": ["mids": ["m1", 5, "m2"], "watermark": 1_791_210_000_123]
    ])
    #expect(
      items.map(\.key) == [
        "status:m1:delivered", "status:m2:delivered",
        "delivered:\(Fixtures.pageUser):1791210000123",
      ])
    #expect(
      items.first?.fact == .status(StatusReport(messageID: "m1", status: .delivered)))
    #expect(
      try Fixtures.readOnPage(["delivery": ["watermark": 1_791_210_000_123]]).map(\.key)
        == ["delivered:\(Fixtures.pageUser):1791210000123"])
    #expect(
      try Fixtures.readOnPage(["delivery": ["mids": []]]).map(\.fact)
        == [.unrecognised(kind: "delivery")])
  }

  @Test(
    arguments: [
      (nil, .optedIn), ("STOP NOTIFICATIONS", .optedOut), ("STOP_NOTIFICATIONS", .optedOut),
      ("RESUME NOTIFICATIONS", .optedIn), ("RESUME_NOTIFICATIONS", .optedIn),
    ] as [(JSON, PreferenceReport.Choice)])
  func marketingIsAPreferenceAndItsTokenIsNotKept(
    _ status: JSON, _ choice: PreferenceReport.Choice
  ) throws {
    let items = try Fixtures.readOnPage([
      "optin": [
        "type": "notification_messages", "notification_messages_token": "9988776655",
        "notification_messages_status": status,
      ]
    ])
    var expected = PreferenceReport(
      person: pagePerson, transport: .messenger, choice: choice, source: "provider")
    expected.purpose = .marketing
    // JSON null is no status: the person has just agreed.
    #expect(items.map(\.fact) == [.preference(expected)])
    let shown = String(decoding: JSON.array(items.map(\.json)).serialized(), as: UTF8.self)
    #expect(!shown.contains("9988776655"))
  }

  @Test func otherOptInsAreNoWishOfSomebodyKnown() throws {
    for optIn: JSON in [["ref": "x", "user_ref": "y"], ["type": "one_time_notif_req"]] {
      #expect(try Fixtures.readOnPage(["optin": optIn]).map(\.fact) == [.ignored(kind: "optin")])
    }
    let unknown: JSON = ["type": "notification_messages", "notification_messages_status": "PAUSE"]
    #expect(
      try Fixtures.readOnPage(["optin": unknown]).map(\.fact) == [.unrecognised(kind: "optin")])
  }

  @Test(
    arguments: [
      ("block", .paused, "channel"), ("unblock", .recovered, "channel"),
      ("warning", .broken, "policy"), ("hologram", .broken, "policy"),
    ] as [(String, HealthReport.State, String)])
  func policyIsTheChannelsHealth(
    _ action: String, _ state: HealthReport.State, _ scope: String
  ) throws {
    let items = try Fixtures.readOnPage([
      "sender": nil, "policy_enforcement": ["action": .string(action), "reason": "Because"],
    ])
    guard case .health(let health)? = items.first?.fact else {
      Issue.record("no health")
      return
    }
    #expect(health.state == state)
    #expect(health.scope == scope)
    #expect(health.reason.contains("Because."))
    #expect(items.map(\.account) == [Fixtures.page])
    #expect(items.map(\.key) == ["policy:1791210000123:\(action)"])
  }

  @Test(
    arguments: [
      ("STOP", .optedOut), (" stop ", .optedOut), ("Start", .optedIn), ("please stop", nil),
      ("stop.", nil), ("", nil),
    ] as [(String, PreferenceReport.Choice?)])
  func aTypedWordIsAWish(_ text: String, _ choice: PreferenceReport.Choice?) throws {
    let items = try Fixtures.read(["message": ["mid": "m1", "text": .string(text + "")]])
    let wishes = items.compactMap { item -> PreferenceReport.Choice? in
      if case .preference(let wish) = item.fact { wish.choice } else { nil }
    }
    #expect(wishes == [choice].compactMap(\.self))
    if choice != nil {
      #expect(items.map(\.key) == ["message:m1", "preference:m1"])
      #expect(items.first?.message != nil)
    }
  }

  @Test func aButtonNamedStopAndOurOwnWordsAreNoWish() throws {
    let tapped: JSON = ["mid": "m1", "text": "Stop", "quick_reply": ["payload": "timer:stop"]]
    #expect(try Fixtures.read(["message": tapped]).map(\.key) == ["message:m1"])
    #expect(
      try Fixtures.read(["postback": ["mid": "m1", "title": "Stop", "payload": "x"]]).map(\.key)
        == ["message:m1"])
    let ours = try Fixtures.read([
      "sender": ["id": .string(Fixtures.account)], "recipient": ["id": .string(Fixtures.user)],
      "message": ["mid": "m1", "text": "STOP", "is_echo": true],
    ])
    #expect(ours.map(\.key) == ["message:m1"])
  }

  @Test(arguments: [
    "pass_thread_control", "take_thread_control", "request_thread_control", "app_roles",
    "account_linking", "response_feedback",
  ])
  func whatNobodySaysIsIgnored(_ kind: String) throws {
    #expect(try facts([kind: ["metadata": "x"]]) == [.ignored(kind: kind)])
  }
}
