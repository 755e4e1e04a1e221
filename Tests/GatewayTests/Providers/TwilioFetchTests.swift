import Testing

@testable import Gateway

@Suite struct TwilioFetchTests {
  private static let account = "https://api.twilio.com/2010-04-01/Accounts/\(TwilioTest.account)"
  private static let source = "\(account)/Messages/MM1/Media/ME1"

  private static func next(
    _ source: String = source, messageID: String = "MM1", providerID: String? = nil,
    replies: [SendReply] = [], channel: Twilio? = nil
  ) throws -> FetchStep {
    var file = AttachmentReference(kind: .image, source: source, contentType: "image/jpeg")
    file.providerID = providerID
    return try (channel ?? TwilioTest.channel()).nextFetch(
      file, messageID: messageID, after: replies.map { CompletedStep("file", $0) })
  }

  private static func request(_ step: FetchStep) -> HTTPRequest? {
    if case .request(_, let request, isFile: true) = step { request } else { nil }
  }

  private static func redirect(_ location: String?, _ status: Int = 307) -> SendReply {
    .response(HTTPResponse(status: status, headers: location.map { ["Location": $0] } ?? [:]))
  }

  private static func isFinal(_ step: FetchStep) -> Bool? {
    if case .failed(_, let isFinal) = step { isFinal } else { nil }
  }

  @Test func aFileOfThisMessageIsFetchedWithTheCredentials() throws {
    let request = try #require(try Self.request(Self.next()))
    #expect(request.method == "GET" && request.target == Self.source)
    #expect(
      request.headers["authorization"]
        == "Basic " + Base64.encode(utf8("\(TwilioTest.account):\(TwilioTest.token)")))
  }

  @Test(arguments: [
    "https://api.twilio.com.evil.example/2010-04-01/Accounts/A/Messages/MM1/Media/ME1",
    "https://evil.example/2010-04-01/Accounts/A/Messages/MM1/Media/ME1",
    "http://api.twilio.com/2010-04-01/Accounts/A/Messages/MM1/Media/ME1",
    "https://api.twilio.com:8443/2010-04-01/Accounts/A/Messages/MM1/Media/ME1",
    "https://api.twilio.com/2010-04-01/Accounts/AC00/Messages/MM1/Media/ME1",
    "https://api.twilio.com/2010-04-01/Accounts/A/Messages/MM2/Media/ME1",
    "https://api.twilio.com/2010-04-01/Accounts/A/Messages/MM1/Media/",
    "https://api.twilio.com/2010-04-01/Accounts/A/Messages/MM1/Media/../../../Keys.json",
    "https://api.twilio.com/2010-04-01/Accounts/A/Messages/MM1/Media/ME1/x",
    "https://api.twilio.com/2010-04-01/Accounts/A/Messages/MM1/Media/ME1?x=1",
    "https://api.twilio.com/2010-04-01/Accounts/A/Messages/MM1/Media/%2e%2e",
    "https://api.twilio.com/2010-04-01/Accounts/A/Messages.json",
    "https://api.twilio.com/2010-04-01/Accounts/A/Recordings/RE2.mp3",
    "https://api.twilio.com/2010-04-01/Accounts/A/Recordings/RE1.json",
    "https://API.twilio.com/2010-04-01/Accounts/A/Messages/MM1/Media/ME1",
  ])
  func theCredentialsGoNowhereElse(_ source: String) throws {
    let source = source.split(separator: "/Accounts/A/", maxSplits: 1).joined(
      separator: "/Accounts/\(TwilioTest.account)/")
    let request = try #require(try Self.request(Self.next(source, providerID: "RE1")))
    #expect(request.target == source)
    #expect(request.headers["authorization"] == nil)
  }

  @Test func whatIsNoWebAddressIsNotFetched() throws {
    for source in [
      "", "ftp://e.org/a", "file:///etc/passwd", "https://", "https://user@api.twilio.com/x",
      "https://api.twilio.com\\@evil.example/", "https://e.org/a b",
    ] {
      #expect(try Self.isFinal(Self.next(source)) == true, "\(source)")
    }
  }

  @Test func aMessageWithoutIdentifierHasNoFilesOfOurs() throws {
    let request = try Self.request(Self.next("\(Self.account)/Messages//Media/ME1", messageID: ""))
    #expect(request?.headers["authorization"] == nil)
  }

  @Test func aRecordingIsFetchedWithTheCredentials() throws {
    for ending in ["", ".mp3", ".wav"] {
      let step = try Self.next(
        "\(Self.account)/Recordings/RE1\(ending)", messageID: "CA1", providerID: "RE1")
      #expect(Self.request(step)?.headers["authorization"] != nil)
    }
  }

  @Test func anotherBaseAddressHasTheCredentialsToo() throws {
    let channel = try TwilioTest.channel([
      "auth_token": .string(TwilioTest.token), "api_base_url": "http://127.0.0.1:9/",
    ])
    let path = "/2010-04-01/Accounts/\(TwilioTest.account)/Messages/MM1/Media/ME1"
    let own = try Self.next("http://127.0.0.1:9\(path)", channel: channel)
    #expect(Self.request(own)?.headers["authorization"] != nil)
    let other = try Self.next("http://127.0.0.1:91\(path)", channel: channel)
    #expect(Self.request(other)?.headers["authorization"] == nil)
  }

  @Test func redirectsAreFollowedWithoutCredentials() throws {
    let hops = [
      Self.redirect("https://mms.example/a/b?x=1", 302), Self.redirect("/c/d?y", 307),
      Self.redirect("e?z=2", 301), Self.redirect("//cdn.example/f", 303),
      // Back to where the credentials would be right.
      Self.redirect(Self.source, 308),
    ]
    let targets = [
      "https://mms.example/a/b?x=1", "https://mms.example/c/d?y", "https://mms.example/c/e?z=2",
      "https://cdn.example/f", Self.source,
    ]
    for count in 1...5 {
      let request = try #require(try Self.request(Self.next(replies: Array(hops.prefix(count)))))
      #expect(request.target == targets[count - 1])
      #expect(request.headers.fields.isEmpty)
    }
    #expect(try Self.isFinal(Self.next(replies: hops + [Self.redirect("/again")])) == true)
  }

  @Test func aRedirectToNowhereOrToPlainTextIsNotFollowed() throws {
    for location in [
      nil, "", "ftp://e.org/a", "javascript:alert(1)", "http://mms.example/a", "https://u:p@e.org/",
      "https://",
    ] {
      #expect(try Self.isFinal(Self.next(replies: [Self.redirect(location)])) == true)
    }
  }

  @Test func whatMayComeLaterIsTriedAgain() throws {
    for (status, isFinal) in [
      (404, false), (401, false), (403, false), (408, false), (429, false), (500, false),
      (503, false), (400, true), (410, true), (304, true),
    ] {
      let step = try Self.next(replies: [.response(HTTPResponse(status: status))])
      #expect(Self.isFinal(step) == isFinal, "\(status)")
    }
    for (kind, isFinal) in [
      (TransportFailure.Kind.cannotConnect, false), (.timedOut(afterRequestSent: true), false),
      (.tls, false), (.other, false), (.tooLarge, true), (.forbidden, true),
    ] {
      let step = try Self.next(replies: [.failure(TransportFailure(kind, host: "h:1"))])
      #expect(Self.isFinal(step) == isFinal)
    }
  }

  @Test func theFileHasTheTypeAndNameThatCameWithIt() throws {
    let done: (HTTPHeaders) throws -> FetchStep = {
      try Self.next(replies: [
        Self.redirect("https://e.org/f"), .response(HTTPResponse(status: 200, headers: $0)),
      ])
    }
    #expect(
      try done([
        "Content-Type": "Image/PNG; x=y", "Content-Disposition": "inline; filename=\"a b.png\"",
      ]) == .done(contentType: "image/png", fileName: "a b.png"))
    for vague: HTTPHeaders in [[:], ["Content-Type": "binary/octet-stream"]] {
      #expect(try done(vague) == .done(contentType: "image/jpeg", fileName: nil))
    }
  }

  @Test(arguments: [
    ("attachment; filename=plain.pdf", "plain.pdf"),
    ("attachment; FileName = \"a\\\"b;c.pdf\" ; size=3", "a\"b;c.pdf"),
    (
      "attachment; filename=\"old.pdf\"; filename*=UTF-8''na%C3%AFve%20%e2%82%ac.pdf", "naïve €.pdf"
    ),
    ("attachment; filename*=ISO-8859-1''a%E9.pdf; filename=\"b.pdf\"", "b.pdf"),
    ("attachment; filename*=UTF-8''a%E9.pdf; filename=b.pdf", "b.pdf"),
    ("attachment; filename=\"../../etc/passwd\"", "passwd"),
    ("attachment; filename=\"C:\\\\dir\\\\x.doc\"", "x.doc"),
    ("attachment; filename=\"a\r\nb.txt\"", "ab.txt"),
    ("attachment; filename=\"un ended", "un ended"),
    ("attachment", nil), ("attachment; filename=\"\"", nil), ("attachment; filename=..", nil),
    ("attachment; filename", nil), (";;;=;", nil), ("", nil),
    ("attachment; filename*=UTF-8''%", nil),
  ])
  func readsFileNames(_ header: String, _ expected: String?) {
    #expect(TwilioFileName(header)?.text == expected)
  }

  @Test func noHeaderMakesAnUnsafeName() {
    forAll(
      2000, make: { "attachment; filename=" + ($0.below(2) == 0 ? "\"" : "") + $0.someText(300) }
    ) { header in
      guard let name = TwilioFileName(header)?.text else { return true }
      return !name.isEmpty && name.count <= 200 && !name.contains("/") && name != ".."
        && !name.unicodeScalars.contains { $0.value < 0x20 || $0.value == 0x7F }
    }
  }
}
