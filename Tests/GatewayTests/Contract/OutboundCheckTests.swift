import Testing

@testable import Gateway

/// The part of the contract suite about sending: each check can fail, and says what is wrong.
@Suite struct OutboundCheckTests {
  /// A provider with one flaw, and the checks that must say so.
  struct Flaw: Sendable, CustomTestStringConvertible {
    let provider: any Provider.Type
    let checks: Set<OutboundCheck>
    var testDescription: String { "\(provider)" }

    init(_ provider: any Provider.Type, _ checks: Set<OutboundCheck>) {
      self.provider = provider
      self.checks = checks
    }
  }

  static let flaws = [
    Flaw(WordyToy.self, [.sendsAsRecorded]),
    Flaw(RestlessToy.self, [.sendsAsRecorded, .sendsTheSameTwice]),
    Flaw(DatingToy.self, [.sendsTheSameTwice]),
    Flaw(HomesickToy.self, [.sendsToItsBase]),
    Flaw(PlainToy.self, [.sendsAsRecorded, .sendsToItsBase]),
    Flaw(StubbornToy.self, [.comesToAnOutcome]),
    Flaw(CurtToy.self, [.sendsAsRecorded, .explainsOutcomes]),
    Flaw(HopefulToy.self, [.explainsOutcomes]),
    Flaw(HastyToy.self, [.neverSendsBlindlyAgain]),
    Flaw(NervousToy.self, [.neverSendsBlindlyAgain]),
    Flaw(GullibleToy.self, [.survivesNonsenseAnswers]),
    Flaw(QuotingToy.self, [.keepsSecretsSending]),
    Flaw(BasicToy.self, [.sendsAsRecorded, .keepsSecretsSending]),
    Flaw(HoardingToy.self, [.sendsAsRecorded, .keepsSecretsSending]),
  ]

  @Test(arguments: flaws)
  func findsEachFlaw(_ flaw: Flaw) throws {
    let fixtures = try ToyFixtures()
    _ = fixtures.suite(updateGoldens: true).run()
    #expect(fixtures.failures(flaw.provider) == Set(flaw.checks.map(\.rawValue)))
  }

  @Test func everyCheckFindsAFlaw() {
    #expect(Set(Self.flaws.flatMap(\.checks)) == Set(OutboundCheck.allCases))
  }

  @Test func stopsAtAProviderThatANonsenseAnswerStops() async {
    await #expect(processExitsWith: .failure) {
      let fixtures = try ToyFixtures()
      let suite = fixtures.suite(BrittleToy.self)
      for fixture in suite.outbound { _ = suite.findings(fixture, .survivesNonsenseAnswers) }
    }
  }

  @Test func writesWhatComesOfEachMessageAndAnswer() throws {
    let fixtures = try ToyFixtures()
    _ = fixtures.suite(updateGoldens: true).run()
    let files = try File.list("\(fixtures.root)/toy/outbound").filter { name in
      ![".message.json", ".response.http"].contains(where: name.hasSuffix)
    }
    #expect(
      files.sorted() == [
        "hello.accepted.outcome.json", "hello.busy.outcome.json", "hello.cut.outcome.json",
        "hello.long.part2.request.http", "hello.long.parts.json", "hello.long.request.http",
        "hello.request.http", "hello.silent.outcome.json", "picture.unsendable.json",
      ])
    #expect(
      try fixtures.text("hello.request.http") == """
        POST https://api.toy.example/messages HTTP/1.1\r
        Authorization: Bearer \(ToyFixtures.secret)\r
        Content-Type: application/json\r
        \r
        {"text":"Hello","ref":"msg_1","to":"+15550100001"}
        """)
    #expect(try fixtures.json("hello.accepted.outcome.json")["outcome"] == "accepted")
    #expect(try fixtures.json("hello.busy.outcome.json")["after_milliseconds"] == 2000)
    #expect(
      try fixtures.json("hello.silent.outcome.json")["error"]?["title"]
        == "api.toy.example:443: timed out waiting for the answer")
    #expect(
      try fixtures.json("hello.cut.outcome.json")["error"]?["title"]
        == "api.toy.example:443: the connection failed: the answer was cut short")
    #expect(try fixtures.json("hello.long.parts.json").array?.count == 2)
    #expect(
      try fixtures.json("picture.unsendable.json") == [
        "reason": "unsupported", "field": "attachments",
        "description": "Toy sends text and nothing else.",
      ])
  }

  @Test func followsAnUploadStepByStep() throws {
    let fixtures = try ToyFixtures()
    let folder = "outbound/picture"
    try fixtures.write(
      "\(folder).sent.response.http", ToyFixtures.response("200 OK", #"{"file":"f"}"#))
    try fixtures.write("\(folder).sent.2.response.http", ToyFixtures.accepted)
    try fixtures.write(
      "\(folder).uploaded.response.http", ToyFixtures.response("200 OK", #"{"file":"f"}"#))
    try fixtures.write("\(folder).lost.response.http", "")
    _ = fixtures.suite(UploadingToy.self, updateGoldens: true).run()
    #expect(fixtures.suite(UploadingToy.self).run().findings == [])
    let files = try File.list("\(fixtures.root)/toy/outbound").filter { $0.hasPrefix("picture.") }
      .filter { ![".message.json", ".response.http"].contains(where: $0.hasSuffix) }
    #expect(
      files.sorted() == [
        "picture.lost.outcome.json", "picture.request.http", "picture.request.upload.json",
        "picture.sent.2.request.http", "picture.sent.outcome.json",
        "picture.uploaded.2.request.http",
      ])
    #expect(
      try fixtures.json("picture.request.upload.json") == [
        "fields": [["name": "kind", "value": "image"]],
        "files": [["name": "file", "attachment": 0]],
      ])
    #expect(try fixtures.json("picture.lost.outcome.json")["outcome"] == "retry")
  }

  @Test func saysWhereARequestOrAnOutcomeDiffers() throws {
    let fixtures = try ToyFixtures()
    _ = fixtures.suite(updateGoldens: true).run()
    for (file, one, other) in [
      ("hello.request.http", "Hello", "Hallo"), ("hello.accepted.outcome.json", "t1", "t2"),
    ] {
      try fixtures.write("outbound/\(file)", try fixtures.text(file).replacing(one, with: other))
    }
    let line = { (text: String) in
      #""n/json\r\n\r\n{\"text\":\"\#(text)\",\"ref\":\"msg_1\",\"to\":\"+15550100001\"}""#
    }
    #expect(
      fixtures.suite().run().findings.map(\.description) == [
        "toy/outbound/hello.message.json: sends_as_recorded: request.http: differs from byte 137: "
          + line("Hello") + ", expected " + line("Hallo"),
        "toy/outbound/hello.message.json: sends_as_recorded: accepted.outcome.json: "
          + #"ids[0] is "t1", expected "t2""#,
      ])
  }

  @Test(arguments: [
    ("parts", "has no part"), ("header", "space or line break"), ("body", "beside its upload"),
    ("file", "a file the message does not have"),
  ])
  func saysWhichRequestCannotBeMade(_ text: String, _ expected: String) throws {
    let fixtures = try ToyFixtures()
    let message = ToyFixtures.hello.replacing("Hello", with: text)
    try fixtures.write("outbound/unruly.message.json", message)
    _ = fixtures.suite(UnrulyToy.self, updateGoldens: true).run()
    let findings = fixtures.suite(UnrulyToy.self).run().findings
    #expect(findings.map(\.check) == ["sends_as_recorded"])
    #expect(findings.first?.sentence.contains(expected) == true)
  }

  @Test func saysWhichFilesAreNotWhatComesOfAMessage() throws {
    let fixtures = try ToyFixtures()
    _ = fixtures.suite(updateGoldens: true).run()
    try fixtures.write("outbound/hello.refused.outcome.json", "{}")
    try fixtures.write("outbound/hello.accepted.2.response.http", ToyFixtures.accepted)
    try fixtures.write("outbound/picture.accepted.response.http", ToyFixtures.accepted)
    #expect(
      fixtures.suite().run().findings.map { "\($0.path) \($0.sentence.prefix(35))" } == [
        "toy/outbound/hello.message.json has a file refused.outcome.json, wh",
        "toy/outbound/hello.message.json has 2 answers for accepted, but the",
        "toy/outbound/picture.message.json has responses, but cannot be sent",
      ])
  }

  @Test func saysWhatIsWrongWithTheFolder() throws {
    let fixtures = try ToyFixtures()
    _ = fixtures.suite(updateGoldens: true).run()
    for (file, text) in [
      ("broken.message.json", "{"), ("empty.message.json", "{}"),
      ("slip.message.json", ToyFixtures.hello.replacing("\"text\"", with: "\"txet\"")),
      ("stray.request.http", ""), ("hello.response.http", ""),
      ("hello.page.response.http", "<html>"), ("hello.gap.3.response.http", ""),
      ("hello.longer.response.http", ToyFixtures.accepted + "\n"),
    ] {
      try fixtures.write("outbound/\(file)", text)
    }
    let found = fixtures.suite().folderFindings().map(\.description).sorted()
    #expect(
      found.map { $0.split(separator: " ").prefix(5).joined(separator: " ") } == [
        "toy/outbound/broken.message.json: folder: is no message:",
        "toy/outbound/empty.message.json: folder: is no message:",
        "toy/outbound/hello.gap.response.http: folder: is missing: an",
        "toy/outbound/hello.longer.response.http: folder: Content-Length says 11,",
        "toy/outbound/hello.page.response.http: folder: is not a",
        "toy/outbound/hello.response.http: folder: needs a case:",
        "toy/outbound/slip.message.json: folder: has a member",
        "toy/outbound/stray.request.http: folder: belongs to no",
      ])
  }

  @Test func asksForASuccessAndAFailureOfEveryProviderThatSends() throws {
    let fixtures = try ToyFixtures()
    _ = fixtures.suite(updateGoldens: true).run()
    for name in ["busy", "silent", "cut"] {
      for ending in ["response.http", "outcome.json"] {
        File.remove("\(fixtures.root)/toy/outbound/hello.\(name).\(ending)")
      }
    }
    #expect(fixtures.suite().run().findings.map(\.path) == ["toy/outbound"])
    let some = ContractSuite(root: fixtures.root, providers: [ToyProvider.self])
    #expect(some.run().findings == [])
  }

  @Test func aProviderThatSendsNothingNeedsNoFolderAndMustHaveNone() throws {
    let fixtures = try ToyFixtures()
    _ = fixtures.suite(updateGoldens: true).run()
    let sentences = Set(fixtures.suite(DeafToy.self).run().findings.map(\.sentence))
    #expect(sentences == ["is to be sent, but the provider is no Transport"])
    File.remove("\(fixtures.root)/toy/outbound")
    #expect(fixtures.suite(DeafToy.self).run().findings == [])
  }

  @Test(arguments: [
    ("https://a.example/b", "a.example:443"), ("http://a.example?b", "a.example:80"),
    ("https://a.example:8443/b:1", "a.example:8443"), ("/b", ""), ("", ""), ("https:///b", ":443"),
  ])
  func namesWhereARequestGoes(_ target: String, _ expected: String) {
    #expect(SendRequest("send", HTTPRequest(method: "GET", target: target)).host == expected)
  }
}

extension ToyFixtures {
  /// A file of the folder `outbound`.
  fileprivate func text(_ file: String) throws -> String {
    String(decoding: try File.read("\(root)/toy/outbound/\(file)"), as: UTF8.self)
  }

  /// A file of the folder `outbound` that is JSON.
  fileprivate func json(_ file: String) throws -> JSON {
    try JSON.parse(File.read("\(root)/toy/outbound/\(file)"))
  }
}

/// Receives and does not send.
private struct DeafToy: Provider {
  static let name = ToyProvider.name
  static let title = ToyProvider.title
  static let settings = ToyProvider.settings
  static let bodyBytesMax = ToyProvider.bodyBytesMax
  private let toy: ToyProvider

  init(settings: ChannelSettings) throws(SettingsError) {
    toy = try ToyProvider(settings: settings)
  }
  func transports(address: String?) -> [TransportKind] { toy.transports(address: address) }
  var accounts: [String] { toy.accounts }
  func verify(_ request: HTTPRequest, publicURL: String, now: Instant) -> Verification {
    toy.verify(request, publicURL: publicURL, now: now)
  }
  func read(_ request: HTTPRequest) throws(Unreadable) -> [Item] { try toy.read(request) }
  func answer(_ outcome: WebhookOutcome, to request: HTTPRequest) -> HTTPResponse {
    toy.answer(outcome, to: request)
  }
  func remainingSteps(webhookURL: String) -> [String] {
    toy.remainingSteps(webhookURL: webhookURL)
  }
}
