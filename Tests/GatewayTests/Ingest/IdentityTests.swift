import Testing

@testable import Gateway

/// Who is who, when numbers, ids and both change. One person stays one; two never become one.
@Suite struct IdentityTests {
  private static let number = "+4915112345678"
  private static let id = "DE.11815799212886844830"

  private final class Rig {
    let test: ScriptedIngest
    let channel: Channel
    private var count = 0

    init() throws {
      test = try ScriptedIngest()
      channel = try test.channel("number", accounts: ["100"])
    }

    /// Lets somebody write, and says who that was.
    @discardableResult
    func write(_ addresses: [Address], name: String? = nil) throws -> ID<Client> {
      count += 1
      try test.tell(
        "message:m\(count)", .message(.text("m\(count)", from: addresses, name: name)),
        on: channel)
      return try #require(try test.known(addresses[0])).clientID
    }

    func change(_ old: Address, to new: Address) throws -> WebhookOutcome {
      count += 1
      test.store.clock.advance(milliseconds: 1000)
      return try test.tell(
        "identity:\(count)", .identity(.address(from: old, to: new)), on: channel)
    }

    func history(of client: ID<Client>) throws -> [PastAddress] {
      try test.store.database.read { [tenant = test.tenant] in
        try $0.contactHistory(of: client, tenant: tenant.id)
      }
    }

    func contacts(of client: ID<Client>) throws -> [Contact] {
      try test.store.database.read { [tenant = test.tenant] in
        try $0.contacts(of: client, tenant: tenant.id)
      }
    }
  }

  @Test func onePersonByNumberThenByIdThenWithAnotherNumberAndAnotherId() throws {
    let rig = try Rig()
    let client = try rig.write(Address.person(Self.number))
    #expect(try rig.write(Address.person(Self.number, Self.id)) == client)
    #expect(try rig.write([.whatsapp(Self.id)]) == client)
    let next = "+4917098765432"
    #expect(
      try rig.change(.whatsapp(Self.number), to: .whatsapp(next)) == .stored(.processed))
    #expect(try rig.write(Address.person(next)) == client)
    #expect(
      try rig.change(.whatsapp(Self.id), to: .whatsapp("DE.22")) == .stored(.processed))
    #expect(try rig.write([.whatsapp("DE.22")]) == client)
    #expect(try rig.test.chats().count == 1)
    #expect(try rig.test.events("client.created").count == 1)

    let past = try rig.history(of: client)
    #expect(
      past.map { "\($0.address.type.rawValue):\($0.address.value)" } == [
        "phone:\(Self.number)", "whatsapp:\(Self.number)", "whatsapp:\(Self.id)",
      ])
    #expect(try rig.test.events("contact.changed").count == 3)
    #expect(past.allSatisfy { $0.receiptID != nil && $0.endedAt >= $0.firstSeenAt })
    let contacts = try rig.contacts(of: client)
    #expect(
      Set(contacts.map { "\($0.address.type.rawValue):\($0.address.value)" }) == [
        "whatsapp:\(next)", "phone:\(next)", "whatsapp:DE.22",
      ])
    // Each claim is the history of the contact that goes on.
    for claim in past {
      let contact = try #require(contacts.first { $0.id == claim.contactID })
      #expect(contact.address.type == claim.address.type)
    }
    let told = try rig.test.told("contact.changed")
    #expect(told.first?["from"]?["value"]?.string == Self.number)
    #expect(told.first?["to"]?["value"]?.string == next)
  }

  @Test func aNumberThatWasGivenUpIdentifiesNobody() throws {
    let rig = try Rig()
    let first = try rig.write(Address.person(Self.number))
    _ = try rig.change(.whatsapp(Self.number), to: .whatsapp("+4917098765432"))
    #expect(try rig.write(Address.person(Self.number)) != first)
    #expect(try rig.test.chats().count == 2)
    #expect(try rig.history(of: first).count == 2)
  }

  @Test func aNumberThatWasGivenUpIsHistoryThoughTheNewOneWasSeenBefore() throws {
    let rig = try Rig()
    let client = try rig.write(Address.person(Self.number, Self.id))
    let next = "+4917098765432"
    #expect(try rig.write(Address.person(next, Self.id)) == client)
    _ = try rig.change(.whatsapp(Self.number), to: .whatsapp(next))
    let contacts = try rig.contacts(of: client)
    #expect(Set(contacts.map(\.address.value)) == [next, Self.id])
    #expect(try rig.history(of: client).map(\.address.value) == [Self.number, Self.number])
    #expect(try rig.write(Address.person(Self.number, "DE.33")) != client)
  }

  @Test func aNumberThatChangedHandsMakesNobodyAnother() throws {
    let rig = try Rig()
    let first = try rig.write(Address.person(Self.number, Self.id))
    let second = try rig.write(Address.person(Self.number, "DE.99"))
    #expect(first != second)
    #expect(try rig.test.note()?.contains("another account") == true)
    #expect(try rig.test.known(.whatsapp(Self.number))?.clientID == first)
    #expect(try rig.write([.whatsapp("DE.99")]) == second)
    #expect(try rig.write([.whatsapp(Self.id)]) == first)
    #expect(try rig.test.chats().count == 2)
  }

  @Test func whoHasTheNewAddressKeepsIt() throws {
    let rig = try Rig()
    let first = try rig.write(Address.person(Self.number))
    let second = try rig.write(Address.person("+4917098765432"))
    _ = try rig.change(.whatsapp(Self.number), to: .whatsapp("+4917098765432"))
    #expect(try rig.test.note()?.contains("belongs to \(second) already") == true)
    #expect(try rig.write(Address.person(Self.number)) == first)
    #expect(try rig.history(of: first).isEmpty)
    #expect(
      try rig.change(.whatsapp("+33600000000"), to: .whatsapp("+33611111111"))
        == .stored(.ignored))
  }

  @Test func aWishHoldsForTheNewNumberToo() throws {
    let rig = try Rig()
    let client = try rig.write(Address.person(Self.number, Self.id))
    let next = "+4917098765432"
    try rig.write(Address.person(next, Self.id))
    try rig.test.tell(
      "stop",
      .preference(
        PreferenceReport(
          person: Person(addresses: [.whatsapp(Self.number)]), transport: .whatsapp,
          choice: .optedOut, source: "keyword")), on: rig.channel)
    _ = try rig.change(.whatsapp(Self.number), to: .whatsapp(next))
    let contact = try rig.contacts(of: client).first { $0.address == .whatsapp(next) }
    #expect(contact?.optedOut == ["whatsapp"])
  }

  @Test(arguments: [
    ("+5511987654321", "+551187654321"), ("+525512345678", "+5215512345678"),
    ("+5491123456789", "+541123456789"),
  ])
  func bothNumbersOfALineAreOnePerson(_ dialled: String, _ shown: String) throws {
    for (first, second) in [(dialled, shown), (shown, dialled)] {
      let rig = try Rig()
      let client = try rig.write(Address.person(first))
      #expect(try rig.write(Address.person(second)) == client)
      #expect(
        Set(try rig.contacts(of: client).map(\.address.value)) == [first, second])
      #expect(try rig.test.chats().count == 1)
      // And who gives the one up, gives the line up.
      _ = try rig.change(.whatsapp(second), to: .whatsapp("+4917098765432"))
      #expect(try rig.write(Address.person(first)) != client)
    }
  }

  @Test func aSendProvesAddressesUnlessTheyAreAnothers() throws {
    let rig = try Rig()
    let client = try rig.write(Address.person("+551187654321"))
    let other = try rig.write(Address.person("+4917098765432", "DE.1"))
    let contact = try #require(try rig.test.known(.whatsapp("+551187654321"))).contactID
    let channel = rig.channel
    let learn: ([Address]) throws -> String? = { addresses in
      try rig.test.store.database.write { transaction in
        var recorder = Recorder(transaction, channel, receipt: nil)
        try recorder.learn(addresses, of: contact, transport: .whatsapp)
        return recorder.note
      }
    }
    #expect(try learn([.whatsapp("+5511987654321"), .whatsapp("BR.7")]) == nil)
    #expect(try learn([.whatsapp("BR.7")]) == nil)
    #expect(try rig.write([.whatsapp("BR.7")]) == client)
    #expect(try learn([.whatsapp("DE.1")])?.contains("belongs to \(other)") == true)
    // Another account behind the same number: it has changed hands.
    #expect(try learn([.whatsapp("BR.8")])?.contains("another account") == true)
    #expect(try rig.write([.whatsapp("BR.8")]) != client)
  }
}
