import Testing

@testable import Gateway

private typealias Sending = WhatsAppSendingSupport

@Suite struct WhatsAppOutcomeTests {
  private static let hour: Int64 = 3_600_000

  /// What every class of codes comes to, but for the codes that are named below.
  private static let verdicts: [String: SendOutcome.Verdict] = [
    "retry": .retry(afterMilliseconds: nil, scope: .channel),
    "pair_limit": .retry(afterMilliseconds: 1_000, scope: .recipient),
    "throughput": .retry(afterMilliseconds: nil, scope: .channel), "marketing_limit": .rejected,
    "media": .rejected, "window": .rejected, "unreachable": .unreachable,
    "opted_out": .recipientStopped, "permanent": .rejected, "template": .rejected,
    "credentials": .channelBroken, "account": .channelBroken,
  ]
  private static let peculiar: [Int64: SendOutcome.Verdict] = [
    1: .retry(afterMilliseconds: nil, scope: .recipient),
    131000: .retry(afterMilliseconds: nil, scope: .recipient),
    131057: .retry(afterMilliseconds: 60_000, scope: .channel),
    4: .retry(afterMilliseconds: 60_000, scope: .channel),
    80007: .retry(afterMilliseconds: 60_000, scope: .channel),
    131048: .retry(afterMilliseconds: 6 * hour, scope: .recipient),
    130497: .rejected,
  ]

  @Test func everyCodeHasItsOutcomeWhateverTheStatus() throws {
    var count = 0
    for (name, codes) in WhatsAppErrors.classes {
      for (code, title) in codes {
        count += 1
        for status in [400, 403, 500, 503] {
          let outcome = try Sending.outcome(
            Sending.message("x"), after: [Sending.refused(code, status: status)])
          #expect(
            outcome?.verdict == Self.peculiar[code] ?? Self.verdicts[name], "\(code), \(status)")
          #expect(outcome?.error?.code == String(code))
          #expect(outcome?.error?.title == title)
          #expect(outcome?.error?.errorClass == name)
        }
      }
    }
    #expect(count > 60)
  }

  @Test func aPermissionThatLacksBreaksTheChannel() throws {
    for code: Int64 in [200, 204, 294, 299] {
      let outcome = try Sending.outcome(
        Sending.message("x"), after: [Sending.refused(code, status: 403)])
      #expect(outcome?.verdict == .channelBroken)
    }
  }

  @Test(arguments: [(0, 1), (1, 4), (2, 16), (3, 64), (4, 256), (5, 1_024), (90, 1_024), (-1, 1)])
  func onePersonIsWaitedForEverLonger(_ tries: Int, _ seconds: Int64) throws {
    let message = Sending.message("x") { $0.tries = tries }
    #expect(
      try Sending.outcome(message, after: [Sending.refused(131056)])?.verdict
        == .retry(afterMilliseconds: seconds * 1_000, scope: .recipient))
  }

  @Test func advertisementsAlonePauseWhereMetaLimitsThem() throws {
    let spam = try Sending.outcome(Sending.message("x"), after: [Sending.refused(131048)])
    #expect(spam?.marketingPause == MarketingPause(.channel, milliseconds: 6 * Self.hour))
    let pacing = try Sending.outcome(Sending.message("x"), after: [Sending.refused(131049)])
    #expect(pacing?.marketingPause == MarketingPause(.recipient, milliseconds: 24 * Self.hour))
    let stop = try Sending.outcome(Sending.message("x"), after: [Sending.refused(131050)])
    #expect(stop?.stoppedPurpose == .marketing)
    let window = try Sending.outcome(Sending.message("x"), after: [Sending.refused(131047)])
    #expect(window?.marketingPause == nil)
    #expect(window?.stoppedPurpose == nil)
    #expect(window?.error?.errorClass == Unsendable(.windowClosed, field: "x", "").error.errorClass)
  }

  @Test func aCodeOfTomorrowIsJudgedByWhatMetaSaysBesideIt() throws {
    func word(_ status: Int, _ more: JSONObject = [:]) throws -> String? {
      let reply = Sending.refused(139_999, status: status, more: more)
      let outcome = try Sending.outcome(Sending.message("x"), after: [reply])
      #expect(outcome?.error?.title == "Synthetic")
      return outcome?.word
    }
    #expect(try word(400) == "rejected")
    #expect(try word(401) == "channel_broken")
    #expect(try word(500) == "ambiguous")
    #expect(try word(400, ["is_transient": true]) == "retry")
    #expect(try word(500, ["is_transient": true]) == "retry")
  }

  @Test func aNumberThatIsNotThereBreaksTheChannel() throws {
    let reply = Sending.refused(100, more: ["error_subcode": 33])
    let outcome = try Sending.outcome(Sending.message("x"), after: [reply])
    #expect(outcome?.verdict == .channelBroken)
    #expect(outcome?.error?.errorClass == "credentials")
  }

  @Test(arguments: [
    (200, "<html>", "ambiguous"), (200, "", "ambiguous"), (200, "{\"messages\":[", "ambiguous"),
    (200, "[]", "ambiguous"), (204, "", "ambiguous"), (200, "{\"messages\":[{}]}", "ambiguous"),
    (200, "{\"messages\":[{\"id\":\"\"}]}", "ambiguous"),
    (200, "{\"error\":{\"code\":190}}", "channel_broken"), (301, "", "channel_broken"),
    (302, "{\"error\":{\"code\":1}}", "channel_broken"), (400, "<html>", "rejected"),
    (401, "", "channel_broken"), (403, "<html>", "channel_broken"), (404, "", "channel_broken"),
    (408, "", "ambiguous"), (413, "<html>", "rejected"), (421, "", "retry"), (429, "", "retry"),
    (500, "", "ambiguous"), (503, "{\"error\":{}}", "ambiguous"), (599, "", "ambiguous"),
  ])
  func anAnswerThatIsNotMetasIsAnOutcome(
    _ status: Int, _ body: String, _ word: String
  ) throws {
    let response = HTTPResponse(status: status, contentType: "text/html", body: body)
    #expect(
      try Sending.outcome(Sending.message("x"), after: [.response(response)])?.word == word)
  }

  @Test func waitsAsLongAsAnAnswerSays() throws {
    func wait(_ name: String, _ value: String, _ code: Int64) throws -> SendOutcome.Verdict? {
      let body: JSON = ["error": ["code": .integer(code)]]
      let response = HTTPResponse(
        status: 400, headers: ["Content-Type": "application/json", name: value],
        body: body.serialized())
      return try Sending.outcome(Sending.message("x"), after: [.response(response)])?.verdict
    }
    #expect(
      try wait("Retry-After", "7", 130429) == .retry(afterMilliseconds: 7_000, scope: .channel))
    #expect(
      try wait("Retry-After", "7", 131056) == .retry(afterMilliseconds: 7_000, scope: .recipient))
    let usage = #"{"20":[{"type":"whatsapp","estimated_time_to_regain_access":3}]}"#
    #expect(
      try wait("X-Business-Use-Case-Usage", usage, 80007)
        == .retry(afterMilliseconds: 180_000, scope: .channel))
    for nonsense in ["-5", "soon", "99999999999999999999"] {
      #expect(
        try wait("Retry-After", nonsense, 130429)
          == .retry(afterMilliseconds: nil, scope: .channel))
    }
    #expect(
      try wait("Retry-After", "9223372036854775807", 130429)
        == .retry(afterMilliseconds: 86_400_000, scope: .channel))
  }

  @Test func whatCannotHaveArrivedIsSentAgainAndTheRestIsInDoubt() throws {
    for kind in [
      TransportFailure.Kind.cannotResolve, .cannotConnect, .tls, .timedOut(afterRequestSent: false),
      .timedOut(afterRequestSent: true), .tooLarge, .other,
    ] {
      let failure = TransportFailure(kind, host: "graph.facebook.com:443")
      let outcome = try Sending.outcome(Sending.message("x"), after: [.failure(failure)])
      #expect(outcome?.word == (failure.mayHaveArrived ? "ambiguous" : "retry"))
      #expect(outcome?.error?.detail == failure.description)
    }
  }

  @Test func whatWasTakenShowsHowThePersonIsCalled() throws {
    func addresses(_ contacts: JSON, to recipient: Recipient = Sending.rafaela) throws -> [String] {
      let reply = Sending.reply(
        200, ["contacts": contacts, "messages": [["id": "wamid.1"]]])
      let outcome = try Sending.outcome(Sending.message("x", to: recipient), after: [reply])
      #expect(outcome?.verdict == .accepted(ids: ["wamid.1"]))
      return outcome?.addresses.map { "\($0.type.rawValue):\($0.value)" } ?? []
    }
    #expect(
      try addresses([["input": "+5511987654321", "wa_id": "551187654321", "user_id": "BR.10"]])
        == ["whatsapp:BR.10", "whatsapp:+551187654321", "phone:+551187654321"])
    #expect(try addresses([["user_id": "AR.7755331199"]]) == ["whatsapp:AR.7755331199"])
    #expect(try addresses([["wa_id": "", "user_id": ""]]) == [])
    #expect(try addresses([["wa_id": "5511987654321"], ["wa_id": "5511987654322"]]) == [])
    #expect(try addresses([["wa_id": "5511987654321"]], to: .group("Y2Fw")) == [])
    #expect(try addresses("nonsense") == [])
  }

  @Test func aSecretThatMetaRepeatsIsNotShown() throws {
    let reply = Sending.refused(190, "Malformed access token \(Sending.token)", status: 401)
    let outcome = try Sending.outcome(Sending.message("x"), after: [reply])
    #expect(outcome?.error?.detail == "(not shown: it holds a secret)")
    let unknown = Sending.refused(139_999, "Malformed access token \(Sending.token)")
    let error = try Sending.outcome(Sending.message("x"), after: [unknown])?.error
    #expect(error?.title.contains(Sending.token) == false)
  }

  @Test func aFileIsUploadedOnceAndItsIdKept() throws {
    let message = Sending.message("x") {
      $0.content.attachments = [Sending.file(.image, "image/jpeg", stored: true)]
    }
    let upload = try Sending.request(message)
    #expect(upload?.sends == false)
    #expect(upload?.upload?.fields.map(\.value) == ["whatsapp", "image/jpeg"])
    let after = [Sending.uploaded("55"), Sending.sent()]
    let outcome = try Sending.outcome(message, after: after)
    let kept = UploadedMedia(attachment: 0, id: "55", lifeMilliseconds: 29 * 24 * Self.hour)
    #expect(outcome?.uploads == [kept])
    // Also when the message was not taken: the next attempt need not upload it again.
    for reply in [
      Sending.refused(130429), Sending.refused(131053),
      .failure(TransportFailure(.timedOut(afterRequestSent: true), host: "x")),
    ] {
      #expect(
        try Sending.outcome(message, after: [Sending.uploaded("55"), reply])?.uploads == [kept])
    }
  }

  @Test(arguments: [100, 131008, 131009, 131052, 131053] as [Int64])
  func aFileThatMetaForgotIsUploadedAnewOnce(_ code: Int64) throws {
    let message = Sending.message("x") {
      $0.content.attachments = [
        Sending.file(.image, "image/jpeg", stored: true, uploadID: "44")
      ]
    }
    let first = try JSON.parse(Sending.request(message)?.http.body ?? [])
    #expect(first["image"]?["id"] == "44")
    let refused = Sending.refused(code)
    #expect(try Sending.request(message, after: [refused])?.name == "upload")
    let again = try Sending.request(message, after: [refused, Sending.uploaded("55")])
    #expect(try JSON.parse(again?.http.body ?? [])["image"]?["id"] == "55")
    let outcome = try Sending.outcome(
      message, after: [refused, Sending.uploaded("55"), refused])
    #expect(outcome?.verdict == .rejected)
  }

  @Test func aFileThatMetaForgotAndWeDoNotHoldGoesByItsAddress() throws {
    let message = Sending.message("x") {
      $0.content.attachments = [Sending.file(.image, "image/jpeg", uploadID: "44")]
    }
    let again = try Sending.request(message, after: [Sending.refused(131053)])
    #expect(
      try JSON.parse(again?.http.body ?? [])["image"]?["link"]
        == "https://files.example.com/image")
    let refused = Sending.refused(131053)
    #expect(try Sending.outcome(message, after: [refused, refused])?.verdict == .rejected)
  }

  @Test func anUploadThatFailsSendsNothingAndIsNeverInDoubt() throws {
    let message = Sending.message("x") {
      $0.content.attachments = [Sending.file(.image, "image/jpeg", stored: true)]
    }
    let page = HTTPResponse(status: 200, contentType: "text/html", body: "<html>")
    for reply in [
      SendReply.failure(TransportFailure(.timedOut(afterRequestSent: true), host: "x")),
      .response(page), .response(HTTPResponse(status: 502)), Sending.refused(131016, status: 503),
    ] {
      #expect(try Sending.outcome(message, after: [reply])?.word == "retry")
    }
    #expect(try Sending.outcome(message, after: [Sending.refused(100)])?.verdict == .rejected)
    #expect(try Sending.outcome(message, after: [.noFile("gone")])?.error?.detail == "gone")
  }
}
