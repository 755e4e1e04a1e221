import Testing

@testable import Gateway

/// What was said is kept where an echo may have to be known by it.
@Suite struct KeptWordsTests {
  @Test func theOnlyPartIsKeptAsItGoesWhereSendsAreEchoed() throws {
    let rig = try IntakeRig()
    let stored = rig.channel(.instagram)
    let live = LiveChannel(
      stored, provider: try MetaMessagingFixtures.instagram(),
      defaultPublicURL: TestIngest.publicURL, metrics: rig.test.metrics)
    rig.test.directory.enter(live)
    let person = Address(type: .instagram, value: MetaMessagingFixtures.user)
    try rig.write(person, on: stored, .instagram)
    let body: JSON = [
      "to": ["address": .string(person.value), "transport": "instagram"], "text": "Hi",
      "location": ["latitude": 59, "longitude": 18, "name": "Shop"],
    ]
    let sent = try rig.accept(body)
    #expect(sent.delivery.partCount == 1)
    let sending = try #require(live.sending)
    let leased = try rig.test.store.database.write { [directory = rig.test.directory] transaction in
      var turn = SendTurn(
        transaction, live, sending, files: NoFiles(), directory: directory,
        pacing: Pacing(startedAt: Instant(millisecondsSinceEpoch: 0)))
      return try turn.run(
        DispatchBoard.Order(channel: live.channel.id, most: 1, normalMost: 1, highFirst: 0)
      ).leased
    }
    #expect(leased.count == 1)
    let kept = try rig.test.store.database.read { try $0.parts(of: sent.delivery.id).map(\.part) }
    #expect(kept == leased.map(\.part))
    // The place is a part of the text there, and none of the message's.
    let said = try #require(kept.first?.payload["message"]?["text"]?.string)
    #expect(said.contains("Shop") && said != sent.message.text)
    // So its echo is of it.
    var echo = InboundMessage.echo("mid.1", to: [person], said)
    echo.transport = .instagram
    let item = Item(key: "message:mid.1", fact: .message(echo))
    try rig.test.store.database.write { [directory = rig.test.directory] transaction in
      var ingestion = Ingestion(
        transaction, live, directory, transaction.ids.next(), transaction.now)
      try ingestion.process([item])
      let known = try transaction.connection.message(provider: "mid.1", channel: stored.id)
      #expect(known == sent.message.id)
    }
  }
}
