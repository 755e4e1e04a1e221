import Gateway
import Simulator
import Testing

/// The eighth promise: STOP stops.
@Suite(.ownThread) struct OptOutTests {
  private static let person = "+15035550142"
  private static let queued = 10_000

  @Test func whatWaitsIsCanceledWithTheWishAndNothingLeavesAfterIt() throws {
    let rig = try OutboundHome()
    let channel = try rig.twilio(policy: ["rate_per_second": 20, "burst": 1])
    try rig.enqueue(
      (1...Self.queued).map {
        OutboundHome.message("message \($0)", to: Self.person, on: channel)
      })
    try rig.expect("some are sent") { rig.provider.ledger.counts.accepted >= 5 }
    let stop = rig.daemon.twilio(channel).optOut(.stop, from: Self.person, to: Home.ourNumber)
    #expect(try HTTPClient().send(stop).status == 200)
    // Committed before the answer: whatever goes from here on was under way before.
    let after = rig.provider.ledger.counts.accepted
    try rig.settle()
    let sent = rig.provider.ledger.counts.accepted
    #expect(sent <= after + 1)

    let events = try rig.home.read { connection in
      try connection.query(
        SQL("SELECT created_at, data FROM events WHERE type = 'contact.opted_out'")
      ) { (row) throws(StoreError) in (row.instant(0), row.bytes(1)) }
    }
    #expect(events.count == 1)
    let (at, data) = try #require(events.first)
    let canceled = try JSON.parse(data)["canceled_messages"]?.integer
    #expect(canceled == Int64(Self.queued - sent))
    let later = try rig.home.read { connection in
      try connection.first(SQL("SELECT COUNT(*) FROM attempts WHERE started_at > $1"), SQLValue(at))
      {
        (row) throws(StoreError) in row.integer(0)
      }
    }
    #expect(later == 0)
    for (status, count) in [("canceled", Self.queued - sent), ("queued", 0), ("sending", 0)] {
      let statement = "SELECT COUNT(*) FROM messages WHERE direction = 'outbound' AND status = "
      #expect(try rig.home.count("\(statement)'\(status)'") == Int64(count), "\(status)")
    }
    #expect(
      try rig.home.count("SELECT COUNT(*) FROM events WHERE type = 'message.canceled'")
        == Int64(Self.queued - sent))
    let again = try rig.daemon.answer(
      "POST", "/v1/messages", OutboundHome.message("again", to: Self.person, on: channel))
    #expect(again.status == 422)
    #expect(try JSON.parse(again.body)["errors"]?.array?.first?["code"]?.string == "opted_out")
    try rig.daemon.stop()
  }
}
