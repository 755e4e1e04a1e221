import Gateway

/// The words behind a verb, checked against what the verb takes.
struct Arguments: Sendable {
  /// The verb as it is typed, such as `keys create`.
  let typed: String
  /// The words without dashes, in order.
  private(set) var operands: [String] = []
  /// Options the verb does not name, where it takes any.
  private(set) var others: [String: String] = [:]
  private var values: [String: [String]] = [:]
  private let known: [String]

  /// Reads `words`; `nil` when they ask for help.
  ///
  /// `--name value` and `--name=value` are the same; `--` ends the options; an option that may be
  /// given once and is given twice is an error, as nobody can know which one was meant.
  init?(_ words: [String], of verb: Verb, typed: String) throws(UsageError) {
    self.typed = typed
    known = verb.options.map(\.name) + ["help"]
    var rest = words[...]
    while let word = rest.popFirst() {
      if word == "--" {
        operands += rest
        break
      } else if word == "--help" || word == "-h" {
        return nil
      } else if word.hasPrefix("--") {
        try option(word.dropFirst(2), &rest, verb)
      } else if word.hasPrefix("-"), word != "-" {
        throw misuse("unknown option \(word)")
      } else {
        operands.append(word)
      }
    }
    if operands.count > verb.operands.count,
      let extra = operands.dropFirst(verb.operands.count).first
    {
      throw misuse("does not know what to do with \"\(extra)\"")
    }
    if let missing = verb.operands.dropFirst(operands.count).first(where: \.isRequired) {
      throw misuse("needs \(missing.name)")
    }
  }

  private mutating func option(
    _ word: Substring, _ rest: inout ArraySlice<String>, _ verb: Verb
  ) throws(UsageError) {
    let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    let name = String(parts.first ?? "")
    let attached = parts.count > 1 ? String(parts[1]) : nil
    guard let option = verb.options.first(where: { $0.name == name }) else {
      guard verb.takesAnyOption, !name.isEmpty else { throw unknown(name) }
      others[name] = try value(of: name, attached, &rest)
      return
    }
    guard option.value != nil else {
      if attached != nil { throw misuse("--\(name) takes no value") }
      values[name] = []
      return
    }
    values[name, default: []].append(try value(of: name, attached, &rest))
  }

  private func value(
    of name: String, _ attached: String?, _ rest: inout ArraySlice<String>
  ) throws(UsageError) -> String {
    if let attached { return attached }
    // A word with dashes is more likely a forgotten value than one: those are written with "=".
    guard let next = rest.first, !next.hasPrefix("--") else {
      throw misuse("--\(name) needs a value")
    }
    rest = rest.dropFirst()
    return next
  }

  private func unknown(_ name: String) -> UsageError {
    let nearest = Spelling.nearest(to: name, among: known)
    return misuse("unknown option --\(name)\(nearest.map { "; did you mean --\($0)?" } ?? "")")
  }

  /// Says what is wrong with the call of this verb.
  func misuse(_ sentence: String) -> UsageError {
    UsageError("\(typed): \(sentence)", verb: typed)
  }

  /// Whether an option is given.
  func has(_ name: String) -> Bool { values[name] != nil }

  /// Every value of an option that may be repeated.
  func strings(_ name: String) -> [String] { values[name] ?? [] }

  /// The value of an option, `nil` when it is not given.
  func string(_ name: String) throws(UsageError) -> String? {
    let all = strings(name)
    if all.count > 1 { throw misuse("--\(name) is given twice") }
    return all.first
  }

  /// The value of an option that must be given.
  func required(_ name: String) throws(UsageError) -> String {
    guard let value = try string(name), !value.isEmpty else { throw misuse("needs --\(name)") }
    return value
  }

  /// The whole number of an option, `nil` when it is not given.
  func integer<Number: FixedWidthInteger>(
    _ name: String, in range: ClosedRange<Number>
  ) throws(UsageError) -> Number? {
    guard let text = try string(name) else { return nil }
    guard let number = Number(text), range.contains(number) else {
      throw misuse(
        "--\(name) must be a whole number from \(range.lowerBound) to \(range.upperBound)")
    }
    return number
  }

  /// One of the words of an enumeration, `nil` when the option is not given.
  func word<Word: RawRepresentable<String> & CaseIterable>(
    _ name: String, of type: Word.Type = Word.self
  ) throws(UsageError) -> Word? {
    guard let text = try string(name) else { return nil }
    if let word = Word(rawValue: text) { return word }
    let words = Word.allCases.map(\.rawValue)
    let nearest = Spelling.nearest(to: text, among: words).map { "; did you mean \($0)?" }
    throw misuse("--\(name) must be one of \(words.joined(separator: ", "))\(nearest ?? "")")
  }
}
