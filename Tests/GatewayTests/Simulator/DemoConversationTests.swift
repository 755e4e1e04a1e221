import Gateway
import Simulator
import Testing

@Suite struct DemoConversationTests {
  private func demo(seed: UInt64, randomness: UInt64 = 1) -> DemoConversation {
    DemoConversation(
      seed: seed, twilio: SimulatorSupport.twilio(seed: randomness),
      telegram: SimulatorSupport.telegram(seed: randomness), startingAt: SimulatorSupport.start)
  }

  private func requests(_ demo: DemoConversation) -> [HTTPRequest] {
    demo.steps.compactMap { $0.webhook?.request }
  }

  private func answers(_ demo: DemoConversation) -> [DemoAnswer] {
    demo.steps.compactMap(\.answer)
  }

  private func twilioForms(_ demo: DemoConversation) throws -> [TwilioParameters] {
    try requests(demo).filter { $0.headers["User-Agent"] == "TwilioProxy/1.1" }
      .map { try SimulatorSupport.form($0) }
  }

  private func updates(_ demo: DemoConversation) -> [JSON] {
    requests(demo)
      .filter { $0.headers.mediaType == "application/json" && $0.headers[MetaSigner.header] == nil }
      .compactMap { try? JSON.parse($0.body) }
  }

  private func posts(_ demo: DemoConversation) throws -> [JSON] {
    try requests(demo).filter { $0.headers[MetaSigner.header] != nil }
      .map { try JSON.parse($0.body) }
  }

  @Test func isAFunctionOfItsSeed() {
    #expect(demo(seed: 7).steps == demo(seed: 7, randomness: 2).steps)
    #expect(demo(seed: 7).steps != demo(seed: 8).steps)
  }

  @Test func hasALengthAPersonWillWatch() {
    let steps = demo(seed: 1).steps
    #expect((40...60).contains(steps.count))
    #expect(steps.map(\.delayMilliseconds).reduce(0, +) < 60_000)
    #expect(steps.allSatisfy { !$0.narration.isEmpty && !$0.narration.contains("\n") })
  }

  @Test func coversTheLinesOfTwilio() throws {
    let forms = try twilioForms(demo(seed: 1))
    #expect(forms.contains { $0["From"] == "+15035550142" && $0["NumMedia"] == "0" })
    #expect(forms.contains { $0["From"] == "whatsapp:+15035550142" })
    #expect(forms.contains { $0["MessageSid"]?.hasPrefix("MM") == true && $0["NumMedia"] == "2" })
    let types = Set(forms.compactMap { $0["MessageType"] })
    #expect(
      types.isSuperset(of: [
        "text", "image", "audio", "location", "contacts", "button", "interactive",
      ]))
    for name in ["ReferralCtwaClid", "OriginalRepliedMessageSid", "ExternalUserId"] {
      #expect(forms.contains { $0[name] != nil }, "\(name)")
    }
    #expect(forms.contains { $0["CallStatus"] == "no-answer" })
    #expect(forms.contains { $0["OptOutType"] == "STOP" && $0["Body"] == "STOP" })
  }

  @Test func coversTheKindsOfTelegram() {
    let updates = updates(demo(seed: 1))
    let kinds = Set(updates.compactMap { $0.object?.keys.last })
    #expect(
      kinds == [
        "message", "edited_message", "message_reaction", "callback_query", "my_chat_member",
        "some_future_update",
      ])
    let messages = updates.compactMap { $0["message"] }
    let members = [
      "text", "photo", "media_group_id", "sticker", "venue", "document", "new_chat_members",
      "left_chat_member",
    ]
    for member in members {
      #expect(messages.contains { $0[member] != nil }, "\(member)")
    }
    #expect(messages.contains { $0["text"]?.string == "/start camp_autumn-26" })
    let speakers = messages.filter { $0["chat"]?["type"]?.string == "supergroup" }
      .compactMap { $0["from"]?["id"]?.integer }
    #expect(Set(speakers).count >= 3)
  }

  @Test func coversTheLinesOfMeta() throws {
    let posts = try posts(demo(seed: 1))
    #expect(
      Set(posts.compactMap { $0["object"]?.string })
        == ["whatsapp_business_account", "instagram", "page"])
    let entries = posts.flatMap { $0["entry"]?.array ?? [] }
    let cloud = entries.flatMap { $0["changes"]?.array ?? [] }.compactMap { $0["value"] }
      .flatMap { $0["messages"]?.array ?? [] }
    #expect(cloud.allSatisfy { $0["from"] == nil && $0["from_user_id"] != nil })
    #expect(cloud.contains { $0["interactive"]?["button_reply"] != nil })
    let events = entries.flatMap { $0["messaging"]?.array ?? [] }.compactMap { $0["message"] }
    #expect(events.contains { $0["reply_to"]?["story"] != nil })
    #expect(events.contains { $0["quick_reply"] != nil })
  }

  @Test func repeatsOneRequestOfEachProviderByteForByte() {
    let requests = requests(demo(seed: 1))
    let repeats = requests.indices.filter { requests[..<$0].contains(requests[$0]) }
    #expect(repeats.count == 2)
    let agents = Set(repeats.map { requests[$0].headers["User-Agent"] })
    #expect(agents == ["TwilioProxy/1.1", nil])
  }

  @Test func expectsRefusalOfForgeriesAlone() throws {
    let webhooks = demo(seed: 1).steps.compactMap(\.webhook)
    for (request, status) in webhooks {
      let genuine: Bool
      if request.headers["User-Agent"] == "TwilioProxy/1.1" {
        let expected = try SimulatorSupport.signature(request)
        genuine = request.headers["X-Twilio-Signature"] == expected
      } else if let signature = request.headers[MetaSigner.header] {
        let secret = DemoLines(seed: 1).cloud.account.appSecret
        genuine = signature == MetaSigner.sign(request.body, secret: secret)
      } else {
        genuine = request.headers["X-Telegram-Bot-Api-Secret-Token"] == SimulatorSupport.secret
      }
      // Twilio wants no words for a call that is over: 204.
      let isRefused = ![200, 204].contains(status)
      #expect(status == (isRefused ? 403 : status))
      #expect(isRefused == !genuine, "\(request.target)")
    }
    #expect(webhooks.count { $0.expectedStatus == 403 } == 2)
  }

  @Test func breaksExactlyOneBody() {
    let bodies = requests(demo(seed: 1))
      .filter { $0.headers.mediaType == "application/json" }.map(\.body)
    #expect(bodies.filter { (try? JSON.parse($0)) == nil }.count == 1)
  }

  @Test func givesDatesThatFollowTheDelays() {
    let dates = updates(demo(seed: 1)).compactMap { $0["message"]?["date"]?.integer }
    #expect(dates.first.map { $0 >= 1_791_210_000 } == true)
    #expect(dates.allSatisfy { $0 < 1_791_210_060 })
    #expect(Set(dates).count > 3)
  }

  @Test func sendsWhatsAppToAChannelOfItsOwnWhereThereIsOne() {
    var whatsApp = SimulatorSupport.twilio()
    whatsApp.webhookURL = "https://gw.example.com/wa"
    let demo = DemoConversation(
      seed: 1, twilio: SimulatorSupport.twilio(), whatsApp: whatsApp,
      telegram: SimulatorSupport.telegram(), startingAt: SimulatorSupport.start)
    for request in requests(demo) {
      let body = String(decoding: request.body, as: UTF8.self)
      let isWhatsApp = body.contains("From=whatsapp%3A")
      #expect((request.target == whatsApp.webhookURL) == isWhatsApp, "\(body)")
    }
  }

  @Test func answersOnEveryLineInEveryWay() {
    let answers = answers(demo(seed: 1))
    let members = answers.reduce(into: Set<String>()) { $0.formUnion($1.members.keys) }
    #expect(members.isSuperset(of: ["text", "buttons", "fallback", "provider_template"]))
    #expect(answers.contains { $0.replyTo != nil })
    #expect(answers.contains { !($0.picture ?? []).isEmpty })
    #expect(answers.contains { $0.schedule != nil })
    let expected = Set(answers.map(\.expected))
    #expect(expected.isSuperset(of: [.sent, .delivered, .read, .undeliverable, .queued]))
  }

  @Test func answersOnlyWhatHasBeenSaidAndLooksOnlyAtAnswers() {
    var webhooks: Set<String> = []
    var answers: Set<String> = []
    for step in demo(seed: 1).steps {
      switch step.act {
      case .webhook:
        if let name = step.name { webhooks.insert(name) }
      case .answer(let answer):
        if case .chat(let name) = answer.target { #expect(webhooks.contains(name)) }
        if let name = answer.replyTo { #expect(webhooks.contains(name)) }
        if let name = step.name { answers.insert(name) }
      case .look(let name, _): #expect(answers.contains(name))
      }
    }
    #expect(!answers.isEmpty)
  }

  /// People press buttons under and quote what the stand-ins accept later, under these very ids.
  @Test func knowsTheIDsTheProvidersWillGive() throws {
    let demo = demo(seed: 1)
    let server = try ProviderServer(script: DemoConversation.providers(seed: 1, speed: 100))
    server.start()
    defer { server.stop() }
    let token = "\(SimulatorSupport.accountSID):secret".utf8
    func create(_ fields: [(String, String)]) throws -> JSON {
      let target =
        "\(server.url)/2010-04-01/Accounts/\(SimulatorSupport.accountSID)/Messages.json"
      let request = HTTPRequest(
        method: "POST", target: target,
        headers: [
          "Authorization": "Basic \(Base64.encode(Array(token)))",
          "Content-Type": "application/x-www-form-urlencoded",
        ],
        body: Form.encode(
          [
            ("From", "whatsapp:\(DemoConversation.whatsAppNumber)"),
            ("To", "whatsapp:+5511987654321"),
          ] + fields))
      return try JSON.parse(HTTPClient().send(request).body)
    }
    _ = try create([("MediaUrl", "http://127.0.0.1/a.png")])
    let second = try create([("Body", "Sábado?")])
    let quoted = try twilioForms(demo).compactMap { $0["OriginalRepliedMessageSid"] }
    #expect(!quoted.isEmpty)
    #expect(quoted.allSatisfy { $0 == second["sid"]?.string })
    let body: JSON = ["chat_id": 6_012_345_678, "text": "У суботу у 10?"]
    let first = try HTTPClient().send(
      HTTPRequest(
        method: "POST", target: "\(server.url)/bot7123456789:secret/sendMessage",
        headers: ["Content-Type": "application/json"], body: body.serialized()))
    let number = try JSON.parse(first.body)["result"]?["message_id"]
    let pressed = updates(demo).compactMap { $0["callback_query"]?["message"]?["message_id"] }
    #expect(number != nil)
    #expect(pressed == [number])
    let lines = DemoLines(seed: 1)
    let text: JSON = [
      "messaging_product": "whatsapp", "recipient": "MX.4820193847561029384", "type": "text",
      "text": ["body": "Sí"],
    ]
    let offered = try HTTPClient().send(
      HTTPRequest(
        method: "POST", target: "\(server.url)/v25.0/\(lines.cloud.account.id)/messages",
        headers: ["Authorization": "Bearer x", "Content-Type": "application/json"],
        body: text.serialized()))
    let wamid = try JSON.parse(offered.body)["messages"]?.array?.first?["id"]
    let quoting = try posts(demo).flatMap { $0["entry"]?.array ?? [] }
      .flatMap { $0["changes"]?.array ?? [] }.flatMap { $0["value"]?["messages"]?.array ?? [] }
      .compactMap { $0["context"]?["id"] }
    #expect(wamid != nil)
    #expect(quoting == [wamid])
  }
}
