import Testing

@testable import Gateway

@Suite struct LogTests {
  private final class Lines: Sendable {
    let all = Locked<[String]>([])
    var sink: Log.Sink {
      { [all] line in all.withLock { $0.append(String(decoding: line, as: UTF8.self)) } }
    }
    var text: [String] { all.withLock { $0 } }
  }

  private func lines(
    readable: Bool, minimum: LogLevel = .info, _ write: (Log) -> Void
  ) -> [String] {
    let lines = Lines()
    let clock = ManualClock(Instant(millisecondsSinceEpoch: 1_791_212_400_123))
    write(Log(minimum: minimum, readable: readable, clock: clock, sink: lines.sink))
    return lines.text
  }

  @Test func writesJSONForMachines() throws {
    let line = try #require(
      lines(readable: false) { $0.info("started", ["port": 8080, "name": "a\nb"]) }.first)
    #expect(line.hasSuffix("\n"))
    #expect(
      try JSON.parse(utf8(line)) == [
        "time": "2026-10-05T15:00:00.123Z", "level": "info", "message": "started", "port": 8080,
        "name": "a\nb",
      ])
  }

  @Test func writesWordsForPeople() {
    let written = lines(readable: true) { $0.warning("slow", ["ms": 12, "channel": "chn_1"]) }
    #expect(written == ["15:00:00.123 warning slow ms=12 channel=chn_1\n"])
  }

  @Test func leavesOutWhatIsBelowTheMinimum() {
    let written = lines(readable: true, minimum: .warning) { log in
      log.debug("a")
      log.info("b")
      log.warning("c")
      log.error("d")
    }
    #expect(written.map { $0.dropLast().last } == ["c", "d"])
  }

  @Test(arguments: [true, false])
  func aLineStaysALineWhateverItHolds(readable: Bool) {
    forAll(make: { ($0.someText(10) + "\r\n\u{1B}[2J", $0.someText(10) + "\n\u{85}") }) {
      message, value in
      let written = lines(readable: readable) { $0.error(message, ["value": .string(value)]) }
      guard let line = written.first, written.count == 1 else { return false }
      return line.utf8.last == 0x0A && !line.utf8.dropLast().contains { $0 < 0x20 }
    }
  }

  @Test func padsToAWidth() {
    #expect("ab".padded(to: 4) == "ab  ")
    #expect("abcd".padded(to: 2) == "abcd")
  }
}
