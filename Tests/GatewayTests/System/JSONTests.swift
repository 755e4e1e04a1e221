import Testing

@testable import Gateway

@Suite struct JSONTests {
  @Test func keepsIntegersExact() throws {
    #expect(try JSON.parse(Array("9007199254740993".utf8)) == .integer(9_007_199_254_740_993))
  }
}
