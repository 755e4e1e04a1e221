import Testing

@testable import Gateway

/// Promise 8, its inbound half: who asked for silence has it until they say otherwise.
@Suite struct WishTests {
  /// Blocks (`kicked`) or unblocks (`member`) the bot.
  private static func change(_ status: String, at date: Int64) -> JSON {
    let bot: JSON = ["id": 1, "is_bot": true, "first_name": "b"]
    return [
      "chat": ["id": 42, "type": "private", "first_name": "P"],
      "from": ["id": 42, "is_bot": false, "first_name": "P"], "date": .integer(date),
      "old_chat_member": ["status": "left", "user": bot],
      "new_chat_member": ["status": .string(status), "user": bot],
    ]
  }

  private static func optedOut(_ test: TestIngest) throws -> [String] {
    try test.update(99, "message", TestIngest.text("hi", from: 42, message: 1))
    let client = try #require(try test.chats().first?.clientID)
    let contacts = try test.store.database.read { [acme = test.acme] in
      try $0.contacts(of: client, tenant: acme.id)
    }
    return contacts.flatMap(\.optedOut)
  }

  @Test(arguments: [
    (["kicked", "member", "kicked"], ["telegram"]), (["member", "kicked", "member"], []),
    (["kicked", "kicked", "member"], []), (["kicked", "member"], []),
  ])
  func theLatestWishIsInForceInWhateverOrderWishesCome(
    _ wishes: [String], _ expected: [String]
  ) throws {
    for order in permutations(Array(wishes.indices)) {
      let test = try TestIngest()
      for index in order {
        try test.update(
          Int64(index + 1), "my_chat_member",
          Self.change(wishes[index], at: 1_791_210_000 + Int64(index)))
      }
      #expect(try Self.optedOut(test) == expected, "order \(order)")
    }
  }

  @Test func aWishIsToldOnlyWhenItChangesWhatIsInForce() throws {
    let test = try TestIngest()
    try test.update(3, "my_chat_member", Self.change("kicked", at: 1_791_210_003))
    try test.update(2, "my_chat_member", Self.change("member", at: 1_791_210_002))
    try test.update(4, "my_chat_member", Self.change("kicked", at: 1_791_210_004))
    try test.update(5, "my_chat_member", Self.change("member", at: 1_791_210_005))
    let told = try test.events().map(\.type).filter { $0.hasPrefix("contact.opted") }
    #expect(told == ["contact.opted_out", "contact.opted_in"])
    let late = try #require(try test.receipts().dropFirst(2).first)
    #expect(String(decoding: late.items, as: UTF8.self).contains("a later wish is in force"))
  }
}
