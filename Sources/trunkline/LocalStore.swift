import Gateway

/// The database, opened by a command itself: for what must work without a daemon, or beside one.
struct LocalStore {
  /// The database; close it when done.
  let database: Database
  /// The tenant of what names none.
  let tenant: Tenant

  /// The option that asks for it.
  static let option = Verb.Option.flag(
    "local", "Open the database directly, on its machine: needs neither a daemon nor a key.")

  /// Opens what the configuration names, as the daemon would: a new folder gets all it needs.
  init(_ configuration: Configuration) throws(Gateway.StartError) {
    // For its master key: without one beside it, the daemon would refuse a new database.
    _ = try Start.vault(configuration, SystemRandom())
    let clock = SystemClock()
    database = try Start.database(configuration, clock, IDSource(clock: clock))
    do throws(Gateway.StartError) {
      tenant = try Start.tenant(configuration, database)
    } catch {
      database.close()
      throw error
    }
  }

  /// Runs `body` with the database that the command line's configuration names.
  static func with<Result>(
    _ arguments: Arguments, _ console: Console, _ body: (LocalStore) throws -> Result
  ) throws -> Result {
    let store = try LocalStore(ConfigurationFile.load(arguments, console))
    defer { store.database.close() }
    return try body(store)
  }
}

/// Which configuration a command reads.
enum ConfigurationFile {
  /// The file of a checkout, where neither the command line nor the environment names one.
  static let usual = "Config/trunkline.json5"

  /// The path that counts, `nil` for the defaults and the environment alone.
  static func path(_ arguments: Arguments, _ console: Console) throws(UsageError) -> String? {
    if let path = try arguments.string("config") { return path }
    return console.variable(Configuration.fileVariable)
      ?? (File.exists(usual) ? usual : nil)
  }

  /// Reads it.
  ///
  /// - Throws: ``ConfigurationError`` with every finding.
  static func load(_ arguments: Arguments, _ console: Console) throws -> Configuration {
    try Configuration.load(
      path: path(arguments, console), environment: console.environment)
  }
}

extension Gateway.StartError {
  /// The sentence as a failure of a command.
  var failure: Failure { Failure(description) }
}
