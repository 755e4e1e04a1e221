import Gateway

/// Stand-ins for the providers: they make the webhooks the real ones send, signed.
///
/// This is the front door of `trunkline simulate`: one request by names and texts. Who wants many,
/// or one after another, takes ``TwilioSimulator``, ``TelegramSimulator`` and ``MetaSimulator``.
package enum Simulator {
  /// The providers there are stand-ins for.
  package static let providers = [
    "twilio", "telegram", "whatsapp_cloud", "instagram", "messenger",
  ]

  /// Names the kinds of webhook a provider can be simulated with; empty for an unknown provider.
  package static func kinds(provider: String) -> [String] {
    events(provider: provider).map(\.kind)
  }

  /// Lists the kinds with their options, for help; empty for an unknown provider.
  package static func events(provider: String) -> [SimulatedEvent] {
    switch provider {
    case "twilio": TwilioCatalogue.events
    case "telegram": TelegramCatalogue.events
    case "whatsapp_cloud": CloudCatalogue.events
    case "instagram": MessagingCatalogue.events(.instagram)
    case "messenger": MessagingCatalogue.events(.messenger)
    default: []
    }
  }

  /// Makes one signed webhook.
  ///
  /// - Parameters:
  ///   - options: what the kind takes, by the names of ``SimulatedEvent/options``.
  ///   - webhookURL: where the request will be sent.
  ///   - signedURL: the address the provider knows the webhook by; `nil` for the same.
  ///   - secrets: the channel's settings, by the names the provider declares: `account_sid` and
  ///     `auth_token`, `bot_token` and `secret_token`, or the ids and `app_secret` of Meta's.
  ///     Others are ignored.
  /// - Throws: an error that names what is missing, unknown or wrong.
  package static func request(
    provider: String, kind: String, options: [String: String], webhookURL: String,
    signedURL: String? = nil, secrets: [String: String],
    random: any RandomSource = SystemRandom(), now: Instant = SystemClock().now()
  ) throws(SimulatorError) -> HTTPRequest {
    guard providers.contains(provider) else {
      throw .unknown("provider", provider, among: providers)
    }
    let events = events(provider: provider)
    guard let event = events.first(where: { $0.kind == kind }) else {
      throw .unknown("kind of \(provider) webhook", kind, among: events.map(\.kind))
    }
    let source = SimulatedSource(
      webhookURL: webhookURL, signedURL: signedURL, secrets: secrets, random: random, now: now)
    return try event.make(SimulatedOptions(options, of: event), source)
  }
}

/// Why nothing was simulated.
package struct SimulatorError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The sentence for a person. Holds no secret.
  package let description: String

  /// Holds a sentence.
  init(_ description: String) { self.description = description }

  /// Says that a word is not one of those there are.
  static func unknown(_ what: String, _ word: String, among known: [String]) -> SimulatorError {
    let nearest = Spelling.nearest(to: word, among: known).map { "did you mean \"\($0)\"? " } ?? ""
    return SimulatorError(
      "unknown \(what) \"\(word)\"; \(nearest)known: \(known.joined(separator: ", "))")
  }
}
