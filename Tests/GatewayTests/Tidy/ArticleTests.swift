import Testing

@testable import Gateway

/// The pages of the documentation against the code they speak of.
@Suite struct ArticleTests {
  /// `TRUNKLINE_UPDATE_GOLDENS=1 make test` writes these parts anew.
  @Test(arguments: GeneratedBlock.all)
  func aGeneratedPartIsWhatTheCodeSays(_ block: GeneratedBlock) throws {
    let article = try Article(block.article)
    let expected = try #require(article.replacing(block.name, by: block.text()))
    if Environment.current["TRUNKLINE_UPDATE_GOLDENS"] == "1" {
      try File.write(Array(expected.utf8), to: "\(Repository.root)/\(article.path)")
    } else {
      #expect(
        article.lines.joined(separator: "\n") == expected,
        "run TRUNKLINE_UPDATE_GOLDENS=1 make test FILTER=ArticleTests")
    }
  }

  @Test func addingAProviderQuotesTheToyWordForWordAndWhole() throws {
    let toy = try Self.lines("Tests/GatewayTests/Contract/ToyProvider.swift")
    var quoted: Set<Int> = []
    for block in try Article("AddingAProvider").blocks("swift") {
      let place = try #require(
        Self.place(of: block, in: toy), "not in ToyProvider.swift:\n\(block[0])")
      quoted.formUnion(place)
    }
    let left = toy.indices.filter { !quoted.contains($0) && !toy[$0].trimmed.isEmpty }
      .map { toy[$0] }
    // What every file has, and the brace that ends the type, need no words.
    #expect(left == ["@testable import Gateway", "}"])
  }

  @Test func addingAProviderShowsWhatIsReadFromTheToysMessage() throws {
    let settings = try ChannelSettings(
      ["secret": .string(ToyFixtures.secret)], declared: ToyProvider.settings)
    let request = try #require(
      HTTPRequest(wire: Array(ToyFixtures.signed(ToyFixtures.message).utf8)))
    let items = try ToyProvider(settings: settings).read(request)
    let golden = try #require(try Article("AddingAProvider").blocks("json").last)
    #expect(
      try JSON.parse(Array(golden.joined(separator: "\n").utf8)) == .array(items.map(\.json)))
  }

  @Test func everyRouteIsInThePageWithItsPermissionAndNoOther() throws {
    let routes = try APITests.Fixture().table.routes
    let page = try Article("API")
    var documented: [String] = []
    for (index, line) in page.lines.enumerated() where line.hasPrefix("### `") {
      let route = line.dropFirst(5).prefix { $0 != "`" }
      documented.append(String(route))
      let permission = routes.first { "\($0.method) \($0.path)" == route }?.permission
      let needs = permission.map { "Needs `\($0.rawValue)`." } ?? "Needs no key."
      #expect(page.lines[(index + 1)...].prefix(3).contains { $0.hasPrefix(needs) }, "\(route)")
    }
    #expect(documented == routes.map { "\($0.method) \($0.path)" })
  }

  @Test func everyMemberOfAPolicyIsInThePageWithItsRangeAndDefault() throws {
    let rows = try Article("Configuring").rows(below: "### Policy")
    let numbers = ChannelPolicy.numbers.map(\.key)
    let names = (numbers + ["on_unknown", "allowed_destinations"]).map { "`\($0)`" }
    #expect(rows.compactMap(\.first) == names)
    let policy = ChannelPolicy()
    let defaults: [String: Int64] = [
      "in_flight_max": Int64(policy.inFlightMax), "retry_first_ms": policy.retryFirstMilliseconds,
      "retry_most_ms": policy.retryMostMilliseconds, "expires_seconds": policy.expiresSeconds,
      "order_wait_seconds": policy.orderWaitSeconds, "settle_seconds": policy.settleSeconds,
      "reconcile_seconds": policy.reconcileSeconds, "timeout_ms": Int64(policy.timeoutMilliseconds),
    ]
    for (row, (name, range)) in zip(rows, ChannelPolicy.numbers) {
      let ends = [range.lowerBound, range.upperBound]
        .map { $0 == $0.rounded() ? "\(Int64($0))" : "\($0)" }
      #expect(row[1] == ends.joined(separator: " to "), "\(name)")
      if let value = defaults[name] { #expect(row[2] == "\(value)", "\(name)") }
    }
  }

  @Test func everyStateAReceiptCanHaveIsExplained() throws {
    let rows = try Article("StateMachines").rows(below: "## What becomes of a receipt")
    #expect(rows.compactMap(\.first) == ReceiptState.allCases.map { "`\($0.rawValue)`" })
  }

  @Test func everyEventTypeInTheCodeIsInThePage() throws {
    let page = try Article("API").lines.joined(separator: "\n")
    let folders = ["Store", "Ingest", "Outbound", "Edge/API"]
    let families = ["message", "chat", "member", "client", "contact", "call", "channel"]
    let types = SourceFile.tree.filter { $0.module == "Gateway" && folders.contains($0.folder) }
      .flatMap(\.literals).map(\.text).filter { text in
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 2 && families.contains(String(parts[0])) && !parts[1].isEmpty
          && parts[1].allSatisfy { $0.isLetter || $0 == "_" }
      }
    #expect(types.count > 15)
    #expect(types.filter { !page.contains("`\($0)`") } == [])
  }

  @Test func everyMetricIsInThePageAndNoOther() throws {
    let inCode = SourceFile.tree.filter { $0.module == "Gateway" }.flatMap(\.literals)
      .map(\.text).filter { text in
        text.hasPrefix("trunkline_") && text.utf8.allSatisfy { $0.isWordByte }
      }
    let inPage = try Article("Operations").rows(below: "## Metrics").compactMap(\.first)
    let expected = Set(inCode.map { "`\($0)`" })
    #expect(expected.subtracting(inPage) == [])
    #expect(Set(inPage).subtracting(expected) == [])
  }

  @Test(arguments: Article.all)
  func whatAPageNamesIsThere(_ page: Article) {
    let files = Set(
      SourceFile.tree.compactMap { $0.path.split(separator: "/").last.map(String.init) })
    let missing = page.codeWords.filter { word in
      // A suite stands in the file of its name.
      if word.hasSuffix("Tests"), word.allSatisfy({ $0.isLetter }) {
        return !files.contains("\(word).swift")
      }
      guard let path = Self.path(word) else { return false }
      let places = ["", "Sources/", "Sources/Gateway/"].map { "\(Repository.root)/\($0)\(path)" }
      return !places.contains(where: File.exists)
    }
    #expect(missing == [])
  }

  /// The word as a path of the repository; `nil` when it looks like something else.
  private static func path(_ word: String) -> String? {
    let tops = [
      "Sources/", "Tests/", "Config/", "ProviderFixtures/", "Edge/", "Ingest/", "Store/",
      "Providers/", "Model/", "System/", "Wire/", "Contract/", "Outbound/", "Media/",
    ]
    guard tops.contains(where: word.hasPrefix), !word.contains(where: { "<…*[ ".contains($0) })
    else { return nil }
    return word
  }

  /// The lines of `text` that `block` repeats, whatever it is indented by.
  private static func place(of block: [String], in text: [String]) -> Range<Int>? {
    guard let first = block.first, text.count >= block.count else { return nil }
    for start in 0...(text.count - block.count) where text[start].hasSuffix(first) {
      let indent = text[start].dropLast(first.count)
      guard indent.allSatisfy({ $0 == " " }) else { continue }
      let range = start..<start + block.count
      if zip(text[range], block).allSatisfy({ $0 == ($1.isEmpty ? "" : indent + $1) }) {
        return range
      }
    }
    return nil
  }

  private static func lines(_ path: String) throws -> [String] {
    String(decoding: try File.read("\(Repository.root)/\(path)"), as: UTF8.self)
      .split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
  }
}
