import Testing

@testable import Gateway

@Suite struct LockedTests {
  @Test func losesNoUpdateOfManyThreads() {
    let count = Locked(0)
    let threads = (0..<4).map { index in
      WorkerThread(name: "count-\(index)") {
        for _ in 0..<2000 { count.withLock { $0 += 1 } }
      }
    }
    for thread in threads { thread.join() }
    #expect(count.withLock { $0 } == 8000)
  }

  @Test func isFreeAgainAfterAnError() {
    struct Failure: Error {}
    let value = Locked(1)
    #expect(throws: Failure.self) { try value.withLock { _ in throw Failure() } }
    #expect(value.withLock { $0 } == 1)
  }

  @Test func aMonitorWakesEveryWaiter() {
    let monitor = Monitor(0)
    let woken = Locked(0)
    let threads = (0..<3).map { index in
      WorkerThread(name: "wait-\(index)") {
        let seen: Int = monitor.wait { $0 >= 2 ? $0 : nil }
        woken.withLock { $0 += seen }
      }
    }
    monitor.update { $0 += 1 }
    monitor.update { $0 += 1 }
    for thread in threads { thread.join() }
    #expect(woken.withLock { $0 } == 6)
  }

  @Test func aMonitorGivesUpWhenTheTimeIsOver() {
    let monitor = Monitor(false)
    let start = monotonicNanoseconds()
    #expect(monitor.wait(milliseconds: 20) { $0 ? 1 : nil } == nil)
    #expect(monotonicNanoseconds() - start >= 20_000_000)
  }

  @Test(arguments: [0, -1, -999, -1500, -1_000_001])
  func aMonitorDoesNotWaitForATimeThatIsOver(_ milliseconds: Int) {
    let monitor = Monitor(true)
    #expect(monitor.wait(milliseconds: milliseconds) { $0 ? 1 : nil } == 1)
    #expect(monitor.wait(milliseconds: milliseconds) { $0 ? nil : 1 } == nil)
  }

  @Test func aMonitorEndsATimedWaitWhenTheValueComes() {
    let monitor = Monitor(0)
    let thread = WorkerThread(name: "set") { monitor.update { $0 = 7 } }
    // Far longer than any test may run: only the update ends it.
    #expect(monitor.wait(milliseconds: 3_600_000) { $0 == 7 ? $0 : nil } == 7)
    thread.join()
  }
}
