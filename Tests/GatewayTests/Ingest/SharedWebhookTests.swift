import Testing

@testable import Gateway

/// One address for several providers and accounts, and what of a post cannot be stored.
@Suite struct SharedWebhookTests {
  private static func hello(_ id: String, from number: String = "+4915112345678") -> Fact {
    .message(.text(id, from: Address.person(number)))
  }

  @Test func aPostIsReadByAChannelOfTheProviderItIsForAndGoesToTheAccountItNames() throws {
    let test = try ScriptedIngest()
    let whatsApp = try test.channel("number", accounts: ["100"])
    let first = try test.channel("page one", provider: "messenger", accounts: ["200"])
    let second = try test.channel("page two", provider: "messenger", accounts: ["300"])
    let item = Item(key: "message:m1", account: "300", fact: Self.hello("m1"))
    #expect(try test.tell([item], on: whatsApp, reader: "messenger") == .stored(.processed))
    let chat = try #require(try test.chats().first)
    #expect(try test.messages(of: chat.id).map(\.channelID) == [second.id])
    #expect(try test.receipt().channelID == whatsApp.id)
    // The same on the channel's own address is the same thing.
    #expect(try test.tell([item], on: first) == .stored(.duplicate))
    // What signs is the channel that was called.
    #expect(
      try test.tell([item], on: whatsApp, reader: "messenger", forged: true)
        == .stored(.quarantined))
  }

  @Test func aPostNobodyCanReadIsKeptAndReadOnceSomebodyCan() throws {
    let test = try ScriptedIngest()
    let whatsApp = try test.channel("number", accounts: ["100"])
    try test.channel("off", provider: "instagram", accounts: ["400"], state: .disabled)
    let item = Item(key: "message:m1", account: "400", fact: Self.hello("m1"))
    #expect(try test.tell([item], on: whatsApp, reader: "instagram") == .stored(.unrouted))
    let receipt = try test.receipt()
    #expect(receipt.reason?.contains("another provider") == true)
    try test.channel("on", provider: "instagram", accounts: ["400"])
    let again = try test.ingest.reprocess(
      receipt.id, tenant: test.tenant.id, repairsText: false)
    #expect(again?.state == .processed)
    #expect(try test.chats().count == 1)
  }

  @Test func whatIsForNobodyIsCountedAndTheRestGoesOn() throws {
    let test = try ScriptedIngest()
    let channel = try test.channel("number", accounts: ["100"])
    let items = (0..<5).map {
      Item(
        key: "message:m\($0)", account: $0 == 2 ? "999" : "100",
        fact: Self.hello("m\($0)", from: "+491511234567\($0)"))
    }
    #expect(try test.tell(items, on: channel) == .stored(.processed))
    #expect(
      try test.outcomes() == ["stored", "stored", "unrouted", "stored", "stored"])
    #expect(try test.chats().count == 4)
    let line = test.metrics.text().split(separator: "\n").first {
      $0.hasPrefix("trunkline_unrouted_items_total{") && $0.contains(channel.id.description)
    }
    #expect(line?.hasSuffix(" 1") == true, "\(line ?? "")")
  }

  @Test func aThousandUpdatesMayTellMoreThanAThousandThings() throws {
    let test = try ScriptedIngest()
    let channel = try test.channel("number", accounts: ["100"])
    let items = (0..<3000).map { Item(key: "i:\($0)", account: "100", fact: .ignored(kind: "i")) }
    #expect(try test.tell(items, on: channel) == .stored(.ignored))
    let more = (0..<4001).map { Item(key: "i:\($0)", account: "100", fact: .ignored(kind: "i")) }
    #expect(try test.tell(more, on: channel) == .stored(.unreadable))
  }

  @Test func aPoisonAmongAThousandSpoilsNoOther() throws {
    let test = try ScriptedIngest()
    let channel = try test.channel("number", accounts: ["100"])
    let items = (0..<1000).map { index in
      // A message from a person without an address is what no provider may tell.
      Item(
        key: "message:m\(index)", account: "100",
        fact: index == 500
          ? .message(.text("m500", from: []))
          : Self.hello("m\(index)", from: "+49151\(1_000_000 + index)"))
    }
    #expect(try test.tell(items, on: channel) == .stored(.failed))
    let outcomes = try test.outcomes()
    #expect(outcomes.filter { $0 == "stored" }.count == 999)
    #expect(outcomes[500] == "failed")
    let receipt = try test.receipt()
    #expect(receipt.reason?.hasPrefix("1 of 1000 things") == true, "\(receipt.reason ?? "")")
    #expect(try test.events("message.received").count == 999)
    #expect(try test.chats().count == 999)
    // Reprocessing fails at the same thing and stores nothing twice.
    let again = try test.ingest.reprocess(
      receipt.id, tenant: test.tenant.id, repairsText: false)
    #expect(again?.state == .failed)
    #expect(try test.events("message.received").count == 999)
  }
}
