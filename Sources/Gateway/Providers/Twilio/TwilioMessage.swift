/// Reads an inbound message: SMS, MMS, WhatsApp, Messenger and RCS share one flat set of fields.
/// <https://www.twilio.com/docs/messaging/guides/webhook-request>, 2026.
enum TwilioMessage {
  /// Ten is the most an MMS has; a few more are read should that grow.
  static let mediaMax = 32

  /// The message, and behind it what it says about being written to. `nil` for an unknown shape.
  static func read(_ form: TwilioForm) throws(Unreadable) -> [Item]? {
    guard let sid = try form.text("MessageSid", or: "SmsSid"),
      let from = try form.text("From")
    else { return nil }
    let account = try form.text("AccountSid")
    // `receiving` comes before the message is whole; `received` follows with all of it.
    if let status = try form.text("SmsStatus"), status != "received" {
      return [
        Item(
          key: "status:\(sid):\(status)", account: account,
          fact: .ignored(kind: "message.\(status.prefix(Twilio.kindCharactersMax))"))
      ]
    }
    let party = TwilioParty(from)
    let name = try form.text("ProfileName")
    let person = party.person(named: name, try otherAddresses(form, party))
    var content = try content(form, party.transport)
    let keyword = try TwilioKeyword(form, party.transport, text: content.text)
    if let keyword { content.details["automated_reply"] = .string(keyword.word.rawValue) }
    let message = InboundMessage(
      id: sid, transport: party.transport, person: person,
      sender: try sender(form, party, person, name), content: content)
    var items = [Item(key: "message:\(sid)", account: account, fact: .message(message))]
    if let person, let choice = keyword?.choice, let keyword {
      items.append(
        Item(
          key: "preference:\(sid)", account: account,
          fact: .preference(
            PreferenceReport(
              person: person, transport: party.transport, choice: choice, source: keyword.source))))
    }
    return items
  }

  /// A WhatsApp user's number and business-scoped id, whichever `From` did not say.
  private static func otherAddresses(
    _ form: TwilioForm, _ party: TwilioParty
  ) throws(Unreadable) -> [Address] {
    guard party.transport == .whatsapp else { return [] }
    var addresses: [Address] = []
    if PhoneNumber.e164(party.identifier) == nil, let digits = try form.text("WaId"),
      PhoneNumber.e164("+\(digits)") != nil
    {
      addresses += TwilioParty.whatsApp("+\(digits)", raw: digits)
    }
    if let id = try form.text("ExternalUserId") {
      addresses.append(Address(type: .whatsapp, value: id.trimmed, raw: id))
    }
    return addresses
  }

  private static func sender(
    _ form: TwilioForm, _ party: TwilioParty, _ person: Person?, _ name: String?
  ) throws(Unreadable) -> Sender {
    switch party.transport {
    case .sms:
      var sender = SMSSender(phone: person?.addresses.first?.value ?? party.identifier)
      sender.city = try form.text("FromCity")
      sender.state = try form.text("FromState")
      sender.zip = try form.text("FromZip")
      sender.country = try form.text("FromCountry")
      return .sms(sender)
    case .whatsapp:
      let addresses = person?.addresses ?? []
      let isNumber: (Address) -> Bool = { PhoneNumber.e164($0.value) != nil }
      return .whatsapp(
        WhatsAppSender(
          phone: addresses.first(where: isNumber)?.value,
          userID: addresses.first { !isNumber($0) }?.value, profileName: name))
    default:
      return .other(
        OtherSender(network: party.network ?? "other", address: party.identifier, name: name))
    }
  }

  private static func content(
    _ form: TwilioForm, _ transport: TransportKind
  ) throws(Unreadable) -> MessageContent {
    var content = MessageContent(kind: .text, text: try form.text("Body"))
    content.attachments = try attachments(form, transport)
    content.replyTo = try form.text("OriginalRepliedMessageSid")
    content.location = try location(form)
    try addDetails(form, to: &content)
    if content.details["button"] != nil || content.details["list"] != nil {
      content.kind = .interactive
    } else if content.location != nil {
      content.kind = .location
    } else if let first = content.attachments.first {
      content.kind = first.kind == .contactCard ? .contact : .media
    }
    return content
  }

  private static func addDetails(
    _ form: TwilioForm, to content: inout MessageContent
  ) throws(Unreadable) {
    if let button = try object(form, [("payload", "ButtonPayload"), ("text", "ButtonText")]) {
      content.details["button"] = .object(button)
      if content.text == nil { content.text = button["text"]?.string }
    }
    // Not in Twilio's documentation, seen in public code, 2026: the body has the title as well.
    if let list = try object(form, [("id", "ListId"), ("title", "ListTitle")]) {
      content.details["list"] = .object(list)
      if content.text == nil { content.text = list["title"]?.string }
    }
    for (name, field) in [
      ("forwarded", "Forwarded"), ("frequently_forwarded", "FrequentlyForwarded"),
    ] where try form.text(field) == "true" {
      content.details[name] = true
    }
    if let referral = try object(form, referralFields) {
      content.details["referral"] = .object(referral)
    }
    if let quote = try object(form, [("sender", "OriginalRepliedMessageSender")]) {
      content.details["quote"] = .object(quote)
    }
    // Which of our senders it came to: a Messaging Service has many, and the answer belongs there.
    if let routing = try object(
      form,
      [
        ("message_type", "MessageType"), ("our_address", "To"),
        ("messaging_service_sid", "MessagingServiceSid"),
      ])
    {
      for member in routing { content.details[member.key] = member.value }
    }
  }

  /// What a click on an advertisement tells of it.
  private static let referralFields = [
    ("source_id", "ReferralSourceId"), ("source_type", "ReferralSourceType"),
    ("source_url", "ReferralSourceUrl"), ("headline", "ReferralHeadline"),
    ("body", "ReferralBody"), ("media_id", "ReferralMediaId"),
    ("media_content_type", "ReferralMediaContentType"), ("media_url", "ReferralMediaUrl"),
    ("media_count", "ReferralNumMedia"), ("ctwa_clid", "ReferralCtwaClid"),
  ]

  /// The fields that are there, under our names; `nil` without any.
  private static func object(
    _ form: TwilioForm, _ fields: [(name: String, field: String)]
  ) throws(Unreadable) -> JSONObject? {
    var object = JSONObject()
    for (name, field) in fields {
      if let text = try form.text(field) { object[name] = .string(text) }
    }
    return object.isEmpty ? nil : object
  }

  private static func location(_ form: TwilioForm) throws(Unreadable) -> Location? {
    guard let latitude = try form.text("Latitude").flatMap({ Double($0) }),
      let longitude = try form.text("Longitude").flatMap({ Double($0) })
    else { return nil }
    return Location(
      latitude: latitude, longitude: longitude, name: try form.text("Label"),
      address: try form.text("Address"))
  }

  private static func attachments(
    _ form: TwilioForm, _ transport: TransportKind
  ) throws(Unreadable) -> [AttachmentReference] {
    var attachments: [AttachmentReference] = []
    // NumMedia is not trusted to be right, only the addresses that are there.
    while attachments.count < mediaMax,
      let url = try form.text("MediaUrl\(attachments.count)")
    {
      let contentType = try form.text("MediaContentType\(attachments.count)")
      var attachment = AttachmentReference(
        kind: kind(contentType, transport), source: url, contentType: contentType)
      // The last part of the address is the media's own identifier, ME….
      attachment.providerID = url.split(separator: "/").last.map(String.init)
      attachments.append(attachment)
    }
    return attachments
  }

  /// WhatsApp's stickers are always WebP and its voice notes Ogg, and nothing else it passes on is.
  private static func kind(_ contentType: String?, _ transport: TransportKind) -> AttachmentKind {
    guard let contentType else { return .other }
    let type = contentType.prefix { $0 != ";" }.lowercased()
    switch (transport, type) {
    case (.whatsapp, "image/webp"): return .sticker
    case (.whatsapp, "audio/ogg"): return .voice
    default: return AttachmentKind(contentType: contentType)
    }
  }
}
