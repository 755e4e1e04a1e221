import Testing

@testable import Gateway

/// People on WhatsApp by number, by business-scoped id, and by what those change to.
@Suite struct WhatsAppPersonTests {
  private static let userID = "BR.1029384756610293847566"
  private static let newUserID = "BR.5566778899001122"

  private func contacts(_ rig: WhatsAppRig) throws -> [Contact] {
    let chats = try rig.test.chats()
    let client = try #require(chats.first?.clientID)
    return try rig.test.store.database.read { [acme = rig.test.acme] in
      try $0.contacts(of: client, tenant: acme.id)
    }
  }

  @Test func byNumberThenByIDThenByAChangedIDTheyAreOneClient() throws {
    let rig = try WhatsAppRig()
    try rig.write("wamid.1", phone: "5511987654321")
    try rig.write("wamid.2", phone: "5511987654321", userID: Self.userID)
    try rig.write("wamid.3", userID: Self.userID)
    let change: JSON = [
      "id": "wamid.4", "from": "5511987654321", "from_user_id": .string(Self.userID),
      "timestamp": rig.timestamp, "type": "system",
      "system": [
        "body": "User Rafaela changed from 5511987654321 to 5521999990000",
        "wa_id": "5521999990000", "user_id": .string(Self.newUserID),
        "type": "user_changed_number",
      ],
    ]
    #expect(try rig.post([["messages": [change]]]) == .stored(.processed))
    try rig.write("wamid.5", userID: Self.newUserID)
    try rig.write("wamid.6", phone: "5521999990000")

    let chats = try rig.test.chats()
    #expect(chats.count == 1)
    let contacts = try contacts(rig)
    #expect(
      Set(contacts.map { "\($0.address.type.rawValue):\($0.address.value)" }) == [
        "whatsapp:\(Self.newUserID)", "whatsapp:+5521999990000", "phone:+5521999990000",
      ])
    // The claims they had before are kept, with the time they ended and what ended them.
    let client = try #require(chats.first?.clientID)
    let history = try rig.test.store.database.read { [acme = rig.test.acme] in
      try $0.contactHistory(of: client, tenant: acme.id)
    }
    #expect(Set(history.map(\.address.value)) == ["+5511987654321", Self.userID])
    #expect(history.allSatisfy { $0.receiptID != nil })
  }

  @Test func whoeverGetsANumberThatWasGivenUpIsSomebodyElse() throws {
    let rig = try WhatsAppRig()
    try rig.write("wamid.1", phone: "5511987654321", userID: Self.userID)
    let change: JSON = [
      "id": "wamid.2", "from": "5511987654321", "from_user_id": .string(Self.userID),
      "timestamp": rig.timestamp, "type": "system",
      "system": [
        "wa_id": "5521999990000", "user_id": .string(Self.newUserID),
        "type": "user_changed_number",
      ],
    ]
    try rig.post([["messages": [change]]])
    try rig.write("wamid.3", phone: "5511987654321", userID: "BR.7777777777", name: "Bruno")
    #expect(try rig.test.chats().count == 2)
  }

  @Test func twoPeopleWhoShowOneNumberStayTwo() throws {
    let rig = try WhatsAppRig()
    try rig.write("wamid.1", userID: Self.userID)
    try rig.write("wamid.2", phone: "5511987654321", name: "Bruno")
    // One post shows the id of the one beside the number of the other.
    try rig.write("wamid.3", phone: "5511987654321", userID: Self.userID)
    #expect(try rig.test.chats().count == 2)
  }
}
