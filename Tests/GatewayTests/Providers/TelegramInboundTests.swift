import Testing

@testable import Gateway

@Suite struct TelegramInboundTests {
  @Test(arguments: ["", "{", "[]", "null", "7", "{}", #"{"update_id":"1"}"#, #"{"message":{}}"#])
  func refusesWhatIsNoUpdate(_ body: String) throws {
    let request = HTTPRequest(method: "POST", target: "/", body: Array(body.utf8))
    let provider = try TelegramFixtures.provider()
    #expect(throws: Unreadable.self) { try provider.read(request) }
  }

  @Test func refusesAnotherContentType() throws {
    var request = TelegramFixtures.request(try TelegramFixtures.update("message.text"))
    let provider = try TelegramFixtures.provider()
    request.headers = ["Content-Type": "text/html"]
    #expect(throws: Unreadable.self) { try provider.read(request) }
    request.headers = ["Content-Type": "application/json; charset=utf-8"]
    #expect(try provider.read(request).count == 1)
    request.headers = [:]
    #expect(try provider.read(request).count == 1)
  }

  @Test(arguments: TelegramFixtures.names)
  func givesTheSameKeyWhenAnUpdateComesAgain(_ name: String) throws {
    let first = try TelegramFixtures.read(name)
    #expect(!first.isEmpty)
    #expect(try TelegramFixtures.read(name) == first)
  }

  @Test func tellsTheSameMessageByTheMessageAndNotByTheUpdate() throws {
    let again = try TelegramFixtures.read("message.text") { $0["update_id"] = 880_000_999 }
    #expect(again.map(\.key) == ["message:6012345678:41"])
  }

  @Test func keepsTwoEditsOfOneSecondApart() throws {
    func edit(_ text: String) throws -> Item? {
      try TelegramFixtures.read("edited_message.text", in: "edited_message") {
        $0["text"] = .string(text)
      }.first
    }
    let first = try #require(try edit("at 6"))
    let second = try #require(try edit("at 7"))
    #expect(first.key.hasPrefix("edit:6012345678:41:1791210300-"))
    #expect(second.key.hasPrefix("edit:6012345678:41:1791210300-"))
    #expect(first.key != second.key)
    guard case .edit(let one) = first.fact, case .edit(let other) = second.fact else {
      Issue.record("no edits")
      return
    }
    #expect(one.version != other.version)
  }

  @Test func keepsBusinessAndGuestChatsApartFromTheBotsOwn() throws {
    let own = try TelegramFixtures.read("message.text", in: "message") {
      $0["chat"] = ["id": 5_550_001_112, "type": "private"]
      $0["message_id"] = 448
    }
    let business = try TelegramFixtures.read("business_message.text")
    let guest = try TelegramFixtures.read("guest_message.text", in: "guest_message") {
      $0["message_id"] = 448
    }
    #expect(
      (own + business + guest).compactMap(\.message?.id) == [
        "5550001112:448", "bc_Synthetic01/5550001112:448", "guest/5550001112:448",
      ])
  }

  @Test func keepsEphemeralMessagesApartThoughTheirNumbersReturn() throws {
    let first = try TelegramFixtures.read("message.text.ephemeral")
    let second = try TelegramFixtures.read("message.text.ephemeral") { $0["update_id"] = 1 }
    #expect(first.first?.key != second.first?.key)
    #expect(first.first?.key.hasPrefix("message:-4011223344:ephemeral-3-") == true)
  }

  @Test func anEchoIsOutboundToTheOtherPerson() throws {
    for name in ["business_message.text.echo", "business_message.text.echo_by_bot"] {
      let message = try #require(try TelegramFixtures.read(name).first?.message)
      #expect(message.direction == .outbound)
      #expect(message.person?.addresses.map(\.value) == ["5550001112"])
      #expect(message.sender == .user(UserSender(id: "6012345678", name: "Ивана K.")))
    }
    let inbound = try TelegramFixtures.read("business_message.text").first?.message
    #expect(inbound?.direction == .inbound)
  }

  @Test func onlyTheSendersOwnNumberBecomesTheirAddress() throws {
    let own = try TelegramFixtures.read("message.contact.own").first?.message
    #expect(
      own?.person?.addresses == [
        Address(type: .telegram, value: "6012345678"),
        Address(type: .phone, value: "+381641234567", raw: "381641234567"),
      ])
    for name in ["message.contact.other", "business_message.contact.echo"] {
      let message = try TelegramFixtures.read(name).first?.message
      #expect(message?.person?.addresses.map(\.type) == [.telegram])
      #expect(message?.content.details["contacts"]?.array?.count == 1)
    }
    let unproved = try TelegramFixtures.read("message.contact.own", in: "message") {
      $0["contact"] = ["phone_number": "381641234567", "first_name": "Ивана"]
    }
    #expect(unproved.first?.message?.person?.addresses.count == 1)
  }

  @Test(arguments: [
    ("/start camp_autumn-26", "camp_autumn-26"), ("/start@desk_example_bot x", "x"),
    ("/start", nil), ("/start two words", nil), ("/start a.b", nil), ("/start ", nil),
    ("/start \(String(repeating: "a", count: 65))", nil),
  ])
  func readsWhatAStartLinkCarries(_ text: String, _ payload: String?) throws {
    let content = try TelegramFixtures.read("message.text", in: "message") {
      $0["text"] = .string(text)
    }.first?.message?.content
    #expect(content?.details["conversation_started"] == true)
    #expect(content?.details["referral"]?["payload"]?.string == payload)
  }

  @Test(arguments: ["/started", "start", " /start", "/stop"])
  func takesNoOtherTextForAStart(_ text: String) throws {
    let content = try TelegramFixtures.read("message.text", in: "message") {
      $0["text"] = .string(text)
    }.first?.message?.content
    #expect(content?.text == text)
    #expect(content?.details["conversation_started"] == nil)
  }

  @Test func aTopicIsAConversationAndAThreadOfRepliesIsNot() throws {
    func conversation(_ name: String) throws -> Conversation? {
      try TelegramFixtures.read(name).first?.message?.conversation
    }
    #expect(
      try conversation("message.text.topic")
        == .group(key: "-1002233445566:12", title: "Support room"))
    #expect(
      try conversation("message.text.group_thread_without_topic")
        == .group(key: "-1005566778899", title: "Open group"))
    #expect(try conversation("message.text.private_topic") == .direct)
  }

  @Test func openingATopicIsNoMessageToReplyTo() throws {
    let inTopic = try TelegramFixtures.read("message.text.topic_without_reply").first?.message
    #expect(inTopic?.content.replyTo == nil)
    let reply = try TelegramFixtures.read("message.text.group_thread_without_topic").first?.message
    #expect(reply?.content.replyTo == "-1005566778899:398")
  }

  @Test func bothSidesOfAMigrationAreOneFact() throws {
    let old = try TelegramFixtures.read("message.migrate_to_chat_id")
    let new = try TelegramFixtures.read("message.migrate_from_chat_id")
    #expect(old.map(\.key) == new.map(\.key))
    #expect(
      old.map(\.fact) == [.identity(.conversation(from: "-4011223344", to: "-1002233445566"))])
    #expect(old.map(\.fact) == new.map(\.fact))
  }

  @Test func knowsItselfAmongTheMembers() throws {
    func isSelf(_ name: String) throws -> [Bool] {
      guard case .membership(let change)? = try TelegramFixtures.read(name).first?.fact else {
        return []
      }
      return (change.joined + change.left).map(\.isSelf)
    }
    #expect(try isSelf("message.new_chat_members.bot") == [true])
    #expect(try isSelf("my_chat_member.group_left") == [true])
    #expect(try isSelf("message.new_chat_members") == [false, false])
    #expect(try isSelf("chat_member.joined") == [false])
  }

  @Test(arguments: [
    ("creator", true, nil), ("administrator", true, nil), ("member", true, nil),
    ("left", false, nil), ("kicked", false, nil), ("restricted", true, true),
    ("restricted", false, false), ("restricted", true, nil),
  ])
  func everyStandingIsInOrOut(_ status: String, _ isIn: Bool, _ isMember: Bool?) throws {
    let items = try TelegramFixtures.read("chat_member.joined", in: "chat_member") {
      var member = $0["new_chat_member"]?.object ?? [:]
      member["status"] = .string(status)
      member["is_member"] = isMember.map(JSON.bool)
      $0["new_chat_member"] = .object(member)
      $0["old_chat_member"] = ["status": .string(isIn ? "left" : "member")]
    }
    guard case .membership(let change)? = items.first?.fact else {
      Issue.record("no membership")
      return
    }
    #expect(change.joined.count == (isIn ? 1 : 0))
    #expect(change.left.count == (isIn ? 0 : 1))
  }

  @Test func aStandingNotKnownIsUnrecognised() throws {
    let items = try TelegramFixtures.read("my_chat_member.blocked", in: "my_chat_member") {
      $0["new_chat_member"] = ["status": "hibernating"]
    }
    #expect(items.map(\.fact) == [.unrecognised(kind: "my_chat_member")])
  }

  @Test func deletesEachMessageOnce() throws {
    let items = try TelegramFixtures.read(
      "deleted_business_messages", in: "deleted_business_messages"
    ) {
      $0["message_ids"] = [41, 42, 41, "x"]
    }
    #expect(
      items.map(\.key) == [
        "deletion:bc_Synthetic01/5550001112:41", "deletion:bc_Synthetic01/5550001112:42",
      ])
  }

  @Test func aStrangersWordIsNoKind() throws {
    let long = String(repeating: "a", count: 65)
    for name in [long, "Ж", "a b", "<script>"] {
      let items = try TelegramFixtures.provider().read(
        TelegramFixtures.request(.object(["update_id": 1, name: [:]])))
      #expect(items.map(\.fact) == [.unrecognised(kind: "update")])
    }
  }

  @Test func everyKindOfUpdateIsKnown() throws {
    for kind in TelegramUpdateKind.allCases {
      let items = try TelegramFixtures.provider().read(
        TelegramFixtures.request(.object(["update_id": 1, kind.rawValue: "x"])))
      #expect(items == [Item(key: "update:1", fact: .unrecognised(kind: kind.rawValue))])
    }
  }
}
