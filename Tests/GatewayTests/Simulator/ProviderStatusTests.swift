import Simulator
import Testing

@testable import Gateway

@Suite struct ProviderStatusTests {
  /// A listener that checks each callback as the gateway would, and writes its status down.
  private final class Receiver {
    private let genuine = Locked<[(form: TwilioParameters, target: String)]>([])
    private let refused = Locked<[String]>([])
    private let server: HTTPServer

    init(publicURL: String? = nil) throws {
      let twilio = try TwilioTest.channel()
      let port = Locked<UInt16>(0)
      let handler = ScriptedHandler { [genuine, refused] request, reply in
        let base = publicURL ?? "http://127.0.0.1:\(port.withLock { $0 })"
        let now = SimulatorSupport.start
        if case .verified = twilio.verify(request.http, publicURL: base, now: now),
          let form = try? SimulatorSupport.form(request.http)
        {
          genuine.withLock { $0.append((form, request.http.target)) }
        } else {
          refused.withLock { $0.append(request.http.target) }
        }
        reply.send(HTTPResponse(status: 204))
      }
      server = try HTTPServer(.test(), handler: handler)
      port.withLock { $0 = server.port }
    }

    deinit { server.stop() }

    var url: String { "http://127.0.0.1:\(server.port)/status?m=msg_1&x=a%20b" }
    var statuses: [String] { genuine.withLock { $0.compactMap { $0.form["MessageStatus"] } } }
    var forms: [TwilioParameters] { genuine.withLock { $0.map(\.form) } }
    var targets: [String] { genuine.withLock { $0.map(\.target) } }
    var refusals: [String] { refused.withLock { $0 } }
  }

  private func script(
    _ change: (inout ProviderScript.Statuses) -> Void = { _ in }
  ) -> ProviderScript {
    var script = ProviderScript()
    change(&script.statuses)
    return script
  }

  @Test func callbacksComeInOrderSignedForTheWholeAddress() throws {
    let receiver = try Receiver()
    let rig = try ProviderRig(script())
    let sid = try #require(try rig.sms("hi", callback: receiver.url).json["sid"]?.string)
    #expect(rig.server.waitForCallbacks(milliseconds: 10_000))
    #expect(receiver.statuses == ["sending", "sent", "delivered"])
    #expect(receiver.refusals == [])
    #expect(Set(receiver.targets) == ["/status?m=msg_1&x=a%20b"])
    #expect(receiver.forms.allSatisfy { $0["MessageSid"] == sid })
    #expect(rig.ledger.accepted(to: "+15035550142").map(\.ourID) == ["msg_1"])
    #expect(rig.ledger.counts.callbacksDelivered == 3)
    #expect(try rig.twilio("GET", "/Messages/\(sid).json").json["status"] == "delivered")
  }

  @Test func whatWasNotDeliveredSaysWhy() throws {
    let receiver = try Receiver()
    var script = script()
    script.twilio.closedWindows = ["whatsapp:+15035550142"]
    let rig = try ProviderRig(script)
    #expect(try rig.sms("hi", to: "+150055630003", callback: receiver.url).status == 201)
    #expect(rig.server.waitForCallbacks(milliseconds: 10_000))
    #expect(receiver.statuses == ["sent", "undelivered"])
    #expect(receiver.forms.map { $0["ErrorCode"] } == [nil, "30003"])
    let response = try rig.sms(
      "hi", to: "whatsapp:+15035550142", from: "whatsapp:+15005550006", callback: receiver.url)
    #expect(rig.server.waitForCallbacks(milliseconds: 10_000))
    #expect(receiver.statuses.last == "failed")
    let sid = try #require(response.json["sid"]?.string)
    let resource = try rig.twilio("GET", "/Messages/\(sid).json").json
    #expect(resource["error_code"] == 63016 && resource["status"] == "failed")
  }

  @Test func callbacksGoWhereTheRouteLeadsAndAreSignedForTheKnownAddress() throws {
    let receiver = try Receiver(publicURL: "https://gw.example.com")
    let real = receiver.url.prefix { $0 != "?" }.dropLast("/status".count)
    var account = ProviderRig.account
    account.callbackRoute = TwilioAccount.Route(
      known: "https://gw.example.com", real: String(real))
    let rig = try ProviderRig(account: account)
    try rig.sms("hi", callback: "https://gw.example.com/status?m=1")
    #expect(rig.server.waitForCallbacks(milliseconds: 10_000))
    #expect(receiver.statuses == ["sending", "sent", "delivered"] && receiver.refusals == [])
  }

  @Test func lostCallbacksNeverComeThoughTheMessageGoesOn() throws {
    let receiver = try Receiver()
    let rig = try ProviderRig(script { $0.lostRate = 1 })
    let sid = try #require(try rig.sms("hi", callback: receiver.url).json["sid"]?.string)
    #expect(rig.server.waitForCallbacks(milliseconds: 10_000))
    #expect(receiver.statuses == [] && receiver.refusals == [])
    #expect(try rig.twilio("GET", "/Messages/\(sid).json").json["status"] == "delivered")
  }

  @Test func shuffledAndRepeatedCallbacksLeaveTheResourceAtItsHighest() throws {
    let receiver = try Receiver()
    let rig = try ProviderRig(
      script {
        $0.shuffledRate = 1
        $0.duplicatedRate = 1
      })
    let response = try rig.sms(
      "hi", to: "whatsapp:+15035550142", from: "whatsapp:+15005550006", callback: receiver.url)
    #expect(rig.server.waitForCallbacks(milliseconds: 10_000))
    let told = receiver.statuses
    #expect(told.sorted() == ["delivered", "delivered", "read", "read", "sent", "sent"])
    #expect(told != ["sent", "sent", "delivered", "delivered", "read", "read"])
    let sid = try #require(response.json["sid"]?.string)
    #expect(try rig.twilio("GET", "/Messages/\(sid).json").json["status"] == "read")
  }

  @Test func aCallbackNobodyTakesIsCounted() throws {
    let rig = try ProviderRig()
    try rig.sms("hi", callback: "http://127.0.0.1:1/status")
    #expect(rig.server.waitForCallbacks(milliseconds: 10_000))
    #expect(rig.ledger.counts.callbacksFailed == 3)
  }

  @Test func theSameSeedGivesTheSameIds() throws {
    func sids(seed: UInt64) throws -> [String?] {
      var script = ProviderScript()
      script.seed = seed
      let rig = try ProviderRig(script)
      return try (1...3).map { try rig.sms("\($0)").json["sid"]?.string }
    }
    let first = try sids(seed: 3)
    #expect(try sids(seed: 3) == first)
    #expect(Set(first).count == 3)
    #expect(try sids(seed: 4) != first)
  }
}
