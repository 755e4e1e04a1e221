import Testing

@testable import Gateway

@Suite struct RandomTests {
  @Test func aSeedRepeatsARun() {
    // The first outputs of SplitMix64 for seed 0, as its authors' code prints them.
    let random = SeededRandom(seed: 0)
    #expect(random.next() == 0xE220_A839_7B1D_CDAF)
    #expect(random.next() == 0x6E78_9E6A_A1B9_65F4)
    #expect(SeededRandom(seed: 5).bytes(20) == SeededRandom(seed: 5).bytes(20))
    #expect(SeededRandom(seed: 5).bytes(20) != SeededRandom(seed: 6).bytes(20))
  }

  @Test func givesAsManyBytesAsAsked() {
    for count in [0, 1, 7, 8, 9, 100] { #expect(SystemRandom().bytes(count).count == count) }
  }

  @Test func staysBelowTheBoundAndReachesAllOfIt() {
    let random = SeededRandom(seed: 3)
    #expect(Set((0..<1000).map { _ in random.below(7) }) == Set(0..<7))
    for bound in [1, 0, -5] { #expect(random.below(bound) == 0) }
  }

  @Test func theKernelDoesNotRepeatItself() {
    #expect(Set((0..<1000).map { _ in SystemRandom().next() }).count == 1000)
  }
}
