import Gateway

// Calls: <https://www.twilio.com/docs/voice/twiml#request-parameters>, read 2026-11-20.

extension TwilioSimulator {
  /// A step in the life of an inbound call.
  package enum CallStep: Sendable {
    /// The call comes in: Twilio asks what to do.
    case ringing
    case completed(seconds: Int)
    case noAnswer
    case busy
    /// A recording is ready.
    case recording(seconds: Int)
    /// The caller pressed keys.
    case digits(String)
  }

  /// Makes the request of one step of the call `callSID`.
  package func call(
    _ step: CallStep, callSID: String, from: String, to: String
  ) -> HTTPRequest {
    if case .recording(let seconds) = step {
      return request(recording(of: callSID, seconds: max(seconds, 0)))
    }
    var form = TwilioParameters([
      ("CallSid", callSID), ("AccountSid", accountSID), ("From", from), ("To", to),
      ("Caller", from), ("Called", to), ("Direction", "inbound"), ("ApiVersion", "2010-04-01"),
    ])
    for (prefix, number) in [("From", from), ("To", to), ("Caller", from), ("Called", to)] {
      form.add(PhonePlace(of: number).fields(prefix))
    }
    switch step {
    case .ringing:
      form.add([("CallStatus", "ringing"), ("StirVerstat", "TN-Validation-Passed-A")])
    case .completed(let seconds):
      add(status: "completed", seconds: max(seconds, 0), sip: 200, sequence: 3, to: &form)
    case .noAnswer: add(status: "no-answer", seconds: 0, sip: 487, sequence: 2, to: &form)
    case .busy: add(status: "busy", seconds: 0, sip: 486, sequence: 2, to: &form)
    case .digits(let digits):
      form.add([
        ("CallStatus", "in-progress"), ("Digits", digits), ("FinishedOnKey", ""),
        ("msg", "Gather End"),
      ])
    case .recording: break
    }
    return request(form)
  }

  /// Adds what a status callback of a finished call says. `CallDuration` is in seconds, `Duration`
  /// in billed minutes.
  private func add(
    status: String, seconds: Int, sip: Int, sequence: Int, to form: inout TwilioParameters
  ) {
    form.add([
      ("CallStatus", status), ("Duration", String(seconds / 60 + (seconds % 60 > 0 ? 1 : 0))),
      ("CallDuration", String(seconds)), ("SipResponseCode", String(sip)),
      ("Timestamp", TwilioTime.mail(now)), ("CallbackSource", "call-progress-events"),
      ("SequenceNumber", String(sequence)),
    ])
  }

  private func recording(of callSID: String, seconds: Int) -> TwilioParameters {
    let recordingSID = sid("RE")
    let started = now.adding(milliseconds: -1000 * Int64(min(seconds, 86_400)))
    return TwilioParameters([
      ("AccountSid", accountSID), ("CallSid", callSID), ("RecordingSid", recordingSID),
      (
        "RecordingUrl",
        "\(apiBaseURL)/2010-04-01/Accounts/\(accountSID)/Recordings/\(recordingSID)"
      ),
      ("RecordingStatus", "completed"), ("RecordingDuration", String(seconds)),
      ("RecordingChannels", "1"), ("RecordingStartTime", TwilioTime.mail(started)),
      ("RecordingSource", "RecordVerb"), ("RecordingTrack", "inbound"), ("ErrorCode", "0"),
    ])
  }
}
