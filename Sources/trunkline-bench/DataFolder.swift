import Gateway
import Glibc
import Simulator

/// The folder of one daemon, with its configuration: one Twilio number.
struct DataFolder {
  /// The folder.
  let path: String

  /// The number that everybody writes to.
  static let number = "+15005550006"
  private static let accountSID = "AC" + String(repeating: "0123456789abcdef", count: 2)
  private static let authToken = String(repeating: "fedcba9876543210", count: 2)
  // Signatures are over this address, whatever port a daemon gets.
  private static let publicURL = "https://gateway.example.com"

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
    let configuration: JSON = [
      "channels": [
        [
          "provider": "twilio", "name": "Bench", "address": .string(Self.number),
          "settings": [
            "account_sid": .string(Self.accountSID), "auth_token": .string(Self.authToken),
          ],
        ]
      ]
    ]
    do {
      try File.makeDirectory(path, mode: 0o700)
      try File.write(configuration.serialized(), to: "\(path)/trunkline.json")
    } catch {
      throw RigError(error.description)
    }
  }

  /// Makes a folder that is a copy of another one whose daemon has ended.
  init(copying other: DataFolder, to path: String) throws(RigError) {
    self.path = path
    do {
      try File.makeDirectory(path, mode: 0o700)
      for name in try File.list(other.path) {
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
}
