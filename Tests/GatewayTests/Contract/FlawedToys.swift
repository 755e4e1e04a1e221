@testable import Gateway

/// The toy provider with one thing wrong; what a flaw leaves alone, the toy does.
protocol FlawedToy: Transport {
  var toy: ToyProvider { get }
  init(toy: ToyProvider, settings: ChannelSettings)
}

extension FlawedToy {
  static var name: String { ToyProvider.name }
  static var title: String { ToyProvider.title }
  static var settings: [SettingKey] { ToyProvider.settings }
  static var bodyBytesMax: Int { ToyProvider.bodyBytesMax }

  init(settings: ChannelSettings) throws(SettingsError) {
    self.init(toy: try ToyProvider(settings: settings), settings: settings)
  }

  func transports(address: String?) -> [TransportKind] { toy.transports(address: address) }
  var accounts: [String] { toy.accounts }
  func verify(_ request: HTTPRequest, publicURL: String, now: Instant) -> Verification {
    toy.verify(request, publicURL: publicURL, now: now)
  }
  func read(_ request: HTTPRequest) throws(Unreadable) -> [Item] { try toy.read(request) }
  func answer(_ outcome: WebhookOutcome, to request: HTTPRequest) -> HTTPResponse {
    toy.answer(outcome, to: request)
  }
  func remainingSteps(webhookURL: String) -> [String] {
    toy.remainingSteps(webhookURL: webhookURL)
  }

  static func contactTypes(on transport: TransportKind) -> [ContactType] {
    ToyProvider.contactTypes(on: transport)
  }
  func rate(on transport: TransportKind, sender: String?) -> SendRate {
    toy.rate(on: transport, sender: sender)
  }
  func pauseMilliseconds(to recipient: Recipient, on transport: TransportKind) -> Int64 {
    toy.pauseMilliseconds(to: recipient, on: transport)
  }
  func parts(of message: OutboundMessage, now: Instant) throws(Unsendable) -> [MessagePart] {
    try toy.parts(of: message, now: now)
  }
  func next(
    _ part: MessagePart, of message: OutboundMessage, after steps: [CompletedStep]
  ) -> SendStep {
    toy.next(part, of: message, after: steps)
  }
}

/// Believes everybody.
struct TrustingToy: FlawedToy {
  let toy: ToyProvider
  init(toy: ToyProvider, settings: ChannelSettings) { self.toy = toy }
  func verify(_ request: HTTPRequest, publicURL: String, now: Instant) -> Verification {
    .verified(by: "good faith")
  }
}

/// Checks the signature where there is one.
struct LenientToy: FlawedToy {
  let toy: ToyProvider
  init(toy: ToyProvider, settings: ChannelSettings) { self.toy = toy }
  func verify(_ request: HTTPRequest, publicURL: String, now: Instant) -> Verification {
    request.headers["toy-signature"] == nil
      ? .verified(by: "absence") : toy.verify(request, publicURL: publicURL, now: now)
  }
}

/// Believes nobody.
struct SuspiciousToy: FlawedToy {
  let toy: ToyProvider
  init(toy: ToyProvider, settings: ChannelSettings) { self.toy = toy }
  func verify(_ request: HTTPRequest, publicURL: String, now: Instant) -> Verification {
    .refused(reason: "nobody is trusted")
  }
}

/// Looks at the header's presence and length, and not at the body or the secret.
struct ShallowToy: FlawedToy {
  let toy: ToyProvider
  init(toy: ToyProvider, settings: ChannelSettings) { self.toy = toy }
  func verify(_ request: HTTPRequest, publicURL: String, now: Instant) -> Verification {
    request.headers["toy-signature"]?.utf8.count == 64
      ? .verified(by: "length") : .refused(reason: "no signature")
  }
}

/// Says rightly that a shared secret covers no body, and compares only its front.
struct FrontToy: FlawedToy {
  static let authenticatesBody = false
  let toy: ToyProvider
  private let secrets: [String]
  init(toy: ToyProvider, settings: ChannelSettings) {
    self.toy = toy
    secrets = settings.strings("secret")
  }
  func verify(_ request: HTTPRequest, publicURL: String, now: Instant) -> Verification {
    let given = request.headers["toy-secret"] ?? ""
    return secrets.contains { $0.prefix(12) == given.prefix(12) }
      ? .verified(by: "secret") : .refused(reason: "another secret")
  }
}

/// A shared secret, compared whole: right for a provider that signs nothing.
struct TokenToy: FlawedToy {
  static let authenticatesBody = false
  let toy: ToyProvider
  private let secrets: [String]
  init(toy: ToyProvider, settings: ChannelSettings) {
    self.toy = toy
    secrets = settings.strings("secret")
  }
  func verify(_ request: HTTPRequest, publicURL: String, now: Instant) -> Verification {
    request.headers["toy-secret"].map(secrets.contains) == true
      ? .verified(by: "secret") : .refused(reason: "another secret")
  }
}

/// Numbers its items by a count of its own.
struct CountingToy: FlawedToy {
  let toy: ToyProvider
  private let count = Locked(0)
  init(toy: ToyProvider, settings: ChannelSettings) { self.toy = toy }
  func read(_ request: HTTPRequest) throws(Unreadable) -> [Item] {
    var items = try toy.read(request)
    let number = count.withLock { count in
      count += 1
      return count
    }
    for index in items.indices { items[index].key += ":\(number)" }
    return items
  }
}

/// Says everything twice under one key.
struct StutteringToy: FlawedToy {
  let toy: ToyProvider
  init(toy: ToyProvider, settings: ChannelSettings) { self.toy = toy }
  func read(_ request: HTTPRequest) throws(Unreadable) -> [Item] {
    let items = try toy.read(request)
    return items + items
  }
}

/// Takes an event without an id for one with an empty key.
struct KeylessToy: FlawedToy {
  let toy: ToyProvider
  init(toy: ToyProvider, settings: ChannelSettings) { self.toy = toy }
  func read(_ request: HTTPRequest) throws(Unreadable) -> [Item] {
    guard let event = try? JSON.parse(request.body), event["id"]?.string == nil else {
      return try toy.read(request)
    }
    return [Item(key: "", fact: .unrecognised(kind: "?"))]
  }
}

/// Answers 200 to everything.
struct CheerfulToy: FlawedToy {
  let toy: ToyProvider
  init(toy: ToyProvider, settings: ChannelSettings) { self.toy = toy }
  func answer(_ outcome: WebhookOutcome, to request: HTTPRequest) -> HTTPResponse {
    HTTPResponse(status: 200)
  }
}

/// Names the secret that did not fit, in another spelling.
struct ChattyToy: FlawedToy {
  let toy: ToyProvider
  private let secret: String
  init(toy: ToyProvider, settings: ChannelSettings) {
    self.toy = toy
    secret = settings.string("secret") ?? ""
  }
  func verify(_ request: HTTPRequest, publicURL: String, now: Instant) -> Verification {
    let verification = toy.verify(request, publicURL: publicURL, now: now)
    if case .verified = verification { return verification }
    return .refused(reason: "does not fit \(Base64.encode(Array(secret.utf8)))")
  }
}

/// Gives the secret away in its answer.
struct GenerousToy: FlawedToy {
  let toy: ToyProvider
  private let secret: String
  init(toy: ToyProvider, settings: ChannelSettings) {
    self.toy = toy
    secret = settings.string("secret") ?? ""
  }
  func answer(_ outcome: WebhookOutcome, to request: HTTPRequest) -> HTTPResponse {
    var response = toy.answer(outcome, to: request)
    response.headers.add("Toy-Debug", "secret=\(secret);")
    return response
  }
}

/// Stops the program at a body that is no object.
struct FragileToy: FlawedToy {
  let toy: ToyProvider
  init(toy: ToyProvider, settings: ChannelSettings) { self.toy = toy }
  func read(_ request: HTTPRequest) throws(Unreadable) -> [Item] {
    let json = try? JSON.parse(request.body)
    precondition(json?.object != nil, "a provider always sends an object")
    return try toy.read(request)
  }
}

/// Declares itself badly in every way.
struct SloppyToy: FlawedToy {
  static let name = "Toy 2"
  static let title = ""
  static let bodyBytesMax = 0
  static let settings = [
    SettingKey("secret", secret: true, "Signs"), SettingKey("secret", secret: true, "Signs."),
    SettingKey("Key", "A key."),
  ]
  let toy: ToyProvider
  init(toy: ToyProvider, settings: ChannelSettings) { self.toy = toy }
}
