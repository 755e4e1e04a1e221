import Gateway
import Simulator
import Testing

/// WhatsApp takes free text for a day after the person wrote; the SMS behind it always goes.
@Suite(.ownThread) struct FailoverTests {
  private static let early = "+15035550141"
  private static let late = "+15035550142"
  private static let told = "+15035550143"

  @Test func whereTheWindowIsClosedTheSMSGoesOutAndTheStorySaysWhy() throws {
    var script = ProviderScript()
    // Twilio knows better than we do that this window is closed.
    script.twilio.closedWindows = ["whatsapp:\(Self.told)"]
    let rig = try OutboundHome(script)
    let whatsApp = try rig.twilio("whatsapp:\(Home.ourNumber)")
    _ = try rig.twilio()
    for phone in [Self.late, Self.told] { try write(from: phone, whatsApp, rig) }

    let known = try send(to: Self.early, rig)
    try rig.daemon.call("POST", "/v1/channels/\(whatsApp)/pause")
    let aged = try send(to: Self.late, rig)
    #expect(try rig.message(aged)["transport"]?.string == "whatsapp")
    // The window closes while it waits: a day later, as far as the daemon can tell.
    try rig.restart {
      let store = try Connection(
        path: rig.home.database, readOnly: false, cacheMebibytes: 4, busyMilliseconds: 10_000)
      try store.run("UPDATE chats SET last_inbound_at = last_inbound_at - 90000000")
      store.close()
    }
    try rig.daemon.call("POST", "/v1/channels/\(whatsApp)/resume")
    try write(from: Self.told, whatsApp, rig)
    let told = try send(to: Self.told, rig)
    #expect(try rig.message(told)["transport"]?.string == "whatsapp")

    for (id, phone) in [(known, Self.early), (aged, Self.late), (told, Self.told)] {
      try rig.expect("\(phone) has the SMS") { try rig.status(id) == "delivered" }
      #expect(rig.provider.ledger.accepted(to: phone).map(\.text) == ["Ready."])
      #expect(try rig.message(id)["transport"]?.string == "sms")
    }
    #expect(rig.provider.ledger.accepted(to: "whatsapp:\(Self.early)").isEmpty)
    #expect(rig.provider.ledger.accepted(to: "whatsapp:\(Self.late)").isEmpty)
    #expect(rig.provider.ledger.accepted(to: "whatsapp:\(Self.told)").count == 1)

    #expect(try rig.explain(known).contains("fell back at once, because whatsapp"))
    for id in [aged, told] {
      let story = try rig.explain(id)
      #expect(story.contains("it falls back to") && story.contains("(sms)"), "\(story)")
    }
    #expect(try rig.explain(told).contains("63016"))
    try rig.daemon.stop()
  }

  private func write(from phone: String, _ channel: String, _ rig: OutboundHome) throws {
    let request = rig.daemon.twilio(channel).whatsApp(
      .text("Is it ready?"), from: WhatsAppUser(phone: phone, profileName: "Maya"),
      to: Home.ourNumber)
    #expect(try HTTPClient().send(request).status == 200)
  }

  private func send(to phone: String, _ rig: OutboundHome) throws -> String {
    let message = try rig.daemon.call(
      "POST", "/v1/messages",
      [
        "to": ["address": .string(phone), "transport": "whatsapp"], "text": "Ready.",
        "fallback": ["sms"],
      ])
    return try #require(message["id"]?.string)
  }
}
