import Testing

@testable import Gateway

@Suite struct ConfigurationDocumentTests {
  private static let samplePath =
    #filePath.split(separator: "/").dropLast(4).reduce("") { "\($0)/\($1)" }
    + "/Config/trunkline.json5"

  /// `TRUNKLINE_UPDATE_GOLDENS=1 make test` writes the file anew.
  @Test func theSampleFileIsTheTableOfKeys() throws {
    if Environment.current["TRUNKLINE_UPDATE_GOLDENS"] == "1" {
      try File.write(Array(Configuration.sample().utf8), to: Self.samplePath)
    }
    let file = String(decoding: try File.read(Self.samplePath), as: UTF8.self)
    #expect(file == Configuration.sample(), "run TRUNKLINE_UPDATE_GOLDENS=1 make test")
  }

  @Test func theSampleFileListsEveryKeyWithItsDefaultAndNothingElse() throws {
    var found: [String: JSON] = [:]
    let sample = try JSON.parse(File.read(Self.samplePath), comments: true)
    for member in try #require(sample.object) {
      guard let section = member.value.object else {
        found[member.key] = member.value
        continue
      }
      for inner in section { found["\(member.key).\(inner.key)"] = inner.value }
    }
    let expected = ConfigurationKey.all.map { ($0.path, $0.fallback) }
    #expect(found == Dictionary(uniqueKeysWithValues: expected))
    #expect(
      try loadConfiguration(String(decoding: File.read(Self.samplePath), as: UTF8.self))
        == Configuration())
  }

  @Test func everyKeyHasANameAndVariableOfItsOwn() {
    let keys = ConfigurationKey.all
    #expect(Set(keys.map(\.path)).count == keys.count)
    #expect(Set(keys.map(\.environmentName)).count == keys.count)
    #expect(!keys.map(\.environmentName).contains(Configuration.fileVariable))
    #expect(
      keys.first { $0.path == "limits.connections_per_address" }?.environmentName
        == "TRUNKLINE_LIMITS_CONNECTIONS_PER_ADDRESS")
  }

  @Test func theDocumentationHasALineForEveryKey() {
    let lines = Configuration.documentation().split(separator: "\n")
    #expect(lines.count == ConfigurationKey.all.count + 2)
    for (line, key) in zip(lines.dropFirst(2), ConfigurationKey.all) {
      #expect(line.hasPrefix("| `\(key.path)` | ") && line.hasSuffix(". |"))
    }
  }

  @Test func everyLineOfTheSampleFitsAHundredColumns() {
    for line in Configuration.sample().split(separator: "\n") { #expect(line.count <= 100) }
  }
}
