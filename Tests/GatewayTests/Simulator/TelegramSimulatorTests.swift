import Gateway
import Simulator
import Testing

@Suite struct TelegramSimulatorTests {
  private let ivana = SimulatorSupport.ivana
  private let group = SimulatorSupport.group

  private func everything(seed: UInt64 = 1) -> [(kind: String, request: HTTPRequest)] {
    var telegram = SimulatorSupport.telegram(seed: seed)
    let contents: [TelegramPayload] = [
      .text("/help @desk 👋🏽"), .photo(caption: "a\"b\\c\n"), .video(caption: nil, seconds: 3),
      .animation, .voice(seconds: 7),
      .document(fileName: "a.pdf", contentType: "application/pdf", size: 1, caption: nil),
      .sticker(emoji: "👍"), .location(latitude: 44.8178, longitude: 20.4569),
      .venue(title: "Kod Babe", address: "1", latitude: 44.82, longitude: 20.46),
      .contact(phone: "381641234567", firstName: "Ивана", userID: 6_012_345_678),
    ]
    var made = contents.map { ("message", telegram.message($0, from: ivana)) }
    let sent = telegram.botSent("Confirm?", in: .privateChat(ivana))
    made += telegram.album(3, caption: "both", from: ivana).map { ("message", $0) }
    made += [
      ("message", telegram.start(payload: "camp_1", from: ivana)),
      ("message", telegram.message(.text("hi"), from: ivana, in: group, replyTo: sent)),
      ("message", telegram.forwarded("they said", of: telegram.bot, from: ivana)),
      ("edited_message", telegram.edited(sent, to: .text("no"), by: ivana)),
      ("message_reaction", telegram.reaction(on: sent, to: ["❤"], by: ivana)),
      ("callback_query", telegram.callback(data: "y", label: "Yes", under: sent, by: ivana)),
      ("message", telegram.joined([ivana], in: group)),
      ("message", telegram.left(ivana, in: group)),
      ("my_chat_member", telegram.blocked(by: ivana)),
      ("my_chat_member", telegram.unblocked(by: ivana)),
      ("business_connection", telegram.businessConnection("bc", owner: ivana, enabled: true)),
      ("business_message", telegram.business(.text("x"), connectionID: "bc", customer: ivana)),
      (
        "deleted_business_messages",
        telegram.businessDeleted([sent], connectionID: "bc", customer: ivana)
      ),
      ("channel_post", telegram.channelPost("Sale", in: .channel(id: -1_009, title: "News"))),
      ("poll_answer", telegram.pollAnswer(option: 1, by: ivana)),
      ("some_future_update", telegram.unknown()),
    ]
    made += telegram.migrated(.group(id: -40, title: "Room", topic: nil), to: group, by: ivana)
      .map { ("message", $0) }
    return made
  }

  @Test func wrapsEveryUpdateInItsKindUnderAGrowingId() throws {
    var last: Int64 = 0
    for (kind, request) in everything() {
      let update = try JSON.parse(request.body)
      #expect(update.object?.keys == ["update_id", kind])
      let id = try #require(update["update_id"]?.integer)
      #expect(last == 0 || id == last + 1, "\(kind)")
      last = id
    }
  }

  @Test func sendsTelegramsHeadersWithEveryRequest() {
    for (kind, request) in everything() {
      #expect(request.method == "POST" && request.target == "https://gw.example.com/tg")
      #expect(request.headers["Content-Type"] == "application/json", "\(kind)")
      #expect(
        request.headers["X-Telegram-Bot-Api-Secret-Token"] == SimulatorSupport.secret, "\(kind)")
    }
  }

  @Test func writesJSONInASCIIAsTelegramsServerDoes() throws {
    var telegram = SimulatorSupport.telegram()
    let text = "Здраво 👋🏽 \"quoted\" \\ \n é"
    let request = telegram.message(.text(text), from: ivana)
    #expect(request.body.allSatisfy { $0 < 0x80 })
    #expect(String(decoding: request.body, as: UTF8.self).contains(#"\ud83d\udc4b"#))
    #expect(try JSON.parse(request.body)["message"]?["text"]?.string == text)
  }

  @Test func numbersMessagesWithinTheirChat() throws {
    var telegram = SimulatorSupport.telegram()
    _ = telegram.message(.text("one"), from: ivana)
    let first = try #require(telegram.last?.messageID)
    _ = telegram.message(.text("elsewhere"), from: ivana, in: group)
    let sent = telegram.botSent("two", in: .privateChat(ivana))
    #expect(sent.messageID == first + 1)
    _ = telegram.message(.text("three"), from: ivana)
    #expect(telegram.last?.messageID == first + 2)
  }

  @Test func keepsAnEditUnderTheNumberAndDateOfItsMessage() throws {
    var telegram = SimulatorSupport.telegram()
    _ = telegram.message(.text("at 5"), from: ivana)
    let written = try #require(telegram.last)
    telegram.now = telegram.now.adding(milliseconds: 60_000)
    let edit = try JSON.parse(telegram.edited(written, to: .text("at 6"), by: ivana).body)
    let message = try #require(edit["edited_message"])
    #expect(message["message_id"]?.integer == written.messageID)
    #expect(message["date"]?.integer == 1_791_210_000)
    #expect(message["edit_date"]?.integer == 1_791_210_060)
    #expect(message["text"]?.string == "at 6")
  }

  @Test func countsEntitiesInUTF16Units() throws {
    var telegram = SimulatorSupport.telegram()
    let request = telegram.message(.text("👋🏽 /order@desk x"), from: ivana)
    let entity = try JSON.parse(request.body)["message"]?["entities"]?.array?.first
    #expect(entity?["type"]?.string == "bot_command")
    #expect(entity?["offset"]?.integer == 5 && entity?["length"]?.integer == 11)
  }

  @Test func putsAnAlbumUnderOneIdWithTheCaptionOnTheFirst() throws {
    var telegram = SimulatorSupport.telegram()
    let messages = try telegram.album(3, caption: "both sides", from: ivana).map {
      try JSON.parse($0.body)["message"]
    }
    #expect(messages.count == 3)
    #expect(Set(messages.map { $0?["media_group_id"]?.string }).count == 1)
    #expect(messages.map { $0?["caption"]?.string } == ["both sides", nil, nil])
    #expect(Set(messages.map { $0?["message_id"]?.integer }).count == 3)
  }

  @Test func tellsABusinessEchoByItsAuthor() throws {
    var telegram = SimulatorSupport.telegram()
    let owner = TelegramPerson(id: 42, firstName: "Owner")
    let echo = try JSON.parse(
      telegram.business(.text("x"), connectionID: "bc", customer: ivana, owner: owner).body)
    #expect(echo["business_message"]?["from"]?["id"]?.integer == 42)
    #expect(echo["business_message"]?["chat"]?["id"]?.integer == ivana.id)
    #expect(echo["business_message"]?["business_connection_id"]?.string == "bc")
  }

  @Test func breaksOffMalformedJSON() {
    var telegram = SimulatorSupport.telegram()
    let request = telegram.malformed(from: ivana)
    #expect(!request.body.isEmpty)
    #expect(throws: JSONError.self) { try JSON.parse(request.body) }
  }

  @Test(arguments: TelegramSimulator.Forgery.allCases)
  func forgesTheSecretAndNothingElse(_ forgery: TelegramSimulator.Forgery) {
    var telegram = SimulatorSupport.telegram()
    let genuine = telegram.message(.text("hi"), from: ivana)
    let forged = telegram.forged(genuine, forgery)
    #expect(forged.body == genuine.body && forged.target == genuine.target)
    #expect(forged.headers["X-Telegram-Bot-Api-Secret-Token"] != SimulatorSupport.secret)
    #expect(
      (forged.headers["X-Telegram-Bot-Api-Secret-Token"] == nil) == (forgery == .unsigned))
  }

  @Test func repeatsARunByItsSeed() {
    #expect(everything(seed: 5).map(\.request) == everything(seed: 5).map(\.request))
    #expect(everything(seed: 5).map(\.request) != everything(seed: 6).map(\.request))
  }
}
