import Gateway
import Simulator
import Testing

@Suite struct TwilioSimulatorTests {
  private let twilio = SimulatorSupport.twilio()
  private let rafaela = WhatsAppUser(phone: "+5511987654321", profileName: "Rafaela N. 🌻")

  private func everything() -> [(String, HTTPRequest)] {
    let contents: [WhatsAppContent] = [
      .text("oi"), .media(contentType: "image/jpeg", caption: "esse modelo"),
      .location(latitude: "1.5", longitude: "-2", label: "MASP", address: nil),
      .button(text: "Sim", payload: "p", repliedTo: "SM1"), .list(id: "slot", title: "10h"),
      .reply(text: "esse", repliedTo: "SM1"),
      .referral(text: "Olá", headline: "-30%", sourceID: "12"), .forwarded(text: "x", many: true),
    ]
    let steps: [TwilioSimulator.CallStep] = [
      .ringing, .completed(seconds: 43), .noAnswer, .busy, .recording(seconds: 12), .digits("1"),
    ]
    var getter = twilio
    getter.usesGET = true
    return [
      ("sms", twilio.sms(from: "+15035550142", to: "+12065550199", text: "a & b = c% é 👋🏽")),
      ("empty", twilio.sms(from: "+15035550142", to: "+12065550199", text: "")),
      ("get", getter.sms(from: "+15035550142", to: "+12065550199", text: "ping & pong")),
      ("mms", twilio.mms(from: "+1503", to: "+1206", text: "", media: ["image/jpeg", "a/b"])),
      ("messenger", twilio.messenger(from: "701", to: "104", text: "hi")),
      ("stop", twilio.optOut(.stop, from: "+1503", to: "+1206", text: "ARRET")),
      ("status", twilio.status(messageSID: "SM1", status: "sent", from: "+1206", to: "+1503")),
      ("stream", twilio.eventStream(messageSID: "SM1", status: "read", from: "+1", to: "+2")),
    ]
      + contents.map { ("\($0)", twilio.whatsApp($0, from: rafaela, to: "+14155550123")) }
      + steps.map { ("\($0)", twilio.call($0, callSID: "CA1", from: "+1503", to: "+1206")) }
  }

  @Test func signsEveryRequestOverItsOwnBytes() throws {
    for (name, request) in everything() {
      let expected = try SimulatorSupport.signature(request)
      #expect(request.headers["X-Twilio-Signature"] == expected, "\(name)")
      #expect(request.target.hasPrefix(SimulatorSupport.url), "\(name)")
    }
  }

  @Test func sendsTwiliosHeadersWithEveryRequest() throws {
    var tokens: Set<String> = []
    for (name, request) in everything() {
      #expect(request.headers["User-Agent"] == "TwilioProxy/1.1", "\(name)")
      let token = try #require(request.headers["I-Twilio-Idempotency-Token"], "\(name)")
      #expect(token.count == 36 && tokens.insert(token).inserted, "\(name)")
      let type = request.headers.mediaType
      switch (request.method, name) {
      case ("GET", _): #expect(type == nil && request.body.isEmpty)
      case (_, "stream"): #expect(type == "application/json")
      default: #expect(type == "application/x-www-form-urlencoded", "\(name)")
      }
    }
  }

  @Test func sendsAnSMSWithAllParametersOfARealOne() throws {
    let request = twilio.sms(from: "+15035550142", to: "+12065550199", text: "Is table 4 free?")
    let form = try SimulatorSupport.form(request)
    #expect(
      form.fields.map(\.name) == [
        "ToCountry", "ToState", "SmsMessageSid", "NumMedia", "ToCity", "FromZip", "SmsSid",
        "FromState", "SmsStatus", "FromCity", "Body", "FromCountry", "To", "ToZip", "NumSegments",
        "MessageSid", "AccountSid", "From", "ApiVersion",
      ])
    let sid = try #require(form["MessageSid"])
    #expect(sid.hasPrefix("SM") && sid.count == 34)
    #expect(form["SmsSid"] == sid && form["SmsMessageSid"] == sid)
    #expect(form["AccountSid"] == SimulatorSupport.accountSID)
    #expect(form["FromCity"] == "PORTLAND" && form["ToCity"]?.isEmpty == true)
    #expect(form["Body"] == "Is table 4 free?")
  }

  @Test func namesEachFileOfAnMMSUnderItsMessage() throws {
    let form = try SimulatorSupport.form(
      twilio.mms(from: "+1503", to: "+1206", text: "", media: ["image/jpeg", "video/3gpp"]))
    let sid = try #require(form["MessageSid"])
    #expect(sid.hasPrefix("MM") && form["NumMedia"] == "2")
    #expect(form["MediaContentType1"] == "video/3gpp")
    let url = try #require(form["MediaUrl0"])
    #expect(
      url.hasPrefix(
        "https://api.twilio.com/2010-04-01/Accounts/\(SimulatorSupport.accountSID)"
          + "/Messages/\(sid)/Media/ME"))
    #expect(url != form["MediaUrl1"])
  }

  @Test func showsAWhatsAppUserByNumberOrByBusinessScopedId() throws {
    let known = try SimulatorSupport.form(
      twilio.whatsApp(.text("oi"), from: rafaela, to: "+14155550123"))
    #expect(known["From"] == "whatsapp:+5511987654321" && known["WaId"] == "5511987654321")
    #expect(known["To"] == "whatsapp:+14155550123" && known["ProfileName"] == "Rafaela N. 🌻")
    #expect(known["ExternalUserId"] == nil)
    let hidden = try SimulatorSupport.form(
      twilio.whatsApp(
        .text("hola"), from: WhatsAppUser(userID: "AR.138", profileName: "lu"), to: "+1415"))
    #expect(hidden["From"] == "whatsapp:AR.138" && hidden["ExternalUserId"] == "AR.138")
    #expect(hidden["WaId"] == nil)
  }

  @Test func signsTheAddressTwilioKnowsAndSendsToTheOneGiven() throws {
    let known = "https://public.example/hooks/1"
    let request = SimulatorSupport.twilio(signedURL: known).sms(
      from: "+1503", to: "+1206", text: "x")
    #expect(request.target == SimulatorSupport.url)
    let overPublic = try SimulatorSupport.signature(request, url: known)
    #expect(request.headers["X-Twilio-Signature"] == overPublic)
  }

  @Test func neverSendsTheFragmentOfConnectionOverrides() {
    var simulator = twilio
    simulator.webhookURL += "#rc=3&rp=all"
    #expect(
      simulator.sms(from: "+1503", to: "+1206", text: "x").target == SimulatorSupport.url)
  }

  @Test func signsWithASharedKeyAndSaysWhich() throws {
    var simulator = twilio
    simulator.sharedKey = TwilioSimulator.SharedKey(id: "key_1", secret: "sk_synthetic")
    let request = simulator.sms(from: "+1503", to: "+1206", text: "x")
    #expect(
      request.headers["X-Twilio-Webhooks-Signature-Settings"]
        == "key=key_1,algorithm=HMAC_SHA256")
    let expected = TwilioSigner.sign(
      url: request.target, form: try SimulatorSupport.form(request), key: "sk_synthetic",
      digest: .sha256)
    #expect(request.headers["X-Twilio-Signature"] == expected)
  }

  @Test(arguments: TwilioSimulator.Forgery.allCases)
  func forgesSoThatTheSignatureDoesNotFit(_ forgery: TwilioSimulator.Forgery) throws {
    let forger = twilio.forged(forgery)
    var getter = forger
    getter.usesGET = true
    let requests = [
      forger.sms(from: "+1503", to: "+1206", text: "x"),
      getter.sms(from: "+1503", to: "+1206", text: "x"),
      forger.eventStream(messageSID: "SM1", status: "read", from: "+1", to: "+2"),
    ]
    for request in requests {
      let signature = request.headers["X-Twilio-Signature"]
      #expect((signature == nil) == (forgery == .unsigned))
      let fits = try SimulatorSupport.signature(request) == signature
      let bound =
        request.headers.mediaType != "application/json"
        || request.target.hasSuffix(TwilioSigner.bodyHash(request.body))
      #expect(!(fits && bound))
    }
  }

  @Test func repeatsARunByItsSeed() {
    let first = SimulatorSupport.twilio(seed: 7)
    let second = SimulatorSupport.twilio(seed: 7)
    let other = SimulatorSupport.twilio(seed: 8)
    for text in ["one", "two"] {
      let request = first.sms(from: "+1503", to: "+1206", text: text)
      #expect(request == second.sms(from: "+1503", to: "+1206", text: text))
      #expect(request != other.sms(from: "+1503", to: "+1206", text: text))
    }
  }

  @Test func tellsTimesAsTwilioDoes() throws {
    let call = try SimulatorSupport.form(
      twilio.call(.completed(seconds: 43), callSID: "CA1", from: "+1503", to: "+1206"))
    // 1,791,210,000 seconds after 1970.
    #expect(call["Timestamp"] == "Mon, 05 Oct 2026 14:20:00 +0000")
    #expect(call["Timestamp"].flatMap { Instant(rfc5322: $0) } == SimulatorSupport.start)
    #expect(call["CallDuration"] == "43" && call["Duration"] == "1")
    let status = try SimulatorSupport.form(
      twilio.status(messageSID: "SM1", status: "delivered", from: "+1206", to: "+1503"))
    #expect(status["RawDlrDoneDate"] == "2610051420")
  }

  @Test(arguments: [
    ("", 1), (String(repeating: "a", count: 160), 1), (String(repeating: "a", count: 161), 2),
    (String(repeating: "€", count: 80), 1), (String(repeating: "€", count: 81), 2),
    (String(repeating: "ç", count: 70), 1), (String(repeating: "👋", count: 36), 2),
  ])
  func countsSegments(_ text: String, _ segments: Int) {
    #expect(SMSText.segments(text) == segments)
  }
}
