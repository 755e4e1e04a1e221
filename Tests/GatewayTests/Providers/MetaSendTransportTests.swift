import Testing

@testable import Gateway

@Suite struct MetaSendTransportTests {
  private typealias Support = MetaSendSupport

  private static func target(_ provider: any Transport, _ line: TransportKind) throws -> String? {
    let message = Support.message("Hi", on: line)
    let part = try provider.parts(of: message, now: Support.now)[0]
    guard case .request(let request) = provider.next(part, of: message, after: []) else {
      return nil
    }
    #expect(request.http.method == "POST")
    #expect(request.http.headers["authorization"] == "Bearer \(Support.token)")
    #expect(request.sends)
    return request.http.target
  }

  @Test func eachLoginHasItsServerAndItsSender() throws {
    #expect(
      try Self.target(Support.instagram(), .instagram)
        == "https://graph.instagram.com/v25.0/\(Support.account)/messages")
    #expect(
      try Self.target(Support.instagram(["page_id": "77"]), .instagram)
        == "https://graph.facebook.com/v25.0/77/messages")
    #expect(
      try Self.target(Support.messenger(), .messenger)
        == "https://graph.facebook.com/v25.0/\(Support.page)/messages")
    #expect(
      try Self.target(Support.messenger(["api_base_url": "http://127.0.0.1:9"]), .messenger)
        == "http://127.0.0.1:9/v25.0/\(Support.page)/messages")
  }

  @Test func threeHundredTextsOrTenFilmsASecond() throws {
    for line in [TransportKind.instagram, .messenger] {
      let provider = try Support.provider(line)
      let rate = provider.rate(on: line, sender: nil)
      #expect(rate.perSecond == 300)
      // A film must fit in what may go at once, or it would never go.
      #expect(rate.burst >= Double(MetaSend.mediaWeight))
      let message = Support.message("Hi", on: line)
      #expect(provider.pauseMilliseconds(to: message.recipient, on: line) == 0)
    }
    #expect(Instagram.contactTypes(on: .instagram) == [.instagram])
    #expect(Messenger.contactTypes(on: .messenger) == [.messenger])
    #expect(Instagram.contactTypes(on: .messenger) == [])
    #expect(Messenger.contactTypes(on: .instagram) == [])
  }

  @Test func signsGoToThePersonAlone() throws {
    let provider = try Support.messenger()
    let recipient = Support.message(on: .messenger).recipient
    let typing = try #require(provider.typing(to: recipient, on: .messenger, lastInboundID: nil))
    #expect(
      try JSON.parse(typing.body)
        == ["recipient": ["id": "6543210987654321"], "sender_action": "typing_on"])
    let seen = try #require(
      provider.markRead(from: recipient, on: .messenger, lastInboundID: "m_1"))
    #expect(try JSON.parse(seen.body)["sender_action"] == "mark_seen")
    #expect(seen.target == "https://graph.facebook.com/v25.0/\(Support.page)/messages")
    #expect(provider.typing(to: recipient, on: .instagram, lastInboundID: nil) == nil)
    #expect(provider.markRead(from: .group("1"), on: .messenger, lastInboundID: "m") == nil)
  }
}
