import Testing

@testable import Gateway

/// The contract suite itself: a good provider passes, and each check can fail.
@Suite struct ContractSuiteTests {
  /// A provider with one flaw, and the checks that must say so.
  struct Flaw: Sendable, CustomTestStringConvertible {
    let provider: any Provider.Type
    let checks: Set<ContractCheck>
    var testDescription: String { "\(provider)" }

    init(_ provider: any Provider.Type, _ checks: Set<ContractCheck>) {
      self.provider = provider
      self.checks = checks
    }
  }

  @Test func findsNothingWrongWithAGoodProvider() throws {
    let fixtures = try ToyFixtures()
    _ = fixtures.suite(updateGoldens: true).run()
    let report = fixtures.suite().run()
    #expect(report.findings == [])
    #expect(
      report.counts == [.init(provider: "toy", fixtures: 3, messages: 3, checks: 2 * 9 + 4 + 3 * 8)]
    )
  }

  @Test(arguments: [
    Flaw(
      TrustingToy.self,
      [.refusesUnsigned, .refusesOtherSecret, .refusesTampered, .refusesRejected]),
    Flaw(LenientToy.self, [.refusesUnsigned]),
    Flaw(SuspiciousToy.self, [.verifies]),
    Flaw(ShallowToy.self, [.refusesOtherSecret, .refusesTampered, .refusesRejected]),
    Flaw(FrontToy.self, [.refusesTampered]),
    Flaw(TokenToy.self, []),
    Flaw(CountingToy.self, [.readsAsRecorded, .readsTheSameTwice]),
    Flaw(StutteringToy.self, [.readsAsRecorded, .readsTheSameTwice]),
    Flaw(KeylessToy.self, [.survivesNonsense]),
    Flaw(CheerfulToy.self, [.answers]),
    Flaw(ChattyToy.self, [.keepsSecrets]),
    Flaw(GenerousToy.self, [.keepsSecrets]),
  ])
  func findsEachFlaw(_ flaw: Flaw) throws {
    let fixtures = try ToyFixtures()
    _ = fixtures.suite(updateGoldens: true).run()
    #expect(fixtures.failures(flaw.provider) == Set(flaw.checks.map(\.rawValue)))
  }

  @Test func stopsAtAProviderThatNonsenseStops() async {
    await #expect(processExitsWith: .failure) {
      let fixtures = try ToyFixtures()
      _ = fixtures.suite(updateGoldens: true).run()
      let suite = fixtures.suite(FragileToy.self)
      for fixture in suite.fixtures { _ = suite.findings(fixture, .survivesNonsense) }
    }
  }

  @Test func asksForEveryDeclaration() {
    #expect(ProviderDeclaration.findings(ToyProvider.self) == [])
    #expect(ProviderDeclaration.findings(SloppyToy.self).count == 7)
  }

  @Test func saysWhereAGoldenDiffers() throws {
    let fixtures = try ToyFixtures()
    _ = fixtures.suite(updateGoldens: true).run()
    let golden = "\(fixtures.root)/toy/inbound/message.events.json"
    let text = String(decoding: try File.read(golden), as: UTF8.self)
    try fixtures.write(
      "inbound/message.events.json",
      text.split(separator: "\n").map { $0 == #"      "text": "Hi""# ? #""text": "Ho""# : $0 }
        .joined(separator: "\n"))
    let sentences = fixtures.suite().run().findings.map(\.description)
    #expect(
      sentences == [
        "toy/inbound/message.http: reads_as_recorded: "
          + #"[0].content.text is "Hi", expected "Ho""#
      ])
  }

  @Test func writesGoldensOnlyWhenAsked() throws {
    let fixtures = try ToyFixtures()
    let golden = "\(fixtures.root)/toy/inbound/message.events.json"
    #expect(fixtures.failures() == ["reads_as_recorded", "sends_as_recorded"])
    #expect(!File.exists(golden))
    #expect(fixtures.suite(updateGoldens: true).run().findings == [])
    #expect(File.exists(golden))
    #expect(!File.exists("\(fixtures.root)/toy/rejected/forged.events.json"))
  }

  @Test func acceptsOneProviderFolderAsRoot() throws {
    let fixtures = try ToyFixtures()
    _ = fixtures.suite(updateGoldens: true).run()
    File.remove("\(fixtures.root)/toy/rejected")
    let report = ContractSuite(root: "\(fixtures.root)/toy", providers: [ToyProvider.self]).run()
    #expect(report.findings == [])
    #expect(report.counts.map(\.fixtures) == [2])
  }

  @Test func saysWhatIsWrongWithAFolder() throws {
    let fixtures = try ToyFixtures()
    _ = fixtures.suite(updateGoldens: true).run()
    File.remove("\(fixtures.root)/toy/rejected")
    try fixtures.write("inbound/broken.http", "POST /\r\n")
    try fixtures.write("inbound/stray.events.json", "[]")
    try fixtures.write("status/longer.http", ToyFixtures.signed(ToyFixtures.delivered) + "\n")
    let folder = fixtures.suite().folderFindings().map(\.description)
    #expect(
      folder.map { String($0.prefix { $0 != " " }) } == [
        "toy/inbound/broken.http:", "toy/inbound/stray.events.json:", "toy/status/longer.http:",
        "toy/rejected:",
      ])
    #expect(folder[2].contains("an editor may have added a newline"))
  }

  @Test(arguments: [
    ("{", "is not JSON"),
    (#"{"provider": "tay"}"#, #"no provider is named "tay""#),
    (#"{"now": "2026-10-05T15:00:00Z"}"#, "public_url"),
    (#"{"public_url": "https://a.example", "now": "noon"}"#, "now"),
    (
      #"{"public_url": "https://a.example", "now": "2026-10-05T15:00:00Z"}"#,
      "settings.secret: required"
    ),
  ])
  func saysWhatIsWrongWithAChannel(_ channel: String, _ expected: String) throws {
    let fixtures = try ToyFixtures()
    try fixtures.write("channel.json", channel)
    let sentences = fixtures.suite().folderFindings().map(\.sentence)
    #expect(sentences.first?.contains(expected) == true)
  }

  @Test func asksForOtherSettingsWhereNoVariationIsAccepted() throws {
    let fixtures = try ToyFixtures()
    _ = fixtures.suite(updateGoldens: true).run()
    #expect(fixtures.failures(PickyToy.self) == ["refuses_other_secret"])
    try fixtures.write(
      "channel.json",
      """
      {"public_url": "https://gateway.example", "now": "2026-10-05T15:00:00Z",
       "settings": {"secret": "\(ToyFixtures.secret)"},
       "other_settings": {"secret": "the-other-toy-secret"}}
      """)
    #expect(fixtures.failures(PickyToy.self) == [])
  }

  @Test func aMissingProviderFolderIsFoundOnlyWhenAllAreAskedFor() throws {
    let folder = try TemporaryFolder()
    let providers: [any Provider.Type] = [ToyProvider.self]
    let all = ContractSuite(root: folder.path, providers: providers, complete: true)
    #expect(all.folderFindings().map(\.path) == ["toy"])
    let some = ContractSuite(root: folder.path, providers: providers)
    #expect(some.run().findings.map(\.sentence) == ["holds no provider folder"])
  }
}

/// Takes two secrets and no others.
private struct PickyToy: FlawedToy {
  let toy: ToyProvider
  init(toy: ToyProvider, settings: ChannelSettings) { self.toy = toy }
  init(settings: ChannelSettings) throws(SettingsError) {
    guard [ToyFixtures.secret, "the-other-toy-secret"].contains(settings.string("secret")) else {
      throw SettingsError(field: "secret", "must be one of two")
    }
    self.init(toy: try ToyProvider(settings: settings), settings: settings)
  }
}
