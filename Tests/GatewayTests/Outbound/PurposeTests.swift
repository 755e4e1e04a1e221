import Testing

@testable import Gateway

/// Why a message is written, and what people want of which.
@Suite struct PurposeTests {
  private static let to: JSON = ["address": "+46701234567", "transport": "whatsapp"]

  private func sync(
    _ rig: IntakeRig, _ templates: ProviderTemplate..., account: String = "waba-1"
  ) throws {
    let account = TemplateAccount(
      tenant: rig.tenant.id, provider: FakeTransport.name, account: account)
    try rig.test.store.database.write { transaction in
      _ = try transaction.replaceTemplates(of: account, with: templates, asked: transaction.now)
      var state = TemplateSyncState(dueAt: transaction.now)
      state.syncedAt = transaction.now
      try transaction.set(state, of: account)
    }
  }

  @Test func itIsWhatTheRequestSaysElseWhatTheTemplateIsForElseService() throws {
    let rig = try IntakeRig()
    let channel = rig.channel(.whatsapp)
    rig.enter(channel, [.whatsapp], templateAccount: "waba-1")
    try sync(
      rig,
      ProviderTemplate(name: "sale", language: "en", category: "MARKETING", status: "APPROVED"),
      ProviderTemplate(name: "code", language: "en", category: "UTILITY", status: "APPROVED"))
    let sale: JSON = ["name": "sale"]
    let cases: [(JSON, JSON?, MessagePurpose)] = [
      (sale, nil, .marketing), (sale, "service", .service), (["name": "code"], nil, .service),
      (["name": "code"], "marketing", .marketing), (["content_sid": "HX1"], nil, .service),
    ]
    for (template, said, purpose) in cases {
      var body: JSONObject = ["to": Self.to, "provider_template": template]
      if let said { body["purpose"] = said }
      let sent = try rig.accept(.object(body))
      #expect(sent.delivery.purpose == purpose, "\(body)")
      #expect(sent.message.purpose == purpose)
      #expect(sent.delivery.json["purpose"]?.string == purpose.rawValue)
      var writer = JSONWriter(capacity: 512)
      sent.message.write(into: &writer)
      #expect(try JSON.parse(writer.bytes)["purpose"]?.string == purpose.rawValue)
    }
    let body: JSON = ["to": Self.to, "text": "x", "purpose": "spam"]
    #expect(try rig.refusal(body).field == "purpose")
  }

  @Test func aTemplateThatIsNotThereIsRefusedOnceTheyAreKnown() throws {
    let rig = try IntakeRig()
    let channel = rig.channel(.whatsapp)
    rig.enter(channel, [.whatsapp], templateAccount: "waba-1")
    let body: JSON = ["to": Self.to, "provider_template": ["name": "sale"]]
    // Before the first sync nobody can say.
    _ = try rig.accept(body)
    try sync(rig)
    #expect(try rig.refusal(body).code == .invalidTemplate)
    try sync(rig, ProviderTemplate(name: "sale", language: "en", status: "APPROVED"))
    _ = try rig.accept(body)
  }

  @Test func whoWantsNoAdvertisementsIsAnsweredAllTheSame() throws {
    let rig = try IntakeRig()
    let channel = rig.channel(.sms)
    try rig.write(.maya, on: channel, .sms)
    try rig.optOut(.maya, on: .sms, purpose: .marketing)
    let to: JSON = ["address": "+46701234567", "transport": "sms"]
    let refusal = try rig.refusal(["to": to, "text": "x", "purpose": "marketing"])
    #expect(refusal.code == .optedOut && refusal.message.contains("no advertisements"))
    _ = try rig.accept(["to": to, "text": "x"])
    try rig.optOut(.maya, on: .sms)
    #expect(try rig.refusal(["to": to, "text": "x"]).code == .optedOut)
  }

  @Test func aWishAtAnIDHoldsForTheNumberOfTheSamePerson() throws {
    let rig = try IntakeRig()
    let channel = rig.channel(.whatsapp)
    let id = Address(type: .whatsapp, value: "US.13491208655302741918")
    try rig.write(id, .mayaOnWhatsApp, on: channel, .whatsapp)
    try rig.optOut(id, on: .whatsapp)
    #expect(try rig.refusal(["to": Self.to, "text": "x"]).code == .optedOut)
  }
}

extension PurposeTests {
  @Test func aPersonWithANumberAndAnIDHasOneLane() throws {
    let rig = try IntakeRig()
    let channel = rig.channel(.whatsapp)
    let id = Address(type: .whatsapp, value: "US.13491208655302741918")
    try rig.write(id, .mayaOnWhatsApp, on: channel, .whatsapp)
    let chat = try #require(try rig.chats().first)
    let to: JSON = ["chat_id": .string(chat.id.description)]
    for _ in 0..<3 {
      #expect(
        try rig.accept(["to": to, "text": "x"]).delivery.recipient == .person(.mayaOnWhatsApp))
      rig.test.store.clock.advance(milliseconds: 90_000_000)
      // The id is seen later than the number.
      try rig.write(id, on: channel, .whatsapp)
    }
  }

  @Test func whoHasOnlyAnIDIsReachedByIt() throws {
    let rig = try IntakeRig()
    let channel = rig.channel(.whatsapp)
    let id = Address(type: .whatsapp, value: "US.13491208655302741918")
    try rig.write(id, on: channel, .whatsapp)
    let chat = try #require(try rig.chats().first)
    let sent = try rig.accept(["to": ["chat_id": .string(chat.id.description)], "text": "x"])
    #expect(sent.delivery.recipient == .person(id))
  }

  @Test func aReactionGoesWhereItsMessageIs() throws {
    let rig = try IntakeRig()
    let first = rig.channel(.whatsapp)
    let second = rig.channel(.whatsapp)
    let theirs = try rig.write(.mayaOnWhatsApp, on: first, .whatsapp, agoMilliseconds: 1000)
    try rig.write(.mayaOnWhatsApp, on: second, .whatsapp)
    let chat = try #require(try rig.chats().first)
    let to: JSON = ["chat_id": .string(chat.id.description)]
    let body: JSON = ["to": to, "reaction": "👍", "reply_to": .string(theirs.description)]
    let sent = try rig.accept(body)
    #expect(sent.delivery.channelID == first.id && sent.message.kind == "system")
    let details = try JSON.parse(try #require(sent.message.details))
    #expect(details["reaction"] == "👍")
    let elsewhere: JSON = [
      "to": to, "reaction": "👍", "reply_to": .string(theirs.description),
      "channel_id": .string(second.id.description),
    ]
    #expect(try rig.refusal(elsewhere).field == "reply_to")
  }

  @Test func aListAndATagAreShown() throws {
    let rig = try IntakeRig()
    rig.channel(.sms)
    let list: JSON = [
      "button": "Days", "sections": [["rows": [["text": "Monday", "payload": "d:1"]]]],
    ]
    let to: JSON = ["address": "+46701234567", "transport": "sms"]
    let sent = try rig.accept(["to": to, "text": "When?", "list": list, "tag": "human_agent"])
    let details = try JSON.parse(try #require(sent.message.details))
    #expect(details["list"] == list && details["tag"] == "human_agent")
    #expect(sent.message.kind == "interactive")
  }

  static let wrong: [(JSONObject, String)] = [
    (["reaction": "👍"], "reply_to"), (["reaction": "👍👍", "reply_to": "R"], "reaction"),
    (["reaction": "👍", "reply_to": "R", "text": "x"], "reaction"),
    (["reaction": "", "reply_to": "R", "buttons": [["text": "a"]]], "reaction"),
    (
      ["text": "x", "list": ["button": "b", "sections": [["rows": [["txt": "a"]]]]]],
      "list.sections[0].rows[0].txt"
    ),
    (["text": "x", "list": ["button": "b", "rows": []]], "list.rows"),
  ]

  @Test(arguments: wrong) func aReactionStandsAlone(_ members: JSONObject, _ field: String) throws {
    var body = members
    body["to"] = ["address": "+46701234567", "transport": "sms"]
    if body["reply_to"] != nil {
      body["reply_to"] = .string(ID<Message>(high: 1, low: 2).description)
    }
    let error = #expect(throws: ContentError.self) {
      try EnqueueRequest(body, now: Instant(millisecondsSinceEpoch: 1_790_000_000_000))
    }
    #expect(error?.field == field)
  }
}
