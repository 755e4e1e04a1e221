import Gateway
import Simulator
import Testing

/// Whatever a provider or a client says, the daemon makes an outcome or a refusal of it.
@Suite(.ownThread) struct BadAnswerTests {
  @Test func anAnswerThatIsNoneIsAnOutcomeAndTheMessageArrivesOnce() throws {
    let faults: [ProviderFault] = [.html, .cut, .halfBody, .hugeBody]
    var script = ProviderScript()
    script.hugeBodyBytes = 10 << 20
    // No report helps: what became of it has to be found out.
    script.statuses.lostRate = 1
    script.steps = faults.enumerated().map { index, fault in
      ProviderScript.Step(recipient: "+1503555014\(index)", from: 1, fault: fault)
    }
    let rig = try OutboundHome(script)
    let channel = try rig.twilio(policy: ["timeout_ms": 5000])
    let ids = try rig.enqueue(
      faults.indices.map {
        OutboundHome.message("message \($0)", to: "+1503555014\($0)", on: channel)
      })
    try rig.settle()
    for (index, id) in ids.enumerated() {
      let what = "\(faults[index])"
      #expect(rig.numbers(to: "+1503555014\(index)") == [index], "\(what)")
      #expect(try rig.status(id) == "sent", "\(what)")
      let story = try rig.explain(id)
      #expect(story.contains("nobody knows whether twilio took it"), "\(what): \(story)")
      #expect(story.contains("the doubt was settled by evidence"), "\(what): \(story)")
    }
    #expect(rig.provider.ledger.duplicates == [])
    try rig.daemon.stop()
  }

  @Test func aRedirectIsNotFollowedAndClosesTheChannelUntilSomebodyMendsIt() throws {
    var script = ProviderScript()
    script.steps = [ProviderScript.Step(from: 1, fault: .redirect)]
    let rig = try OutboundHome(script)
    let channel = try rig.twilio()
    let id = try rig.enqueue("hello", to: "+15035550142", on: channel)
    try rig.expect("the channel is closed") {
      try rig.home.count("SELECT COUNT(*) FROM events WHERE type = 'channel.broken'") == 1
    }
    #expect(try rig.status(id) == "queued")
    #expect(try rig.explain(id).contains("check api_base_url"))
    try rig.daemon.call("PATCH", "/v1/channels/\(channel)", ["name": "mended"])
    try rig.expect("it arrives") { try rig.status(id) == "delivered" }
    #expect(
      try rig.home.count("SELECT COUNT(*) FROM events WHERE type = 'channel.recovered'") == 1)
    #expect(rig.provider.ledger.counts.accepted == 1)
    try rig.daemon.stop()
  }

  @Test func aChannelPausedWhileAMessageIsUnderWaySendsNoMoreUntilItIsResumed() throws {
    var script = ProviderScript()
    script.steps = [ProviderScript.Step(from: 1, fault: .timeoutAfter)]
    script.statuses.lostRate = 1
    let rig = try OutboundHome(script)
    let channel = try rig.twilio()
    let ids = try rig.enqueue(
      (1...3).map { OutboundHome.message("message \($0)", to: "+15035550142", on: channel) })
    try rig.expect("the first is under way") { rig.provider.ledger.counts.requests == 1 }
    try rig.daemon.call("POST", "/v1/channels/\(channel)/pause")
    try rig.expect("its outcome is known to be unknown") {
      try rig.home.count("SELECT COUNT(*) FROM attempts WHERE outcome = 'ambiguous'") == 1
    }
    for id in ids {
      let story = try rig.explain(id)
      #expect(story.contains("is paused"), "\(story)")
    }
    #expect(rig.provider.ledger.counts.requests == 1)
    try rig.daemon.call("POST", "/v1/channels/\(channel)/resume")
    try rig.settle()
    #expect(rig.numbers(to: "+15035550142") == [1, 2, 3])
    #expect(try Set(ids.map(rig.status)) == ["sent"])
    try rig.daemon.stop()
  }

  @Test func aRequestThatCannotBeUsedIsRefusedWithItsField() throws {
    let rig = try OutboundHome()
    let channel = try rig.twilio()
    let to: JSON = ["address": "+15035550142", "transport": "sms"]
    let refusals: [(field: String, body: JSON)] = [
      ("to", ["text": "x"]), ("text", ["to": to]),
      ("text", ["to": to, "text": .string(String(repeating: "x", count: 40_000))]),
      ("to.address", ["to": ["address": "nobody", "transport": "sms"], "text": "x"]),
      ("to.chat_id", ["to": ["chat_id": "cht_00000000000000000000000000"], "text": "x"]),
      (
        "channel_id",
        ["to": to, "text": "x", "channel_id": "chn_00000000000000000000000000"]
      ),
      ("to.transport", ["to": ["address": "a@example.com", "transport": "email"], "text": "x"]),
      ("attachments[0]", ["to": to, "attachments": [["url": "http://a.b", "file_id": "fil_x"]]]),
      ("expires_at", ["to": to, "text": "x", "expires_at": "2020-01-01T00:00:00Z"]),
      ("priority", ["to": to, "text": "x", "priority": "urgent"]),
      ("txt", ["to": to, "txt": "x"]),
    ]
    for (field, body) in refusals {
      let answer = try rig.daemon.answer("POST", "/v1/messages", body)
      #expect(answer.status == 422, "\(field)")
      #expect(answer.headers["content-type"] == "application/problem+json", "\(field)")
      let errors = try JSON.parse(answer.body)["errors"]?.array ?? []
      #expect(errors.map { $0["field"]?.string } == [field])
    }
    let policy: JSON = ["policy": ["timeout_ms": 1]]
    let refused = try rig.daemon.answer("PATCH", "/v1/channels/\(channel)", policy)
    #expect(refused.status == 422)
    #expect(
      try JSON.parse(refused.body)["errors"]?.array?.first?["field"]?.string == "policy.timeout_ms")
    #expect(try rig.home.count("SELECT COUNT(*) FROM messages") == 0)
    #expect(rig.provider.ledger.counts.requests == 0)
    try rig.daemon.stop()
  }
}
