import Testing

@testable import Gateway

/// The rules of the house, over every file of `Sources` and `Tests`.
@Suite struct TidyTests {
  @Test(arguments: TidyRule.all)
  func everyFileKeeps(_ rule: TidyRule) {
    #expect(rule.check(SourceFile.tree) == [])
  }

  @Test func readsTheWholeTree() {
    #expect(SourceFile.tree.count > 30)
    #expect(SourceFile.tree.contains { $0.path == "Sources/Gateway/System/JSON.swift" })
    #expect(SourceFile.tree.contains { $0.path == "Tests/GatewayTests/Tidy/TidyTests.swift" })
  }

  @Test(arguments: TidyRule.all)
  func noticesWhenBroken(_ rule: TidyRule) {
    #expect(!rule.broken.isEmpty)
    let beside = rule.beside.map { SourceFile(path: $0.path, text: $0.text) }
    for sample in rule.broken {
      let findings = rule.check(beside + [SourceFile(path: sample.path, text: sample.text)])
      #expect(findings.count == 1, "\(sample.text)")
      #expect(findings.first?.hasPrefix("\(sample.path):\(sample.line): ") == true)
    }
  }

  @Test(arguments: TidyRule.all)
  func isQuietWhenKept(_ rule: TidyRule) {
    let beside = rule.beside.map { SourceFile(path: $0.path, text: $0.text) }
    for sample in rule.kept {
      let findings = rule.check(beside + [SourceFile(path: sample.path, text: sample.text)])
      #expect(findings == [], "\(sample.text)")
    }
  }

  @Test func tellsCodeFromCommentsAndTexts() {
    let file = SourceFile(
      path: "Sources/A.swift",
      text: ##"""
        let a = "x // \(b ?? "y { ") z" // c "d"
        /* e /* f */ " */ let g = #"h " \(i) \#(j) "# + """
          k " l
          """
        """##)
    #expect(
      file.code.map { $0.split(separator: " ").joined(separator: " ") } == [
        "let a = \" b ?? \" \") \"", "let g = #\" j) \"# + \"\"\"", "", "\"\"\"",
      ])
    #expect(file.comments[0].trimmed == #"// c "d""#)
    #expect(file.literals.map(\.text) == ["y { ", "x //  z", #"h " \(i)  "#, "\n  k \" l\n  "])
    #expect(file.literals.map(\.line) == [1, 1, 2, 2])
  }
}
