import Gateway

// WhatsApp through Twilio: one kind for each content.

extension TwilioCatalogue {
  private typealias Option = SimulatedOption

  /// The kinds of WhatsApp message, in the order to document.
  static let whatsApp: [SimulatedEvent] = [
    event("whatsapp", "a WhatsApp text", [text]) { options in .text(options["text"]) },
    media("whatsapp-image", "a picture", "image/jpeg"),
    media("whatsapp-voice", "a voice note", "audio/ogg"),
    media("whatsapp-sticker", "a sticker", "image/webp"),
    media("whatsapp-document", "a file", "application/pdf"),
    media("whatsapp-contact", "a contact card", "text/vcard"),
    event(
      "whatsapp-location", "a place",
      [
        .optional("latitude", "degrees north", default: "-23.5613"),
        .optional("longitude", "degrees east", default: "-46.6565"),
        .optional("label", "the place's name"), .optional("address", "its address"),
      ]
    ) { options throws(SimulatorError) in
      _ = try options.degrees("latitude", limit: 90)
      _ = try options.degrees("longitude", limit: 180)
      return .location(
        latitude: options["latitude"], longitude: options["longitude"],
        label: options.optional("label"), address: options.optional("address"))
    },
    event(
      "whatsapp-button", "a tap on a template's quick reply",
      [
        text, .optional("payload", "what the button stands for", default: "confirm:9911"),
        repliedTo,
      ]
    ) { options in
      .button(text: options["text"], payload: options["payload"], repliedTo: options["reply-to"])
    },
    event(
      "whatsapp-list", "a choice from a list",
      [text, .optional("id", "what the choice stands for", default: "slot_10h")]
    ) { options in .list(id: options["id"], title: options["text"]) },
    event("whatsapp-reply", "a text that quotes a message of ours", [text, repliedTo]) {
      options in .reply(text: options["text"], repliedTo: options["reply-to"])
    },
    event(
      "whatsapp-referral", "the first message after a tap on an advertisement",
      [
        text, .optional("headline", "what the advertisement says", default: "Autumn sale"),
        .optional("source-id", "the advertisement's id", default: "120211234567890123"),
      ]
    ) { options in
      .referral(
        text: options["text"], headline: options["headline"], sourceID: options["source-id"])
    },
    event("whatsapp-forwarded", "a forwarded text", [text]) { options in
      .forwarded(text: options["text"], many: false)
    },
  ]

  private static let text = Option.required("text", "what the person writes")
  private static let repliedTo = Option.required("reply-to", "SM…, the id of our message")

  private static func media(
    _ kind: String, _ summary: String, _ contentType: String
  ) -> SimulatedEvent {
    let options: [Option] = [
      .optional("text", "the caption"),
      .optional("content-type", "the file's media type", default: contentType),
    ]
    return event(kind, summary, options) { options in
      .media(contentType: options["content-type"], caption: options["text"])
    }
  }

  private static func event(
    _ kind: String, _ summary: String, _ options: [Option],
    _ content: @escaping @Sendable (SimulatedOptions) throws(SimulatorError) -> WhatsAppContent
  ) -> SimulatedEvent {
    let common: [Option] = [
      .required("from", "the person's number, or their business-scoped id such as AR.138992"),
      .required("to", "our number"), .optional("name", "the name they show", default: "Rafaela"),
    ]
    return event(kind, summary, common + options + [messageSID]) {
      options, twilio throws(SimulatorError) in
      let from = options["from"]
      let name = options["name"]
      let user =
        from.contains(".")
        ? WhatsAppUser(userID: from, profileName: name)
        : WhatsAppUser(phone: from, profileName: name)
      return twilio.whatsApp(
        try content(options), from: user, to: options["to"],
        messageSID: options.optional("message-sid"))
    }
  }
}
