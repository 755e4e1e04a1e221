import Gateway

/// One kind of webhook that can be simulated by name.
package struct SimulatedEvent: Sendable {
  /// The word on the command line, such as `whatsapp-image`.
  package let kind: String
  /// What it is, in a few words.
  package let summary: String
  /// What it takes, in the order to document.
  package let options: [SimulatedOption]

  /// Makes a request from options that are checked.
  typealias Maker =
    @Sendable (SimulatedOptions, SimulatedSource) throws(SimulatorError) -> HTTPRequest

  /// Makes the request from checked options.
  let make: Maker

  /// Describes a kind.
  init(_ kind: String, _ summary: String, _ options: [SimulatedOption], _ make: @escaping Maker) {
    self.kind = kind
    self.summary = summary
    self.options = options
    self.make = make
  }
}

/// One option of a kind.
package struct SimulatedOption: Sendable {
  /// The name, on the command line behind two dashes.
  package let name: String
  /// What it means, with the values it takes.
  package let meaning: String
  /// What holds when it is not given; `nil` when nothing does.
  package let defaultValue: String?
  /// Whether the kind cannot be without it.
  package let isRequired: Bool

  /// Describes an option that must be given.
  static func required(_ name: String, _ meaning: String) -> SimulatedOption {
    SimulatedOption(name: name, meaning: meaning, defaultValue: nil, isRequired: true)
  }

  /// Describes an option that may be given.
  static func optional(
    _ name: String, _ meaning: String, default defaultValue: String? = nil
  ) -> SimulatedOption {
    SimulatedOption(name: name, meaning: meaning, defaultValue: defaultValue, isRequired: false)
  }
}

/// The options of one webhook, checked against what its kind takes.
struct SimulatedOptions: Sendable {
  private let values: [String: String]
  private let kind: String

  /// Checks names and presence; fills in defaults.
  init(_ given: [String: String], of event: SimulatedEvent) throws(SimulatorError) {
    kind = event.kind
    for name in given.keys.sorted() where !event.options.contains(where: { $0.name == name }) {
      throw .unknown("option of \(event.kind)", name, among: event.options.map(\.name))
    }
    var values: [String: String] = [:]
    for option in event.options {
      values[option.name] = given[option.name] ?? option.defaultValue
      if option.isRequired, values[option.name] ?? "" == "" {
        throw SimulatorError("\(event.kind) needs --\(option.name): \(option.meaning)")
      }
    }
    self.values = values
  }

  /// Reads an option that is required or has a default.
  subscript(name: String) -> String { values[name] ?? "" }

  /// Reads an option that may be absent; empty counts as absent.
  func optional(_ name: String) -> String? { values[name].flatMap { $0.isEmpty ? nil : $0 } }

  /// Reads a whole number.
  func integer(_ name: String) throws(SimulatorError) -> Int64 {
    guard let value = Int64(self[name]) else { throw wrong(name, "a whole number") }
    return value
  }

  /// Reads a whole number that may be absent.
  func optionalInteger(_ name: String) throws(SimulatorError) -> Int64? {
    try optional(name) == nil ? nil : integer(name)
  }

  /// Reads a length of time in seconds, 0 to a day.
  func seconds(_ name: String) throws(SimulatorError) -> Int {
    let value = try integer(name)
    guard (0...86_400).contains(value) else { throw wrong(name, "0 to 86400 seconds") }
    return Int(value)
  }

  /// Reads degrees between `-limit` and `limit`.
  func degrees(_ name: String, limit: Double) throws(SimulatorError) -> Double {
    guard let value = Double(self[name]), abs(value) <= limit else {
      throw wrong(name, "degrees from -\(Int(limit)) to \(Int(limit))")
    }
    return value
  }

  /// Reads one of the words of an enumeration that may be absent.
  func word<Word: RawRepresentable<String> & CaseIterable>(
    _ name: String, of type: Word.Type = Word.self
  ) throws(SimulatorError) -> Word? {
    guard let text = optional(name) else { return nil }
    guard let word = Word(rawValue: text) else {
      throw wrong(name, "one of " + Word.allCases.map(\.rawValue).joined(separator: ", "))
    }
    return word
  }

  /// Says what an option should have been.
  func wrong(_ name: String, _ expected: String) -> SimulatorError {
    SimulatorError("--\(name) of \(kind) must be \(expected)")
  }
}

/// Where a simulated webhook goes, and what signs it.
struct SimulatedSource: Sendable {
  /// Where the request will be sent.
  let webhookURL: String
  /// The address the provider knows the webhook by; `nil` for the same.
  let signedURL: String?
  /// The channel's settings.
  let secrets: [String: String]
  /// Where ids come from.
  let random: any RandomSource
  /// The present time.
  let now: Instant

  /// Reads a setting that cannot be absent.
  func secret(_ name: String) throws(SimulatorError) -> String {
    guard let value = secrets[name], !value.isEmpty else {
      throw SimulatorError("the channel's setting \(name) is needed")
    }
    return value
  }

  /// Makes Twilio's stand-in.
  func twilio() throws(SimulatorError) -> TwilioSimulator {
    TwilioSimulator(
      accountSID: try secret("account_sid"), authToken: try secret("auth_token"),
      webhookURL: webhookURL, signedURL: signedURL, random: random, now: now)
  }

  /// Makes Telegram's stand-in; the bot's id is the part of its token before the colon.
  func telegram(firstMessageID: Int64?) throws(SimulatorError) -> TelegramSimulator {
    let token = try secret("bot_token")
    guard let botID = Int64(token.prefix { $0 != ":" }) else {
      throw SimulatorError("the channel's setting bot_token must start with the bot's number")
    }
    return TelegramSimulator(
      botID: botID, secretToken: try secret("secret_token"), webhookURL: webhookURL,
      random: random, now: now, firstUpdateID: serial, firstMessageID: firstMessageID ?? serial)
  }

  /// A number that also grows from one run of the program to the next: milliseconds since 2026, and
  /// three random digits against two runs at once. Below 2^52, as Telegram's numbers are.
  private var serial: Int64 {
    max(now.millisecondsSinceEpoch - 1_767_225_600_000, 0) % 4_000_000_000_000 * 1000
      + Int64(random.below(1000))
  }
}
