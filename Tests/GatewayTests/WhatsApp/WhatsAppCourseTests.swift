import Testing

@testable import Gateway

/// Messages through WhatsApp from the request to the last report, by the clock of the test.
@Suite struct WhatsAppCourseTests {
  private static let minute: Int64 = 60_000
  private static let hour: Int64 = 60 * minute
  private static let to: JSON = ["address": "+5511987654321", "transport": "whatsapp"]

  private func body(_ call: HTTPCall) throws -> JSON { try JSON.parse(call.request.body) }

  @Test func freeTextGoesUntilTheWindowClosesAndThenATemplate() throws {
    let rig = try WhatsAppRig()
    try rig.write("wamid.in", phone: "5511987654321")
    try rig.start()
    rig.advance(milliseconds: 24 * Self.hour - Self.minute)
    let inside = try rig.accept(["to": Self.to, "text": "Sim, abrimos."])
    _ = try rig.message(inside) { $0.status == .sent }
    #expect(try body(#require(rig.caller.calls.last))["type"]?.string == "text")

    rig.advance(milliseconds: 2 * Self.minute)
    guard case .refused(let refusal) = try rig.send(["to": Self.to, "text": "Ainda aí?"]) else {
      Issue.record("free text was taken 24 h 01 after they wrote")
      return
    }
    #expect(refusal.code.rawValue == "window_closed")
    let template: JSON = ["name": "order_ready", "language": "pt_BR"]
    let outside = try rig.accept([
      "to": Self.to, "text": "Está pronto!", "provider_template": template,
    ])
    _ = try rig.message(outside) { $0.status == .sent }
    let said = try body(#require(rig.caller.calls.last))
    #expect(said["type"]?.string == "template")
    #expect(said["template"]?["name"]?.string == "order_ready")

    // They write: the same message is said in plain words again.
    try rig.write("wamid.in2", phone: "5511987654321")
    let again = try rig.accept([
      "to": Self.to, "text": "Está pronto!", "provider_template": template,
    ])
    _ = try rig.message(again) { $0.status == .sent }
    #expect(try body(#require(rig.caller.calls.last))["type"]?.string == "text")
  }

  @Test func whatWaitsUntilTheWindowHasClosedGoesAsTheTemplateOrFails() throws {
    let rig = try WhatsAppRig()
    try rig.write("wamid.in", phone: "5511987654321")
    let now = rig.test.store.clock.now()
    let late = now.adding(milliseconds: 23 * Self.hour)
    let plain = try rig.accept(["to": Self.to, "text": "Tarde", "send_at": JSON(late)])
    let templated = try rig.accept([
      "to": Self.to, "text": "Tarde", "send_at": JSON(late.adding(milliseconds: 1)),
      "provider_template": ["name": "order_ready", "language": "pt_BR"],
    ])
    // Nobody sends before the window has closed.
    rig.advance(milliseconds: 25 * Self.hour)
    try rig.start()
    rig.advance(milliseconds: Self.minute)
    let failed = try rig.message(plain) { $0.status == .failed }
    #expect(failed.error.map { String(decoding: $0, as: UTF8.self) }?.contains("window") == true)
    _ = try rig.message(templated) { $0.status == .sent }
    #expect(rig.caller.calls.count == 1)
    #expect(try body(#require(rig.caller.calls.first))["type"]?.string == "template")
  }

  private struct Story {
    let words: [String]
    let status: MessageStatus
  }

  private static let stories = [
    Story(words: ["sent", "delivered", "read"], status: .read),
    Story(words: ["sent", "failed", "delivered"], status: .delivered),
    Story(words: ["sent", "read", "failed"], status: .read),
    Story(words: ["sent", "failed"], status: .undeliverable),
    Story(words: ["delivered", "played"], status: .read),
  ]

  /// Reports before Meta's own answer, after it, twice, and by our id only: the same end.
  @Test(arguments: 0..<5)
  func everyOrderOfReportsEndsTheSame(_ index: Int) throws {
    let story = Self.stories[index]
    let rig = try WhatsAppRig { _, _ in nil }
    try rig.write("wamid.in", phone: "5511987654321")
    try rig.start()
    // Just before the start somebody may have been written to.
    rig.advance(milliseconds: Self.minute)
    var count = 0
    for order in permutations(story.words + ["answer"]) {
      for byOurID in [false, true] {
        count += 1
        let wamid = "wamid.out.\(count)"
        let id = try rig.accept(["to": Self.to, "text": .string("Olá \(count)")])
        _ = rig.caller.texts(count)
        var isAnswered = false
        // The last thing comes a second time.
        for word in order + order.suffix(1) {
          if word == "answer" {
            if !isAnswered { rig.caller.release(WhatsAppRig.accepted(wamid)) }
            isAnswered = true
            continue
          }
          try rig.report(
            word, of: wamid, ourID: byOurID ? "\(id)" : nil, code: word == "failed" ? 131_026 : nil)
        }
        let end = try rig.message(id) { $0.status == story.status }
        #expect(end.status == story.status, "\(order), by our id: \(byOurID)")
        #expect(end.providerMessageID == wamid)
        // The pair limit of the published rate is not what this test is about.
        rig.advance(milliseconds: Self.minute)
      }
    }
    #expect(rig.caller.calls.count == count)
  }

  @Test func oneSpoiltUpdateAmongAThousandSpoilsNothingElse() throws {
    let rig = try WhatsAppRig()
    let values: [JSONObject] = (0..<1000).map { number in
      if number == 500 {
        return ["messages": [["id": ["no": "id"], "timestamp": false, "type": 7]]]
      }
      let phone = "55119876\(10_000 + number)"
      return [
        "contacts": [["wa_id": .string(phone), "profile": ["name": "P"]]],
        "messages": [
          [
            "id": .string("wamid.\(number)"), "from": .string(phone), "timestamp": rig.timestamp,
            "type": "text", "text": ["body": .string("number \(number)")],
          ]
        ],
      ]
    }
    #expect(try rig.post(values) == .stored(.processed))
    let receipt = try #require(try rig.test.receipts().first)
    let outcomes = try JSON.parse(receipt.items).array?.compactMap { $0["outcome"]?.string } ?? []
    #expect(outcomes.count { $0 == "stored" } == 999)
    #expect(outcomes.count { $0 == "unrecognised" } == 1)
    #expect(try rig.test.chats().count == 999)
  }
}
