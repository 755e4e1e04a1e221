import Gateway
import Testing

@testable import trunkline

@Suite struct ArgumentsTests {
  private func arguments(_ words: String...) throws -> Arguments {
    let verb = Verb(
      name: "verb", summary: "Test", operands: [.required("ID"), .optional("MORE")],
      options: [.value("name", "NAME", "A name."), .flag("json", "JSON.")])
    return try #require(try Arguments(words, of: verb, typed: "verb"))
  }

  @Test func readsOptionsWhereverTheyStand() throws {
    for words in [["--name", "a b", "x"], ["x", "--name=a b"]] {
      let read = try arguments(words[0], words[1], words.count > 2 ? words[2] : "--json")
      #expect(try read.string("name") == "a b")
      #expect(read.operands == ["x"])
    }
    #expect(try arguments("--", "--name").operands == ["--name"])
    #expect(try arguments("-").operands == ["-"])
    #expect(try arguments("x", "--name=").string("name") == "")
    #expect(try arguments("x", "--name", "-1").string("name") == "-1")
  }

  @Test(arguments: [
    ["x", "--nam", "a"], ["x", "--name"], ["x", "--name", "--json"], ["x", "--json=yes"],
    ["x", "-j"],
    [], ["x", "y", "z"],
  ])
  func refusesWhatCannotBeMeant(_ words: [String]) {
    let verb = Verb(
      name: "verb", summary: "Test", operands: [.required("ID"), .optional("MORE")],
      options: [.value("name", "NAME", "A name."), .flag("json", "JSON.")])
    #expect(throws: UsageError.self) { try Arguments(words, of: verb, typed: "verb") }
  }

  @Test func refusesAValueGivenTwiceWhereOneCounts() throws {
    let read = try arguments("x", "--name", "a", "--name", "b")
    #expect(throws: UsageError.self) { try read.string("name") }
    #expect(read.strings("name") == ["a", "b"])
  }

  @Test func everyVerbHasAHelpPageWithAllItsOptions() throws {
    func pages(_ verbs: [Verb], _ family: [String]) throws {
      for verb in verbs {
        let words = family + [verb.name]
        guard case .help(let page) = try Invocation.read(words + ["--help"]) else {
          Issue.record("\(words) has no help")
          continue
        }
        #expect(page.contains(verb.summary))
        for option in verb.options { #expect(page.contains("--\(option.name)")) }
        for line in page.split(separator: "\n") where line.count > 80 {
          // Only a word that cannot be broken may be longer.
          #expect(line.split(separator: " ").count < 3, "\(line)")
        }
        try pages(verb.verbs, words)
      }
    }
    try pages(Verb.all, [])
  }

  @Test func strangersTextsCannotWriteToTheTerminal() {
    #expect("a\u{1B}[2Jb\nc\u{202E}d\u{9B}".harmless == "a\u{FFFD}[2Jb c\u{FFFD}d\u{FFFD}")
    #expect("👩‍👩‍👧 नमस्ते".harmless == "👩‍👩‍👧 नमस्ते")
    #expect("葵 🚲".columns == 5)
    #expect("abcdef".cut(to: 4) == "abc…")
    #expect("abcd".cut(to: 4) == "abcd")
  }
}
