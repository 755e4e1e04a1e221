import Testing

@testable import Gateway

@Suite struct MediaTokenTests {
  private let key = [UInt8](repeating: 7, count: 32)
  private let now = Instant(millisecondsSinceEpoch: 1_790_000_000_000)
  private let file = FileID(high: 0x0123_4567_89AB_7DEF, low: 0x8123_4567_89AB_CDEF)

  private var token: MediaToken {
    MediaToken(fileID: file, expiresAt: now.adding(milliseconds: 60_000))
  }

  @Test func opensUntilItExpires() {
    let text = token.text(key: key)
    #expect(MediaToken(text, key: key, now: now) == token)
    #expect(MediaToken(text, key: key, now: now.adding(milliseconds: 59_999)) == token)
    #expect(MediaToken(text, key: key, now: now.adding(milliseconds: 60_000)) == nil)
    #expect(text.utf8.allSatisfy { $0.isWordByte || $0 == UInt8(ascii: "-") })
  }

  @Test func opensNothingUnderAnotherKey() {
    #expect(
      MediaToken(token.text(key: key), key: [UInt8](repeating: 8, count: 32), now: now) == nil)
  }

  @Test func opensNothingWithAnyCharacterChanged() {
    let text = Array(token.text(key: key).utf8)
    let letters = Array("Aa0-_=+%".utf8)
    for index in text.indices {
      for letter in letters where letter != text[index] {
        var changed = text
        changed[index] = letter
        #expect(
          MediaToken(String(decoding: changed, as: UTF8.self), key: key, now: now) == nil,
          "\(index)")
      }
      let cut = String(decoding: text[..<index], as: UTF8.self)
      #expect(MediaToken(cut, key: key, now: now) == nil)
    }
    #expect(MediaToken(String(decoding: text, as: UTF8.self) + "A", key: key, now: now) == nil)
  }

  @Test func anyBytesAreReadWithoutHarm() {
    forAll {
      $0.someText(80)
    } holds: { text in
      MediaToken(text, key: key, now: now) == nil
    }
  }

  @Test func anAddressStaysTheSameWithinAnHourAndLastsADay() throws {
    let links = MediaLinks(try #require(Vault(key: key)))
    let hour = Instant(
      millisecondsSinceEpoch: now.millisecondsSinceEpoch / 3_600_000 * 3_600_000)
    let url = links.url(for: file, publicURL: "https://gw.example", now: hour)
    #expect(url.hasPrefix("https://gw.example/media/"))
    let sameHour = hour.adding(milliseconds: 3_599_999)
    #expect(links.url(for: file, publicURL: "https://gw.example", now: sameHour) == url)
    let nextHour = hour.adding(milliseconds: 3_600_000)
    #expect(links.url(for: file, publicURL: "https://gw.example", now: nextHour) != url)
    let text = url.dropFirst("https://gw.example/media/".count)
    #expect(links.file(text, now: sameHour.adding(milliseconds: 86_400_000)) == file)
    #expect(links.file(text, now: nextHour.adding(milliseconds: 86_400_000)) == nil)
  }

  @Test func base64ForAddressesHasOneSpelling() {
    forAll {
      $0.someBytes(50)
    } holds: { bytes in
      let text = Base64URL.encode(bytes)
      return Base64URL.decode(text) == bytes && !text.contains("=")
    }
    for bad in ["A", "AB=", "AB==", "A+AA", "A/AA", "AB", "AAAAA"] {
      #expect(Base64URL.decode(bad) == nil, "\(bad)")
    }
  }
}
