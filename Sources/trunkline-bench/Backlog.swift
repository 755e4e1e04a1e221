import Gateway

/// Fills a database with messages that wait to be sent: rows like the daemon's own, in bulk.
struct Backlog {
  /// Where they wait.
  enum Place: String, CaseIterable {
    /// On another channel, which is paused: the first of each lane is due.
    case other
    /// On the very channel: the first of each lane is to go later, the others wait behind it.
    case same
  }

  /// How many wait for one recipient.
  private static let laneLength = 10
  /// How much later those go that are to go later, in milliseconds.
  private static let later: Int64 = 3_600_000
  /// The numbers of the recipients begin behind all that are sent to.
  private static let firstNumber: UInt64 = 4_000_000

  /// Adds `count` of them to a folder that has a queued message already.
  static func fill(_ folder: SendingFolder, _ count: Int, _ place: Place) throws(RigError) {
    let path = folder.folder.databasePath
    let file = try SQLiteFile(path)
    // Nothing is lost when this fails: the file is made anew each time.
    try file.run(
      """
      PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -1048576;
      PRAGMA locking_mode = EXCLUSIVE; BEGIN
      """)
    try add(file, folder, count, place)
    try file.run(
      "COMMIT; PRAGMA locking_mode = NORMAL; PRAGMA journal_mode = WAL; PRAGMA user_version")
    // The disk must not be busy with it while something is measured.
    try FileCopy.settle(path)
  }

  private static func add(
    _ file: SQLiteFile, _ folder: SendingFolder, _ count: Int, _ place: Place
  ) throws(RigError) {
    let queued = "(SELECT id FROM deliveries WHERE state = 'queued' LIMIT 1)"
    let message = try RowTemplate(
      file, "messages", query: "SELECT * FROM messages WHERE id = \(queued)")
    let delivery = try RowTemplate(
      file, "deliveries", query: "SELECT * FROM deliveries WHERE id = \(queued)")
    let id = FixedBytes([UInt8](repeating: 0, count: 16))
    let chat = FixedBytes([UInt8](repeating: 0, count: 16))
    let channel = FixedBytes(
      place == .other ? folder.other.bytes : folder.channel.bytes)
    let recipient = FixedBytes(try delivery.bytes("recipient"))
    try message.bind("id", blob: id)
    try message.bind("chat_id", blob: chat)
    try message.bind("channel_id", blob: channel)
    try delivery.bind("id", blob: id)
    try delivery.bind("message_id", blob: id)
    try delivery.bind("channel_id", blob: channel)
    try delivery.bind("recipient", text: recipient)
    let position = try message.parameter("position")
    let laneAt = try delivery.parameter("lane_at")
    let dueAt = try delivery.parameter("due_at")
    let expires = try delivery.parameter("expires_at")
    let deadline = try delivery.parameter("deadline_at")
    let chats = try Self.chats(file)
    let lanes = (count + laneLength - 1) / laneLength
    let now = SystemClock().now().millisecondsSinceEpoch
    let time = place == .other ? now : now + later
    var ticks = Ticks()
    for index in 0..<count {
      // Each lane gets its next in each turn, the turns being out of order.
      let lane = Shuffle.place(index % lanes, of: lanes)
      let own = chats[index % chats.count]
      id.set(ticks.next())
      chat.copy(own.id)
      message.set(position, own.count + 1 + Int64(index / chats.count))
      try message.insert()
      recipient.set(firstNumber + UInt64(lane), base: 10, digits: 7, at: recipient.count - 7)
      delivery.set(laneAt, time + Int64(index / lanes))
      if index < lanes { delivery.set(dueAt, time) } else { delivery.clear(dueAt) }
      delivery.set(expires, time + 24 * later)
      delivery.set(deadline, time + 24 * later)
      try delivery.insert()
    }
    let more = (count + chats.count - 1) / chats.count
    try file.run("UPDATE chats SET message_count = message_count + \(more)")
  }

  private static func chats(_ file: SQLiteFile) throws(RigError) -> [(id: FixedBytes, count: Int64)]
  {
    let rows = try file.prepare("SELECT id, message_count FROM chats")
    var chats: [(id: FixedBytes, count: Int64)] = []
    while try rows.step() { chats.append((FixedBytes(rows.bytes(0)), rows.integer(1))) }
    guard !chats.isEmpty else { throw RigError("the database has no chats") }
    return chats
  }
}
