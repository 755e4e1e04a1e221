import Testing

@testable import Gateway

/// A provider that gives out files: with a credential from its own address, which may redirect.
struct FileProvider: MediaFetching {
  static let name = "file_provider"
  static let title = "File provider"
  static let bodyBytesMax = 1024
  static let settings: [SettingKey] = []
  static let base = "https://api.files.example"

  init() {}
  init(settings: ChannelSettings) throws(SettingsError) {}
  func transports(address: String?) -> [TransportKind] { [.telegram] }
  var accounts: [String] { [] }
  func verify(_ request: HTTPRequest, publicURL: String, now: Instant) -> Verification {
    .refused(reason: "never")
  }
  func read(_ request: HTTPRequest) throws(Unreadable) -> [Item] { [] }
  func answer(_ outcome: WebhookOutcome, to request: HTTPRequest) -> HTTPResponse {
    HTTPResponse(status: 200)
  }
  func remainingSteps(webhookURL: String) -> [String] { [] }

  func nextFetch(
    _ file: AttachmentReference, messageID: String, after steps: [CompletedStep]
  ) -> FetchStep {
    guard let last = steps.last else {
      return .request(
        name: "get",
        HTTPRequest(
          method: "GET", target: "\(Self.base)/\(file.source)",
          headers: ["Authorization": "Bearer secret"]), isFile: true)
    }
    switch last.reply {
    case .failure(let failure): return .failed(reason: failure.description, isFinal: false)
    case .noFile(let reason): return .failed(reason: reason, isFinal: true)
    case .response(let response):
      if (200...299).contains(response.status) {
        return .done(
          contentType: response.headers["content-type"], fileName: nil,
          sha256: response.headers["x-sha256"].flatMap(Hex.decode))
      }
      if response.status == 302, let location = response.headers["location"] {
        return .request(
          name: "follow", HTTPRequest(method: "GET", target: location), isFile: true)
      }
      return .failed(reason: "answered \(response.status)", isFinal: response.status == 410)
    }
  }
}

/// A caller that answers as it is told and remembers what was asked.
final class ScriptedCaller: Caller {
  private struct State {
    var calls: [HTTPCall] = []
    var held: [@Sendable () -> Void] = []
    var answer: @Sendable (HTTPCall) -> Result<HTTPResponse, TransportFailure>?
  }

  private let state: Locked<State>

  init(_ answer: @escaping @Sendable (HTTPCall) -> Result<HTTPResponse, TransportFailure>?) {
    state = Locked(State(answer: answer))
  }

  var calls: [HTTPCall] { state.withLock { $0.calls } }
  var heldCount: Int { state.withLock { $0.held.count } }

  /// From now on it answers so; `nil` holds the call.
  func script(_ answer: @escaping @Sendable (HTTPCall) -> Result<HTTPResponse, TransportFailure>?) {
    state.withLock { $0.answer = answer }
  }

  func send(_ call: HTTPCall, completion: @escaping @Sendable (HTTPExchange) -> Void) {
    let answer = state.withLock { state in
      state.calls.append(call)
      return state.answer
    }
    if let result = answer(call) { return Self.finish(call, result, completion) }
    state.withLock {
      $0.held.append { Self.finish(call, .success(HTTPResponse(status: 503)), completion) }
    }
  }

  /// Answers what was held, with 503.
  func release() {
    let held = state.withLock { state in
      defer { state.held = [] }
      return state.held
    }
    for answer in held { answer() }
  }

  /// As the client does: the body of a 2xx answer goes into the file.
  private static func finish(
    _ call: HTTPCall, _ result: Result<HTTPResponse, TransportFailure>,
    _ completion: (HTTPExchange) -> Void
  ) {
    var result = result
    if case .success(var response) = result, (200...299).contains(response.status),
      let path = call.answerPath
    {
      try? File.write(response.body, to: path)
      response.body = []
      result = .success(response)
    }
    completion(HTTPExchange(result))
  }

  /// 200 with a body.
  static func file(_ type: String, _ body: [UInt8]) -> Result<HTTPResponse, TransportFailure> {
    .success(HTTPResponse(status: 200, headers: ["Content-Type": type], body: body))
  }
}

/// Messages with files, and what fetches them.
final class MediaRig {
  static let jpeg: [UInt8] = [0xFF, 0xD8, 0xFF, 0xE0] + Array("a picture".utf8)

  let test: TestIngest
  let store: MediaStore
  let caller: ScriptedCaller
  private(set) var fetcher: MediaFetcher?

  init(
    _ answer: @escaping @Sendable (HTTPCall) -> Result<HTTPResponse, TransportFailure>? = { _ in
      ScriptedCaller.file("image/jpeg", MediaRig.jpeg)
    }
  ) throws {
    test = try TestIngest()
    store = try MediaStore(folder: "\(test.store.folder)/media", now: test.store.clock.now())
    caller = ScriptedCaller(answer)
  }

  deinit { fetcher?.stop() }

  /// Starts fetching, as a start of the daemon does.
  func start(
    caller: (any Caller)? = nil, destinations: Destinations = .everywhere,
    provider: any MediaFetching = FileProvider()
  ) {
    fetcher?.stop()
    fetcher = MediaFetcher(
      database: test.store.database, store: store, caller: caller ?? self.caller,
      clock: test.store.clock, random: SeededRandom(seed: 5), log: .none, metrics: test.metrics,
      access: { _ in MediaFetcher.Access(provider: provider, destinations: destinations) })
  }

  func stop() { fetcher?.stop() }

  /// Moves the clock and lets the fetcher look at it.
  func advance(milliseconds: Int64) {
    test.store.clock.advance(milliseconds: milliseconds)
    fetcher?.wake()
  }

  /// A message with a picture, or with another file, in line to be fetched.
  func receive(
    _ number: Int64, user: Int64 = 50, document: JSON? = nil, on channel: Channel? = nil
  ) throws -> Message {
    let picture: JSON = [
      [
        "file_id": .string("f\(number)"), "file_unique_id": .string("u\(number)"), "width": 10,
        "height": 10,
      ]
    ]
    let extra: JSONObject = document.map { ["document": $0] } ?? ["photo": picture]
    let channel = channel ?? test.telegram
    let tenant = channel.id == test.foreign.id ? test.other : test.acme
    try test.update(
      9000 + number, "message",
      TestIngest.text("", from: user, message: number, extra: extra), on: channel)
    let chat = try #require(try test.chats(of: tenant).first)
    let message = try #require(try test.messages(of: chat, tenant: tenant).last)
    let file = try #require(message.attachments.first)
    // The channel's own provider may give out files, or not: here they are fetched anyhow.
    try test.store.database.write { transaction in
      try transaction.queueFetch(
        of: file.id, at: 0, message: message.id, channel: channel.id, tenant: tenant.id)
    }
    return message
  }

  /// Makes a message one that was enqueued here, with a file at an address of the sender's.
  func enqueued(_ number: Int64, url: String) throws -> Message {
    let message = try receive(number)
    let id = Hex.encode(message.id.bytes)
    try test.store.database.write { transaction in
      try transaction.connection.run(
        """
        UPDATE messages SET direction = 'outbound', receipt_id = NULL WHERE id = x'\(id)';
        UPDATE attachments SET source = '\(url)' WHERE message_id = x'\(id)';
        """)
    }
    return message
  }

  /// The message's first file as it is now.
  func file(of message: Message) throws -> (shown: MessageFile, stored: StoredFile) {
    try test.store.database.read { connection in
      let whole = try connection.message(message.id, tenant: message.tenantID)
      return (
        try #require(whole?.attachments.first),
        try #require(try connection.file(of: message.id, at: 0))
      )
    }
  }

  func job(of message: Message) throws -> MediaJob? {
    let id = try #require(message.attachments.first?.id)
    return try test.store.database.read { try $0.mediaJob(id) }
  }

  /// Waits until a message's file has that state.
  func becomes(_ state: String, _ message: Message) -> Bool {
    eventually { (try? file(of: message).stored.state) == state }
  }

  /// Waits until a message's file was tried that often.
  func isTried(_ tries: Int64, _ message: Message) -> Bool {
    eventually { (try? job(of: message)?.tries) == tries }
  }

  /// Every whole file of the store.
  func kept() throws -> [String] {
    try File.listAll("\(test.store.folder)/media").filter { !$0.hasPrefix("tmp/") }
  }
}
