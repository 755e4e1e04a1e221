import Gateway
import Glibc
import Simulator
import Testing

/// A place for one daemon: a temporary folder with its configuration and data. Gone with the test.
final class Home: Sendable {
  /// The folder.
  let folder: String
  /// The configuration file.
  let configuration: String
  /// The address by which the provider knows us: not where we listen, as behind a proxy.
  static let publicURL = "https://hooks.example.test"
  /// The account of the channels made here.
  static let accountSID = "AC0123456789abcdef0123456789abcdef"
  /// Its auth token.
  static let authToken = "fedcba9876543210fedcba9876543210"
  /// Our number.
  static let ourNumber = "+12065550199"

  /// A new place; `more` are further members of the configuration. `publicPort` is for who has to
  /// find the daemon again after a restart.
  init(more: String = "", publicPort: UInt16 = 0) throws {
    folder = try File.makeTemporaryDirectory("trunkline-test")
    configuration = "\(folder)/trunkline.json5"
    // Port 0: whichever is free, so that tests can run side by side.
    let text = """
      {
        "data_dir": "\(folder)/data",
        "public_url": "\(Self.publicURL)",
        "listen": { "public": "127.0.0.1:\(publicPort)", "api": "127.0.0.1:0" },
        \(more)
      }
      """
    try File.write(Array(text.utf8), to: configuration)
  }

  deinit { File.remove(folder) }

  /// The database's file.
  var database: String { "\(folder)/data/trunkline.db" }

  /// Runs a command that needs no daemon.
  func run(_ arguments: String..., input: String = "") throws -> Program.Result {
    try Program(
      arguments, environment: ["TRUNKLINE_CONFIG": configuration], input: input
    ).result()
  }

  /// Reads the database's file beside the daemon.
  func read<Result>(_ body: (Connection) throws -> Result) throws -> Result {
    try body(
      Connection(path: database, readOnly: true, cacheMebibytes: 4, busyMilliseconds: 10_000))
  }

  /// The number that a statement gives.
  func count(_ statement: String) throws -> Int64 {
    try read { connection in
      try connection.first(SQL(statement)) { (row) throws(StoreError) in row.integer(0) } ?? 0
    }
  }
}

/// A daemon that serves from a ``Home``.
struct Daemon {
  /// The process.
  let program: Program
  /// Where it lives.
  let home: Home
  /// The port of the public listener.
  let publicPort: String
  /// Where the API is.
  let apiURL: String
  /// A key of the API.
  let key: String

  /// Starts one and waits until both listeners answer. `key` is made where none is given.
  init(_ home: Home, key: String? = nil) throws {
    self.home = home
    program = try Program(["serve", "--config", home.configuration])
    let entry = try program.complaint { line in
      let entry = try? JSON.parse(Array(line.utf8))
      return entry?["public"] == nil || entry?["api"] == nil ? nil : entry
    }
    publicPort = String(entry["public"]?.string?.split(separator: ":").last ?? "")
    apiURL = "http://\(entry["api"]?.string ?? "")"
    self.key =
      try key
      ?? home.run("keys", "create", "--local", "--role", "admin", "--name", "test").output.trimmed
  }

  /// Runs a command that speaks to this daemon.
  func run(_ arguments: [String], environment: [String: String] = [:]) throws -> Program.Result {
    var variables = ["TRUNKLINE_URL": apiURL, "TRUNKLINE_API_KEY": key]
    for (name, value) in environment { variables[name] = value }
    return try Program(arguments, environment: variables).result()
  }

  /// Runs a command that speaks to this daemon and expects it to do what it is for.
  func output(
    _ arguments: String..., sourceLocation: SourceLocation = #_sourceLocation
  ) throws -> String {
    let result = try run(arguments)
    #expect(result.status == 0, "\(result.complaints)", sourceLocation: sourceLocation)
    return result.output
  }

  /// Reads what is at a path of the API.
  func get(_ path: String) throws -> JSON {
    let response = try HTTPClient().send(
      HTTPRequest(
        method: "GET", target: apiURL + path, headers: ["Authorization": "Bearer \(key)"]))
    try #require(response.status == 200, "\(path): \(response.status)")
    return try JSON.parse(response.body)
  }

  /// Sends a body to a path of the API, and returns the answer whatever it says.
  func answer(
    _ method: String, _ path: String, _ body: JSON? = nil, headers: [(String, String)] = []
  ) throws -> HTTPResponse {
    var request = HTTPRequest(
      method: method, target: apiURL + path, headers: ["Authorization": "Bearer \(key)"])
    for (name, value) in headers { request.headers.add(name, value) }
    if let body {
      request.headers.add("Content-Type", "application/json")
      request.body = body.serialized()
    }
    return try HTTPClient().send(request)
  }

  /// Sends a body to a path of the API, which has to take it.
  @discardableResult
  func call(
    _ method: String, _ path: String, _ body: JSON? = nil, headers: [(String, String)] = [],
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws -> JSON {
    let response = try answer(method, path, body, headers: headers)
    let text = String(decoding: response.body, as: UTF8.self)
    try #require(
      (200...299).contains(response.status), "\(path): \(response.status) \(text)",
      sourceLocation: sourceLocation)
    return try JSON.parse(response.body)
  }

  /// Reads a list of the API.
  func list(_ path: String) throws -> [JSON] { try get(path)["data"]?.array ?? [] }

  /// Makes a Twilio channel with the command and returns its identifier.
  func makeChannel(authToken: String = Home.authToken) throws -> String {
    let token = "\(home.folder)/token"
    try File.write(Array("\(authToken)\n".utf8), to: token, mode: 0o600)
    let output = try output(
      "channels", "create", "--provider", "twilio", "--name", "desk", "--setting",
      "account_sid=\(Home.accountSID)", "--setting", "auth_token=@\(token)", "--json")
    return try #require(JSON.parse(Array(output.utf8))["id"]?.string)
  }

  /// Where requests for a channel go.
  func webhookURL(_ channel: String) -> String {
    "http://127.0.0.1:\(publicPort)/webhooks/\(channel)"
  }

  /// Twilio, as it calls a channel of this daemon.
  func twilio(_ channel: String) -> TwilioSimulator {
    TwilioSimulator(
      accountSID: Home.accountSID, authToken: Home.authToken, webhookURL: webhookURL(channel),
      signedURL: "\(Home.publicURL)/webhooks/\(channel)")
  }

  /// Stops it gracefully.
  func stop(sourceLocation: SourceLocation = #_sourceLocation) throws {
    program.send(SIGTERM)
    let result = try program.result(sourceLocation)
    #expect(result.status == 0, "\(result.complaints)", sourceLocation: sourceLocation)
  }
}

/// Runs `body` on as many threads at once, and returns what they returned.
func concurrently<Result: Sendable>(
  _ count: Int, _ body: @escaping @Sendable (Int) -> Result
) -> [Result] {
  let results = Locked<[Result]>([])
  let threads = (0..<count).map { index in
    WorkerThread(name: "load-\(index)") {
      let result = body(index)
      results.withLock { $0.append(result) }
    }
  }
  for thread in threads { thread.join() }
  return results.withLock { $0 }
}
