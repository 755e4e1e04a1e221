import Gateway

/// The kinds of `trunkline simulate telegram`.
enum TelegramCatalogue {
  /// Every kind, in the order to document.
  static let events: [SimulatedEvent] = contents + changes + people + business + oddities

  private typealias Option = SimulatedOption

  private static let text = Option.required("text", "what the person writes")
  private static let caption = Option.optional("text", "the caption")
  private static let target = Option.required("message-id", "the number of the message it is about")
  private static let latitude = Option.optional("latitude", "degrees north", default: "44.8178")
  private static let longitude = Option.optional("longitude", "degrees east", default: "20.4569")
  private static let connection = Option.optional(
    "connection", "the business connection's id", default: "bc_Synthetic01")

  private static let contents: [SimulatedEvent] = [
    content("text", "a text", [text]) { options in .text(options["text"]) },
    content("photo", "a photo", [caption]) { .photo(caption: $0.optional("text")) },
    content("video", "a video of seven seconds", [caption]) {
      .video(caption: $0.optional("text"), seconds: 7)
    },
    content("animation", "a silent clip", []) { _ in .animation },
    content("voice", "a voice note", [.optional("seconds", "how long it is", default: "7")]) {
      options throws(SimulatorError) in
      .voice(seconds: Int64(try options.seconds("seconds")))
    },
    content(
      "document", "a file",
      [
        caption, .optional("file-name", "its name", default: "invoice.pdf"),
        .optional("content-type", "its media type", default: "application/pdf"),
        .optional("size", "its size in bytes", default: "31457"),
      ]
    ) { options throws(SimulatorError) in
      .document(
        fileName: options["file-name"], contentType: options["content-type"],
        size: try options.integer("size"), caption: options.optional("text"))
    },
    content("sticker", "a sticker", [.optional("emoji", "what it shows", default: "👍")]) {
      options in .sticker(emoji: options["emoji"])
    },
    content("location", "a place on the map", [latitude, longitude]) {
      options throws(SimulatorError) in
      .location(
        latitude: try options.degrees("latitude", limit: 90),
        longitude: try options.degrees("longitude", limit: 180))
    },
    content(
      "venue", "a place with a name",
      [
        .required("title", "its name"), .optional("address", "its address", default: "Main St 1"),
        latitude, longitude,
      ]
    ) { options throws(SimulatorError) in
      .venue(
        title: options["title"], address: options["address"],
        latitude: try options.degrees("latitude", limit: 90),
        longitude: try options.degrees("longitude", limit: 180))
    },
    content(
      "contact", "a contact card",
      [
        .required("phone", "the number on it"),
        .optional("contact-name", "the name on it", default: "Ana"),
        .optional("contact-id", "the Telegram id on it; the sender's own proves the number"),
      ]
    ) { options throws(SimulatorError) in
      .contact(
        phone: options["phone"], firstName: options["contact-name"],
        userID: try options.optionalInteger("contact-id"))
    },
    event(
      "album-item", "one photo of an album",
      [.required("album", "the album's id, the same for each photo"), caption]
    ) { options, context in
      context.telegram.albumItem(
        options["album"], caption: options.optional("text"), from: context.person,
        in: context.chat)
    },
    event("start", "Start is pressed", [.optional("payload", "of the deep link followed")]) {
      options, context in
      context.telegram.start(payload: options.optional("payload"), from: context.person)
    },
  ]

  private static let changes: [SimulatedEvent] = [
    event("edit", "a message gets another text", [target, text]) {
      options, context throws(SimulatorError) in
      context.telegram.edited(
        try context.reference(options), to: .text(options["text"]), by: context.person)
    },
    event(
      "reaction", "a message gets a reaction, or loses it",
      [target, .optional("emoji", "none to take it back", default: "❤")]
    ) { options, context throws(SimulatorError) in
      context.telegram.reaction(
        on: try context.reference(options), to: options.optional("emoji").map { [$0] } ?? [],
        by: context.person)
    },
    event(
      "button", "an inline button is pressed",
      [
        target, .optional("data", "what the button stands for", default: "c:9911:y"),
        .optional("label", "what is on it", default: "Yes"),
      ]
    ) { options, context throws(SimulatorError) in
      context.telegram.callback(
        data: options["data"], label: options["label"], under: try context.reference(options),
        by: context.person)
    },
  ]

  private static let people: [SimulatedEvent] = [
    event("join", "the person comes into the group", []) {
      options, context throws(SimulatorError) in
      context.telegram.joined([context.person], in: try context.group(options))
    },
    event("leave", "the person leaves the group", []) { options, context throws(SimulatorError) in
      context.telegram.left(context.person, in: try context.group(options))
    },
    event("blocked", "the person blocks the bot", []) { _, context in
      context.telegram.blocked(by: context.person)
    },
    event("unblocked", "the person lets the bot in again", []) { _, context in
      context.telegram.unblocked(by: context.person)
    },
  ]

  private static let business: [SimulatedEvent] = [
    event("business", "a message in a connected personal account", [text, connection]) {
      options, context in
      context.telegram.business(
        .text(options["text"]), connectionID: options["connection"], customer: context.person)
    },
    event(
      "business-echo", "the account's owner writes to the person",
      [text, connection, .optional("owner", "the owner's Telegram id", default: "7000000001")]
    ) { options, context throws(SimulatorError) in
      context.telegram.business(
        .text(options["text"]), connectionID: options["connection"], customer: context.person,
        owner: TelegramPerson(id: try options.integer("owner"), firstName: "Owner"))
    },
  ]

  private static let oddities: [SimulatedEvent] = [
    event("unknown", "an update of a kind nobody knows yet", []) { _, context in
      context.telegram.unknown()
    },
    event("malformed", "an update whose JSON breaks off", []) { _, context in
      context.telegram.malformed(from: context.person)
    },
  ]

  private static func content(
    _ kind: String, _ summary: String, _ options: [SimulatedOption],
    _ content: @escaping @Sendable (SimulatedOptions) throws(SimulatorError) -> TelegramPayload
  ) -> SimulatedEvent {
    let messageID = Option.optional("message-id", "the number it gets in its chat")
    return event(kind, summary, options + [messageID]) {
      options, context throws(SimulatorError) in
      context.telegram.message(try content(options), from: context.person, in: context.chat)
    }
  }

  private static func event(
    _ kind: String, _ summary: String, _ options: [SimulatedOption],
    _ make:
      @escaping @Sendable (SimulatedOptions, inout TelegramScene) throws(SimulatorError) ->
      HTTPRequest
  ) -> SimulatedEvent {
    SimulatedEvent(kind, summary, TelegramScene.options + options) {
      options, source throws(SimulatorError) in
      var context = try TelegramScene(options, source)
      let request = try make(options, &context)
      guard let forgery: TelegramSimulator.Forgery = try options.word("forge") else {
        return request
      }
      return context.telegram.forged(request, forgery)
    }
  }
}

/// Who and where, of one simulated update.
struct TelegramScene {
  /// The stand-in that makes it.
  var telegram: TelegramSimulator
  /// Whose doing it is.
  let person: TelegramPerson
  /// Where: the private chat, or a group.
  let chat: TelegramChat

  /// The options all Telegram kinds take.
  static let options: [SimulatedOption] = [
    .required("from", "the person's Telegram id, such as 6012345678"),
    .optional("name", "their first name", default: "Ивана"),
    .optional("last-name", "their last name"), .optional("username", "without @"),
    .optional("chat", "the id of a group, such as -1002233445566; absent for the private chat"),
    .optional("chat-title", "the group's title", default: "Support room"),
    .optional("topic", "the number of a forum topic in the group"),
    .optional(
      "forge",
      "falsify it: "
        + TelegramSimulator.Forgery.allCases.map(\.rawValue).joined(separator: ", ")),
  ]

  /// Reads them.
  init(_ options: SimulatedOptions, _ source: SimulatedSource) throws(SimulatorError) {
    telegram = try source.telegram(firstMessageID: try options.optionalInteger("message-id"))
    person = TelegramPerson(
      id: try options.integer("from"), firstName: options["name"],
      lastName: options.optional("last-name"), username: options.optional("username"))
    if let group = try options.optionalInteger("chat") {
      guard group < 0 else { throw options.wrong("chat", "a group's id, which is negative") }
      chat = .group(
        id: group, title: options["chat-title"], topic: try options.optionalInteger("topic"))
    } else {
      chat = .privateChat(person)
    }
  }

  /// Reads which group, for what happens in groups alone.
  func group(_ options: SimulatedOptions) throws(SimulatorError) -> TelegramChat {
    guard case .group = chat else { throw options.wrong("chat", "given: it happens in groups") }
    return chat
  }

  /// Reads which earlier message the update is about.
  func reference(_ options: SimulatedOptions) throws(SimulatorError) -> TelegramReference {
    TelegramReference(
      chat: chat, messageID: try options.integer("message-id"),
      sentAt: telegram.now.adding(milliseconds: -60_000), text: "Confirm?")
  }
}
