/// The pages made from ``ConfigurationKey/all``, so that none of them can be out of date.
extension Configuration {
  /// A Markdown table of all keys: name, default, environment variable, what it takes and is for.
  package static func documentation() -> String {
    var page = "| key | default | environment | takes | meaning |\n|---|---|---|---|---|\n"
    for key in ConfigurationKey.all {
      let fallback = key.fallback.isNull ? "none" : "`\(text(key.fallback))`"
      let cells = [
        "`\(key.path)`", fallback, "`\(key.environmentName)`", escaped(key.expectation),
        escaped(key.meaning),
      ]
      page += "| \(cells.joined(separator: " | ")) |\n"
    }
    return page
  }

  /// The sample file: every key with its default, explained. `Config/trunkline.json5` is this text.
  package static func sample() -> String {
    var page = comment(introduction, indent: "") + "{\n"
    var section: Substring?
    for (index, key) in ConfigurationKey.all.enumerated() {
      let components = key.components
      let next = components.count > 1 ? components.first : nil
      if next != section {
        if section != nil { page += "  },\n" }
        if index > 0 { page += "\n" }
        if let next { page += "  \"\(next)\": {\n" }
        section = next
      } else if index > 0, next == nil {
        page += "\n"
      }
      let indent = next == nil ? "  " : "    "
      page += comment(explanation(key), indent: indent)
      if case .channels = key.shape { page += comment(channelsExample, indent: indent) }
      page += "\(indent)\"\(components.last ?? "")\": \(text(key.fallback)),\n"
    }
    return page + (section == nil ? "}\n" : "  },\n}\n")
  }

  /// Two channels as a person would write them.
  package static let channelsExample = """
    [
      {
        "provider": "twilio",
        "name": "Support SMS",
        "address": "+15005550006",
        "settings": {
          "account_sid": "${TWILIO_ACCOUNT_SID}",
          "auth_token": "${TWILIO_AUTH_TOKEN}",
        },
      },
      {
        "provider": "telegram",
        "name": "Shop bot",
        "verification": "enforce", // or "observe": let a failed check through, marked and counted
        "settings": {
          "bot_token": "${TELEGRAM_BOT_TOKEN}",
          "secret_token": "${TELEGRAM_SECRET_TOKEN}",
        },
      },
    ]
    """

  private static let introduction = """
    Trunkline's configuration: JSON with comments and trailing commas.
    Every key stands here with its default; a key that is left out, or null, has it too.
    An environment variable overrides a key: TRUNKLINE_LISTEN_PUBLIC for listen.public.
    ${NAME} in a string reads the environment, so that no secret stands here; $${ is a plain ${.
    """

  private static func explanation(_ key: ConfigurationKey) -> String {
    key.expectation == ConfigurationKey.anyText
      ? key.meaning : "\(key.meaning) Takes \(key.expectation)."
  }

  private static func text(_ json: JSON) -> String {
    String(decoding: json.serialized(), as: UTF8.self)
  }

  private static func escaped(_ text: String) -> String {
    text.reduce(into: "") { $0 += $1 == "<" || $1 == "|" || $1 == "_" ? "\\\($1)" : "\($1)" }
  }

  /// Lines of at most 100 columns; a line of the text begins a line of the comment.
  private static func comment(_ text: String, indent: String) -> String {
    var page = ""
    for paragraph in text.split(separator: "\n", omittingEmptySubsequences: false) {
      var line = "\(indent)//"
      for word in paragraph.split(separator: " ", omittingEmptySubsequences: false) {
        if line.count + 1 + word.count > 100 {
          page += line + "\n"
          line = "\(indent)//"
        }
        line += " \(word)"
      }
      page += line + "\n"
    }
    return page
  }
}
