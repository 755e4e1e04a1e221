/// A report of what became of a message we sent, from a status callback or an event stream.
/// <https://www.twilio.com/docs/messaging/guides/track-outbound-message-status>, 2026.
struct TwilioStatus {
  /// The message.
  var sid: String
  /// Twilio's word for its state, lower case.
  var word: String
  /// Whom it was for.
  var to: String?
  /// Twilio's error code.
  var code: String?
  /// What Twilio, or the network behind it, says of the error.
  var detail: String?
  /// The account.
  var account: String?
  /// Our own id of the message.
  var ourID: String?
  /// When, where told. A callback does not tell.
  var occurredAt: Instant?

  /// Whether a form is a status callback and no message. Both have a MessageSid; `MessageStatus`
  /// is the status callback's; callbacks older than that field have an `SmsStatus` and no content.
  static func isShape(of form: TwilioForm) -> Bool {
    form.has("MessageStatus")
      || (form.has("SmsStatus") && !form.has("Body") && !form.has("NumMedia"))
  }

  /// What a status callback tells; `nil` without a message or a state.
  static func read(_ form: TwilioForm, query: Substring) throws(Unreadable) -> [Item]? {
    guard let sid = try form.text("MessageSid", or: "SmsSid"),
      let word = try form.text("MessageStatus", or: "SmsStatus")
    else { return nil }
    var status = TwilioStatus(sid: sid, word: word.lowercased())
    status.to = try form.text("To")
    status.code = try form.text("ErrorCode")
    status.detail = try form.text("ErrorMessage", or: "ChannelStatusMessage")
    status.account = try form.text("AccountSid")
    // We put our id into the callback's address when we send; the address is signed.
    status.ourID = query.isEmpty ? nil : try TwilioForm(Array(query.utf8)).text("m")
    return status.items
  }

  /// Why it failed, where it did.
  var error: ProviderError? {
    guard Self.failures.contains(word) else { return nil }
    var error = code.flatMap(TwilioErrors.error)
    error?.detail = detail
    return error
  }

  /// The report; `nil` for a word of inbound messages or one that is not known.
  var report: StatusReport? {
    Self.words[word].map {
      StatusReport(messageID: sid, ourID: ourID, status: $0, error: error)
    }
  }

  /// The report, and behind it what the error says about the person's wish.
  var items: [Item] {
    let error = error
    var key = "status:\(sid):\(word)"
    if let error { key += ":\(error.code)" }
    // The same report may come twice, once by an event stream or the sender's own callback without
    // our id. The one with it settles a send whose outcome is unknown, so it must not be lost.
    if ourID != nil { key += ":ours" }
    guard let report else {
      let isInbound = word == "receiving" || word == "received"
      let kind = "message.\(word.prefix(Twilio.kindCharactersMax))"
      return [item(key, isInbound ? .ignored(kind: kind) : .unrecognised(kind: kind))]
    }
    var items = [item(key, .status(report))]
    if error?.errorClass == TwilioErrors.optedOut, let party = to.map(TwilioParty.init),
      let person = party.person()
    {
      let preference = PreferenceReport(
        person: person, transport: party.transport, choice: .optedOut,
        source: error?.code == "21610" ? "provider" : "blocked")
      items.append(item("preference:\(sid)", .preference(preference)))
    }
    return items
  }

  private func item(_ key: String, _ fact: Fact) -> Item {
    Item(key: key, account: account, occurredAt: occurredAt, fact: fact)
  }

  /// Our word for each of Twilio's.
  static let words: [String: MessageStatus] = [
    "accepted": .queued, "scheduled": .queued, "queued": .queued, "sending": .sending,
    "sent": .sent, "delivered": .delivered, "partially_delivered": .delivered, "read": .read,
    "undelivered": .undeliverable, "failed": .failed, "canceled": .canceled,
  ]

  /// The states that have a reason; on others a code is a warning, such as 30026.
  static let failures: Set<String> = ["undelivered", "failed", "canceled"]
}
