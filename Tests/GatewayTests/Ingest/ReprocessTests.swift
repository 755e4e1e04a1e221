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

  @Test func whatWasProvenAtArrivalStaysProvenThoughTheSecretHasChanged() throws {
    let test = try TestIngest()
    try test.update(1, "message", TestIngest.text("hi", from: 42, message: 1))
    let proof = try #require(try test.receipts().first?.verifiedBy)
    try test.change(test.telegram) { $0.settings["secret_token"] = "a-new-secret" }
    #expect(try again(test)?.state == .processed)
    #expect(try test.receipts().first?.verifiedBy == proof)
    test.store.clock.advance(milliseconds: 8 * 86_400_000)
    #expect(try test.ingest.purgeQuarantine() == 0)
    #expect(try test.receipts().count == 1)
  }

  @Test func whatAnObservingChannelLetInIsNotQuarantinedLater() throws {
    let test = try TestIngest()
    try test.change(test.telegram) {
      $0.verification = .observe
      $0.settings["secret_token"] = "another-secret"
    }
    #expect(
      try test.update(1, "some_future_update", ["x": 1]) == .stored(.unrecognised))
    try test.change(test.telegram) {
      $0.verification = .enforce
      $0.settings["secret_token"] = "another-secret"
    }
    let receipt = try #require(try again(test))
    #expect(receipt.state == .unrecognised)
    #expect(receipt.reason?.hasPrefix("unverified") == true)
  }

  @Test func twoReprocessingsAtOnceLeaveTheReceiptProcessed() throws {
    let test = try TestIngest()
    try test.change(test.telegram) { $0.settings["secret_token"] = "another-secret" }
    try test.update(1, "message", TestIngest.text("hi", from: 42, message: 1))
    try test.change(test.telegram) {
      $0.settings["secret_token"] = .string(TestIngest.secretToken)
    }
    let receipt = try #require(try test.receipts().first)
    // The writer is held until both wait for it: each has read the receipt as it was.
    let gate = Monitor(false)
    test.store.database.submit(
      { _ in gate.wait { $0 ? true : nil } }, completion: { _ in })
    #expect(eventually { test.store.database.waiting == 0 })
    let ingest = test.ingest
    let tenant = test.acme.id
    let threads = (0..<2).map { index in
      WorkerThread(name: "again-\(index)") {
        _ = try? ingest.reprocess(receipt.id, tenant: tenant, repairsText: false)
      }
    }
    #expect(eventually { test.store.database.waiting == 2 })
    gate.update { $0 = true }
    for thread in threads { thread.join() }
    let now = try #require(try test.receipts().first)
    #expect(now.state == .processed)
    #expect(now.attempts == 3)
    let items = try JSON.parse(now.items).array
    #expect(items?.first?["outcome"] == "stored")
  }

  @Test func aGroupsNewIDIsTakenInOnceTheGroupIsKnown() throws {
    let test = try TestIngest()
    let old: JSON = ["id": -4_011, "title": "Room", "type": "group"]
    let new: JSON = ["id": -1_002_233, "title": "Room", "type": "supergroup"]
    var move = try #require(
      TestIngest.text("", from: 42, message: 2, extra: ["chat": old]).object)
    move["text"] = nil
    move["migrate_to_chat_id"] = -1_002_233
    #expect(try test.update(2, "message", .object(move)) == .stored(.ignored))
    try test.update(1, "message", TestIngest.text("a", from: 42, message: 1, extra: ["chat": old]))
    #expect(try again(test)?.state == .processed)
    try test.update(3, "message", TestIngest.text("b", from: 42, message: 1, extra: ["chat": new]))
    #expect(try test.chats().count == 1)
  }

  @Test func aFailureLeavesWhatWasProcessedAsItIs() throws {
    let test = try TestIngest()
    try test.form(TestIngest.message("SM1", "hi"))
    let before = try #require(try test.receipts().first)
    try test.store.stranger().run(
      """
      CREATE TRIGGER t BEFORE INSERT ON provider_events BEGIN SELECT RAISE(ABORT, 'no'); END
      """)
    let after = try #require(try again(test))
    #expect(after.state == .processed)
    #expect(after.items == before.items)
    #expect(after.reason == nil)
    #expect(after.attempts == 2)
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
    let mended = TextRepair.repair(Array(text.utf8), mediaType: "application/json")
    #expect(String(decoding: mended, as: UTF8.self) == repaired)
  }

  @Test(arguments: [
    ("Body=cut%ED%A0%BD&A=%C3%A9", "Body=cut%EF%BF%BD%EF%BF%BD%EF%BF%BD&A=%C3%A9"),
    ("A=1+2%2b&B=%F0%9F%98%80", "A=1+2%2b&B=%F0%9F%98%80"), ("%FF=a b", "%EF%BF%BD=a+b"),
    ("A=%FF%&B=%zz&&C", "A=%EF%BF%BD%25&B=%zz&&C"), ("A=b=%FF", "A=b%3D%EF%BF%BD"), ("", ""),
  ])
  func repairOfAFormEncodesAnewOnlyWhatIsBroken(_ text: String, _ repaired: String) {
    let mended = TextRepair.repair(
      Array(text.utf8), mediaType: "application/x-www-form-urlencoded")
    #expect(String(decoding: mended, as: UTF8.self) == repaired)
  }

  @Test func aFormCutInAnEmojiIsReadWhenItsRepairIsAsked() throws {
    let test = try TestIngest()
    try test.change(test.twilio) { $0.verification = .observe }
    var request = test.signed(TestIngest.message("SM1", "cut CUT"))
    let body = String(decoding: request.body, as: UTF8.self)
    request.body = Array(body.replacing("CUT", with: "%ED%A0%BD").utf8)
    #expect(try test.receive(request, on: test.twilio) == .stored(.unreadable))
    let repaired = try #require(try again(test, repairsText: true))
    #expect(repaired.state == .processed)
    #expect(repaired.request.body == request.body)
    let chat = try #require(try test.chats().first)
    #expect(try test.messages(of: chat).first?.text?.hasPrefix("cut \u{FFFD}") == true)
  }
}
