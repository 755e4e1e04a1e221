import Testing

@testable import Gateway

@Suite struct JSONDifferenceTests {
  @Test(arguments: [
    (#"{"a":1,"b":[2]}"#, #"{"b":[2],"a":1}"#, nil),
    (#"{"a":1}"#, "{}", "a is missing, expected 1"),
    ("{}", #"{"a":{"b":1}}"#, #"a is not expected, but is {"b":1}"#),
    (#"{"a":{"b":[1,2]}}"#, #"{"a":{"b":[1,3]}}"#, "a.b[1] is 3, expected 2"),
    ("[1]", "[1,2]", "the list has 2 elements, expected 1"),
    ("[[]]", "[[null]]", "[0] has 1 elements, expected 0"),
    ("1", "\"1\"", "the document is \"1\", expected 1"),
    ("\"\u{E9}\"", "\"e\u{301}\"", "the document is \"e\u{301}\", expected \"\u{E9}\""),
  ])
  func namesTheFirstPlaceThatDiffers(_ one: String, _ other: String, _ expected: String?) throws {
    let found = JSONDifference.first(
      expected: try JSON.parse(Array(one.utf8)), actual: try JSON.parse(Array(other.utf8)))
    #expect(found.map { Array($0.utf8) } == expected.map { Array($0.utf8) })
  }
}
