import Simulator
import Testing

@testable import Gateway

@Suite struct GraphAPITests {
  @Test func anAcceptedMessageIsAnsweredWithItsIdAndWhoItReaches() throws {
    var script = ProviderScript()
    script.meta.waIDs = ["+5215512345678": "+525512345678"]
    let rig = try MetaRig(script)
    let response = try rig.text("Sim, abrimos.", ourID: "msg_1")
    #expect(response.status == 200)
    let id = try #require(response.json["messages"]?.array?.first?["id"]?.string)
    #expect(id.hasPrefix("wamid."))
    let contact = try #require(response.json["contacts"]?.array?.first)
    #expect(contact["input"] == "+5511987654321" && contact["wa_id"] == "5511987654321")
    #expect(contact["user_id"] == .string(MetaID.userID(phone: "+5511987654321")))
    let entry = try #require(rig.ledger.accepted(to: "+5511987654321").first)
    #expect(entry.outcome == .accepted(id: id) && entry.ourID == "msg_1")
    #expect(entry.provider == "whatsapp_cloud" && entry.text == "Sim, abrimos.")
    let other = try rig.text("hola", to: "AR.7755331199").json["contacts"]?.array?.first
    #expect(other == ["input": "AR.7755331199", "user_id": "AR.7755331199"])
    let variant = try rig.text("hola", to: "+5215512345678").json["contacts"]?.array?.first
    #expect(variant?["wa_id"] == "525512345678" && variant?["input"] == "+5215512345678")
  }

  private static let refusals: [(JSONObject, Int64)] = [
    (["type": "text", "text": ["body": ""]], 131008),
    (["type": "text", "text": ["body": .string(String(repeating: "x", count: 4097))]], 131009),
    (["type": "image", "image": ["id": "1", "link": "https://a.b/c"]], 131008),
    (["type": "image", "image": ["id": "1234567890123456"]], 131009),
    (["type": "sticker", "sticker": ["link": "https://a.b/c.webp", "caption": "x"]], 100),
    (["type": "poll", "poll": ["x": 1]], 131051),
    (["type": "location", "location": ["latitude": 1]], 131008),
    (["type": "reaction", "reaction": ["emoji": "👍"]], 131008),
    (["type": "interactive", "interactive": interactive(buttons: 4)], 131009),
    (["type": "interactive", "interactive": interactive(buttons: 2, title: "Yes")], 131009),
    (template("nobody", []), 132001), (template("order_ready", ["1"]), 132000),
    (template("old_offer", []), 132015),
  ]

  private static func interactive(buttons: Int, title: String? = nil) -> JSON {
    let buttons = (0..<buttons).map { number -> JSON in
      [
        "type": "reply",
        "reply": ["id": .string("b\(number)"), "title": .string(title ?? "Button \(number)")],
      ]
    }
    return [
      "type": "button", "body": ["text": "Choose"], "action": ["buttons": .array(buttons)],
    ]
  }

  private static func template(_ name: String, _ parameters: [String]) -> JSONObject {
    [
      "type": "template",
      "template": [
        "name": .string(name), "language": ["code": "en_US"],
        "components": [
          [
            "type": "body",
            "parameters": .array(parameters.map { ["type": "text", "text": .string($0)] }),
          ]
        ],
      ],
    ]
  }

  private static var templates: [ProviderTemplate] {
    var templates = [
      ProviderTemplate(
        name: "order_ready", language: "en_US", category: "UTILITY", status: "APPROVED",
        components: [["type": "BODY", "text": "{{1}}, order {{2}} is ready, {{1}}."]]),
      ProviderTemplate(
        name: "old_offer", language: "en_US", category: "MARKETING", status: "PAUSED"),
    ]
    templates += (1...28).map {
      ProviderTemplate(name: "t_\($0)", language: "pt_BR", status: "APPROVED")
    }
    return templates
  }

  @Test(arguments: refusals)
  func whatMetaRefusesIsRefusedWithItsCode(_ members: JSONObject, _ code: Int64) throws {
    var script = ProviderScript()
    script.meta.templates = Self.templates
    let rig = try MetaRig(script)
    let response = try rig.cloud(members)
    #expect(response.status == (code == 132001 ? 404 : 400))
    #expect(response.json.metaCode == code)
    #expect(response.json["error"]?["error_data"]?["messaging_product"] == "whatsapp")
    #expect(rig.outcomes == [.refused(code: Int(code))])
  }

  @Test func aTemplateWithItsParametersAndButtonsAndListsAreTaken() throws {
    var script = ProviderScript()
    script.meta.templates = Self.templates
    let rig = try MetaRig(script)
    let sent = try rig.cloud(Self.template("order_ready", ["Ana", "17"]))
    #expect(sent.json["messages"]?.array?.first?["message_status"] == "accepted")
    let buttons = try rig.cloud([
      "type": "interactive", "interactive": Self.interactive(buttons: 3),
    ])
    #expect(buttons.status == 200)
    #expect(
      rig.ledger.accepted(to: "+5511987654321").map(\.text) == ["order_ready Ana 17", "Choose"])
  }

  @Test func templatesComeInPages() throws {
    var script = ProviderScript()
    script.meta.templates = Self.templates
    let rig = try MetaRig(script)
    let first = try rig.call("GET", "203344556677889/message_templates").json
    #expect(first["data"]?.array?.count == 25)
    let next = try #require(first["paging"]?["next"]?.string)
    let second = try rig.call("GET", next).json
    #expect(second["data"]?.array?.count == 5 && second["paging"]?["next"] == nil)
    let all = (first["data"]?.array ?? []) + (second["data"]?.array ?? [])
    #expect(all.compactMap { $0["name"]?.string } == Self.templates.map(\.name))
    #expect(all.first?["status"] == "APPROVED" && all.first?["id"]?.string != nil)
    let one = try rig.call("GET", "203344556677889/message_templates?name=t_3").json
    #expect(one["data"]?.array?.count == 1)
  }

  @Test func onlyTokensThatAreGoodAreLetIn() throws {
    var script = ProviderScript()
    script.meta.tokenCalls = 2
    let rig = try MetaRig(script)
    let path = "\(MetaSupport.number.id)?fields=display_phone_number"
    #expect(try rig.call("GET", path, token: "").json.metaCode == 190)
    #expect(try rig.call("GET", path, token: "stranger").status == 401)
    let other = try rig.call("GET", path, account: MetaSupport.page)
    #expect(other.status == 403 && other.json.metaCode == 200)
    #expect(try rig.call("GET", path).json["display_phone_number"] == "+14155550123")
    rig.server.expireMetaToken(MetaSupport.page.accessToken)
    for response in [
      try rig.call("GET", "me", account: MetaSupport.page), try rig.call("GET", path),
      try rig.call("GET", path),
    ].suffix(2).dropFirst() + [try rig.call("GET", "me", account: MetaSupport.page)] {
      #expect(response.status == 401 && response.json.metaCode == 190)
      #expect(response.json["error"]?["error_subcode"] == 463)
    }
    var mended = MetaSupport.number
    mended.accessToken = "EAAnew"
    rig.server.setMeta([mended])
    #expect(try rig.call("GET", path, token: "EAAnew").status == 200)
  }

  @Test func filesAreBehindAnAddressThatWantsTheTokenAndExpires() throws {
    var script = ProviderScript()
    script.meta.mediaUses = 2
    let rig = try MetaRig(script)
    let id = "998877665544332"
    rig.server.addMetaFile(id, MetaFile(contentType: "image/png", bytes: [1, 2, 3]))
    func address() throws -> String {
      let file = try rig.call("GET", "\(id)?phone_number_id=118899001122334").json
      #expect(file["mime_type"] == "image/png" && file["file_size"] == 3)
      #expect(file["sha256"] == "A5BYxvLAy0ksUzsKTRTvd8wPeKvMztUofYShogEc+4E=")
      return try #require(file["url"]?.string)
    }
    let url = try address()
    #expect(try rig.call("GET", url, token: "").status == 401)
    #expect(try rig.call("GET", url).body == [1, 2, 3])
    #expect(try rig.call("GET", url + "0").status == 403)
    #expect(try rig.call("GET", url).status == 200)
    #expect(try rig.call("GET", url).status == 404)
    rig.clock.advance(milliseconds: 299_000)
    let second = try address()
    rig.clock.advance(milliseconds: 299_000)
    #expect(try rig.call("GET", second).status == 200)
    rig.clock.advance(milliseconds: 1000)
    #expect(try rig.call("GET", second).status == 404)
    #expect(try rig.call("GET", "nothing").json.metaCode == 100)
  }

  @Test func whatAWebhookNamesIsWhatIsDownloaded() throws {
    let rig = try MetaRig()
    var meta = MetaSupport.simulator(MetaSupport.number)
    meta.filesURL = rig.server.url
    let update = meta.message(
      .media(.voice, caption: nil, fileName: nil), from: MetaSupport.rafaela)
    let value = try JSON.parse(meta.post(update).body)["entry"]?.array?.first?["changes"]?
      .array?.first?["value"]
    let audio = try #require(value?["messages"]?.array?.first?["audio"])
    #expect(audio["voice"] == true && audio["mime_type"] == "audio/ogg; codecs=opus")
    let direct = try rig.call("GET", try #require(audio["url"]?.string))
    #expect(direct.status == 200 && direct.headers["content-type"] == "audio/ogg; codecs=opus")
    #expect(audio["sha256"] == .string(Base64.encode(Crypto.sha256(direct.body))))
    let described = try rig.call("GET", try #require(audio["id"]?.string)).json
    #expect(described["sha256"] == audio["sha256"])
  }

  @Test func anUploadedFileIsSentByItsId() throws {
    let rig = try MetaRig()
    var request = HTTPRequest(
      method: "POST", target: "\(rig.server.url)/v25.0/118899001122334/media",
      headers: [
        "Authorization": "Bearer \(MetaSupport.number.accessToken)",
        "Content-Type": "multipart/form-data; boundary=x1",
      ])
    request.body = Array(
      """
      --x1\r\nContent-Disposition: form-data; name="messaging_product"\r\n\r\nwhatsapp\r\n\
      --x1\r\nContent-Disposition: form-data; name="type"\r\n\r\napplication/pdf\r\n\
      --x1\r\nContent-Disposition: form-data; name="file"; filename="a.pdf"\r\n\
      Content-Type: application/pdf\r\n\r\n%PDF\r\n--x1--\r\n
      """.utf8)
    let id = try #require(try HTTPClient().send(request).json["id"]?.string)
    let sent = try rig.cloud(["type": "document", "document": ["id": .string(id)]])
    #expect(sent.status == 200)
    request.body = Array(
      "--x1\r\nContent-Disposition: form-data; name=\"type\"\r\n\r\nx\r\n--x1--".utf8)
    #expect(try HTTPClient().send(request).status == 400)
  }

  @Test func readMarksTypingAndSubscriptionsAreAnswered() throws {
    let rig = try MetaRig()
    let read: JSON = [
      "messaging_product": "whatsapp", "status": "read", "message_id": "wamid.X",
      "typing_indicator": ["type": "text"],
    ]
    #expect(try rig.call("POST", "118899001122334/messages", read).json["success"] == true)
    #expect(rig.ledger.entries.map(\.operation) == ["messages.typing"])
    let typing: JSON = ["recipient": ["id": "6543210987654321"], "sender_action": "typing_on"]
    let shown = try rig.call(
      "POST", "\(MetaSupport.page.id)/messages", typing, account: MetaSupport.page)
    #expect(shown.json == ["recipient_id": "6543210987654321"])
    let apps = "203344556677889/subscribed_apps"
    #expect(try rig.call("GET", apps).json["data"]?.array?.isEmpty == true)
    #expect(try rig.call("POST", apps, [:]).json["success"] == true)
    #expect(try rig.call("GET", apps).json["data"]?.array?.count == 1)
    let profile = try rig.call(
      "GET", "\(MetaSupport.person)?fields=name,username", account: MetaSupport.instagram
    ).json
    #expect(profile["name"] == "Person 4321" && profile["username"] == "person.4321")
  }

  @Test func whoIsTooFastIsToldSoWith400() throws {
    var script = ProviderScript()
    script.limits = .published
    let rig = try MetaRig(script)
    for number in 1...45 { #expect(try rig.text("\(number)").status == 200) }
    let pair = try rig.text("46")
    #expect(pair.status == 400 && pair.json.metaCode == 131056)
    #expect(pair.headers["retry-after"] == nil)
    // Four more than 80: what a network is uneven by.
    for number in 0..<39 { try rig.text("x", to: "+55119870000\(10 + number)") }
    let whole = try rig.text("x", to: "+5511987000099")
    #expect(whole.status == 400 && whole.json.metaCode == 130429)
    #expect(rig.outcomes.suffix(1) == [.limited])
    rig.clock.advance(milliseconds: 6000)
    #expect(try rig.text("46").status == 200)
    #expect(try rig.text("47").json.metaCode == 131056)
    #expect(rig.ledger.counts.retryAfterViolations == 0)
  }

  @Test func instagramsAndMessengersRulesHold() throws {
    var script = ProviderScript()
    script.meta.errors = ["7012345678901234": GraphScript.Fault(551, 1_545_041)]
    let rig = try MetaRig(script)
    let instagram = MetaSupport.instagram
    let sent = try rig.message(["text": "¡Sí, hay!"], on: instagram)
    #expect(sent.json["recipient_id"] == .string(MetaSupport.person))
    #expect(sent.json["message_id"]?.string?.hasPrefix("aWdf") == true)
    let long = String(repeating: "д", count: 501)
    #expect(try rig.message(["text": .string(long)], on: instagram).json.metaCode == 100)
    #expect(try rig.message(["text": .string(long)], on: MetaSupport.page).status == 200)
    let gone = try rig.message(["text": "x"], on: instagram, to: "7012345678901234").json
    #expect(gone.metaCode == 551 && gone["error"]?["error_subcode"] == 1_545_041)
    let tag: JSONObject = ["messaging_type": "MESSAGE_TAG", "tag": "ACCOUNT_UPDATE"]
    let tagged = try rig.message(["text": "x"], on: instagram, to: MetaSupport.person, tag)
    #expect(tagged.json.metaCode == 100)
    let replies: JSON = [
      "text": "When?",
      "quick_replies": [["content_type": "text", "title": "Saturday", "payload": "sat"]],
    ]
    #expect(try rig.message(replies, on: MetaSupport.page).status == 200)
  }

  @Test func theWindowIsOpenForADayAndForAnAgentAWeek() throws {
    var script = ProviderScript()
    script.meta.enforcesWindows = true
    let rig = try MetaRig(script)
    let instagram = MetaSupport.instagram
    let agent: JSONObject = ["messaging_type": "MESSAGE_TAG", "tag": "HUMAN_AGENT"]
    func code(_ more: JSONObject = ["messaging_type": "RESPONSE"]) throws -> Int64? {
      try rig.message(["text": "x"], on: instagram, to: MetaSupport.person, more).json.metaCode
    }
    #expect(try code() == 10)
    rig.server.metaPersonWrote(MetaSupport.person, to: instagram.id)
    rig.server.metaPersonWrote("+5511987654321", to: MetaSupport.number.id)
    rig.clock.advance(milliseconds: 86_399_000)
    #expect(try code() == nil)
    #expect(try rig.text("in time").status == 200)
    rig.clock.advance(milliseconds: 1000)
    #expect(try code() == 10 && code(agent) == nil)
    #expect(try rig.text("late").status == 200)
    rig.clock.advance(milliseconds: 6 * 86_400_000)
    #expect(try code(agent) == 10)
    let failed = try rig.statuses().filter { $0["status"] == "failed" }
    #expect(failed.compactMap { $0["errors"]?.array?.first?["code"] } == [131047])
  }
}
