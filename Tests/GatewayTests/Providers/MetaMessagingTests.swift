import Testing

@testable import Gateway

/// What Instagram's and Messenger's events become, beyond what the recorded requests show.
@Suite struct MetaMessagingTests {
  private typealias Fixtures = MetaMessagingFixtures

  private func message(_ event: JSONObject, in list: String = "messaging") throws -> InboundMessage?
  {
    try Fixtures.read(event, in: list).first?.message
  }

  private func content(_ message: JSONObject) throws -> MessageContent? {
    var whole: JSONObject = ["mid": "m1"]
    for (name, value) in message { whole[name] = value }
    return try self.message(["message": .object(whole)])?.content
  }

  @Test(arguments: ["", "{", "[]", "null", "7", "\"x\""])
  func refusesOnlyWhatIsNoObject(_ body: String) throws {
    let request = HTTPRequest(method: "POST", target: "/", body: Array(body.utf8))
    #expect(throws: Unreadable.self) { try Fixtures.instagram().read(request) }
    #expect(throws: Unreadable.self) { try Fixtures.messenger().read(request) }
  }

  @Test(arguments: [
    ("{}", "object"), (#"{"object":"page","entry":[]}"#, "page"),
    (#"{"object":"Жё","entry":[]}"#, "object"), (#"{"object":"instagram"}"#, "entry"),
    (#"{"object":"instagram","entry":{}}"#, "entry"),
    (#"{"object":"instagram","entry":[5]}"#, "entry"),
    (#"{"object":"instagram","entry":[{"id":"1","time":2}]}"#, "entry"),
    (#"{"object":"instagram","entry":[{"id":"1","messaging":{}}]}"#, "messaging"),
    (#"{"object":"instagram","entry":[{"id":"1","messaging":[null]}]}"#, "event"),
    (#"{"object":"instagram","entry":[{"id":"1","messaging":[{"hologram":{}}]}]}"#, "hologram"),
    (#"{"object":"instagram","entry":[{"id":"1","messaging":[{"read":5}]}]}"#, "read"),
    (#"{"object":"instagram","entry":[{"id":"1","changes":[{"field":"<b>"}]}]}"#, "change"),
  ])
  func keepsWhatItDoesNotKnow(_ body: String, _ kind: String) throws {
    let request = HTTPRequest(method: "POST", target: "/", body: Array(body.utf8))
    let items = try Fixtures.instagram().read(request)
    #expect(items.map(\.fact) == [.unrecognised(kind: kind)])
    #expect(items.map(\.key) == (try Fixtures.instagram().read(request)).map(\.key))
  }

  @Test func handshakesAndEmptyPostsTellNothing() throws {
    let handshake = HTTPRequest(method: "GET", target: "/?hub.mode=subscribe&hub.challenge=1")
    #expect(try Fixtures.instagram().read(handshake) == [])
    #expect(try Fixtures.messenger().read(handshake) == [])
    #expect(
      try Fixtures.instagram().read(Fixtures.request(["object": "instagram", "entry": []])) == [])
  }

  @Test func aThousandEventsWithOneBadAreTheRestAndOneUnrecognised() throws {
    var events: [JSON] = (0..<1000).map { number in
      [
        "sender": ["id": .string("65432\(number)")],
        "recipient": ["id": .string(Fixtures.account)],
        "timestamp": JSON(1_791_210_000_000 + number),
        "message": ["mid": .string("m\(number)"), "text": "hola"],
      ]
    }
    events[500] = ["sender": 7, "message": ["?"]]
    let items = try Fixtures.instagram().read(
      Fixtures.request([
        "object": "instagram",
        "entry": [["id": .string(Fixtures.account), "messaging": .array(events)]],
      ]))
    #expect(items.count == 1000)
    #expect(items.compactMap(\.message).count == 999)
    #expect(items.filter { $0.fact == .unrecognised(kind: "message") }.count == 1)
  }

  @Test(
    arguments: [
      (.integer(1_791_210_000_123), "2026-10-05T14:20:00.123Z"),
      (.integer(1_791_210_000), "2026-10-05T14:20:00.000Z"),
      ("1791210000123", "2026-10-05T14:20:00.123Z"),
      // Without a time of its own an event has that of its entry.
      (nil, "2026-10-05T14:20:00.163Z"), ("soon", "2026-10-05T14:20:00.163Z"),
      (.integer(-1), "2026-10-05T14:20:00.163Z"), (.integer(.max), "2026-10-05T14:20:00.163Z"),
    ] as [(JSON, String)])
  func readsTimesInMillisecondsAndSeconds(_ timestamp: JSON, _ expected: String) throws {
    let items = try Fixtures.read([
      "timestamp": timestamp, "message": ["mid": "m1", "text": "hola"],
    ])
    #expect(items.map { $0.occurredAt?.description } == [expected])
  }

  @Test func anEntryOfAnotherAccountNamesIt() throws {
    let other = try Fixtures.read(
      ["recipient": ["id": "17841400999999999"], "message": ["mid": "m1", "text": "hola"]],
      entry: ["id": "17841400999999999"])
    #expect(other.map(\.account) == ["17841400999999999"])
    // Meta's pages label entries inconsistently: the recipient is ours, and the person is never it.
    for label: JSON in ["1", .string(Fixtures.user), 5, nil] {
      let own = try Fixtures.read(["message": ["mid": "m1", "text": "hola"]], entry: ["id": label])
      #expect(own.map(\.account) == [Fixtures.account])
    }
  }

  @Test func knowsItsAccountByEveryId() throws {
    let settings: JSONObject = ["account_aliases": ["26000000000000001"]]
    let inbound = try Fixtures.read(
      ["recipient": ["id": "26000000000000001"], "message": ["mid": "m1", "text": "hola"]],
      entry: ["id": "26000000000000001"], settings: settings)
    #expect(inbound.map(\.account) == ["26000000000000001"])
    #expect(try Fixtures.instagram(settings).accounts.contains("26000000000000001"))
    // Not every echo says that it is one.
    let echo = try Fixtures.read(
      [
        "sender": ["id": "26000000000000001"], "recipient": ["id": .string(Fixtures.user)],
        "message": ["mid": "m2", "text": "hola"],
      ], settings: settings)
    #expect(echo.first?.message?.direction == .outbound)
    #expect(echo.first?.message?.person?.addresses.map(\.value) == [Fixtures.user])
  }

  @Test func anEchoMayBeOursAndIsToThePerson() throws {
    let items = try Fixtures.read([
      "sender": ["id": .string(Fixtures.account)], "recipient": ["id": .string(Fixtures.user)],
      "message": [
        "mid": "m1", "is_echo": true, "app_id": 263_902_037_430_900, "metadata": "ours",
        "attachments": [["type": "image", "payload": ["url": "https://cdn.example/1"]]],
      ],
    ])
    let message = try #require(items.first?.message)
    #expect(message.direction == .outbound)
    #expect(message.mayBeOurs)
    #expect(message.person?.addresses == [Address(type: .instagram, value: Fixtures.user)])
    #expect(message.sender == .user(UserSender()))
    #expect(message.content.attachments.map(\.source) == ["https://cdn.example/1"])
    #expect(message.content.details == ["app_id": "263902037430900", "metadata": "ours"])
    #expect(items.map(\.account) == [Fixtures.account])
  }

  @Test func anEchoOnAPageNamesOurSend() throws {
    for (note, ourID) in [("msg_01JD8Z3V9Q4N7B2M5K6T8X0YM1.1", true), ("theirs", false)] {
      let items = try Fixtures.readOnPage([
        "sender": ["id": .string(Fixtures.page)], "recipient": ["id": .string(Fixtures.pageUser)],
        "message": ["mid": "m1", "is_echo": true, "metadata": .string(note), "text": "Hi"],
      ])
      let message = try #require(items.first?.message)
      #expect(message.ourID == (ourID ? note : nil))
      #expect(message.content.details == (ourID ? [:] : ["metadata": .string(note)]))
    }
    // Nobody but us says whose an echo is: what a person sends names nothing.
    let theirs = try Fixtures.readOnPage([
      "message": ["mid": "m2", "metadata": "msg_1", "text": "x"]
    ])
    #expect(theirs.first?.message?.ourID == nil)
  }

  @Test func whatOneselfWritesIsNoConversation() throws {
    let own: JSON = ["id": .string(Fixtures.account)]
    for event: JSONObject in [
      ["sender": own, "message": ["mid": "m1", "text": "x", "is_self": true]],
      ["sender": own, "message": ["mid": "m1", "text": "x"]],
      ["is_self": true, "message": ["mid": "m1", "text": "x"]],
    ] {
      #expect(try Fixtures.read(event).map(\.fact) == [.ignored(kind: "is_self")])
    }
  }

  @Test func aDeletionIsNotTheMessageAgain() throws {
    let message = try Fixtures.read(["message": ["mid": "m1", "text": "hola"]])
    let deletion = try Fixtures.read(["message": ["mid": "m1", "is_deleted": true]])
    #expect(message.map(\.key) == ["message:m1"])
    #expect(deletion.map(\.key) == ["deletion:m1"])
    #expect(deletion.map(\.fact) == [.deletion(MessageDeletion(messageID: "m1"))])
    // Whoever deleted it: the mid is enough.
    let bare = try Fixtures.read(["sender": nil, "message": ["mid": "m1", "is_deleted": true]])
    #expect(bare.map(\.key) == ["deletion:m1"])
  }

  @Test(arguments: [
    "message", "postback", "reaction", "referral", "optin", "read", "delivery", "message_edit",
    "policy_enforcement", "account_linking",
  ])
  func eventsWithoutASenderAreKept(_ kind: String) throws {
    let value: JSON = [
      "mid": "m1", "text": "x", "payload": "y", "action": "react", "emoji": "👍",
      "type": "notification_messages", "watermark": 1_791_210_000_123, "num_edit": 1,
    ]
    for sender: JSON in [nil, ["user_ref": "guest"], "x"] {
      let items = try Fixtures.readOnPage(["sender": sender, kind: value])
      #expect(items.count == 1)
      #expect(items.compactMap(\.message).isEmpty)
    }
  }

  @Test(
    arguments: [
      ("image", .image), ("video", .video), ("audio", .audio), ("file", .document),
      ("sticker", .sticker),
    ] as [(String, AttachmentKind)])
  func filesHaveTheirAddressAndKind(_ type: String, _ kind: AttachmentKind) throws {
    let file = try content([
      "attachments": [["type": .string(type), "payload": ["url": "https://cdn.example/1"]]]
    ])
    #expect(file?.kind == .media)
    #expect(
      file?.attachments == [AttachmentReference(kind: kind, source: "https://cdn.example/1")])
    let lost = try content(["attachments": [["type": .string(type)]]])
    #expect(lost?.attachments.map(\.kind) == [kind])
    #expect(lost?.attachments.map(\.isFetchable) == [false])
  }

  @Test func oneStickerToldTwiceIsOne() throws {
    let payload: JSON = ["url": "https://cdn.example/s", "sticker_id": 369_239_263_222_822]
    let sticker = try content([
      "attachments": [
        ["type": "image", "payload": payload], ["type": "sticker", "payload": payload],
      ]
    ])
    #expect(sticker?.attachments.map(\.kind) == [.sticker])
    #expect(sticker?.attachments.map(\.providerID) == ["369239263222822"])
    #expect(sticker?.text == "👍")
  }

  @Test(arguments: [
    "ig_post", "ig_reel", "reel", "story", "ig_story", "media", "share", "fallback", "post",
    "something_of_next_year",
  ])
  func whatIsPassedOnIsALinkAndNoFile(_ type: String) throws {
    let share = try content([
      "attachments": [
        [
          "type": .string(type),
          "payload": ["url": "https://x.example/1", "title": "T", "type": "evil", "empty": nil],
        ]
      ]
    ])
    #expect(share?.kind == .media)
    #expect(share?.attachments == [])
    #expect(
      share?.details["shares"] == [
        ["type": .string(type), "url": "https://x.example/1", "title": "T"]
      ])
    // Beside a text it is a preview.
    let preview = try content([
      "text": "see", "attachments": [["type": .string(type), "url": "https://x.example/1"]],
    ])
    #expect(preview?.kind == .text)
    #expect(
      preview?.details["shares"] == [["type": .string(type), "url": "https://x.example/1"]])
  }

  @Test(
    arguments: [
      ["template_type": "button", "text": "Shall we?"], ["button": ["text": "Shall we?"]],
      ["elements": [["title": "Shall we?"], 5]],
      ["generic": ["elements": [["title": "Shall we?"]]]],
    ] as [JSON])
  func aTemplateSaysItsText(_ payload: JSON) throws {
    let template = try content(["attachments": [["type": "template", "payload": payload]]])
    #expect(template?.text == "Shall we?")
    #expect(template?.kind == .interactive)
    #expect(template?.details["shares"]?.array?.count == 1)
  }

  @Test func aMentionInAStoryEndsWithTheStory() throws {
    let mention = try content([
      "attachments": [["type": "story_mention", "payload": ["url": "https://cdn.example/s"]]]
    ])
    #expect(mention?.details["story_mention"] == true)
    #expect(
      mention?.attachments.first?.details["expires_at"] == "2026-10-06T14:20:00.123Z")
  }

  @Test func whatVanishesIsNeverFetched() throws {
    let content = try content([
      "attachments": [["type": "ephemeral", "payload": ["url": "https://cdn.example/e"]]]
    ])
    #expect(content?.attachments.map(\.isFetchable) == [false])
    #expect(content?.attachments.map(\.source) == ["ephemeral"])
  }

  @Test func aMessageOfWhichNothingIsKnownIsUnrecognised() throws {
    for message: JSON in [
      ["mid": "m1"], ["mid": "m1", "text": ""], ["mid": "m1", "attachments": [7, ["type": 1]]],
      ["mid": "m1", "reply_to": ["mid": "m0"]], ["text": "no mid"],
    ] {
      let items = try Fixtures.read(["message": message])
      #expect(items.map(\.fact) == [.unrecognised(kind: "message")])
    }
  }

  @Test func tapsOfOneMidAreOneMessageWithItsButton() throws {
    let events: [JSON] = [
      ["message": ["mid": "m1", "text": "Hours?"]],
      ["postback": ["mid": "m1", "title": "Hours?", "payload": "HOURS"]],
    ].map { (event: JSONObject) in
      var whole = event
      whole["sender"] = ["id": .string(Fixtures.user)]
      whole["recipient"] = ["id": .string(Fixtures.account)]
      return .object(whole)
    }
    for list in [events, events.reversed()] {
      let items = try Fixtures.instagram().read(
        Fixtures.request([
          "object": "instagram",
          "entry": [["id": .string(Fixtures.account), "messaging": .array(list)]],
        ]))
      #expect(items.map(\.key) == ["message:m1"])
      #expect(items.first?.message?.content.details["button"]?["payload"] == "HOURS")
    }
  }

  @Test func tapsWithoutAnIdAreToldApartByWhoWhenAndWhat() throws {
    func id(_ event: JSONObject) throws -> String? { try message(event)?.id }
    let first = try id(["postback": ["title": "A", "payload": "a"]])
    #expect(first?.hasPrefix("postback:") == true)
    #expect(try id(["postback": ["title": "A", "payload": "a"]]) == first)
    #expect(try id(["postback": ["title": "A", "payload": "b"]]) != first)
    #expect(
      try id(["timestamp": 1_791_210_000_124, "postback": ["title": "A", "payload": "a"]]) != first)
    #expect(try id(["sender": ["id": "2"], "postback": ["title": "A", "payload": "a"]]) != first)
    #expect(try id(["referral": ["ref": "a"]]) != (try id(["referral": ["ref": "b"]])))
  }

  @Test func aReferralOpensTheConversationWithoutWords() throws {
    let message = try message(["referral": ["ref": "camp", "source": "ADS", "ad_id": ""]])
    #expect(message?.content.kind == .system)
    #expect(message?.content.text == nil)
    #expect(message?.direction == .inbound)
    #expect(message?.content.details["referral"] == ["ref": "camp", "source": "ADS"])
  }

  @Test func onStandbyAMessageSaysSo() throws {
    let message = try message(["message": ["mid": "m1", "text": "hola"]], in: "standby")
    #expect(message?.content.details["standby"] == true)
  }

  @Test func theConsolesTestIsReadLikeAnEvent() throws {
    let items = try Fixtures.instagram().read(
      Fixtures.request([
        "object": "instagram",
        "entry": [
          [
            "id": "0", "time": 1_791_210_000,
            "changes": [
              [
                "field": "message_reactions",
                "value": [
                  "sender": ["id": "12334"], "recipient": ["id": "23245"],
                  "timestamp": "1527459824",
                  "reaction": ["mid": "m1", "action": "react", "reaction": "love"],
                ],
              ]
            ],
          ]
        ],
      ]))
    #expect(items.map(\.key) == ["reaction:m1:12334:1527459824"])
  }
}
