/// Rich messages as plain text. Nesting is bounded by ``JSON/depthMax``.
///
/// Blocks and texts are told apart by what they hold and not by their type, so that types of later
/// versions are read as well. <https://core.telegram.org/bots/api#richmessage>, 10.3 of
/// 2026-08-24.
enum TelegramRichText {
  /// A `RichText`: a string, a list of them, or an object around one.
  static func flat(_ text: JSON?) -> String {
    switch text {
    case .string(let words): return words
    case .array(let parts): return parts.map(flat).joined()
    case .object(let object):
      for name in ["text", "expression", "alternative_text", "button"] {
        let words = flat(object[name])
        if !words.isEmpty { return words }
      }
      return ""
    default: return ""
    }
  }

  /// The blocks one below the other.
  static func lines(ofBlocks blocks: JSON?) -> [String] {
    (blocks?.array ?? []).flatMap(lines(ofBlock:))
  }

  /// The media of the blocks, in order.
  static func attachments(ofBlocks blocks: JSON?) -> [AttachmentReference] {
    (blocks?.array ?? []).flatMap { block -> [AttachmentReference] in
      let own = TelegramFile.kinds.compactMap { $0.attachment(in: block) }.first
      let items = (block["items"]?.array ?? []).flatMap { attachments(ofBlocks: $0["blocks"]) }
      return [own].compactMap(\.self) + attachments(ofBlocks: block["blocks"]) + items
    }
  }

  /// What stands on the button that sends `payload`, under or in `message`; `nil` when it is gone.
  static func buttonTitle(of payload: String, in message: JSON) -> String? {
    for part in [message["reply_markup"], message["rich_message"]] {
      if let part, let title = title(of: payload, in: part) { return title }
    }
    return nil
  }

  private static func title(of payload: String, in json: JSON) -> String? {
    switch json {
    case .array(let parts): return parts.lazy.compactMap { title(of: payload, in: $0) }.first
    case .object(let object):
      if object["callback_data"]?.string == payload {
        let words = flat(object["text"])
        return words.isEmpty ? nil : words
      }
      return object.lazy.compactMap { title(of: payload, in: $0.value) }.first
    default: return nil
    }
  }

  private static func lines(ofBlock block: JSON) -> [String] {
    if block["type"]?.string == "divider" { return ["---"] }
    var lines = [flat(block["summary"]), flat(block["text"]), flat(block["expression"])]
    lines += self.lines(ofBlocks: block["blocks"])
    for item in block["items"]?.array ?? [] {
      let label = TelegramJSON.text(item["label"]) ?? "-"
      let box =
        item["has_checkbox"]?.bool == true
        ? (item["is_checked"]?.bool == true ? "[x] " : "[ ] ") : ""
      let words = self.lines(ofBlocks: item["blocks"]).joined(separator: "\n")
      lines.append("\(label) \(box)\(words)")
    }
    for row in block["cells"]?.array ?? [] {
      let cells = (row.array ?? []).map { flat($0["text"]) }
      lines.append(cells.joined(separator: " | "))
    }
    let buttons = (block["buttons"]?.array ?? []).map { "[\(flat($0["text"]))]" }
    lines.append(buttons.joined(separator: " "))
    if let place = TelegramContent.place(block["location"]) {
      lines.append("\(place.latitude), \(place.longitude)")
    }
    // A table's caption is a text; that of media has a text and perhaps a credit.
    lines.append(flat(block["caption"]))
    for credit in [flat(block["credit"]), flat(block["caption"]?["credit"])] where !credit.isEmpty {
      lines.append("- \(credit)")
    }
    return lines.filter { !$0.isEmpty }
  }
}
