/// One causal story: what happened, in which order, how it stands, and what a person can do.
package struct Explanation: Equatable, Sendable {
  /// One thing that happened.
  package struct Step: Equatable, Sendable {
    /// When, by our clock.
    package let at: Instant
    /// What, as a sentence.
    package let what: String
    /// The thing behind it, such as a receipt's identifier.
    package let cause: String?
    /// What else is known.
    package let detail: JSON

    /// Something that happened.
    package init(_ at: Instant, _ what: String, cause: String? = nil, detail: JSON = [:]) {
      self.at = at
      self.what = what
      self.cause = cause
      self.detail = detail
    }

    /// The step as JSON: `{"at","what","cause","detail"}`.
    package var json: JSON {
      ["at": JSON(at), "what": .string(what), "cause": JSON(cause), "detail": detail]
    }
  }

  /// How it stands, in a sentence or two.
  package var summary = ""
  /// What happened, oldest first.
  package var steps: [Step] = []
  /// What a person can do now.
  package var hints: [String] = []

  /// A story that has not begun.
  package init() {}

  /// The story as the API answers it: a list, with how it stands beside it.
  package var json: JSON {
    [
      "data": .array(steps.map(\.json)), "next_cursor": nil, "summary": .string(summary),
      "hints": .array(hints.map(JSON.string)),
    ]
  }

  /// Reads what ``json`` writes; what is no step is left out.
  package init(json: JSON) {
    summary = json["summary"]?.string ?? ""
    hints = json["hints"]?.array?.compactMap(\.string) ?? []
    steps = (json["data"]?.array ?? []).compactMap { step in
      guard let at = step["at"]?.string.flatMap({ Instant(iso8601: $0) }),
        let what = step["what"]?.string
      else { return nil }
      return Step(at, what, cause: step["cause"]?.string, detail: step["detail"] ?? [:])
    }
  }

  /// What a line of the text is, for who shows it.
  package enum Part: Sendable {
    /// Said first.
    case summary
    /// When something happened, or because of what.
    case margin
    /// What happened.
    case sentence
    /// Above the advice.
    case heading
    /// Advice.
    case hint
  }

  /// The story as lines of text: what `trunkline explain` shows. `show` makes each piece fit for
  /// where it is shown.
  package func lines(_ show: (String, Part) -> String = { text, _ in text }) -> [String] {
    var lines: [String] = []
    if !summary.isEmpty { lines += [show(summary, .summary), ""] }
    for step in steps {
      let cause = step.cause.map { "  \(show("[\($0)]", .margin))" } ?? ""
      lines.append(
        "\(show(step.at.description, .margin))  \(show(step.what, .sentence))\(cause)")
    }
    if !hints.isEmpty { lines += ["", show("What to do next", .heading)] }
    lines += hints.map { "• \(show($0, .hint))" }
    return lines
  }
}
