import Testing

@testable import Gateway

@Suite struct PropertyTests {
  @Test func tellsTheSeedOfACounterexample() {
    withKnownIssue {
      forAll(10, seed: 42, make: { $0.below(100) }, holds: { $0 < 0 })
    } matching: { issue in
      issue.comments.contains { $0.rawValue.contains("TRUNKLINE_SEED=42") }
    }
  }

  @Test func takesTheSameValuesForTheSameSeed() {
    var first: [Int] = []
    var second: [Int] = []
    forAll(20, seed: 7, make: { $0.below(1000) }, holds: { first.append($0) == () })
    forAll(20, seed: 7, make: { $0.below(1000) }, holds: { second.append($0) == () })
    #expect(first == second)
    #expect(Set(first).count > 10)
  }
}
