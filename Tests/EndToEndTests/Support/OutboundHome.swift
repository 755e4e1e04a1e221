import Gateway
import Glibc
import Simulator
import Testing

/// A daemon that sends to a stand-in for the providers' APIs, which tells it by webhook what
/// becomes of the messages.
final class OutboundHome {
  /// Where the daemon lives.
  let home: Home
  /// The providers.
  let provider: ProviderServer
  /// The daemon that runs now.
  private(set) var daemon: Daemon
  private let reservation: Int32

  /// Starts both.
  init(_ script: ProviderScript = ProviderScript()) throws {
    let (port, descriptor) = try Self.reservePort()
    reservation = descriptor
    home = try Home(publicPort: port)
    // Any bot, and one account whose callbacks find the daemon where it really listens.
    provider = try ProviderServer(
      script: script,
      twilio: [
        TwilioAccount(
          sid: Home.accountSID, authToken: Home.authToken,
          callbackRoute: TwilioAccount.Route(
            known: Home.publicURL, real: "http://127.0.0.1:\(port)"))
      ])
    provider.start()
    daemon = try Daemon(home)
  }

  deinit {
    provider.stop()
    close(reservation)
  }

  /// A port that is the daemon's also while it is down. Below those that the system gives to
  /// connections; bound here, without listening, so that no other test takes it: the daemon may,
  /// because both sockets allow it.
  private static func reservePort() throws -> (port: UInt16, descriptor: Int32) {
    let random = SystemRandom()
    for _ in 0..<100 {
      let port = UInt16(20_000 + random.below(12_000))
      let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | O_CLOEXEC, 0)
      var address = sockaddr_in()
      address.sin_family = sa_family_t(AF_INET)
      address.sin_port = port.bigEndian
      address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
      let size = socklen_t(MemoryLayout<sockaddr_in>.size)
      let code = withUnsafePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, size) }
      }
      if code == 0 {
        // Only now: with it before, two of these would both get the port.
        var yes: Int32 = 1
        setsockopt(
          descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
        return (port, descriptor)
      }
      close(descriptor)
    }
    throw NoPort()
  }

  private struct NoPort: Error {}

  // MARK: Channels

  /// What makes seconds of minutes. Long enough for a loaded machine all the same.
  private static let hurry: JSONObject = [
    "allowed_destinations": ["127.0.0.1"], "rate_per_second": 500, "burst": 50,
    "settle_seconds": 1, "reconcile_seconds": 2, "retry_first_ms": 50, "retry_most_ms": 1000,
    "timeout_ms": 1500,
    "recipient_pause_ms": 0,
  ]

  /// A Twilio channel with its address: a number, or `whatsapp:` and a number.
  func twilio(_ address: String = Home.ourNumber, policy: JSONObject = [:]) throws -> String {
    try channel(
      "twilio", address, named: address,
      ["account_sid": .string(Home.accountSID), "auth_token": .string(Home.authToken)], policy)
  }

  /// A Telegram channel; `number` is the bot's.
  func telegram(_ number: Int = 7_123_456_789, policy: JSONObject = [:]) throws -> String {
    try channel(
      "telegram", nil, named: "bot \(number)",
      ["bot_token": .string("\(number):AAsynthetic_token-0123456789"), "secret_token": "s3cret"],
      policy)
  }

  /// Makes a channel that sends to the stand-ins; `policy` goes over the usual hurry.
  func channel(
    _ provider: String, _ address: String?, named name: String, _ settings: JSONObject,
    _ policy: JSONObject
  ) throws -> String {
    var settings = settings
    settings["api_base_url"] = .string(self.provider.url)
    var all = Self.hurry
    for member in policy { all[member.key] = member.value }
    let made = try daemon.call(
      "POST", "/v1/channels",
      [
        "provider": .string(provider), "name": .string(name), "address": JSON(address),
        "settings": .object(settings), "policy": .object(all),
      ])
    return try #require(made["id"]?.string)
  }

  // MARK: Messages

  /// A message to a number or a Telegram user on a channel.
  static func message(_ text: String, to address: String, on channel: String) -> JSON {
    [
      "to": ["address": .string(address)], "channel_id": .string(channel), "text": .string(text),
    ]
  }

  /// Enqueues messages, and returns their ids.
  @discardableResult
  func enqueue(_ messages: [JSON]) throws -> [String] {
    var ids: [String] = []
    for start in stride(from: 0, to: messages.count, by: 1000) {
      let some = Array(messages[start..<min(start + 1000, messages.count)])
      let answer = try daemon.call("POST", "/v1/messages", ["messages": .array(some)])
      for entry in answer["data"]?.array ?? [] {
        try #require(entry["status"]?.integer == 202, "\(entry)")
        ids.append(try #require(entry["message"]?["id"]?.string))
      }
    }
    #expect(ids.count == messages.count)
    return ids
  }

  /// Enqueues one message.
  func enqueue(_ text: String, to address: String, on channel: String) throws -> String {
    try #require(enqueue([Self.message(text, to: address, on: channel)]).first)
  }

  /// A message as the API shows it.
  func message(_ id: String) throws -> JSON { try daemon.get("/v1/messages/\(id)") }

  /// A message's status.
  func status(_ id: String) throws -> String { try message(id)["status"]?.string ?? "" }

  /// What `trunkline explain` says.
  func explain(_ id: String, sourceLocation: SourceLocation = #_sourceLocation) throws -> String {
    try daemon.output("explain", id, sourceLocation: sourceLocation)
  }

  // MARK: Waiting

  /// Deliveries that something is still to be done for.
  private static let open = """
    SELECT COUNT(*) FROM deliveries
    WHERE state IN ('queued', 'sending') OR state = 'unknown' AND due_at IS NOT NULL
    """

  /// Whether nothing is left to be done, now or after a while.
  func isSettled(milliseconds: Int = 0) throws -> Bool {
    try Self.becomes(milliseconds: milliseconds) { try home.count(Self.open) == 0 }
  }

  /// Waits until nothing is left to be done, and every status that is to come has come.
  func settle(
    milliseconds: Int = 60_000, sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let isSettled = try isSettled(milliseconds: milliseconds)
    let left = try home.count(Self.open)
    #expect(
      isSettled, "\(left) are not done\n\(daemon.program.lastComplaints)",
      sourceLocation: sourceLocation)
    #expect(provider.waitForCallbacks(milliseconds: 60_000), sourceLocation: sourceLocation)
  }

  /// Waits until something holds that another process brings about.
  func expect(
    _ what: String, milliseconds: Int = 60_000,
    sourceLocation: SourceLocation = #_sourceLocation, _ condition: () throws -> Bool
  ) throws {
    let isSo = try Self.becomes(milliseconds: milliseconds, condition)
    try #require(isSo, "never: \(what)", sourceLocation: sourceLocation)
  }

  /// How often is looked: nobody tells of a change in another process's database.
  private static let lookMilliseconds = 50

  private static func becomes(
    milliseconds: Int, _ condition: () throws -> Bool
  ) rethrows -> Bool {
    let end = monotonicNanoseconds() + UInt64(milliseconds) * 1_000_000
    let nobody = Monitor(())
    while true {
      if try condition() { return true }
      if monotonicNanoseconds() >= end { return false }
      _ = nobody.wait(milliseconds: lookMilliseconds) { _ -> Bool? in nil }
    }
  }

  // MARK: The process

  /// Ends the daemon as a power failure does, and starts it again.
  func crash() throws {
    daemon.program.send(SIGKILL)
    #expect(try daemon.program.result().signal == SIGKILL)
    daemon = try Daemon(home, key: daemon.key)
  }

  /// Stops the daemon gracefully, does something to its home, and starts it again.
  func restart(_ meanwhile: () throws -> Void = {}) throws {
    try daemon.stop()
    try meanwhile()
    daemon = try Daemon(home, key: daemon.key)
  }

  /// The numbers in the texts a provider accepted for somebody, in order.
  func numbers(to recipient: String) -> [Int] {
    provider.ledger.accepted(to: recipient).compactMap { entry in
      entry.text.split(separator: " ").last.flatMap { Int($0) }
    }
  }
}
