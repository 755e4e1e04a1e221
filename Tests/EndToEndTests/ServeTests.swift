import Gateway
import Glibc
import Testing

@Suite struct ServeTests {
  @Test func goesFromAnEmptyFolderToAMessageInAChat() throws {
    let daemon = try Daemon(Home())
    let channel = try daemon.makeChannel()
    let sent = try daemon.output(
      "simulate", "twilio", "sms", "--from", "+15035550142", "--to", Home.ourNumber, "--text",
      "Is my bike ready?", "--url", daemon.webhookURL(channel), "--signed-url",
      "\(Home.publicURL)/webhooks/\(channel)", "--secret", "account_sid=\(Home.accountSID)",
      "--secret", "auth_token=\(Home.authToken)")
    #expect(sent == "200 OK\n")

    let chat = try #require(try daemon.list("/v1/chats").first)
    #expect(chat["unread_count"]?.integer == 1)
    let chatID = try #require(chat["id"]?.string)
    let messages = try daemon.list("/v1/chats/\(chatID)/messages")
    #expect(messages.map { $0["text"]?.string } == ["Is my bike ready?"])
    let message = try #require(messages.first?["id"]?.string)

    #expect(try daemon.output("channels", "list").contains("desk"))
    #expect(try daemon.output("receipts", "list", "--state", "processed").contains("rcp_"))
    let story = try daemon.output("explain", message)
    #expect(story.contains("Is my bike ready?") && story.contains("its signature was right"))
    #expect(try daemon.output("explain", chatID).contains("Is my bike ready?"))
    let client = try #require(chat["client_id"]?.string)
    #expect(try daemon.output("explain", client).contains("+15035550142"))
    let events = try daemon.output("tail", "--after", "0", "--no-follow", "--json")
      .split(separator: "\n").map { try JSON.parse(Array($0.utf8)) }
    #expect(events.count { $0["type"]?.string == "message.received" } == 1)
    #expect(
      events.map { $0["sequence"]?.integer } == (1...Int64(events.count)).map { Int64?($0) })
    try daemon.stop()
  }

  @Test func saysHowToMakeTheFirstKeyUntilThereIsOne() throws {
    let home = try Home()
    let first = try Daemon(home, key: "none")
    let hint = try first.program.complaint { $0.contains("keys create --local") ? $0 : nil }
    #expect(hint.contains("--config \(home.configuration)"))
    let refused = try first.run(["channels", "list"])
    #expect(refused.status == 1 && refused.complaints.contains("keys create --local"))
    try first.stop()
    let second = try Daemon(home)
    try second.stop()
    let third = try Daemon(home, key: second.key)
    #expect(try third.list("/v1/keys").count == 1)
    try third.stop()
    #expect(try !third.program.result().complaints.contains("keys create"))
  }

  @Test func makesAKeyBeforeTheFirstStart() throws {
    let home = try Home()
    let made = try home.run("keys", "create", "--local", "--role", "ops", "--name", "early")
    #expect(made.status == 0, "\(made.complaints)")
    let daemon = try Daemon(home, key: made.output.trimmed)
    #expect(try daemon.list("/v1/receipts").isEmpty)
    try daemon.stop()
  }

  @Test func keepsSecretsOutOfWhatChannelsShow() throws {
    let daemon = try Daemon(Home())
    let channel = try daemon.makeChannel()
    let shown = try daemon.output("channels", "show", channel)
    #expect(shown.contains(Home.accountSID) && !shown.contains(Home.authToken))
    #expect(try !daemon.output("channels", "show", "desk", "--json").contains(Home.authToken))
    try daemon.stop()
    #expect(try !daemon.program.result().complaints.contains(Home.authToken))
  }

  @Test func answersWhatIsInFlightBeforeItStops() throws {
    let daemon = try Daemon(Home())
    let twilio = daemon.twilio(try daemon.makeChannel())
    let port = try #require(UInt16(daemon.publicPort))
    let halves = try (0..<8).map { index in
      let request = twilio.sms(
        from: "+150355501\(10 + index)", to: Home.ourNumber, text: "half \(index)")
      return try HalfRequest(request, port: port)
    }
    daemon.program.send(SIGTERM)
    _ = try daemon.program.complaint { $0.contains("\"stopping\"") ? true : nil }
    for half in halves {
      let answer = try half.finish()
      #expect(answer.hasPrefix("HTTP/1.1 200 "), "\(answer)")
    }
    #expect(try daemon.program.result().status == 0)
    #expect(try daemon.home.count("SELECT COUNT(*) FROM messages") == 8)
  }

  @Test func quitsAtOnceOnASecondSignal() throws {
    let daemon = try Daemon(Home(more: "\"shutdown_seconds\": 600,"))
    let twilio = daemon.twilio(try daemon.makeChannel())
    let request = twilio.sms(from: "+15035550142", to: Home.ourNumber, text: "never finished")
    let half = try HalfRequest(request, port: try #require(UInt16(daemon.publicPort)))
    daemon.program.send(SIGTERM)
    _ = try daemon.program.complaint { $0.contains("\"stopping\"") ? true : nil }
    daemon.program.send(SIGTERM)
    #expect(try daemon.program.result().status == 1)
    half.abandon()
  }
}
