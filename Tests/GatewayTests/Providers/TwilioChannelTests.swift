import Testing

@testable import Gateway

@Suite struct TwilioChannelTests {
  private static let sid = "00112233445566778899aabbccddeeff"

  @Test(
    arguments: [
      (["account_sid": "AC12"], "account_sid"),
      (["account_sid": .string("ac\(sid)")], "account_sid"),
      (["account_sid": .string("AC\(sid.dropLast())g")], "account_sid"),
      (["auth_token": nil], "auth_token"),
      (["api_key_sid": .string("SK\(sid)")], "api_key_secret"),
      (["api_key_secret": "x"], "api_key_sid"),
      (["api_key_sid": "SK1", "api_key_secret": "x"], "api_key_sid"),
      (["messaging_service_sid": .string("AC\(sid)")], "messaging_service_sid"),
      (["shared_keys": "no-colon"], "shared_keys"),
      (["shared_keys": ":secret"], "shared_keys"),
      (["shared_keys": "id:"], "shared_keys"),
      (["shared_keys": "id:HMAC_SHA256:"], "shared_keys"),
      (["shared_keys": "id:HMAC_SHA256"], "shared_keys"),
      (["api_base_url": "ftp://x"], "api_base_url"),
      (["auth_tokens": "x"], "auth_tokens"),
    ] as [(JSONObject, String)])
  func wrongSettingsAreNamed(_ settings: JSONObject, field: String) throws {
    var all: JSONObject = ["auth_token": .string(TwilioTest.token)]
    for member in settings { all[member.key] = member.value }
    let error = try #require(throws: SettingsError.self) { try TwilioTest.channel(all) }
    #expect(error.field == field)
  }

  @Test func aWrongSecretIsNotQuoted() throws {
    let error = try #require(throws: SettingsError.self) {
      try TwilioTest.channel(["shared_keys": "hush-hush-hush"])
    }
    #expect(!error.description.contains("hush"))
  }

  @Test func theAccountIsRequiredAndAnyOneSecretIsEnough() throws {
    #expect(throws: SettingsError.self) {
      try ChannelSettings(["auth_token": "x"], declared: Twilio.settings)
    }
    #expect(try TwilioTest.channel(["shared_keys": "id:secret"]).accounts == [TwilioTest.account])
    #expect(try TwilioTest.channel(["auth_token": "x"]).accounts == [TwilioTest.account])
  }

  @Test(
    arguments: [
      ("whatsapp:+14155550123", [TransportKind.whatsapp]), ("messenger:104", [.messenger]),
      ("rcs:agent", [.other]), ("+12065550199", [.sms, .phone]), ("32665", [.sms]),
      ("ACME", [.sms]),
      (nil, [.sms, .whatsapp, .messenger, .phone, .other]),
    ] as [(String?, [TransportKind])])
  func anAddressSaysWhichLinesItSpeaksOn(address: String?, transports: [TransportKind]) throws {
    #expect(try TwilioTest.channel().transports(address: address) == transports)
  }

  private static let message = TwilioTest.signed(
    TwilioTest.form(["MessageSid": "SM1", "From": "+15035550142", "Body": "MessageStatus=sent"]))
  private static let status = TwilioTest.signed(
    TwilioTest.form(["SmsSid": "SM1", "MessageStatus": "sent"]))
  private static let call = TwilioTest.signed(
    TwilioTest.form(["CallSid": "CA1", "CallStatus": "ringing"]))

  @Test(arguments: ReceiptState.allCases.filter { $0 != .quarantined })
  func whateverIsStoredIsAnsweredSoThatNothingIsSentToThePerson(_ state: ReceiptState) throws {
    for request in [Self.message, Self.call, Self.status] {
      let response = try TwilioTest.channel().answer(.stored(state), to: request)
      if response.status == 204 {
        #expect(response.body.isEmpty)
      } else {
        #expect(response.status == 200)
        #expect(response.headers.mediaType == "text/xml")
        #expect(
          String(decoding: response.body, as: UTF8.self)
            == #"<?xml version="1.0" encoding="UTF-8"?><Response/>"#)
      }
    }
  }

  @Test func aStatusCallbackIsAnsweredWithoutContentAndAMessageWithTwiML() throws {
    let channel = try TwilioTest.channel()
    var get = Self.status
    get.method = "GET"
    get.target += "?\(String(decoding: Self.status.body, as: UTF8.self))"
    get.body = []
    for request in [Self.status, get] {
      #expect(channel.answer(.stored(.processed), to: request).status == 204)
    }
    for request in [Self.message, Self.call] {
      #expect(channel.answer(.stored(.duplicate), to: request).status == 200)
    }
  }

  @Test func whatIsNotStoredIsNotAnsweredWithSuccess() throws {
    let channel = try TwilioTest.channel()
    #expect(channel.answer(.stored(.quarantined), to: Self.message).status == 403)
    #expect(channel.answer(.disabled, to: Self.message).status == 410)
    let later = channel.answer(.unavailable, to: Self.message)
    #expect(later.status == 503)
    #expect(later.headers["retry-after"].flatMap { Int($0) } != nil)
  }

  @Test func theStepsLeftAskForRetriesOfEveryFailure() throws {
    let steps = try TwilioTest.channel().remainingSteps(webhookURL: "https://gw.example.com/w/1")
    #expect(steps.first?.contains("https://gw.example.com/w/1#rc=3&rp=all") == true)
    #expect(steps.contains { $0.contains("Status callback") })
  }
}
