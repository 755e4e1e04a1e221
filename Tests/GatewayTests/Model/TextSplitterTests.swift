import Testing

@testable import Gateway

@Suite struct TextSplitterTests {
  private static func pieces(_ text: String, _ max: Int) -> [String] {
    TextSplitter.pieces(text, max: max).map(String.init)
  }

  @Test func whatFitsStaysAsItIs() {
    for text in ["a", " a b\n", "one\n\ntwo", "👨‍👩‍👧‍👦"] {
      #expect(Self.pieces(text, text.utf16.count) == [text])
    }
  }

  @Test func aTextOfWhiteSpaceHasNoPieces() {
    for text in ["", " ", "\n\t \r\n", String(repeating: " ", count: 50)] {
      #expect(Self.pieces(text, 10) == [])
    }
  }

  @Test func paragraphsGoBeforeLinesAndLinesBeforeSentences() {
    #expect(Self.pieces("aaaa bbbb\n\ncc. dd\nee ff", 18) == ["aaaa bbbb", "cc. dd\nee ff"])
    #expect(Self.pieces("aaaa bbbb\ncc. dd ee ff", 18) == ["aaaa bbbb", "cc. dd ee ff"])
    #expect(Self.pieces("aaaa bbbb. cc dd ee ff", 18) == ["aaaa bbbb.", "cc dd ee ff"])
    #expect(Self.pieces("aaaa \"bbbb!\") cc dd ee", 18) == ["aaaa \"bbbb!\")", "cc dd ee"])
    #expect(Self.pieces("aaaa bbbb cc dd ee ff g", 18) == ["aaaa bbbb cc dd ee", "ff g"])
    #expect(Self.pieces("aaaaa\r\n\r\nbb cc\r\ndd", 10) == ["aaaaa", "bb cc\r\ndd"])
  }

  @Test func aBetterGapThatWouldLeaveTheFirstPieceNearlyEmptyIsNotTaken() {
    #expect(Self.pieces("a\n\nbbbb cccc dddd", 12) == ["a\n\nbbbb cccc", "dddd"])
    // But a long word, such as an address, is rather moved than cut.
    #expect(Self.pieces("see https://example.org", 19) == ["see", "https://example.org"])
  }

  @Test func aGapRightBehindAFullPieceCounts() {
    #expect(Self.pieces("aaaa bbbb", 4) == ["aaaa", "bbbb"])
    #expect(Self.pieces("aaaa      bbbb", 4) == ["aaaa", "bbbb"])
    #expect(Self.pieces("aaaa    ", 4) == ["aaaa"])
  }

  @Test func aLongWordIsCutBetweenCharacters() {
    #expect(Self.pieces("abcdefgh", 3) == ["abc", "def", "gh"])
    #expect(Self.pieces("👍🏽👍🏽👍🏽", 9) == ["👍🏽👍🏽", "👍🏽"])
    #expect(Self.pieces("e\u{301}e\u{301}", 3) == ["e\u{301}", "e\u{301}"])
  }

  @Test func oneCharacterLongerThanAPieceIsCutBetweenScalars() {
    #expect(Self.pieces("👨‍👩‍👧", 5) == ["👨‍👩", "\u{200D}👧"])
    #expect(Self.pieces("😀", 1) == ["😀"])
  }

  @Test func chineseIsCutBehindItsFullStop() {
    #expect(Self.pieces("你好吗。我很好", 6) == ["你好吗。", "我很好"])
  }

  @Test func aSpaceThatBindsIsKept() {
    #expect(Self.pieces("10\u{A0}km 20\u{A0}km", 7) == ["10\u{A0}km", "20\u{A0}km"])
    #expect(Self.pieces("\u{A0}", 5) == ["\u{A0}"])
    // A space under an accent is a character with something to see.
    #expect(Self.pieces("aaa \u{301}bbb", 5) == ["aaa \u{301}", "bbb"])
  }

  @Test func piecesHoldEverythingAndFitAndCutNoCharacter() {
    let words = ["a", "bb", "né", "👩🏽‍🚀", "🇸🇪", " ", "  ", "\n", "\n\n", "\r\n", ". ", "。", "\u{301}"]
    forAll(2000) { random in
      let text =
        random.below(3) == 0
        ? random.someText(60)
        : (0..<random.below(80)).map { _ in random.pick(words) }.joined()
      return (text: text, max: 2 + random.below(30))
    } holds: { text, max in
      var end = text.startIndex
      for piece in TextSplitter.pieces(text, max: max) {
        let gap = text.unicodeScalars[end..<piece.startIndex]
        guard !piece.isEmpty, piece.utf16.count <= max,
          gap.allSatisfy(\.properties.isWhitespace),
          isWhole(text, piece.startIndex, max), isWhole(text, piece.endIndex, max)
        else { return false }
        end = piece.endIndex
      }
      return text.unicodeScalars[end...].allSatisfy(\.properties.isWhitespace)
    }
  }

  @Test func piecesByBytesHoldEverythingAndFitAndCutNoCharacter() {
    let words = ["a", "bb", "né", "же", "👩🏽‍🚀", "🇸🇪", " ", "\n", "\n\n", ". ", "。", "\u{301}", "漢"]
    forAll(2000) { random in
      let text =
        random.below(3) == 0
        ? random.someText(60)
        : (0..<random.below(80)).map { _ in random.pick(words) }.joined()
      return (text: text, max: 4 + random.below(60))
    } holds: { text, max in
      var end = text.startIndex
      for piece in TextSplitter.pieces(text, max: max, in: .bytes) {
        let gap = text.unicodeScalars[end..<piece.startIndex]
        guard !piece.isEmpty, piece.utf8.count <= max,
          gap.allSatisfy(\.properties.isWhitespace),
          isWhole(text, piece.startIndex, max, .bytes), isWhole(text, piece.endIndex, max, .bytes)
        else { return false }
        end = piece.endIndex
      }
      return text.unicodeScalars[end...].allSatisfy(\.properties.isWhitespace)
    }
  }

  @Test func aTextOfAsManyBytesAsThereMayBeStaysWhole() {
    for (text, max) in [("жжжж", 8), ("😀😀", 8), ("aé😀", 7)] {
      #expect(TextSplitter.pieces(text, max: max, in: .bytes) == [text[...]])
      #expect(TextSplitter.pieces(text, max: max - 1, in: .bytes).count == 2)
    }
  }

  /// Whether a cut is between two characters, or inside of one that no piece could hold.
  private func isWhole(
    _ text: String, _ cut: String.Index, _ max: Int, _ measure: TextSplitter.Measure = .units
  ) -> Bool {
    var start = text.startIndex
    for character in text {
      let end = text.index(after: start)
      if cut == start || cut == end { return true }
      if cut < end { return measure.length(of: String(character)) > max }
      start = end
    }
    return cut == text.endIndex
  }
}
