import Testing

@testable import Gateway

@Suite struct WorkerThreadTests {
  @Test func aThreadRunsItsBodyOnceAndCanBeJoinedTwice() {
    let count = Locked(0)
    let thread = WorkerThread(name: "a-name-longer-than-linux-shows") { count.withLock { $0 += 1 } }
    thread.join()
    thread.join()
    #expect(count.withLock { $0 } == 1)
  }

  @Test func aPoolFinishesWhatIsQueuedBeforeItStops() {
    let pool = WorkerPool(name: "test", threads: 3, queueLimit: 1000)
    let done = Locked(0)
    for _ in 0..<500 { #expect(pool.submit { done.withLock { $0 += 1 } }) }
    pool.stop()
    #expect(done.withLock { $0 } == 500)
    pool.stop()
  }

  @Test func aStoppedPoolTakesNoMore() {
    let pool = WorkerPool(name: "test", threads: 1, queueLimit: 10)
    pool.stop()
    #expect(!pool.submit {})
  }

  @Test func aFullPoolRefuses() {
    let pool = WorkerPool(name: "test", threads: 1, queueLimit: 2)
    let gate = Monitor((started: false, open: false))
    let done = Locked(0)
    #expect(
      pool.submit {
        gate.update { $0.started = true }
        gate.wait { $0.open ? () : nil }
      })
    // Once the only thread holds the first job, the queue is empty again.
    gate.wait { $0.started ? () : nil }
    #expect(pool.submit { done.withLock { $0 += 1 } })
    #expect(pool.submit { done.withLock { $0 += 1 } })
    #expect(!pool.submit { done.withLock { $0 += 100 } })
    gate.update { $0.open = true }
    pool.stop()
    #expect(done.withLock { $0 } == 2)
  }

  @Test func aPoolOfOneKeepsTheOrder() {
    let pool = WorkerPool(name: "test", threads: 1, queueLimit: 5000)
    let order = Locked<[Int]>([])
    for number in 0..<3000 { _ = pool.submit { order.withLock { $0.append(number) } } }
    pool.stop()
    #expect(order.withLock { $0 } == Array(0..<3000))
  }

  @Test func aDequeIsAFirstInFirstOutQueue() {
    forAll(
      30, make: { random in (0..<4000).map { _ in random.below(random.below(9) == 0 ? 4 : 3) } }
    ) {
      steps in
      var deque = Deque<Int?>()
      var model: [Int?] = []
      for (index, step) in steps.enumerated() {
        if step < 2 {
          // An absent value is a value.
          let element = index % 5 == 0 ? nil : index
          deque.append(element)
          model.append(element)
        } else {
          let expected: Int?? = model.isEmpty ? .none : .some(model.removeFirst())
          guard deque.popFirst() == expected else { return false }
        }
        guard deque.count == model.count else { return false }
      }
      while !model.isEmpty {
        guard deque.popFirst() == .some(model.removeFirst()) else { return false }
      }
      return deque.popFirst() == .none && deque.count == 0
    }
  }

  @Test func aDequeLetsGoOfWhatWasTaken() {
    final class Token {}
    var deque = Deque<Token>()
    weak var weakToken: Token?
    do {
      let token = Token()
      weakToken = token
      deque.append(token)
      deque.append(Token())
    }
    _ = deque.popFirst()
    #expect(weakToken == nil)
    #expect(deque.count == 1)
  }
}
