import Testing

@testable import Gateway

private typealias Sending = WhatsAppSendingSupport

@Suite struct WhatsAppFetchTests {
  private static let address = "https://lookaside.fbsbx.com/whatsapp_business/attachments/?mid=1"

  private let file: AttachmentReference = {
    var file = AttachmentReference(
      kind: .image, source: "998877665544332", contentType: "image/jpeg")
    file.fileName = "a.jpg"
    return file
  }()

  private func next(
    _ file: AttachmentReference? = nil, settings: JSONObject = [:], _ steps: [CompletedStep] = []
  ) throws -> FetchStep {
    try Sending.provider(settings).nextFetch(
      file ?? self.file, messageID: "wamid.1", after: steps)
  }

  private func located(_ url: String, sha256: String? = nil) -> CompletedStep {
    CompletedStep(
      "address",
      Sending.reply(
        200,
        [
          "url": .string(url), "mime_type": "image/png", "sha256": JSON(sha256),
          "id": "998877665544332",
        ]))
  }

  @Test func asksForTheAddressAndThenForTheFile() throws {
    guard case .request("address", let ask, isFile: false) = try next() else {
      Issue.record("does not ask")
      return
    }
    #expect(
      ask.target
        == "https://graph.facebook.com/v25.0/998877665544332?phone_number_id=118899001122334")
    #expect(ask.headers["authorization"] == "Bearer \(Sending.token)")
    guard case .request("file", let get, isFile: true) = try next(nil, [located(Self.address)])
    else {
      Issue.record("does not fetch")
      return
    }
    #expect(get.target == Self.address)
    #expect(get.headers["authorization"] == "Bearer \(Sending.token)")
    #expect(get.headers["user-agent"]?.hasPrefix("Trunkline/") == true)
  }

  @Test func saysWhatTheFileIsAndWhichDigestItHas() throws {
    let digest = Crypto.sha256(Array("a file".utf8))
    let other = Crypto.sha256(Array("another".utf8))
    let here = CompletedStep(
      "file", .response(HTTPResponse(status: 200, headers: ["Content-Type": "image/webp"])))
    let told = located(Self.address, sha256: Base64.encode(digest))
    #expect(
      try next(nil, [told, here])
        == .done(contentType: "image/jpeg", fileName: "a.jpg", sha256: digest))
    // What the signed webhook said counts first.
    var signed = file
    signed.providerID = Base64.encode(other)
    signed.contentType = nil
    #expect(
      try next(signed, [told, here])
        == .done(contentType: "image/png", fileName: "a.jpg", sha256: other))
    #expect(
      try next(nil, [located(Self.address, sha256: "3q2+7wAAsynthetic0="), here])
        == .done(contentType: "image/jpeg", fileName: "a.jpg"))
    #expect(
      try next(nil, [located(Self.address, sha256: Hex.encode(digest)), here])
        == .done(contentType: "image/jpeg", fileName: "a.jpg", sha256: digest))
  }

  @Test(arguments: [401, 403, 404, 410])
  func asksOnceMoreForAnAddressThatHasExpired(_ status: Int) throws {
    let gone = CompletedStep("file", .response(HTTPResponse(status: status)))
    guard case .request("address", _, isFile: false) = try next(nil, [located(Self.address), gone])
    else {
      Issue.record("does not ask again")
      return
    }
    let again = [located(Self.address), gone, located(Self.address), gone]
    guard case .failed(_, isFinal: false) = try next(nil, again) else {
      Issue.record("goes on")
      return
    }
  }

  @Test(arguments: [
    "http://lookaside.fbsbx.com/x", "https://fbsbx.com.elsewhere.example/x",
    "https://notfbsbx.com/x", "https://user@lookaside.fbsbx.com/x",
    "https://lookaside.fbsbx.com:8443/x", "https://lookaside.fbsbx.com@elsewhere.example/x",
    "https://127.0.0.1/x", "file:///etc/passwd", "https://graph.example.com.elsewhere.example/x",
    "",
  ])
  func theTokenGoesToNobodyElse(_ url: String) throws {
    let settings: JSONObject = ["api_base_url": "https://graph.example.com"]
    guard case .failed(_, isFinal: true) = try next(nil, settings: settings, [located(url)]) else {
      Issue.record("fetches \(url)")
      return
    }
  }

  @Test(arguments: [
    "https://lookaside.fbsbx.com/x", "https://scontent.fbcdn.net/x?y=1",
    "https://mmg.whatsapp.net:443/x", "https://Lookaside.FBSBX.com/x",
    "http://127.0.0.1:9001/media/1",
  ])
  func theFileMayBeAtMetasOrWhereTheAPIIs(_ url: String) throws {
    let settings: JSONObject = ["api_base_url": "http://127.0.0.1:9001"]
    guard case .request("file", let get, _) = try next(nil, settings: settings, [located(url)])
    else {
      Issue.record("does not fetch \(url)")
      return
    }
    #expect(get.target == url)
  }

  @Test func whatIsGoneIsGivenUpAndTheRestIsTriedAgain() throws {
    func isFinal(_ reply: SendReply, after steps: [CompletedStep] = []) throws -> Bool? {
      let name = steps.isEmpty ? "address" : "file"
      if case .failed(let reason, let isFinal) = try next(
        nil, steps + [CompletedStep(name, reply)])
      {
        #expect(!reason.contains(Sending.token))
        return isFinal
      }
      return nil
    }
    #expect(try isFinal(Sending.refused(100, more: ["error_subcode": 33])) == true)
    #expect(try isFinal(Sending.refused(131052)) == true)
    #expect(try isFinal(Sending.refused(190, "Bad token \(Sending.token)", status: 401)) == false)
    #expect(try isFinal(Sending.refused(131016, status: 503)) == false)
    #expect(try isFinal(.response(HTTPResponse(status: 500))) == false)
    #expect(try isFinal(Sending.reply(200, [:])) == false)
    #expect(try isFinal(.failure(TransportFailure(.cannotConnect, host: "x"))) == false)
    #expect(try isFinal(.failure(TransportFailure(.tooLarge, host: "x"))) == true)
    let found = [located(Self.address)]
    #expect(try isFinal(.response(HTTPResponse(status: 500)), after: found) == false)
    #expect(try isFinal(.response(HTTPResponse(status: 302)), after: found) == false)
  }

  @Test(arguments: ["", "../me", "1?x=1", "1/2", "https://elsewhere.example/"])
  func whatIsNoIdIsNeverAskedFor(_ source: String) throws {
    guard
      case .failed(_, isFinal: true) = try next(AttachmentReference(kind: .image, source: source))
    else {
      Issue.record("asks for \(source)")
      return
    }
  }
}
