import Testing

@testable import Gateway
@testable import Simulator

@Suite struct StatusPlanTests {
  private func steps(
    seed: UInt64 = 1, isWhatsApp: Bool = false, failure: Int? = nil,
    _ change: (inout ProviderScript.Statuses) -> Void = { _ in }
  ) -> [StatusStep] {
    var script = ProviderScript.Statuses()
    change(&script)
    return StatusPlan.steps(
      script, isWhatsApp: isWhatsApp, failure: failure, SeededRandom(seed: seed))
  }

  @Test func aMessageIsDeliveredAndOnWhatsAppRead() {
    #expect(steps().map(\.status) == ["sending", "sent", "delivered"])
    #expect(steps(isWhatsApp: true).map(\.status) == ["sent", "delivered", "read"])
    let unread = steps(isWhatsApp: true) { $0.readRate = 0 }
    #expect(unread.map(\.status) == ["sent", "delivered"])
  }

  @Test func lateCallbacksAllWaitForTheFirst() {
    let late = steps {
      $0.lateRate = 1
      $0.lateMilliseconds = 7000
      $0.delayMilliseconds = 2...2
    }
    #expect(late.map(\.delayMilliseconds) == [7002, 2, 2])
  }

  @Test func aFailureByChanceHasTheCodeOfTheScript() {
    let failed = steps { $0.failedRate = 1 }
    #expect(failed.map(\.status) == ["sent", "undelivered"])
    #expect(failed.map(\.errorCode) == [nil, 30003])
    #expect(steps(failure: 63016).map(\.errorCode) == [63016])
  }

  @Test func theSameSeedPlansTheSame() {
    let wild: (inout ProviderScript.Statuses) -> Void = {
      $0.shuffledRate = 0.5
      $0.duplicatedRate = 0.5
      $0.lostRate = 0.5
      $0.failedRate = 0.5
      $0.delayMilliseconds = 0...1000
    }
    let plans = (0..<50).map { steps(seed: $0, wild) }
    #expect(plans == (0..<50).map { steps(seed: $0, wild) })
    #expect(Set(plans.map { "\($0)" }).count > 40)
  }

  @Test func theQueueGivesTheSoonestFirstAndEqualsInTheirOrder() {
    let random = SeededRandom(seed: 5)
    var queue = StatusQueue<Int>()
    var expected: [(due: UInt64, element: Int)] = []
    for element in 0..<500 {
      let due = UInt64(random.below(50))
      queue.insert(element, due: due)
      expected.append((due, element))
    }
    expected.sort { ($0.due, $0.element) < ($1.due, $1.element) }
    #expect(queue.firstDue == expected.first?.due)
    let early = queue.popAll(until: 20)
    #expect(early == expected.filter { $0.due <= 20 }.map(\.element))
    #expect(early + queue.popAll(until: 50) == expected.map(\.element))
    #expect(queue.firstDue == nil)
  }
}
