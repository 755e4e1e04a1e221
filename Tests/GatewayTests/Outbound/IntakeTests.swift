import Testing

@testable import Gateway

/// What an accepted message leaves behind, and what a refused one does not.
@Suite struct IntakeTests {
  private static let maya: JSON = ["address": "+46 70 123 45 67", "transport": "sms"]

  @Test func aMessageToAStrangerMakesClientChatMemberDeliveryAndEventsAtOnce() throws {
    let rig = try IntakeRig()
    let line = rig.channel(.sms)
    let (message, delivery) = try rig.accept([
      "to": Self.maya, "text": "Hi", "metadata": ["order": 5], "priority": "high",
    ])
    #expect(message.direction == .outbound && message.status == .queued)
    #expect(message.text == "Hi" && message.kind == "text" && message.position == 1)
    #expect(message.channelID == line.id && message.transport == "sms")
    var writer = JSONWriter()
    message.write(into: &writer)
    let shown = try JSON.parse(writer.bytes)
    #expect(shown["metadata"] == ["order": 5] && shown["provider_message_id"]?.isNull == true)
    #expect(
      shown["sender"]
        == ["type": "user", "id": .string(rig.key.id.description), "name": "CRM"])
    let rendered = try #require(message.content)
    let members = try #require(try JSON.parse(rendered).object)
    #expect(try OutboundContent(members) == OutboundContent(text: "Hi"))

    let chat = try #require(try rig.chats().first)
    #expect(chat.id == message.chatID && chat.unreadCount == 0 && chat.messageCount == 1)
    #expect(delivery.state == .queued && delivery.priority == .high && delivery.ordinal == 0)
    #expect(delivery.recipient == .person(.maya) && delivery.contactID != nil)
    #expect(delivery.dueAt == rig.test.store.clock.now())
    #expect(delivery.expiresAt.milliseconds(since: rig.test.store.clock.now()) == 86_400_000)
    let events = try rig.events()
    #expect(
      events.map(\.type) == [
        "client.created", "contact.created", "chat.created", "member.joined", "message.queued",
      ])
    let told = try #require(events.last?.data)
    #expect(try JSON.parse(told) == shown)
    #expect(events.last?.chatSequence == 3)
  }

  @Test func aKnownPersonIsFoundAndNothingIsMadeAnew() throws {
    let rig = try IntakeRig()
    let line = rig.channel(.sms)
    try rig.write(.maya, on: line, .sms)
    let before = try rig.events().count
    let (message, delivery) = try rig.accept(["to": Self.maya, "text": "Hi"])
    #expect(try rig.events().count == before + 1)
    #expect(try rig.chats().map(\.id) == [message.chatID])
    let known = try rig.test.store.database.read { [tenant = rig.tenant] in
      try $0.known(.maya, tenant: tenant.id, transport: "sms")
    }
    #expect(delivery.contactID == known?.contactID)
    // Writing to them is not hearing from them.
    #expect(try rig.chats().first?.unreadCount == 1)
  }

  @Test func aWhatsAppNumberFindsTheClientOfTheTelephone() throws {
    let rig = try IntakeRig()
    let sms = rig.channel(.sms)
    rig.channel(.whatsapp)
    try rig.write(.maya, on: sms, .sms)
    let (message, delivery) = try rig.accept([
      "to": ["address": "+46701234567", "transport": "whatsapp"],
      "provider_template": ["content_sid": "HX1"],
    ])
    #expect(try rig.chats().map(\.id) == [message.chatID])
    #expect(delivery.recipient == .person(.mayaOnWhatsApp) && message.kind == "template")
    #expect(try rig.rows("contacts") == 2 && delivery.contactID != nil)
  }

  @Test func aLongTextIsCutOnceAndItsPartsAreKept() throws {
    let rig = try IntakeRig()
    rig.channel(.sms)
    let (_, delivery) = try rig.accept([
      "to": Self.maya, "text": .string(String(repeating: "a", count: 400)),
    ])
    #expect(delivery.partCount == 3)
    #expect(try rig.test.store.database.read { try $0.parts(of: delivery.id).count } == 3)
  }

  @Test func aScheduledMessageIsDueThenAndLivesFromThen() throws {
    let rig = try IntakeRig()
    rig.channel(.sms, policy: try ChannelPolicy().changed(by: ["expires_seconds": 60]))
    let now = rig.test.store.clock.now()
    let at = now.adding(milliseconds: 3_600_000)
    let later = try rig.accept(["to": Self.maya, "text": "b", "send_at": JSON(at)])
    #expect(later.delivery.laneAt == at && later.delivery.dueAt == at)
    #expect(later.delivery.expiresAt == at.adding(milliseconds: 60_000))
    #expect(later.message.status == .queued)
    // One for now goes first, and has its own time to live.
    let end = now.adding(milliseconds: 5000)
    let first = try rig.accept(["to": Self.maya, "text": "a", "expires_at": JSON(end)])
    #expect(first.delivery.dueAt == now && first.delivery.expiresAt == end)
    let waiting = try rig.test.store.database.read { try $0.delivery(later.delivery.id) }
    #expect(waiting?.dueAt == nil)
  }

  @Test func whoAskedForSilenceIsNotWrittenToOnThatLine() throws {
    let rig = try IntakeRig()
    let sms = rig.channel(.sms)
    rig.channel(.email)
    try rig.write(.maya, Address(type: .email, value: "m@example.com"), on: sms, .sms)
    try rig.optOut(.maya, on: .sms)
    // Another line is no way around it.
    let refusal = try rig.refusal(["to": Self.maya, "text": "x", "fallback": ["email"]])
    #expect(refusal.field == "to" && refusal.code == .optedOut)
    let email: JSON = ["address": "m@example.com", "transport": "email"]
    #expect(try rig.accept(["to": email, "text": "x"]).delivery.transport == .email)
    // Nor is the silent line a way for what cannot go elsewhere.
    rig.channel(.whatsapp)
    let whatsapp: JSON = ["address": "+46701234567", "transport": "whatsapp"]
    #expect(
      try rig.refusal(["to": whatsapp, "text": "x", "fallback": ["sms"]]).code == .windowClosed)
  }

  @Test func aNumberThatIsAlsoATelephoneIsNoWayAroundSilence() throws {
    let rig = try IntakeRig()
    let line = rig.channel(.whatsapp)
    try rig.write(.mayaOnWhatsApp, .maya, on: line, .whatsapp)
    let phone = try rig.test.store.database.read { [tenant = rig.tenant] in
      try $0.known(.maya, tenant: tenant.id, transport: "whatsapp")?.contactID
    }
    let to: JSON = ["contact_id": JSON(phone?.description), "transport": "whatsapp"]
    // One person has one lane, by whichever contact they are asked for.
    #expect(
      try rig.accept(["to": to, "text": "x"]).delivery.recipient == .person(.mayaOnWhatsApp))
    try rig.optOut(.mayaOnWhatsApp, on: .whatsapp)
    #expect(try rig.refusal(["to": to, "text": "x"]).code == .optedOut)
  }

  @Test func outsideTheWindowOnlyATemplateOrAnotherLineGoes() throws {
    let rig = try IntakeRig()
    let line = rig.channel(.whatsapp)
    let sms = rig.channel(.sms)
    let to: JSON = ["address": "+46701234567", "transport": "whatsapp"]
    try rig.write(.mayaOnWhatsApp, .maya, on: line, .whatsapp, agoMilliseconds: 90_000_000)
    let refusal = try rig.refusal(["to": to, "text": "x"])
    #expect(refusal.code == .windowClosed && refusal.field == "provider_template")
    let template = try rig.accept(["to": to, "provider_template": ["content_sid": "HX1"]])
    #expect(template.delivery.transport == .whatsapp && template.delivery.note == nil)
    // Of the lines named the first that can say it is taken, and the rest is kept for later.
    let fell = try rig.accept([
      "to": to, "text": "x", "fallback": ["sms", "whatsapp"],
    ])
    #expect(fell.delivery.channelID == sms.id && fell.message.transport == "sms")
    #expect(fell.delivery.fallback == ["whatsapp"])
    #expect(fell.delivery.note?.contains("24 hours") == true)
    try rig.write(.mayaOnWhatsApp, .maya, on: line, .whatsapp)
    let open = try rig.accept(["to": to, "text": "x", "fallback": ["sms"]])
    #expect(open.delivery.transport == .whatsapp && open.delivery.fallback == ["sms"])
  }

  @Test func theWindowIsThatOfTheChannelAndNotOfTheChat() throws {
    let rig = try IntakeRig()
    let one = rig.channel(.whatsapp)
    let two = rig.channel(.whatsapp)
    try rig.write(.mayaOnWhatsApp, on: one, .whatsapp, agoMilliseconds: 5000)
    try rig.write(.mayaOnWhatsApp, on: two, .whatsapp, agoMilliseconds: 1000)
    let three = rig.channel(.whatsapp)
    for (channel, isOpen) in [(one, true), (two, true), (three, false)] {
      let outcome = try rig.send([
        "to": ["address": "+46701234567"], "text": "x",
        "channel_id": .string(channel.id.description),
      ])
      if case .accepted = outcome {
        #expect(isOpen)
      } else {
        #expect(!isOpen, "\(outcome)")
      }
    }
  }

  @Test func whatNoLineTakesIsRefusedAndLeavesNothing() throws {
    let rig = try IntakeRig()
    rig.channel(.sms)
    let long: JSON = .string(String(repeating: "a", count: 2000))
    let tooLong = try rig.refusal(["to": Self.maya, "text": long])
    #expect(tooLong.field == "text" && tooLong.code == .tooLarge)
    let place = try rig.refusal([
      "to": Self.maya, "location": ["latitude": 1, "longitude": 2], "fallback": ["sms"],
    ])
    #expect(place.code == .unsupported)
    for table in ["messages", "clients", "contacts", "chats", "deliveries", "events"] {
      #expect(try rig.rows(table) == 0, "\(table)")
    }
  }

  @Test func aTemplateGivesItsTextWordForWord() throws {
    let rig = try IntakeRig()
    rig.channel(.sms)
    let (ours, theirs) = try rig.test.store.database.write {
      [tenant = rig.tenant, other = rig.test.other] in
      (
        try $0.addTemplate(tenant: tenant.id, name: "a", text: "Hello {{1}}"),
        try $0.addTemplate(tenant: other.id, name: "a", text: "theirs")
      )
    }
    let sent = try rig.accept([
      "to": Self.maya, "template_id": .string(ours.id.description),
    ])
    #expect(sent.message.text == "Hello {{1}}" && sent.message.kind == "text")
    let refusal = try rig.refusal([
      "to": Self.maya, "template_id": .string(theirs.id.description),
    ])
    #expect(refusal.field == "template_id")
  }

  @Test func anAnswerBelongsToItsChat() throws {
    let rig = try IntakeRig()
    let line = rig.channel(.sms)
    let theirs = try rig.write(.maya, on: line, .sms)
    let elsewhere = try rig.write(Address(type: .phone, value: "+46709999999"), on: line, .sms)
    let sent = try rig.accept([
      "to": Self.maya, "text": "x", "reply_to": .string(theirs.description),
    ])
    #expect(sent.message.replyTo == theirs)
    for wrong in [elsewhere.description, "msg_00000000000000000000000001"] {
      let refusal = try rig.refusal(["to": Self.maya, "text": "x", "reply_to": .string(wrong)])
      #expect(refusal.field == "reply_to")
    }
  }

  @Test func filesAreNamedStoredOrLeftToBeFetched() throws {
    let rig = try IntakeRig()
    rig.channel(.sms)
    let file = rig.test.store.ids.next(Attachment.self)
    let insert = SQL(
      """
      INSERT INTO files (id, tenant_id, sha256, content_type, file_name, size, created_at)
      VALUES ($1, $2, $3, 'image/png', 'cat.png', 7, 0)
      """)
    try rig.test.store.database.write { [tenant = rig.tenant] transaction in
      try transaction.connection.execute(
        insert, SQLValue(file), SQLValue(tenant.id), .blob([9, 9]))
      return
    }
    let (message, delivery) = try rig.accept([
      "to": Self.maya, "text": "look",
      "attachments": [
        ["file_id": .string(file.description)], ["url": "https://example.com/a.pdf"],
      ],
    ])
    #expect(message.kind == "media")
    #expect(message.attachments.map(\.state) == ["stored", "pending"])
    #expect(message.attachments.map(\.reference.kind) == [.image, .document])
    #expect(message.attachments.map(\.reference.fileName) == ["cat.png", nil])
    let rendered = try #require(message.content)
    let members = try #require(try JSON.parse(rendered).object)
    let content = try OutboundContent(members)
    #expect(content.attachments.map(\.isStored) == [true, false])
    #expect(
      content.attachments.map(\.url) == [
        "\(TestIngest.publicURL)/media/\(message.attachments[0].id)", "https://example.com/a.pdf",
      ])
    let jobs = SQL("SELECT attachment_id, give_up_at FROM media_jobs")
    let job = try rig.test.store.database.read {
      try $0.first(jobs) { (row) throws(StoreError) in
        (try row.id(0, Attachment.self), row.instant(1))
      }
    }
    #expect(job?.0 == message.attachments[1].id && job?.1 == delivery.expiresAt)
    #expect(try rig.rows("media_jobs") == 1)
    let refusal = try rig.refusal([
      "to": Self.maya, "attachments": [["file_id": "fil_00000000000000000000000001"]],
    ])
    #expect(refusal.field == "attachments[0].file_id")
  }

  @Test func aBatchIsStoredInOrderAndEachHasItsOwnOutcome() throws {
    let rig = try IntakeRig()
    rig.channel(.sms)
    let entries = (0..<250).map { index in
      Intake.Entry(
        [
          "to": ["address": .string(index % 50 == 7 ? "x" : "+46701234567"), "transport": "sms"],
          "text": .string("\(index)"),
        ], key: nil, bytes: [], now: rig.test.store.clock.now())
    }
    let commits = rig.test.store.database.commits
    let outcomes = rig.intake.accept(entries, from: rig.author)
    #expect(rig.test.store.database.commits - commits == 3)
    let refused = outcomes.indices.filter {
      if case .refused = outcomes[$0] { true } else { false }
    }
    #expect(refused == [7, 57, 107, 157, 207])
    let chat = try #require(try rig.chats().first)
    let texts = try rig.test.messages(of: chat, tenant: rig.tenant).compactMap(\.text)
    #expect(texts == (0..<250).filter { $0 % 50 != 7 }.map(String.init))
    // One lane: only its first is due.
    let due = SQL("SELECT count(*) FROM deliveries WHERE due_at IS NOT NULL")
    #expect(
      try rig.test.store.database.read {
        try $0.first(due) { (row) throws(StoreError) in row.integer(0) }
      } == 1)
  }
}
