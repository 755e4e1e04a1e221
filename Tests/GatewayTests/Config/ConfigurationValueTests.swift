import Testing

@testable import Gateway

@Suite struct ConfigurationValueTests {
  @Test(arguments: [
    "0.0.0.0:8080", "127.0.0.1:0", "[::1]:8081", "[::]:65535", "1.2.3.4:1",
  ])
  func readsAndWritesListenAddresses(_ text: String) {
    #expect(ListenAddress(text)?.description == text)
  }

  @Test(arguments: [
    "", ":", "8080", ":8080", "host", "host:", "host:65536", "host:+80", "host:-1", "host:８０",
    "::1:8080", "[::1]", "[::1]8080", "[1.2.3.4]:80", "[x]:80", "300.1.1.1:80", "1.2.3:80",
    "localhost:80", "a b:80", "host/:80", " host:80", "[:80", "]:80",
  ])
  func refusesWhatIsNoListenAddress(_ text: String) { #expect(ListenAddress(text) == nil) }

  @Test(arguments: [
    ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
    ("HTTPS://Example.org/", "https://Example.org"),
    ("https://example.org/a/b//", "https://example.org/a/b"),
    ("https://[::1]:443/x", "https://[::1]:443/x"),
    ("https://[::1]", "https://[::1]"), ("http://a_b.c-d:1/", "http://a_b.c-d:1"),
  ])
  func keepsAPublicURLButForWhatCannotMatter(_ text: String, _ kept: String) {
    #expect(PublicURL.normalised(text) == kept)
  }

  @Test(arguments: [
    "", "example.org", "ftp://example.org", "http:/example.org", "http://", "http:///a",
    "http://host:0", "http://host:x", "http://host:", "http://u@host", "http://u:p@host",
    "http://host?q", "http://host/#f", "http://ho st", "http://host/\n", "http://höst",
    "http://[1]",
    "http://host\\a", "http://999.1.1.1", "http://-a", "http://a..b", "http://[::1", "http://::1",
  ])
  func refusesWhatIsNoPublicURL(_ text: String) { #expect(PublicURL.normalised(text) == nil) }

  @Test func readsAMasterKeyAsHexadecimalAndAsBase64() throws {
    let bytes = (0..<32).map { UInt8($0) * 7 }
    #expect(MasterKey(Hex.encode(bytes) + "\n")?.bytes == bytes)
    #expect(MasterKey(Hex.encode(bytes).uppercased())?.bytes == bytes)
    #expect(MasterKey(Base64.encode(bytes))?.bytes == bytes)
    #expect(MasterKey(bytes: bytes)?.hex == Hex.encode(bytes))
  }

  @Test(arguments: ["", "00", String(repeating: "0", count: 63), String(repeating: "x", count: 64)])
  func refusesWhatIsNoMasterKey(_ text: String) { #expect(MasterKey(text) == nil) }

  @Test(arguments: [
    ("plain $ $x {} }", "plain $ $x {} }"), ("a${A}b${B}${A}", "a1b${A}1"), ("$${A}", "${A}"),
    ("$$${A}", "$${A}"), ("${EMPTY}", ""), ("é${A}", "é1"), ("$", "$"),
  ])
  func putsVariablesIntoText(_ template: String, _ text: String) {
    let environment = ["A": "1", "B": "${A}", "EMPTY": ""]
    let expansion = VariableExpansion(template, environment: environment)
    #expect(expansion.text == text && expansion.problems.isEmpty)
    #expect(expansion.isExpanded == (template.contains("${") && !template.contains("$${")))
  }

  @Test(arguments: ["${", "${}", "${A", "${1A}", "${A-B}", "${ A }", "${É}", "${NOT_SET}"])
  func findsVariablesThatCannotBe(_ template: String) {
    #expect(VariableExpansion(template, environment: ["A": "1"]).problems.count == 1)
  }
}
