/// Makes the databases that scenarios begin with.
struct Preparation {
  /// The folder of all folders.
  let folder: String
  /// Hears what is going on.
  let progress: (String) -> Void

  /// Senders of the quiet database. Their first messages make them known; after that an ingest has
  /// the statements of the bare loop.
  static let quietPeople = 2000
  /// Messages of each sender of the full database.
  private static let messagesEach = 10

  /// Senders of a full database with so many messages.
  static func people(messages: Int) -> Int { messages / messagesEach }

  /// A database in which everybody has written once, through a daemon.
  func quiet() throws(RigError) -> DataFolder {
    progress("making a database of \(Self.quietPeople) people")
    let folder = try DataFolder(making: "\(folder)/quiet")
    let daemon = try DaemonProcess(folder)
    let book = RequestBook(
      try folder.load(people: Self.quietPeople), numbers: 0..<Self.quietPeople)
    let outcome = try LoadGenerator(port: daemon.publicPort, connections: 16, book: book)
      .run(warmUp: 0, seconds: 60)
    try daemon.stop()
    guard outcome.accepted == Self.quietPeople else {
      throw RigError(
        "\(outcome.refused) of the first messages were refused; the log says: \(folder.logEnd)")
    }
    return folder
  }

  /// A copy of that database with so many messages.
  func full(_ quiet: DataFolder, messages: Int) throws(RigError) -> DataFolder {
    progress("making a database of \(messages) messages")
    let folder = try DataFolder(copying: quiet, to: "\(folder)/full")
    try FullDatabase.fill(
      folder.databasePath, messages: messages, people: Self.people(messages: messages))
    return folder
  }
}
