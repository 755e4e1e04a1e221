import Gateway
import Glibc
import Simulator
import Testing

/// The promise of the first line of the design: what was answered 2xx survives `kill -9`.
@Suite struct CrashTests {
  /// What was sent under load, and what came back.
  private struct Tally {
    var next = 0
    var answered: Set<String> = []
    var unanswered: [String] = []
  }

  /// As many connections as a small installation has at its busiest.
  private static let threads = 8
  /// Few enough that many write to the same chat at the same time.
  private static let people = 40

  private static func number(_ name: String, default fallback: UInt64) -> UInt64 {
    Environment.current[name].flatMap { UInt64($0) } ?? fallback
  }

  @Test func everythingAnsweredIsThereExactlyOnceAfterKilling() throws {
    let rounds = Self.number("TRUNKLINE_KILL_ROUNDS", default: 3)
    let seed = Self.number("TRUNKLINE_KILL_SEED", default: SystemRandom().next() >> 1)
    print("kill -9: \(rounds) rounds; to repeat: TRUNKLINE_KILL_SEED=\(seed)")
    let random = SeededRandom(seed: seed)
    let home = try Home()
    let tally = Monitor(Tally())
    var daemon = try Daemon(home)
    let channel = try daemon.makeChannel()
    for round in 1...rounds {
      let enough = tally.withLock { $0.answered.count } + 20 + random.below(400)
      let threads = load(daemon, channel, tally)
      let reached: Bool? = tally.wait(milliseconds: 120_000) {
        $0.answered.count >= enough ? true : nil
      }
      daemon.program.send(SIGKILL)
      #expect(reached == true, "round \(round): too few answers came")
      #expect(try daemon.program.result().signal == SIGKILL)
      for thread in threads { thread.join() }

      daemon = try Daemon(home, key: daemon.key)
      try check(home, tally, round)
      try sendAgain(daemon, channel, tally)
      try check(home, tally, round)
    }
    let total = tally.withLock { $0.answered.count }
    #expect(try home.count("SELECT COUNT(*) FROM messages") == Int64(total))
    let chats = try daemon.list("/v1/chats?limit=200")
    #expect(chats.reduce(0) { $0 + ($1["message_count"]?.integer ?? 0) } == Int64(total))
    try daemon.stop()
  }

  /// Posts on several threads until the daemon is gone.
  private func load(
    _ daemon: Daemon, _ channel: String, _ tally: Monitor<Tally>
  ) -> [WorkerThread] {
    let twilio = daemon.twilio(channel)
    return (0..<Self.threads).map { index in
      WorkerThread(name: "load-\(index)") {
        while true {
          let number = tally.withLock { tally in
            defer { tally.next += 1 }
            return tally.next
          }
          let (sid, request) = Self.message(number, twilio)
          let status = try? HTTPClient().send(request).status
          tally.update { tally in
            if status == 200 { tally.answered.insert(sid) } else { tally.unanswered.append(sid) }
          }
          if status == nil { return }
        }
      }
    }
  }

  private static func message(
    _ number: Int, _ twilio: TwilioSimulator
  ) -> (sid: String, request: HTTPRequest) {
    let digits = String(number, radix: 16)
    let sid = "SM" + String(repeating: "0", count: 32 - digits.count) + digits
    let request = twilio.sms(
      from: "+150355501\(10 + number % people)", to: Home.ourNumber, text: "message \(number)",
      messageSID: sid)
    return (sid, request)
  }

  /// What the provider does with what was not answered: it sends it again; and once in a while also
  /// something that was.
  private func sendAgain(
    _ daemon: Daemon, _ channel: String, _ tally: Monitor<Tally>
  ) throws {
    let twilio = daemon.twilio(channel)
    let (open, some) = tally.withLock { ($0.unanswered, Array($0.answered.sorted().suffix(20))) }
    for sid in open + some {
      let number = try #require(Int(sid.dropFirst(2), radix: 16))
      #expect(try HTTPClient().send(Self.message(number, twilio).request).status == 200)
    }
    tally.update { tally in
      tally.answered.formUnion(tally.unanswered)
      tally.unanswered = []
    }
  }

  private func check(_ home: Home, _ tally: Monitor<Tally>, _ round: UInt64) throws {
    let stored = try home.read { connection in
      try connection.query(SQL("SELECT provider_message_id FROM messages")) {
        (row) throws(StoreError) in row.text(0)
      }
    }
    let (answered, unanswered) = tally.withLock { ($0.answered, Set($0.unanswered)) }
    let once = Set(stored)
    #expect(stored.count == once.count, "round \(round): a message is there twice")
    #expect(answered.subtracting(once).sorted() == [], "round \(round): answered, but lost")
    #expect(once.subtracting(answered).subtracting(unanswered) == [], "round \(round)")
    // A receipt and all that it causes are there together, or not at all.
    for (what, statement) in [
      (
        "messages without receipt",
        """
        SELECT COUNT(*) FROM messages m WHERE NOT EXISTS
          (SELECT 1 FROM receipts r WHERE r.id = m.receipt_id AND r.state = 'processed')
        """
      ),
      (
        "messages without exactly one event",
        """
        SELECT COUNT(*) FROM messages m WHERE 1 <>
          (SELECT COUNT(*) FROM events e
            WHERE e.subject_id = m.id AND e.type = 'message.received')
        """
      ),
      (
        "processed receipts without message",
        """
        SELECT COUNT(*) FROM receipts r WHERE r.state = 'processed' AND NOT EXISTS
          (SELECT 1 FROM messages m WHERE m.receipt_id = r.id)
        """
      ),
      ("gaps between events", "SELECT MAX(sequence) - COUNT(*) FROM events"),
      (
        "chats that count wrongly",
        """
        SELECT COUNT(*) FROM chats c WHERE c.message_count <>
          (SELECT COUNT(*) FROM messages m WHERE m.chat_id = c.id)
        """
      ),
      (
        "people with two chats", "SELECT COUNT(client_id) - COUNT(DISTINCT client_id) FROM chats"
      ),
    ] {
      #expect(try home.count(statement) == 0, "round \(round): \(what)")
    }
  }
}
