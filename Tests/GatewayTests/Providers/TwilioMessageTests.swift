import Testing

@testable import Gateway

@Suite struct TwilioMessageTests {
  /// A message with that text, as a person's telephone sends it.
  private static func items(
    _ text: String, from: String = "+15035550142", optOut: String? = nil
  ) throws -> [Item] {
    var fields = [("MessageSid", "SM1"), ("SmsStatus", "received"), ("From", from), ("Body", text)]
    if let optOut { fields.append(("OptOutType", optOut)) }
    return try TwilioTest.channel().read(TwilioTest.signed(Form.encode(fields)))
  }

  private static func preference(_ items: [Item]) -> PreferenceReport? {
    for case .preference(let report) in items.map(\.fact) { return report }
    return nil
  }

  private static func automatedReply(_ items: [Item]) -> String? {
    guard case .message(let message)? = items.first?.fact else { return nil }
    return message.content.details["automated_reply"]?.string
  }

  @Test(arguments: [
    "STOP", "stop", " Stop ", "STOPALL", "Unsubscribe", "cancel", "END", "quit", "REVOKE",
    "OptOut\n",
  ])
  func theDefaultWordsOptOutOnSMS(_ text: String) throws {
    let items = try Self.items(text)
    #expect(items.map(\.key) == ["message:SM1", "preference:SM1"])
    #expect(Self.preference(items)?.choice == .optedOut)
    #expect(Self.preference(items)?.source == "keyword")
    #expect(Self.preference(items)?.transport == .sms)
    #expect(Self.automatedReply(items) == "STOP")
  }

  @Test(arguments: ["START", "start ", "Unstop"])
  func theDefaultWordsOptInOnSMS(_ text: String) throws {
    let items = try Self.items(text)
    #expect(Self.preference(items)?.choice == .optedIn)
    #expect(Self.automatedReply(items) == "START")
  }

  @Test(arguments: ["HELP", "info"])
  func helpIsAnsweredByTwilioAndChangesNothing(_ text: String) throws {
    let items = try Self.items(text)
    #expect(items.count == 1)
    #expect(Self.automatedReply(items) == "HELP")
  }

  @Test(arguments: [
    "Stop it", "please stop", "STOP.", "yes", "YES", "s top", "stopp", "", "arret",
    String(repeating: " ", count: 50) + "stop",
  ])
  func otherTextsAreTexts(_ text: String) throws {
    let items = try Self.items(text)
    #expect(items.count == 1)
    #expect(Self.automatedReply(items) == nil)
  }

  @Test func theDefaultWordsAreTextOnOtherLines() throws {
    for from in ["whatsapp:+5511987654321", "messenger:123", "rcs:+15035550142"] {
      #expect(try Self.items("STOP", from: from).count == 1)
    }
  }

  @Test(arguments: [
    ("STOP", PreferenceReport.Choice.optedOut), ("START", .optedIn), ("HELP", nil), ("NEW", nil),
  ])
  func whatTwilioMatchedCountsWhateverTheText(
    word: String, choice: PreferenceReport.Choice?
  ) throws {
    // Also against the text: with Advanced Opt-Out only Twilio knows the words.
    for from in ["+15035550142", "whatsapp:+5511987654321"] {
      let items = try Self.items("stop", from: from, optOut: word)
      #expect(Self.preference(items)?.choice == choice)
      #expect(Self.preference(items).map { $0.source == "provider" } ?? true)
      #expect(Self.automatedReply(items) == (word == "NEW" ? nil : word))
    }
  }

  @Test func aHiddenNumberIsKnownByItsBusinessScopedID() throws {
    let message = try TwilioTest.message([
      "MessageSid": "SM1", "From": "whatsapp:AR.138", "Body": "hola", "ExternalUserId": "AR.138",
    ])
    #expect(message.person?.addresses.map(\.value) == ["AR.138"])
    #expect(message.person?.addresses.map(\.type) == [.whatsapp])
    #expect(message.sender == .whatsapp(WhatsAppSender(userID: "AR.138")))
  }

  @Test func aBusinessScopedIDComesBeforeTheNumberWhenItIsTheSender() throws {
    let message = try TwilioTest.message([
      "MessageSid": "SM1", "From": "whatsapp:AR.138", "WaId": "5491155550100",
      "ProfileName": "lu",
    ])
    #expect(
      message.person?.addresses.map { "\($0.type) \($0.value)" } == [
        "whatsapp AR.138", "whatsapp +5491155550100", "phone +5491155550100",
      ])
    #expect(
      message.sender
        == .whatsapp(
          WhatsAppSender(phone: "+5491155550100", userID: "AR.138", profileName: "lu")))
  }

  @Test func anAlphanumericSenderAndAShortCodeAreKept() throws {
    let name = try TwilioTest.message(["MessageSid": "SM1", "From": "ACME Bank", "Body": "x"])
    #expect(name.person?.addresses == [Address(type: .other, value: "ACME Bank")])
    let code = try TwilioTest.message(["MessageSid": "SM1", "From": "32665", "Body": "x"])
    #expect(code.person?.addresses == [Address(type: .phone, value: "32665")])
  }

  @Test func mediaAreReadAsFarAsThereAreAddresses() throws {
    let message = try TwilioTest.message([
      "MessageSid": "MM1", "From": "+15035550142", "Body": "look", "NumMedia": "9",
      "MediaUrl0": "https://api.twilio.com/Media/ME1", "MediaContentType0": "image/webp",
      "MediaUrl1": "https://api.twilio.com/Media/ME2", "MediaUrl3": "https://x.example/ME4",
    ])
    #expect(message.content.kind == .media)
    #expect(message.content.attachments.map(\.kind) == [.image, .other])
    #expect(message.content.attachments.map(\.providerID) == ["ME1", "ME2"])
  }

  @Test func placesThatAreNotOnEarthAreNoLocation() throws {
    for (latitude, longitude) in [("91", "0"), ("nan", "0"), ("0", "inf"), ("x", "0"), ("0", "")] {
      let message = try TwilioTest.message([
        "MessageSid": "SM1", "From": "whatsapp:+5511987654321", "Latitude": latitude,
        "Longitude": longitude,
      ])
      #expect(message.content.location == nil)
      #expect(message.content.kind == .text)
    }
  }

  @Test func aTapWithoutTextShowsTheButtonsText() throws {
    let message = try TwilioTest.message([
      "MessageSid": "SM1", "From": "whatsapp:+5511987654321", "Body": "", "ButtonText": "Yes",
      "ButtonPayload": "y:1",
    ])
    #expect(message.content.kind == .interactive)
    #expect(message.content.text == "Yes")
    #expect(message.content.details["button"] == ["payload": "y:1", "text": "Yes"])
  }

  @Test func shapesWithoutTheirIdentifiersAreUnrecognised() throws {
    let shapes: [KeyValuePairs<String, String>] = [
      ["Body": "hi", "From": "+15035550142"], ["MessageSid": "SM1", "Body": "hi"],
      ["MessageSid": "", "MessageStatus": "sent"], ["MessageSid": "SM1", "MessageStatus": ""],
      ["CallSid": "", "CallStatus": "ringing"], ["CallSid": "CA1"], ["x": ""],
      [
        "CallSid": "CA1", "RecordingSid": "RE1", "TranscriptionSid": "TR1",
        "TranscriptionText": "a",
      ],
      ["MessageSid": "IM1", "EventType": "onMessageAdded", "Body": "hi", "Author": "a"],
    ]
    for shape in shapes {
      let items = try TwilioTest.read(shape)
      #expect(items.count == 1)
      #expect(items.first?.fact.type == "unrecognised", "\(shape)")
    }
    #expect(
      try TwilioTest.read(["EventType": "onMessageAdded", "x": "1"]).first?.fact
        == .unrecognised(kind: "onMessageAdded"))
  }

  @Test func aMessageThatIsStillArrivingIsIgnored() throws {
    let items = try TwilioTest.read([
      "MessageSid": "SM1", "SmsStatus": "receiving", "From": "+15035550142", "Body": "",
    ])
    #expect(items.map(\.fact) == [.ignored(kind: "message.receiving")])
    #expect(items.map(\.key) != ["message:SM1"])
  }
}
