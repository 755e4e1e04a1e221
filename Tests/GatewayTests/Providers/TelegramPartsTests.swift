import Testing

@testable import Gateway

private typealias Sending = TelegramSendingSupport

@Suite struct TelegramPartsTests {
  @Test func aShortTextIsOnePart() throws {
    let parts = try Sending.parts(Sending.message("Hello"))
    #expect(parts.count == 1)
    #expect(parts.first?.payload["method"] == "sendMessage")
    #expect(parts.first?.payload["fields"] == ["text": "Hello"])
  }

  @Test func noPieceIsLongerThanTelegramTakesAndNothingIsLost() throws {
    forAll(40) { random in
      let words = ["Ивана", "👨‍👩‍👧‍👦", "e\u{301}", "order", "ships.", "\n\n", "🇷🇸", "x"]
      return (0..<random.below(3_000)).map { _ in random.pick(words) }.joined(separator: " ")
    } holds: { text in
      if TextSplitter.pieces(text, max: .max).isEmpty { return true }
      let pieces = try Self.texts(Sending.message(text))
      let visible: (String) -> [Character] = { $0.filter { !$0.isWhitespace } }
      return pieces.allSatisfy { (1...4_096).contains($0.utf16.count) }
        && visible(pieces.joined()) == visible(text)
    }
  }

  /// What is bold in the text is bold in the pieces, character by character.
  @Test func aSpanIsCutWithTheText() throws {
    forAll(30) { random -> (String, [TextEntity]) in
      let words = ["Ивана", "👋", "order", "ships.\n"]
      let text = (0..<2_000).map { _ in random.pick(words) }.joined(separator: " ")
      let units = text.utf16.count
      let entities = (0..<8).map { _ in
        let offset = random.below(units)
        let length = 1 + random.below(units - offset)
        let style = random.pick(TextEntity.Style.allCases)
        return TextEntity(
          style: style, offset: offset, length: length,
          url: style == .link ? "https://example.com/\(offset)" : nil)
      }
      return (text, entities)
    } holds: { text, entities in
      let message = Sending.message(text) { $0.content.entities = entities }
      let parts = try Sending.parts(message).map { $0.payload["fields"] ?? .null }
      let whole = Self.styles(text, entities)
      let pieces = try parts.flatMap { part in
        let spans = try (part["entities"]?.array ?? []).map(Self.entity)
        return Self.styles(part["text"]?.string ?? "", spans)
      }
      return parts.count > 1 && pieces == whole
    }
  }

  @Test func aLinkKeepsItsAddressInEveryPiece() throws {
    let text = String(repeating: "word ", count: 1_500)
    let message = Sending.message(text) {
      $0.content.entities = [
        TextEntity(style: .link, offset: 10, length: 7_000, url: "https://example.com/")
      ]
    }
    let spans = try Sending.parts(message).compactMap { $0.payload["fields"]?["entities"]?.array }
    #expect(spans.count == 2)
    #expect(spans.joined().allSatisfy { $0["url"] == "https://example.com/" })
    #expect(spans.joined().allSatisfy { $0["type"] == "text_link" })
  }

  @Test func aShortTextStandsBelowTheFirstFileAndALongOneBehind() throws {
    let photo = Sending.file(.image, "image/jpeg")
    let short = try Sending.parts(Sending.message(files: [photo], text: "Look"))
    #expect(short.map { $0.payload["method"] } == ["sendPhoto"])
    #expect(short.first?.payload["fields"] == ["caption": "Look"])
    let text = String(repeating: "a", count: 1_025)
    let long = try Sending.parts(Sending.message(files: [photo], text: text))
    #expect(long.map { $0.payload["method"] } == ["sendPhoto", "sendMessage"])
    #expect(long.map { $0.payload["fields"] } == [[:], ["text": .string(text)]])
  }

  @Test func aStickerHasNoTextBelow() throws {
    let sticker = Sending.file(.sticker, "image/webp")
    let parts = try Sending.parts(Sending.message(files: [sticker], text: "Hi"))
    #expect(parts.map { $0.payload["method"] } == ["sendSticker", "sendMessage"])
  }

  @Test func neighboursOfOneSortAreAnAlbum() throws {
    let photo = Sending.file(.image, "image/png")
    let film = Sending.file(.video, "video/mp4")
    let paper = Sending.file(.document, "application/pdf")
    let song = Sending.file(.audio, "audio/mpeg")
    let note = Sending.file(.voice, "audio/ogg")
    #expect(try Self.groups([photo, film, photo]) == [3])
    #expect(try Self.groups([photo, paper, paper, photo]) == [1, 2, 1])
    #expect(try Self.groups([paper, song, song, note, note]) == [1, 2, 1, 1])
    #expect(try Self.groups(Array(repeating: photo, count: 10)) == [10])
    #expect(try Self.groups(Array(repeating: photo, count: 12)) == [10, 2])
  }

  @Test func anAlbumIsNoLargerThanOneUpload() throws {
    let film = Sending.file(.video, "video/mp4", size: 30 << 20)
    let clip = Sending.file(.video, "video/mp4", size: 20 << 20)
    #expect(try Self.groups([film, clip, clip, clip]) == [2, 2])
  }

  @Test func anAlbumCountsByItsFiles() throws {
    let photo = Sending.file(.image)
    let parts = try Sending.parts(Sending.message(files: [photo, photo, photo], text: "x"))
    #expect(parts.map(\.weight) == [3])
  }

  @Test func buttonsStandUnderTheLastPart() throws {
    let photo = Sending.file(.image, "image/png")
    func parts(_ files: [OutboundAttachment], _ text: String?) throws -> [JSONObject] {
      var message = Sending.message(files: files, text: text)
      message.content.buttons = [[Button("Yes", .reply(payload: "y"))]]
      return try Sending.parts(message).map(\.payload)
    }
    func methods(_ parts: [JSONObject]) -> [String?] { parts.map { $0["method"]?.string } }
    let one = try parts([photo], "Look")
    #expect(methods(one) == ["sendPhoto"])
    let album = try parts([photo, photo], "Look")
    #expect(methods(album) == ["sendMediaGroup", "sendMessage"])
    // An album alone could not have them.
    let bare = try parts([photo, photo], nil)
    #expect(methods(bare) == ["sendPhoto", "sendPhoto"])
    let keyboard: JSON = ["inline_keyboard": [[["text": "Yes", "callback_data": "y"]]]]
    for list in [one, album, bare] {
      #expect(list.last?["fields"]?["reply_markup"] == keyboard)
      #expect(list.dropLast().allSatisfy { $0["fields"]?["reply_markup"] == nil })
    }
  }

  @Test(arguments: [(0, Unsendable.Reason.empty), (65, .tooLarge)])
  func aPayloadThatWouldNotComeBackIsRefused(_ bytes: Int, _ reason: Unsendable.Reason) throws {
    var message = Sending.message("Choose")
    message.content.buttons = [
      [Button("A", .reply(payload: String(repeating: "a", count: 64)))],
      [Button("B", .reply(payload: String(repeating: "b", count: bytes)))],
    ]
    #expect(Sending.refusal(message)?.field == "buttons[1]")
    #expect(Sending.refusal(message)?.reason == reason)
    message.content.buttons.removeLast()
    #expect(Sending.refusal(message) == nil)
  }

  @Test func whatIsTooLargeIsRefusedBeforeItIsSent() throws {
    let film = Sending.file(.video, "video/mp4", size: (50 << 20) + 1)
    let refusal = Sending.refusal(Sending.message(files: [Sending.file(.image), film]))
    #expect(refusal?.reason == .tooLarge)
    #expect(refusal?.field == "attachments[1]")
    // A photo that is too large to be shown as one still arrives.
    let photo = Sending.file(.image, "image/jpeg", size: 11 << 20)
    let parts = try Sending.parts(Sending.message(files: [photo]))
    #expect(parts.map { $0.payload["method"] } == ["sendDocument"])
  }

  @Test func aFileOfAnotherTypeThanItsKindGoesAsADocument() throws {
    for (kind, type, method) in [
      (AttachmentKind.image, "image/heic", "sendDocument"), (.image, "image/gif", "sendAnimation"),
      (.audio, "audio/wav", "sendDocument"), (.audio, "audio/mpeg; x=y", "sendAudio"),
      (.voice, "audio/amr", "sendDocument"), (.voice, "audio/ogg", "sendVoice"),
      (.video, "video/webm", "sendDocument"), (.contactCard, "text/vcard", "sendDocument"),
    ] {
      let parts = try Sending.parts(Sending.message(files: [Sending.file(kind, type)]))
      #expect(parts.map { $0.payload["method"]?.string } == [method], "\(type)")
    }
  }

  @Test func aPlaceWithANameIsAVenue() throws {
    func fields(_ name: String?, _ address: String?) throws -> [JSONObject] {
      let place = Location(latitude: 44.5, longitude: 20.25, name: name, address: address)
      return try Sending.parts(Sending.message { $0.content.location = place }).map(\.payload)
    }
    #expect(try fields(nil, " ").first?["method"] == "sendLocation")
    let named = try fields("Workshop", nil)
    #expect(named.first?["method"] == "sendVenue")
    #expect(named.first?["fields"]?["address"] == "Workshop")
  }

  @Test(arguments: ["", " \n\t", "\u{2003}"])
  func whatSaysNothingIsRefused(_ text: String) {
    #expect(Sending.refusal(Sending.message(text))?.reason == .empty)
  }

  @Test func aTemplateIsRefused() {
    let message = Sending.message { $0.content.providerTemplate = ["content_sid": "HX1"] }
    #expect(Sending.refusal(message)?.field == "provider_template")
  }

  @Test(arguments: ["", "0", "@ivana_k", "+381601234567", "12a", "99999999999999999999"])
  func aPersonWithoutANumberOfTelegramIsRefused(_ value: String) {
    let recipient = Recipient.person(Address(type: .telegram, value: value))
    #expect(Sending.refusal(Sending.message("x", to: recipient))?.reason == .wrongAddress)
  }

  @Test func aPersonKnownByAnotherAddressIsRefused() {
    let recipient = Recipient.person(Address(type: .phone, value: "381601234567"))
    #expect(Sending.refusal(Sending.message("x", to: recipient))?.reason == .wrongAddress)
  }

  @Test(arguments: [("guest/-100:4", Unsendable.Reason.unsupported), ("x", .wrongAddress)])
  func aGroupThatCannotBeWrittenToIsRefused(_ key: String, _ reason: Unsendable.Reason) {
    #expect(Sending.refusal(Sending.message("x", to: .group(key)))?.reason == reason)
  }

  @Test func partsAreTheSameEveryTimeAndSurviveBeingKept() throws {
    var message = Sending.message(
      files: [Sending.file(.image), Sending.file(.document)],
      text: String(repeating: "a b ", count: 3_000))
    message.content.entities = [TextEntity(style: .bold, offset: 0, length: 9_000)]
    let parts = try Sending.parts(message)
    #expect(try Sending.parts(message) == parts)
    #expect(parts.map { MessagePart(json: $0.json) } == parts)
  }

  private static func texts(_ message: OutboundMessage) throws -> [String] {
    try Sending.parts(message).compactMap { $0.payload["fields"]?["text"]?.string }
  }

  private static func groups(_ files: [OutboundAttachment]) throws -> [Int] {
    try Sending.parts(Sending.message(files: files)).map {
      $0.payload["files"]?.array?.count ?? 0
    }
  }

  private static func entity(_ span: JSON) throws -> TextEntity {
    let type = try #require(span["type"]?.string)
    let style = try #require(TextEntity.Style(rawValue: type == "text_link" ? "link" : type))
    let offset = try #require(span["offset"]?.integer)
    let length = try #require(span["length"]?.integer)
    #expect(offset >= 0 && length > 0)
    return TextEntity(style: style, offset: Int(offset), length: Int(length))
  }

  /// The styles of each UTF-16 unit that is no white space, which is left out at a cut: a set of
  /// bits, one a style.
  private static func styles(_ text: String, _ spans: [TextEntity]) -> [Int] {
    var styles = [Int](repeating: 0, count: text.utf16.count)
    for span in spans {
      let bit = TextEntity.Style.allCases.firstIndex(of: span.style).map { 1 << $0 } ?? 0
      for place in span.offset..<(span.offset + span.length) { styles[place] |= bit }
    }
    return zip(text.utf16, styles).filter { ![0x20, 0x0A].contains($0.0) }.map(\.1)
  }
}
