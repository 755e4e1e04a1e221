import Testing

@testable import Gateway

@Suite struct WhatsAppMarksTests {
  private typealias Style = TextEntity.Style

  private static func shown(
    _ text: String, _ spans: [(TextEntity.Style, Int, Int)]
  ) -> String {
    let units = Array(text.utf16)
    let entities = spans.map { TextEntity(style: $0.0, offset: $0.1, length: $0.2) }
    return WhatsAppMarks(units, 0..<units.count, entities).text
  }

  @Test func everyStyleThatWhatsAppHasIsMarked() {
    #expect(Self.shown("a bb c", [(.bold, 2, 2)]) == "a *bb* c")
    #expect(Self.shown("a bb c", [(.italic, 2, 2)]) == "a _bb_ c")
    #expect(Self.shown("a bb c", [(.strikethrough, 2, 2)]) == "a ~bb~ c")
    #expect(Self.shown("a bb c", [(.code, 2, 2)]) == "a ```bb``` c")
    #expect(Self.shown("a\nb", [(.pre, 0, 3)]) == "```a\nb```")
    for style in [Style.underline, .spoiler, .blockquote, .link] {
      #expect(Self.shown("a bb c", [(style, 2, 2)]) == "a bb c")
    }
  }

  @Test func marksStandBesideTextAndNeverAcrossLines() {
    #expect(Self.shown("a bb c", [(.bold, 1, 4)]) == "a *bb* c")
    #expect(Self.shown("aa\n\nbb", [(.bold, 0, 6)]) == "*aa*\n\n*bb*")
    #expect(Self.shown("a   b", [(.bold, 1, 3)]) == "a   b")
  }

  @Test func aMarkThatWouldBeShownIsLeftOut() {
    #expect(Self.shown("abc", [(.bold, 1, 1)]) == "abc")
    #expect(Self.shown("a2b", [(.bold, 0, 1)]) == "a2b")
    #expect(Self.shown("2*3 = 6", [(.bold, 0, 7)]) == "2*3 = 6")
    #expect(Self.shown("(abc)!", [(.bold, 1, 3)]) == "(*abc*)!")
    #expect(Self.shown("😀 ", [(.bold, 1, 1)]) == "😀 ")
  }

  @Test func spansInsideOfSpansAreClosedInOrder() {
    #expect(Self.shown("a b c", [(.bold, 0, 5), (.italic, 2, 1)]) == "*a _b_ c*")
    #expect(Self.shown("a b", [(.bold, 0, 3), (.italic, 0, 3)]) == "*_a b_*")
    #expect(Self.shown("a b", [(.italic, 2, 1), (.bold, 0, 3)]) == "*a _b_*")
    // Of two that cross, and in code, the first alone counts.
    #expect(Self.shown("a b c", [(.bold, 0, 3), (.italic, 2, 3)]) == "*a b* c")
    #expect(Self.shown("a b c", [(.code, 0, 5), (.italic, 2, 1)]) == "```a b c```")
    #expect(Self.shown("a b", [(.bold, 0, 1), (.italic, 2, 1)]) == "*a* _b_")
  }

  @Test func aLongMarkedTextIsCutSoThatEachPieceIsMarkedAndFits() throws {
    var content = OutboundContent(text: String(repeating: "word ", count: 100).trimmed)
    content.entities = (0..<100).map { TextEntity(style: .bold, offset: $0 * 5, length: 4) }
    let pieces = PlainText(content).pieces(max: 70, marks: true)
    #expect(pieces.allSatisfy { $0.utf16.count <= 70 && $0.hasPrefix("*word*") })
    #expect(
      pieces.joined(separator: " ")
        == Array(repeating: "*word*", count: 100).joined(separator: " "))
  }

  @Test func whereMarksAreMoreThanWordsThereAreNone() {
    var content = OutboundContent(text: String(repeating: "a ", count: 200))
    content.entities = (0..<200).map { TextEntity(style: .code, offset: $0 * 2, length: 1) }
    let pieces = PlainText(content).pieces(max: 40, marks: true)
    #expect(pieces.allSatisfy { $0.utf16.count <= 40 })
    #expect(pieces.joined().filter { $0 == "a" }.count == 200)
  }

  @Test func noSpanEverLosesTextOrBreaksThePiece() {
    forAll(1000) { random in
      var content = OutboundContent(text: random.someText(120))
      content.entities = (0..<random.below(8)).map { _ in
        TextEntity(
          style: random.pick(Style.allCases), offset: random.below(140) - 5,
          length: random.below(60) - 5, url: "https://e.org")
      }
      return content
    } holds: { content in
      let plain = PlainText(content).pieces(max: 50, marks: false)
      let marked = PlainText(content).pieces(max: 50, marks: true)
      let words: ([String]) -> [Unicode.Scalar] = { pieces in
        pieces.joined().unicodeScalars.filter {
          !$0.properties.isWhitespace && !"*_~`".unicodeScalars.contains($0)
        }
      }
      return words(plain) == words(marked) && marked.allSatisfy { $0.utf16.count <= 50 }
    }
  }
}
