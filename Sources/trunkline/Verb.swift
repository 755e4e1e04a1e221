import Gateway

/// One verb of the command line, or a family of them such as `keys create | list | revoke`.
struct Verb: Sendable {
  /// Does the work.
  typealias Run = @Sendable (Arguments, Console) throws -> Outcome

  /// The word that is typed.
  let name: String
  /// What it does, in a few words.
  let summary: String
  /// What stands behind the verb without dashes, in order.
  var operands: [Operand] = []
  /// What stands behind dashes. `--help` need not be named.
  var options: [Option] = []
  /// Whether unnamed options are taken too, each with a value: `simulate` knows them only later.
  var takesAnyOption = false
  /// More for the help page, one paragraph each.
  var notes: [String] = []
  /// The verbs of a family; empty for a verb that does something itself.
  var verbs: [Verb] = []
  /// Does the work; a family has none.
  var run: Run = { _, _ in .done }

  /// A word behind the verb.
  struct Operand: Sendable {
    /// The word in the usage line.
    let name: String
    /// Whether the verb cannot be without it.
    let isRequired: Bool

    /// One that must be given.
    static func required(_ name: String) -> Operand { Operand(name: name, isRequired: true) }
    /// One that may be given.
    static func optional(_ name: String) -> Operand { Operand(name: name, isRequired: false) }
  }

  /// A word behind two dashes.
  struct Option: Sendable {
    /// The word, without the dashes.
    let name: String
    /// The word for its value in the help; `nil` for one that takes none.
    let value: String?
    /// What it means.
    let meaning: String

    /// An option with a value.
    static func value(_ name: String, _ value: String, _ meaning: String) -> Option {
      Option(name: name, value: value, meaning: meaning)
    }
    /// An option without a value.
    static func flag(_ name: String, _ meaning: String) -> Option {
      Option(name: name, value: nil, meaning: meaning)
    }

    /// For verbs that print data.
    static let json = flag("json", "Print JSON instead of text.")
    /// For verbs that read the configuration.
    static let config = value(
      "config", "PATH",
      "The configuration; else TRUNKLINE_CONFIG, else Config/trunkline.json5 if it is there.")
  }

  /// Every verb, in the order of the help.
  static let all: [Verb] = [
    .serve, .demo, .simulate, .send, .cancel, .keys, .tenants, .channels, .receipts, .reprocess,
    .replay,
    .explain,
    .tail,
    .fixtures, .doctor, .migrate, .version, .help,
  ]
}

/// What a command line comes to.
enum Invocation {
  /// A page to show.
  case help(String)
  /// A verb to run.
  case verb(Verb, Arguments)

  /// Reads the words behind the program's name.
  static func read(_ words: [String], verbs: [Verb] = Verb.all) throws(UsageError) -> Invocation {
    guard let first = words.first else {
      throw UsageError("no verb is given; there are: \(names(verbs))")
    }
    switch first {
    case "--help", "-h": return .help(HelpPage.overview(verbs))
    case "--version": return try read(["version"] + words.dropFirst(), verbs: verbs)
    default: break
    }
    var verb = try find(first, among: verbs, below: nil)
    var typed = verb.name
    var rest = words.dropFirst()
    while !verb.verbs.isEmpty {
      guard let word = rest.first else {
        throw UsageError("\(typed) needs one of: \(names(verb.verbs))", verb: typed)
      }
      if word == "--help" || word == "-h" { return .help(HelpPage.page(verb, typed: typed)) }
      verb = try find(word, among: verb.verbs, below: typed)
      typed += " \(verb.name)"
      rest = rest.dropFirst()
    }
    guard let arguments = try Arguments(Array(rest), of: verb, typed: typed) else {
      return .help(HelpPage.page(verb, typed: typed))
    }
    return .verb(verb, arguments)
  }

  /// Finds a verb by its whole name.
  static func find(
    _ word: String, among verbs: [Verb], below family: String?
  ) throws(UsageError) -> Verb {
    if let verb = verbs.first(where: { $0.name == word }) { return verb }
    let what = family.map { "\($0) has no verb \"\(word)\"" } ?? "there is no verb \"\(word)\""
    let nearest = Spelling.nearest(to: word, among: verbs.map(\.name))
    let hint = nearest.map { "did you mean \"\($0)\"?" } ?? "there are: \(names(verbs))"
    throw UsageError("\(what); \(hint)", verb: family)
  }

  private static func names(_ verbs: [Verb]) -> String {
    verbs.map(\.name).joined(separator: ", ")
  }
}
