import Testing

@testable import Gateway

@Suite struct TwilioOutcomeTests {
  private static func read(
    _ status: Int, _ body: String = "", headers: HTTPHeaders = [:]
  ) -> SendOutcome {
    TwilioOutcome.read(
      .response(HTTPResponse(status: status, headers: headers, body: utf8(body))))
  }

  private static func error(_ code: String, _ status: Int = 400) -> SendOutcome {
    read(status, #"{"code":\#(code),"message":"Said so","status":\#(status)}"#)
  }

  @Test func aMessageWithItsIdentifierIsAccepted() {
    for status in [200, 201] {
      #expect(
        Self.read(status, #"{"sid":"SM1","status":"queued"}"#).verdict == .accepted(ids: ["SM1"]))
    }
  }

  @Test func successWithoutAMessageIsInDoubt() {
    for body in [
      "", "OK", "<html>", "{", #"{"sid":"SM1","#, "{}", "[]", #"{"sid":""}"#, #"{"sid":1}"#, "null",
    ] {
      #expect(Self.read(201, body).verdict == .ambiguous, "\(body)")
      #expect(Self.read(204, body).verdict == .ambiguous, "\(body)")
    }
  }

  @Test func aMessageThatFailedAtOnceIsNotAccepted() {
    let outcome = Self.read(
      201, #"{"sid":"SM1","status":"failed","error_code":30006,"error_message":"Landline"}"#)
    #expect(outcome.verdict == .unreachable)
    #expect(outcome.error?.detail == "Landline")
    // A code on another state is a warning.
    for body in [
      #"{"sid":"SM1","status":"queued","error_code":30026}"#,
      #"{"sid":"SM1","status":"failed","error_code":null}"#,
    ] {
      #expect(Self.read(201, body).verdict == .accepted(ids: ["SM1"]))
    }
  }

  @Test func everyCodeOfTheTableHasAnOutcomeOfItsClass() {
    for (name, codes) in TwilioErrors.classes {
      for (code, title) in codes {
        let outcome = Self.error(code)
        #expect(outcome.error?.code == code && outcome.error?.title == title)
        #expect(outcome.error?.errorClass == name && outcome.error?.detail == "Said so")
        switch (name, outcome.verdict) {
        case ("retry", .retry(nil, _)), ("permanent", .rejected), ("window", .rejected),
          ("opted_out", .recipientStopped), ("unreachable", .unreachable),
          ("sender_config", .rejected), ("credentials", .channelBroken), ("webhook", .rejected):
          continue
        case ("retry_later", .retry(let after?, _)) where after >= 3_600_000: continue
        default: Issue.record("\(code) of \(name) is \(outcome.verdict)")
        }
      }
    }
  }

  @Test func aFullQueueWaitsForAsLongAsTwilioHoldsMessages() {
    #expect(
      Self.error("21611").verdict == .retry(afterMilliseconds: 36_000_000, scope: .channel))
    #expect(
      Self.error("63049").verdict == .retry(afterMilliseconds: 86_400_000, scope: .recipient))
    // What one person's message met is no reason to hold up the others.
    #expect(Self.error("63019").verdict == .retry(afterMilliseconds: nil, scope: .recipient))
    #expect(Self.error("63017").verdict == .retry(afterMilliseconds: nil, scope: .channel))
  }

  @Test func anUnknownRefusalIsFinal() {
    let outcome = Self.error("29999")
    #expect(outcome.verdict == .rejected)
    #expect(outcome.error?.code == "29999")
    for body in [
      "", "<html>", #"{"code": 21610, "mess"#, "{}", #"{"code":null}"#, #"{"code":1.5}"#,
    ] {
      #expect(Self.read(400, body).verdict == .rejected, "\(body)")
      #expect(Self.read(403, body).error?.code == "http_403")
    }
  }

  @Test func credentialsAndAccountBreakTheChannel() {
    #expect(Self.error("20003", 401).verdict == .channelBroken)
    #expect(Self.error("20003", 403).verdict == .channelBroken)
    #expect(Self.error("20404", 404).verdict == .channelBroken)
    for status in [401, 404, 301, 302, 307, 308] {
      #expect(Self.read(status, "<html>").verdict == .channelBroken)
    }
    #expect(Self.read(302).error?.title.contains("api_base_url") == true)
    // A refusal of just this message under the same status is none of the channel.
    #expect(Self.error("21610", 403).verdict == .recipientStopped)
  }

  @Test func aBrokenServerMayHaveSentAndOneThatIsBusyHasNot() {
    for status in [500, 502, 503, 504, 599] {
      #expect(Self.read(status, "<html>").verdict == .ambiguous)
      #expect(Self.error("20500", status).verdict == .ambiguous)
      #expect(Self.error("21610", status).verdict == .ambiguous)
      #expect(
        Self.error("20503", status).verdict == .retry(afterMilliseconds: nil, scope: .channel))
    }
    #expect(Self.read(408).verdict == .ambiguous)
    #expect(Self.error("20500", 500).error?.errorClass == "ambiguous")
  }

  @Test func tooManyRequestsWaitsForAsLongAsTold() {
    let wait: (HTTPHeaders) -> SendOutcome.Verdict = {
      Self.read(429, #"{"code":20429}"#, headers: $0).verdict
    }
    let date = "Mon, 05 Oct 2026 14:24:01 GMT"
    for (headers, after) in [
      ([:], nil), (["Retry-After": "17"], 17_000), (["retry-after": " 0 "], 0),
      (["Retry-After": "Mon, 05 Oct 2026 14:25:31 GMT", "Date": date], 90_000),
      (["Retry-After": "Mon, 05 Oct 2026 14:20:00 GMT", "Date": date], 0),
      // Without a clock of the other side a date says nothing.
      (["Retry-After": "Mon, 05 Oct 2026 14:25:31 GMT"], nil), (["Retry-After": "soon"], nil),
      (["Retry-After": "-5"], nil), (["Retry-After": ""], nil),
      (["Retry-After": "99999999999999999999"], nil), (["Retry-After": "9223372036854775807"], nil),
    ] as [(HTTPHeaders, Int64?)] {
      #expect(wait(headers) == .retry(afterMilliseconds: after, scope: .channel))
    }
    #expect(
      Self.read(429, "<html>").verdict == .retry(afterMilliseconds: nil, scope: .channel))
    // Even over our own pause for the code.
    #expect(
      Self.read(400, #"{"code":21611}"#, headers: ["Retry-After": "60"]).verdict
        == .retry(afterMilliseconds: 60_000, scope: .channel))
  }

  @Test func withoutAnAnswerItDependsOnWhetherTheRequestLeft() {
    for kind in [
      TransportFailure.Kind.cannotResolve, .cannotConnect, .timedOut(afterRequestSent: false),
      .tls, .forbidden, .invalidURL,
    ] {
      let outcome = TwilioOutcome.read(.failure(TransportFailure(kind, host: "h:1")))
      #expect(outcome.verdict == .retry(afterMilliseconds: nil, scope: .channel))
    }
    for kind in [TransportFailure.Kind.timedOut(afterRequestSent: true), .tooLarge, .other] {
      let outcome = TwilioOutcome.read(.failure(TransportFailure(kind, host: "h:1")))
      #expect(outcome.verdict == .ambiguous)
    }
  }

  @Test func anAcceptedPartBringsItsNote() throws {
    var part = TwilioPart(body: "a")
    part.note = "the buttons went as text"
    let message = OutboundMessage(
      id: "msg_1", transport: .sms, recipient: .person(Address(phone: "+15035550142")),
      content: OutboundContent(text: "a"))
    for (body, note) in [(#"{"sid":"SM1"}"#, part.note), ("", nil)] {
      let step = try TwilioTest.channel().next(
        MessagePart(part.payload), of: message,
        after: [CompletedStep("send", .response(HTTPResponse(status: 201, body: utf8(body))))])
      guard case .outcome(let outcome) = step else { throw TwilioTest.NotFound() }
      #expect(outcome.note == note)
    }
  }

  @Test func anyAnswerAtAllIsAnOutcome() {
    forAll(2000) { random in
      (status: 100 + random.below(500), body: random.someBytes(80))
    } holds: { status, body in
      let outcome = TwilioOutcome.read(.response(HTTPResponse(status: status, body: body)))
      if case .accepted = outcome.verdict { return false }
      return outcome.error != nil
    }
  }
}
