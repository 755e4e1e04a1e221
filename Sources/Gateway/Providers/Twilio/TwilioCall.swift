/// Reads the webhooks of a call: its start, its status callbacks and its recordings.
/// <https://www.twilio.com/docs/voice/twiml#request-parameters> and
/// <https://www.twilio.com/docs/voice/api/call-resource#statuscallback>, 2026.
enum TwilioCall {
  /// The steps, `nil` for an unknown shape.
  static func read(_ form: TwilioForm) throws(Unreadable) -> [Item]? {
    // A text made from a recording names the recording too, and is none.
    guard let sid = try form.text("CallSid"), !form.has("TranscriptionSid") else { return nil }
    let account = try form.text("AccountSid")
    var items: [Item] = []
    if let word = try form.text("CallStatus") {
      let isAnswer = form.has("Digits") || form.has("SpeechResult")
      if isAnswer, !form.has("RecordingUrl") {
        // What a caller pressed or said answers a question of somebody else's TwiML, and may be a
        // PIN: not for a chat, and not for a key.
        return [Item(key: "gather:\(sid)", account: account, fact: .ignored(kind: "gather"))]
      }
      items.append(try step(form, sid, word, account))
    }
    if let item = try recording(form, sid, account) { items.append(item) }
    return items.isEmpty ? nil : items
  }

  private static func step(
    _ form: TwilioForm, _ sid: String, _ word: String, _ account: String?
  ) throws(Unreadable) -> Item {
    // Callbacks come in any order; the sequence number tells them apart and says the order.
    let sequence = try form.text("SequenceNumber")
    let key = "call:\(sid):\(sequence ?? word)"
    guard let step = steps[word] else {
      return Item(
        key: key, account: account,
        fact: .unrecognised(kind: "call.\(word.prefix(Twilio.kindCharactersMax))"))
    }
    let direction = try form.text("Direction").flatMap { directions[$0] }
    let theirs = direction.map { $0 == .inbound ? "From" : "To" }
    let ours = direction.map { $0 == .inbound ? "To" : "From" }
    let party = try theirs.flatMap { field throws(Unreadable) in try form.text(field) }
      .map(TwilioParty.init)
    // The name belongs to the caller; of a call we made that is ourselves.
    let name = direction == .inbound ? try form.text("CallerName") : nil
    var report = CallReport(
      callID: sid, step: step, direction: direction, person: party?.person(named: name))
    if step == .ended, let seconds = try form.text("CallDuration").flatMap({ Int64($0) }),
      seconds >= 0
    {
      report.durationSeconds = seconds
    }
    report.details["status"] = .string(word)
    for (name, field) in detailFields {
      if let text = try form.text(field) { report.details[name] = .string(text) }
    }
    if let ours, let address = try form.text(ours) {
      report.details["our_address"] = .string(address)
    }
    return Item(
      key: key, account: account,
      occurredAt: try form.text("Timestamp").flatMap { Instant(rfc5322: $0) }, fact: .call(report))
  }

  private static func recording(
    _ form: TwilioForm, _ call: String, _ account: String?
  ) throws(Unreadable) -> Item? {
    guard let sid = try form.text("RecordingSid") else { return nil }
    // Without a status it is the request after a <Record> or a finished call: the file is there.
    let word = try form.text("RecordingStatus") ?? "completed"
    guard word == "completed", let url = try form.text("RecordingUrl") else {
      let kind = "recording.\(word.prefix(Twilio.kindCharactersMax))"
      let isKnown = ["in-progress", "absent", "failed", "completed"].contains(word)
      return Item(
        key: "recording:\(sid):\(word)", account: account,
        fact: isKnown ? .ignored(kind: kind) : .unrecognised(kind: kind))
    }
    // The bare address gives WAV; MP3 is the same sound in a tenth of the bytes.
    var file = AttachmentReference(kind: .voice, source: url + ".mp3", contentType: "audio/mpeg")
    file.providerID = sid
    var report = CallReport(callID: call, step: .recorded, direction: nil, person: nil)
    if let seconds = try form.text("RecordingDuration").flatMap({ Int64($0) }), seconds >= 0 {
      report.durationSeconds = seconds
      file.details["duration_seconds"] = .integer(seconds)
    }
    report.recording = file
    return Item(
      key: "recording:\(sid)", account: account,
      occurredAt: try form.text("RecordingStartTime").flatMap { Instant(rfc5322: $0) },
      fact: .call(report))
  }

  /// The step each CallStatus is. An answered call reports `in-progress`.
  static let steps: [String: CallReport.Step] = [
    "queued": .started, "initiated": .started, "ringing": .started, "in-progress": .started,
    "completed": .ended, "busy": .missed, "no-answer": .missed, "canceled": .missed,
    "failed": .missed,
  ]

  /// Seen from the organisation; a trunk "originates" what comes from the telephone network.
  private static let directions: [String: Direction] = [
    "inbound": .inbound, "trunking-originating": .inbound, "outbound-api": .outbound,
    "outbound-dial": .outbound, "trunking-terminating": .outbound,
  ]

  private static let detailFields = [
    ("sequence", "SequenceNumber"), ("sip_response_code", "SipResponseCode"),
    ("stir_verstat", "StirVerstat"), ("forwarded_from", "ForwardedFrom"),
    ("parent_call_id", "ParentCallSid"),
  ]
}
