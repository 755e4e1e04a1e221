import Gateway

/// A WhatsApp user as Twilio shows them.
package struct WhatsAppUser: Sendable {
  /// The telephone number with `+`; `nil` for one who hides it behind a user name.
  package let phone: String?
  /// The business-scoped user id, such as `AR.1389920147755001234567`.
  package let userID: String?
  /// The name they show.
  package let profileName: String

  /// A user known by telephone number.
  package init(phone: String, profileName: String) {
    self.phone = phone
    userID = nil
    self.profileName = profileName
  }

  /// A user who hides the number: known by business-scoped id alone.
  package init(userID: String, profileName: String) {
    phone = nil
    self.userID = userID
    self.profileName = profileName
  }

  /// The address in `From`, without the channel's prefix.
  var address: String { phone ?? userID ?? "" }
}

/// What a WhatsApp message is.
package enum WhatsAppContent: Sendable {
  case text(String)
  /// A file; stickers are `image/webp`, voice notes `audio/ogg`, contact cards `text/vcard`.
  case media(contentType: String, caption: String)
  case location(latitude: String, longitude: String, label: String?, address: String?)
  /// A tap on a template's quick reply, which quotes our message `repliedTo`.
  case button(text: String, payload: String, repliedTo: String)
  /// A choice from a list.
  case list(id: String, title: String)
  /// A text that quotes our message `repliedTo`.
  case reply(text: String, repliedTo: String)
  /// The first message after a tap on an advertisement.
  case referral(text: String, headline: String, sourceID: String)
  case forwarded(text: String, many: Bool)

  /// Twilio's word in `MessageType`. Seen in live traffic, not in its documentation.
  var type: String {
    switch self {
    case .text, .reply, .referral, .forwarded: "text"
    case .media(let contentType, _): Self.type(of: contentType)
    case .location: "location"
    case .button: "button"
    case .list: "interactive"
    }
  }

  private static func type(of contentType: String) -> String {
    switch contentType {
    case "image/webp": "sticker"
    case "text/vcard", "text/x-vcard": "contacts"
    case _ where contentType.hasPrefix("image/"): "image"
    case _ where contentType.hasPrefix("audio/"): "audio"
    case _ where contentType.hasPrefix("video/"): "video"
    default: "document"
    }
  }

  /// The text in `Body`.
  var body: String {
    switch self {
    case .text(let text), .reply(let text, _), .referral(let text, _, _),
      .button(let text, _, _), .forwarded(let text, _):
      text
    case .media(_, let caption): caption
    case .list(_, let title): title
    case .location: ""
    }
  }
}

extension TwilioSimulator {
  /// Makes a WhatsApp message; `to` is our number, with or without `whatsapp:`.
  package func whatsApp(
    _ content: WhatsAppContent, from user: WhatsAppUser, to: String, messageSID: String? = nil
  ) -> HTTPRequest {
    var media: [String] = []
    if case .media(let contentType, _) = content { media = [contentType] }
    let recipient = prefixed("whatsapp", to)
    var form = chat(
      messageSID ?? sid("SM"), from: prefixed("whatsapp", user.address), to: recipient,
      text: content.body, media: media)
    form.add("MessageType", content.type)
    form.add("ProfileName", user.profileName)
    form.add("WaId", user.phone.map { String($0.drop { $0 == "+" }) })
    form.add("ExternalUserId", user.userID)
    form.add(details(of: content, to: recipient))
    return request(form)
  }

  private func details(
    of content: WhatsAppContent, to recipient: String
  ) -> [(String, String)] {
    switch content {
    case .text, .media: []
    case .location(let latitude, let longitude, let label, let address):
      [("Latitude", latitude), ("Longitude", longitude)]
        + (label.map { [("Label", $0)] } ?? []) + (address.map { [("Address", $0)] } ?? [])
    case .button(let text, let payload, let repliedTo):
      [
        ("ButtonText", text), ("ButtonPayload", payload),
        ("OriginalRepliedMessageSender", recipient), ("OriginalRepliedMessageSid", repliedTo),
      ]
    case .list(let id, let title): [("ListId", id), ("ListTitle", title)]
    case .reply(_, let repliedTo):
      [("OriginalRepliedMessageSender", recipient), ("OriginalRepliedMessageSid", repliedTo)]
    case .referral(_, let headline, let sourceID):
      [
        ("ReferralBody", headline), ("ReferralHeadline", headline),
        ("ReferralSourceId", sourceID), ("ReferralSourceType", "ad"),
        ("ReferralSourceUrl", "https://fb.me/\(sourceID)"),
        ("ReferralMediaId", String(random.below(900_000_000) + 100_000_000)),
        ("ReferralMediaContentType", "image/jpeg"),
        ("ReferralMediaUrl", "https://scontent.example/\(sourceID).jpg"),
        ("ReferralNumMedia", "1"), ("ReferralCtwaClid", sid("AR")),
      ]
    case .forwarded(_, let many): [(many ? "FrequentlyForwarded" : "Forwarded", "true")]
    }
  }
}
