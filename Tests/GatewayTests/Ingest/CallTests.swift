import Testing

@testable import Gateway

/// A call is one message, and its steps come to the same in any order.
@Suite struct CallTests {
  private static func step(
    _ word: String, _ sequence: Int, from: String = "+15035550142"
  ) -> [(String, String)] {
    [
      ("CallSid", "CA1"), ("AccountSid", TestIngest.accountSID), ("From", from),
      ("To", "+12065550199"), ("Direction", "inbound"), ("CallStatus", word),
      ("SequenceNumber", "\(sequence)"), ("CallbackSource", "call-progress-events"),
      ("Timestamp", "Tue, 21 Sep 2026 14:13:0\(sequence) +0000"),
    ]
  }

  @Test(arguments: ["+15035550142", "anonymous"])
  func aCallStartsOnceHoweverManyStepsTellOfIt(_ caller: String) throws {
    let test = try TestIngest()
    for (index, word) in ["initiated", "ringing", "in-progress"].enumerated() {
      try test.form(Self.step(word, index, from: caller))
    }
    #expect(try test.events().filter { $0.type == "call.started" }.count == 1)
  }

  @Test(arguments: [
    (["initiated", "ringing", "in-progress", "completed"], "ended", "completed"),
    (["initiated", "ringing", "no-answer"], "missed", "no-answer"),
    (["ringing", "busy", "completed"], "ended", "completed"),
    (["ringing", "completed", "failed"], "ended", "completed"),
    (["initiated", "ringing", "in-progress"], "started", "in-progress"),
  ])
  func everyOrderOfItsStepsEndsInTheSameState(
    _ words: [String], _ state: String, _ status: String
  ) throws {
    var results: [JSON] = []
    for order in permutations(Array(words.indices)) {
      let test = try TestIngest()
      for index in order {
        test.store.clock.advance(milliseconds: 1000)
        try test.form(Self.step(words[index], index))
      }
      let chat = try #require(try test.chats().first)
      let message = try #require(try test.messages(of: chat).first)
      let call = try JSON.parse(try #require(message.call))
      #expect(call["state"]?.string == state, "order \(order)")
      #expect(call["details"]?["status"]?.string == status, "order \(order)")
      results.append(call)
      let told = try test.events().map(\.type).filter { $0.hasPrefix("call.") }
      #expect(Set(told).count == told.count, "order \(order): \(told)")
      #expect(told.last == "call.\(state)", "order \(order): \(told)")
    }
    #expect(results.allSatisfy { $0 == results.first }, "\(results)")
    #expect(results.first?["started_at"]?.string == "2026-09-21T14:13:00.000Z")
  }

  @Test func aCallIsOneMessageWhateverItsStepsAndTheirOrder() throws {
    let call: [(String, String)] = [
      ("CallSid", "CA9372d890a94d24dd5fe377375660f82d"), ("AccountSid", TestIngest.accountSID),
      ("From", "+15035550142"), ("To", "+12065550199"), ("Direction", "inbound"),
    ]
    let recording: [(String, String)] = [
      ("CallSid", "CA9372d890a94d24dd5fe377375660f82d"), ("AccountSid", TestIngest.accountSID),
      ("RecordingSid", "RE1"), ("RecordingUrl", "https://api.twilio.com/x/RE1"),
      ("RecordingStatus", "completed"), ("RecordingDuration", "12"),
    ]
    let steps = [
      call + [("CallStatus", "ringing")],
      call + [
        ("CallStatus", "completed"), ("CallDuration", "43"), ("SequenceNumber", "3"),
        ("CallbackSource", "call-progress-events"),
      ],
      recording,
    ]
    for order in permutations([0, 1, 2]) {
      let test = try TestIngest()
      for index in order { #expect(try test.form(steps[index]) == .stored(.processed)) }
      let chat = try #require(try test.chats().first)
      let messages = try test.messages(of: chat)
      #expect(messages.count == 1)
      #expect(messages.first?.kind == "call")
      #expect(messages.first?.attachments.count == 1)
      let state = try messages.first?.call.map { try JSON.parse($0) }
      #expect(state?["state"] == "ended", "order \(order)")
      #expect(state?["duration_seconds"] == 43, "order \(order)")
      let told = try test.events().map(\.type).filter { $0.hasPrefix("call.") }
      #expect(told.filter { $0 == "call.ended" }.count == 1, "order \(order)")
      #expect(told.filter { $0 == "call.recorded" }.count == 1, "order \(order)")
      // A call that is over does not start any more.
      let isInOrder = order.firstIndex(of: 0).map { $0 < (order.firstIndex(of: 1) ?? 0) }
      #expect(told.contains("call.started") == isInOrder, "order \(order)")
    }
  }

  @Test func aWithheldCallerMakesNoContact() throws {
    let test = try TestIngest()
    try test.form([
      ("CallSid", "CA1"), ("AccountSid", TestIngest.accountSID), ("From", "anonymous"),
      ("To", "+12065550199"), ("Direction", "inbound"), ("CallStatus", "ringing"),
    ])
    #expect(try test.events().map(\.type) == ["call.started"])
    #expect(try test.chats().isEmpty)
  }
}
