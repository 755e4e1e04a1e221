import Gateway

extension Verb {
  /// `help [VERB…]`.
  static let help = Verb(
    name: "help", summary: "Show what a verb does and takes",
    operands: [.optional("VERB"), .optional("VERB")],
    run: { arguments, console in
      guard let first = arguments.operands.first else {
        console.write(HelpPage.overview(Verb.all))
        return .done
      }
      var verb = try Invocation.find(first, among: Verb.all, below: nil)
      if let second = arguments.operands.dropFirst().first {
        verb = try Invocation.find(second, among: verb.verbs, below: first)
      }
      console.write(HelpPage.page(verb, typed: arguments.operands.joined(separator: " ")))
      return .done
    })
}

/// The pages that `--help` shows.
enum HelpPage {
  /// Every verb with a line.
  static func overview(_ verbs: [Verb]) -> String {
    let width = verbs.map(\.name.count).max() ?? 0
    let lines = verbs.map { "  \($0.name.padded(to: width))  \($0.summary)" }
    return """
      Trunkline \(Version.current), a messaging gateway: webhooks become messages in chats.

      Usage: trunkline VERB …

      \(lines.joined(separator: "\n"))

      `trunkline VERB --help` says more. Verbs that speak to a daemon use TRUNKLINE_URL
      (default \(APIClient.defaultURL)) and TRUNKLINE_API_KEY.
      Exit status: 0 done, 1 failed, 2 called wrongly.

      """
  }

  /// What one verb does and takes. `typed` is the verb with its family.
  static func page(_ verb: Verb, typed: String) -> String {
    var blocks = ["\(verb.summary).", "Usage: trunkline \(typed)\(usage(verb))"]
    if !verb.verbs.isEmpty {
      let width = verb.verbs.map(\.name.count).max() ?? 0
      blocks.append(
        verb.verbs.map { "  \($0.name.padded(to: width))  \($0.summary)" }
          .joined(separator: "\n"))
    }
    if !verb.options.isEmpty { blocks.append("Options:\n" + options(verb.options)) }
    blocks += verb.notes.map { wrapped($0, indent: 0).joined(separator: "\n") }
    return blocks.joined(separator: "\n\n") + "\n"
  }

  private static func usage(_ verb: Verb) -> String {
    if !verb.verbs.isEmpty { return " VERB …" }
    let operands = verb.operands.map { $0.isRequired ? " \($0.name)" : " [\($0.name)]" }
    return operands.joined() + (verb.options.isEmpty ? "" : " [OPTIONS]")
  }

  private static func options(_ options: [Verb.Option]) -> String {
    let names = options.map { "--\($0.name)\($0.value.map { " \($0)" } ?? "")" }
    // A long name has its meaning below it, so that the others need not stand far to the right.
    let column = min(names.map(\.count).max() ?? 0, 24) + 4
    return zip(names, options).map { name, option in
      let lines = wrapped(option.meaning, indent: column)
      let meaning = lines.joined(separator: "\n")
      let head = "  \(name)"
      guard head.count + 2 <= column else { return "\(head)\n\(meaning)" }
      return head.padded(to: column) + meaning.dropFirst(column)
    }.joined(separator: "\n")
  }

  /// A terminal has 80 columns at least.
  private static let columns = 80

  /// Breaks a paragraph into lines; a word too long for one has a line of its own.
  private static func wrapped(_ text: String, indent: Int) -> [String] {
    let margin = String(repeating: " ", count: indent)
    var lines: [String] = []
    var line = ""
    for word in text.split(separator: " ") {
      if !line.isEmpty, indent + line.count + 1 + word.count > columns {
        lines.append(margin + line)
        line = ""
      }
      line += line.isEmpty ? String(word) : " \(word)"
    }
    return lines + [margin + line]
  }
}
