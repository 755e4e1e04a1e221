import Testing

@testable import Gateway

/// The directory tells of what is entered, however long it has been doing so.
@Suite struct ChannelDirectoryTests {
  /// A listener that is wrapped anew by each call is so many calls deep in the end: the last calls
  /// take many times as long as the first, until there is no stack left.
  @Test func aListenerIsCalledAtOnceHoweverOftenItWasBefore() throws {
    let test = try TestIngest()
    let live = try #require(test.directory[test.twilio.id])
    let calls = Locked(0)
    test.directory.onEnter { _ in calls.withLock { $0 += 1 } }
    let (turns, stretch) = (30_000, 3000)
    let first = monotonicNanoseconds()
    for _ in 0..<stretch { test.directory.enter(live) }
    let second = monotonicNanoseconds()
    for _ in 0..<turns - 2 * stretch { test.directory.enter(live) }
    let third = monotonicNanoseconds()
    for _ in 0..<stretch { test.directory.enter(live) }
    let last = monotonicNanoseconds()
    #expect(calls.withLock { $0 } == turns)
    // Ten times as much is more than a busy machine shifts, and less than the depth would cost.
    #expect(last - third < 10 * (second - first))
  }
}
