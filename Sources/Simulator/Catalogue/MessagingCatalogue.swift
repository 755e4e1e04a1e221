import Gateway

/// The kinds of `trunkline simulate instagram` and `trunkline simulate messenger`.
enum MessagingCatalogue {
  /// Every kind of a product, in the order to document.
  static func events(_ product: MetaAccount.Product) -> [SimulatedEvent] {
    let catalogue = MessagingKinds(product: product)
    return catalogue.contents + catalogue.changes + catalogue.news + catalogue.oddities
  }
}

/// Writes the kinds of one product down.
private struct MessagingKinds {
  let product: MetaAccount.Product

  private typealias Option = SimulatedOption

  private let text = Option.required("text", "what is written")
  private let target = Option.required("message-id", "the mid of the message it is about")

  var contents: [SimulatedEvent] {
    let common = [
      content("text", "a text", [text]) { .text($0["text"]) },
      content("reply", "a text that answers a message", [target, text]) {
        .reply($0["text"], to: $0["message-id"])
      },
      content(
        "quick-reply", "a quick reply under our message is pressed",
        [
          .optional("label", "what is on it", default: "Saturday"),
          .optional("data", "what it stands for", default: "slot:sat"),
        ]
      ) { .quickReply(title: $0["label"], payload: $0["data"]) },
      content("unsupported", "something the API cannot show", []) { _ in .unsupported },
    ]
    let files = MessagingContent.Media.allCases.map { media in
      content(media.rawValue, "a file: \(media.rawValue)", []) { _ in .media(media) }
    }
    guard product == .instagram else { return common + files }
    return common + files + [
      content("story-reply", "a text that answers a story of ours", [text]) {
        .storyReply($0["text"], storyID: "17950000000000001")
      },
      content("story-mention", "we are named in somebody's story", []) { _ in .storyMention },
      content("heart", "a heart", []) { _ in .heart },
    ]
  }

  var changes: [SimulatedEvent] {
    [
      event(
        "postback", "a button or a line of the menu is pressed",
        [
          .optional("label", "what is on it", default: "Catalogue"),
          .optional("data", "what it stands for", default: "MENU_CATALOG"),
        ]
      ) { $2.postback(title: $0["label"], payload: $0["data"], by: $1) },
      event(
        "reaction", "a message gets a reaction, or loses it",
        [target, .optional("emoji", "none to take it back", default: "❤️")]
      ) { $2.reaction($0.optional("emoji"), on: $0["message-id"], by: $1) },
      event("edit", "a message gets another text", [target, text]) {
        $2.edit(of: $0["message-id"], text: $0["text"], by: $1)
      },
      event("unsend", "a message is taken back", [target]) { $2.unsent($0["message-id"], by: $1) },
    ]
  }

  var news: [SimulatedEvent] {
    let echo = event("echo", "somebody of ours writes to the person in Meta's own app", [text]) {
      $2.echo($0["text"], to: $1)
    }
    if product == .instagram {
      return [
        echo,
        event("read", "the person has seen a message of ours", [target]) {
          $2.seen($0["message-id"], by: $1)
        },
      ]
    }
    return [
      echo,
      event("delivery", "what we wrote has arrived, until now", []) {
        $2.delivered([], until: $2.now, to: $1)
      },
      event("read", "what we wrote has been seen, until now", []) {
        $2.seen(until: $2.now, by: $1)
      },
    ]
  }

  var oddities: [SimulatedEvent] {
    let product = product
    let source: @Sendable (SimulatedSource) throws(SimulatorError) -> MetaSimulator = {
      source throws(SimulatorError) in try source.messaging(product)
    }
    return [
      event("unknown", "an event of a kind nobody knows yet", []) { $2.unknownEvent(from: $1) },
      MetaOptions.batch(source), MetaOptions.handshake(source),
    ]
  }

  private func content(
    _ kind: String, _ summary: String, _ options: [SimulatedOption],
    _ content: @escaping @Sendable (SimulatedOptions) -> MessagingContent
  ) -> SimulatedEvent {
    event(kind, summary, options) { options, person, simulator in
      simulator.message(content(options), from: person)
    }
  }

  private func event(
    _ kind: String, _ summary: String, _ options: [SimulatedOption],
    _ make: @escaping @Sendable (SimulatedOptions, String, inout MetaSimulator) -> MetaUpdate
  ) -> SimulatedEvent {
    let from = Option.required("from", "the person's id, such as 6543210987654321")
    let product = product
    return SimulatedEvent(kind, summary, [from] + options + [MetaOptions.forge]) {
      options, source throws(SimulatorError) in
      let person = options["from"]
      guard person.utf8.allSatisfy({ (48...57).contains($0) }) else {
        throw options.wrong("from", "the person's id, such as 6543210987654321")
      }
      var simulator = try source.messaging(product)
      let update = make(options, person, &simulator)
      return try MetaOptions.forged(simulator.post(update), simulator, options)
    }
  }
}
