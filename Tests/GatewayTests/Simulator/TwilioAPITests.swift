import Simulator
import Testing

@testable import Gateway

@Suite struct TwilioAPITests {
  private let content = "HX0123456789abcdef0123456789abcdef"

  @Test func anAcceptedMessageIsAnsweredWithItsWholeResource() throws {
    let rig = try ProviderRig()
    let response = try rig.sms(String(repeating: "a", count: 161))
    #expect(response.status == 201)
    let message = response.json
    let sid = try #require(message["sid"]?.string)
    #expect(sid.hasPrefix("SM") && sid.utf8.count == 34)
    #expect(message["status"] == "queued" && message["num_segments"] == "2")
    #expect(message["to"] == "+15035550142" && message["from"] == .string(ProviderRig.ours))
    #expect(message["date_created"] == "Mon, 05 Oct 2026 14:20:00 +0000")
    #expect(message["error_code"] == .null && message["date_sent"] == .null)
    #expect(rig.ledger.accepted(to: "+15035550142").map(\.outcome) == [.accepted(id: sid)])
  }

  @Test func aMessagingServicePicksItsSenderLater() throws {
    let rig = try ProviderRig()
    let response = try rig.twilio(
      "POST", "/Messages.json",
      [
        ("To", "+15035550142"), ("MessagingServiceSid", "MG0123456789abcdef0123456789abcdef"),
        ("Body", "hi"),
      ])
    #expect(response.json["status"] == "accepted" && response.json["from"] == .null)
    #expect(rig.server.waitForCallbacks(milliseconds: 10_000))
    let sid = try #require(response.json["sid"]?.string)
    let later = try rig.twilio("GET", "/Messages/\(sid).json").json
    #expect(later["from"] == "+15005550006" && later["status"] == "delivered")
  }

  private static let refusals: [(String, Int)] = [
    ("To=&From=%2B15005550006&Body=x", 21604), ("To=%2B15035550142&Body=x", 21603),
    ("To=nobody&From=%2B15005550006&Body=x", 21211),
    ("To=%2B15035550142&From=%2B15005550099&Body=x", 21606),
    ("To=%2B15035550142&From=%2B15005550006", 21619),
    ("To=%2B15035550142&From=%2B15005550006&Body=", 21602),
    ("To=%2B15035550142&From=%2B15005550006&Body=\(String(repeating: "x", count: 1601))", 21617),
    ("To=%2B15035550199&From=%2B15005550006&Body=x", 21610),
    ("To=whatsapp:%2B15035550142&From=%2B15005550006&Body=x", 21910),
    ("To=%2B15035550142&From=%2B15005550006&MediaUrl=nowhere", 21620),
    ("To=%2B15035550142&From=%2B15005550006&ContentSid=HX1", 21655),
    ("To=%2B15035550142&From=%2B15005550006&Body=x&StatusCallback=http://a_b.example/x", 21609),
    ("To=%2B150055530034&From=%2B15005550006&Body=x", 30034),
  ]

  @Test(arguments: refusals)
  func whatTwilioRefusesIsRefusedWithItsCode(_ body: String, _ code: Int) throws {
    var script = ProviderScript()
    script.twilio.senders = ["+15005550006"]
    script.twilio.optedOut = ["+15035550199"]
    let rig = try ProviderRig(script)
    let form = try Form(Array(body.utf8)).fields.map {
      (String(decoding: $0.name, as: UTF8.self), String(decoding: $0.value, as: UTF8.self))
    }
    let response = try rig.twilio("POST", "/Messages.json", form)
    #expect(response.status == 400)
    #expect(response.json["code"] == .integer(Int64(code)) && response.json["status"] == 400)
    #expect(rig.outcomes == [.refused(code: code)])
    #expect(rig.ledger.counts.accepted == 0)
  }

  @Test func aTemplateNeedsNoTextAndItsVariablesAreJSON() throws {
    let rig = try ProviderRig()
    let form = [("To", "+15035550142"), ("From", ProviderRig.ours), ("ContentSid", content)]
    #expect(try rig.twilio("POST", "/Messages.json", form).status == 201)
    let wrong = try rig.twilio("POST", "/Messages.json", form + [("ContentVariables", "{1:a}")])
    #expect(wrong.json["code"] == 21656)
    let right = form + [("ContentVariables", "{\"1\":\"a\"}")]
    #expect(try rig.twilio("POST", "/Messages.json", right).status == 201)
  }

  @Test func onlyTheAccountAndItsKeysAreLetIn() throws {
    let rig = try ProviderRig()
    let form = [("To", "+15035550142"), ("From", ProviderRig.ours), ("Body", "x")]
    let sid = ProviderRig.account.sid
    for (user, password, status) in [
      (sid, ProviderRig.account.authToken, 201), ("SK0123", "key-secret", 201),
      ("SK0123", ProviderRig.account.authToken, 401), (sid, "key-secret", 401),
      ("SK9999", "key-secret", 401), (sid, "", 401),
    ] {
      let response = try rig.twilio(
        "POST", "/Messages.json", form, user: user, password: password)
      #expect(response.status == status, "\(user)")
      if status == 401 { #expect(response.json["code"] == 20003) }
    }
    let other = HTTPRequest(method: "GET", target: "\(rig.server.url)/2010-04-01/Accounts/AC1/x")
    #expect(try rig.send(other).status == 401)
    #expect(try rig.twilio("GET", "/Messages/SM1.json").json["code"] == 20404)
    #expect(try rig.twilio("GET", "/Calls.json").status == 404)
  }

  @Test func aListHasTheNewestFirstInPages() throws {
    let rig = try ProviderRig()
    for number in 1...5 {
      try rig.sms("\(number)")
      rig.clock.advance(milliseconds: 60_000)
    }
    try rig.sms("other", to: "+15035550143")
    func page(_ query: String) throws -> (texts: [String], next: String?) {
      let json = try rig.twilio("GET", "/Messages.json?\(query)").json
      let messages = try #require(json["messages"]?.array)
      return (messages.compactMap { $0["body"]?.string }, json["next_page_uri"]?.string)
    }
    let first = try page("To=%2B15035550142&PageSize=2")
    #expect(first.texts == ["5", "4"])
    let next = try #require(first.next)
    #expect(next.contains("Page=1") && next.contains("To=%2B15035550142"))
    #expect(try page("To=%2B15035550142&PageSize=2&Page=2").texts == ["1"])
    #expect(try page("To=%2B15035550142&PageSize=2&Page=2").next == nil)
    #expect(try page("To=%2B15035550142&DateSent%3E=2026-10-05T14:23:00Z").texts == ["5", "4"])
    #expect(try page("To=%2B15035550142&DateSent%3C=2026-10-05T14:20:00Z").texts == ["1"])
    #expect(try page("DateSent=2026-10-06").texts == [])
    #expect(try page("From=%2B15005550006").texts.count == 6)
  }

  @Test func aTypingIndicatorNamesAMessageOnWhatsApp() throws {
    let rig = try ProviderRig()
    func typing(_ body: JSON) throws -> HTTPResponse {
      let credentials = Array("\(ProviderRig.account.sid):\(ProviderRig.account.authToken)".utf8)
      return try rig.send(
        HTTPRequest(
          method: "POST", target: "\(rig.server.url)/v3/Indicators/Typing.json",
          headers: [
            "Authorization": "Basic \(Base64.encode(credentials))",
            "Content-Type": "application/json",
          ], body: body.serialized()))
    }
    #expect(try typing(["channel": "WHATSAPP", "messageId": "SM1"]).json["success"] == true)
    #expect(try typing(["channel": "SMS", "messageId": "SM1"]).status == 400)
  }

  @Test func aFileIsBehindARedirectThatTakesNoCredentialsAndExpires() throws {
    var script = ProviderScript()
    script.media.notReadyTimes = 1
    let rig = try ProviderRig(script)
    rig.server.addTwilioMedia("ME1", contentType: "audio/ogg", bytes: [1, 2, 3])
    let path = "/Messages/MM1/Media/ME1"
    #expect(try rig.twilio("GET", path).status == 404)
    let redirect = try rig.twilio("GET", path)
    #expect(redirect.status == 307)
    let location = try #require(redirect.headers["location"])
    let file = try rig.send(HTTPRequest(method: "GET", target: location))
    #expect(file.status == 200 && file.body == [1, 2, 3])
    #expect(file.headers.mediaType == "audio/ogg")
    let leaking = HTTPRequest(
      method: "GET", target: location, headers: ["Authorization": "Basic eA=="])
    #expect(try rig.send(leaking).status == 400)
    let forged = HTTPRequest(method: "GET", target: location + "0")
    #expect(try rig.send(forged).status == 403)
    rig.clock.advance(milliseconds: 3_600_000)
    #expect(try rig.send(HTTPRequest(method: "GET", target: location)).status == 403)
    #expect(try rig.twilio("GET", path).status == 307)
  }
}
