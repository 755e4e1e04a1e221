import Gateway
import Glibc
import Simulator

/// How long the largest post takes that any provider sends: Meta's, with 1,000 updates of all kinds
/// for three numbers, in 3 MB, one of them nobody can read. Meta wants its answer within a second.
enum PostScenario {
  private static let posts = 20
  private static let postBytes = 3_000_000
  private static let numbers = 3
  private static let secret = String(repeating: "0123456789abcdef", count: 2)

  /// Measures posts that come one after the other, each with updates nobody has seen.
  static func measure(at path: String) throws(RigError) -> ReportLine {
    let folder = try DataFolder(making: path)
    defer { folder.remove() }
    try folder.configure((0..<numbers).map(channel))
    let daemon = try DaemonProcess(folder)
    let row = try SQLiteFile(folder.databasePath).prepare("SELECT id FROM channels LIMIT 1")
    guard try row.step(), let id = ID<Channel>(bytes: row.bytes(0)) else {
      throw RigError("the daemon has not made its channels")
    }
    let socket = try Loopback.connect(port: daemon.publicPort)
    defer { close(socket) }
    var times = Histogram()
    var bytes = 0
    for seed in 0..<posts {
      let request = request(seed: UInt64(seed), path: "/webhooks/\(id)")
      bytes += request.body.count
      times.note(nanoseconds: try answer(to: request, socket))
    }
    try daemon.stop()
    let stored = try SQLiteFile(folder.databasePath).integer(
      "SELECT count(*) FROM messages WHERE direction = 'inbound'")
    // Of eight updates one is a status; the poison was a message or one of those.
    guard stored >= posts * (MetaBatch.updatesMax * 7 / 8 - 1) else {
      throw RigError("only \(stored) messages came of the posts; the log says: \(folder.logEnd)")
    }
    var line = ReportLine("post-1000")
    line.p50 = times.milliseconds(atShare: 0.5)
    line.p99 = times.milliseconds(atShare: 0.99)
    let worst = line.p99 ?? 0
    line.note =
      "posts of 1,000 updates, \(Double(bytes / posts).shown(0)) bytes, "
      + Report.aim("answer", worst <= aimMilliseconds, "at most \(aimMilliseconds.shown(0)) ms")
    return line
  }

  private static let aimMilliseconds = 1000.0

  private static func account(_ number: Int) -> MetaAccount {
    MetaAccount(
      .whatsApp, id: "11889900112233\(number)", parentID: "203344556677889",
      displayNumber: "1415555012\(number)", accessToken: "EAAbench", appSecret: secret,
      verifyToken: "bench")
  }

  private static func channel(_ number: Int) -> JSON {
    let account = account(number)
    return [
      "provider": .string(account.product.rawValue), "name": .string("Bench \(number)"),
      "address": .string("+\(account.displayNumber)"),
      "settings": [
        "phone_number_id": .string(account.id),
        "business_account_id": .string(account.parentID),
        "access_token": .string(account.accessToken), "app_secret": .string(account.appSecret),
        "verify_token": .string(account.verifyToken),
      ],
      // Nothing is to be fetched from the internet, neither files nor templates.
      "policy": ["allowed_destinations": ["127.0.0.0/8"]],
    ]
  }

  private static func request(seed: UInt64, path: String) -> HTTPRequest {
    var batch = MetaBatch(
      (0..<numbers).map { number in
        MetaSimulator(
          account(number), webhookURL: DataFolder.publicURL + path,
          random: SeededRandom(seed: seed * UInt64(numbers) + UInt64(number) + 1))
      })
    batch.bytes = postBytes
    batch.poison = .misshapen
    var request = batch.request()
    request.target = path
    return request
  }

  /// Sends a request; how long its answer took, in nanoseconds.
  private static func answer(
    to request: HTTPRequest, _ socket: Int32
  ) throws(RigError) -> UInt64 {
    var request = request
    request.headers.add("Host", "127.0.0.1")
    request.headers.add("Content-Length", "\(request.body.count)")
    let wire = request.wire
    let started = monotonicNanoseconds()
    var sent = 0
    while sent < wire.count {
      let count = wire[sent...].withUnsafeBytes { buffer in
        send(socket, buffer.baseAddress, buffer.count, Int32(MSG_NOSIGNAL))
      }
      guard count > 0 else { throw .system("sending a post") }
      sent += count
    }
    var reader = AnswerReader()
    while true {
      var waiting = pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
      guard poll(&waiting, 1, answerMillisecondsMax) > 0 else {
        throw RigError("a post was not answered within a minute")
      }
      guard let status = try reader.read(socket) else { continue }
      guard status == 200 else { throw RigError("a post was answered with \(status)") }
      return monotonicNanoseconds() - started
    }
  }

  /// Longer than any machine needs.
  private static let answerMillisecondsMax: Int32 = 60_000
}
