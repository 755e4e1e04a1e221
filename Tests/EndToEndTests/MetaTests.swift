import Gateway
import Simulator
import Testing

/// Meta's three against the real binary: what comes, what goes, and what breaks in between.
@Suite(.ownThread) struct MetaTests {
  private static let rafaela = CloudUser(phone: "+5511987654321", name: "Rafaela N. 🌻")
  private static let noor = "6543210987654321"

  @Test func aThousandUpdatesInOnePostAreTakenInAndOnlyThePoisonIsLeft() throws {
    let rig = try OutboundHome()
    let channels = try rig.meta([.whatsApp, .whatsApp, .whatsApp])
    let first = try #require(channels.first)
    let client = HTTPClient(totalTimeoutMilliseconds: 60_000)
    let handshake = try client.send(first.meta.handshake(challenge: "1158201444"))
    #expect(handshake.status == 200 && handshake.body == Array("1158201444".utf8))
    let stranger = try client.send(first.meta.handshake(token: "guessed"))
    #expect(stranger.status == 403 && stranger.body != Array("1158201444".utf8))

    var simulators = channels.map(\.meta)
    // Nothing is to be fetched: the files of 250 messages are another test's.
    for index in simulators.indices { simulators[index].filesURL = nil }
    var batch = MetaBatch(simulators)
    batch.bytes = 3_000_000
    batch.poison = .misshapen
    let request = batch.request()
    #expect(request.body.count > 2_500_000)
    let start = monotonicNanoseconds()
    let response = try client.send(request)
    print(
      "1,000 updates, \(request.body.count) bytes:", (monotonicNanoseconds() - start) / 1_000_000,
      "ms")
    #expect(response.status == 200)

    let receipt = try #require(
      try rig.daemon.list("/v1/receipts").first {
        ($0["items"]?.array?.count ?? 0) > 1
      })
    let items = receipt["items"]?.array ?? []
    let outcomes = Dictionary(grouping: items) { $0["outcome"]?.string ?? "" }.mapValues(\.count)
    #expect(items.count == 1000)
    #expect(outcomes["unrecognised"] == 1, "\(outcomes)")
    #expect(outcomes["failed"] == nil && outcomes["unrouted"] == nil, "\(outcomes)")
    // Of eight updates one is a status of a message nobody knows; the poison was one of the rest.
    let messages = try rig.home.count("SELECT COUNT(*) FROM messages WHERE direction = 'inbound'")
    #expect(messages == 874)
    let numbers = "SELECT COUNT(DISTINCT channel_id) FROM messages"
    #expect(try rig.home.count(numbers) == 3)
    // The whole of it again is nothing new.
    #expect(try client.send(request).status == 200)
    #expect(
      try rig.home.count("SELECT COUNT(*) FROM messages WHERE direction = 'inbound'") == messages)
    try rig.daemon.stop()
  }

  @Test func statusesInAnyOrderEndAsReadAlsoAfterAFailure() throws {
    var script = ProviderScript()
    script.statuses.shuffledRate = 1
    script.statuses.duplicatedRate = 0.5
    script.meta.deliveredAfterFailedRate = 0.5
    let rig = try OutboundHome(script)
    var channel = try rig.meta(.whatsApp)
    try channel.post { $0.message(.text("Oi!"), from: Self.rafaela) }
    let chat = try rig.newestChat()
    let ids = try (1...8).map { try rig.answer("Sim, \($0)", in: chat) }
    try rig.settle()
    for id in ids {
      try rig.expect("read") { try rig.status(id) == "read" }
      let wamid = try rig.message(id)["provider_message_id"]?.string
      let entry = rig.provider.ledger.accepted(to: Self.rafaela.address)
        .first { $0.ourID == id || $0.ourID?.hasSuffix(id) == true }
      #expect(wamid?.hasPrefix("wamid.") == true && wamid == entry?.outcome.id)
    }
    #expect(rig.numbers(to: Self.rafaela.address) == Array(1...8))
    try rig.daemon.stop()
  }

  @Test func aSendWhoseAnswerWasLostIsSettledByItsFirstStatus() throws {
    var script = ProviderScript()
    script.steps = [ProviderScript.Step(recipient: "+5511987654321", from: 1, fault: .timeoutAfter)]
    // After the time-out: until then nobody knows.
    script.statuses.lateRate = 1
    script.statuses.lateMilliseconds = 3000
    let rig = try OutboundHome(script)
    var channel = try rig.meta(.whatsApp, policy: ["settle_seconds": 3600])
    try channel.post { $0.message(.text("Oi!"), from: Self.rafaela) }
    let id = try rig.answer("Sim, abrimos.", in: rig.newestChat())
    try rig.expect("the outcome is not known") {
      try rig.home.count("SELECT COUNT(*) FROM attempts WHERE outcome = 'ambiguous'") == 1
    }
    try rig.expect("read") { try rig.status(id) == "read" }
    let entries = rig.provider.ledger.accepted(to: Self.rafaela.address)
    #expect(entries.count == 1)
    #expect(try rig.message(id)["provider_message_id"]?.string == entries.first?.outcome.id)
    try rig.daemon.stop()
  }

  @Test func anEchoBeforeOrAfterTheAnswerIsTheMessageItIsOfAndReadMarksAllBefore() throws {
    var script = ProviderScript()
    script.statuses.readRate = 0
    // The first answer takes longer than its echo, the others do not.
    script.latency.milliseconds = 0...400
    script.statuses.delayMilliseconds = 1...300
    let rig = try OutboundHome(script)
    var channel = try rig.meta(.instagram)
    try channel.post {
      $0.message(.storyReply("love it", storyID: "17950000000000001"), from: Self.noor)
    }
    let chat = try rig.newestChat()
    let ids = try (1...6).map { try rig.answer("answer \($0)", in: chat) }
    try rig.settle()
    let sent = rig.provider.ledger.accepted(to: Self.noor)
    #expect(sent.map(\.text) == (1...6).map { "answer \($0)" })
    let outbound = "SELECT COUNT(*) FROM messages WHERE direction = 'outbound'"
    #expect(try rig.home.count(outbound) == 6)
    for id in ids { #expect(try rig.status(id) == "sent") }
    // What somebody writes in the app is a message too.
    try channel.post { $0.echo("From the telephone", to: Self.noor) }
    try rig.expect("seven") { try rig.home.count(outbound) == 7 }

    let fifth = try #require(sent.dropFirst(4).first?.outcome.id)
    try channel.post { $0.seen(fifth, by: Self.noor) }
    for id in ids.prefix(5) { try rig.expect("read") { try rig.status(id) == "read" } }
    #expect(try rig.status(try #require(ids.last)) == "sent")
    try rig.daemon.stop()
  }

  @Test func messengersWatermarksMarkEverythingBefore() throws {
    let rig = try OutboundHome()
    var channel = try rig.meta(.messenger)
    try channel.post { $0.message(.text("hello"), from: Self.noor) }
    let chat = try rig.newestChat()
    let ids = try (1...3).map { try rig.answer("answer \($0)", in: chat) }
    try rig.settle()
    for id in ids { try rig.expect("read") { try rig.status(id) == "read" } }
    #expect(try rig.home.count("SELECT COUNT(*) FROM messages WHERE direction = 'outbound'") == 3)
    try rig.daemon.stop()
  }

  @Test func filesAreFetchedByTheirIdsAlsoWhenTheirAddressIsOver() throws {
    let rig = try OutboundHome()
    var channel = try rig.meta(.whatsApp)
    // Without an address, with a good one, and with one that was over an hour ago.
    channel.meta.filesURL = nil
    try channel.post {
      $0.message(.media(.image, caption: "one", fileName: nil), from: Self.rafaela)
    }
    channel.meta.filesURL = rig.provider.url
    try channel.post {
      $0.message(.media(.voice, caption: nil, fileName: nil), from: Self.rafaela)
    }
    channel.meta.now = SystemClock().now().adding(milliseconds: -3_600_000)
    let late = channel.meta.message(
      .media(.document, caption: nil, fileName: "a.pdf"), from: Self.rafaela)
    #expect(try HTTPClient().send(channel.meta.post(late)).status == 200)
    let chat = try rig.newestChat()
    func files() throws -> [JSON] {
      try rig.daemon.list("/v1/chats/\(chat)/messages").flatMap { $0["attachments"]?.array ?? [] }
    }
    try rig.expect("all are stored") {
      try files().count { $0["state"]?.string == "stored" } == 3
    }
    let operations = rig.provider.ledger.entries.map(\.operation)
    #expect(operations.count { $0 == "media.describe" } >= 2)
    // Whoever asked for the bytes without the token was refused.
    #expect(rig.provider.ledger.counts.refused == 0)
    try rig.daemon.stop()
  }

  @Test func anExpiredTokenBreaksTheChannelUntilItHasANewOne() throws {
    let rig = try OutboundHome()
    var channel = try rig.meta(.whatsApp)
    try channel.post { $0.message(.text("Oi!"), from: Self.rafaela) }
    rig.provider.expireMetaToken(channel.meta.account.accessToken)
    let id = try rig.answer("Sim, abrimos.", in: rig.newestChat())
    try rig.expect("the channel is broken") { try rig.events("channel.broken") == 1 }
    #expect(try rig.status(id) == "queued")
    #expect(try rig.explain(id).contains("190"))

    channel.meta.account.accessToken = "EAAnew"
    rig.provider.setMeta([channel.meta.account])
    try rig.daemon.call(
      "PATCH", "/v1/channels/\(channel.id)", ["settings": ["access_token": "EAAnew"]])
    try rig.expect("it arrives") { try rig.status(id) == "read" }
    #expect(try rig.events("channel.recovered") == 1)
    #expect(rig.provider.ledger.counts.accepted == 1)
    try rig.daemon.stop()
  }
}
