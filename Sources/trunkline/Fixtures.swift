import Gateway

extension Verb {
  /// `fixtures`.
  static let fixtures = Verb(
    name: "fixtures", summary: "Check recorded requests against what every provider promises",
    verbs: [
      Verb(
        name: "verify", summary: "Run the contract suite on a folder of recorded requests",
        operands: [.optional("DIR")],
        options: [
          .flag("update", "Write what is read or sent as golden files instead of comparing."),
          .json,
        ],
        notes: [
          """
          DIR is a folder of provider folders, or one provider's folder: channel.json beside \
          inbound, status and rejected, each with .http files and their .events.json, and \
          outbound with .message.json files, their .response.http and what comes of them. \
          Without DIR it is \(Fixtures.usual), which must have something for every provider.
          """
        ],
        run: Fixtures.verify)
    ])
}

/// Recorded requests.
enum Fixtures {
  /// The project's own.
  static let usual = "ProviderFixtures"

  /// `fixtures verify`.
  static func verify(_ arguments: Arguments, _ console: Console) throws -> Outcome {
    let root = arguments.operands.first ?? usual
    guard File.isDirectory(root) else { throw Failure("\(root) is no folder") }
    let suite = ContractSuite(
      root: root, updateGoldens: arguments.has("update"), complete: arguments.operands.isEmpty)
    let report = suite.run()
    let outcome: Outcome = report.findings.isEmpty ? .done : .failed
    if arguments.has("json") {
      console.json(report.json)
      return outcome
    }
    for finding in report.findings { console.line(finding.description.harmless) }
    if !report.findings.isEmpty { console.line() }
    var table = Table("provider", "requests", "messages", "checks")
    for count in report.counts {
      table.add(
        count.provider, String(count.fixtures), String(count.messages), String(count.checks))
    }
    table.write(console, empty: "\(root) holds no provider folder.")
    console.line(
      report.findings.isEmpty
        ? console.styled("All checks hold.", .green)
        : console.styled("\(report.findings.count) findings.", .red))
    return outcome
  }
}
