import Testing

@testable import Gateway

private typealias Sending = TelegramSendingSupport

@Suite struct TelegramTransportTests {
  @Test func reachesPeopleByTheirNumberOnly() {
    #expect(Telegram.contactTypes(on: .telegram) == [.telegram])
    #expect(Telegram.contactTypes(on: .sms) == [])
  }

  @Test func keepsToThePublishedLimits() throws {
    let provider = try TelegramFixtures.provider()
    #expect(provider.rate(on: .telegram, sender: nil).perSecond == 30)
    #expect(provider.pauseMilliseconds(to: Sending.ivana, on: .telegram) == 1_000)
    #expect(provider.pauseMilliseconds(to: .group("-100"), on: .telegram) == 3_000)
  }

  @Test func aTextIsOneRequest() throws {
    let request = try #require(try Sending.request(Sending.message("Hello")))
    #expect(request.name == "send")
    #expect(request.sends)
    #expect(request.http.method == "POST")
    #expect(
      request.http.target == "https://api.telegram.org/bot\(TelegramFixtures.token)/sendMessage")
    #expect(request.http.headers["content-type"] == "application/json")
    #expect(try JSON.parse(request.http.body) == ["chat_id": 6_012_345_678, "text": "Hello"])
  }

  @Test func aGroupsKeySaysWhere() throws {
    func fields(_ key: String) throws -> JSON {
      try Sending.body(Sending.message("x", to: .group(key)))
    }
    #expect(try fields("-100") == ["chat_id": -100, "text": "x"])
    #expect(
      try fields("-100:12") == [
        "chat_id": -100, "message_thread_id": 12, "direct_messages_topic_id": 12, "text": "x",
      ])
    #expect(
      try fields("bc_1/-100:12") == [
        "business_connection_id": "bc_1", "chat_id": -100, "message_thread_id": 12, "text": "x",
      ])
  }

  /// What inbound writes is what outbound reads: of each recorded message from a group or person.
  @Test(
    arguments: [
      "message.text", "message.text.topic", "message.text.group", "business_message.text",
      "message.text.direct_messages_topic",
    ].filter(TelegramFixtures.names.contains))
  func writesBackToWhereAMessageCameFrom(_ name: String) throws {
    let inbound = try #require(try TelegramFixtures.read(name).first?.message)
    let update = try TelegramFixtures.update(name)
    let source = try #require(update["message"] ?? update["business_message"])
    let recipient: Recipient =
      switch inbound.conversation {
      case .group(let key, _): .group(key)
      default: .person(try #require(inbound.person?.addresses.first))
      }
    let body = try Sending.body(
      Sending.message("x", to: recipient) { $0.replyTo = inbound.id })
    #expect(body["chat_id"] == source["chat"]?["id"])
    #expect(body["business_connection_id"] == source["business_connection_id"])
    #expect(body["reply_parameters"]?["message_id"] == source["message_id"])
    if source["is_topic_message"]?.bool == true {
      #expect(body["message_thread_id"] == source["message_thread_id"])
    }
    if let topic = source["direct_messages_topic"]?["topic_id"] {
      #expect(body["direct_messages_topic_id"] == topic)
    }
  }

  @Test func answersAMessageOfTheSameChatOnly() throws {
    func reply(_ id: String, to recipient: Recipient = Sending.ivana) throws -> JSON? {
      try Sending.body(Sending.message("x", to: recipient) { $0.replyTo = id })["reply_parameters"]
    }
    #expect(
      try reply("6012345678:41") == ["message_id": 41, "allow_sending_without_reply": true])
    for id in [
      "7:41", "callback:4382900000000000125", "guest/6012345678:41", "6012345678:update-7",
      "6012345678:0", "6012345678:-4", "6012345678", "", ":", "/", "-100/6012345678",
    ] {
      #expect(try reply(id) == nil, "\(id)")
    }
    #expect(try reply("-100:9", to: .group("-100:12"))?["message_id"] == 9)
    #expect(try reply("bc_1/-100:9", to: .group("-100:12")) == nil)
  }

  @Test func aPersonIsAnsweredThroughTheAccountTheyWroteTo() throws {
    let message = Sending.message("x") { $0.replyTo = "bc_1/6012345678:41" }
    let body = try Sending.body(message)
    #expect(body["business_connection_id"] == "bc_1")
    #expect(body["reply_parameters"]?["message_id"] == 41)
    let outcome = try Sending.outcome(message, after: [Sending.sent(42)])
    #expect(outcome?.verdict == .accepted(ids: ["bc_1/6012345678:42"]))
  }

  @Test func onlyTheFirstPartNamesTheAnsweredMessage() throws {
    let message = Sending.message(String(repeating: "word ", count: 2_000)) {
      $0.replyTo = "6012345678:41"
    }
    #expect(try Sending.body(message)["reply_parameters"] != nil)
    #expect(try Sending.body(message, part: 1)["reply_parameters"] == nil)
  }

  @Test func aFileGoesByItsAddressAndAStoredOneAsAnUpload() throws {
    let photo = Sending.file(.image, "image/jpeg")
    #expect(
      try Sending.body(Sending.message(files: [photo], text: "Look")) == [
        "chat_id": 6_012_345_678, "caption": "Look", "photo": "https://files.example.com/image",
      ])
    let stored = Sending.file(.image, "image/jpeg", stored: true)
    let request = try Sending.request(Sending.message(files: [stored], text: "Look"))
    #expect(request?.name == "upload")
    #expect(request?.http.body == [])
    #expect(
      request?.upload
        == SendRequest.Upload(
          fields: [("chat_id", "6012345678"), ("caption", "Look")], files: [("photo", 0)]))
  }

  @Test(arguments: [
    (AttachmentKind.image, "image/jpeg", 5 << 20, false),
    (.image, "image/jpeg", (5 << 20) + 1, true),
    (.video, "video/mp4", 20 << 20, false), (.video, "video/mp4", (20 << 20) + 1, true),
    // Telegram fetches only a few types of document and sticker.
    (.document, "application/pdf", 1, false), (.document, "text/csv", 1, true),
    (.sticker, "image/webp", 1, false), (.sticker, "video/webm", 1, true),
  ])
  func whatTelegramWouldNotFetchIsUploadedAtOnce(
    _ kind: AttachmentKind, _ type: String, _ size: Int, _ uploads: Bool
  ) throws {
    let file = Sending.file(kind, type, size: Int64(size))
    let request = try Sending.request(Sending.message(files: [file]))
    #expect((request?.upload != nil) == uploads)
  }

  @Test func anAlbumHasItsTextBelowTheFirstAndNamesItsUploads() throws {
    var message = Sending.message(
      files: [
        Sending.file(.document, "application/pdf"),
        Sending.file(.document, "application/pdf", stored: true),
      ], text: "Both")
    message.content.entities = [TextEntity(style: .bold, offset: 0, length: 4)]
    message.replyTo = "6012345678:41"
    let upload = try #require(try Sending.request(message)?.upload)
    #expect(upload.files.map(\.name) == ["f1"])
    #expect(upload.files.map(\.attachment) == [1])
    #expect(upload.fields.map(\.name) == ["chat_id", "media", "reply_parameters"])
    let media = try JSON.parse(Array((upload.fields.dropFirst().first?.value ?? "").utf8))
    #expect(
      media == [
        [
          "type": "document", "media": "https://files.example.com/document", "caption": "Both",
          "caption_entities": [["type": "bold", "offset": 0, "length": 4]],
        ],
        ["type": "document", "media": "attach://f1"],
      ])
    let outcome = try Sending.outcome(message, after: [Sending.sent(71, 72)])
    #expect(outcome?.verdict == .accepted(ids: ["6012345678:71", "6012345678:72"]))
  }

  @Test func aPartThatDoesNotFitItsMessageIsRefused() throws {
    let provider = try TelegramFixtures.provider()
    let message = Sending.message("x")
    for payload: JSONObject in [
      [:], ["method": "sendPhoto"],
      [
        "method": "sendPhoto", "fields": [:], "files": [["attachment": 3, "as": "photo"]],
      ],
    ] {
      guard case .outcome(let outcome) = provider.next(MessagePart(payload), of: message, after: [])
      else {
        Issue.record("a request")
        continue
      }
      #expect(outcome.verdict == .rejected)
    }
  }

  @Test func showsThatSomebodyIsWriting() throws {
    let provider = try TelegramFixtures.provider()
    let request = try #require(
      provider.typing(to: Sending.ivana, on: .telegram, lastInboundID: "bc_1/6012345678:41"))
    #expect(request.target.hasSuffix("/sendChatAction"))
    #expect(
      try JSON.parse(request.body) == [
        "business_connection_id": "bc_1", "chat_id": 6_012_345_678, "action": "typing",
      ])
    let topic = try #require(
      provider.typing(to: .group("-100:12"), on: .telegram, lastInboundID: nil))
    #expect(try JSON.parse(topic.body)["message_thread_id"] == 12)
    #expect(provider.typing(to: .group("guest/-100"), on: .telegram, lastInboundID: nil) == nil)
  }

  @Test func aPressedButtonStopsWaitingWithTheWebhooksAnswer() throws {
    let provider = try TelegramFixtures.provider()
    for name in TelegramFixtures.names {
      let update = try TelegramFixtures.update(name)
      let request = TelegramFixtures.request(update)
      let answer = provider.answer(.stored(.processed), to: request)
      #expect(answer.status == 200)
      guard let id = update["callback_query"]?["id"] else {
        #expect(answer.body == [], "\(name)")
        continue
      }
      #expect(answer.headers["content-type"] == "application/json")
      #expect(
        try JSON.parse(answer.body) == ["method": "answerCallbackQuery", "callback_query_id": id])
      #expect(provider.answer(.stored(.quarantined), to: request).body == [])
      #expect(provider.answer(.unavailable, to: request).body == [])
    }
    // Somebody may write the word, or it may stand in what cannot be read.
    for body in [#"{"update_id":1,"message":{"text":"\"callback_query\""}}"#, "\"callback_query\""]
    {
      let request = HTTPRequest(method: "POST", target: "/", body: utf8(body))
      #expect(provider.answer(.stored(.processed), to: request) == HTTPResponse(status: 200))
    }
  }
}
