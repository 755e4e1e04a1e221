/// Puts variables into text: `${NAME}` becomes the variable's value, `$${` a plain `${`.
///
/// What a variable holds is not looked at again, so a password may contain anything.
struct VariableExpansion: Equatable {
  /// The text with the values in it.
  private(set) var text = ""
  /// Whether a variable was read: then the text may be a secret.
  private(set) var isExpanded = false
  /// What is wrong, one reason each.
  private(set) var problems: [String] = []

  /// Expands `template`.
  init(_ template: String, environment: [String: String]) {
    var rest = Substring(template)
    while let dollar = rest.firstIndex(of: "$") {
      text += rest[..<dollar]
      rest = rest[dollar...]
      if rest.hasPrefix("$${") {
        text += "${"
        rest = rest.dropFirst(3)
      } else if rest.hasPrefix("${") {
        rest = variable(rest.dropFirst(2), environment)
      } else {
        text += "$"
        rest = rest.dropFirst()
      }
    }
    text += rest
  }

  /// Reads a name and its brace, and returns what follows.
  private mutating func variable(
    _ rest: Substring, _ environment: [String: String]
  ) -> Substring {
    let name = rest.prefix { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }
    let after = rest[name.endIndex...]
    guard !name.isEmpty, name.first?.isNumber == false, after.first == "}" else {
      problems.append(
        "\"${\" is not followed by a variable's name and \"}\"; write \"$${\" for itself")
      return rest
    }
    isExpanded = true
    if let value = environment[String(name)] {
      text += value
    } else {
      problems.append("the environment variable \(name) is not set")
    }
    return after.dropFirst()
  }
}
