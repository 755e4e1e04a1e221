import Gateway
import Glibc
import Simulator
import Testing

@testable import trunkline

@Suite struct DemoTests {
  /// The number in front of a word of the summary, which comes last.
  private func printed(_ word: String, _ output: String) -> Int64? {
    for line in output.split(separator: "\n").reversed() {
      let words = line.split(separator: " ")
      if words.count > 1, words[1] == word, let number = Int64(words[0]) { return number }
    }
    return nil
  }

  @Test func playsTheWholeStoryAndCountsWhatIsInTheDatabase() throws {
    let home = try Home()
    let result = try home.run(
      "demo", "--once", "--speed", "100000", "--data-dir", "\(home.folder)/data")
    #expect(result.status == 0, "\(result.output)\n\(result.complaints)")
    for (word, statement) in [
      ("chats", "SELECT COUNT(*) FROM chats"),
      ("messages", "SELECT COUNT(*) FROM messages"),
      ("answers", "SELECT COUNT(*) FROM messages WHERE direction = 'outbound'"),
      ("events", "SELECT COUNT(*) FROM events"),
      ("receipts", "SELECT COUNT(*) FROM receipts"),
      ("duplicate", "SELECT COUNT(*) FROM receipts WHERE state = 'duplicate'"),
      ("quarantined", "SELECT COUNT(*) FROM receipts WHERE state = 'quarantined'"),
      ("unreadable", "SELECT COUNT(*) FROM receipts WHERE state = 'unreadable'"),
      ("unrecognised", "SELECT COUNT(*) FROM receipts WHERE state = 'unrecognised'"),
    ] {
      #expect(try printed(word, result.output) == home.count(statement), "\(word)")
    }
    // All of it in one folder again: known as what it is, and nothing is sent twice.
    let sends = try home.count("SELECT COUNT(*) FROM attempts WHERE outcome = 'accepted'")
    #expect(sends > 10)
    let again = try home.run(
      "demo", "--once", "--speed", "100000", "--data-dir", "\(home.folder)/data")
    #expect(again.status == 0, "\(again.output)\n\(again.complaints)")
    #expect(
      try home.count("SELECT COUNT(*) FROM attempts WHERE outcome = 'accepted'") == sends)
  }

  @Test func countsWhatTheStoryTells() throws {
    let accounts = DemoAccounts(seed: 7)
    let story = DemoConversation(
      seed: 7, twilio: accounts.twilio("http://127.0.0.1/a"),
      telegram: accounts.telegram("http://127.0.0.1/b"),
      startingAt: Instant(millisecondsSinceEpoch: 0)
    ).steps
    let result = try Program(["demo", "--once", "--speed", "100000", "--seed", "7"]).result()
    #expect(result.status == 0, "\(result.output)\n\(result.complaints)")
    let requests = story.compactMap { $0.webhook?.request }
    let repeats = requests.indices.count { requests[..<$0].contains(requests[$0]) }
    #expect(repeats > 0)
    // Beside the webhooks of the story there are the statuses of what was answered.
    #expect(try #require(printed("receipts", result.output)) > Int64(requests.count))
    #expect(printed("answers", result.output) == Int64(story.count { $0.answer != nil }))
    #expect(printed("duplicate", result.output) == Int64(repeats))
    #expect(
      printed("quarantined", result.output)
        == Int64(story.count { $0.webhook?.expectedStatus == 403 }))
    #expect(printed("surprises", result.output) == 0)
    for step in story { #expect(result.output.contains(step.narration)) }
  }

  @Test func keepsRunningUntilItIsStoppedAndItsLinesWork() throws {
    let program = try Program(["demo", "--speed", "100000", "--json"])
    let invitation: JSON = try program.outputLine { line in
      let json = try? JSON.parse(Array(line.utf8))
      return json?["key"] == nil ? nil : json
    }
    let url = try #require(invitation["url"]?.string)
    let key = try #require(invitation["key"]?.string)
    let authorization = "Bearer \(key)"
    let chats = try HTTPClient().send(
      HTTPRequest(
        method: "GET", target: "\(url)/v1/chats", headers: ["Authorization": authorization]))
    #expect(chats.status == 200)
    let sent = try HTTPClient().send(
      HTTPRequest(
        method: "POST", target: "\(url)/v1/messages",
        headers: ["Authorization": authorization, "Content-Type": "application/json"],
        body: try #require(invitation["send"]).serialized()))
    #expect(sent.status == 202, "\(String(decoding: sent.body, as: UTF8.self))")
    program.send(SIGINT)
    #expect(try program.result().status == 0)
  }
}
