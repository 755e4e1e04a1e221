import Testing

@testable import Gateway

private typealias Sending = WhatsAppSendingSupport

@Suite struct WhatsAppPartsTests {
  @Test func theWindowIsOpenForTwentyFourHoursAndNotAMomentLonger() throws {
    let day: Int64 = 86_400_000
    let minute: Int64 = 60_000
    let contents: [(inout OutboundMessage) -> Void] = [
      { $0.content.text = "x" },
      { $0.content.attachments = [Sending.file(.image, "image/jpeg")] },
      { $0.content.location = Location(latitude: 1, longitude: 2) },
      {
        $0.content.reaction = "👍"
        $0.replyTo = "wamid.0"
      },
    ]
    for change in contents {
      func refusal(after milliseconds: Int64) -> Unsendable.Reason? {
        var message = Sending.message(change: change)
        message.lastInboundAt = Sending.now.adding(milliseconds: -milliseconds)
        return Sending.refusal(message)?.reason
      }
      #expect(refusal(after: 0) == nil)
      #expect(refusal(after: day - minute) == nil)
      #expect(refusal(after: day - 1) == nil)
      #expect(refusal(after: day) == .windowClosed)
      #expect(refusal(after: day + minute) == .windowClosed)
      // A clock ahead of ours.
      #expect(refusal(after: -minute) == nil)
    }
    let never = Sending.message("x") { $0.lastInboundAt = nil }
    #expect(Sending.refusal(never)?.reason == .windowClosed)
  }

  @Test func theTemplateGoesWhereFreeWordsCannotAndOtherwiseTheWords() throws {
    var message = Sending.message("Ready") {
      $0.content.providerTemplate = ["name": "order_ready", "language": "pt_BR"]
    }
    #expect(try Sending.bodies(message).map { $0["type"] } == ["text"])
    message.lastInboundAt = Sending.now.adding(milliseconds: -86_400_000)
    #expect(try Sending.bodies(message).map { $0["type"] } == ["template"])
    message.content.text = nil
    message.lastInboundAt = Sending.now
    #expect(try Sending.bodies(message).map { $0["type"] } == ["template"])
  }

  @Test func aLongTextGoesInPiecesOfWhichTheFirstNamesTheAnsweredMessage() throws {
    let message = Sending.message(String(repeating: "word ", count: 1_700)) {
      $0.replyTo = "wamid.0"
    }
    let bodies = try Sending.bodies(message)
    #expect(bodies.count == 3)
    for body in bodies {
      #expect((body["text"]?["body"]?.string?.utf16.count ?? .max) <= 4_096)
    }
    #expect(bodies.map { $0["context"]?["message_id"]?.string } == ["wamid.0", nil, nil])
    #expect(
      bodies.map { $0["biz_opaque_callback_data"] } == ["msg_1", "msg_1.1", "msg_1.2"])
  }

  @Test func aCaptionIsBelowTheFirstFileWhereItFits() throws {
    func types(_ text: String, _ files: OutboundAttachment...) throws -> [String?] {
      let message = Sending.message(text) { $0.content.attachments = files }
      return try Sending.bodies(message).map { body in
        let type = body["type"]?.string ?? ""
        return body[type]?["caption"] == nil ? type : "\(type)+"
      }
    }
    let image = Sending.file(.image, "image/jpeg")
    let voice = Sending.file(.voice, "audio/ogg")
    #expect(try types("x", image) == ["image+"])
    #expect(try types("x", image, image) == ["image+", "image"])
    #expect(try types("x", voice) == ["audio", "text"])
    #expect(try types("x", voice, image) == ["audio", "image", "text"])
    #expect(try types("x", Sending.file(.sticker, "image/webp")) == ["sticker", "text"])
    #expect(try types(String(repeating: "x", count: 1_024), image) == ["image+"])
    #expect(try types(String(repeating: "x", count: 1_025), image) == ["image", "text"])
    // 600 of these are 1,200 UTF-16 units.
    #expect(try types(String(repeating: "😀", count: 600), image) == ["image", "text"])
  }

  @Test func filesGoAsWhatTheyAreOrAsDocuments() {
    let megabyte: Int64 = 1 << 20
    func media(_ kind: AttachmentKind, _ type: String?, _ size: Int64? = nil) -> WhatsAppMedia {
      WhatsAppMedia(Sending.file(kind, type, size: size))
    }
    #expect(media(.image, "image/jpeg", 5 * megabyte) == .image)
    #expect(media(.image, "image/jpeg", 5 * megabyte + 1) == .document)
    #expect(media(.image, "image/jpg") == .image)
    #expect(media(.image, nil) == .image)
    #expect(media(.image, "image/gif") == .document)
    #expect(media(.image, "image/heic") == .document)
    #expect(media(.video, "video/mp4", 16 * megabyte) == .video)
    #expect(media(.video, "video/mp4", 16 * megabyte + 1) == .document)
    #expect(media(.video, "video/quicktime") == .document)
    #expect(media(.animation, "video/mp4") == .video)
    #expect(media(.animation, "image/gif") == .document)
    #expect(media(.audio, "audio/mp3", 16 * megabyte) == .audio)
    #expect(media(.audio, "audio/wav") == .document)
    #expect(media(.voice, "audio/ogg; codecs=opus") == .audio)
    #expect(media(.sticker, "image/webp", 512_000) == .sticker)
    #expect(media(.sticker, "image/webp", 512_001) == .document)
    #expect(media(.sticker, "image/png") == .image)
    #expect(media(.document, "image/png") == .document)
    #expect(media(.contactCard, "text/vcard") == .document)
    let largest = Sending.message { message in
      message.content.attachments = [Sending.file(.document, nil, size: 100 * megabyte)]
    }
    #expect(Sending.refusal(largest) == nil)
    let tooLarge = Sending.message { message in
      message.content.attachments = [
        Sending.file(.image), Sending.file(.document, nil, size: 100 * megabyte + 1),
      ]
    }
    #expect(Sending.refusal(tooLarge)?.reason == .tooLarge)
    #expect(Sending.refusal(tooLarge)?.field == "attachments[1]")
  }

  @Test func onlyWhatTheUploadTakesIsUploaded() throws {
    func step(_ file: OutboundAttachment) throws -> String? {
      try Sending.request(Sending.message { $0.content.attachments = [file] })?.name
    }
    #expect(try step(Sending.file(.image, "image/jpeg", stored: true)) == "upload")
    #expect(try step(Sending.file(.document, "application/pdf", stored: true)) == "upload")
    #expect(try step(Sending.file(.document, "application/zip", stored: true)) == "send")
    #expect(try step(Sending.file(.document, nil, stored: true)) == "send")
    #expect(try step(Sending.file(.image, "image/jpeg")) == "send")
  }

  @Test func someoneIsWrittenToByNumberOrById() throws {
    func target(_ recipient: Recipient) throws -> [String] {
      let body = try #require(try Sending.bodies(Sending.message("x", to: recipient)).first)
      return ["recipient_type", "to", "recipient"].compactMap { name in
        body[name]?.string.map { "\(name)=\($0)" }
      }
    }
    func person(_ type: ContactType, _ value: String) -> Recipient {
      .person(Address(type: type, value: value))
    }
    #expect(
      try target(person(.phone, "+46700100001"))
        == ["recipient_type=individual", "to=+46700100001"])
    #expect(try target(Sending.hidden) == ["recipient_type=individual", "recipient=AR.7755331199"])
    #expect(
      try target(person(.whatsapp, "US.ENT.11815"))
        == ["recipient_type=individual", "recipient=US.ENT.11815"])
    #expect(try target(.group("Y2Fw=")) == ["recipient_type=group", "to=Y2Fw="])
    for wrong in [
      person(.telegram, "60123"), person(.phone, "12345"), person(.whatsapp, "46700100001"),
      person(.whatsapp, ""), person(.whatsapp, "AR."), person(.whatsapp, "AR.77 55"),
      person(.phone, "AR.7755331199"), .group(""), .group("a b"),
    ] {
      #expect(Sending.refusal(Sending.message("x", to: wrong))?.reason == .wrongAddress)
    }
  }

  @Test func anEmptyMessageAndAnotherLineAreRefused() {
    #expect(Sending.refusal(Sending.message(" \n "))?.reason == .empty)
    let sms = Sending.message("x") { $0.transport = .sms }
    #expect(Sending.refusal(sms)?.reason == .unsupported)
    let reaction = Sending.message { $0.content.reaction = "👍" }
    #expect(Sending.refusal(reaction)?.field == "reply_to")
  }

  private static func replies(_ titles: [String]) -> [[Button]] {
    titles.map { [Button($0, .reply(payload: "p:\($0)"))] }
  }

  /// What a message with those buttons becomes: the interactive's type, or `text`.
  private static func form(_ buttons: [[Button]], text: String = "Which?") throws -> [String?] {
    let message = Sending.message(text) { $0.content.buttons = buttons }
    return try Sending.bodies(message).map { $0["interactive"]?["type"]?.string ?? "text" }
  }

  @Test func buttonsTakeTheBestFormThatFits() throws {
    let letters = (0..<11).map { "title \($0)" }
    let twenty = String(repeating: "x", count: 20)
    #expect(try Self.form(Self.replies(Array(letters.prefix(3)))) == ["button"])
    #expect(try Self.form(Self.replies(Array(letters.prefix(4)))) == ["list"])
    #expect(try Self.form(Self.replies(Array(letters.prefix(10)))) == ["list"])
    #expect(try Self.form(Self.replies(letters)) == ["text"])
    #expect(try Self.form(Self.replies([twenty])) == ["button"])
    #expect(try Self.form(Self.replies(["\(twenty)x"])) == ["list"])
    #expect(try Self.form(Self.replies(["\(twenty)xxxxx"])) == ["text"])
    #expect(try Self.form(Self.replies(["same", "same"])) == ["text"])
    let link = Button("Shop", .open(url: "https://shop.example.com/"))
    #expect(try Self.form([[link]]) == ["cta_url"])
    #expect(try Self.form([[link], [Button("B", .open(url: "https://b.example"))]]) == ["text"])
    #expect(try Self.form(Self.replies(["Yes"]) + [[link]]) == ["button"])
  }

  @Test func whatHasNoButtonIsWrittenOut() throws {
    let link = Button("Shop", .open(url: "https://shop.example.com/"))
    let mixed = Sending.message("Which?") {
      $0.content.buttons = Self.replies(["Yes", "No"]) + [[link]]
    }
    let body = try #require(try Sending.bodies(mixed).first)
    #expect(
      body["interactive"]?["body"]?["text"] == "Which?\n\nShop: https://shop.example.com/")
    #expect(body["interactive"]?["action"]?["buttons"]?.array?.count == 2)
    #expect(try Sending.outcome(mixed, after: [Sending.sent()])?.note != nil)
    let many = Sending.message("Which?") {
      $0.content.buttons = Self.replies((1...11).map { "t\($0)" })
    }
    let text = try Sending.bodies(many).first?["text"]?["body"]?.string
    #expect(text?.hasPrefix("Which?\n\n1. t1\n2. t2\n") == true)
    #expect(try Sending.outcome(many, after: [Sending.sent()])?.note != nil)
    #expect(try Sending.outcome(Sending.message("x"), after: [Sending.sent()])?.note == nil)
  }

  @Test func aPayloadThatWouldNotComeBackIsRefused() {
    func refusal(_ payload: String, beside count: Int = 0) -> Unsendable? {
      let message = Sending.message("x") {
        $0.content.buttons =
          Self.replies((0..<count).map { "t\($0)" }) + [[Button("Last", .reply(payload: payload))]]
      }
      return Sending.refusal(message)
    }
    #expect(refusal(String(repeating: "x", count: 256)) == nil)
    #expect(refusal(String(repeating: "x", count: 257))?.reason == .tooLarge)
    #expect(refusal(String(repeating: "x", count: 200), beside: 3) == nil)
    #expect(refusal(String(repeating: "x", count: 201), beside: 3)?.field == "buttons[3]")
    #expect(refusal("")?.reason == .empty)
  }

  @Test func buttonsNeedATextAndALongOneIsCutBeforeThem() throws {
    let alone = Sending.message {
      $0.content.buttons = Self.replies(["Yes"])
      $0.content.attachments = [Sending.file(.image, "image/jpeg")]
    }
    #expect(Sending.refusal(alone)?.field == "text")
    let long = Sending.message(String(repeating: "word ", count: 500)) {
      $0.content.buttons = Self.replies(["Yes"])
    }
    let bodies = try Sending.bodies(long)
    #expect(bodies.map { $0["type"] } == ["text", "text", "interactive"])
    #expect((bodies.last?["interactive"]?["body"]?["text"]?.string?.count ?? .max) <= 1_024)
  }

  @Test func aSingleFileStandsAboveTheButtons() throws {
    func types(_ files: OutboundAttachment...) throws -> [String?] {
      let message = Sending.message("Which?") {
        $0.content.buttons = Self.replies(["Yes"])
        $0.content.attachments = files
      }
      return try Sending.bodies(message).map {
        $0["interactive"]?["header"]?["type"]?.string ?? $0["type"]?.string
      }
    }
    #expect(try types(Sending.file(.image, "image/png")) == ["image"])
    #expect(try types(Sending.file(.document, "application/pdf")) == ["document"])
    #expect(try types(Sending.file(.audio, "audio/mpeg")) == ["audio", "interactive"])
    let image = Sending.file(.image, "image/png")
    #expect(try types(image, image) == ["image", "image", "interactive"])
  }

  @Test func aListIsSentAsOneOrNotAtAll() throws {
    typealias Section = OptionList.Section
    typealias Row = OptionList.Row
    func rows(_ count: Int, from first: Int = 0) -> [Row] {
      (first..<first + count).map { Row(text: "t\($0)", payload: "p\($0)") }
    }
    func refusal(_ sections: [Section], button: String = "Open") -> Unsendable? {
      Sending.refusal(
        Sending.message("x") { $0.content.list = OptionList(button: button, sections: sections) })
    }
    func text(_ count: Int) -> String { String(repeating: "x", count: count) }
    #expect(refusal([Section(rows: rows(10))]) == nil)
    #expect(refusal([Section(rows: rows(11))])?.field == "list.sections")
    #expect(
      refusal([Section(title: "a", rows: rows(5)), Section(title: "b", rows: rows(6, from: 5))])
        != nil)
    #expect(
      refusal([Section(title: "a", rows: rows(5)), Section(title: "b", rows: rows(5, from: 5))])
        == nil)
    #expect(
      refusal([Section(title: "a", rows: rows(1)), Section(rows: rows(1, from: 1))])?.field
        == "list.sections[1].title")
    #expect(refusal([Section(rows: rows(1))], button: text(20)) == nil)
    #expect(refusal([Section(rows: rows(1))], button: text(21))?.field == "list.button")
    #expect(refusal([Section(title: text(24), rows: rows(1))]) == nil)
    #expect(refusal([Section(title: text(25), rows: rows(1))])?.field == "list.sections[0].title")
    func row(_ text: String, _ payload: String, _ description: String? = nil) -> [Section] {
      [Section(rows: [Row(text: text, payload: payload, description: description)])]
    }
    #expect(refusal(row(text(24), text(200), text(72))) == nil)
    #expect(refusal(row(text(25), "p"))?.field == "list.sections[0].rows[0].text")
    #expect(refusal(row("t", text(201)))?.field == "list.sections[0].rows[0].payload")
    #expect(refusal(row("t", "p", text(73)))?.field == "list.sections[0].rows[0].description")
    #expect(refusal([Section(rows: rows(1) + rows(1))])?.field == "list.sections[0].rows[1]")
    let both = Sending.message("x") {
      $0.content.list = OptionList(button: "Open", sections: [Section(rows: rows(1))])
      $0.content.buttons = Self.replies(["Yes"])
    }
    #expect(Sending.refusal(both)?.field == "buttons")
  }

  @Test func theNumberGoesAtItsPublishedRateAndEachPersonAtTheirs() throws {
    let provider = try Sending.provider()
    #expect(provider.rate(on: .whatsapp, sender: nil).perSecond == 80)
    #expect(provider.pauseMilliseconds(to: Sending.rafaela, on: .whatsapp) == 6_000)
    #expect(provider.burst(to: Sending.rafaela, on: .whatsapp) == 45)
    #expect(WhatsAppCloud.contactTypes(on: .whatsapp) == [.whatsapp, .phone])
    #expect(WhatsAppCloud.contactTypes(on: .sms) == [])
  }

  @Test func writingAndReadingAreShownOnTheLastMessage() throws {
    let provider = try Sending.provider()
    let typing = try #require(
      provider.typing(to: Sending.rafaela, on: .whatsapp, lastInboundID: "wamid.0"))
    #expect(
      typing.target == "https://graph.facebook.com/v25.0/118899001122334/messages")
    #expect(
      try JSON.parse(typing.body)
        == [
          "messaging_product": "whatsapp", "status": "read", "message_id": "wamid.0",
          "typing_indicator": ["type": "text"],
        ])
    let read = try #require(
      provider.markRead(from: Sending.rafaela, on: .whatsapp, lastInboundID: "wamid.0"))
    #expect(
      try JSON.parse(read.body)
        == ["messaging_product": "whatsapp", "status": "read", "message_id": "wamid.0"])
    #expect(provider.typing(to: Sending.rafaela, on: .whatsapp, lastInboundID: nil) == nil)
    #expect(provider.markRead(from: Sending.rafaela, on: .whatsapp, lastInboundID: "") == nil)
    #expect(provider.markRead(from: Sending.rafaela, on: .sms, lastInboundID: "x") == nil)
  }
}
