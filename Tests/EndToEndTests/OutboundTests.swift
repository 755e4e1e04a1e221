import Gateway
import Simulator
import Testing

/// The way of a message to its person and of its status back.
@Suite(.ownThread) struct OutboundTests {
  @Test func aMessageArrivesAndItsStatusComesBack() throws {
    let rig = try OutboundHome()
    let sms = try rig.twilio()
    let whatsApp = try rig.twilio("whatsapp:\(Home.ourNumber)")
    let twilio = rig.daemon.twilio(whatsApp)
    let hello = twilio.whatsApp(
      .text("Hi"), from: WhatsAppUser(phone: "+15035550143", profileName: "Maya"),
      to: Home.ourNumber)
    #expect(try HTTPClient().send(hello).status == 200)

    let words = try rig.daemon.output(
      "send", "--to", "+15035550142", "--transport", "sms", "--text", "Your bike is ready.",
      "--channel", sms, "--json")
    let first = try #require(JSON.parse(Array(words.utf8))["id"]?.string)
    let second = try rig.enqueue("Yours too.", to: "+15035550143", on: whatsApp)
    try rig.settle()
    try rig.expect("delivered") { try rig.status(first) == "delivered" }
    try rig.expect("read") { try rig.status(second) == "read" }

    let entry = try #require(rig.provider.ledger.accepted(to: "+15035550142").first)
    #expect(entry.text == "Your bike is ready.")
    #expect(entry.ourID == first)
    #expect(try rig.message(first)["provider_message_id"]?.string == entry.outcome.id)
    let story = try rig.explain(first)
    #expect(story.contains("It was delivered at"))
    #expect(story.contains("attempt 1: twilio took it (HTTP 201"))
    #expect(try rig.explain(second).contains("They have read it"))
    let types = try rig.daemon.list("/v1/events?limit=1000").filter {
      $0["data"]?["message_id"]?.string == first || $0["data"]?["id"]?.string == first
    }.map { $0["type"]?.string ?? "" }
    #expect(types == ["message.queued", "message.sent", "message.delivered"])
    #expect(rig.provider.ledger.counts.duplicates == 0)
    try rig.daemon.stop()
  }

  @Test func whatWasEnqueuedOnceIsSentOnceAlsoWhenItIsEnqueuedAgainAfterARestart() throws {
    let rig = try OutboundHome()
    // Reports that came while the daemon was down are lost: it has to ask.
    let channel = try rig.twilio(policy: ["reconcile_seconds": 1])
    let one = OutboundHome.message("one", to: "+15035550142", on: channel)
    let key = [("Idempotency-Key", "order-17")]
    let first = try rig.daemon.answer("POST", "/v1/messages", one, headers: key)
    #expect(first.status == 202)
    let batch: JSON = [
      "messages": .array(
        (1...50).map {
          OutboundHome.message("message \($0)", to: "+150355502\($0 + 10)", on: channel)
        })
    ]
    let batchKey = [("Idempotency-Key", "batch-4")]
    try rig.daemon.call("POST", "/v1/messages", batch, headers: batchKey)
    try rig.crash()
    let again = try rig.daemon.answer("POST", "/v1/messages", one, headers: key)
    #expect(again.status == 202 && again.body == first.body)
    #expect(again.headers["idempotency-replayed"] == "true")
    let entries = try rig.daemon.call("POST", "/v1/messages", batch, headers: batchKey)
    #expect(entries["data"]?.array?.count { $0["replayed"]?.bool == true } == 50)
    let other = OutboundHome.message("two", to: "+15035550142", on: channel)
    #expect(try rig.daemon.answer("POST", "/v1/messages", other, headers: key).status == 409)

    try rig.settle()
    #expect(rig.provider.ledger.counts.accepted == 51)
    #expect(rig.provider.ledger.counts.duplicates == 0)
    try rig.expect("all delivered") {
      try rig.home.count("SELECT COUNT(*) FROM messages WHERE status = 'delivered'") == 51
    }
    #expect(try rig.home.count("SELECT COUNT(*) FROM messages") == 51)
    try rig.daemon.stop()
  }

  @Test func aProviderFetchesAnUploadedFileAndAnotherGetsItUploaded() throws {
    let rig = try OutboundHome()
    let twilio = try rig.twilio()
    let telegram = try rig.telegram()
    let bytes = Array("%PDF-1.4 a file of ours".utf8)
    var upload = HTTPRequest(
      method: "POST", target: "\(rig.daemon.apiURL)/v1/files?file_name=bill.pdf",
      headers: [
        "Authorization": "Bearer \(rig.daemon.key)", "Content-Type": "application/pdf",
      ])
    upload.body = bytes
    let stored = try HTTPClient().send(upload)
    try #require(stored.status == 201, "\(String(decoding: stored.body, as: UTF8.self))")
    let file = try #require(JSON.parse(stored.body)["id"]?.string)
    for (channel, address) in [(twilio, "+15035550142"), (telegram, "6012345678")] {
      try rig.daemon.call(
        "POST", "/v1/messages",
        [
          "to": ["address": .string(address)], "channel_id": .string(channel),
          "text": "Your bill", "attachments": [["file_id": .string(file)]],
        ])
    }
    try rig.settle()
    let sent = try #require(rig.provider.ledger.accepted(to: "+15035550142").first)
    let address = try #require(sent.text.split(separator: " ").last)
    let path = try #require(
      address.hasPrefix("\(Home.publicURL)/media/")
        ? address.dropFirst(Home.publicURL.count) : nil)
    let fetched = try HTTPClient().send(
      HTTPRequest(method: "GET", target: "http://127.0.0.1:\(rig.daemon.publicPort)\(path)"))
    #expect(fetched.status == 200 && fetched.body == bytes)
    let forged = try HTTPClient().send(
      HTTPRequest(method: "GET", target: "http://127.0.0.1:\(rig.daemon.publicPort)\(path)x"))
    #expect(forged.status == 404)
    let document = rig.provider.ledger.accepted(to: "6012345678").map(\.operation)
    #expect(document == ["sendDocument"])
    try rig.daemon.stop()
  }

  @Test func whatWasNotTakenIsListedAndExplained() throws {
    let rig = try OutboundHome()
    let channel = try rig.twilio()
    let id = try rig.enqueue(
      "hello", to: "\(TwilioMagic.errorPrefix)21211", on: channel)
    try rig.expect("failed") { try rig.status(id) != "queued" }
    try rig.settle()
    let listed = try rig.daemon.list("/v1/deliveries?error_code=21211")
    #expect(listed.map { $0["message_id"]?.string } == [id])
    let delivery = try #require(listed.first?["id"]?.string)
    let attempts = try rig.daemon.get("/v1/deliveries/\(delivery)")["attempt_list"]?.array
    #expect(attempts?.count == 1)
    for noun in [id, delivery] {
      let story = try rig.explain(noun)
      #expect(story.contains("21211"), "\(story)")
    }
    let dry = try rig.daemon.output("replay", "--error", "21211", "--dry-run")
    #expect(dry.contains("1 delivery matches"), "\(dry)")
    try rig.daemon.stop()
  }
}
