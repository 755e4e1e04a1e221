import Testing

@testable import Gateway

/// Which channel a message goes through.
@Suite struct RouterTests {
  @Test func itGoesThroughTheChannelThePersonLastWroteOn() throws {
    let rig = try IntakeRig()
    let first = rig.channel(.sms)
    let second = rig.channel(.sms)
    try rig.write(.maya, on: second, .sms, agoMilliseconds: 1000)
    let chat = try #require(try rig.chats().first)
    let to: JSON = ["chat_id": .string(chat.id.description)]
    #expect(try rig.accept(["to": to, "text": "a"]).delivery.channelID == second.id)
    // An older message that arrives late does not count as the last one.
    try rig.write(.maya, on: first, .sms, agoMilliseconds: 5000)
    #expect(try rig.accept(["to": to, "text": "b"]).delivery.channelID == second.id)
    try rig.write(.maya, on: first, .sms)
    #expect(try rig.accept(["to": to, "text": "c"]).delivery.channelID == first.id)
  }

  @Test func theChannelThatWasNamedWins() throws {
    let rig = try IntakeRig()
    let first = rig.channel(.sms)
    let second = rig.channel(.sms)
    try rig.write(.maya, on: first, .sms)
    let sent = try rig.accept([
      "to": ["address": "+46701234567"], "channel_id": .string(second.id.description),
      "text": "x",
    ])
    #expect(sent.delivery.channelID == second.id)
    #expect(sent.delivery.recipient == .person(.maya))
  }

  @Test func aStrangerGetsTheOldestActiveChannelOfTheLine() throws {
    let rig = try IntakeRig()
    rig.channel(.whatsapp)
    rig.channel(.sms, state: .disabled)
    let paused = rig.channel(.sms, state: .paused)
    let to: JSON = ["address": "+46701234567", "transport": "sms"]
    #expect(try rig.accept(["to": to, "text": "x"]).delivery.channelID == paused.id)
    let active = rig.channel(.sms)
    rig.channel(.sms)
    #expect(try rig.accept(["to": to, "text": "x"]).delivery.channelID == active.id)
  }

  @Test func aClientIsReachedByTheOnlyChannelThatCan() throws {
    let rig = try IntakeRig()
    let gone = rig.channel(.email)
    let phone = rig.channel(.sms)
    rig.channel(.telegram)
    try rig.write(
      Address(type: .email, value: "m@example.com"), .maya, on: gone, .email)
    rig.enter(
      { () -> Channel in
        var off = gone
        off.state = .disabled
        return off
      }(), [.email])
    let chat = try #require(try rig.chats().first)
    let client = try #require(chat.clientID)
    let sent = try rig.accept(["to": ["client_id": .string(client.description)], "text": "x"])
    #expect(sent.delivery.channelID == phone.id && sent.message.chatID == chat.id)
    rig.channel(.sms)
    let refusal = try rig.refusal([
      "to": ["client_id": .string(client.description)], "text": "x",
    ])
    #expect(refusal.field == "channel_id" && refusal.message.contains("to.transport"))
  }

  @Test func aContactIsWrittenToAtThatVeryAddress() throws {
    let rig = try IntakeRig()
    let email = rig.channel(.email)
    rig.channel(.sms)
    try rig.write(
      Address(type: .email, value: "old@example.com"),
      Address(type: .email, value: "new@example.com"), .maya, on: email, .email)
    let client = try #require(try rig.chats().first?.clientID)
    let contacts = try rig.test.store.database.read { [tenant = rig.tenant] in
      try $0.contacts(of: client, tenant: tenant.id)
    }
    for contact in contacts {
      let sent = try rig.accept([
        "to": ["contact_id": .string(contact.id.description)], "text": "x",
      ])
      #expect(sent.delivery.recipient == .person(contact.address))
      #expect(sent.delivery.contactID == contact.id)
    }
  }

  @Test func onALineOfSeveralTheLastWordSaysWhich() throws {
    let rig = try IntakeRig()
    let both = rig.channel(.sms, .whatsapp)
    try rig.write(.mayaOnWhatsApp, .maya, on: both, .whatsapp)
    let chat = try #require(try rig.chats().first)
    let to: JSON = ["chat_id": .string(chat.id.description)]
    #expect(try rig.accept(["to": to, "text": "x"]).delivery.transport == .whatsapp)
    try rig.write(.maya, on: both, .sms)
    #expect(try rig.accept(["to": to, "text": "x"]).delivery.transport == .sms)
    let named: JSON = ["chat_id": .string(chat.id.description), "transport": "whatsapp"]
    #expect(try rig.accept(["to": named, "text": "x"]).delivery.transport == .whatsapp)
  }

  @Test func aGroupIsWrittenToUnderItsNewestName() throws {
    let rig = try IntakeRig()
    let bot = rig.channel(.telegram)
    rig.channel(.sms)
    let user = Address(type: .telegram, value: "42")
    try rig.write(user, on: bot, .telegram, group: "-5")
    let chat = try #require(try rig.chats().first { $0.kind == .group })
    rig.test.store.clock.advance(milliseconds: 5)
    try rig.test.store.database.write {
      try $0.addConversation("-1005", channel: bot.id, chat: chat.id)
    }
    let sent = try rig.accept(["to": ["chat_id": .string(chat.id.description)], "text": "x"])
    #expect(sent.delivery.recipient == .group("-1005"))
    #expect(sent.delivery.contactID == nil && sent.message.chatID == chat.id)
    let refusal = try rig.refusal([
      "to": ["chat_id": .string(chat.id.description), "transport": "sms"], "text": "x",
    ])
    #expect(refusal.code == .noAddress)
  }

  @Test func whatCannotBeReachedIsRefusedWithTheField() throws {
    let rig = try IntakeRig()
    let sms = rig.channel(.sms)
    let off = rig.channel(.sms, state: .disabled)
    let foreign = rig.channel(.sms, tenant: rig.test.other)
    let mute = rig.channel()
    try rig.write(.maya, on: sms, .sms)
    let chat = try #require(try rig.chats().first)
    let there: JSON = ["chat_id": .string(chat.id.description)]
    let stranger: JSON = ["address": "+46701234567", "transport": "sms"]
    let cases: [(JSON, JSON?, String)] = [
      (["chat_id": "cht_00000000000000000000000001"], nil, "to.chat_id"),
      (["client_id": "cli_00000000000000000000000001"], nil, "to.client_id"),
      (["contact_id": "con_00000000000000000000000001"], nil, "to.contact_id"),
      (stranger, "chn_00000000000000000000000001", "channel_id"),
      (stranger, .string(foreign.id.description), "channel_id"),
      (stranger, .string(off.id.description), "channel_id"),
      (stranger, .string(mute.id.description), "channel_id"),
      (["address": "0701234567", "transport": "sms"], nil, "to.address"),
      (["address": "a@example.com", "transport": "email"], nil, "to.transport"),
      (["address": "42", "transport": "telegram"], .string(sms.id.description), "to.transport"),
    ]
    let before = try (rig.rows("messages"), rig.rows("clients"), rig.rows("events"))
    for (to, channel, field) in cases {
      var body: JSONObject = ["to": to, "text": "x"]
      if let channel { body["channel_id"] = channel }
      #expect(try rig.refusal(.object(body)).field == field, "\(to)")
    }
    #expect(
      try rig.refusal(["to": there, "text": "x", "fallback": ["email"]]).field == "fallback[0]")
    let after = try (rig.rows("messages"), rig.rows("clients"), rig.rows("events"))
    #expect(before == after)
  }
}
