import Gateway
import Glibc
import Simulator
import Testing

@Suite struct DeliveryTests {
  @Test func theSameWebhookFiveTimesAtOnceIsOneMessageAndOneEvent() throws {
    let daemon = try Daemon(Home())
    let request = daemon.twilio(try daemon.makeChannel()).sms(
      from: "+15035550142", to: Home.ourNumber, text: "once")
    let statuses = concurrently(5) { _ in try? HTTPClient().send(request).status }
    #expect(statuses == Array(repeating: 200, count: 5))
    try daemon.stop()
    let home = daemon.home
    #expect(try home.count("SELECT COUNT(*) FROM messages") == 1)
    #expect(try home.count("SELECT COUNT(*) FROM events WHERE type = 'message.received'") == 1)
    #expect(try home.count("SELECT COUNT(*) FROM receipts WHERE state = 'processed'") == 1)
    #expect(try home.count("SELECT COUNT(*) FROM receipts WHERE state = 'duplicate'") == 4)
  }

  @Test func fiftyWebhooksOfOneNewPersonAtOnceAreOneClientAndOneChat() throws {
    let daemon = try Daemon(Home())
    let twilio = daemon.twilio(try daemon.makeChannel())
    let requests = (0..<50).map {
      twilio.sms(from: "+15035550142", to: Home.ourNumber, text: "number \($0)")
    }
    let statuses = concurrently(50) { try? HTTPClient().send(requests[$0]).status }
    #expect(statuses == Array(repeating: 200, count: 50))
    let chats = try daemon.list("/v1/chats")
    #expect(chats.map { $0["unread_count"]?.integer } == [50])
    try daemon.stop()
    let home = daemon.home
    for (table, count) in [("clients", 1), ("contacts", 1), ("chats", 1), ("messages", 50)] {
      #expect(try home.count("SELECT COUNT(*) FROM \(table)") == Int64(count), "\(table)")
    }
  }

  @Test func aWrongSecretQuarantinesAndTheRightOneMakesTheMessage() throws {
    let daemon = try Daemon(Home())
    let channel = try daemon.makeChannel(authToken: "ffffffffffffffffffffffffffffffff")
    let request = daemon.twilio(channel).sms(
      from: "+15035550142", to: Home.ourNumber, text: "patience")
    #expect(try HTTPClient().send(request).status == 403)
    #expect(try daemon.list("/v1/chats").isEmpty)
    let receipt = try #require(
      daemon.list("/v1/receipts?state=quarantined").first?["id"]?.string)

    let story = try daemon.output("explain", receipt)
    #expect(story.contains("trunkline channels set \(channel) --setting auth_token="))
    #expect(story.contains("trunkline reprocess \(receipt)"))
    let early = try daemon.run(["reprocess", receipt])
    #expect(early.status == 1 && early.output.contains("is quarantined now"))

    _ = try daemon.run(
      ["channels", "set", "desk", "--setting", "auth_token=${THE_TOKEN}"],
      environment: ["THE_TOKEN": Home.authToken])
    let dry = try daemon.output("reprocess", "--state", "quarantined", "--dry-run")
    #expect(dry.contains("1 receipts would be reprocessed"))
    #expect(try daemon.list("/v1/chats").isEmpty)
    #expect(
      try daemon.output("reprocess", "--state", "quarantined").contains("is processed now"))
    let chat = try #require(daemon.list("/v1/chats").first?["id"]?.string)
    let texts = try daemon.list("/v1/chats/\(chat)/messages").map { $0["text"]?.string }
    #expect(texts == ["patience"])
    try daemon.stop()
  }
}
