/// The steps of starting, each with the sentence a person needs when it fails. Commands that work
/// without a daemon take the first of them too, so that they find what the daemon finds.
package enum Start {
  /// Runs a step and turns what it throws into a sentence.
  static func attempt<Result>(
    _ doing: String, _ step: () throws -> Result
  ) throws(Gateway.StartError) -> Result {
    do {
      return try step()
    } catch {
      let reason = (error as? any CustomStringConvertible)?.description ?? "\(error)"
      throw Gateway.StartError(description: "\(doing): \(reason)")
    }
  }

  /// The master key: configured, or read from its file, or made when the database is new.
  package static func vault(
    _ configuration: Configuration, _ random: any RandomSource
  ) throws(Gateway.StartError) -> Vault {
    try attempt("making the data folder") {
      try File.makeDirectory(configuration.dataDirectory, mode: 0o700)
    }
    let key: MasterKey
    if let configured = configuration.masterKey {
      key = configured
    } else if File.exists(configuration.masterKeyPath) {
      let bytes = try attempt("reading the master key") {
        try File.read(configuration.masterKeyPath)
      }
      guard let read = MasterKey(String(decoding: bytes, as: UTF8.self)) else {
        throw Gateway.StartError(
          description: "\(configuration.masterKeyPath): is no master key; it has to hold 64 "
            + "hexadecimal digits or the base64 of 32 bytes")
      }
      key = read
    } else {
      key = try makeKey(configuration, random)
    }
    guard let vault = Vault(key: key.bytes, random: random) else {
      throw Gateway.StartError(description: "the master key must have 32 bytes")
    }
    return vault
  }

  private static func makeKey(
    _ configuration: Configuration, _ random: any RandomSource
  ) throws(Gateway.StartError) -> MasterKey {
    // A new key beside an old database would lock every secret in it away for good.
    if File.exists(configuration.databasePath) {
      throw Gateway.StartError(
        description: "\(configuration.databasePath) exists but its master key does not: set "
          + "TRUNKLINE_MASTER_KEY or put the key back at \(configuration.masterKeyPath)")
    }
    guard let key = MasterKey(bytes: random.bytes(MasterKey.byteCount)) else {
      throw Gateway.StartError(description: "the master key must have 32 bytes")
    }
    try attempt("writing the master key") {
      try File.write(Array("\(key.hex)\n".utf8), to: configuration.masterKeyPath, mode: 0o600)
    }
    return key
  }

  /// The database, brought up to date.
  package static func database(
    _ configuration: Configuration, _ clock: any Clock, _ ids: IDSource
  ) throws(Gateway.StartError) -> Database {
    var options = Database.Options(path: configuration.databasePath)
    options.readers = configuration.sqlite.readers
    options.cacheMebibytes = configuration.sqlite.cacheMebibytes
    options.batchMax = configuration.ingest.batch
    options.queueMax = configuration.ingest.queue
    return try attempt("opening \(configuration.databasePath)") {
      try Database(options, clock: clock, ids: ids)
    }
  }

  /// The default tenant, made at the first start.
  package static func tenant(
    _ configuration: Configuration, _ database: Database
  ) throws(Gateway.StartError) -> Tenant {
    try attempt("finding the tenant \(configuration.defaultTenant)") {
      try database.write { transaction in
        try transaction.tenant(named: configuration.defaultTenant)
      }
    }
  }

  /// Brings the database's channels in line with those of the configuration; others stay.
  static func channels(
    _ configuration: Configuration, _ database: Database, _ vault: Vault, _ ids: IDSource
  ) throws(Gateway.StartError) {
    for wanted in configuration.channels {
      try attempt("channel \(wanted.name)") {
        try database.write { transaction in
          try store(wanted, vault, ids, transaction)
        }
      }
    }
  }

  private static func store(
    _ wanted: ChannelConfiguration, _ vault: Vault, _ ids: IDSource, _ transaction: Transaction
  ) throws {
    let tenant = try transaction.tenant(named: wanted.tenant)
    let known = try transaction.connection.channel(
      named: wanted.name, tenant: tenant.id, vault)
    if let known, known.provider != wanted.provider {
      throw Gateway.StartError(
        description: "is a channel of \(known.provider) already; give the one of "
          + "\(wanted.provider) another name")
    }
    var channel =
      known
      ?? Channel(
        id: ids.next(), tenantID: tenant.id, provider: wanted.provider, name: wanted.name,
        address: nil, publicURL: nil, verification: .enforce, state: .active, settings: [:],
        createdAt: transaction.now, updatedAt: transaction.now)
    channel.address = wanted.address
    channel.publicURL = wanted.publicURL
    channel.verification = wanted.verification
    channel.settings = wanted.settings.object
    if let policy = wanted.policy { channel.policy = policy }
    if known == nil {
      try transaction.add(channel, vault)
    } else if channel != known {
      try transaction.update(channel, vault)
    }
  }

  /// The folder of files, beside the database.
  static func media(
    _ configuration: Configuration, _ clock: any Clock, _ random: any RandomSource
  ) throws(Gateway.StartError) -> MediaStore {
    try attempt("making the folder of files") {
      try MediaStore(
        folder: "\(configuration.dataDirectory)/media", now: clock.now(), random: random)
    }
  }

  /// What is kept of requests with a wrong signature.
  static func quarantine(_ configuration: Configuration) -> Ingest.Quarantine {
    var quarantine = Ingest.Quarantine()
    quarantine.days = Int64(configuration.quarantine.days)
    quarantine.perChannelPerDay = configuration.quarantine.perChannelPerDay
    return quarantine
  }

  /// A listener. `name` is also the last word of its setting.
  static func server(
    _ name: String, _ configuration: Configuration, _ handler: any HTTPHandler,
    _ clock: any Clock, _ log: Log, _ metrics: Metrics
  ) throws(Gateway.StartError) -> HTTPServer {
    let listen = name == "api" ? configuration.listen.api : configuration.listen.public
    let limits = configuration.limits
    let settings = HTTPServerConfiguration(
      name: name, address: listen.host, port: listen.port, threads: configuration.listen.threads,
      connectionsMax: limits.connections,
      connectionsPerAddressMax: limits.connectionsPerAddress, headerBytesMax: limits.headerBytes,
      idleSeconds: limits.idleSeconds, requestSeconds: limits.requestSeconds,
      drainSeconds: configuration.shutdownSeconds,
      tls: configuration.tls.map {
        HTTPServerConfiguration.TLS(certificatePath: $0.certificate, keyPath: $0.key)
      })
    let variable = "TRUNKLINE_LISTEN_\(name.uppercased())"
    return try attempt("listen.\(name) (\(variable))") {
      try HTTPServer(settings, handler: handler, clock: clock, log: log, metrics: metrics)
    }
  }

  /// What is forgotten once it was kept long enough.
  static func chores(
    _ services: Services
  ) -> [(done: String, run: @Sendable () throws -> Int)] {
    let database = services.database
    return [
      ("idempotency keys forgotten", { try services.intake.forgetAnswers() }),
      ("uploads forgotten", { try database.write { try $0.forgetUploads() } }),
      ("pauses forgotten", { try database.write { try $0.forgetMarketingPauses() } }),
    ]
  }

  /// Numbers that are asked for at each scrape.
  static func gauges(_ metrics: Metrics, _ database: Database, _ directory: ChannelDirectory) {
    metrics.gauge("trunkline_writer_queue", help: "Writes waiting for the database.") {
      Double(database.waiting)
    }
    metrics.gauge("trunkline_writer_commits", help: "Commits since the start.") {
      Double(database.commits)
    }
    metrics.gauge("trunkline_writer_writes", help: "Writes in those commits.") {
      Double(database.writes)
    }
    metrics.gauge("trunkline_channels", help: "Channels ready for use.") {
      Double(directory.all.count)
    }
    metrics.gauge("trunkline_info", help: "The version.", [("version", Version.current)]) { 1 }
  }
}
