import Testing

@testable import Gateway

@Suite struct SpellingTests {
  private static let words = ["auth_token", "account_sid", "host", "port", "api_base_url"]

  @Test(arguments: [
    ("auth_tokn", "auth_token"), ("authtoken", "auth_token"), ("acount_sid", "account_sid"),
    ("hots", "host"), ("ports", "port"), ("api_url", nil), ("api_basee_url", "api_base_url"),
    ("zzz", nil), ("xy", nil), ("", nil), ("completely_different", nil),
  ])
  func suggestsWhatIsNearAndNothingElse(_ word: String, _ expected: String?) {
    #expect(Spelling.nearest(to: word, among: Self.words) == expected)
  }

  @Test func hasNothingToSuggestFromNothing() {
    #expect(Spelling.nearest(to: "a", among: []) == nil)
  }

  @Test func staysQuickWithAVeryLongWord() {
    let long = String(repeating: "a", count: 1_000_000)
    #expect(Spelling.nearest(to: long, among: Self.words) == nil)
  }
}
