import Testing

@testable import Gateway

/// Wishes about advertisements beside wishes about everything.
@Suite struct PurposeWishTests {
  private struct Wish: Hashable {
    let choice: PreferenceReport.Choice
    var purpose: MessagePurpose?
    let second: Int64

    static func out(_ second: Int64, _ purpose: MessagePurpose? = nil) -> Wish {
      Wish(choice: .optedOut, purpose: purpose, second: second)
    }
    static func `in`(_ second: Int64, _ purpose: MessagePurpose? = nil) -> Wish {
      Wish(choice: .optedIn, purpose: purpose, second: second)
    }
  }

  private static let address = Address.whatsapp("DE.1")

  private static func express(_ wish: Wish, _ test: ScriptedIngest, _ channel: Channel) throws {
    var report = PreferenceReport(
      person: Person(addresses: [address]), transport: .whatsapp, choice: wish.choice,
      source: "provider")
    report.purpose = wish.purpose
    try test.tell(
      "wish:\(wish.choice):\(wish.second)", .preference(report), on: channel,
      at: Instant(millisecondsSinceEpoch: 1_790_000_000_000 + wish.second * 1000))
  }

  /// What is blocked: service, marketing; and what the contact shows.
  private static func blocked(_ test: ScriptedIngest) throws -> [Bool] {
    let known = try #require(try test.known(address))
    let contacts = try test.store.database.read { [tenant = test.tenant] in
      try $0.contacts(of: known.clientID, tenant: tenant.id)
    }
    let contact = try #require(contacts.first)
    let found = try test.store.database.read { connection in
      try MessagePurpose.allCases.map {
        try connection.isOptedOut(contact.id, transport: .whatsapp, purpose: $0)
      }
    }
    #expect(contact.optedOut.isEmpty != found[0])
    #expect(contact.optedOutMarketing.isEmpty || found[1])
    let last = try test.store.database.read {
      try $0.optOut(of: contact.id, transport: .whatsapp, purpose: .marketing)
    }
    #expect(last?.isSilence == found[1])
    return found
  }

  private static let stories: [([Wish], [Bool])] = [
    ([.out(1, .marketing)], [false, true]),
    ([.out(1)], [true, true]),
    ([.out(1, .marketing), .in(2, .marketing)], [false, false]),
    // A wish to be written to again lifts all that is older.
    ([.out(1, .marketing), .in(2)], [false, false]),
    ([.in(1), .out(2, .marketing)], [false, true]),
    ([.out(1), .in(2), .out(3, .marketing)], [false, true]),
    // Wanting advertisements again does not lift the silence about everything.
    ([.out(1), .in(2, .marketing)], [true, true]),
    ([.out(1, .marketing), .out(2), .in(3)], [false, false]),
    ([.out(1), .out(2, .marketing), .in(3, .marketing), .in(4)], [false, false]),
  ]

  @Test(arguments: 0..<9) func theLatestWishesAreInForceInWhateverOrderTheyCome(
    _ story: Int
  ) throws {
    let (wishes, expected) = Self.stories[story]
    for order in permutations(wishes) {
      let test = try ScriptedIngest()
      let channel = try test.channel("number")
      for wish in order { try Self.express(wish, test, channel) }
      #expect(try Self.blocked(test) == expected, "\(order)")
    }
  }

  @Test func aWishAboutAdvertisementsIsToldAsThat() throws {
    let test = try ScriptedIngest()
    let channel = try test.channel("number")
    for wish: Wish in [
      .out(1, .marketing), .out(2, .marketing), .out(3), .in(4), .in(5, .marketing),
      .out(6, .marketing), .in(7),
    ] {
      try Self.express(wish, test, channel)
    }
    let told = try test.events().filter { $0.type.hasPrefix("contact.opted") }
    #expect(
      try told.map { "\($0.type) \(try JSON.parse($0.data)["purpose"]?.string ?? "")" } == [
        "contact.opted_out marketing", "contact.opted_out ", "contact.opted_in ",
        "contact.opted_out marketing", "contact.opted_in ",
      ])
  }

  @Test func onlyWaitingAdvertisementsAreTakenBack() throws {
    let outbound = try TestOutbound()
    let somebody = try outbound.somebody()
    let service = try outbound.send("your code", to: somebody)
    let campaign = try outbound.send("buy now", to: somebody)
    let tenant = outbound.test.acme.id
    let canceled = try outbound.store.database.write { transaction in
      _ = try transaction.connection.execute(
        SQL("UPDATE deliveries SET purpose = 'marketing' WHERE id = $1"),
        SQLValue(campaign.delivery))
      _ = try transaction.setPreference(
        contact: somebody.contactID, transport: .sms, .optedOut, purpose: .marketing,
        source: "provider", at: transaction.now, receipt: nil)
      return try transaction.cancelWaiting(
        for: somebody.address, transport: .sms, purpose: .marketing, tenant: tenant,
        error: Recorder.optedOut, note: "a test", receipt: nil)
    }
    #expect(canceled == 1)
    #expect(try outbound.delivery(campaign.delivery).state == .canceled)
    #expect(try outbound.delivery(service.delivery).state == .queued)
    let due = try outbound.store.database.read {
      (try $0.due(service.delivery)?.isOptedOut, try $0.due(campaign.delivery)?.isOptedOut)
    }
    #expect(due.0 == false)
    #expect(due.1 == true)
  }
}
