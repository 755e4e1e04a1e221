import Simulator
import Testing

@testable import Gateway

@Suite struct GraphStatusTests {
  private func words(_ statuses: [JSON]) -> [String] {
    statuses.compactMap { $0["status"]?.string }
  }

  @Test func statusesComeSignedWithOurIdInEach() throws {
    let rig = try MetaRig()
    let sent = try rig.text("hi", ourID: "msg_1").json
    let statuses = try rig.statuses()
    #expect(words(statuses) == ["sent", "delivered", "read"])
    #expect(statuses.allSatisfy { $0["biz_opaque_callback_data"] == "msg_1" })
    #expect(statuses.allSatisfy { $0["id"] == sent["messages"]?.array?.first?["id"] })
    #expect(statuses.allSatisfy { $0["recipient_id"] == "5511987654321" })
    #expect(rig.ledger.counts.callbacksDelivered == 3)
  }

  @Test func aMessageMayArriveAfterItFailedAndBeReadWithoutHavingArrived() throws {
    var script = ProviderScript()
    script.meta.deliveredAfterFailedRate = 1
    let late = try MetaRig(script)
    try late.text("hi")
    let statuses = try late.statuses()
    #expect(words(statuses) == ["sent", "failed", "delivered", "read"])
    #expect(statuses[1]["errors"]?.array?.first?["code"] == 131026)
    script.meta.deliveredAfterFailedRate = 0
    script.meta.deliveredMissingRate = 1
    let missing = try MetaRig(script)
    try missing.text("hi")
    #expect(try words(missing.statuses()) == ["sent", "read"])
  }

  @Test func numbersWithACodeInThemFailAtOnceOrLater() throws {
    let rig = try MetaRig()
    #expect(try rig.text("x", to: "+1500557131030").json.metaCode == 131030)
    #expect(try rig.text("x", to: "+1500558131026").status == 200)
    let link: JSON = ["link": "https://files.invalid/a.jpg"]
    #expect(try rig.cloud(["type": "image", "image": link]).status == 200)
    let codes = try rig.statuses().compactMap { $0["errors"]?.array?.first?["code"] }
    #expect(codes.count == 2 && codes.contains(131026) && codes.contains(131053))
    #expect(try words(rig.statuses()) == ["failed", "failed"])
  }

  @Test func instagramEchoesAndReadsAndNeverSaysDelivered() throws {
    let rig = try MetaRig()
    let sent = try rig.message(["text": "¡Sí!"], on: MetaSupport.instagram).json
    let events = try rig.events()
    #expect(events.count == 2)
    #expect(events[0]["message"]?["mid"] == sent["message_id"])
    #expect(events[0]["message"]?["is_echo"] == true && events[0]["message"]?["text"] == "¡Sí!")
    #expect(events[0]["sender"]?["id"] == .string(MetaSupport.instagram.id))
    #expect(events[1]["read"]?["mid"] == sent["message_id"])
  }

  @Test func messengerTellsByWatermark() throws {
    let rig = try MetaRig()
    let sent = try rig.message(["text": "yes"], on: MetaSupport.page).json
    let events = try rig.events()
    #expect(events[0]["message"]?["mid"] == sent["message_id"])
    let watermark: JSON = .integer(SimulatorSupport.start.millisecondsSinceEpoch)
    #expect(events[1]["delivery"]?["mids"] == [sent["message_id"] ?? .null])
    #expect(events[1]["delivery"]?["watermark"] == watermark)
    #expect(events[2]["read"] == ["watermark": watermark])
  }

  @Test func statusesGoToTheAddressThatWasSubscribed() throws {
    let rig = try MetaRig()
    let override: JSON = [
      "override_callback_uri": "http://127.0.0.1:1/elsewhere", "verify_token": "v",
    ]
    try rig.call("POST", "203344556677889/subscribed_apps", override)
    try rig.text("hi")
    #expect(try rig.statuses().isEmpty)
    #expect(rig.ledger.counts.callbacksFailed == 3)
  }

  @Test func theSameSeedGivesTheSameIds() throws {
    func ids(seed: UInt64) throws -> [String] {
      var script = ProviderScript()
      script.seed = seed
      let rig = try MetaRig(script)
      return try (1...3).map { try rig.text("\($0)") }
        .compactMap { $0.json["messages"]?.array?.first?["id"]?.string }
    }
    let first = try ids(seed: 3)
    #expect(try ids(seed: 3) == first && Set(first).count == 3)
    #expect(try ids(seed: 4) != first)
  }

  @Test func aScriptIsReadFromJSON() throws {
    let json: JSON = [
      "limits": ["cloud_pair": ["per_second": 2, "burst": 3]],
      "meta": [
        "errors": ["+1503": 131030, "65": [10, 2_534_022]], "closed_windows": ["66"],
        "enforces_windows": true, "token_calls": 5, "media_uses": 1, "names": ["65": "Ana"],
        "media_expiry_seconds": 10, "delivered_after_failed_rate": .number(0.5),
        "templates": [["name": "a", "language": "en", "status": "APPROVED"]],
      ],
    ]
    let script = try ProviderScript(json: json)
    #expect(script.limits?.cloudPair == ProviderScript.Limits.Rate(perSecond: 2, burst: 3))
    #expect(script.meta.errors["65"] == GraphScript.Fault(10, 2_534_022))
    #expect(script.meta.errors["+1503"] == GraphScript.Fault(131030))
    #expect(script.meta.templates.map(\.name) == ["a"])
    #expect(script.meta.enforcesWindows && script.meta.tokenCalls == 5)
    #expect(throws: SimulatorError.self) {
      try ProviderScript(json: ["meta": ["error": ["x": 1]]])
    }
  }
}
