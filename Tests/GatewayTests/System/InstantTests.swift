import Testing

@testable import Gateway

@Suite struct InstantTests {
  @Test func readsWhatItWroteOverTheWholeRange() {
    let first = Instant.range.lowerBound.millisecondsSinceEpoch
    let span = Instant.range.upperBound.millisecondsSinceEpoch - first
    forAll(5000, make: { first + Int64($0.next() % UInt64(span + 1)) }) { milliseconds in
      let instant = Instant(millisecondsSinceEpoch: milliseconds)
      return Instant(iso8601: instant.description) == instant && instant.iso8601.count == 24
    }
  }

  @Test(
    arguments: [
      (0, "1970-01-01T00:00:00.000Z"), (-1, "1969-12-31T23:59:59.999Z"),
      (951_782_400_000, "2000-02-29T00:00:00.000Z"),
      (4_107_542_399_999, "2100-02-28T23:59:59.999Z"),
      (-62_135_596_800_000, "0001-01-01T00:00:00.000Z"),
      (253_402_300_799_999, "9999-12-31T23:59:59.999Z"),
      (.min, "0001-01-01T00:00:00.000Z"), (.max, "9999-12-31T23:59:59.999Z"),
    ] as [(Int64, String)])
  func writesISO8601(_ milliseconds: Int64, _ expected: String) {
    #expect(Instant(millisecondsSinceEpoch: milliseconds).description == expected)
  }

  @Test(arguments: [
    ("2026-10-05T14:23:11Z", "2026-10-05T14:23:11.000Z"),
    ("2026-10-05 14:23:11.4Z", "2026-10-05T14:23:11.400Z"),
    ("2026-10-05T14:23:11.402999999Z", "2026-10-05T14:23:11.402Z"),
    ("2026-10-05T14:23:11+02:30", "2026-10-05T11:53:11.000Z"),
    ("2026-10-05T14:23:11-0230", "2026-10-05T16:53:11.000Z"),
    ("2024-02-29T00:00:00+00:00", "2024-02-29T00:00:00.000Z"),
    ("2016-12-31T23:59:60Z", "2017-01-01T00:00:00.000Z"),
  ])
  func readsISO8601(_ text: String, _ expected: String) {
    #expect(Instant(iso8601: text)?.description == expected)
  }

  @Test(arguments: [
    "", "2026", "2026-10-05", "2026-10-05T14:23", "2026-10-05T14:23:11", "2026-1-05T14:23:11Z",
    "2026-13-01T00:00:00Z", "2026-00-01T00:00:00Z", "2026-02-29T00:00:00Z", "1900-02-29T00:00:00Z",
    "2026-04-31T00:00:00Z", "2026-10-00T00:00:00Z", "0000-01-01T00:00:00Z", "2026-10-05T24:00:00Z",
    "2026-10-05T23:60:00Z", "2026-10-05T23:59:61Z", "2026-10-05T14:23:11.Z",
    "2026-10-05T14:23:11.1234567890Z", "2026-10-05T14:23:11Zx", "2026-10-05T14:23:11+2",
    "2026-10-05T14:23:11+24:00", "+026-10-05T14:23:11Z", "２０２６-10-05T14:23:11Z",
    "0001-01-01T00:00:00+00:01", "9999-12-31T23:59:59-00:01", "9999-12-31T23:59:60Z",
  ])
  func refusesWhatIsNoTime(_ text: String) {
    #expect(Instant(iso8601: text) == nil)
  }

  @Test(arguments: [
    ("Mon, 05 Oct 2026 14:25:10 +0000", "2026-10-05T14:25:10.000Z"),
    ("5 Oct 2026 14:25 GMT", "2026-10-05T14:25:00.000Z"),
    ("Mon, 05 Oct 2026 14:25:10 -0730 (PDT)", "2026-10-05T21:55:10.000Z"),
    ("Thu, 29 Feb 2024 23:59:59 UTC", "2024-02-29T23:59:59.000Z"),
    // RFC 5322 §4.3: years of two and three digits.
    ("05 Oct 26 00:00:00 UT", "2026-10-05T00:00:00.000Z"),
    ("05 Oct 97 00:00:00 GMT", "1997-10-05T00:00:00.000Z"),
    ("05 Oct 126 00:00:00 GMT", "2026-10-05T00:00:00.000Z"),
  ])
  func readsTheDateOfMail(_ text: String, _ expected: String) {
    #expect(Instant(rfc5322: text)?.description == expected)
  }

  @Test(arguments: [
    "", "Mon,", "Mon, 05 Oct 2026", "Mon, 31 Sep 2026 00:00:00 GMT", "05 Okt 2026 00:00:00 GMT",
    "05 Oct 2026 24:00:00 GMT", "05 Oct 2026 00:60:00 GMT", "05 Oct 2026 00:00:61 GMT",
    "05 Oct 2026 00 GMT", "05 Oct 2026 0:0:0:0 GMT", "-5 Oct 2026 00:00:00 GMT",
    "05 Oct 2026 00:00:00 +00", "05 Oct 2026 00:00:00 +0000x", "05 Oct 99999999999 00:00:00 GMT",
    "05 Oct 2026 -1:00:00 GMT", "1 Jan 0001 00:00:00 +0001", "05 Oct 7 00:00:00 GMT",
    "+5 Oct 2026 00:00:00 GMT", "05 Oct 2026 +1:00:00 GMT",
  ])
  func refusesWhatIsNoDateOfMail(_ text: String) {
    #expect(Instant(rfc5322: text) == nil)
  }

  @Test func takesSecondsOnlyWithinTheRange() {
    #expect(Instant(secondsSinceEpoch: 1)?.millisecondsSinceEpoch == 1000)
    #expect(Instant(secondsSinceEpoch: 253_402_300_799) != nil)
    for seconds: Int64 in [253_402_300_800, -62_135_596_801, .max, .min] {
      #expect(Instant(secondsSinceEpoch: seconds) == nil)
    }
  }

  @Test func stopsAtTheEndsOfTheRange() {
    let extremes =
      [Instant.range.lowerBound, Instant.range.upperBound]
      + [.min, .max].map { Instant(millisecondsSinceEpoch: $0) }
    for instant in extremes {
      for step: Int64 in [.min, -1, 1, .max] {
        #expect(Instant.range.contains(instant.adding(milliseconds: step)))
      }
      for other in extremes {
        let distance = instant.milliseconds(since: other)
        #expect((distance > 0) == (instant > other) && (distance < 0) == (instant < other))
      }
    }
    let now = Instant(millisecondsSinceEpoch: 1000)
    #expect(now.adding(milliseconds: -1500).millisecondsSinceEpoch == -500)
    #expect(now.milliseconds(since: now.adding(milliseconds: 7)) == -7)
  }
}
