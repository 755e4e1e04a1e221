import Gateway

/// The kinds of `trunkline simulate whatsapp_cloud`.
enum CloudCatalogue {
  /// Every kind, in the order to document.
  static let events: [SimulatedEvent] = contents + answers + changes + news + oddities

  private typealias Option = SimulatedOption

  private static let text = Option.required("text", "what the person writes")
  private static let caption = Option.optional("text", "the caption")
  private static let target = Option.required("message-id", "the wamid of the message it is about")
  private static let number = Option.optional(
    "display-number", "the channel's number, in digits", default: "14155550123")

  private static let contents: [SimulatedEvent] =
    [content("text", "a text", [text]) { .text($0["text"]) }]
    + CloudContent.Media.allCases.map { media in
      let isSilent = media == .audio || media == .voice || media == .sticker
      let name = Option.optional("file-name", "its name", default: "invoice.pdf")
      let options = (isSilent ? [] : [caption]) + (media == .document ? [name] : [])
      return content(media.rawValue, "a file: \(media.rawValue)", options) {
        .media(
          media, caption: isSilent ? nil : $0.optional("text"),
          fileName: media == .document ? $0["file-name"] : nil)
      }
    } + [
      content(
        "location", "a place on the map",
        [
          .optional("latitude", "degrees north", default: "44.8178"),
          .optional("longitude", "degrees east", default: "20.4569"),
          .optional("title", "its name"),
        ]
      ) { options throws(SimulatorError) in
        .location(
          latitude: try options.degrees("latitude", limit: 90),
          longitude: try options.degrees("longitude", limit: 180), name: options.optional("title"))
      },
      content(
        "contact", "a contact card",
        [
          .required("phone", "the number on it"),
          .optional("contact-name", "the name on it", default: "Ana"),
        ]
      ) { .contact(name: $0["contact-name"], phone: $0["phone"]) },
      content("forwarded", "a text somebody else wrote", [text]) { .forwarded($0["text"]) },
      content(
        "referral", "the first text after a tap on an advertisement",
        [text, .optional("headline", "of the advertisement", default: "Autumn -30%")]
      ) { .referral($0["text"], headline: $0["headline"], sourceID: "120211234567890123") },
      content("unsupported", "something the API cannot show", []) { _ in .unsupported },
    ]

  private static let answers: [SimulatedEvent] = [
    content("reply", "a text that quotes a message", [target, text]) {
      .reply($0["text"], to: $0["message-id"])
    },
    content(
      "reaction", "a message gets a reaction, or loses it",
      [target, .optional("emoji", "none to take it back", default: "❤️")]
    ) { .reaction($0.optional("emoji"), on: $0["message-id"]) },
    content("button", "a button under our message is pressed", choice) {
      .button(id: $0["data"], title: $0["label"], of: $0["message-id"])
    },
    content("list", "a row of our list is chosen", choice) {
      .list(id: $0["data"], title: $0["label"], of: $0["message-id"])
    },
    content("template-button", "a quick reply of our template is pressed", choice) {
      .templateButton(payload: $0["data"], text: $0["label"], of: $0["message-id"])
    },
  ]

  private static let choice: [SimulatedOption] = [
    target, .optional("data", "what it stands for", default: "c:9911:y"),
    .optional("label", "what is on it", default: "Yes"),
  ]

  private static let changes: [SimulatedEvent] = [
    content("edit", "a message gets another text", [target, text]) {
      .edit(of: $0["message-id"], text: $0["text"])
    },
    content("revoke", "a message is taken back", [target]) { .revoke(of: $0["message-id"]) },
    event(
      "number-changed", "the person has another number",
      [.required("new", "the number, with + and country code")]
    ) { options, user, simulator in
      var new = CloudUser(phone: options["new"], name: user.name)
      new.username = user.username
      return simulator.changed(user, to: new)
    },
    event(
      "user-id-changed", "the person has another business-scoped id",
      [.required("new", "the id, such as AR.7755331200")]
    ) { options, user, simulator in
      var new = user
      new.userID = options["new"]
      return simulator.changed(user, to: new)
    },
    event(
      "preference", "the person wants no advertisements, or does again",
      [.optional("value", "stop or resume", default: "stop")]
    ) { options, user, simulator throws(SimulatorError) in
      guard ["stop", "resume"].contains(options["value"]) else {
        throw options.wrong("value", "stop or resume")
      }
      return simulator.preference(user, stops: options["value"] == "stop")
    },
  ]

  private static let news: [SimulatedEvent] = [
    event(
      "status", "news of a message of ours to the person",
      [
        target, .required("status", "sent, delivered, read, played or failed"),
        .optional("error-code", "why it failed"),
        .optional("our-id", "what was given as biz_opaque_callback_data"),
      ]
    ) { options, user, simulator throws(SimulatorError) in
      simulator.status(
        options["status"], of: options["message-id"], to: user.address,
        ourID: options.optional("our-id"),
        errorCode: try options.optionalInteger("error-code").map { Int(clamping: $0) })
    },
    account(
      "template-status", "a template of the business account has another status",
      [
        .required("template", "its name"),
        .optional("language", "its language", default: "en_US"),
        .optional("status", "APPROVED, PAUSED, DISABLED, REJECTED", default: "PAUSED"),
      ]
    ) { options, simulator in
      simulator.template(
        options["template"], language: options["language"], status: options["status"])
    },
    account(
      "account-update", "something about the business account",
      [.optional("event", "such as ACCOUNT_RESTRICTION", default: "DISABLED_UPDATE")]
    ) { options, simulator in simulator.accountUpdate(options["event"]) },
  ]

  private static let source: @Sendable (SimulatedSource) throws(SimulatorError) -> MetaSimulator = {
    source throws(SimulatorError) in
    try source.whatsAppCloud(displayNumber: "14155550123")
  }

  private static let oddities: [SimulatedEvent] = [
    account("unknown", "a change of a kind nobody knows yet", []) { $1.unknownField() },
    MetaOptions.batch(source), MetaOptions.handshake(source),
  ]

  private static let person: [SimulatedOption] = [
    .required(
      "from", "the person: a number with +, or a business-scoped id such as AR.7755331199"),
    .optional("name", "the name they show", default: "Rafaela"),
    .optional("username", "without @"),
  ]

  private static func content(
    _ kind: String, _ summary: String, _ options: [SimulatedOption],
    _ content: @escaping @Sendable (SimulatedOptions) throws(SimulatorError) -> CloudContent
  ) -> SimulatedEvent {
    event(kind, summary, options) { options, user, simulator throws(SimulatorError) in
      simulator.message(try content(options), from: user)
    }
  }

  private static func event(
    _ kind: String, _ summary: String, _ options: [SimulatedOption],
    _ make:
      @escaping @Sendable (SimulatedOptions, CloudUser, inout MetaSimulator)
      throws(SimulatorError) -> MetaUpdate
  ) -> SimulatedEvent {
    account(kind, summary, person + options) { options, simulator throws(SimulatorError) in
      try make(options, try user(options), &simulator)
    }
  }

  private static func user(_ options: SimulatedOptions) throws(SimulatorError) -> CloudUser {
    let from = options["from"]
    if from.contains(".") {
      return CloudUser(
        userID: from, username: options.optional("username"), name: options["name"])
    }
    guard from.hasPrefix("+"), from.dropFirst().utf8.allSatisfy({ (48...57).contains($0) }) else {
      throw options.wrong("from", "a number with +, or a business-scoped id such as AR.7755331199")
    }
    var user = CloudUser(phone: from, name: options["name"])
    user.username = options.optional("username")
    return user
  }

  private static func account(
    _ kind: String, _ summary: String, _ options: [SimulatedOption],
    _ make:
      @escaping @Sendable (SimulatedOptions, inout MetaSimulator) throws(SimulatorError) ->
      MetaUpdate
  ) -> SimulatedEvent {
    SimulatedEvent(kind, summary, options + [number, MetaOptions.forge]) {
      options, source throws(SimulatorError) in
      var simulator = try source.whatsAppCloud(displayNumber: options["display-number"])
      let update = try make(options, &simulator)
      return try MetaOptions.forged(simulator.post(update), simulator, options)
    }
  }
}
