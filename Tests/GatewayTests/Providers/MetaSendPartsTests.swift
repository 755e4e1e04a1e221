import Testing

@testable import Gateway

@Suite struct MetaSendPartsTests {
  private typealias Support = MetaSendSupport

  private static func reply(_ text: String, _ payload: String = "p") -> Button {
    Button(text, .reply(payload: payload))
  }

  private static func link(_ text: String) -> Button {
    Button(text, .open(url: "https://shop.example.com/\(text.utf8.count)"))
  }

  private static func bodies(
    _ text: String?, on line: TransportKind = .instagram, _ buttons: [Button]
  ) throws -> [JSON] {
    try Support.bodies(
      Support.message(text, on: line) { $0.content.buttons = buttons.map { [$0] } })
  }

  @Test func instagramCountsBytesAndMessengerCharacters() throws {
    for (text, line, count) in [
      (String(repeating: "ж", count: 500), TransportKind.instagram, 1),
      (String(repeating: "ж", count: 501), .instagram, 2),
      (String(repeating: "😀", count: 250), .instagram, 1),
      (String(repeating: "😀", count: 251), .instagram, 2),
      (String(repeating: "ж", count: 2000), .messenger, 1),
      (String(repeating: "ж", count: 2001), .messenger, 2),
    ] {
      #expect(try Support.parts(Support.message(text, on: line)).count == count)
    }
  }

  @Test func noTextOnInstagramIsLongerThanAThousandBytesAndNoneCutsACharacter() {
    let words = ["да ", "слово ", "👩🏽‍🚀", "🇸🇪 ", "a", "漢字。", "é\n", "x\n\n", "https://a.example/b "]
    forAll(200) { random in
      (0..<random.below(900)).map { _ in random.pick(words) }.joined()
    } holds: { text in
      let bodies = text.isEmpty ? [] : try Support.bodies(Support.message(text))
      let texts = bodies.compactMap { $0["message"]?["text"]?.string }
      return texts.count == bodies.count && texts.allSatisfy { (1...1000).contains($0.utf8.count) }
        && texts.joined().filter { !$0.isWhitespace } == text.filter { !$0.isWhitespace }
    }
  }

  @Test func aTextOfManyMessagesIsAMistake() {
    let text = String(repeating: "a", count: 1000)
    #expect(Support.refusal(Support.message(String(repeating: text, count: 20))) == nil)
    #expect(
      Support.refusal(Support.message(String(repeating: text, count: 21)))?.reason == .tooLarge)
  }

  @Test func imagesThatFollowEachOtherAreOneMessageAndTheTextGoesBehind() throws {
    let bodies = try Support.bodies(
      Support.message("Which?") {
        $0.content.attachments = [
          Support.file(.image), Support.file(.sticker, "image/png"), Support.file(.video),
          Support.file(.image),
        ]
        $0.replyTo = "m_7"
      })
    #expect(bodies.count == 4)
    #expect(bodies[0]["message"]?["attachments"]?.array?.count == 2)
    #expect(bodies[1]["message"]?["attachment"]?["type"] == "video")
    #expect(bodies[2]["message"]?["attachment"]?["type"] == "image")
    #expect(bodies[3]["message"] == ["text": "Which?"])
    // Only the first answers.
    #expect(bodies.map { $0["reply_to"]?["mid"]?.string } == ["m_7", nil, nil, nil])
  }

  @Test func filmsAndSoundsCountThirtyTimes() throws {
    for (kind, weight) in [
      (AttachmentKind.image, 1), (.document, 1), (.video, 30), (.audio, 30), (.voice, 30),
    ] {
      let parts = try Support.parts(
        Support.message(on: .messenger) { $0.content.attachments = [Support.file(kind)] })
      #expect(parts.map(\.weight) == [weight])
    }
  }

  @Test func whatALineDoesNotTakeIsRefusedBefore() {
    func refusal(_ file: OutboundAttachment, on line: TransportKind) -> Unsendable.Reason? {
      Support.refusal(Support.message(on: line) { $0.content.attachments = [file] })?.reason
    }
    let mebi: Int64 = 1 << 20
    #expect(refusal(Support.file(.image, size: 8 * mebi), on: .instagram) == nil)
    #expect(refusal(Support.file(.image, size: 8 * mebi + 1), on: .instagram) == .tooLarge)
    #expect(refusal(Support.file(.image, size: 8 * mebi + 1), on: .messenger) == nil)
    for line in [TransportKind.instagram, .messenger] {
      #expect(refusal(Support.file(.video, size: 25 * mebi), on: line) == nil)
      #expect(refusal(Support.file(.video, size: 25 * mebi + 1), on: line) == .tooLarge)
    }
    #expect(refusal(Support.file(.image, "image/webp"), on: .instagram) == .unsupported)
    #expect(refusal(Support.file(.image, "image/webp"), on: .messenger) == nil)
    #expect(refusal(Support.file(.image, "IMAGE/JPEG; q=1"), on: .instagram) == nil)
    #expect(refusal(Support.file(.document, "text/csv"), on: .instagram) == .unsupported)
    #expect(refusal(Support.file(.document, "application/pdf"), on: .instagram) == nil)
    #expect(refusal(Support.file(.document, "text/csv"), on: .messenger) == nil)
  }

  @Test func upToThirteenRepliesAreQuickRepliesUnderTheLastText() throws {
    let thirteen = (1...13).map { Self.reply("Reply \($0)", "p\($0)") }
    let bodies = try Self.bodies(String(repeating: "word ", count: 300), thirteen)
    #expect(bodies.count == 2)
    #expect(bodies[0]["message"]?["quick_replies"] == nil)
    #expect(bodies[1]["message"]?["quick_replies"]?.array?.count == 13)
    #expect(
      bodies[1]["message"]?["quick_replies"]?.array?.first
        == ["content_type": "text", "title": "Reply 1", "payload": "p1"])
    let more = try Self.bodies("Which?", thirteen + [Self.reply("Reply 14")])
    #expect(more[0]["message"]?["quick_replies"] == nil)
    #expect(more[0]["message"]?["text"]?.string?.hasSuffix("\n14. Reply 14") == true)
  }

  @Test func aTitleOfTwentyOneCharactersGoesAsText() throws {
    let fits = String(repeating: "t", count: 20)
    #expect(try Self.bodies("?", [Self.reply(fits)])[0]["message"]?["quick_replies"] != nil)
    #expect(
      try Self.bodies("?", [Self.reply(fits + "t")])[0]["message"]
        == ["text": .string("?\n\n1. \(fits)t")])
    #expect(
      try Self.bodies("?", [Self.link(fits + "t")])[0]["message"]?["attachment"] == nil)
  }

  @Test func upToThreeWithALinkAreATemplate() throws {
    let bodies = try Self.bodies("Ready", on: .messenger, [Self.link("See"), Self.reply("Later")])
    let payload = bodies[0]["message"]?["attachment"]?["payload"]
    #expect(payload?["template_type"] == "button")
    #expect(payload?["text"] == "Ready")
    #expect(
      payload?["buttons"]?.array?.compactMap { $0["type"]?.string } == ["web_url", "postback"])
    let links = try Self.bodies("Shops", (1...4).map { Self.link("Shop \($0)") })
    #expect(links[0]["message"]?["attachment"] == nil)
    let mixed = try Self.bodies(
      "What?", (1...3).map { Self.reply("R\($0)") } + [Self.link("Terms")])
    #expect(mixed[0]["message"]?["quick_replies"]?.array?.count == 3)
    #expect(mixed[0]["message"]?["text"] == "What?\n\nTerms: https://shop.example.com/5")
  }

  @Test func theTextAboveATemplateIsAtMost640() throws {
    for (line, text) in [
      (TransportKind.instagram, String(repeating: "ж ", count: 320)),
      (.messenger, String(repeating: "word ", count: 390)),
    ] {
      let bodies = try Self.bodies(text, on: line, [Self.link("See")])
      #expect(bodies.count > 1)
      let last = bodies.last?["message"]?["attachment"]?["payload"]?["text"]?.string ?? ""
      let length = line == .instagram ? last.utf8.count : last.utf16.count
      #expect((1...640).contains(length))
      #expect(bodies.dropLast().allSatisfy { $0["message"]?["text"] != nil })
    }
  }

  @Test func aPayloadMustComeBackAsItWasGiven() {
    func refusal(_ payload: String) -> Unsendable? {
      Support.refusal(Support.message("?") { $0.content.buttons = [[Self.reply("R", payload)]] })
    }
    #expect(refusal(String(repeating: "x", count: 1000)) == nil)
    #expect(refusal(String(repeating: "x", count: 1001))?.field == "buttons[0]")
    #expect(refusal("")?.reason == .empty)
  }

  @Test func aListIsShownAsReplies() throws {
    let rows = [OptionList.Row(text: "Small", payload: "s"), .init(text: "Large", payload: "l")]
    let list = OptionList(button: "Sizes", sections: [.init(rows: rows)])
    let message = Support.message("Choose") { $0.content.list = list }
    #expect(
      try Support.bodies(message)[0]["message"]?["quick_replies"]?.array?
        .compactMap { $0["payload"]?.string } == ["s", "l"])
    #expect(try Support.parts(message)[0].payload["note"]?.string?.contains("list") == true)
  }

  @Test func buttonsWithoutATextAreWrittenOut() throws {
    let message = Support.message {
      $0.content.attachments = [Support.file(.image)]
      $0.content.buttons = [[Self.reply("Yes")], [Self.reply("No")]]
    }
    #expect(try Support.bodies(message).last?["message"] == ["text": "1. Yes\n2. No"])
  }

  @Test func aReactionIsASignOnTheMessageItAnswers() throws {
    func body(_ emoji: String, on line: TransportKind) throws -> JSON {
      try Support.bodies(
        Support.message(on: line) {
          $0.content.reaction = emoji
          $0.replyTo = "m_7"
        })[0]
    }
    let love = try body("❤️", on: .instagram)
    #expect(love["sender_action"] == "react")
    #expect(love["payload"] == ["message_id": "m_7", "reaction": "love"])
    #expect(love["message"] == nil && love["messaging_type"] == nil)
    #expect(try body("❤️", on: .messenger)["payload"]?["reaction"] == "❤️")
    #expect(try body("🎉", on: .instagram)["payload"]?["reaction"] == "🎉")
    let none = try body("", on: .messenger)
    #expect(none["sender_action"] == "unreact")
    #expect(none["payload"] == ["message_id": "m_7"])
    #expect(Support.refusal(Support.message { $0.content.reaction = "❤️" })?.field == "reply_to")
  }

  @Test func aTemplateGoesAsItIsWhereTheMessageSaysNothingElse() throws {
    let template: JSONObject = ["attachment": ["type": "template", "payload": ["a": 1]]]
    let alone = Support.message { $0.content.providerTemplate = template }
    #expect(try Support.bodies(alone)[0]["message"] == .object(template))
    let both = Support.message("Words") { $0.content.providerTemplate = template }
    #expect(try Support.bodies(both).map { $0["message"] } == [["text": "Words"]])
    for wrong: JSONObject in [["name": "a"], ["text": ""], ["attachment": "a"]] {
      let message = Support.message { $0.content.providerTemplate = wrong }
      #expect(Support.refusal(message)?.reason == .invalidTemplate)
    }
  }

  @Test func onlyIdsOfTheLineCanBeWrittenTo() {
    let wrong: [Recipient] = [
      .group("1"), .person(Address(type: .messenger, value: "1")),
      .person(Address(type: .instagram, value: "lu.gomez")),
      .person(Address(type: .instagram, value: "")),
    ]
    for recipient in wrong {
      #expect(
        Support.refusal(Support.message("Hi") { $0.recipient = recipient })?.reason == .wrongAddress
      )
    }
  }
}
