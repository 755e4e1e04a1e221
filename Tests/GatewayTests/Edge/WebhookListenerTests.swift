import Testing

@testable import Gateway

/// What the public listener does with a request before its body is read.
@Suite struct WebhookListenerTests {
  private func listener(_ test: TestIngest, bodyBytesMax: Int = 1 << 30) -> WebhookListener {
    WebhookListener(
      ingest: test.ingest, directory: test.directory, log: .none, metrics: test.metrics,
      bodyBytesMax: bodyBytesMax)
  }

  private func admit(
    _ listener: WebhookListener, _ method: String, _ target: String
  ) -> (status: Int?, bodyBytesMax: Int?, headers: HTTPHeaders) {
    let head = HTTPRequest(method: method, target: target)
    switch listener.admit(head, remoteAddress: "203.0.113.9") {
    case .accept(let limit): return (nil, limit, [:])
    case .answer(let response): return (response.status, nil, response.headers)
    }
  }

  @Test func takesWebhooksOfKnownChannelsUpToTheirProvidersLimit() throws {
    let test = try TestIngest()
    let listener = listener(test)
    let path = "/webhooks/\(test.twilio.id)"
    #expect(admit(listener, "POST", path).bodyBytesMax == Twilio.bodyBytesMax)
    #expect(admit(listener, "GET", "\(path)?Body=x").bodyBytesMax == Twilio.bodyBytesMax)
    #expect(
      admit(listener, "POST", "/webhooks/\(test.telegram.id)").bodyBytesMax
        == Telegram.bodyBytesMax)
    #expect(admit(self.listener(test, bodyBytesMax: 10), "POST", path).bodyBytesMax == 10)
  }

  @Test(arguments: [
    "/webhooks/chn_01JD8Z3V9Q4N7B2M5K6T8X0YCW", "/webhooks/x", "/webhooks", "/webhooks/a/b", "/",
    "/v1/chats", "/metrics",
  ])
  func storesNothingForWhatIsNoChannel(_ target: String) throws {
    let test = try TestIngest()
    #expect(admit(listener(test), "POST", target).status == 404)
    #expect(try test.receipts().isEmpty)
  }

  @Test func countsGuessedChannels() throws {
    let test = try TestIngest()
    let listener = listener(test)
    for _ in 0..<5 { _ = admit(listener, "POST", "/webhooks/guess") }
    #expect(test.metrics.text().contains("trunkline_webhooks_unknown_channel_total 5"))
  }

  @Test func answersOtherMethodsAsHTTPSays() throws {
    let test = try TestIngest()
    let path = "/webhooks/\(test.twilio.id)"
    let refused = admit(listener(test), "DELETE", path)
    #expect(refused.status == 405)
    #expect(refused.headers["allow"] == "GET, OPTIONS, POST")
    #expect(admit(listener(test), "HEAD", path).status == 405)
    #expect(admit(listener(test), "OPTIONS", path).status == 204)
    #expect(admit(listener(test), "GET", "/healthz").bodyBytesMax == 0)
    #expect(admit(listener(test), "POST", "/healthz").status == 405)
  }

  @Test func aDisabledChannelTellsItsProviderToStopAndStoresNothing() throws {
    let test = try TestIngest()
    try test.change(test.telegram) { $0.state = .disabled }
    #expect(admit(listener(test), "POST", "/webhooks/\(test.telegram.id)").status == 410)
    #expect(try test.receipts().isEmpty)
  }

  @Test func aPausedChannelStillReceives() throws {
    let test = try TestIngest()
    try test.change(test.telegram) { $0.state = .paused }
    #expect(admit(listener(test), "POST", "/webhooks/\(test.telegram.id)").bodyBytesMax != nil)
  }
}
