import Testing

@testable import Gateway

private enum Thing: Identified { static let idPrefix: StaticString = "thg_" }
private enum Other: Identified { static let idPrefix: StaticString = "oth_" }

@Suite struct IDTests {
  private func make(_ random: SeededRandom) -> ID<Thing> {
    ID(high: random.next(), low: random.next())
  }

  @Test func readsWhatItWrote() {
    forAll(2000, make: make) { id in
      ID<Thing>(id.description) == id && ID<Thing>(bytes: id.bytes) == id
        && id.description.utf8.count == 30 && id.bytes.count == 16
    }
    for id in [ID<Thing>(high: 0, low: 0), ID<Thing>(high: .max, low: .max)] {
      #expect(ID<Thing>(id.description) == id)
    }
    #expect(
      ID<Thing>(high: .max, low: .max).description == "thg_7" + String(repeating: "Z", count: 25))
  }

  @Test func sortsTheSameInEveryForm() {
    forAll(
      2000,
      make: { random in
        let first = self.make(random)
        // Often with the same first half, so that the second decides.
        return (
          first, random.below(2) == 0 ? ID(high: first.high, low: random.next()) : self.make(random)
        )
      }
    ) { left, right in
      (left < right) == left.bytes.lexicographicallyPrecedes(right.bytes)
        && (left < right) == left.text.lexicographicallyPrecedes(right.text)
    }
  }

  @Test func readsLettersInEitherCase() {
    let id = ID<Thing>(high: 0x0123_4567_89AB_CDEF, low: 0xFEDC_BA98_7654_3210)
    let text = id.description
    #expect(ID<Thing>("thg_" + text.dropFirst(4).lowercased()) == id)
  }

  @Test func refusesWhatIsNoIdentifierOfThisKind() {
    let good = ID<Thing>(high: 1, low: 2).description
    #expect(ID<Thing>(good) != nil)
    #expect(ID<Other>(good) == nil)
    let body = good.dropFirst(4)
    for text in [
      "", "thg_", String(body), "THG_\(body)", "thg_\(body)0", "thg_\(body.dropLast())",
      "thg_\(body.dropLast())U", "thg_\(body.dropLast())I", "thg_\(body.dropLast()) ",
      "thg_\(body.dropLast(2))é", "thg_8\(body.dropFirst())", "thg_Z\(body.dropFirst())",
      "thg\u{301}_\(body.dropLast(2))",
    ] {
      #expect(ID<Thing>(text) == nil, "\(text)")
    }
    for count in [0, 15, 17] {
      #expect(ID<Thing>(bytes: [UInt8](repeating: 1, count: count)) == nil)
    }
  }

  @Test func isAVersion7UUIDOfItsTime() {
    let now = Instant(millisecondsSinceEpoch: 1_791_212_400_123)
    let id = IDSource(clock: ManualClock(now)).next(Thing.self)
    #expect(id.instant == now)
    #expect(id.bytes[6] >> 4 == 7)
    #expect(id.bytes[8] >> 6 == 2)
  }

  @Test func growsWithinOneMillisecondAndBeyondWhatItCanCount() {
    let source = IDSource(clock: ManualClock(Instant(millisecondsSinceEpoch: 1_000_000)))
    let ids = (0..<10_000).map { _ in source.next(Thing.self) }
    #expect(zip(ids, ids.dropFirst()).allSatisfy { $0 < $1 })
    // 4,096 fit into a millisecond, the others go on in the next ones.
    #expect(ids.last?.instant == Instant(millisecondsSinceEpoch: 1_000_002))
    #expect(ids.allSatisfy { $0.bytes[6] >> 4 == 7 })
  }

  @Test func growsWhenTheClockStepsBack() {
    let clock = ManualClock(Instant(millisecondsSinceEpoch: 1_000_000))
    let source = IDSource(clock: clock)
    let before = source.next(Thing.self)
    clock.advance(milliseconds: -60_000)
    let after = source.next(Thing.self)
    #expect(before < after)
    clock.advance(milliseconds: 120_000)
    #expect(source.next(Thing.self).instant == clock.now())
  }

  @Test func isNeverGivenTwice() {
    let source = IDSource(clock: ManualClock(Instant(millisecondsSinceEpoch: 1)))
    let ids = Locked<Set<ID<Thing>>>([])
    let threads = (0..<4).map { _ in
      WorkerThread(name: "ids") {
        for _ in 0..<500 {
          let id = source.next(Thing.self)
          ids.withLock { _ = $0.insert(id) }
        }
      }
    }
    for thread in threads { thread.join() }
    #expect(ids.withLock { $0.count } == 2000)
  }

  @Test func survivesATimeBeforeTheEpoch() {
    let source = IDSource(clock: ManualClock(Instant.range.lowerBound))
    #expect(source.next(Thing.self) < source.next(Thing.self))
  }
}
