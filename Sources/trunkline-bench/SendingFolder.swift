import Gateway
import Glibc

/// The folder of a daemon that sends: with a key to its API and two channels, both paused. One
/// message was sent already, as the model of what sending writes.
struct SendingFolder {
  /// The folder.
  let folder: DataFolder
  /// A key of an administrator.
  let key: String
  /// The channel that is measured.
  let channel: ID<Channel>
  /// The other one.
  let other: ID<Channel>

  /// How many recipients are known before: those of the quiet database.
  private static let knownPeople = Preparation.quietPeople

  /// Makes a folder from the quiet one.
  init(_ quiet: DataFolder, at path: String) throws(RigError) {
    folder = try DataFolder(copying: quiet, to: path)
    try folder.configureSending()
    key = try Self.makeKey(folder)
    // The first start makes the second channel.
    try DaemonProcess(folder).stop()
    channel = try Self.channel(DataFolder.channelName, folder)
    other = try Self.channel(DataFolder.otherName, folder)
    let daemon = try DaemonProcess(folder)
    let provider = try ProviderProcess(folder, tells: true)
    let api = api(daemon)
    try api.ask("POST", "/v1/channels/\(other)/pause")
    try api.lead(channel, to: provider.url)
    try api.ask("POST", "/v1/messages", body: Self.message(0))
    _ = try provider.nextAcceptance()
    // Ending waits until what came of it is stored.
    try daemon.stop()
    provider.stop()
    let again = try DaemonProcess(folder)
    try self.api(again).ask("POST", "/v1/channels/\(channel)/pause")
    try again.stop()
  }

  private init(_ original: SendingFolder, copiedTo path: String) throws(RigError) {
    folder = try DataFolder(copying: original.folder, to: path)
    key = original.key
    channel = original.channel
    other = original.other
  }

  /// An equal folder.
  func copy(_ path: String) throws(RigError) -> SendingFolder {
    try SendingFolder(self, copiedTo: path)
  }

  /// Enqueues a message to each of `count` recipients, through the API.
  func enqueue(_ count: Int) throws(RigError) {
    let batch = 1000
    let daemon = try DaemonProcess(folder)
    let book = RequestBook(
      count: (count + batch - 1) / batch, post: "/v1/messages", key: key
    ) { index in
      Self.batch(index * batch..<min((index + 1) * batch, count))
    }
    let before = try queued()
    let outcome = try LoadGenerator(port: daemon.apiPort, connections: 2, book: book)
      .run(warmUp: 0, seconds: 3600)
    try daemon.stop()
    let stored = try queued() - before
    guard outcome.refused == 0, stored == count else {
      throw RigError("\(stored) of \(count) messages were enqueued; the log says: \(folder.logEnd)")
    }
  }

  /// How many messages wait to be sent.
  func queued() throws(RigError) -> Int {
    try SQLiteFile(folder.databasePath).integer(
      "SELECT count(*) FROM deliveries WHERE state = 'queued'")
  }

  /// The API of a daemon on this folder.
  func api(_ daemon: DaemonProcess) -> BenchAPI { BenchAPI(port: daemon.apiPort, key: key) }

  /// Removes the folder.
  func remove() { folder.remove() }

  /// What is to be sent to recipient number `index`, as the API takes it.
  static func message(_ index: Int) -> String {
    #"{"to":{"address":"+1503\#(2_000_000 + index)","transport":"sms"},"#
      + #""text":"Order \#(index): it is on its way to you."}"#
  }

  /// Several of them as one request.
  static func batch(_ range: Range<Int>) -> String {
    #"{"messages":["# + range.map(message).joined(separator: ",") + "]}"
  }

  private static func channel(_ name: String, _ folder: DataFolder) throws(RigError) -> ID<Channel>
  {
    let row = try SQLiteFile(folder.databasePath)
      .prepare("SELECT id FROM channels WHERE name = '\(name)'")
    guard try row.step(), let id = ID<Channel>(bytes: row.bytes(0)) else {
      throw RigError("the daemon has not made the channel \(name)")
    }
    return id
  }

  private static func makeKey(_ folder: DataFolder) throws(RigError) -> String {
    let text = APIKeyText.make(SystemRandom())
    do {
      let configuration = try Configuration.load(path: nil, environment: folder.environment)
      let database = try Start.database(configuration, SystemClock(), IDSource())
      defer { database.close() }
      let tenant = try Start.tenant(configuration, database)
      _ = try database.write { transaction in
        try transaction.addAPIKey(
          tenant: tenant.id, name: "bench", role: .admin, hash: APIKeyText.hash(text))
      }
    } catch {
      throw RigError("making an API key: \(error)")
    }
    return text
  }
}

/// Calls of a daemon's API that are not measured.
struct BenchAPI {
  /// Its port.
  let port: UInt16
  /// The key to it.
  let key: String

  /// Makes a call.
  ///
  /// - Throws: ``RigError`` for an answer that is not 2xx.
  func ask(_ method: String, _ path: String, body: String = "{}") throws(RigError) {
    let client = HTTPClient()
    defer { client.stop() }
    let request = HTTPRequest(
      method: method, target: "http://127.0.0.1:\(port)\(path)",
      headers: ["Authorization": "Bearer \(key)", "Content-Type": "application/json"],
      body: Array(body.utf8))
    do {
      let response = try client.send(request)
      guard (200...299).contains(response.status) else {
        let text = String(decoding: response.body.prefix(1000), as: UTF8.self)
        throw RigError("\(method) \(path): \(response.status) \(text)")
      }
    } catch let error as RigError {
      throw error
    } catch {
      throw RigError("\(method) \(path): \(error)")
    }
  }

  /// Lets a channel send, to the API at that address.
  func lead(_ channel: ID<Channel>, to url: String) throws(RigError) {
    let body: JSON = ["settings": ["api_base_url": .string(url)], "state": "active"]
    try ask(
      "PATCH", "/v1/channels/\(channel)",
      body: String(decoding: body.serialized(), as: UTF8.self))
  }
}
