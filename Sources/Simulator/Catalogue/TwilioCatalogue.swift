import Gateway

/// The kinds of `trunkline simulate twilio`.
enum TwilioCatalogue {
  /// Every kind, in the order to document.
  static let events: [SimulatedEvent] =
    messages + whatsApp + reports + calls

  private typealias Option = SimulatedOption

  private static let from = Option.required("from", "the person's number, such as +15035550142")
  private static let to = Option.required("to", "our number, such as +12065550199")
  private static let text = Option.required("text", "what the person writes")
  private static let callSID = Option.optional("call-sid", "CA…, to continue a call")

  private static let messages: [SimulatedEvent] = [
    event("sms", "a text message", [from, to, text, messageSID]) { options, twilio in
      twilio.sms(
        from: options["from"], to: options["to"], text: options["text"],
        messageSID: options.optional("message-sid"))
    },
    event("sms-get", "a text message to a number configured with GET", [from, to, text]) {
      options, twilio in
      var getter = twilio
      getter.usesGET = true
      return getter.sms(from: options["from"], to: options["to"], text: options["text"])
    },
    event(
      "mms", "a message with files",
      [
        from, to, .optional("text", "what the person writes"),
        .optional("media", "content types, comma between", default: "image/jpeg"),
      ]
    ) { options, twilio in
      twilio.mms(
        from: options["from"], to: options["to"], text: options["text"],
        media: options["media"].split(separator: ",").map { $0.trimmed })
    },
    event("messenger", "a Facebook Messenger message", [from, to, text]) { options, twilio in
      twilio.messenger(from: options["from"], to: options["to"], text: options["text"])
    },
    event(
      "opt-out", "a word that Advanced Opt-Out has answered",
      [
        from, to, .optional("text", "the word typed, if another one"),
        .optional("type", "STOP, START or HELP", default: "STOP"),
      ]
    ) { options, twilio throws(SimulatorError) in
      twilio.optOut(
        try options.word("type") ?? .stop, from: options["from"], to: options["to"],
        text: options.optional("text"))
    },
  ]

  private static let reports: [SimulatedEvent] = [
    event(
      "status", "a delivery status of a message of ours",
      [
        .required("message-sid", "SM…, the message's id"),
        .required("status", "Twilio's word, such as delivered"),
        .optional("error-code", "Twilio's number, such as 30005"),
        .optional("error-message", "what Twilio says of it"),
        .required("from", "our address"), .required("to", "the person's address"),
      ]
    ) { options, twilio throws(SimulatorError) in
      twilio.status(
        messageSID: options["message-sid"], status: options["status"],
        errorCode: try options.optionalInteger("error-code").map { Int($0) },
        errorMessage: options.optional("error-message"), from: options["from"],
        to: options["to"])
    },
    event(
      "event-stream", "the same through an Event Streams sink, as JSON",
      [
        .required("message-sid", "SM…, the message's id"),
        .optional("status", "Twilio's word", default: "delivered"),
        .required("from", "our address"), .required("to", "the person's address"),
      ]
    ) { options, twilio in
      twilio.eventStream(
        messageSID: options["message-sid"], status: options["status"], from: options["from"],
        to: options["to"])
    },
  ]

  private static let calls: [SimulatedEvent] = [
    call("call-ringing", "a call comes in") { _ in .ringing },
    call(
      "call-completed", "a call has ended", .optional("seconds", "how long it was", default: "43")
    ) { options throws(SimulatorError) in .completed(seconds: try options.seconds("seconds")) },
    call("call-no-answer", "a call was missed") { _ in .noAnswer },
    call("call-busy", "a call met a busy line") { _ in .busy },
    call(
      "call-recording", "a voicemail is ready",
      .optional("seconds", "how long it is", default: "12")
    ) { options throws(SimulatorError) in .recording(seconds: try options.seconds("seconds")) },
    call(
      "call-digits", "the caller pressed keys", .optional("digits", "which ones", default: "1")
    ) { options in .digits(options["digits"]) },
  ]

  private static func call(
    _ kind: String, _ summary: String, _ option: SimulatedOption? = nil,
    _ step:
      @escaping @Sendable (SimulatedOptions) throws(SimulatorError) -> TwilioSimulator.CallStep
  ) -> SimulatedEvent {
    event(kind, summary, [from, to, callSID] + (option.map { [$0] } ?? [])) {
      options, twilio throws(SimulatorError) in
      twilio.call(
        try step(options), callSID: options.optional("call-sid") ?? twilio.sid("CA"),
        from: options["from"], to: options["to"])
    }
  }
}

extension TwilioCatalogue {
  /// An SID given so that later webhooks can name the message.
  static let messageSID = SimulatedOption.optional("message-sid", "the message's id, SM…")

  /// Describes a kind, with the options all Twilio kinds take.
  static func event(
    _ kind: String, _ summary: String, _ options: [SimulatedOption],
    _ make:
      @escaping @Sendable (SimulatedOptions, TwilioSimulator) throws(SimulatorError) -> HTTPRequest
  ) -> SimulatedEvent {
    let forge = SimulatedOption.optional(
      "forge",
      "falsify it: "
        + TwilioSimulator.Forgery.allCases.map(\.rawValue).joined(separator: ", "))
    return SimulatedEvent(kind, summary, options + [forge]) {
      options, source throws(SimulatorError) in
      var twilio = try source.twilio()
      twilio.forgery = try options.word("forge")
      return try make(options, twilio)
    }
  }
}
