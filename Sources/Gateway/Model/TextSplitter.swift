/// Cuts a text that is too long for one message where a reader minds least.
package enum TextSplitter {
  /// How a text's length is counted.
  package enum Measure: Sendable {
    /// In UTF-16 units: what Telegram counts, and never fewer than the characters others do.
    case units
    /// In bytes of UTF-8: what Instagram counts.
    case bytes

    /// The length of a text.
    package func length(of text: some StringProtocol) -> Int {
      switch self {
      case .units: text.utf16.count
      case .bytes: text.utf8.count
      }
    }

    fileprivate func length(of scalar: Unicode.Scalar) -> Int {
      switch self {
      case .units: scalar.utf16.count
      case .bytes: scalar.utf8.count
      }
    }

    /// A single scalar is never longer, so that a piece of as much can always be made.
    fileprivate var scalarLength: Int {
      switch self {
      case .units: 2
      case .bytes: 4
      }
    }
  }

  /// The text in pieces of at most `max`, counted in `measure`, as slices of it, so that spans can
  /// be found again. None for a text that is nothing but white space.
  ///
  /// Cut between paragraphs, then lines, then sentences where that fills at least half a piece;
  /// else between words, and only inside a word that is longer than a piece. White space at a cut
  /// is left out. What a reader sees as one character stays whole unless it alone exceeds `max`.
  package static func pieces(
    _ text: String, max: Int, in measure: Measure = .units
  ) -> [Substring] {
    var pieces: [Substring] = []
    var rest = text[...]
    let most = Swift.max(max, measure.scalarLength)
    while !rest.allSatisfy(isSpace) {
      guard let cut = cut(rest, max: most, measure) else { return pieces + [rest] }
      var piece = rest[..<cut]
      while let last = piece.last, isSpace(last) { piece.removeLast() }
      if !piece.isEmpty { pieces.append(piece) }
      rest = rest[cut...].drop(while: isSpace)
    }
    return pieces
  }

  /// A place to cut, and how much is before it.
  private struct Place {
    var index: String.Index
    var length: Int
  }

  /// What a cut falls between, the best first.
  private enum Gap: Int, CaseIterable {
    case paragraphs, lines, sentences, words
  }

  /// Where the first piece ends; `nil` when all of it fits.
  private static func cut(_ rest: Substring, max: Int, _ measure: Measure) -> String.Index? {
    // Most texts are short: no measure counts more than bytes.
    if rest.utf8.count <= max { return nil }
    var last = [Place?](repeating: nil, count: Gap.allCases.count)
    var here = Place(index: rest.startIndex, length: 0)
    var gap: Place?
    var lineBreaks = 0
    var endsSentence = false
    while here.index < rest.endIndex {
      let character = rest[here.index]
      if isSpace(character) {
        if gap == nil { (gap, lineBreaks) = (here, 0) }
        if character.isNewline { lineBreaks += 1 }
        if let gap, gap.length > 0 {
          last[Gap.words.rawValue] = gap
          if endsSentence { last[Gap.sentences.rawValue] = gap }
          if lineBreaks > 0 { last[Gap.lines.rawValue] = gap }
          if lineBreaks > 1 { last[Gap.paragraphs.rawValue] = gap }
        }
      } else {
        gap = nil
        // A bracket or quotation mark that closes belongs to the sentence before it.
        let closes = endsSentence && closers.contains(character)
        endsSentence = closes || enders.contains(character)
      }
      let length = here.length + measure.length(of: String(character))
      if length > max { return best(last, max: max) ?? forced(rest, at: here, max: max, measure) }
      here = Place(index: rest.index(after: here.index), length: length)
      // Chinese and Japanese put no space behind a sentence.
      if wideEnders.contains(character) {
        last[Gap.sentences.rawValue] = here
        last[Gap.words.rawValue] = here
      }
    }
    return nil
  }

  private static func best(_ last: [Place?], max: Int) -> String.Index? {
    for place in last {
      if let place, place.length * 2 >= max { return place.index }
    }
    return last[Gap.words.rawValue]?.index
  }

  /// A cut inside a word; inside a character only when it is the first and alone too long.
  private static func forced(
    _ rest: Substring, at place: Place, max: Int, _ measure: Measure
  ) -> String.Index {
    if place.length > 0 { return place.index }
    var index = rest.startIndex
    var length = 0
    for scalar in rest.unicodeScalars {
      length += measure.length(of: scalar)
      if length > max { break }
      index = rest.unicodeScalars.index(after: index)
    }
    return index
  }

  /// Whether a text may be cut there, and the character left out. Not at a space that exists to
  /// hold words together, nor at one that carries an accent and so is no empty place.
  private static func isSpace(_ character: Character) -> Bool {
    guard character.isWhitespace else { return false }
    if character == "\r\n" { return true }
    let scalars = character.unicodeScalars
    return scalars.count == 1 && !scalars.contains { binding.contains($0) }
  }

  private static let binding: Set<Unicode.Scalar> = ["\u{A0}", "\u{2007}", "\u{202F}"]
  private static let enders: Set<Character> = [".", "!", "?", "…", "؟", "।", "።"]
  private static let closers: Set<Character> = ["\"", "'", ")", "]", "”", "’", "»"]
  private static let wideEnders: Set<Character> = ["。", "！", "？"]
}
