import Testing

@testable import Gateway

@Suite struct JSONTests {
  private func parse(_ text: String) throws -> JSON { try JSON.parse(utf8(text)) }

  @Test func keepsIntegersExact() throws {
    #expect(try parse("9007199254740993") == .integer(9_007_199_254_740_993))
    #expect(try parse("9223372036854775807") == .integer(.max))
    #expect(try parse("-9223372036854775808") == .integer(.min))
    #expect(try parse("9223372036854775808") == .number(9_223_372_036_854_775_808))
  }

  @Test(arguments: [
    ("0", 0), ("-0", 0), ("1.5", 1.5), ("1e3", 1000), ("1E+3", 1000), ("25e-1", 2.5),
    ("-0.0e0", 0), ("1e-400", 0), ("1.7976931348623157e308", Double.greatestFiniteMagnitude),
  ])
  func readsNumbers(_ text: String, _ expected: Double) throws {
    #expect(try parse(text).number == expected)
  }

  @Test(arguments: [
    "+1", "01", "-", "-01", ".5", "1.", "1.e1", "1e", "1e+", "0x1", "1_0", "1e400", "-1e400",
    "NaN", "Infinity", "--1", "1 2",
  ])
  func refusesWhatIsNoNumber(_ text: String) {
    #expect(throws: JSONError.self) { try parse(text) }
  }

  @Test(arguments: [
    (#""""#, ""), (#""a\"\\\/\b\f\n\r\t""#, "a\"\\/\u{8}\u{C}\n\r\t"), (#""\u00e9\u00E9""#, "éé"),
    (#""\ud83d\ude00""#, "😀"), (#""\u0000""#, "\0"), (#""\uffff""#, "\u{FFFF}"),
    ("\"é😀\u{7F}\u{2028}\"", "é😀\u{7F}\u{2028}"),
  ])
  func readsStrings(_ text: String, _ expected: String) throws {
    #expect(try parse(text).string.map(utf8) == utf8(expected))
  }

  @Test(arguments: [
    #""\ud83d""#, #""\ude00""#, #""\ud83dx""#, #""\ud83d\n""#, #""\ud83d\u0041""#,
    #""\ude00\ud83d""#, #""\ud83d\ud83d\ude00""#, #""\u12""#, #""\u12g4""#, #""\x41""#, #""\"#,
    #""\ud83d\u"#, "\"a", "\"\n\"", "\"\u{1F}\"", "'a'",
  ])
  func refusesBrokenStrings(_ text: String) {
    #expect(throws: JSONError.self) { try parse(text) }
  }

  @Test(
    arguments: [
      [0xFF], [0xC3], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0x80],
      [0xE2, 0x82],
    ] as [[UInt8]])
  func refusesInvalidUTF8(_ bytes: [UInt8]) {
    #expect(throws: JSONError.self) { try JSON.parse(utf8("\"a") + bytes + utf8("\"")) }
    #expect(throws: JSONError.self) { try JSON.parse(utf8("{\"") + bytes + utf8("\":1}")) }
    #expect(throws: JSONError.self) { try JSON.parse(bytes) }
  }

  @Test(arguments: [
    "", " ", "nul", "nullx", "truefalse", "[1,]", "[,1]", "[1 2]", "[", "]", "{", "{}}", "[1]]",
    #"{"a"}"#, #"{"a":}"#, #"{"a":1,}"#, #"{,"a":1}"#, "{a:1}", #"{"a":1 "b":2}"#, "1,", "[1}",
    "// a\n1", "/* a */ 1", "\u{A0}1", "\u{C}1",
  ])
  func refusesWhatIsNoDocument(_ text: String) {
    #expect(throws: JSONError.self) { try parse(text) }
  }

  @Test func readsNestingUpToTheLimitAndRefusesMore() throws {
    for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
      func nested(_ depth: Int) -> String {
        String(repeating: open, count: depth) + "1" + String(repeating: close, count: depth)
      }
      _ = try parse(nested(JSON.depthMax))
      let error = #expect(throws: JSONError.self) { try parse(nested(JSON.depthMax + 1)) }
      #expect(error?.reason.contains("64") == true)
    }
  }

  @Test(arguments: [10_000, 1_000_000])
  func survivesAbsurdNesting(_ depth: Int) {
    for byte in [UInt8(ascii: "["), UInt8(ascii: "{")] {
      #expect(throws: JSONError.self) { try JSON.parse([UInt8](repeating: byte, count: depth)) }
    }
    let pairs = Array(repeating: utf8("{\"a\":"), count: depth / 5).flatMap(\.self)
    #expect(throws: JSONError.self) { try JSON.parse(pairs) }
  }

  @Test(arguments: [2, 16, 17, 18, 200])
  func refusesDuplicateNamesInObjectsOfEverySize(_ count: Int) throws {
    let members = (0..<count).map { "\"k\($0)\":\($0)" }
    #expect(try parse("{\(members.joined(separator: ","))}").object?.count == count)
    for repeated in [0, count / 2, count - 1] {
      let text = "{\(members.joined(separator: ",")),\"\\u006b\(repeated)\":0}"
      #expect(throws: JSONError.self) { try parse(text) }
    }
  }

  @Test func refusesNamesThatOnlyNormalizationMakesTheSame() {
    // Swift finds them equal, other readers do not: whoever reads later must find the same member.
    #expect(throws: JSONError.self) { try parse("{\"\u{E9}\":1,\"e\u{301}\":2}") }
  }

  @Test func readsSpaceAndAByteOrderMark() throws {
    #expect(try parse("\u{FEFF} \t\r\n{ \"a\" : [ 1 , 2 ] }\n") == ["a": [1, 2]])
    #expect(throws: JSONError.self) { try parse("\u{FEFF}\u{FEFF}1") }
  }

  @Test func tellsTheLineOfAnError() {
    let error = #expect(throws: JSONError.self) { try parse("{\n\"a\": 1,\n\"b\": x}") }
    #expect(error?.line == 3)
    #expect(error?.offset == 15)
  }

  @Test func neverQuotesTheDocumentInAnError() {
    for text in ["secret", "{\"secret\":1,\"secret\":2}", "\"secret\\x\"", "[1] secret"] {
      let error = #expect(throws: JSONError.self) { try parse(text) }
      #expect(error?.description.contains("secret") == false)
    }
  }

  @Test func skipsCommentsAndTrailingCommasWhenAsked() throws {
    let text = """
      // first
      { /* a /* b */ "a": [1, 2, /**/], // c
        "url": "http://x//y", "last": {"b": null,},
      } // end
      """
    let expected: JSON = ["a": [1, 2], "url": "http://x//y", "last": ["b": nil]]
    #expect(try JSON.parse(utf8(text), comments: true) == expected)
    for broken in ["1 /* a", "/*/1", "1 /", "[,]", "{,}", "[1,,2]"] {
      #expect(throws: JSONError.self) { try JSON.parse(utf8(broken), comments: true) }
    }
  }

  @Test(arguments: [true, false])
  func tellsTheLineOfEveryMember(comments: Bool) throws {
    var lines: [String] = []
    _ = try JSON.parse(
      utf8("{\"a\": 1,\n\"b\": [\n{\"c\": 2},\n3]\n}"), comments: comments,
      line: { lines.append("\($0) \($1)") })
    #expect(lines == ["a 1", "b 2", "b[0] 3", "b[0].c 3", "b[1] 4"])
  }

  @Test func readsWhatItWrote() {
    forAll(make: { random in Self.someJSON(random, depth: 4) }) { json in
      let compact = try JSON.parse(json.serialized())
      let pretty = try JSON.parse(utf8(json.prettyPrinted()))
      return compact == json && pretty == json && compact.serialized() == json.serialized()
    }
  }

  @Test func writesOneLineWhateverTheTextHolds() {
    forAll(make: { $0.someText(20) }) { text in
      !JSON.string(text).serialized().contains { $0 < 0x20 }
    }
  }

  @Test func neverStopsAtGarbage() {
    let pieces = ["{", "}", "[", "]", "\"", ":", ",", "\\", "u", "d83d", "1", "-", "e", "/", "*"]
    forAll(
      2000,
      make: { random in
        (0..<random.below(30)).flatMap { _ in
          random.below(10) == 0 ? random.bytes(1) : utf8(random.pick(pieces))
        }
      }
    ) { bytes in
      for comments in [true, false] {
        if let json = try? JSON.parse(bytes, comments: comments),
          try JSON.parse(json.serialized()) != json
        {
          return false
        }
      }
      return true
    }
  }

  @Test func comparesObjectsWithoutOrderAndArraysWithIt() {
    let object: JSON = ["a": 1, "b": [1, 2]]
    #expect(object == ["b": [1, 2], "a": 1])
    #expect(object != ["b": [2, 1], "a": 1])
    #expect(object != ["a": 1])
    #expect(object != ["a": 1, "b": [1, 2], "c": nil])
  }

  @Test func changesMembersInPlace() {
    var object: JSONObject = ["a": 1, "b": 2]
    object["a"] = 3
    object["c"] = 4
    object["b"] = nil
    object["d"] = nil
    #expect(object.keys == ["a", "c"])
    #expect(object["a"] == 3)
  }

  private static func someJSON(_ random: SeededRandom, depth: Int) -> JSON {
    switch random.below(depth == 0 ? 6 : 8) {
    case 0: return .null
    case 1: return .bool(random.below(2) == 0)
    case 2: return .integer(Int64(bitPattern: random.next() >> UInt64(random.below(64))))
    case 3:
      let double = Double(bitPattern: random.next())
      // A whole double prints as one: it is no integer when it is read again.
      return double.isFinite ? .number(double) : .number(0.5)
    case 4, 5: return .string(random.someText(12))
    case 6: return .array((0..<random.below(6)).map { _ in someJSON(random, depth: depth - 1) })
    default:
      var object = JSONObject()
      for _ in 0..<random.below(random.below(4) == 0 ? 40 : 6) {
        object[random.someText(6)] = someJSON(random, depth: depth - 1)
      }
      return .object(object)
    }
  }
}
