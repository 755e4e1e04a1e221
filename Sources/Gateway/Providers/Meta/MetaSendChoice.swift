/// What the reader may press, in the best form that Meta has for it:
///
///     up to 13 replies                      quick replies
///     up to 3 links, or links and replies   a template with buttons
///     more links beside up to 13 replies    quick replies, the links as lines of the text
///     anything else                         lines of the text, the replies numbered
///
/// There are no lists: the rows of one are replies.
/// <https://developers.facebook.com/documentation/business-messaging/messenger-platform/send-messages/quick-replies>
/// and <https://developers.facebook.com/documentation/business-messaging/messenger-platform/send-messages/template/button>,
/// 2026.
struct MetaSendChoice {
  /// How it is shown.
  private enum Form {
    case quickReplies([JSON])
    case template([JSON])
    /// As lines of the text alone.
    case none
  }

  /// The most quick replies.
  static let quickRepliesMax = 13
  /// The most buttons of a template.
  static let buttonsMax = 3
  /// The most UTF-16 units on either.
  static let titleUnitsMax = 20
  /// The most bytes that either gives back. Meta says characters; bytes are never fewer.
  static let payloadBytesMax = 1_000
  /// The longest text above a template's buttons, counted as the line counts.
  static let templateTextMax = 640

  private let form: Form
  /// What goes as lines below the text.
  private let lines: [[Button]]
  /// What a person should know of it.
  private let note: String?

  /// What a message lets its reader choose.
  ///
  /// - Throws: ``Unsendable`` for a payload that would not come back as it was given.
  init(_ content: OutboundContent) throws(Unsendable) {
    let named = Self.named(content)
    let links = named.filter { $0.payload == nil }
    let replies = named.filter { $0.payload != nil }
    let hasText = !PlainText(content, writing: [.contact, .location])
      .pieces(max: .max, in: .units).isEmpty
    let areShort = named.allSatisfy { $0.button.text.utf16.count <= Self.titleUnitsMax }
    let repliesAreShort = replies.allSatisfy { $0.button.text.utf16.count <= Self.titleUnitsMax }
    if named.isEmpty {
      (form, lines, note) = (.none, [], nil)
    } else if !hasText {
      (form, lines) = (.none, content.pressable)
      note = "the buttons went as lines of text: Meta shows buttons under a text only"
    } else if !links.isEmpty, named.count <= Self.buttonsMax, areShort {
      try Self.check(replies)
      (form, lines) = (.template(named.map(Self.button)), [])
      note = content.list == nil ? nil : Self.listNote
    } else if (1...Self.quickRepliesMax).contains(replies.count), repliesAreShort {
      try Self.check(replies)
      (form, lines) = (.quickReplies(replies.map(Self.quickReply)), links.map { [$0.button] })
      let words = [
        links.isEmpty
          ? nil : "the links went as lines of text: Meta has at most 3 buttons beside them",
        content.list == nil ? nil : Self.listNote,
      ]
      let notes = words.compactMap(\.self)
      note = notes.isEmpty ? nil : notes.joined(separator: "; ")
    } else {
      (form, lines) = (.none, content.pressable)
      note = "the buttons went as lines of text: there are too many for Meta, or too long ones"
    }
  }

  /// The text as parts, with what can be pressed under the last.
  func parts(below text: PlainText, on line: MetaSendLine) -> [MetaSendPart] {
    var text = text
    text.append(lines)
    var pieces = text.pieces(max: line.textMax, in: line.measure)
    guard let last = pieces.popLast() else { return [] }
    var parts: [MetaSendPart]
    switch form {
    case .none: parts = (pieces + [last]).map { MetaSendPart(text: $0) }
    case .quickReplies(let replies):
      parts = pieces.map { MetaSendPart(text: $0) }
      parts.append(
        MetaSendPart(.message(["text": .string(last), "quick_replies": .array(replies)])))
    case .template(let buttons):
      // Its text is shorter than others: the end is cut once more where it has to be.
      var ends = TextSplitter.pieces(last, max: Self.templateTextMax, in: line.measure)
        .map(String.init)
      let body = ends.popLast() ?? last
      parts = (pieces + ends).map { MetaSendPart(text: $0) }
      parts.append(
        MetaSendPart(
          .message([
            "attachment": [
              "type": "template",
              "payload": [
                "template_type": "button", "text": .string(body), "buttons": .array(buttons),
              ],
            ]
          ])))
    }
    parts[parts.count - 1].note = note
    return parts
  }

  private static let listNote = "the list went as buttons: Meta has no lists"

  /// A button with the name of its field, and its payload if it is a reply.
  private struct Named {
    let button: Button
    let field: String

    var payload: String? {
      if case .reply(let payload) = button.action { payload } else { nil }
    }
  }

  private static func named(_ content: OutboundContent) -> [Named] {
    var named: [Named] = []
    for (index, row) in content.buttons.enumerated() {
      for (place, button) in row.enumerated() {
        let field = row.count == 1 ? "buttons[\(index)]" : "buttons[\(index)][\(place)]"
        named.append(Named(button: button, field: field))
      }
    }
    for (index, section) in (content.list?.sections ?? []).enumerated() {
      for (place, row) in section.rows.enumerated() {
        let field = "list.sections[\(index)].rows[\(place)]"
        named.append(Named(button: row.button, field: field))
      }
    }
    return named
  }

  private static func check(_ replies: [Named]) throws(Unsendable) {
    for reply in replies {
      let payload = reply.payload ?? ""
      if payload.isEmpty {
        throw Unsendable(.empty, field: reply.field, "The payload must not be empty.")
      }
      guard payload.utf8.count <= payloadBytesMax else {
        throw Unsendable(
          .tooLarge, field: reply.field,
          "Meta gives back at most \(payloadBytesMax) bytes of payload, and this has "
            + "\(payload.utf8.count): keep it on your side and send a key to it.")
      }
    }
  }

  private static func quickReply(_ reply: Named) -> JSON {
    [
      "content_type": "text", "title": .string(reply.button.text),
      "payload": .string(reply.payload ?? ""),
    ]
  }

  private static func button(_ named: Named) -> JSON {
    let title = JSON.string(named.button.text)
    switch named.button.action {
    case .open(let url): return ["type": "web_url", "url": .string(url), "title": title]
    case .reply(let payload):
      return ["type": "postback", "title": title, "payload": .string(payload)]
    }
  }
}
