import Gateway

extension Verb {
  /// `migrate`.
  static let migrate = Verb(
    name: "migrate", summary: "Bring the database up to date, as `serve` does when it starts",
    options: [
      .flag("check", "Only say the versions of the file and of the program."), .config, .json,
    ],
    run: Migrate.run)

  /// `version`.
  static let version = Verb(
    name: "version", summary: "Say the version", options: [.json],
    run: { arguments, console in
      if arguments.has("json") {
        console.json(["version": .string(Version.current)], compact: true)
      } else {
        console.line("trunkline \(Version.current)")
      }
      return .done
    })
}

/// Looks at the database's version, and raises it.
enum Migrate {
  /// Checks or migrates.
  static func run(_ arguments: Arguments, _ console: Console) throws -> Outcome {
    let configuration = try ConfigurationFile.load(arguments, console)
    let path = configuration.databasePath
    if !arguments.has("check") { try LocalStore(configuration).database.close() }
    guard File.exists(path) else {
      say(nil, path, "`trunkline serve` makes it", arguments, console)
      return .done
    }
    let versions = try SchemaVersion(ofFile: path)
    let isNewer = versions.file > versions.program
    let advice =
      if isNewer {
        "written by a newer trunkline: install that or a later version"
      } else if versions.file < versions.program {
        "`trunkline serve` or `trunkline migrate` brings it up to date"
      } else {
        "up to date"
      }
    say(versions, path, advice, arguments, console)
    return isNewer ? .failed : .done
  }

  private static func say(
    _ versions: SchemaVersion?, _ path: String, _ advice: String, _ arguments: Arguments,
    _ console: Console
  ) {
    if arguments.has("json") {
      return console.json([
        "database": .string(path), "database_version": JSON(versions?.file),
        "program_version": JSON(versions?.program), "advice": .string(advice),
      ])
    }
    guard let versions else { return console.line("\(path) is not there yet: \(advice).") }
    console.line("\(path) has version \(versions.file).")
    console.line("This program knows version \(versions.program): \(advice).")
  }
}
