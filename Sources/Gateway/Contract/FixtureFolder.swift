/// The fixtures of one provider, and what is wrong with the folder itself.
struct FixtureFolder: Sendable {
  /// The folder's name below the root.
  let name: String
  /// The readable requests, in the order of their paths.
  private(set) var fixtures: [Fixture] = []
  /// The readable messages to send, in the order of their paths.
  private(set) var outbound: [OutboundFixture] = []
  /// What is wrong with the folder and its files.
  private(set) var findings: [ContractSuite.Finding] = []

  /// Loads the folder at `path`. `name` goes in front of what is reported.
  init(_ path: String, name: String, providers: [any Provider.Type]) {
    self.name = name
    do {
      let channel = try FixtureChannel(
        File.read("\(path)/channel.json"), folderName: name, providers: providers)
      for kind in Fixture.Kind.allCases { load("\(path)/\(kind.rawValue)", kind, channel) }
      let folder = OutboundFolder("\(path)/outbound", shownPath: "\(name)/outbound", channel)
      outbound = folder.fixtures
      for problem in folder.problems { report("outbound/\(problem.file)", problem.sentence) }
    } catch {
      report("channel.json", "\(error)")
    }
  }

  private mutating func load(_ folder: String, _ kind: Fixture.Kind, _ channel: FixtureChannel) {
    let files = (try? File.list(folder)) ?? []
    for file in files where file.hasSuffix(".http") {
      let shown = "\(kind.rawValue)/\(file)"
      guard let bytes = try? File.read("\(folder)/\(file)"),
        let request = HTTPRequest(wire: bytes)
      else {
        report(shown, "is not a request: a request line, header lines, a blank line, the body")
        continue
      }
      if let problem = Self.lengthProblem(request.headers, request.body) {
        report(shown, problem)
      }
      fixtures.append(
        Fixture(
          channel: channel, kind: kind, path: "\(name)/\(shown)", request: request,
          goldenFile: "\(folder)/\(file.dropLast(5)).events.json"))
    }
    for file in files where file.hasSuffix(".events.json") {
      if kind.hasGolden, files.contains("\(file.dropLast(12)).http") { continue }
      report("\(kind.rawValue)/\(file)", "belongs to no .http file: remove or rename it")
    }
  }

  private mutating func report(_ file: String, _ sentence: String) {
    findings.append(.init(path: "\(name)/\(file)", check: "folder", sentence: sentence))
  }

  /// Editors like to end a file with a newline, which a signature then does not cover.
  static func lengthProblem(_ headers: HTTPHeaders, _ body: [UInt8]) -> String? {
    guard let stated = headers["content-length"], stated != "\(body.count)" else { return nil }
    return "Content-Length says \(stated), the body has \(body.count) bytes: "
      + "an editor may have added a newline"
  }
}
