import Testing

@testable import Gateway

/// The list of deliveries: what waits and what went wrong, and never a walk through what went well.
@Suite struct DeliveryListTests {
  @Test func theListOfAStateIsTheNewestFirstAndItsPagesJoin() throws {
    let outbound = try TestOutbound()
    let somebody = try outbound.somebody()
    var failed: [String] = []
    for index in 0..<9 {
      let id = try outbound.send("\(index)", to: somebody)
      try outbound.end(id.delivery, index % 3 == 0 ? .expired : .failed, .rejected)
      failed.append(id.delivery.description)
      outbound.store.clock.advance(milliseconds: 10)
    }
    let api = try OperationsAPI(outbound)
    var seen: [String] = []
    var cursor: String?
    repeat {
      let after = cursor.map { "&cursor=\($0)" } ?? ""
      let page = try api.call("GET", "/v1/deliveries?state=failed,expired&limit=2\(after)")
      #expect(page.status == 200)
      seen += page.json["data"]?.array?.compactMap { $0["id"]?.string } ?? []
      cursor = page.json["next_cursor"]?.string
    } while cursor != nil
    #expect(seen == failed.reversed())
    let expired = try api.call("GET", "/v1/deliveries?state=expired").json["data"]?.array
    #expect(expired?.count == 3)
  }

  @Test func aListKeepsToItsChannelTimeAndErrorCode() throws {
    let outbound = try TestOutbound()
    let somebody = try outbound.somebody()
    let first = try outbound.send("a", to: somebody)
    try outbound.end(first.delivery, .failed, .rejected)
    outbound.store.clock.advance(milliseconds: 60_000)
    let border = outbound.store.clock.now()
    let second = try outbound.send("b", to: somebody, on: outbound.test.telegram)
    try outbound.end(second.delivery, .failed, .unreachable)
    let third = try outbound.send("c", to: somebody)
    try outbound.end(third.delivery, .failed)
    let api = try OperationsAPI(outbound)
    let ids: (String) throws -> [String] = { query in
      try api.call("GET", "/v1/deliveries?\(query)").json["data"]?.array?
        .compactMap { $0["message_id"]?.string } ?? []
    }
    #expect(try ids("error_code=63016") == [first.description])
    #expect(try ids("error_code=6301") == [])
    #expect(try ids("channel_id=\(outbound.test.telegram.id)") == [second.description])
    #expect(try ids("since=\(border)") == [third.description, second.description])
    #expect(try ids("until=\(border)") == [first.description])
    #expect(try ids("state=queued") == [])
  }

  @Test func whatWaitsIsListedLineByLineFromTheHeadAndItsPagesJoin() throws {
    let outbound = try TestOutbound()
    var expected: [String] = []
    for phone in ["+15035550101", "+15035550102", "+15035550103"] {
      let somebody = try outbound.somebody(phone)
      for index in 0..<3 {
        expected.append(try outbound.send("\(index)", to: somebody).description)
        outbound.store.clock.advance(milliseconds: 5)
      }
    }
    let api = try OperationsAPI(outbound)
    var seen: [String] = []
    var cursor: String?
    repeat {
      let after = cursor.map { "&cursor=\($0)" } ?? ""
      let page = try api.call("GET", "/v1/deliveries?state=queued&limit=2\(after)").json
      seen += page["data"]?.array?.compactMap { $0["message_id"]?.string } ?? []
      cursor = page["next_cursor"]?.string
    } while cursor != nil
    #expect(seen == expected)
  }

  @Test func whatIsUnderWayIsAListOfItsOwn() throws {
    let outbound = try TestOutbound()
    let id = try outbound.send(to: outbound.somebody())
    try outbound.change(id.delivery) {
      $0.state = .sending
      $0.dueAt = nil
    }
    let api = try OperationsAPI(outbound)
    let list = try api.call("GET", "/v1/deliveries?state=sending").json["data"]?.array
    #expect(list?.first?["message_id"]?.string == id.description)
    #expect(try api.call("GET", "/v1/deliveries?state=queued").json["data"] == [])
  }

  @Test(arguments: ["state=accepted", "state=queued,failed", "state=lost", "since=yesterday"])
  func aWrongQuestionIsRefusedWithItsField(_ query: String) throws {
    let answer = try OperationsAPI(TestOutbound()).call("GET", "/v1/deliveries?\(query)")
    #expect(answer.status == 422)
    #expect(answer.json["errors"]?.array?.first?["field"]?.string == String(query.prefix(5)))
  }

  @Test func aDeliveryIsShownWithItsPartsAndAttempts() throws {
    let outbound = try TestOutbound()
    let id = try outbound.send(to: outbound.somebody(), parts: 3)
    try outbound.attempt(id.delivery, "accepted", exchange: ["step": "send", "status": 201])
    try outbound.attempt(id.delivery, "retry", .busy, part: 1)
    let api = try OperationsAPI(outbound)
    let shown = try api.call("GET", "/v1/deliveries/\(id.delivery)").json
    #expect(shown["attempt_list"]?.array?.map { $0["outcome"] } == ["accepted", "retry"])
    #expect(shown["attempt_list"]?.array?.first?["exchanges"]?.array?.first?["status"] == 201)
    #expect(shown["part_list"]?.array?.count == 3)
    #expect(try api.call("GET", "/v1/deliveries/\(id.delivery)", stranger: true).status == 404)
    #expect(
      try api.call("GET", "/v1/deliveries?state=queued", stranger: true).json["data"] == [])
  }

  @Test func anAttemptIsFoundByItsIdentifierAmongMany() throws {
    let outbound = try TestOutbound()
    let id = try outbound.send(to: outbound.somebody())
    var attempts: [ID<Attempt>] = []
    for index in 0..<40 {
      attempts.append(try outbound.attempt(id.delivery, "retry", .busy))
      if index % 3 == 0 { outbound.store.clock.advance(milliseconds: 7) }
    }
    let tenant = outbound.test.acme.id
    for attempt in attempts {
      let found = try outbound.store.database.read {
        try $0.delivery(of: attempt, tenant: tenant)
      }
      #expect(found == id.delivery)
    }
    let other = outbound.test.other.id
    let last = try #require(attempts.last)
    #expect(try outbound.store.database.read { try $0.delivery(of: last, tenant: other) } == nil)
  }

  /// A table of millions of accepted deliveries must cost these lists nothing.
  @Test func everyListIsReadByASmallIndex() throws {
    let outbound = try TestOutbound()
    let statements = Connection.deliveryLists
    #expect(statements.count == 6)
    for statement in statements {
      let plan = try outbound.store.database.read { connection in
        try connection.query(
          SQL("EXPLAIN QUERY PLAN \(statement.text)"), .null, .null, .null, .null, .null, .null,
          .null, .null, .null
        ) { (row) throws(StoreError) in row.text(3) }
      }
      let table = plan.filter { $0.contains("deliveries") }
      #expect(!table.isEmpty)
      #expect(
        table.allSatisfy { $0.hasPrefix("SEARCH deliveries USING INDEX deliveries_") }, "\(plan)")
      // Sorting would read everything that waits for a page of fifty.
      #expect(
        !plan.contains("USE TEMP B-TREE FOR ORDER BY"), "\(plan): \(statement.text)")
    }
  }
}
