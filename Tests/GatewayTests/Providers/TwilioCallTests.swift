import Testing

@testable import Gateway

@Suite struct TwilioCallTests {
  @Test(arguments: [
    "anonymous", "Anonymous", "RESTRICTED", "unknown", "unavailable", "private", "blocked", "",
    " ", "+", "+266696687", "266696687", "+7378742833", "+2562533", "+8656696", "+86282452253",
  ])
  func aWithheldNumberIsNobody(_ from: String) throws {
    let call = try TwilioTest.call([
      "CallSid": "CA1", "CallStatus": "ringing", "Direction": "inbound", "From": from,
    ])
    #expect(call.person == nil)
    #expect(call.step == .started)
  }

  @Test(arguments: [
    ("+15035550142", ContactType.phone, "+15035550142"), ("32665", .phone, "32665"),
    ("sip:anna@pbx.example", .other, "sip:anna@pbx.example"),
    ("client:anna", .other, "client:anna"),
    ("whatsapp:+5511987654321", .whatsapp, "+5511987654321"),
  ])
  func aCallerIsTheirAddress(from: String, type: ContactType, value: String) throws {
    let call = try TwilioTest.call([
      "CallSid": "CA1", "CallStatus": "ringing", "Direction": "inbound", "From": from,
      "CallerName": "ANNA",
    ])
    #expect(call.person?.addresses.first == Address(type: type, value: value, raw: from))
    #expect(call.person?.displayName == "ANNA")
  }

  @Test(arguments: [
    ("queued", CallReport.Step.started), ("initiated", .started), ("ringing", .started),
    ("in-progress", .started), ("completed", .ended), ("busy", .missed), ("no-answer", .missed),
    ("canceled", .missed), ("failed", .missed),
  ])
  func everyCallStatusIsAStep(word: String, step: CallReport.Step) throws {
    let call = try TwilioTest.call([
      "CallSid": "CA1", "CallStatus": word, "Direction": "inbound", "From": "+15035550142",
      "CallDuration": "43",
    ])
    #expect(call.step == step)
    #expect(call.durationSeconds == (step == .ended ? 43 : nil))
  }

  @Test func aNewCallStatusIsUnrecognised() throws {
    let items = try TwilioTest.read(["CallSid": "CA1", "CallStatus": "humming"])
    #expect(items.map(\.fact) == [.unrecognised(kind: "call.humming")])
  }

  @Test(arguments: [
    ("inbound", Direction.inbound, "+15035550142", "+12065550199"),
    ("trunking-originating", .inbound, "+15035550142", "+12065550199"),
    ("outbound-api", .outbound, "+12065550199", "+15035550142"),
    ("outbound-dial", .outbound, "+12065550199", "+15035550142"),
    ("trunking-terminating", .outbound, "+12065550199", "+15035550142"),
    ("sideways", nil, nil, nil),
  ])
  func thePersonIsOnTheOtherSide(
    word: String, direction: Direction?, person: String?, ours: String?
  ) throws {
    let call = try TwilioTest.call([
      "CallSid": "CA1", "CallStatus": "ringing", "Direction": word, "From": "+15035550142",
      "To": "+12065550199",
    ])
    #expect(call.direction == direction)
    #expect(call.person?.addresses.map(\.value) == person.map { [$0] })
    #expect(call.details["our_address"]?.string == ours)
  }

  @Test func callbacksAreToldApartBySequenceAndOtherwiseByStatus() throws {
    let keys = try [
      TwilioTest.read(["CallSid": "CA1", "CallStatus": "completed"]),
      TwilioTest.read(["CallSid": "CA1", "CallStatus": "completed", "SequenceNumber": "3"]),
      TwilioTest.read(["CallSid": "CA1", "CallStatus": "ringing"]),
    ].flatMap { $0.map(\.key) }
    #expect(keys == ["call:CA1:completed", "call:CA1:3", "call:CA1:ringing"])
  }

  @Test func aFinishedCallWithItsRecordingTellsBoth() throws {
    let items = try TwilioTest.read([
      "CallSid": "CA1", "CallStatus": "completed", "CallDuration": "50", "RecordingSid": "RE1",
      "RecordingUrl": "https://api.twilio.com/Recordings/RE1", "RecordingDuration": "12",
      "Digits": "hangup",
    ])
    #expect(items.map(\.key) == ["call:CA1:completed", "recording:RE1"])
    guard case .call(let recorded)? = items.last?.fact else {
      Issue.record("no recording")
      return
    }
    #expect(recorded.step == .recorded)
    #expect(recorded.recording?.source == "https://api.twilio.com/Recordings/RE1.mp3")
    #expect(recorded.durationSeconds == 12)
  }

  @Test(arguments: [
    ("in-progress", "ignored"), ("absent", "ignored"), ("failed", "ignored"),
    ("melted", "unrecognised"),
  ])
  func aRecordingThatIsNotThereIsNoRecording(word: String, type: String) throws {
    let items = try TwilioTest.read([
      "CallSid": "CA1", "RecordingSid": "RE1", "RecordingStatus": word, "RecordingUrl": "https://x",
    ])
    #expect(items.map(\.fact.type) == [type])
  }

  @Test func whatACallerPressesIsNotKept() throws {
    let items = try TwilioTest.read([
      "CallSid": "CA1", "CallStatus": "in-progress", "Direction": "inbound",
      "From": "+15035550142", "Digits": "4711",
    ])
    #expect(items.map(\.fact) == [.ignored(kind: "gather")])
    #expect(items.allSatisfy { !$0.key.contains("4711") })
  }
}
