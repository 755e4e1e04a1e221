import Testing

@testable import Gateway

/// Edits are versions beside the first text, and the last word is the last by the provider's clock.
@Suite struct EditTests {
  private static func edit(_ text: String, at second: Int64, extra: JSONObject = [:]) -> JSON {
    var extra = extra
    extra["edit_date"] = .integer(1_791_210_060 + second)
    return TestIngest.text(text, from: 42, message: 7, extra: extra)
  }

  /// The texts of the versions shown.
  private static func edits(_ test: TestIngest) throws -> [String] {
    let chat = try #require(try test.chats().first)
    let message = try #require(try test.messages(of: chat).first)
    let edits = try message.edits.map { try JSON.parse($0) }?.array ?? []
    return edits.compactMap { $0["content"]?["text"]?.string }
  }

  private static func told(_ test: TestIngest) throws -> [String] {
    try test.events().filter { $0.type == "message.edited" }.compactMap {
      try JSON.parse($0.data)["content"]?["text"]?.string
    }
  }

  @Test(arguments: [
    (["B", "A"], ["B", "A"]), (["B", "B", "C"], ["B", "C"]), (["B", "C", "B"], ["B", "C", "B"]),
    (["A", "A"], []), (["A", "B", "A", "A"], ["B", "A"]),
  ])
  func theLastVersionIsTheLastWordInWhateverOrderVersionsCome(
    _ texts: [String], _ shown: [String]
  ) throws {
    for order in permutations(Array(texts.indices)) {
      let test = try TestIngest()
      try test.update(1, "message", TestIngest.text("A", from: 42, message: 7))
      for index in order {
        try test.update(
          Int64(index + 2), "edited_message", Self.edit(texts[index], at: Int64(index)))
      }
      #expect(try Self.edits(test) == shown, "order \(order)")
      let told = try Self.told(test)
      #expect((told.last ?? "A") == (shown.last ?? "A"), "order \(order): \(told)")
    }
  }

  @Test func aVersionThatComesLateIsNotToldAsWhatTheMessageSaysNow() throws {
    let test = try TestIngest()
    try test.update(1, "message", TestIngest.text("A", from: 42, message: 7))
    try test.update(3, "edited_message", Self.edit("C", at: 2))
    try test.update(2, "edited_message", Self.edit("B", at: 1))
    #expect(try Self.told(test) == ["C"])
  }

  @Test func anEditNobodyCanSeeOfAnAnswerChangesNothing() throws {
    let test = try TestIngest()
    // The message it answers was before our time.
    let reply: JSONObject = [
      "reply_to_message": TestIngest.text("before", from: 42, message: 3)
    ]
    try test.update(1, "message", TestIngest.text("A", from: 42, message: 7, extra: reply))
    try test.update(2, "edited_message", Self.edit("A", at: 1, extra: reply))
    #expect(try Self.edits(test) == [])
    #expect(try Self.told(test) == [])
  }

  @Test func versionsHideWhereTheirFilesAreKept() throws {
    let test = try TestIngest()
    let photo: (String, JSONObject) throws -> JSON = { name, extra in
      var object = try #require(
        TestIngest.text("x", from: 42, message: 7, extra: extra).object)
      object["text"] = nil
      object["caption"] = "c"
      object["photo"] = [
        [
          "file_id": .string(name), "file_unique_id": .string("u\(name)"), "width": 1, "height": 1,
        ]
      ]
      return .object(object)
    }
    try test.update(1, "message", try photo("SECRETFILE1", [:]))
    try test.update(2, "edited_message", try photo("SECRETFILE2", ["edit_date": 1_791_210_050]))
    let chat = try #require(try test.chats().first)
    let message = try #require(try test.messages(of: chat).first)
    var writer = JSONWriter()
    message.write(into: &writer)
    let shown = try JSON.parse(writer.bytes)
    let files = shown["edits"]?.array?.first?["content"]?["attachments"]?.array
    #expect(files?.first?["provider_id"] == "uSECRETFILE2")
    #expect(files?.first?["source"] == nil)
    for event in try test.events() {
      #expect(!String(decoding: event.data, as: UTF8.self).contains("\"source\":\"SECRETFILE"))
    }
  }

  @Test func editsAreVersionsBesideTheFirstText() throws {
    let test = try TestIngest()
    try test.update(1, "message", TestIngest.text("at 5", from: 42, message: 41))
    for (id, text, date) in [(2, "at 6", 100), (3, "at 6", 100), (4, "at 7", 200)] {
      let edit = TestIngest.text(
        text, from: 42, message: 41, extra: ["edit_date": .integer(1_791_210_300 + Int64(date))])
      try test.update(Int64(id), "edited_message", edit)
    }
    let chat = try #require(try test.chats().first)
    let message = try #require(try test.messages(of: chat).first)
    #expect(message.text == "at 5")
    let edits = try JSON.parse(try #require(message.edits))
    #expect(edits.array?.map { $0["content"]?["text"]?.string } == ["at 6", "at 7"])
    #expect(try test.events().filter { $0.type == "message.edited" }.count == 2)
    #expect(chat.messageCount == 1)
  }

  @Test func anEditNobodyCanSeeChangesNothing() throws {
    let test = try TestIngest()
    try test.update(1, "message", TestIngest.text("same", from: 42, message: 41))
    let edit = TestIngest.text("same", from: 42, message: 41, extra: ["edit_date": 1_791_210_300])
    try test.update(2, "edited_message", edit)
    #expect(try test.events().filter { $0.type == "message.edited" }.isEmpty)
  }

  @Test func anEditBeforeItsMessageWaitsForIt() throws {
    let test = try TestIngest()
    let edit = TestIngest.text("at 6", from: 42, message: 41, extra: ["edit_date": 1_791_210_300])
    #expect(try test.update(2, "edited_message", edit) == .stored(.processed))
    #expect(try test.chats().isEmpty)
    try test.update(1, "message", TestIngest.text("at 5", from: 42, message: 41))
    let chat = try #require(try test.chats().first)
    let message = try #require(try test.messages(of: chat).first)
    #expect(message.text == "at 5")
    #expect(message.edits != nil)
  }
}
