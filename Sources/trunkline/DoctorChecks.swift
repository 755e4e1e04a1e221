import Gateway
import Glibc

/// The looks that `doctor` takes, for one configuration.
struct DoctorChecks {
  /// What was found, in the order of the looks.
  private(set) var findings: [Doctor.Finding] = []
  private let configuration: Configuration
  private let clock: any Clock

  /// Below this the next busy day may fill the disk: 1 GiB.
  private static let freeBytesLow: UInt64 = 1 << 30
  /// Below this SQLite's log alone may fill it: 64 MiB.
  private static let freeBytesMin: UInt64 = 64 << 20

  /// Looks for one configuration.
  init(_ configuration: Configuration, clock: any Clock = SystemClock()) {
    self.configuration = configuration
    self.clock = clock
  }

  /// Takes every look.
  mutating func run() {
    folder()
    masterKey()
    database()
    listener("listen.public", configuration.listen.public)
    listener("listen.api", configuration.listen.api)
    certificates()
    publicURL()
  }

  private mutating func note(_ what: String, _ level: Doctor.Finding.Level, _ detail: String) {
    findings.append(Doctor.Finding(what: what, level: level, detail: detail))
  }

  private mutating func folder() {
    let path = configuration.dataDirectory
    guard File.exists(path) else {
      let parent = Self.existingParent(of: path)
      if access(parent, W_OK | X_OK) == 0 {
        note("data folder", .ok, "\(path) is not there yet; serve makes it")
      } else {
        note("data folder", .wrong, "\(path) is not there, and \(parent) is not writable")
      }
      return
    }
    guard File.isDirectory(path) else { return note("data folder", .wrong, "\(path) is a file") }
    guard access(path, R_OK | W_OK | X_OK) == 0 else {
      return note("data folder", .wrong, "\(path) is not writable for user \(getuid())")
    }
    var space = statvfs()
    guard statvfs(path, &space) == 0 else {
      return note("data folder", .warning, "\(path): the free space cannot be learned")
    }
    let free = UInt64(space.f_bavail) * UInt64(space.f_frsize)
    let level: Doctor.Finding.Level =
      free < Self.freeBytesMin ? .wrong : free < Self.freeBytesLow ? .warning : .ok
    note("data folder", level, "\(path) is writable, \(free >> 20) MiB are free")
  }

  private static func existingParent(of path: String) -> String {
    var path = Substring(path)
    while let slash = path.lastIndex(of: "/") {
      path = path[..<slash]
      if path.isEmpty { return "/" }
      if File.exists(String(path)) { return String(path) }
    }
    return "."
  }

  private mutating func masterKey() {
    if configuration.masterKey != nil {
      return note("master key", .ok, "given by master_key or its environment variable")
    }
    let path = configuration.masterKeyPath
    guard File.exists(path) else {
      if File.exists(configuration.databasePath) {
        note(
          "master key", .wrong,
          "\(path) is missing beside a database: put it back, or set TRUNKLINE_MASTER_KEY")
      } else {
        note("master key", .ok, "\(path) is not there yet; serve makes it")
      }
      return
    }
    var info = stat()
    guard stat(path, &info) == 0, let bytes = try? File.read(path) else {
      return note("master key", .wrong, "\(path) cannot be read")
    }
    guard MasterKey(String(decoding: bytes, as: UTF8.self)) != nil else {
      return note("master key", .wrong, "\(path) holds no key: 64 hexadecimal digits are expected")
    }
    guard info.st_mode & 0o077 == 0 else {
      return note("master key", .wrong, "others can read \(path): `chmod 600 \(path)`")
    }
    note("master key", .ok, "\(path), for its owner alone; have a copy elsewhere")
  }

  private mutating func database() {
    let path = configuration.databasePath
    guard File.exists(path) else {
      return note("database", .ok, "\(path) is not there yet; serve makes it")
    }
    do throws(StoreError) {
      let versions = try SchemaVersion(ofFile: path)
      guard versions.file <= versions.program else {
        return note(
          "database", .wrong,
          "\(path) has version \(versions.file) and this program knows \(versions.program): "
            + "install a newer trunkline")
      }
      let note = "\(path) has version \(versions.file)"
      guard versions.file == versions.program else {
        return self.note("database", .ok, "\(note); serve raises it to \(versions.program)")
      }
      self.note("database", .ok, note)
      try content(path)
    } catch {
      note("database", .wrong, "\(path): \(error)")
    }
  }

  /// Looks into a database of this program's version, without writing.
  private mutating func content(_ path: String) throws(StoreError) {
    let connection = try Connection(
      path: path, readOnly: true, cacheMebibytes: 4, busyMilliseconds: 2000)
    try checkClock(connection)
    guard let vault = vault() else { return }
    let channels = try connection.channels(vault)
    var isWell = true
    for channel in channels {
      do throws(SettingsError) {
        _ = try LiveChannel(
          channel, defaultPublicURL: configuration.publicURL, metrics: Metrics())
      } catch {
        isWell = false
        note(
          "channels", .wrong,
          "\(channel.name) (\(channel.id)): \(error); mend it with `trunkline channels set`")
      }
    }
    if isWell { note("channels", .ok, "\(channels.count), every one with valid settings") }
  }

  private mutating func checkClock(_ connection: Connection) throws(StoreError) {
    var newest = Instant(millisecondsSinceEpoch: 0)
    for tenant in try connection.tenants() {
      let last = try connection.receipts(of: tenant.id, state: nil, before: nil, limit: 1).first
      newest = max(newest, last?.receivedAt ?? tenant.createdAt)
    }
    let now = clock.now()
    // A minute: two machines of a shared disk may differ by as much.
    if newest.milliseconds(since: now) > 60_000 {
      note("clock", .wrong, "it is \(now), but the database has something of \(newest)")
    } else {
      note("clock", .ok, "\(now)")
    }
  }

  private func vault() -> Vault? {
    let file = try? File.read(configuration.masterKeyPath)
    let key =
      configuration.masterKey ?? file.flatMap { MasterKey(String(decoding: $0, as: UTF8.self)) }
    return key.flatMap { Vault(key: $0.bytes) }
  }

  private mutating func listener(_ setting: String, _ address: ListenAddress) {
    let variable =
      ConfigurationKey.environmentPrefix
      + setting.uppercased().map {
        $0 == "." ? "_" : $0
      }
    if address.port == 0 { return note(setting, .ok, "\(address): any free port") }
    if (try? Self.isAlive(address, hasTLS: configuration.tls != nil)) == true {
      return note(setting, .ok, "a daemon answers at \(address)")
    }
    if let problem = Self.bindProblem(address) {
      return note(setting, .wrong, "\(address): \(problem); change \(setting) (\(variable))")
    }
    note(setting, .ok, "\(address) is free; no daemon is running there")
  }

  /// Whether a daemon answers on this listener.
  static func isAlive(_ address: ListenAddress, hasTLS: Bool) throws(TransportFailure) -> Bool {
    var target = address
    // "Every address" is none to connect to.
    if target.host == "0.0.0.0" { target.host = "127.0.0.1" }
    if target.host == "::" { target.host = "::1" }
    let url = "\(hasTLS ? "https" : "http")://\(target)/healthz"
    do throws(TransportFailure) {
      let client = HTTPClient(connectTimeoutMilliseconds: 2000, totalTimeoutMilliseconds: 4000)
      return try client.send(HTTPRequest(method: "GET", target: url)).status == 200
    } catch {
      // The certificate is for the public name, not for this address: to have come so far is proof
      // that the daemon serves connections.
      if hasTLS, error.kind == .tls { return true }
      throw error
    }
  }

  /// Why nobody can listen there, `nil` when somebody can.
  private static func bindProblem(_ address: ListenAddress) -> String? {
    var hints = addrinfo()
    hints.ai_flags = AI_PASSIVE
    hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    var found: UnsafeMutablePointer<addrinfo>?
    let code = getaddrinfo(address.host, String(address.port), &hints, &found)
    guard code == 0, let found else { return String(cString: gai_strerror(code)) }
    defer { freeaddrinfo(found) }
    let descriptor = socket(found.pointee.ai_family, found.pointee.ai_socktype, 0)
    guard descriptor >= 0 else { return String(cString: strerror(errno)) }
    defer { close(descriptor) }
    var on: Int32 = 1
    setsockopt(
      descriptor, SOL_SOCKET, SO_REUSEADDR, &on, socklen_t(MemoryLayout<Int32>.size))
    if bind(descriptor, found.pointee.ai_addr, found.pointee.ai_addrlen) == 0,
      listen(descriptor, 1) == 0
    {
      return nil
    }
    return errno == EADDRINUSE
      ? "another program listens there" : String(cString: strerror(errno))
  }

  private mutating func certificates() {
    guard let tls = configuration.tls else { return }
    for path in [tls.certificate, tls.key] where access(path, R_OK) != 0 {
      note("tls", .wrong, "\(path) cannot be read")
    }
  }

  private mutating func publicURL() {
    let url = configuration.publicURL
    let host = url.split(separator: "/", maxSplits: 2).dropFirst().first ?? ""
    let name = host.hasPrefix("[") ? host : host.prefix { $0 != ":" }
    if Self.isPrivate(String(name)) {
      note(
        "public_url", .warning,
        "\(url): providers cannot reach it; set public_url (TRUNKLINE_PUBLIC_URL) to the address "
          + "they call")
    } else if !url.hasPrefix("https://") {
      note("public_url", .warning, "\(url): without https anybody on the way reads along")
    } else {
      note("public_url", .ok, url)
    }
  }

  /// Whether a host can only be meant from within: loopback, RFC 1918, RFC 6762 and the like.
  static func isPrivate(_ host: String) -> Bool {
    if ["[::1]", "0.0.0.0", "[::]"].contains(host) || host.hasPrefix("[f") { return true }
    let numbers = host.split(separator: ".").compactMap { UInt8($0) }
    guard numbers.count == 4 else {
      // A name without a dot is of this network alone.
      return !host.contains(".") && !host.hasPrefix("[") || host.hasSuffix(".local")
        || host.hasSuffix(".internal") || host.hasSuffix(".localhost")
    }
    switch (numbers[0], numbers[1]) {
    case (127, _), (10, _), (192, 168), (169, 254): return true
    case (172, let second): return (16...31).contains(second)
    default: return false
    }
  }
}
