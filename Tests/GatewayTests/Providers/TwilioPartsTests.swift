import Testing

@testable import Gateway

@Suite struct TwilioPartsTests {
  private static let now = Instant(millisecondsSinceEpoch: 1_791_210_240_000)

  /// The message with these members beside the usual ones.
  static func message(
    _ transport: TransportKind, to recipient: Recipient? = nil, _ content: JSONObject
  ) throws -> OutboundMessage {
    var message = OutboundMessage(
      id: "msg_1", transport: transport, recipient: recipient ?? usual(transport),
      content: try OutboundContent(content))
    message.lastInboundAt = now
    return message
  }

  private static func usual(_ transport: TransportKind) -> Recipient {
    switch transport {
    case .whatsapp: .person(Address(type: .whatsapp, value: "+5511987654321"))
    case .messenger: .person(Address(type: .messenger, value: "7012"))
    case .other: .person(Address(type: .other, value: "rcs:+15035550142"))
    default: .person(Address(type: .phone, value: "+15035550142"))
    }
  }

  private static func parts(
    _ transport: TransportKind, _ content: JSONObject
  ) throws -> [TwilioPart] {
    try queued(message(transport, content)).map { TwilioPart($0.payload) }
  }

  private static func queued(_ message: OutboundMessage) throws -> [MessagePart] {
    try TwilioTest.channel().parts(of: message, now: now)
  }

  private static func refusal(of message: OutboundMessage) throws -> Unsendable? {
    let channel = try TwilioTest.channel()
    do { _ = try channel.parts(of: message, now: now) } catch { return error }
    return nil
  }

  private static func refusal(
    _ transport: TransportKind, _ content: JSONObject
  ) throws -> Unsendable? {
    try refusal(of: message(transport, content))
  }

  private static func file(
    _ type: String, kind: String? = nil, size: Int64? = nil
  ) -> JSON {
    var file: JSONObject = ["url": "https://files.example.org/f", "content_type": .string(type)]
    if let kind { file["kind"] = .string(kind) }
    if let size { file["size"] = .integer(size) }
    return .object(file)
  }

  // MARK: Texts

  @Test func aTextIsOnePartThatCountsItsSegments() throws {
    #expect(try Self.parts(.sms, ["text": "Hi"]) == [TwilioPart(body: "Hi")])
    let long = try Self.message(.sms, ["text": .string(String(repeating: "a", count: 307))])
    #expect(try Self.queued(long).map(\.weight) == [3])
    var whatsApp = long
    whatsApp.transport = .whatsapp
    #expect(try Self.queued(whatsApp).map(\.weight) == [1])
  }

  @Test func aTextOver1600UnitsIsSeveralPartsInOrder() throws {
    for (text, count) in [
      (String(repeating: "a", count: 1600), 1), (String(repeating: "a", count: 1601), 2),
      (String(repeating: "😀", count: 800), 1), (String(repeating: "😀", count: 801), 2),
    ] {
      let parts = try Self.parts(.sms, ["text": .string(text)])
      #expect(parts.count == count)
      #expect(parts.map(\.place) == Array(0..<count))
      #expect(parts.compactMap(\.body).joined() == text)
      #expect(parts.allSatisfy { ($0.body ?? "").utf16.count <= 1600 })
    }
  }

  @Test func aPartSurvivesTheQueue() throws {
    var part = TwilioPart(body: "a", media: [0, 2])
    part.place = 3
    part.contentSID = "HX"
    part.contentVariables = "{}"
    part.action = "geo:1,2"
    part.note = "n"
    let queued = try #require(MessagePart(json: part.queued(on: .sms).json))
    #expect(TwilioPart(queued.payload) == part)
  }

  @Test func aTextAboveTwentyPartsIsAMistake() throws {
    let line = String(repeating: "a", count: 1600)
    let text: (Int) -> JSON = { .string(Array(repeating: line, count: $0).joined(separator: "\n")) }
    #expect(try Self.parts(.sms, ["text": text(20)]).count == 20)
    #expect(try Self.refusal(.sms, ["text": text(21)])?.reason == .tooLarge)
  }

  @Test(arguments: [TransportKind.sms, .whatsapp, .messenger, .other])
  func whatSaysNothingIsRefused(_ transport: TransportKind) throws {
    for content: JSONObject in [
      [:], ["text": ""], ["text": " \n "], ["buttons": [["text": "A", "payload": "a"]]],
    ] {
      // Buttons alone are written out, and so say something.
      let refusal = try Self.refusal(transport, content)
      if content["buttons"] == nil { #expect(refusal?.reason == .empty) }
    }
  }

  @Test func aLinkIsWrittenBehindItsText() throws {
    let link: (Int, Int) -> JSON = {
      [["style": "link", "offset": JSON($0), "length": JSON($1), "url": "https://e.org/x"]]
    }
    for transport in [TransportKind.sms, .whatsapp, .messenger] {
      #expect(
        try Self.parts(transport, ["text": "See here.", "entities": link(4, 4)]).first?.body
          == "See here (https://e.org/x).")
      #expect(
        try Self.parts(transport, ["text": "See e.org/x.", "entities": link(4, 7)]).first?.body
          == "See e.org/x.")
    }
  }

  @Test func marksAreForWhatsAppAlone() throws {
    let content: JSONObject = [
      "text": "Your code is 4711 now",
      "entities": [["style": "bold", "offset": 13, "length": 4]],
    ]
    #expect(try Self.parts(.whatsapp, content).first?.body == "Your code is *4711* now")
    for transport in [TransportKind.sms, .messenger, .other] {
      #expect(try Self.parts(transport, content).first?.body == "Your code is 4711 now")
    }
  }

  @Test func buttonsAreWrittenOutAndThePersonIsTold() throws {
    let content: JSONObject = [
      "text": "Well?",
      "buttons": [
        ["text": "Yes", "payload": "y"], ["text": "Page", "url": "https://e.org"],
        ["text": "No", "payload": "n"],
      ],
    ]
    for transport in [TransportKind.sms, .whatsapp, .messenger, .other] {
      let part = try #require(try Self.parts(transport, content).first)
      #expect(part.body == "Well?\n\n1. Yes\nPage: https://e.org\n2. No")
      #expect(part.note?.contains("templates") == true)
    }
  }

  @Test func aBusinessCardIsWrittenOut() throws {
    let content: JSONObject = [
      "contact": ["first_name": "Ada", "last_name": "Lovelace", "phone": "+46 70 010 00 01"]
    ]
    #expect(try Self.parts(.sms, content).first?.body == "Ada Lovelace\n+46700100001")
    #expect(try Self.parts(.whatsapp, content).first?.body == "Ada Lovelace\n+46700100001")
  }

  // MARK: Places

  @Test func aPlaceIsAPinOnWhatsAppAndALinkElsewhere() throws {
    let content: JSONObject = [
      "text": "Here:",
      "location": [
        "latitude": .number(59.3293), "longitude": .number(-0.0000123), "name": "Café",
        "address": "Street 1|2\nTown",
      ],
    ]
    let whatsApp = try Self.parts(.whatsapp, content)
    #expect(whatsApp.map(\.body) == ["Here:", "Café"])
    #expect(whatsApp.map(\.action) == [nil, "geo:59.329300,-0.000012|Street 1 2 Town"])
    let sms = try Self.parts(.sms, content)
    #expect(
      sms.map(\.body) == [
        "Here:\n\nCafé\nStreet 1|2\nTown\nhttps://maps.google.com/?q=59.329300,-0.000012"
      ])
    #expect(sms.map(\.action) == [nil])
  }

  @Test func aPlaceWithoutANameHasItsCoordinatesForText() throws {
    let part = try #require(
      try Self.parts(.whatsapp, ["location": ["latitude": 90, "longitude": -180]]).first)
    #expect(part.body == "90.000000,-180.000000")
    #expect(part.action == "geo:90.000000,-180.000000")
    let nowhere = try Self.parts(
      .whatsapp, ["location": ["latitude": .number(-0.0000001), "longitude": 0]])
    #expect(nowhere.first?.action == "geo:0.000000,0.000000")
  }

  // MARK: Files

  @Test func anMMSHasAllItsFilesWithTheFirstText() throws {
    let text = String(repeating: "word ", count: 400)
    let files: JSON = [Self.file("image/jpeg"), Self.file("text/vcard")]
    let parts = try Self.parts(.sms, ["text": .string(text), "attachments": files])
    #expect(parts.map(\.media) == [[0, 1], []])
    #expect(try Self.parts(.sms, ["attachments": files]) == [TwilioPart(media: [0, 1])])
    // What an MMS weighs is not its text's segments.
    let queued = try Self.queued(
      Self.message(
        .sms, ["text": .string(String(repeating: "a", count: 500)), "attachments": files]))
    #expect(queued.map(\.weight) == [1])
  }

  @Test func aFileOfWhatsAppIsAMessageOfItsOwn() throws {
    let image = Self.file("image/jpeg")
    let sheet = Self.file("application/pdf")
    let pictures = try Self.parts(.whatsapp, ["text": "Two", "attachments": [image, sheet]])
    #expect(pictures.map(\.body) == ["Two", nil])
    #expect(pictures.map(\.media) == [[0], [1]])
    // Only pictures and films have captions there.
    for file in [sheet, Self.file("audio/ogg", kind: "voice"), Self.file("text/vcard")] {
      let parts = try Self.parts(.whatsapp, ["text": "One", "attachments": [file]])
      #expect(parts.map(\.body) == ["One", nil])
      #expect(parts.map(\.media) == [[], [0]])
    }
    for transport in [TransportKind.messenger, .other] {
      let parts = try Self.parts(transport, ["text": "One", "attachments": [image]])
      #expect(parts.map(\.media) == [[], [0]])
    }
  }

  @Test func aTextTooLongForACaptionGoesBeforeTheFile() throws {
    for (length, media) in [(1024, [[0]]), (1025, [[], [0]]), (1601, [[], [], [0]])] {
      let text = String(repeating: "a", count: length)
      let parts = try Self.parts(
        .whatsapp, ["text": .string(text), "attachments": [Self.file("image/png")]])
      #expect(parts.map(\.media) == media, "\(length)")
    }
  }

  @Test(arguments: [
    (TransportKind.sms, "image/jpeg", 5_242_880 as Int64), (.sms, "image/gif; a=b", 5_242_880),
    (.sms, "image/webp", 512_000), (.sms, "application/pdf", 512_000),
    (.whatsapp, "image/png", 5_242_880), (.whatsapp, "video/mp4", 16_777_216),
  ])
  func aFileAboveWhatTheLineTakesIsRefused(
    _ transport: TransportKind, _ type: String, _ most: Int64
  ) throws {
    for (size, isRefused) in [(most, false), (most + 1, true), (Int64.max, true)] {
      let refusal = try Self.refusal(
        transport, ["attachments": [Self.file("image/png"), Self.file(type, size: size)]])
      #expect((refusal?.reason == .tooLarge) == isRefused)
      if isRefused { #expect(refusal?.field == "attachments[1]") }
    }
  }

  // MARK: Windows, templates, addresses

  @Test(arguments: [
    (0 as Int64, true), (-60_000, true), (86_399_000, true), (86_399_999, true),
    (86_400_000, false), (86_401_000, false),
  ])
  func freeTextIsForADayAfterThePersonWrote(_ age: Int64, _ isOpen: Bool) throws {
    var message = try Self.message(.whatsapp, ["text": "Hi"])
    message.lastInboundAt = Self.now.adding(milliseconds: -age)
    #expect(try Self.refusal(of: message)?.reason == (isOpen ? nil : .windowClosed))
    message.transport = .sms
    message.recipient = Self.usual(.sms)
    #expect(try Self.refusal(of: message) == nil)
  }

  @Test func toSomebodyWhoNeverWroteOnlyATemplateGoes() throws {
    var message = try Self.message(.whatsapp, ["text": "Hi"])
    message.lastInboundAt = nil
    #expect(try Self.refusal(of: message)?.reason == .windowClosed)
    #expect(try Self.refusal(of: message)?.error.errorClass == TwilioErrors.windowClass)
    message.content.providerTemplate = [
      "content_sid": .string("HX" + String(repeating: "0a", count: 16))
    ]
    #expect(try Self.refusal(of: message) == nil)
  }

  @Test func aTemplateHasItsVariablesAsJSON() throws {
    let sid = "HX" + String(repeating: "0a", count: 16)
    let part = try Self.parts(
      .whatsapp,
      [
        "text": "for our own eyes",
        "provider_template": [
          "content_sid": .string(sid), "variables": ["1": "A \"b\"", "2": 17],
        ],
      ]
    ).first
    #expect(part?.contentSID == sid)
    #expect(part?.contentVariables == #"{"1":"A \"b\"","2":"17"}"#)
    #expect(part?.body == nil)
    for variables: JSON in [[:], nil] {
      let part = try Self.parts(
        .sms,
        [
          "provider_template": ["content_sid": .string(sid), "variables": variables]
        ]
      ).first
      #expect(part?.contentVariables == nil)
    }
  }

  @Test func aTemplateThatTwilioCouldNotKnowIsRefused() throws {
    let sid = JSON.string("HX" + String(repeating: "0a", count: 16))
    for (template, field) in [
      (["content_sid": "HX12"], "content_sid"), (["content_sid": 1], "content_sid"),
      (["variables": [:]], "content_sid"), (["content_sid": sid, "variables": []], "variables"),
      (["content_sid": sid, "variables": ["1": true]], "variables.1"),
      (["content_sid": sid, "variables": ["1": ["a"]]], "variables.1"),
      (["content_sid": sid, "language": "de"], "language"),
    ] as [(JSON, String)] {
      let refusal = try Self.refusal(.whatsapp, ["provider_template": template])
      #expect(refusal?.reason == .invalidTemplate)
      #expect(refusal?.field == "provider_template.\(field)")
    }
    let mixed = try Self.refusal(
      .sms,
      [
        "provider_template": ["content_sid": sid], "attachments": [Self.file("image/png")],
      ])
    #expect(mixed?.reason == .unsupported)
  }

  @Test func anAddressOfAnotherLineIsRefused() throws {
    let types: [TransportKind: [ContactType]] = [
      .sms: [.phone], .whatsapp: [.whatsapp, .phone], .messenger: [.messenger], .other: [.other],
    ]
    for transport in TransportKind.allCases {
      #expect(Twilio.contactTypes(on: transport) == types[transport] ?? [])
      for type in ContactType.allCases {
        let value = type == .other ? "rcs:+15035550142" : "+15035550142"
        let refusal = try Self.refusal(
          of: Self.message(
            transport, to: .person(Address(type: type, value: value)), ["text": "Hi"]))
        let isTaken = types[transport]?.contains(type) ?? false
        let reason: Unsendable.Reason? =
          types[transport] == nil ? .unsupported : isTaken ? nil : .wrongAddress
        #expect(refusal?.reason == reason, "\(transport) \(type)")
      }
      let group = try Self.refusal(of: Self.message(transport, to: .group("g"), ["text": "Hi"]))
      #expect(group != nil)
    }
  }

  @Test func whatIsNoMessagingAddressIsRefused() throws {
    for value in ["ACME", "client:joey", "sip:a@example.org", ""] {
      let message = try Self.message(
        .other, to: .person(Address(type: .other, value: value)), ["text": "Hi"])
      #expect(try Self.refusal(of: message)?.reason == .wrongAddress)
    }
    let code = Recipient.person(Address(type: .phone, value: "12345"))
    #expect(try Self.refusal(of: Self.message(.whatsapp, to: code, ["text": "a"])) != nil)
    #expect(try Self.refusal(of: Self.message(.sms, to: code, ["text": "a"])) == nil)
  }
}
