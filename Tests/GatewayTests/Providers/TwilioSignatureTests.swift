import Testing

@testable import Gateway

@Suite struct TwilioSignatureTests {
  private static let secret = "sk_synthetic_0123456789abcdefghijklmnopqrstuv"
  private static let body = TwilioTest.form(["MessageSid": "SM1", "From": "+1", "Body": "hi"])
  private static let settingsHeader = "X-Twilio-Webhooks-Signature-Settings"

  @Test(arguments: [1, 2, 3, 20_261_005] as [UInt64])
  func whatIsSignedIsAcceptedAndAnyOtherContentRefused(_ seed: UInt64) throws {
    let random = SeededRandom(seed: seed)
    let channel = try TwilioTest.channel()
    for round in 0..<40 {
      let body = Self.randomBody(random)
      let request = TwilioTest.signed(body)
      #expect(channel.accepts(request), "seed \(seed), round \(round)")
      let content = Self.content(body)
      for _ in 0..<40 {
        var changed = request
        changed.body[random.below(body.count)] ^= 1 << UInt8(random.below(8))
        // A form can be written in several ways: `%2B` and `%2b` are the same content.
        if Self.content(changed.body) == content { continue }
        #expect(!channel.accepts(changed), "seed \(seed), round \(round)")
      }
    }
  }

  /// Names and values of all kinds, some of them twice, some empty, in any spelling of a form.
  private static func randomBody(_ random: SeededRandom) -> [UInt8] {
    let pieces = [
      "a", "B", "_", "z", "é", "e\u{301}", "Ä", "👋🏽", " ", "+", "&", "=", "%", "\u{0}", "",
    ]
    func text() -> String {
      (0..<random.below(5)).map { _ in pieces[random.below(pieces.count)] }.joined()
    }
    var fields = (0...random.below(12)).map { _ in ("n" + text(), text()) }
    if random.below(2) == 0 { fields.append(fields[random.below(fields.count)]) }
    return Form.encode(fields)
  }

  private static func content(_ body: [UInt8]) -> Set<[[UInt8]]>? {
    (try? Form(body)).map { Set($0.fields.map { [$0.name, $0.value] }) }
  }

  @Test func acceptsEachAuthTokenWhileTheyRotate() throws {
    let channel = try TwilioTest.channel(["auth_token": ["new-token", "old-token"]])
    for (index, token) in ["new-token", "old-token"].enumerated() {
      let request = TwilioTest.signed(Self.body, key: token)
      #expect(
        channel.check(request) == .verified(by: "auth_token[\(index)] at configured address"))
    }
    #expect(!channel.accepts(TwilioTest.signed(Self.body, key: "older-token")))
  }

  @Test(arguments: [
    ("https://gw.example.com:8443", "https://gw.example.com:8443", "configured address"),
    ("https://gw.example.com:8443", "https://gw.example.com", "address without port"),
    ("https://gw.example.com", "https://gw.example.com:443", "address with default port"),
    ("http://gw.example.com/hub", "http://gw.example.com:80/hub", "address with default port"),
    ("https://u:p@gw.example.com:8443/hub/", "https://gw.example.com/hub", "address without port"),
    ("https://u:p@gw.example.com", "https://gw.example.com", "configured address"),
    ("https://[2001:db8::1]", "https://[2001:db8::1]:443", "address with default port"),
    ("https://[2001:db8::1]:8443", "https://[2001:db8::1]", "address without port"),
  ])
  func triesEveryWayTwilioWritesOurAddress(publicURL: String, signed: String, form: String) throws {
    let request = TwilioTest.signed(Self.body, over: signed)
    #expect(
      try TwilioTest.channel().check(request, at: publicURL)
        == .verified(by: "auth_token[0] at \(form)"))
  }

  @Test(arguments: [
    "http://gw.example.com", "https://gw.example.com:444", "https://gw.example.com.evil.example",
    "https://example.com", "https://gw.example.com/hub",
  ])
  func refusesASignatureOverAnotherAddress(_ address: String) throws {
    #expect(try !TwilioTest.channel().accepts(TwilioTest.signed(Self.body, over: address)))
  }

  @Test func aSharedKeyIsUsedWithOurAlgorithmOnly() throws {
    let channel = try TwilioTest.channel(["shared_keys": .string("id1:\(Self.secret)")])
    var strong = TwilioTest.signed(Self.body, key: Self.secret, digest: .sha256)
    strong.headers.add(Self.settingsHeader, "key=id1,algorithm=HMAC_SHA256")
    #expect(channel.check(strong) == .verified(by: "shared_keys[0] at configured address"))

    var weak = TwilioTest.signed(Self.body, key: Self.secret, digest: .sha1)
    weak.headers.add(Self.settingsHeader, "key=id1,algorithm=HMAC_SHA1")
    #expect(!channel.accepts(weak))
    let allowed = try TwilioTest.channel(["shared_keys": .string("id1:HMAC_SHA1:\(Self.secret)")])
    #expect(allowed.accepts(weak))
    #expect(!allowed.accepts(strong))
  }

  @Test(arguments: [
    nil, "", "key=id1", "algorithm=HMAC_SHA256", "key=id2,algorithm=HMAC_SHA256",
    "key=id1,algorithm=HMAC_MD5", "key=id1,algorithm=none", "key=id1,algorithm=hmac_sha256",
    "key=id1,algorithm=HMAC_SHA256,algorithm=HMAC_SHA1", "key=id2,key=id1,algorithm=HMAC_SHA256",
  ])
  func aChannelWithSharedKeysOnlyRefusesEveryOtherHeader(_ header: String?) throws {
    let channel = try TwilioTest.channel(["shared_keys": .string("id1:\(Self.secret)")])
    var request = TwilioTest.signed(Self.body, key: Self.secret, digest: .sha256)
    if let header { request.headers.add(Self.settingsHeader, header) }
    #expect(!channel.accepts(request))
  }

  @Test func aNamedSharedKeyNeverFallsBackToTheAuthToken() throws {
    let channel = try TwilioTest.channel([
      "auth_token": .string(TwilioTest.token), "shared_keys": .string("id1:\(Self.secret)"),
    ])
    var request = TwilioTest.signed(Self.body)
    #expect(channel.accepts(request))
    request.headers.add(Self.settingsHeader, "key=id1,algorithm=HMAC_SHA1")
    #expect(!channel.accepts(request))
  }

  @Test(arguments: [nil, "", "=", "AAAA", "x", "Lj8H8tMidb/oqKvx03SGlGWJ5o8", " "])
  func aHeaderThatIsNoSignatureIsRefused(_ header: String?) throws {
    var request = TwilioTest.signed(Self.body)
    request.headers = ["Content-Type": TwilioTest.formType]
    if let header { request.headers.add("X-Twilio-Signature", header) }
    guard case .refused(let reason) = try TwilioTest.channel().check(request) else {
      Issue.record("accepted")
      return
    }
    #expect(reason.hasPrefix("the header X-Twilio-Signature is"))
  }

  @Test func jsonIsBoundByItsHash() throws {
    let channel = try TwilioTest.channel()
    let json = Array(#"[{"type":"a"}]"#.utf8)
    let target = "\(TwilioTest.path)?bodySHA256=\(Hex.encode(Crypto.sha256(json)))"
    var request = TwilioTest.signed(
      json, target: target, type: "application/json", asForm: false)
    #expect(channel.accepts(request))
    request.body.append(0x20)
    #expect(!channel.accepts(request))
    let unbound = TwilioTest.signed(json, type: "application/json", asForm: false)
    #expect(!channel.accepts(unbound))
  }

  @Test func genuineButUnreadableRequestsAreVerifiedAndThenUnreadable() throws {
    let channel = try TwilioTest.channel()
    let requests: [(String, HTTPRequest)] = [
      ("stray percent", TwilioTest.signed(Array("MessageSid=SM1&From=%2B1&Body=100%".utf8))),
      ("empty", TwilioTest.signed([])),
      ("text", TwilioTest.signed(Self.body, type: "text/plain")),
      ("multipart", TwilioTest.signed(Self.body, type: "multipart/form-data; boundary=x")),
      ("not UTF-8", TwilioTest.signed(Array("MessageSid=SM1&From=%2B1&Body=%FF".utf8))),
      ("no query", TwilioTest.signed([], method: "GET", type: nil)),
    ]
    for (name, request) in requests {
      #expect(channel.accepts(request), "\(name)")
      #expect(throws: Unreadable.self, "\(name)") { try channel.read(request) }
    }
  }

  @Test func aFormWithoutContentTypeIsReadAsTheFormItWasSignedAs() throws {
    let request = TwilioTest.signed(Self.body, type: nil)
    #expect(try TwilioTest.channel().accepts(request))
    #expect(try TwilioTest.channel().read(request).map(\.key) == ["message:SM1"])
  }

  @Test func bodiesThatNothingSignsAreRefused() throws {
    let channel = try TwilioTest.channel()
    let asText = TwilioTest.signed(Array("{}".utf8), type: "text/plain", asForm: false)
    #expect(!channel.accepts(asText))
    var get = TwilioTest.signed([], method: "GET", target: "\(TwilioTest.path)?MessageSid=SM1")
    #expect(channel.accepts(get))
    get.body = Array("a=b".utf8)
    #expect(!channel.accepts(get))
    var put = TwilioTest.signed(Self.body)
    put.method = "PUT"
    #expect(!channel.accepts(put))
  }

  @Test func aFormOfTooManyFieldsIsRefusedAndUnreadable() throws {
    let fields = (0...TwilioForm.fieldsMax).map { ("MessageSid\($0)", "") }
    let request = TwilioTest.signed(Form.encode(fields))
    let channel = try TwilioTest.channel()
    #expect(!channel.accepts(request))
    #expect(throws: Unreadable.self) { try channel.read(request) }
  }

  @Test func theReasonOfARefusalNamesTheAddressAndNoContent() throws {
    let target = "\(TwilioTest.path)?From=%2B15035550142&Body=private"
    let request = TwilioTest.signed([], method: "GET", target: target, key: "another")
    let check = try TwilioTest.channel().check(request, at: "https://user:pass@gw.example.com")
    guard case .refused(let reason) = check else {
      Issue.record("a wrong signature is accepted")
      return
    }
    #expect(reason.contains("https://gw.example.com/hooks/twilio/ch1?…"))
    #expect(reason.contains("auth_token[0]"))
    for word in ["private", "15035550142", "pass", TwilioTest.token] {
      #expect(!reason.contains(word))
    }
  }

  @Test func printingAChannelShowsNoSecret() throws {
    let channel = try TwilioTest.channel([
      "auth_token": .string(TwilioTest.token), "shared_keys": .string("id1:\(Self.secret)"),
    ])
    var dumped = ""
    dump(channel, to: &dumped)
    for shown in ["\(channel)", String(reflecting: channel), dumped] {
      #expect(!shown.contains(TwilioTest.token) && !shown.contains(Self.secret))
      #expect(!shown.contains("\(Array(TwilioTest.token.utf8))"))
    }
  }
}
