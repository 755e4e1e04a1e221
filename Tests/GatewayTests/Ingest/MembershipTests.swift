import Testing

@testable import Gateway

/// Who is in a group, whatever the order in which their coming and going is told.
@Suite struct MembershipTests {
  private static let room: JSON = ["id": -100, "title": "Room", "type": "supergroup"]

  /// Tells that a person came or left at a second.
  private static func tell(_ step: String, at second: Int64, _ test: TestIngest) throws {
    let user: JSON = ["id": 42, "is_bot": false, "first_name": "P42"]
    let date = 1_791_210_000 + second
    if step == "writes" {
      try test.update(
        second + 1, "message",
        TestIngest.text(
          "hi", from: 42, message: 300 + second, date: date, extra: ["chat": room]))
      return
    }
    let isIn = step == "joins"
    try test.update(
      second + 1, "chat_member",
      [
        "chat": room, "from": user, "date": .integer(date),
        "old_chat_member": ["status": isIn ? "left" : "member", "user": user],
        "new_chat_member": ["status": isIn ? "member" : "left", "user": user],
      ])
  }

  @Test(arguments: [
    (["joins", "leaves"], false), (["joins", "leaves", "joins"], true),
    (["leaves", "joins", "leaves"], false), (["writes", "leaves"], false),
    (["joins", "writes", "leaves"], false), (["leaves", "writes"], true),
    (["joins", "leaves", "joins", "leaves"], false),
  ])
  func isTheLastThatHappenedInWhateverOrderItIsTold(
    _ steps: [String], _ isMember: Bool
  ) throws {
    for order in permutations(Array(steps.indices)) {
      let test = try TestIngest()
      for index in order { try Self.tell(steps[index], at: Int64(index), test) }
      let chat = try #require(try test.chats().first)
      let members = try test.store.database.read { try $0.members(of: chat.id) }
      #expect(members.count == 1, "order \(order)")
      #expect(members.map { $0.leftAt == nil } == [isMember], "order \(order)")
      let told = try test.events().map(\.type).filter { $0.hasPrefix("member.") }
      #expect((told.last == "member.joined") == isMember, "order \(order)")
    }
  }
}
