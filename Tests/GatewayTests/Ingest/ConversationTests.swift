import Testing

@testable import Gateway

/// Who is in which chat: people, groups, lines, wishes.
@Suite struct ConversationTests {
  @Test func theSameNumberOnSMSAndWhatsAppIsOneClientWithOneChat() throws {
    let test = try TestIngest()
    try test.form(TestIngest.message("SM1", from: "+5511987654321", "by SMS"))
    try test.form(
      TestIngest.message(
        "SM2", from: "whatsapp:+5511987654321", to: "whatsapp:+14155550123", "by WhatsApp",
        extra: [("ProfileName", "Rafaela"), ("WaId", "5511987654321")]))
    let chat = try #require(try test.chats().first)
    #expect(try test.chats().count == 1)
    #expect(chat.title == "Rafaela")
    let members = try test.store.database.read { try $0.members(of: chat.id) }
    #expect(Set(members.map(\.transport)) == ["sms", "whatsapp"])
    let clientID = try #require(chat.clientID)
    let contacts = try test.store.database.read { [acme = test.acme.id] in
      try $0.contacts(of: clientID, tenant: acme)
    }
    #expect(Set(contacts.map(\.address.type)) == [.phone, .whatsapp])
    #expect(try test.events().filter { $0.type == "client.updated" }.count == 1)
  }

  @Test func twoPeopleNeverBecomeOneThoughOneRequestNamesBoth() throws {
    let test = try TestIngest()
    try test.form(TestIngest.message("SM1", from: "+5511987654321", "the phone's owner"))
    let hidden = "whatsapp:AR.1389920147755001234567"
    let external = [("ExternalUserId", "AR.1389920147755001234567")]
    try test.form(TestIngest.message("SM2", from: hidden, "username", extra: external))
    try test.form(
      TestIngest.message(
        "SM3", from: hidden, "both", extra: external + [("WaId", "5511987654321")]))
    #expect(try test.chats().count == 2)
    #expect(try test.chats().map(\.messageCount).sorted() == [1, 2])
    let last = try #require(try test.receipts().first)
    #expect(String(decoding: last.items, as: UTF8.self).contains("belongs to"))
  }

  @Test func aGroupIsOneChatWithAMemberForEachPerson() throws {
    let test = try TestIngest()
    let group: JSON = ["id": -1_002_233_445_566, "title": "Support room", "type": "supergroup"]
    for (index, user) in [42, 43, 42].enumerated() {
      let message = TestIngest.text(
        "hello", from: Int64(user), message: Int64(300 + index), extra: ["chat": group])
      try test.update(Int64(index + 1), "message", message)
    }
    let chat = try #require(try test.chats().first)
    #expect(try test.chats().count == 1)
    #expect(chat.kind == .group)
    #expect(chat.title == "Support room")
    #expect(chat.clientID == nil)
    let members = try test.store.database.read { try $0.members(of: chat.id) }
    #expect(members.count == 2)
    #expect(members.allSatisfy { $0.kind == .client })
  }

  @Test func aGroupGoesOnInTheSameChatAfterItsMigration() throws {
    let test = try TestIngest()
    let old: JSON = ["id": -4_011_223_344, "title": "Room", "type": "group"]
    let new: JSON = ["id": -1_002_233_445_566, "title": "Room", "type": "supergroup"]
    try test.update(1, "message", TestIngest.text("a", from: 42, message: 1, extra: ["chat": old]))
    var move = try #require(
      TestIngest.text("", from: 42, message: 2, extra: ["chat": old]).object)
    move["text"] = nil
    move["migrate_to_chat_id"] = -1_002_233_445_566
    try test.update(2, "message", .object(move))
    try test.update(3, "message", TestIngest.text("b", from: 42, message: 1, extra: ["chat": new]))
    #expect(try test.chats().count == 1)
    #expect(try test.chats().first?.messageCount == 2)
  }

  @Test func whoWritesPrivatelyAndInAGroupIsOneClientWithTwoChats() throws {
    let test = try TestIngest()
    let group: JSON = ["id": -100, "title": "Room", "type": "group"]
    try test.update(
      1, "message", TestIngest.text("a", from: 42, message: 1, extra: ["chat": group]))
    try test.update(2, "message", TestIngest.text("b", from: 42, message: 1))
    #expect(try test.chats().count == 2)
    #expect(try test.events().filter { $0.type == "client.created" }.count == 1)
  }

  @Test func stopAndStartAreKeptPerLineAndToldOnce() throws {
    let test = try TestIngest()
    try test.form(TestIngest.message("SM1", "stop "))
    try test.form(TestIngest.message("SM2", "STOP"))
    try test.form(TestIngest.message("SM3", "START"))
    let told = try test.events().map(\.type).filter { $0.hasPrefix("contact.opted") }
    #expect(told == ["contact.opted_out", "contact.opted_in"])
    let messages = try test.messages(of: try #require(try test.chats().first))
    #expect(messages.map(\.text) == ["stop ", "STOP", "START"])
  }

  @Test func whoBlocksTheBotIsOptedOutOfTelegram() throws {
    let test = try TestIngest()
    try test.update(1, "message", TestIngest.text("hi", from: 42, message: 1))
    let member: (String) -> JSON = { status in
      ["status": .string(status), "user": ["id": 7_123_456_789, "is_bot": true]]
    }
    let change: JSON = [
      "chat": ["id": 42, "type": "private"], "from": ["id": 42, "is_bot": false],
      "date": 1_791_210_700,
      "old_chat_member": member("member"), "new_chat_member": member("kicked"),
    ]
    try test.update(2, "my_chat_member", change)
    let chat = try #require(try test.chats().first)
    let clientID = try #require(chat.clientID)
    let contacts = try test.store.database.read { [acme = test.acme.id] in
      try $0.contacts(of: clientID, tenant: acme)
    }
    #expect(contacts.map(\.optedOut) == [["telegram"]])
  }

  @Test func readingAChatClearsItAndStampsItsMessages() throws {
    let test = try TestIngest()
    for index in 0..<3 { try test.form(TestIngest.message("SM\(index)", "hi")) }
    let chat = try #require(try test.chats().first)
    test.store.clock.advance(milliseconds: 5000)
    try test.store.database.write { [acme = test.acme.id] transaction in
      #expect(try transaction.clearUnread(chat.id, tenant: acme))
      try transaction.markRead(chat.id)
    }
    let messages = try test.messages(of: chat)
    #expect(messages.allSatisfy { $0.readAt == test.store.clock.now() && $0.status == .read })
    test.store.clock.advance(milliseconds: 5000)
    try test.form(TestIngest.message("SM9", "later"))
    #expect(try test.chats().first?.unreadCount == 1)
    #expect(try test.messages(of: chat).map { $0.readAt == nil } == [false, false, false, true])
  }
}
