import Gateway

// Inbound messages: SMS, MMS, Messenger and opt-outs. WhatsApp has a file of its own.

extension TwilioSimulator {
  /// A word the person sent that a Messaging Service's Advanced Opt-Out answered by itself.
  package enum OptOut: String, CaseIterable, Sendable {
    case stop = "STOP"
    case start = "START"
    case help = "HELP"
  }

  /// Makes an SMS.
  package func sms(
    from: String, to: String, text: String, messageSID: String? = nil
  ) -> HTTPRequest {
    request(message(messageSID ?? sid("SM"), from: from, to: to, text: text))
  }

  /// Makes an MMS with a file of each content type in `media`, at most ten as Twilio allows.
  package func mms(
    from: String, to: String, text: String, media: [String], messageSID: String? = nil
  ) -> HTTPRequest {
    request(
      message(
        messageSID ?? sid("MM"), from: from, to: to, text: text, media: Array(media.prefix(10))))
  }

  /// Makes an SMS that Advanced Opt-Out matched; `text` is the word the person typed.
  package func optOut(
    _ optOut: OptOut, from: String, to: String, text: String? = nil, serviceSID: String? = nil
  ) -> HTTPRequest {
    var form = message(sid("SM"), from: from, to: to, text: text ?? optOut.rawValue)
    form.add("MessagingServiceSid", serviceSID ?? sid("MG"))
    form.add("OptOutType", optOut.rawValue)
    return request(form)
  }

  /// Makes a Facebook Messenger message; `from` is the page-scoped id, `to` the page's id.
  package func messenger(from: String, to: String, text: String) -> HTTPRequest {
    request(
      chat(sid("SM"), from: prefixed("messenger", from), to: prefixed("messenger", to), text: text))
  }

  /// Builds the parameters of an SMS or MMS in the order Twilio sends them.
  func message(
    _ messageSID: String, from: String, to: String, text: String, media: [String] = []
  ) -> TwilioParameters {
    let sender = PhonePlace(of: from)
    let recipient = PhonePlace(of: to)
    var form = TwilioParameters([
      ("ToCountry", recipient.country), ("ToState", recipient.state),
      ("SmsMessageSid", messageSID), ("NumMedia", String(media.count)),
      ("ToCity", recipient.city), ("FromZip", sender.zip), ("SmsSid", messageSID),
      ("FromState", sender.state), ("SmsStatus", "received"), ("FromCity", sender.city),
      ("Body", text), ("FromCountry", sender.country), ("To", to), ("ToZip", recipient.zip),
    ])
    add(media: media, of: messageSID, to: &form)
    form.add([
      ("NumSegments", String(media.isEmpty ? SMSText.segments(text) : media.count)),
      ("MessageSid", messageSID), ("AccountSid", accountSID), ("From", from),
      ("ApiVersion", "2010-04-01"),
    ])
    return form
  }

  /// Builds the parameters of a message on a line without telephone geography.
  func chat(
    _ messageSID: String, from: String, to: String, text: String, media: [String] = []
  ) -> TwilioParameters {
    var form = TwilioParameters([
      ("SmsMessageSid", messageSID), ("NumMedia", String(media.count)), ("SmsSid", messageSID),
      ("SmsStatus", "received"), ("Body", text), ("To", to),
    ])
    add(media: media, of: messageSID, to: &form)
    form.add([
      ("NumSegments", "1"), ("MessageSid", messageSID), ("AccountSid", accountSID),
      ("From", from), ("ApiVersion", "2010-04-01"),
    ])
    return form
  }

  /// Puts the channel's prefix in front of an address that lacks it.
  func prefixed(_ channel: String, _ address: String) -> String {
    address.hasPrefix("\(channel):") ? address : "\(channel):\(address)"
  }

  private func add(media: [String], of messageSID: String, to form: inout TwilioParameters) {
    for (index, contentType) in media.enumerated() {
      form.add("MediaContentType\(index)", contentType)
      form.add(
        "MediaUrl\(index)",
        "\(apiBaseURL)/2010-04-01/Accounts/\(accountSID)/Messages/\(messageSID)/Media/\(sid("ME"))")
    }
  }
}
