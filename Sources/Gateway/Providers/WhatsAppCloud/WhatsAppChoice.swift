/// What the reader may press or choose, in the best form that WhatsApp has for it:
///
///     up to 3 replies              buttons
///     up to 10, or longer titles   a list
///     one link alone               a button that opens it
///     replies and links            the replies as above, the links as lines of the text
///     anything else                lines of the text, the replies numbered
///
/// What was given as a list is sent as one or not at all: its sections and descriptions would be
/// lost in lines.
/// <https://developers.facebook.com/documentation/business-messaging/whatsapp/messages/interactive-reply-buttons-messages>,
/// May 2026.
struct WhatsAppChoice {
  /// How it is shown.
  enum Form: Equatable {
    case buttons([Button])
    case link(text: String, url: String)
    case list(OptionList)
    /// As lines of the text alone.
    case none
  }

  /// How it is shown.
  let form: Form
  /// What goes as lines below the text.
  private(set) var lines: [[Button]] = []
  /// What a person should know of it.
  private(set) var note: String?

  /// The most reply buttons.
  static let buttonsMax = 3
  /// The most rows of a list, of all its sections together.
  static let rowsMax = 10
  /// The most sections of a list.
  static let sectionsMax = 10
  /// The most UTF-16 units on a button, of any kind.
  static let buttonUnitsMax = 20
  /// The most UTF-16 units of the title of a row or section.
  static let titleUnitsMax = 24
  /// The most UTF-16 units of a row's description.
  static let descriptionUnitsMax = 72
  /// The most bytes that a button gives back.
  static let buttonPayloadBytesMax = 256
  /// The most bytes that a row gives back.
  static let rowPayloadBytesMax = 200
  /// The most UTF-16 units of the text above. Of a list's text Meta says 4,096, and others have met
  /// 1,024 there, too.
  static let bodyUnitsMax = 1_024
  /// What stands on the button of a list that was made of buttons: of no language.
  static let listButton = "☰"

  /// What a message lets its reader choose; `nil` without anything.
  ///
  /// - Throws: ``Unsendable`` for a payload that would not come back as it was given, and for a
  ///   list that WhatsApp has no room for.
  init?(_ content: OutboundContent) throws(Unsendable) {
    if let list = content.list {
      guard content.buttons.isEmpty else {
        throw Unsendable(
          .unsupported, field: "buttons", "WhatsApp shows buttons or a list, and not both.")
      }
      try Self.check(list)
      form = .list(list)
      return
    }
    var replies: [Button] = []
    var links: [Button] = []
    for button in content.buttons.joined() {
      if case .reply = button.action { replies.append(button) } else { links.append(button) }
    }
    if replies.isEmpty, links.isEmpty { return nil }
    if let form = try Self.replies(replies, fields: Self.fields(content.buttons)) {
      self.form = form
      guard !links.isEmpty else { return }
      lines = links.map { [$0] }
      note = "the links went as lines of text: WhatsApp has no links beside replies"
    } else if replies.isEmpty, links.count == 1, let link = links.first,
      case .open(let url) = link.action, link.text.utf16.count <= Self.buttonUnitsMax
    {
      form = .link(text: link.text, url: url)
    } else {
      form = .none
      lines = content.buttons
      note = "the buttons went as lines of text: there are too many for WhatsApp, or too long ones"
    }
  }

  /// Whether there is something to press, beside lines.
  var isInteractive: Bool { form != .none }

  /// Whether a picture, film or document may stand above the text.
  var takesHeader: Bool {
    switch form {
    case .buttons, .link: true
    case .list, .none: false
    }
  }

  /// The `interactive` object with this text.
  func content(body: String) -> JSONObject {
    let (type, action): (String, JSON) =
      switch form {
      case .buttons(let buttons): ("button", ["buttons": .array(buttons.map(Self.reply))])
      case .link(let text, let url):
        (
          "cta_url",
          [
            "name": "cta_url",
            "parameters": ["display_text": .string(text), "url": .string(url)],
          ]
        )
      case .list(let list):
        (
          "list",
          ["button": .string(list.button), "sections": .array(list.sections.map(Self.section))]
        )
      case .none: ("", [:])
      }
    return ["type": .string(type), "body": ["text": .string(body)], "action": action]
  }

  private static func reply(_ button: Button) -> JSON {
    [
      "type": "reply",
      "reply": ["id": .string(payload(of: button) ?? ""), "title": .string(button.text)],
    ]
  }

  private static func section(_ section: OptionList.Section) -> JSON {
    var object: JSONObject = [:]
    if let title = section.title { object["title"] = .string(title) }
    object["rows"] = .array(
      section.rows.map { row in
        var object: JSONObject = ["id": .string(row.payload), "title": .string(row.text)]
        if let description = row.description { object["description"] = .string(description) }
        return .object(object)
      })
    return .object(object)
  }

  /// Buttons or a list for these replies; `nil` where they fit neither, or there are none.
  private static func replies(
    _ replies: [Button], fields: [String]
  ) throws(Unsendable) -> Form? {
    let longest = replies.map(\.text.utf16.count).max() ?? .max
    let areUnique = Set(replies.map(\.text)).count == replies.count
    guard areUnique, replies.count <= rowsMax, longest <= titleUnitsMax else { return nil }
    let areButtons = replies.count <= buttonsMax && longest <= buttonUnitsMax
    let payloadMax = areButtons ? buttonPayloadBytesMax : rowPayloadBytesMax
    for (button, field) in zip(replies, fields) {
      try check(payload: payload(of: button) ?? "", max: payloadMax, field: field)
    }
    // Two that give back the same could not be told apart, and a list with such rows is refused.
    guard Set(replies.map(payload)).count == replies.count else { return nil }
    if areButtons { return .buttons(replies) }
    let rows = replies.map { OptionList.Row(text: $0.text, payload: payload(of: $0) ?? "") }
    return .list(OptionList(button: listButton, sections: [OptionList.Section(rows: rows)]))
  }

  /// The names of the replies' fields, in order.
  private static func fields(_ buttons: [[Button]]) -> [String] {
    buttons.enumerated().flatMap { index, row in
      row.enumerated().compactMap { place, button in
        guard case .reply = button.action else { return nil }
        return row.count == 1 ? "buttons[\(index)]" : "buttons[\(index)][\(place)]"
      }
    }
  }

  private static func payload(of button: Button) -> String? {
    if case .reply(let payload) = button.action { payload } else { nil }
  }

  private static func check(
    payload: String, max: Int, field: String
  ) throws(Unsendable) {
    if payload.isEmpty {
      throw Unsendable(.empty, field: field, "The payload must not be empty.")
    }
    guard payload.utf8.count <= max else {
      throw Unsendable(
        .tooLarge, field: field,
        "WhatsApp gives back at most \(max) bytes of payload here, and this has "
          + "\(payload.utf8.count): keep it on your side and send a key to it.")
    }
  }

  private static func check(_ list: OptionList) throws(Unsendable) {
    try check(list.button, max: buttonUnitsMax, field: "list.button")
    let count = list.sections.reduce(0) { $0 + $1.rows.count }
    guard list.sections.count <= sectionsMax, count <= rowsMax else {
      throw Unsendable(
        .tooLarge, field: "list.sections",
        "WhatsApp shows at most \(rowsMax) rows in a list, and this has \(count).")
    }
    var payloads: Set<String> = []
    var titles: Set<String> = []
    for (index, section) in list.sections.enumerated() {
      let field = "list.sections[\(index)]"
      if let title = section.title {
        try check(title, max: titleUnitsMax, field: "\(field).title")
      } else if list.sections.count > 1 {
        throw Unsendable(
          .empty, field: "\(field).title", "Each of several sections needs a title.")
      }
      for (place, row) in section.rows.enumerated() {
        let field = "\(field).rows[\(place)]"
        try check(row.text, max: titleUnitsMax, field: "\(field).text")
        try check(payload: row.payload, max: rowPayloadBytesMax, field: "\(field).payload")
        if let description = row.description {
          try check(description, max: descriptionUnitsMax, field: "\(field).description")
        }
        guard payloads.insert(row.payload).inserted, titles.insert(row.text).inserted else {
          throw Unsendable(
            .unsupported, field: field, "Another row has the same text or payload.")
        }
      }
    }
  }

  private static func check(_ text: String, max: Int, field: String) throws(Unsendable) {
    guard text.utf16.count <= max else {
      throw Unsendable(
        .tooLarge, field: field,
        "WhatsApp shows at most \(max) characters here, and this has \(text.utf16.count).")
    }
  }
}
