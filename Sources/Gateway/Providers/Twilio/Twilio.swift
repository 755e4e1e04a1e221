/// Twilio: SMS, MMS, WhatsApp, Messenger and RCS through its Programmable Messaging, and calls.
///
/// The way of a request: ``verify(_:publicURL:now:)`` on the raw bytes (``TwilioSignature``), then
/// ``read(_:)`` into items by what the request is about: ``TwilioMessage``, ``TwilioStatus``,
/// ``TwilioCall``, ``TwilioEvents``. `README.md` beside this file says how to set Twilio up.
package struct Twilio: Provider {
  /// `twilio`.
  package static let name = "twilio"
  /// `Twilio`.
  package static let title = "Twilio"
  /// The account, what signs webhooks, and what calls the API.
  package static let settings: [SettingKey] = [
    SettingKey(
      "account_sid", required: true,
      "The account's identifier, AC and 32 hexadecimal digits: Console > Account Info."),
    SettingKey(
      "auth_token", secret: true, list: true,
      "The account's Auth Token, which signs webhooks; while it rotates, the new one and the old."),
    SettingKey(
      "api_key_sid",
      "The identifier of an API key (SK…) to call the API with, together with api_key_secret."),
    SettingKey("api_key_secret", secret: true, "The secret of that API key."),
    SettingKey(
      "messaging_service_sid",
      "The Messaging Service (MG…) to send with; without one, messages are sent from the address."),
    SettingKey(
      "shared_keys", secret: true, list: true,
      "SharedKeys that sign webhooks instead of the Auth Token, each keyid:secret (HMAC_SHA256) "
        + "or keyid:HMAC_SHA1:secret."),
    .apiBaseURL,
  ]
  /// 256 KiB. A message is at most 1,600 characters of 12 encoded bytes and ten media addresses,
  /// some 30 KB; Event Streams put several events of about 1 KB into one request.
  package static let bodyBytesMax = 256 * 1024

  /// The account of the channel.
  let accountSID: String
  /// Everything that may sign its webhooks.
  let keys: [TwilioKey]
  /// Where and with what its API is called.
  let api: TwilioAPI
  /// The Messaging Service that messages are sent with.
  let messagingServiceSID: String?

  /// A channel's Twilio.
  ///
  /// - Throws: ``SettingsError`` for identifiers of the wrong form, half an API key, or no secret
  ///   that webhooks could be checked with.
  package init(settings: ChannelSettings) throws(SettingsError) {
    for (field, prefix) in [
      ("account_sid", "AC"), ("api_key_sid", "SK"), ("messaging_service_sid", "MG"),
    ] {
      if let sid = settings.string(field), !Self.isSID(sid, prefix) {
        throw SettingsError(field: field, "must be \(prefix) and 32 hexadecimal digits")
      }
    }
    let hasKey = settings.string("api_key_sid") != nil
    if hasKey != (settings.string("api_key_secret") != nil) {
      throw SettingsError(
        field: hasKey ? "api_key_secret" : "api_key_sid",
        "required: api_key_sid and api_key_secret belong together")
    }
    accountSID = settings.string("account_sid") ?? ""
    var keys: [TwilioKey] = []
    for (index, token) in settings.strings("auth_token").enumerated() {
      keys.append(TwilioKey(authToken: token, index: index))
    }
    for (index, key) in settings.strings("shared_keys").enumerated() {
      keys.append(try TwilioKey(sharedKey: key, index: index))
    }
    if keys.isEmpty {
      throw SettingsError(
        field: "auth_token", "required, unless shared_keys has a key: something must sign webhooks")
    }
    self.keys = keys
    api = try TwilioAPI(settings: settings)
    messagingServiceSID = settings.string("messaging_service_sid")
  }

  /// The account; a subaccount is a channel of its own.
  package var accounts: [String] { [accountSID] }

  /// The lines of that address: `whatsapp:+…`, `messenger:…`, `rcs:…` have one, a number can be
  /// written to and called. Without an address the account's every number may use the channel.
  package func transports(address: String?) -> [TransportKind] {
    guard let address else { return [.sms, .whatsapp, .messenger, .phone, .other] }
    let party = TwilioParty(address)
    guard party.network == nil else { return [party.transport] }
    // An alphanumeric sender cannot be called.
    return PhoneNumber.e164(address) == nil ? [.sms] : [.sms, .phone]
  }

  /// Checks the signature; see ``TwilioSignature``.
  package func verify(_ request: HTTPRequest, publicURL: String, now: Instant) -> Verification {
    TwilioSignature(keys: keys).check(request, publicURL: publicURL)
  }

  /// Everything the request tells.
  ///
  /// - Throws: ``Unreadable`` for an empty or broken form, another Content-Type, a field that is
  ///   used and is not UTF-8, or JSON that is none.
  package func read(_ request: HTTPRequest) throws(Unreadable) -> [Item] {
    if request.method != "GET" {
      switch TwilioMedia(request) {
      case .json: return try TwilioEvents.read(request.body)
      case .form, .unnamed: break
      case .other: throw Unreadable("the Content-Type is neither a form's nor JSON's")
      }
    }
    let encoded = Self.encodedFields(request)
    if encoded.isEmpty { throw Unreadable("the request is empty") }
    let form = TwilioForm(encoded)
    if let fault = form.fault { throw Unreadable("the form is broken: \(fault)") }
    if form.isTooLong { throw Unreadable("the form has more than \(TwilioForm.fieldsMax) fields") }

    if form.has("CallSid") {
      if let items = try TwilioCall.read(form) { return items }
    } else if form.has("MessageStatus") || form.has("MessageSid") || form.has("SmsSid") {
      let items =
        TwilioStatus.isShape(of: form)
        ? try TwilioStatus.read(form, query: request.query) : try TwilioMessage.read(form)
      if let items { return items }
    }
    return [try Self.leftOver(form, encoded)]
  }

  /// What is neither message, status nor call. The alerts of Twilio's debugger are known and of no
  /// use to a conversation.
  private static func leftOver(
    _ form: TwilioForm, _ encoded: [UInt8]
  ) throws(Unreadable) -> Item {
    let account = try form.text("AccountSid")
    if form.has("PayloadType"), let sid = try form.text("Sid") {
      return Item(key: "debugger:\(sid)", account: account, fact: .ignored(kind: "debugger"))
    }
    let named = try form.text("EventType", or: "StatusCallbackEvent")
    let shape = form.has("CallSid") ? "call" : form.has("MessageSid") ? "message" : "form"
    let kind = named ?? shape
    return Item(
      key: "unrecognised:\(Hex.encode(Crypto.sha256(encoded)))", account: account,
      fact: .unrecognised(kind: String(kind.prefix(kindCharactersMax))))
  }

  /// A stranger's word is kept as a label; no word of Twilio's is nearly this long.
  static let kindCharactersMax = 100

  /// The bytes that hold the fields: the body, or of a GET the query.
  private static func encodedFields(_ request: HTTPRequest) -> [UInt8] {
    request.method == "GET" ? Array(request.query.utf8) : request.body
  }

  /// Whether a text is one of Twilio's identifiers of the kind that begins so.
  static func isSID(_ text: String, _ prefix: String) -> Bool {
    text.hasPrefix(prefix) && text.utf8.count == 34
      && text.utf8.dropFirst(2).allSatisfy { Hex.value($0) != nil }
  }
}

extension Twilio {
  /// The answer Twilio wants: <https://www.twilio.com/docs/usage/webhooks>, 2026.
  ///
  /// Messages and calls get an empty TwiML document: a text body would be sent to the person as an
  /// SMS. Twilio repeats nothing that was answered 4xx or 5xx unless the webhook's address asks for
  /// it (`#rc=3&rp=all`), so whatever is stored is answered with success.
  package func answer(_ outcome: WebhookOutcome, to request: HTTPRequest) -> HTTPResponse {
    switch outcome {
    case .stored(.quarantined):
      return HTTPResponse(
        status: 403, contentType: "text/plain; charset=utf-8", body: "signature not accepted\n")
    case .stored(.processed), .stored(.duplicate), .stored(.ignored), .stored(.unrouted):
      return Self.isReport(request) ? HTTPResponse(status: 204) : Self.emptyTwiML
    case .stored(.unrecognised), .stored(.unreadable), .stored(.failed): return Self.emptyTwiML
    case .unavailable:
      var response = HTTPResponse(
        status: 503, contentType: "text/plain; charset=utf-8", body: "not stored, come again\n")
      response.headers.add("Retry-After", Self.retryAfterSeconds)
      return response
    case .disabled:
      return HTTPResponse(
        status: 410, contentType: "text/plain; charset=utf-8", body: "this channel is off\n")
    }
  }

  /// Twilio's own retries stop after 15 s in all; a longer pause would waste the last of them.
  private static let retryAfterSeconds = "2"

  private static let emptyTwiML = HTTPResponse(
    status: 200, contentType: "text/xml; charset=utf-8",
    body: #"<?xml version="1.0" encoding="UTF-8"?><Response/>"#)

  /// Whether the request tells of something and asks for no TwiML: an event stream, or a status.
  private static func isReport(_ request: HTTPRequest) -> Bool {
    if TwilioMedia(request) == .json { return true }
    return encodedFields(request).split(separator: UInt8(ascii: "&")).contains { field in
      reportFields.contains { field.starts(with: $0.utf8) }
    }
  }

  /// The fields that only status callbacks have: of messages, calls and recordings.
  private static let reportFields = ["MessageStatus=", "CallbackSource=", "RecordingStatus="]

  /// Where the webhook's address goes in the Twilio console.
  package func remainingSteps(webhookURL: String) -> [String] {
    let address = "\(webhookURL)#rc=3&rp=all"
    return [
      "In the Twilio console, open Phone Numbers > Manage > Active numbers > the number > "
        + "Messaging Configuration, set \"A message comes in\" to Webhook, HTTP POST, and paste "
        + "\(address) (the part behind # makes Twilio try again after any failure).",
      "If the number belongs to a Messaging Service, paste the same address at Messaging > "
        + "Services > the service > Integration > \"Send a webhook\" instead; for WhatsApp at "
        + "Messaging > Senders > WhatsApp senders > the sender > \"Webhook URL for incoming "
        + "messages\".",
      "Paste it as \"Status callback URL\" there too, so that the state of messages sent outside "
        + "of this gateway arrives; messages sent by it carry their own.",
      "For calls, paste it at the number's Voice Configuration under \"A call comes in\" and "
        + "\"Call status changes\", HTTP POST.",
    ]
  }
}
