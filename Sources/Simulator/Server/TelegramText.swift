import Gateway

/// Texts with formatting, as the Bot API takes them.
enum TelegramText {
  /// Longer messages are refused. Counted in UTF-16 units: of the two readings the stricter.
  private static let textMax = 4096
  /// Longer captions are refused.
  private static let captionMax = 1024

  /// Reads the marks out of a text, or checks the entities that come with it; what is left is what
  /// people see.
  static func check(
    _ text: String, mode: String, entities: JSON?, isCaption: Bool = false
  ) throws(TelegramError) -> String {
    let shown: String
    switch mode.lowercased() {
    case "html": shown = try html(text)
    case "markdownv2": shown = try markdown(text)
    case "": shown = text
    case "markdown": shown = text
    default: throw .bad("unsupported parse_mode")
    }
    if mode.isEmpty { try check(entities, of: shown) }
    if !isCaption, shown.trimmed.isEmpty { throw .bad("message text is empty") }
    if shown.utf16.count > (isCaption ? captionMax : textMax) {
      throw .bad(isCaption ? "message caption is too long" : "message is too long")
    }
    return shown
  }

  /// Offsets and lengths count UTF-16 units and end between characters of the text.
  private static func check(_ entities: JSON?, of text: String) throws(TelegramError) {
    guard let entities, !entities.isNull else { return }
    guard let list = entities.array else {
      throw .bad("can't parse entities: expected an Array of MessageEntity")
    }
    let units = Array(text.utf16)
    for entity in list {
      guard let type = entity["type"]?.string, !type.isEmpty,
        let offset = entity["offset"]?.integer, let length = entity["length"]?.integer,
        offset >= 0, length > 0
      else { throw .bad("can't parse entities: can't parse MessageEntity") }
      let (end, overflow) = offset.addingReportingOverflow(length)
      guard !overflow, end <= units.count else {
        throw .bad(
          "can't parse entities: entity beginning at UTF-16 offset \(offset) ends after the end "
            + "of the text at UTF-16 offset \(end)")
      }
      for edge in [Int(offset), Int(end)] where edge < units.count {
        if UTF16.isTrailSurrogate(units[edge]) {
          throw .bad(
            "can't parse entities: entity beginning at UTF-16 offset \(offset) begins or ends in "
              + "a middle of a UTF-16 symbol")
        }
      }
    }
  }

  private static let tags: Set<String> = [
    "b", "strong", "i", "em", "u", "ins", "s", "strike", "del", "span", "tg-spoiler", "a",
    "tg-emoji", "code", "pre", "blockquote",
  ]

  private static func html(_ text: String) throws(TelegramError) -> String {
    var shown = ""
    var open: [String] = []
    var rest = text[...]
    while let character = rest.first {
      if character == "<" {
        let offset = text.utf8.distance(from: text.startIndex, to: rest.startIndex)
        guard let end = rest.firstIndex(of: ">") else {
          throw .bad("can't parse entities: Unclosed start tag at byte offset \(offset)")
        }
        let inside = rest[rest.index(after: rest.startIndex)..<end]
        let name = inside.drop { $0 == "/" }.prefix { $0 != " " && $0 != "\n" }.lowercased()
        guard tags.contains(name) else {
          throw .bad(
            "can't parse entities: Unsupported start tag \"\(name)\" at byte offset \(offset)")
        }
        if inside.hasPrefix("/") {
          guard open.popLast() == name else {
            throw .bad("can't parse entities: Unmatched end tag at byte offset \(offset)")
          }
        } else {
          open.append(name)
        }
        rest = rest[rest.index(after: end)...]
      } else if character == "&", let (letter, after) = reference(rest) {
        shown += letter
        rest = after
      } else {
        shown.append(character)
        rest = rest.dropFirst()
      }
    }
    if let name = open.last {
      throw .bad(
        "can't parse entities: Can't find end tag corresponding to start tag \"\(name)\"")
    }
    return shown
  }

  /// The four names that Telegram knows.
  private static func reference(_ rest: Substring) -> (String, Substring)? {
    for (name, letter) in [("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&"), ("&quot;", "\"")]
    where rest.hasPrefix(name) {
      return (letter, rest.dropFirst(name.count))
    }
    return nil
  }

  /// Only as much as tells a text that was escaped from one that was not: marks in pairs, and every
  /// other reserved letter behind a backslash.
  private static func markdown(_ text: String) throws(TelegramError) -> String {
    var shown = ""
    var open: [Character: Int] = [:]
    var isEscaped = false
    var isLink = false
    for (offset, character) in text.enumerated() {
      if isEscaped {
        shown.append(character)
        isEscaped = false
      } else if character == "\\" {
        isEscaped = true
      } else if "_*~|`".contains(character) {
        open[character, default: 0] += 1
      } else if character == "[" || isLink || character == ">" {
        isLink = isLink || character == "["
        if character == ")" { isLink = false }
      } else if "](){}#+-=.!>".contains(character) {
        throw .bad(
          "can't parse entities: Character '\(character)' is reserved and must be escaped with "
            + "the preceding '\\' (offset \(offset))")
      } else {
        shown.append(character)
      }
    }
    for (mark, count) in open where count % 2 == 1 {
      throw .bad("can't parse entities: Can't find end of the entity starting with '\(mark)'")
    }
    return shown
  }
}

/// Buttons, as the Bot API takes them.
enum TelegramMarkup {
  /// The data of a button: <https://core.telegram.org/bots/api#inlinekeyboardbutton>.
  private static let dataBytes = 1...64
  private static let buttonsMax = 100

  /// Finds what is wrong with a keyboard.
  static func check(_ markup: JSON?) throws(TelegramError) {
    guard let markup else { return }
    guard let object = markup.object else {
      throw .bad("object expected as reply markup")
    }
    let rows = object["inline_keyboard"] ?? object["keyboard"]
    guard let rows else { return }
    guard let rows = rows.array else { throw .bad("field must be of type Array") }
    let buttons = rows.flatMap { $0.array ?? [] }
    if buttons.count > buttonsMax { throw .bad("reply markup is too long") }
    let isInline = object["inline_keyboard"] != nil
    for button in buttons {
      let text = button["text"]?.string ?? (isInline ? nil : button.string)
      guard let text, !text.isEmpty else {
        throw .bad("can't parse inline keyboard button: Text buttons are unallowed")
      }
      guard isInline else { continue }
      if let data = button["callback_data"]?.string {
        guard dataBytes.contains(data.utf8.count) else {
          throw .bad("BUTTON_DATA_INVALID")
        }
      } else if (button.object?.count ?? 0) < 2 {
        throw .bad("can't parse inline keyboard button: Text buttons are unallowed")
      }
    }
  }
}
