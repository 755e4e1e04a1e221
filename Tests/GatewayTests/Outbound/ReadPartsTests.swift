import Testing

@testable import Gateway

/// Promise 6 where a provider says "read up to here" and a message has several parts.
@Suite struct ReadPartsTests {
  private static func read(_ at: Instant, _ key: String) -> ParkedReport {
    ParkedReport(key: key, kind: "read", payload: [:], occurredAt: at, receiptID: nil)
  }

  /// Lets the next part of a message be accepted under that id.
  private static func accept(_ message: ID<Message>, _ id: String, _ test: TestOutbound) throws {
    let channel = test.test.twilio
    try test.store.database.write { transaction in
      let due = try #require(try transaction.connection.delivery(message.delivery))
      var delivery = try transaction.lease(due)
      var recorder = Recorder(transaction, channel, receipt: nil)
      let isStored = try recorder.accept(&delivery, ids: [id], deadline: nil)
      #expect(isStored)
    }
  }

  private static func apply(
    _ report: ParkedReport, _ id: String, to message: ID<Message>, _ test: TestOutbound
  ) throws {
    let channel = test.test.twilio
    try test.store.database.write { transaction in
      try Recorder(transaction, channel, receipt: nil).apply(
        report, to: message, providerMessageID: id)
    }
  }

  private static func status(_ message: ID<Message>, _ test: TestOutbound) throws -> MessageStatus {
    let found = try test.store.database.read { [acme = test.test.acme] in
      try $0.message(message, tenant: acme.id)
    }
    return try #require(found).status
  }

  @Test func aLateReportOfAPartTakesNothingBack() throws {
    let test = try TestOutbound()
    let message = try test.send(to: try test.somebody(), parts: 2)
    try Self.accept(message, "p0", test)
    try Self.accept(message, "p1", test)
    let now = test.store.clock.now()
    try Self.apply(Self.read(now, "read:1"), "p1", to: message, test)
    #expect(try Self.status(message, test) == .read)
    let delivered = ParkedReport(
      key: "p0:delivered", kind: "status", payload: ["status": "delivered", "error": nil],
      occurredAt: now, receiptID: nil)
    try Self.apply(delivered, "p0", to: message, test)
    #expect(try Self.status(message, test) == .read)
  }

  @Test func whatHasNotGoneOutWasNotRead() throws {
    let test = try TestOutbound()
    let message = try test.send(to: try test.somebody(), parts: 2)
    try Self.accept(message, "p0", test)
    try Self.apply(Self.read(test.store.clock.now(), "read:1"), "p0", to: message, test)
    #expect(try Self.status(message, test) != .read)
    try Self.accept(message, "p1", test)
    #expect(try Self.status(message, test) == .sent)
    try Self.apply(Self.read(test.store.clock.now(), "read:2"), "p1", to: message, test)
    #expect(try Self.status(message, test) == .read)
  }
}
