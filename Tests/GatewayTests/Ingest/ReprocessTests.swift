import Testing

@testable import Gateway

/// What was kept can be taken in again, and nothing is taken in twice.
@Suite struct ReprocessTests {
  private func again(
    _ test: TestIngest, repairsText: Bool = false, tenant: Tenant? = nil
  ) throws -> Receipt? {
    let receipt = try #require(try test.receipts().last)
    return try test.ingest.reprocess(
      receipt.id, tenant: (tenant ?? test.acme).id, repairsText: repairsText)
  }

  @Test func aQuarantinedRequestBecomesAMessageOnceTheSecretIsRight() throws {
    let test = try TestIngest()
    try test.change(test.telegram) { $0.settings["secret_token"] = "another-secret" }
    try test.update(1, "message", TestIngest.text("hi", from: 42, message: 1))
    #expect(try again(test)?.state == .quarantined)
    try test.change(test.telegram) {
      $0.settings["secret_token"] = .string(TestIngest.secretToken)
    }
    let receipt = try #require(try again(test))
    #expect(receipt.state == .processed)
    #expect(receipt.attempts == 3)
    #expect(receipt.verifiedBy != nil)
    #expect(try test.chats().first?.messageCount == 1)
  }

  @Test func aTextCutInAnEmojiIsReadWhenItsRepairIsAsked() throws {
    let test = try TestIngest()
    let json = TestIngest.text("cut CUT", from: 42, message: 1)
    let body = String(
      decoding: JSON.object(["update_id": 1, "message": json]).serialized(), as: UTF8.self)
    let cut = body.replacing("CUT", with: "\\ud83d")
    try test.receive(TestIngest.telegram(Array(cut.utf8)), on: test.telegram)
    #expect(try again(test)?.state == .unreadable)
    let repaired = try #require(try again(test, repairsText: true))
    #expect(repaired.state == .processed)
    #expect(repaired.request.body == Array(cut.utf8))
    let chat = try #require(try test.chats().first)
    #expect(try test.messages(of: chat).first?.text == "cut \u{FFFD}")
  }

  @Test func whatWasProcessedStaysSoAndNothingComesTwice() throws {
    let test = try TestIngest()
    try test.form(TestIngest.message("SM1", "STOP"))
    let before = try test.events().count
    let receipt = try #require(try again(test))
    #expect(receipt.state == .processed)
    #expect(try test.events().count == before)
    #expect(try test.chats().first?.messageCount == 1)
  }

  @Test func anotherTenantCannotReprocess() throws {
    let test = try TestIngest()
    try test.form(TestIngest.message("SM1", "hi"))
    #expect(try again(test, tenant: test.other) == nil)
  }

  @Test(arguments: [
    ("\\ud83d", "\\ufffd"), ("\\ude00 x", "\\ufffd x"), ("\\ud83d\\ude00", "\\ud83d\\ude00"),
    ("\\\\ud83d", "\\\\ud83d"), ("\\u00e9", "\\u00e9"),
    ("\\ud83d\\ud83d\\ude00", "\\ufffd\\ud83d\\ude00"), ("\\u12", "\\u12"), ("\\", "\\"),
  ])
  func repairTouchesNothingButHalves(_ text: String, _ repaired: String) {
    #expect(String(decoding: TextRepair.repair(Array(text.utf8)), as: UTF8.self) == repaired)
  }
}
