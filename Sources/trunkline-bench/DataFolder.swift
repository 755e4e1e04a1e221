import Gateway
import Glibc
import Simulator

/// The folder of one daemon, with its configuration: one Twilio number.
struct DataFolder {
  /// The folder.
  let path: String

  /// The number that everybody writes to.
  static let number = "+15005550006"
  /// The number of a second channel, whose queue is in nobody's way.
  static let otherNumber = "+15005550007"
  /// The name of the channel that everybody writes to.
  static let channelName = "Bench"
  /// The name of that second channel.
  static let otherName = "Backlog"
  /// The account of both.
  static let accountSID = "AC" + String(repeating: "0123456789abcdef", count: 2)
  /// Its token.
  static let authToken = String(repeating: "fedcba9876543210", count: 2)
  /// Signatures are over this address, whatever port a daemon gets.
  static let publicURL = "https://gateway.example.com"

  /// The database's file.
  var databasePath: String { "\(path)/trunkline.db" }
  /// Where the daemon's log goes.
  var logPath: String { "\(path)/daemon.log" }

  /// The end of the daemon's log.
  var logEnd: String {
    String(decoding: ((try? File.read(logPath)) ?? []).suffix(2000), as: UTF8.self)
  }

  /// The daemon's environment. Settings of the person's own gateway must not be the measured one's.
  var environment: [String: String] {
    var environment = Environment.current.filter { !$0.key.hasPrefix("TRUNKLINE_") }
    environment["TRUNKLINE_CONFIG"] = "\(path)/trunkline.json"
    environment["TRUNKLINE_DATA_DIR"] = path
    environment["TRUNKLINE_LISTEN_PUBLIC"] = "127.0.0.1:0"
    environment["TRUNKLINE_LISTEN_API"] = "127.0.0.1:0"
    environment["TRUNKLINE_PUBLIC_URL"] = Self.publicURL
    // All the load comes from one address.
    environment["TRUNKLINE_LIMITS_CONNECTIONS_PER_ADDRESS"] = "1000"
    return environment
  }

  /// Makes the folder, with a configuration and no database yet.
  init(making path: String) throws(RigError) {
    self.path = path
    do {
      try File.makeDirectory(path, mode: 0o700)
    } catch {
      throw RigError(error.description)
    }
    try configure([Self.channel(Self.channelName, Self.number)])
  }

  /// Lets both channels be there, to send as fast as they can, to nowhere yet.
  func configureSending() throws(RigError) {
    let policy: JSON = [
      "rate_per_second": 10_000, "in_flight_max": 1000, "allowed_destinations": ["127.0.0.0/8"],
    ]
    try configure([
      Self.channel(Self.channelName, Self.number, policy),
      Self.channel(Self.otherName, Self.otherNumber, policy),
    ])
  }

  /// Writes a configuration with these channels.
  func configure(_ channels: [JSON]) throws(RigError) {
    let configuration: JSON = ["channels": .array(channels)]
    do {
      try File.write(configuration.serialized(), to: "\(path)/trunkline.json")
    } catch {
      throw RigError(error.description)
    }
  }

  private static func channel(_ name: String, _ number: String, _ policy: JSON? = nil) -> JSON {
    var channel: JSONObject = [
      "provider": "twilio", "name": .string(name), "address": .string(number),
      "settings": [
        "account_sid": .string(Self.accountSID), "auth_token": .string(Self.authToken),
      ],
    ]
    if let policy { channel["policy"] = policy }
    return .object(channel)
  }

  /// Makes a folder that is a copy of another one whose daemon has ended.
  init(copying other: DataFolder, to path: String) throws(RigError) {
    self.path = path
    do {
      try File.makeDirectory(path, mode: 0o700)
      // Files alone: the folder of attachments is empty, and made when it is missing.
      for name in try File.list(other.path) where !File.isDirectory("\(other.path)/\(name)") {
        try FileCopy.copy("\(other.path)/\(name)", to: "\(path)/\(name)")
      }
    } catch let error as File.Failure {
      throw RigError(error.description)
    } catch {
      throw RigError("\(error)")
    }
  }

  /// Removes the folder.
  func remove() { File.remove(path) }

  /// What everybody sends to this daemon, signed.
  func load(people: Int) throws(RigError) -> TwilioSMSLoad {
    let file = try SQLiteFile(databasePath)
    let channel = try file.prepare("SELECT id FROM channels")
    guard try channel.step(), let id = ID<Channel>(bytes: channel.bytes(0)) else {
      throw RigError("the daemon has made no channel")
    }
    let simulator = TwilioSimulator(
      accountSID: Self.accountSID, authToken: Self.authToken,
      webhookURL: "\(Self.publicURL)/webhooks/\(id)", random: SeededRandom(seed: 1))
    return TwilioSMSLoad(simulator, to: Self.number, people: people, seed: 1)
  }

  /// The number of the last event: how many things the daemon says have happened.
  func lastSequence() throws(RigError) -> Int {
    try SQLiteFile(databasePath).integer("SELECT max(event_sequence) FROM tenants")
  }
}

/// Copies files of any size.
enum FileCopy {
  /// Copies a file and waits until the copy is on the disk, so that writing it does not go on while
  /// something is measured.
  static func copy(_ source: String, to target: String) throws(RigError) {
    let from = open(source, O_RDONLY | O_CLOEXEC)
    guard from >= 0 else { throw .system("opening \(source)") }
    defer { close(from) }
    let to = open(target, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard to >= 0 else { throw .system("making \(target)") }
    defer { close(to) }
    // sendfile moves 2 GiB at most a call, and ends with 0.
    var moved = 1
    while moved > 0 {
      moved = sendfile(to, from, nil, 1 << 30)
      if moved < 0 { throw .system("copying to \(target)") }
    }
    guard fsync(to) == 0 else { throw .system("writing \(target)") }
  }

  /// Waits until a file is on the disk.
  static func settle(_ path: String) throws(RigError) {
    let file = open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { throw .system("opening \(path)") }
    defer { close(file) }
    guard fsync(file) == 0 else { throw .system("writing \(path)") }
  }
}
