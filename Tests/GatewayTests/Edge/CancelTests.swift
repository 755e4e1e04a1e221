import Testing

@testable import Gateway

/// Taking messages back through the API: one, and by filter.
@Suite struct CancelTests {
  private final class Rig {
    let outbound: TestOutbound
    let api: OperationsAPI
    let somebody: TestOutbound.Somebody

    init() throws {
      outbound = try TestOutbound()
      api = try OperationsAPI(outbound)
      somebody = try outbound.somebody()
    }

    func status(_ message: ID<Message>) throws -> JSON? {
      try api.call("GET", "/v1/messages/\(message)").json["status"]
    }

    func cancel(_ filter: JSON) throws -> JSON {
      let answer = try api.call("POST", "/v1/messages/cancel", ["filter": filter])
      #expect(answer.status == 200, "\(answer.json)")
      return answer.json
    }

    func lease(_ message: ID<Message>) throws {
      let delivery = try outbound.delivery(message.delivery)
      _ = try outbound.store.database.write { try $0.lease(delivery) }
    }

    func note(_ metadata: JSON, at message: ID<Message>) throws {
      try outbound.store.database.write { transaction in
        _ = try transaction.connection.execute(
          SQL("UPDATE messages SET metadata = $2 WHERE id = $1"), SQLValue(message),
          .bytes(metadata.serialized()))
      }
    }
  }

  @Test func whatWaitsIsTakenBackAndTheStorySaysByWhom() throws {
    let rig = try Rig()
    let first = try rig.outbound.send(to: rig.somebody)
    let second = try rig.outbound.send(to: rig.somebody)
    let answer = try rig.api.call("POST", "/v1/messages/\(first)/cancel")
    #expect(answer.status == 200 && answer.json["status"] == "canceled")
    #expect(answer.json["id"]?.string == first.description)
    // Those behind it go on.
    #expect(try rig.outbound.delivery(second.delivery).dueAt != nil)
    let event = try #require(try rig.outbound.test.events().last)
    let reason = try JSON.parse(event.data)["reason"]?.string ?? ""
    #expect(event.type == "message.canceled")
    #expect(reason.hasPrefix("asked for by key ops (key_"))
    let story = try rig.api.call("GET", "/v1/messages/\(first)/timeline").json
    #expect(story["summary"]?.string?.contains(reason) == true)
    let told = story["data"]?.array?.last?["what"]?.string
    #expect(told == "it was canceled: \(reason)")
    let again = try rig.api.call("POST", "/v1/messages/\(first)/cancel")
    #expect(again.status == 409)
    #expect(again.json["detail"]?.string?.contains("canceled already") == true)
  }

  @Test func betweenTriesAndPartsItStillWaits() throws {
    let rig = try Rig()
    let retried = try rig.outbound.send(to: rig.somebody)
    try rig.outbound.change(retried.delivery) {
      $0.tries = 2
      $0.retryAt = $0.createdAt.adding(milliseconds: 60_000)
    }
    let parts = try rig.outbound.send(to: rig.somebody, parts: 3)
    try rig.outbound.change(parts.delivery) {
      $0.partNext = 1
      $0.attemptCount = 1
    }
    let later = rig.outbound.store.clock.now().adding(milliseconds: 3_600_000)
    let scheduled = try rig.outbound.send(to: rig.somebody, laneAt: later)
    for message in [retried, parts, scheduled] {
      #expect(try rig.api.call("POST", "/v1/messages/\(message)/cancel").status == 200)
      #expect(try rig.status(message) == "canceled")
    }
  }

  @Test func whatIsOnItsWayOrOverIsRefusedInASentence() throws {
    let rig = try Rig()
    let under = try rig.outbound.send(to: rig.somebody)
    try rig.lease(under)
    var cases = [(under, "being sent right now")]
    for (state, words) in [
      (Delivery.State.failed, "has ended: it is failed"), (.expired, "has ended: it is expired"),
      (.accepted, "was sent"), (.unknown, "Nobody knows"),
    ] {
      let message = try rig.outbound.send(to: rig.somebody)
      try rig.outbound.change(message.delivery) {
        $0.state = state
        $0.laneAt = nil
        $0.dueAt = nil
      }
      cases.append((message, words))
    }
    for (message, words) in cases {
      let before = try rig.outbound.delivery(message.delivery)
      let answer = try rig.api.call("POST", "/v1/messages/\(message)/cancel")
      #expect(answer.status == 409)
      #expect(answer.json["detail"]?.string?.contains(words) == true, "\(answer.json)")
      #expect(try rig.outbound.delivery(message.delivery) == before)
    }
    let inbound = try #require(
      try rig.api.call("GET", "/v1/chats/\(rig.somebody.chatID)/messages").json["data"]?.array?
        .last?["id"]?.string)
    #expect(try rig.api.call("POST", "/v1/messages/\(inbound)/cancel").status == 409)
  }

  @Test func anotherTenantsIsNotThere() throws {
    let rig = try Rig()
    let message = try rig.outbound.send(to: rig.somebody)
    let target = "/v1/messages/\(message)/cancel"
    #expect(try rig.api.call("POST", target, stranger: true).status == 404)
    #expect(try rig.api.call("POST", "/v1/messages/x/cancel").status == 404)
    for filter: JSON in [
      ["chat_id": .string(rig.somebody.chatID.description)],
      ["contact_id": .string(rig.somebody.contactID.description)],
      ["channel_id": .string(rig.outbound.test.twilio.id.description)], ["transport": "sms"],
    ] {
      let answer = try rig.api.call(
        "POST", "/v1/messages/cancel", ["filter": filter], stranger: true)
      #expect(answer.json == ["canceled": 0, "under_way": 0, "next_cursor": nil])
    }
    #expect(try rig.status(message) == "queued")
  }

  @Test func everyMemberOfAFilterMustFit() throws {
    let rig = try Rig()
    let other = try rig.outbound.somebody("+15035550177")
    let autumn = try rig.outbound.send(to: rig.somebody)
    try rig.note(["campaign": "autumn", "n": 7], at: autumn)
    let elsewhere = try rig.outbound.send(to: other)
    try rig.note(["campaign": "autumn", "n": "7"], at: elsewhere)
    let plain = try rig.outbound.send(to: rig.somebody)
    #expect(try rig.cancel(["metadata": ["campaign": "winter"]])["canceled"] == 0)
    #expect(
      try rig.cancel(["metadata": ["campaign": "autumn"], "transport": "whatsapp"])["canceled"]
        == 0)
    let chat = JSON.string(rig.somebody.chatID.description)
    #expect(
      try rig.cancel([
        "chat_id": chat, "contact_id": .string(other.contactID.description),
      ])["canceled"] == 0)
    #expect(try rig.cancel(["metadata": ["campaign": "autumn", "n": 7]])["canceled"] == 1)
    #expect(try rig.status(autumn) == "canceled")
    #expect(try rig.status(elsewhere) == "queued")
    #expect(
      try rig.cancel(["contact_id": .string(other.contactID.description)])["canceled"] == 1)
    #expect(try rig.status(elsewhere) == "canceled")
    #expect(try rig.cancel(["chat_id": chat])["canceled"] == 1)
    #expect(try rig.status(plain) == "canceled")
  }

  @Test func whatIsUnderWayIsCountedAndLeft() throws {
    let rig = try Rig()
    let under = try rig.outbound.send(to: rig.somebody)
    try rig.lease(under)
    for _ in 0..<3 { try rig.outbound.send(to: rig.somebody) }
    let channel = JSON.string(rig.outbound.test.twilio.id.description)
    let answer = try rig.cancel(["channel_id": channel])
    #expect(answer == ["canceled": 3, "under_way": 1, "next_cursor": nil])
    #expect(try rig.outbound.delivery(under.delivery).state == .sending)
  }

  @Test func aLongQueueIsGoneThroughInSteps() throws {
    let rig = try Rig()
    let other = try rig.outbound.somebody("+15035550177")
    // More than a step, in several lanes and on two channels.
    for index in 0..<620 {
      try rig.outbound.send(to: index % 3 == 0 ? other : rig.somebody)
    }
    let chat = JSON.string(other.chatID.description)
    #expect(try rig.cancel(["chat_id": chat])["canceled"] == 207)
    let answer = try rig.cancel(["transport": "sms"])
    #expect(answer == ["canceled": 413, "under_way": 0, "next_cursor": nil])
    let left = try rig.outbound.store.database.read { [rig] in
      try $0.queued(rig.outbound.test.twilio.id)
    }
    #expect(left == 0)
  }

  @Test func aScanGoesOnWhereItsCursorSays() throws {
    let rig = try Rig()
    for _ in 0..<5 { try rig.outbound.send(to: rig.somebody) }
    let tenant = rig.outbound.test.acme.id
    for filter: JSON in [
      ["transport": "sms"], ["chat_id": .string(rig.somebody.chatID.description)],
    ] {
      let filter = try CancelFilter(json: filter)
      var cursor: CancelCursor?
      var seen: [ID<Delivery>] = []
      repeat {
        let step = try rig.outbound.store.database.read { [cursor] in
          try $0.waiting(matching: filter, tenant: tenant, after: cursor, limit: 2)
        }
        seen += step.fitting.map(\.id)
        cursor = step.next.flatMap { CancelCursor($0.text) }
        #expect(cursor == step.next)
      } while cursor != nil
      #expect(seen.count == 5 && Set(seen).count == 5)
    }
  }

  @Test func whatWaitsForItsFallbackIsTakenBackToo() throws {
    let rig = try Rig()
    let channel = JSON.string(rig.outbound.test.twilio.id.description)
    let tenant = rig.outbound.test.acme.id
    for filter: JSON in [["channel_id": channel], ["transport": "sms"]] {
      let failed = try (0..<3).map { _ in try rig.outbound.send(to: rig.somebody) }
      let queued = try rig.outbound.send(to: rig.somebody)
      let now = rig.outbound.store.clock.now()
      for message in failed {
        try rig.outbound.change(message.delivery) { delivery in
          delivery.state = .failed
          delivery.fallback = ["telegram"]
          delivery.laneAt = nil
          delivery.dueAt = now
        }
      }
      let cancelFilter = try CancelFilter(json: filter)
      var cursor: CancelCursor?
      var seen: [ID<Delivery>] = []
      repeat {
        let step = try rig.outbound.store.database.read { [cursor] in
          try $0.waiting(matching: cancelFilter, tenant: tenant, after: cursor, limit: 2)
        }
        seen += step.fitting.map(\.id)
        cursor = step.next.flatMap { CancelCursor($0.text) }
        #expect(cursor == step.next)
      } while cursor != nil
      #expect(seen == (failed + [queued]).map(\.delivery))
      #expect(try rig.cancel(filter) == ["canceled": 4, "under_way": 0, "next_cursor": nil])
      for message in failed { #expect(try rig.status(message) == "canceled") }
    }
  }

  @Test func aFilterThatSaysNothingOrWrongIsRefused() throws {
    let rig = try Rig()
    let message = try rig.outbound.send(to: rig.somebody)
    let cases: [(JSON, String)] = [
      ([:], "filter"), (["filter": [:]], "filter"), (["filter": []], "filter"),
      (["filter": ["chat": "x"]], "filter.chat"),
      (["filter": ["chat_id": nil]], "filter.chat_id"),
      (["filter": ["chat_id": "msg_1"]], "filter.chat_id"),
      (["filter": ["metadata": [:]]], "filter.metadata"),
      (["filter": ["transport": "pigeon"]], "filter.transport"),
      (["filter": ["transport": "sms"], "cursor": "x"], "cursor"),
    ]
    for (body, field) in cases {
      let answer = try rig.api.call("POST", "/v1/messages/cancel", body)
      #expect(answer.status == 422)
      #expect(answer.json["errors"]?.array?.first?["field"]?.string == field)
    }
    #expect(try rig.status(message) == "queued")
  }

  @Test func pausingIsToldAndTheChannelSaysHowSendingGoes() throws {
    let rig = try Rig()
    try rig.outbound.send(to: rig.somebody)
    let channel = rig.outbound.test.twilio.id
    let fixture = try APITests.Fixture()
    let own = fixture.test.twilio.id
    for action in ["pause", "pause", "resume", "resume"] {
      #expect(try fixture.call("POST", "/v1/channels/\(own)/\(action)").status == 200)
    }
    let events = try fixture.test.events()
    #expect(events.map(\.type) == ["channel.paused", "channel.recovered"])
    let data = try events.map { try JSON.parse($0.data) }
    #expect(data.allSatisfy { $0["scope"] == "sending" })
    #expect(data[0]["reason"]?.string?.hasPrefix("key test (key_") == true)
    let sending = try rig.api.call("GET", "/v1/channels/\(channel)").json["sending"]
    #expect(sending == ["state": "ok", "reason": nil, "not_before": nil, "queued": 1])
    let until = rig.outbound.store.clock.now().adding(milliseconds: 5000)
    try rig.outbound.store.database.write {
      try $0.set(ChannelState(notBefore: until, isBroken: true, reason: "no"), of: channel)
    }
    let broken = try rig.api.call("GET", "/v1/channels/\(channel)").json["sending"]
    #expect(
      broken == ["state": "broken", "reason": "no", "not_before": JSON(until), "queued": 1])
  }
}
