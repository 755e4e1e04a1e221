import Gateway
import Simulator
import Testing

@Suite struct DemoConversationTests {
  private func demo(seed: UInt64, randomness: UInt64 = 1) -> DemoConversation {
    DemoConversation(
      seed: seed, twilio: SimulatorSupport.twilio(seed: randomness),
      telegram: SimulatorSupport.telegram(seed: randomness), startingAt: SimulatorSupport.start)
  }

  private func twilioForms(_ demo: DemoConversation) throws -> [TwilioParameters] {
    try demo.steps.map(\.request).filter { $0.headers["User-Agent"] == "TwilioProxy/1.1" }
      .map { try SimulatorSupport.form($0) }
  }

  private func updates(_ demo: DemoConversation) -> [JSON] {
    demo.steps.filter { $0.request.headers.mediaType == "application/json" }
      .compactMap { try? JSON.parse($0.request.body) }
  }

  @Test func isAFunctionOfItsSeed() {
    #expect(demo(seed: 7).steps == demo(seed: 7, randomness: 2).steps)
    #expect(demo(seed: 7).steps != demo(seed: 8).steps)
  }

  @Test func hasALengthAPersonWillWatch() {
    let steps = demo(seed: 1).steps
    #expect((25...40).contains(steps.count))
    #expect(steps.map(\.delayMilliseconds).reduce(0, +) < 60_000)
    #expect(steps.allSatisfy { !$0.narration.isEmpty && !$0.narration.contains("\n") })
  }

  @Test func coversTheLinesOfTwilio() throws {
    let forms = try twilioForms(demo(seed: 1))
    #expect(forms.contains { $0["From"] == "+15035550142" && $0["NumMedia"] == "0" })
    #expect(forms.contains { $0["From"] == "whatsapp:+15035550142" })
    #expect(forms.contains { $0["MessageSid"]?.hasPrefix("MM") == true && $0["NumMedia"] == "2" })
    let types = Set(forms.compactMap { $0["MessageType"] })
    #expect(
      types.isSuperset(of: [
        "text", "image", "audio", "location", "contacts", "button", "interactive",
      ]))
    for name in ["ReferralCtwaClid", "OriginalRepliedMessageSid", "ExternalUserId"] {
      #expect(forms.contains { $0[name] != nil }, "\(name)")
    }
    #expect(forms.contains { $0["CallStatus"] == "no-answer" })
    #expect(forms.contains { $0["OptOutType"] == "STOP" && $0["Body"] == "STOP" })
  }

  @Test func coversTheKindsOfTelegram() {
    let updates = updates(demo(seed: 1))
    let kinds = Set(updates.compactMap { $0.object?.keys.last })
    #expect(
      kinds == [
        "message", "edited_message", "message_reaction", "callback_query", "my_chat_member",
        "some_future_update",
      ])
    let messages = updates.compactMap { $0["message"] }
    let members = [
      "text", "photo", "media_group_id", "sticker", "venue", "document", "new_chat_members",
      "left_chat_member",
    ]
    for member in members {
      #expect(messages.contains { $0[member] != nil }, "\(member)")
    }
    #expect(messages.contains { $0["text"]?.string == "/start camp_autumn-26" })
    let speakers = messages.filter { $0["chat"]?["type"]?.string == "supergroup" }
      .compactMap { $0["from"]?["id"]?.integer }
    #expect(Set(speakers).count >= 3)
  }

  @Test func repeatsOneRequestOfEachProviderByteForByte() {
    let steps = demo(seed: 1).steps
    let repeats = steps.indices.filter { index in
      steps[..<index].contains { $0.request == steps[index].request }
    }
    #expect(repeats.count == 2)
    let agents = Set(repeats.map { steps[$0].request.headers["User-Agent"] })
    #expect(agents == ["TwilioProxy/1.1", nil])
  }

  @Test func expectsRefusalOfForgeriesAlone() throws {
    for step in demo(seed: 1).steps {
      let genuine: Bool
      if step.request.headers["User-Agent"] == "TwilioProxy/1.1" {
        let expected = try SimulatorSupport.signature(step.request)
        genuine = step.request.headers["X-Twilio-Signature"] == expected
      } else {
        genuine =
          step.request.headers["X-Telegram-Bot-Api-Secret-Token"] == SimulatorSupport.secret
      }
      // Twilio wants no words for a call that is over: 204.
      let isRefused = ![200, 204].contains(step.expectedStatus)
      #expect(step.expectedStatus == (isRefused ? 403 : step.expectedStatus))
      #expect(isRefused == !genuine, "\(step.narration)")
    }
    #expect(demo(seed: 1).steps.filter { $0.expectedStatus == 403 }.count == 2)
  }

  @Test func breaksExactlyOneBody() {
    let bodies = demo(seed: 1).steps.map(\.request)
      .filter { $0.headers.mediaType == "application/json" }.map(\.body)
    #expect(bodies.filter { (try? JSON.parse($0)) == nil }.count == 1)
  }

  @Test func givesDatesThatFollowTheDelays() {
    let dates = updates(demo(seed: 1)).compactMap { $0["message"]?["date"]?.integer }
    #expect(dates.first.map { $0 >= 1_791_210_000 } == true)
    #expect(dates.allSatisfy { $0 < 1_791_210_060 })
    #expect(Set(dates).count > 3)
  }

  @Test func sendsWhatsAppToAChannelOfItsOwnWhereThereIsOne() {
    var whatsApp = SimulatorSupport.twilio()
    whatsApp.webhookURL = "https://gw.example.com/wa"
    let demo = DemoConversation(
      seed: 1, twilio: SimulatorSupport.twilio(), whatsApp: whatsApp,
      telegram: SimulatorSupport.telegram(), startingAt: SimulatorSupport.start)
    for step in demo.steps {
      let isWhatsApp = String(decoding: step.request.body, as: UTF8.self).contains(
        "From=whatsapp%3A")
      #expect((step.request.target == whatsApp.webhookURL) == isWhatsApp, "\(step.narration)")
    }
  }
}
