import Simulator
import Testing

@testable import Gateway

@Suite struct ProviderLedgerTests {
  @Test func acceptedMessagesAreInOrderByRecipient() throws {
    let rig = try ProviderRig()
    for number in 1...5 {
      try rig.sms("\(number)")
      try rig.bot("sendMessage", ["chat_id": 5, "text": .string("t\(number)")])
    }
    #expect(rig.ledger.accepted(to: "+15035550142").map(\.text) == ["1", "2", "3", "4", "5"])
    #expect(rig.ledger.accepted(to: "5").map(\.text) == ["t1", "t2", "t3", "t4", "t5"])
    #expect(rig.ledger.recipients == ["+15035550142", "5"])
    #expect(rig.ledger.duplicates.isEmpty)
  }

  @Test func aMessageAcceptedTwiceIsFound() throws {
    var script = ProviderScript()
    script.steps = [ProviderScript.Step(from: 1, fault: .cutAfter)]
    let rig = try ProviderRig(script)
    let callback = "http://127.0.0.1:9/status?m=msg_1"
    _ = try? rig.sms("hello", callback: callback)
    try rig.sms("hello", callback: callback)
    try rig.sms("hello", callback: "http://127.0.0.1:9/status?m=msg_2")
    #expect(rig.ledger.duplicates.map(\.ourID) == ["msg_1"])
    #expect(rig.ledger.duplicates.map(\.number) == [2])
    #expect(rig.ledger.counts.duplicates == 1 && rig.ledger.counts.accepted == 3)
  }

  @Test func countsAloneRememberNothingElse() throws {
    let rig = try ProviderRig(ledger: .counts)
    try rig.sms("one")
    try rig.sms("one", to: "+150055521610")
    try rig.bot("getMe")
    #expect(rig.ledger.entries.isEmpty && rig.ledger.accepted(to: "+15035550142").isEmpty)
    let counts = rig.ledger.counts
    #expect([counts.requests, counts.accepted, counts.refused] == [3, 1, 1])
    rig.ledger.clear()
    #expect(rig.ledger.counts.requests == 0 && rig.ledger.counts.accepted == 0)
  }

  @Test func everyRequestIsAnsweredWhenManyComeAtOnce() throws {
    let rig = try ProviderRig()
    let url = rig.server.url
    let threads = (0..<8).map { thread in
      WorkerThread(name: "client") {
        for number in 0..<50 {
          let query = "chat_id=\(thread + 1)&text=\(number)"
          _ = try? HTTPClient().send(
            HTTPRequest(
              method: "POST", target: "\(url)/bot\(ProviderRig.token)/sendMessage?\(query)"))
        }
      }
    }
    for thread in threads { thread.join() }
    for chat in 1...8 {
      #expect(rig.ledger.accepted(to: "\(chat)").map(\.text) == (0..<50).map { "\($0)" })
    }
    #expect(Set(rig.ledger.entries.map(\.number)).count == 400)
  }
}
