import Testing

@testable import Gateway

@Suite struct TwilioSegmentTests {
  private static func count(_ text: String) -> Int { TwilioSegments(text).count }

  private static func repeated(_ text: String, _ count: Int) -> String {
    String(repeating: text, count: count)
  }

  @Test func aTextOfTheAlphabetHas160AloneAnd153Joined() {
    for (length, count) in [(0, 1), (1, 1), (160, 1), (161, 2), (306, 2), (307, 3), (1600, 11)] {
      #expect(TwilioSegments(Self.repeated("a", length)).count == count, "\(length)")
      #expect(TwilioSegments(Self.repeated("a", length)).encoding == .gsm7)
    }
  }

  @Test func oneOtherCharacterMakesItAllSixteenBits() {
    for (length, count) in [(1, 1), (69, 1), (70, 2), (133, 2), (134, 3)] {
      let text = Self.repeated("a", length) + "ç"
      #expect(TwilioSegments(text).count == count, "\(length)")
      #expect(TwilioSegments(text).encoding == .ucs2)
    }
  }

  @Test func anExtendedCharacterIsTwoAndNeverCut() {
    #expect(Self.count(Self.repeated("€", 80)) == 1)
    #expect(Self.count(Self.repeated("€", 80) + "a") == 2)
    // 76 of them fill 152 of 153; the next does not fit into the one that is left.
    #expect(Self.count(Self.repeated("€", 152)) == 2)
    #expect(Self.count(Self.repeated("€", 153)) == 3)
    #expect(Self.count("a" + Self.repeated("€", 152)) == 2)
    #expect(Self.count("a" + Self.repeated("€", 153)) == 3)
  }

  @Test func aSurrogatePairIsNeverCut() {
    #expect(Self.count(Self.repeated("😀", 35)) == 1)
    // 33 pairs fill 66 of 67.
    #expect(Self.count(Self.repeated("😀", 66)) == 2)
    #expect(Self.count(Self.repeated("😀", 67)) == 3)
    #expect(Self.count("a" + Self.repeated("😀", 66)) == 2)
  }

  /// Against the code points of 3GPP TS 23.038, written down a second time.
  @Test func theAlphabetIsThatOfTheStandard() {
    var basic: Set<UInt32> = [
      0x40, 0xA3, 0x24, 0xA5, 0xE8, 0xE9, 0xF9, 0xEC, 0xF2, 0xC7, 0x0A, 0xD8, 0xF8, 0x0D, 0xC5,
      0xE5, 0x394, 0x5F, 0x3A6, 0x393, 0x39B, 0x3A9, 0x3A0, 0x3A8, 0x3A3, 0x398, 0x39E, 0xC6,
      0xE6, 0xDF, 0xC9, 0xA4, 0xA1, 0xC4, 0xD6, 0xD1, 0xDC, 0xA7, 0xBF, 0xE4, 0xF6, 0xF1, 0xFC,
      0xE0,
    ]
    basic.formUnion(0x20...0x3F)
    basic.remove(0x24)
    basic.insert(0x24)
    basic.formUnion(0x41...0x5A)
    basic.formUnion(0x61...0x7A)
    let extended: Set<UInt32> = [0x5E, 0x7B, 0x7D, 0x5C, 0x5B, 0x7E, 0x5D, 0x7C, 0x20AC, 0x0C]
    #expect(basic.count == 127 && extended.count == 10)
    for value in UInt32(0)...0xFFFF {
      guard let scalar = Unicode.Scalar(value) else { continue }
      let text = String(Character(scalar))
      let isKnown = basic.contains(value) || extended.contains(value)
      guard (TwilioSegments(text).encoding == .gsm7) == isKnown else {
        Issue.record("U+\(String(value, radix: 16)) is counted wrongly")
        return
      }
      if extended.contains(value) { #expect(Self.count(Self.repeated(text, 81)) == 2) }
    }
  }

  @Test func whatOnlyLooksLikeTheAlphabetIsNot() {
    for text in ["e\u{301}", "\u{212B}", "\u{2126}", "`", "“", "–", "…", "á", "\u{A0}"] {
      #expect(TwilioSegments(text).encoding == .ucs2, "\(text)")
    }
    #expect(TwilioSegments("\r\n").encoding == .gsm7)
    #expect(Self.count(Self.repeated("\r\n", 81)) == 2)
  }

  @Test func segmentsHoldTheirTextAndAreNotHalfEmpty() {
    forAll(make: { $0.someText(400) }) { text in
      let segments = TwilioSegments(text)
      let units =
        segments.encoding == .ucs2 ? text.utf16.count : text.unicodeScalars.count
      let joined = segments.encoding == .ucs2 ? 67 : 153
      return segments.count >= 1 && segments.count * (joined + 7) >= units
        && (segments.encoding == .gsm7 || (segments.count - 1) * (joined - 1) <= units)
    }
  }
}
