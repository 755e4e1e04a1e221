import Testing

@testable import Gateway

@Suite struct WhatsAppInboundTests {
  private func addresses(_ items: [Item]) -> [String]? {
    items.first?.message?.person?.addresses.map { "\($0.type.rawValue):\($0.value)" }
  }

  @Test func namesAPersonByTheIdTheyKeepFirst() throws {
    #expect(
      addresses(try WhatsAppFixtures.read("messages.text")) == [
        "whatsapp:BR.1029384756610293847566", "whatsapp:+5511987654321", "phone:+5511987654321",
      ])
    #expect(
      addresses(try WhatsAppFixtures.read("messages.text.username")) == ["whatsapp:AR.7755331199"])
  }

  @Test func takesAnEmptyTextForNothing() throws {
    let items = try WhatsAppFixtures.read("messages.text.empty_from")
    #expect(addresses(items) == ["whatsapp:AR.7755331199"])
    let message = try #require(items.first?.message)
    #expect(message.person?.displayName == "lu.gomez")
    #expect(message.sender == .whatsapp(WhatsAppSender(userID: "AR.7755331199")))
  }

  @Test func findsTheContactByIdAndNotByPlace() throws {
    let contacts: JSON = [
      ["profile": ["name": "Other"], "wa_id": "5521900000000", "user_id": "BR.2"],
      ["profile": ["name": "Rafaela"], "wa_id": "5511987654321", "user_id": "BR.1"],
    ]
    let byNumber = try WhatsAppFixtures.read(
      message: ["from_user_id": nil, "type": "text", "text": ["body": "oi"]], contacts: contacts)
    #expect(byNumber.first?.message?.person?.displayName == "Rafaela")
    #expect(addresses(byNumber)?.first == "whatsapp:BR.1")
    let byUserID = try WhatsAppFixtures.read(
      message: ["from": nil, "from_user_id": "BR.2", "type": "text", "text": ["body": "oi"]],
      contacts: contacts)
    #expect(byUserID.first?.message?.person?.displayName == "Other")
    #expect(addresses(byUserID)?.last == "phone:+5521900000000")
    let nobody = try WhatsAppFixtures.read(
      message: ["from": "", "from_user_id": nil, "type": "text", "text": ["body": "oi"]],
      contacts: contacts)
    #expect(nobody.compactMap(\.unrecognisedKind) == ["messages.text"])
  }

  @Test func aNumberGivenOnRequestIsThePersonsOwnAndAnyOtherCardIsNot() throws {
    #expect(
      addresses(try WhatsAppFixtures.read("messages.contacts.own_number")) == [
        "whatsapp:AR.7755331199", "whatsapp:+5491122334455", "phone:+5491122334455",
      ])
    var message: JSONObject = [
      "from": nil, "type": "contacts", "contacts": [["phones": [["phone": "+5491122334455"]]]],
    ]
    #expect(addresses(try WhatsAppFixtures.read(message: message)) == ["whatsapp:BR.1029"])
    message["origin"] = "other"
    #expect(addresses(try WhatsAppFixtures.read(message: message)) == ["whatsapp:BR.1029"])
    message["origin"] = "contact_request"
    #expect(addresses(try WhatsAppFixtures.read(message: message))?.count == 3)
  }

  @Test func readsEveryElementOfEveryListAndRoutesByNumber() throws {
    let items = try WhatsAppFixtures.read("messages.several_numbers")
    #expect(
      items.compactMap { $0.message?.content.text } == [
        "para o segundo", "para o primeiro", "de outra conta",
      ])
    #expect(
      items.map(\.account) == ["118899001122335", "118899001122334", "998800000000001"])
    let mixed = try WhatsAppFixtures.read("messages.batch_mixed")
    #expect(mixed.compactMap(\.message).count == 3)
    #expect(mixed.compactMap(\.status).map(\.status) == [.delivered, .read])
    #expect(
      Set(mixed.compactMap(\.unrecognisedKind)) == [
        "messages", "messages.untyped", "messages.status", "change", "entry",
      ])
    #expect(mixed.contains { $0.account == "203344556677889" })
  }

  @Test func saysTheSameThingOnceThoughThePostSaysItTwice() throws {
    let message: JSON = [
      "from": "5511987654321", "id": "wamid.A", "timestamp": "1791210000", "type": "text",
      "text": ["body": "oi"],
    ]
    let items = try WhatsAppFixtures.read(field: "messages", ["messages": [message, message]])
    #expect(items.map(\.key) == ["message:wamid.A"])
  }

  @Test(arguments: [
    ("1791210000" as JSON, "2026-10-05T14:20:00.000Z" as String?),
    (1_791_210_000, "2026-10-05T14:20:00.000Z"), ("1791210000123", "2026-10-05T14:20:00.123Z"),
    (1_791_210_000_123, "2026-10-05T14:20:00.123Z"), ("soon", nil), (0, nil), (-5, nil),
    (.integer(.max), nil),
  ])
  func readsATimeInAnyWriting(_ timestamp: JSON, _ expected: String?) throws {
    let items = try WhatsAppFixtures.read(message: [
      "timestamp": timestamp, "type": "text", "text": ["body": "oi"],
    ])
    #expect(items.first?.occurredAt?.description == expected)
  }

  @Test(
    arguments: [
      ("STOP", .optedOut), (" stop\n", .optedOut), ("Unsubscribe", .optedOut),
      ("START", .optedIn), ("unstop", .optedIn), ("stop it", nil), ("yes", nil), ("help", nil),
    ] as [(String, PreferenceReport.Choice?)])
  func aTypedWordIsAWishAndStaysAMessage(
    _ text: String, _ choice: PreferenceReport.Choice?
  ) throws {
    let items = try WhatsAppFixtures.read(message: [
      "type": "text", "text": ["body": .string(text)],
    ])
    #expect(items.first?.message?.content.text == text)
    let wish = items.compactMap(\.preference).first
    #expect(wish?.choice == choice)
    #expect(wish == nil || wish?.source == "keyword" && wish?.purpose == nil)
  }

  @Test func aWordInAGroupOrInThePastIsNoWish() throws {
    for name in ["messages.text.stop_in_group", "history.both_sides"] {
      let items = try WhatsAppFixtures.read(name)
      #expect(items.contains { $0.message?.content.text == "STOP" })
      #expect(items.compactMap(\.preference).isEmpty)
    }
  }

  @Test func anEchoIsOutboundAndNotOfOurs() throws {
    for name in ["smb_message_echoes.text", "smb_message_echoes.image"] {
      let message = try #require(try WhatsAppFixtures.read(name).first?.message)
      #expect(message.direction == .outbound)
      #expect(message.sender == .user(UserSender()))
      #expect(message.person?.addresses.last?.value == "+5511987654321")
      #expect(!message.mayBeOurs)
    }
  }

  @Test func knowsWhoWroteWhatOfAThread() throws {
    let items = try WhatsAppFixtures.read("history.both_sides")
    let messages = items.compactMap(\.message)
    #expect(messages.allSatisfy { $0.isBackfill })
    #expect(
      messages.map(\.direction) == [.inbound, .inbound, .outbound, .outbound, .inbound])
    #expect(messages.allSatisfy { $0.person?.addresses.isEmpty == false })
    #expect(
      messages.filter { $0.direction == .outbound }.allSatisfy {
        $0.person?.addresses.last?.value == "+5511987654321"
      })
    // The file that follows has the place of its placeholder.
    let media = try WhatsAppFixtures.read("history.media")
    #expect(media.first?.key == "message:wamid.HQ01NTExOTg3NjU0MzIxFQIAEhgSElTVDQ")
    #expect(!items.contains { $0.key == media.first?.key })
  }

  @Test func aThreadOfSomebodyWithoutANumberHasTheirWords() throws {
    let thread: JSON = [
      "id": "BR.1029",
      "messages": [
        ["from": "14155550123", "id": "a", "type": "text", "text": ["body": "ours"]],
        ["from_user_id": "BR.1029", "id": "b", "type": "text", "text": ["body": "theirs"]],
      ],
    ]
    let items = try WhatsAppFixtures.read(
      field: "history",
      [
        "metadata": ["display_phone_number": "+1 415-555-0123"],
        "history": [["threads": [thread]]],
      ])
    #expect(items.compactMap(\.message).map(\.direction) == [.outbound, .inbound])
    #expect(
      items.compactMap { $0.message?.person?.addresses.first?.value } == ["BR.1029", "BR.1029"])
  }

  @Test func aNumberThatIsLeftIsLeftAltogether() throws {
    let items = try WhatsAppFixtures.read("messages.system.user_changed_number")
    let changes = items.map { item -> String in
      guard case .identity(.address(let old, let new)) = item.fact else { return "?" }
      return "\(old.type.rawValue) \(old.value) \(new.type.rawValue) \(new.value)"
    }
    #expect(
      changes == [
        "whatsapp BR.1029384756610293847566 whatsapp BR.5566778899001122",
        "whatsapp +5511987654321 whatsapp +5521999990000",
        "phone +5511987654321 phone +5521999990000",
      ])
  }

  @Test func aChangeOfIdentityOfLongAgoChangesNothing() throws {
    let items = try WhatsAppFixtures.read(
      field: "history",
      [
        "messages": [
          [
            "from": "5511987654321", "id": "a", "type": "system",
            "system": ["type": "user_changed_number", "wa_id": "5521999990000"],
          ]
        ]
      ])
    #expect(items.map(\.fact) == [.ignored(kind: "history.system")])
  }

  @Test func anEditAnswersNothing() throws {
    guard case .edit(let edit)? = try WhatsAppFixtures.read("messages.edit").first?.fact else {
      Issue.record("no edit")
      return
    }
    #expect(edit.content.replyTo == nil)
    #expect(edit.content.text == "Oi! Vocês abrem domingo?")
  }

  @Test func keepsNoAddressOfAFileAndNoSecret() throws {
    for name in WhatsAppFixtures.names {
      let items = try WhatsAppFixtures.read(name)
      let shown = JSON.array(items.map(\.json)).prettyPrinted()
      #expect(!shown.contains("lookaside"), "\(name)")
    }
  }

  @Test(arguments: WhatsAppFixtures.names)
  func givesTheSameKeysWhenAPostComesAgain(_ name: String) throws {
    let first = try WhatsAppFixtures.read(name)
    #expect(!first.isEmpty)
    #expect(try WhatsAppFixtures.read(name) == first)
  }
}
