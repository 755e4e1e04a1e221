/// What every provider promises, checked against recorded requests and messages to send.
///
/// `root` is a folder of provider folders, or one provider folder, laid out as `ProviderFixtures`:
/// `channel.json` beside `inbound`, `status`, `rejected` and `outbound`. Neither a network nor a
/// database is needed, so anybody can run it on files of their own, by `trunkline fixtures verify`.
package struct ContractSuite: Sendable {
  /// Something that does not hold.
  package struct Finding: Equatable, Sendable, CustomStringConvertible {
    /// The file or folder, below the root.
    package let path: String
    /// The check's name, the same in every report.
    package let check: String
    /// What is wrong and, where it is not plain, what to do.
    package let sentence: String
    /// One line for a person.
    package var description: String { "\(path): \(check): \(sentence)" }
  }

  /// How much was looked at, so that nothing found does not mean nothing looked at.
  package struct Count: Equatable, Sendable {
    /// The provider folder.
    package let provider: String
    /// How many requests.
    package let fixtures: Int
    /// How many messages to send.
    package let messages: Int
    /// How many checks ran on them.
    package let checks: Int
  }

  /// What came of a run.
  package struct Report: Sendable {
    /// All that is wrong, in the order of the paths; empty when all is well.
    package internal(set) var findings: [Finding] = []
    /// One count a folder.
    package internal(set) var counts: [Count] = []

    /// The report as JSON: `{"findings":[{"path","check","sentence"}],"counts":[…]}`.
    package var json: JSON {
      [
        "findings": .array(
          findings.map {
            [
              "path": .string($0.path), "check": .string($0.check),
              "sentence": .string($0.sentence),
            ]
          }),
        "counts": .array(
          counts.map {
            [
              "provider": .string($0.provider), "fixtures": JSON($0.fixtures),
              "messages": JSON($0.messages), "checks": JSON($0.checks),
            ]
          }),
      ]
    }
  }

  private let providers: [any Provider.Type]
  private let updateGoldens: Bool
  private let complete: Bool
  private let folders: [FixtureFolder]
  private let rootFindings: [Finding]

  /// Loads the fixtures below `root`.
  ///
  /// - `updateGoldens` writes what is read instead of comparing with it.
  /// - `complete` asks for a folder for each of `providers`, with at least one genuine and one
  ///   rejected request in it, and a message with a success and a failure where the provider sends:
  ///   right for the project's own fixtures, wrong for a user's few.
  package init(
    root: String, providers: [any Provider.Type] = Providers.all, updateGoldens: Bool = false,
    complete: Bool = false
  ) {
    self.providers = providers
    self.updateGoldens = updateGoldens
    self.complete = complete
    let names: [String]
    if File.exists("\(root)/channel.json") {
      let name = root.split(separator: "/").last.map(String.init) ?? root
      folders = [FixtureFolder(root, name: name, providers: providers)]
      names = [name]
    } else {
      names = ((try? File.list(root)) ?? []).filter { File.isDirectory("\(root)/\($0)") }
      folders = names.map { FixtureFolder("\(root)/\($0)", name: $0, providers: providers) }
    }
    rootFindings =
      names.isEmpty && !complete
      ? [Finding(path: root, check: "folder", sentence: "holds no provider folder")] : []
  }

  /// All requests, in the order of their paths.
  package var fixtures: [Fixture] { folders.flatMap(\.fixtures) }

  /// All messages to send, in the order of their paths.
  package var outbound: [OutboundFixture] { folders.flatMap(\.outbound) }

  /// Runs every check on everything.
  package func run() -> Report {
    var report = Report()
    report.findings = folderFindings() + providers.flatMap(ProviderDeclaration.findings)
    for folder in folders {
      var checks = 0
      for fixture in folder.fixtures {
        for check in ContractCheck.allCases where check.applies(to: fixture.kind) {
          checks += 1
          report.findings += findings(fixture, check)
        }
      }
      for fixture in folder.outbound {
        for check in OutboundCheck.allCases {
          checks += 1
          report.findings += findings(fixture, check)
        }
      }
      report.counts.append(
        Count(
          provider: folder.name, fixtures: folder.fixtures.count, messages: folder.outbound.count,
          checks: checks))
    }
    return report
  }

  /// What one check says of one request.
  package func findings(_ fixture: Fixture, _ check: ContractCheck) -> [Finding] {
    guard check.applies(to: fixture.kind) else { return [] }
    if check == .readsAsRecorded, updateGoldens, let problem = writeGolden(fixture) {
      return [Finding(path: fixture.path, check: check.rawValue, sentence: problem)]
    }
    return check.problems(fixture).map {
      Finding(path: fixture.path, check: check.rawValue, sentence: $0)
    }
  }

  /// What one check says of one message to send.
  package func findings(_ fixture: OutboundFixture, _ check: OutboundCheck) -> [Finding] {
    var problems: [String] = []
    if check == .sendsAsRecorded, updateGoldens, let problem = fixture.writeGoldens() {
      problems.append(problem)
    }
    return (problems + check.problems(fixture)).map {
      Finding(path: fixture.path, check: check.rawValue, sentence: $0)
    }
  }

  /// What is missing from, or wrong with, the folders themselves.
  package func folderFindings() -> [Finding] {
    var findings = rootFindings + folders.flatMap(\.findings)
    guard complete else { return findings }
    for provider in providers {
      let name = provider.name
      func report(_ path: String, _ sentence: String) {
        findings.append(Finding(path: path, check: "folder", sentence: sentence))
      }
      guard let folder = folders.first(where: { $0.name == name }) else {
        report(name, "is missing: every provider has a folder with channel.json and requests")
        continue
      }
      for kind in [Fixture.Kind.inbound, .rejected]
      where !folder.fixtures.contains(where: { $0.kind == kind }) {
        report("\(name)/\(kind.rawValue)", "holds no .http file: at least one is needed")
      }
      if provider is any Transport.Type, !folder.outbound.contains(where: Self.showsBothEnds) {
        report(
          "\(name)/outbound",
          "holds no message with an answer that accepts it and one that does not: at least one is "
            + "needed")
      }
    }
    return findings
  }

  private static func showsBothEnds(_ fixture: OutboundFixture) -> Bool {
    let words = Set(fixture.recordedCourses().compactMap(\.outcome?.word))
    return words.contains("accepted") && words.count > 1
  }

  /// Writes what is read as golden unless that says the same already.
  private func writeGolden(_ fixture: Fixture) -> String? {
    guard let items = try? fixture.channel.provider.read(fixture.request) else { return nil }
    let json = JSON.array(items.map(\.json))
    if let known = try? File.read(fixture.goldenFile), (try? JSON.parse(known)) == json {
      return nil
    }
    do {
      try File.write(Array(json.prettyPrinted().utf8), to: fixture.goldenFile)
      return nil
    } catch {
      return "\(error)"
    }
  }
}

/// What a provider declares about itself.
enum ProviderDeclaration {
  /// What is wrong with the declarations of `provider`.
  static func findings(_ provider: any Provider.Type) -> [ContractSuite.Finding] {
    var findings: [ContractSuite.Finding] = []
    func report(_ sentence: String) {
      findings.append(.init(path: provider.name, check: "declaration", sentence: sentence))
    }
    if !isWord(provider.name) { report("the name must be a lower-case word with underscores") }
    if provider.title.isEmpty { report("the title must not be empty") }
    if provider.bodyBytesMax < 1 { report("bodyBytesMax must be at least 1") }
    let names = provider.settings.map(\.name)
    if Set(names).count < names.count { report("a setting is declared twice") }
    if !names.contains(SettingKey.apiBaseURL.name) {
      report("the setting api_base_url is missing: tests and private deployments need it")
    }
    for key in provider.settings {
      if !isWord(key.name) { report("the setting \"\(key.name)\" must be a lower-case word") }
      if !key.meaning.hasSuffix(".") {
        report("the meaning of the setting \"\(key.name)\" must be a sentence with a full stop")
      }
    }
    return findings
  }

  private static func isWord(_ text: String) -> Bool {
    !text.isEmpty
      && text.utf8.allSatisfy {
        (97...122).contains($0) || (48...57).contains($0) || $0 == UInt8(ascii: "_")
      }
  }
}
