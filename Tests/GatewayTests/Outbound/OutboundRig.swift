import Testing

@testable import Gateway

/// A provider whose parts are the lines of the text, and whose answers are read from the status:
/// 200 accepted under the id in the body, 429 with Retry-After, 401 broken, 404 unreachable, 410
/// stopped, 400 rejected, 5xx in doubt.
struct LineTransport: SendOnlyProvider, StatusLookup {
  static let name = "lines"
  static let title = "Lines"
  static let bodyBytesMax = 1024
  static let settings = [SettingKey("token", secret: true, "A secret."), SettingKey.apiBaseURL]

  var rate = SendRate(perSecond: 10_000, burst: 10_000)
  var pause: Int64 = 0
  var atOnce = 1
  var closed = false

  init() {}
  init(settings: ChannelSettings) throws(SettingsError) {}
  func transports(address: String?) -> [TransportKind] { [.sms] }
  static func contactTypes(on transport: TransportKind) -> [ContactType] { [.phone] }
  func rate(on transport: TransportKind, sender: String?) -> SendRate { rate }
  func pauseMilliseconds(to recipient: Recipient, on transport: TransportKind) -> Int64 { pause }
  func burst(to recipient: Recipient, on transport: TransportKind) -> Int { atOnce }

  func parts(of message: OutboundMessage, now: Instant) throws(Unsendable) -> [MessagePart] {
    if closed { throw Unsendable(.windowClosed, field: "text", "the window is closed") }
    let lines = (message.content.text ?? "").split(separator: "\n")
    return lines.map { MessagePart(["line": .string(String($0))]) }
  }

  func next(
    _ part: MessagePart, of message: OutboundMessage, after steps: [CompletedStep]
  ) -> SendStep {
    guard let step = steps.last else {
      return .request(
        SendRequest(
          "send",
          HTTPRequest(
            method: "POST", target: "https://lines.example.com/\(message.recipient.key)",
            body: Array((part.payload["line"]?.string ?? "").utf8))))
    }
    let error = ProviderError(code: "e", title: "An error", errorClass: "test")
    switch step.reply {
    case .failure(let failure):
      return .outcome(
        SendOutcome(
          failure.mayHaveArrived ? .ambiguous : .retry(afterMilliseconds: nil, scope: .recipient),
          error: error))
    case .noFile: return .outcome(SendOutcome(.rejected, error: error))
    case .response(let response):
      let after = response.headers["retry-after"].flatMap { Int64($0) }.map { $0 * 1000 }
      let verdict: SendOutcome.Verdict =
        switch response.status {
        case 200: .accepted(ids: [String(decoding: response.body, as: UTF8.self)])
        case 429: .retry(afterMilliseconds: after, scope: .channel)
        case 420: .retry(afterMilliseconds: after, scope: .recipient)
        case 401: .channelBroken
        case 404: .unreachable
        case 410, 411: .recipientStopped
        case 400, 451, 452: .rejected
        default: .ambiguous
        }
      var said = error
      said.detail = String(decoding: response.body, as: UTF8.self)
      var outcome = SendOutcome(verdict, error: response.status == 200 ? nil : said)
      if response.status == 411 { outcome.stoppedPurpose = .marketing }
      if response.status == 451 { outcome.marketingPause = Self.dayOff(.recipient) }
      if response.status == 452 { outcome.marketingPause = Self.dayOff(.channel) }
      if response.headers["x-day-off"] != nil { outcome.marketingPause = Self.dayOff(.recipient) }
      if let id = response.headers["x-upload"] {
        outcome.uploads = [UploadedMedia(attachment: 0, id: id, lifeMilliseconds: 86_400_000)]
      }
      return .outcome(outcome)
    }
  }

  /// A day without advertisements.
  static func dayOff(_ scope: SendOutcome.Scope) -> MarketingPause {
    MarketingPause(scope, milliseconds: 86_400_000)
  }

  func lookup(_ providerMessageID: String) -> HTTPRequest {
    HTTPRequest(method: "GET", target: "https://lines.example.com/status/\(providerMessageID)")
  }
  func status(in response: HTTPResponse) -> StatusReport? {
    let words = String(decoding: response.body, as: UTF8.self).split(separator: " ")
    guard words.count == 2, let status = MessageStatus(rawValue: String(words[1])) else {
      return nil
    }
    return StatusReport(messageID: String(words[0]), status: status)
  }
  func search(for part: MessagePart, of message: OutboundMessage, since: Instant) -> HTTPRequest? {
    HTTPRequest(method: "GET", target: "https://lines.example.com/search")
  }
  func evidence(
    in response: HTTPResponse, for part: MessagePart, of message: OutboundMessage, since: Instant
  ) -> SendEvidence {
    let text = String(decoding: response.body, as: UTF8.self)
    if text == "never" { return .neverSent }
    return text.isEmpty ? .none : .sent(id: text)
  }
}

/// Answers calls as a test says, and remembers them.
final class LineCaller: Caller {
  private struct State {
    var calls: [HTTPCall] = []
    var held: [(HTTPCall, @Sendable (HTTPExchange) -> Void)] = []
    var ended = 0
  }

  private let state = Monitor(State())
  private let answer: @Sendable (Int, HTTPRequest) -> Result<HTTPResponse, TransportFailure>?

  /// `answer` gets the number of the call, from 0; `nil` holds it until ``release(_:)``.
  init(_ answer: @escaping @Sendable (Int, HTTPRequest) -> Result<HTTPResponse, TransportFailure>?)
  {
    self.answer = answer
  }

  func send(_ call: HTTPCall, completion: @escaping @Sendable (HTTPExchange) -> Void) {
    let number = state.update { state in
      state.calls.append(call)
      return state.calls.count - 1
    }
    guard let result = answer(number, call.request) else {
      return state.update { $0.held.append((call, completion)) }
    }
    completion(HTTPExchange(result))
    state.update { $0.ended += 1 }
  }

  /// Answers the oldest call that is held.
  func release(_ response: HTTPResponse) {
    let held = state.wait(milliseconds: 20_000) { state in
      state.held.isEmpty ? nil : state.held.removeFirst()
    }
    guard let (_, completion) = held else {
      Issue.record("nobody has called")
      return
    }
    completion(HTTPExchange(.success(response)))
    state.update { $0.ended += 1 }
  }

  /// What was said so far, once so many calls were made.
  func texts(_ count: Int) -> [String] {
    let calls = state.wait(milliseconds: 20_000) { $0.calls.count >= count ? $0.calls : nil }
    return (calls ?? state.withLock { $0.calls }).map {
      String(decoding: $0.request.body, as: UTF8.self)
    }
  }

  var calls: [HTTPCall] { state.withLock { $0.calls } }
}

/// A dispatcher on a fresh database with channels of ``LineTransport``.
final class OutboundRig {
  let store: TestDatabase
  let tenant: Tenant
  let directory: ChannelDirectory
  let metrics = Metrics()
  private(set) var dispatcher: Dispatcher?
  private(set) var channels: [Channel] = []

  init() throws {
    store = try TestDatabase()
    tenant = try store.database.write { try $0.addTenant(named: "acme") }
    let vault = try #require(Vault(key: [UInt8](repeating: 3, count: 32)))
    directory = ChannelDirectory(
      database: store.database, vault: vault, defaultPublicURL: "https://gw.example.com",
      log: .none, metrics: metrics)
  }

  /// The same database with a directory that knows no channel.
  init(sharing other: OutboundRig) throws {
    store = other.store
    tenant = other.tenant
    let vault = try #require(Vault(key: [UInt8](repeating: 3, count: 32)))
    directory = ChannelDirectory(
      database: store.database, vault: vault, defaultPublicURL: "https://gw.example.com",
      log: .none, metrics: metrics)
  }

  deinit { dispatcher?.stop(withinMilliseconds: 2000) }

  /// A channel that sends by `transport`, its settings as `policy` says.
  @discardableResult
  func channel(
    _ transport: LineTransport = LineTransport(), policy: JSONObject = [:], of owner: Tenant? = nil
  ) throws -> Channel {
    var channel = Channel(
      id: store.ids.next(), tenantID: (owner ?? tenant).id, provider: "lines",
      name: "line \(channels.count)", address: "+12065550100", publicURL: nil,
      verification: .enforce, state: .active, settings: ["token": "secret-token-9f"],
      createdAt: store.clock.now(), updatedAt: store.clock.now())
    channel.policy = try ChannelPolicy().changed(by: policy)
    channels.append(channel)
    let vault = try #require(Vault(key: [UInt8](repeating: 3, count: 32)))
    let stored = channel
    try store.database.write { try $0.add(stored, vault) }
    enter(channel, transport)
    return channel
  }

  /// Enters a channel as it is now.
  func enter(_ channel: Channel, _ transport: LineTransport = LineTransport()) {
    directory.enter(
      LiveChannel(
        channel, provider: transport, defaultPublicURL: "https://gw.example.com",
        metrics: metrics))
  }

  /// Puts a message into the queue.
  @discardableResult
  func enqueue(
    _ text: String, to number: String = "+15035550142", on channel: Channel,
    at sendAt: Instant? = nil, expires: Instant? = nil, priority: Delivery.Priority = .normal,
    fallback: [String] = [], purpose: MessagePurpose = .service
  ) throws -> ID<Message> {
    try store.database.write { transaction in
      try Self.enqueue(
        text, to: number, on: channel, at: sendAt, expires: expires, priority: priority,
        fallback: fallback, purpose: purpose, transaction)
    }
  }

  /// Puts a message into the queue, in a transaction.
  static func enqueue(
    _ text: String, to number: String, on channel: Channel, at sendAt: Instant? = nil,
    expires: Instant? = nil, priority: Delivery.Priority = .normal, fallback: [String] = [],
    purpose: MessagePurpose = .service, _ transaction: Transaction
  ) throws -> ID<Message> {
    var recorder = Recorder(transaction, channel, receipt: nil)
    let address = Address(phone: number)
    let person = try #require(
      try recorder.resolve(Person(addresses: [address]), transport: .sms))
    let chat = try person.chatID ?? recorder.begin(.direct, client: person.clientID, title: nil)
    let turn = try transaction.bump(
      chat, direction: .outbound, channel: channel.id, at: transaction.now)
    let id: ID<Message> = transaction.ids.next()
    let message = Message(
      id: id, tenantID: channel.tenantID, chatID: chat, position: turn.position,
      channelID: channel.id, provider: channel.provider, transport: "sms", direction: .outbound,
      kind: "text", sender: Array("{}".utf8), text: text, location: nil, details: nil,
      replyTo: nil, providerMessageID: "", status: .queued, error: nil,
      createdAt: transaction.now, occurredAt: nil, sentAt: nil, deliveredAt: nil, readAt: nil,
      deletedAt: nil, receiptID: nil)
    try transaction.insert(message, member: nil)
    let parts = text.split(separator: "\n").map { MessagePart(["line": .string(String($0))]) }
    let sendAt = sendAt ?? transaction.now
    var delivery = Delivery(
      id: id.delivery, tenantID: channel.tenantID, messageID: id, ordinal: 0,
      channelID: channel.id, transport: .sms, recipient: .person(address),
      contactID: person.contactID, priority: priority, partCount: Int64(parts.count),
      laneAt: sendAt, expiresAt: expires ?? sendAt.adding(milliseconds: 86_400_000),
      createdAt: transaction.now)
    delivery.fallback = fallback
    delivery.purpose = purpose
    try transaction.enqueue(delivery, parts: parts)
    return id
  }

  /// Starts a dispatcher that calls by `caller`.
  func start(_ caller: any Caller, clock: (any Clock)? = nil) throws {
    let started = Dispatcher(
      Dispatcher.Parts(
        database: store.database, directory: directory, caller: caller, files: NoFiles(),
        clock: clock ?? store.clock, random: SeededRandom(seed: 11), log: .none,
        metrics: metrics))
    store.database.onWake { wakes in
      started.wake(
        wakes.compactMap { wake in
          if case .channel(let id) = wake { id } else { nil }
        })
      started.lookAgain()
    }
    try started.start()
    dispatcher = started
  }

  /// Ends the dispatcher as a crash does: what is under way stays so.
  func crash() {
    dispatcher?.stop(withinMilliseconds: 0)
    dispatcher = nil
  }

  /// Moves the clock and looks at every channel.
  func advance(milliseconds: Int64) {
    store.clock.advance(milliseconds: milliseconds)
    dispatcher?.wake(channels.map(\.id))
  }

  /// The message as it is once `condition` holds.
  func message(
    _ id: ID<Message>, until condition: (Message) -> Bool = { _ in true }
  ) throws -> Message {
    try settled {
      try store.database.read { try $0.message(id, tenant: tenant.id) }.flatMap {
        condition($0) ? $0 : nil
      }
    }
  }

  /// The message's last delivery once `condition` holds.
  func delivery(
    _ id: ID<Message>, until condition: (Delivery) -> Bool = { _ in true }
  ) throws -> Delivery {
    try settled {
      try store.database.read { try $0.deliveries(of: id) }.last.flatMap {
        seen = "\($0)"
        return condition($0) ? $0 : nil
      }
    }
  }

  /// What the last look saw, for whoever reads a failure.
  private var seen = ""

  /// Looks again after each commit until there is something, for at most 20 s.
  private func settled<Value>(_ look: () throws -> Value?) throws -> Value {
    let end = monotonicNanoseconds() + 20_000_000_000
    while monotonicNanoseconds() < end {
      if let value = try look() { return value }
      // A commit of ours comes behind those that are on the way.
      try store.database.probe()
    }
    throw StoreError(.broken, "nothing became of it within 20 s: \(seen)")
  }

  /// The types of a tenant's events, in order.
  func eventTypes() throws -> [String] {
    try store.database.read { try $0.events(of: tenant.id, after: 0, limit: 100_000) }.map(\.type)
  }
}

extension HTTPResponse {
  /// Accepted under that id.
  static func accepted(_ id: String) -> HTTPResponse {
    HTTPResponse(status: 200, body: Array(id.utf8))
  }
}
