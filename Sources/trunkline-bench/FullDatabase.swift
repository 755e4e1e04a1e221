import Gateway

/// Fills a database with messages in bulk: rows like the daemon's own, in an order like its own.
struct FullDatabase {
  /// Where a person's messages go.
  private struct Person {
    var chat: (UInt64, UInt64)
    var member: (UInt64, UInt64)
    var position: Int64 = 0
  }

  private let file: SQLiteFile
  private let rows: ModelRows
  private var people: [Person] = []
  private let known: Int
  private let now: Int64
  private var ticks = Ticks()
  private let count: Int

  /// Fills the database at `path`, which the daemon has made and left, until it has `messages` in
  /// all from `people` senders. Those it knows already keep what they have.
  static func fill(_ path: String, messages: Int, people: Int) throws(RigError) {
    let file = try SQLiteFile(path)
    // Nothing is lost when this fails: the file is made anew each time.
    try file.run(
      """
      PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -1048576;
      PRAGMA locking_mode = EXCLUSIVE; BEGIN
      """)
    var database = try FullDatabase(file, messages: messages, people: people)
    try database.addPeople(people)
    try database.addMessages()
    try file.run(
      "COMMIT; PRAGMA locking_mode = NORMAL; PRAGMA journal_mode = WAL; PRAGMA user_version")
  }

  private init(_ file: SQLiteFile, messages: Int, people: Int) throws(RigError) {
    self.file = file
    rows = try ModelRows(file)
    known = try file.integer("SELECT count(*) FROM contacts")
    count = messages - (try file.integer("SELECT count(*) FROM messages"))
    now = SystemClock().now().millisecondsSinceEpoch
    guard people > known, count > 0 else {
      throw RigError("the model already has \(known) people and too many messages")
    }
  }

  private mutating func addPeople(_ total: Int) throws(RigError) {
    let new = total - known
    people.reserveCapacity(new)
    let client = try Table(file, "clients", ids: ["id"])
    let contact = try Table(file, "contacts", ids: ["id", "client_id"])
    let chat = try Table(file, "chats", ids: ["id", "client_id"])
    let member = try Table(file, "members", ids: ["id", "chat_id", "participant"])
    let value = FixedBytes(rows.address)
    try contact.row.bind("value", text: value)
    try contact.row.bind("raw", text: value)
    let seen = try contact.row.parameter("last_seen_at")
    let unread = try chat.row.parameter("unread_count")
    let messages = try chat.row.parameter("message_count")
    let sequence = try chat.row.parameter("event_sequence")
    let last = try chat.row.parameter("last_message_at")
    var shares = [Int64](repeating: Int64(count / new), count: new)
    for index in 0..<count % new { shares[Shuffle.place(index, of: new)] += 1 }
    for index in 0..<new {
      let ids = (0..<4).map { _ in ticks.next() }
      client.set(0, ids[0])
      try client.row.insert()
      contact.set(0, ids[1])
      contact.set(1, ids[0])
      value.set(2_000_000 + UInt64(known + index), base: 10, digits: 7, at: value.count - 7)
      // Seen today: otherwise the daemon has one more thing to write than the bare loop.
      contact.row.set(seen, now)
      try contact.row.insert()
      chat.set(0, ids[2])
      chat.set(1, ids[0])
      chat.row.set(unread, shares[index])
      chat.row.set(messages, shares[index])
      // Its beginning and its first member are events too.
      chat.row.set(sequence, shares[index] + 2)
      chat.row.set(last, now)
      try chat.row.insert()
      member.set(0, ids[3])
      member.set(1, ids[2])
      member.set(2, ids[0])
      try member.row.insert()
      people.append(Person(chat: ids[2], member: ids[3]))
    }
  }

  private mutating func addMessages() throws(RigError) {
    let message = try Table(
      rows.message, ids: ["id", "chat_id", "member_id", "receipt_id"])
    let claim = try Table(rows.claim, ids: ["message_id", "receipt_id"])
    let event = try Table(rows.event, ids: ["id", "chat_id", "subject_id", "receipt_id"])
    let receipt = try Table(rows.receipt, ids: ["id"])
    let key = FixedBytes(try rows.claim.bytes("key"))
    let providerID = FixedBytes(try rows.message.bytes("provider_message_id"))
    try claim.row.bind("key", text: key)
    try message.row.bind("provider_message_id", text: providerID)
    let position = try message.row.parameter("position")
    let created = try message.row.parameter("created_at")
    let sequence = try event.row.parameter("sequence")
    let chatSequence = try event.row.parameter("chat_sequence")
    let told = try event.row.parameter("created_at")
    let received = try receipt.row.parameter("received_at")
    let firstSequence = Int64(try file.integer("SELECT max(event_sequence) FROM tenants")) + 1
    for index in 0..<count {
      let ids = (0..<3).map { _ in ticks.next() }
      // Everybody writes once in each turn, the turns being out of order.
      let person = Shuffle.place(index % people.count, of: people.count)
      people[person].position += 1
      key.setDigits(ids[1])
      providerID.setDigits(ids[1])
      claim.set(0, ids[1])
      claim.set(1, ids[0])
      try claim.row.insert()
      message.set(0, ids[1])
      message.set(1, people[person].chat)
      message.set(2, people[person].member)
      message.set(3, ids[0])
      message.row.set(position, people[person].position)
      message.row.set(created, now)
      try message.row.insert()
      event.set(0, ids[2])
      event.set(1, people[person].chat)
      event.set(2, ids[1])
      event.set(3, ids[0])
      event.row.set(sequence, firstSequence + Int64(index))
      event.row.set(chatSequence, people[person].position + 2)
      event.row.set(told, now)
      try event.row.insert()
      receipt.set(0, ids[0])
      receipt.row.set(received, now)
      try receipt.row.insert()
    }
    try file.run("UPDATE tenants SET event_sequence = event_sequence + \(count)")
  }
}

/// A model row with the identifiers that change.
private struct Table {
  let row: RowTemplate
  private let ids: [FixedBytes]

  init(_ row: RowTemplate, ids columns: [String]) throws(RigError) {
    self.row = row
    var ids: [FixedBytes] = []
    for column in columns {
      let bytes = FixedBytes([UInt8](repeating: 0, count: 16))
      try row.bind(column, blob: bytes)
      ids.append(bytes)
    }
    self.ids = ids
  }

  init(_ file: SQLiteFile, _ name: String, ids columns: [String]) throws(RigError) {
    let row = try RowTemplate(file, name, query: "SELECT * FROM \(name) LIMIT 1")
    try self.init(row, ids: columns)
  }

  func set(_ index: Int, _ id: (UInt64, UInt64)) { ids[index].set(id) }
}
