import Testing

@testable import Gateway

@Suite struct FormTests {
  private func form(_ text: String) throws -> Form { try Form(utf8(text)) }

  @Test func readsFieldsInOrderWithRepeats() throws {
    let form = try form("a=1&b=2&a=3&c&=4&&d=")
    #expect(
      form.fields.map { String(decoding: $0.name, as: UTF8.self) } == ["a", "b", "a", "c", "", "d"])
    #expect(
      form.fields.map { String(decoding: $0.value, as: UTF8.self) } == ["1", "2", "3", "", "4", ""])
    #expect(form["a"] == "1")
    #expect(form["d"] == "")
    #expect(form["z"] == nil)
    #expect(form.nonEmpty("d") == nil)
    #expect(form.nonEmpty("z") == nil)
    #expect(form.nonEmpty("b") == "2")
  }

  @Test func decodesPlusAndPercentInNamesAndValues() throws {
    let form = try form("a+b=%2B+%41%c3%A9&c=d=e%26")
    #expect(form["a b"] == "+ Aé")
    #expect(form["c"] == "d=e&")
  }

  @Test(arguments: ["%", "a=%", "a=%4", "%4&a=1", "a=%zz", "a=%4g", "a=%%41", "a=%-1"])
  func refusesABadPercentSign(_ text: String) {
    #expect(throws: Form.Malformed.self) { try form(text) }
  }

  @Test func keepsSpellingsApartThatSwiftFindsEqual() throws {
    let form = try form("e%CC%81=1&%C3%A9=2")
    #expect(form["é"] == "2")
    #expect(form["e\u{301}"] == "1")
  }

  @Test func hasNoTextForBytesThatAreNone() throws {
    let form = try form("a=%FF")
    #expect(form["a"] == nil)
    #expect(form.fields.first?.value == [0xFF])
  }

  @Test func encodesAsTheStandardSays() {
    let body = Form.encode([("a b", "*-._~"), ("é", "+&=%/"), ("", "")])
    #expect(String(decoding: body, as: UTF8.self) == "a+b=*-._%7E&%C3%A9=%2B%26%3D%25%2F&=")
  }

  @Test func readsWhatItWrote() {
    forAll(make: { random in
      (0...random.below(5)).map { _ in (random.someText(8), random.someText(8)) }
    }) { fields in
      try Form(Form.encode(fields)).fields.map { [$0.name, $0.value] }
        == fields.map { [utf8($0.0), utf8($0.1)] }
    }
  }

  @Test func neverStopsAtGarbage() {
    forAll(make: { random in
      (0..<random.below(20)).map { _ in
        random.below(2) == 0 ? random.pick(utf8("%&=+4aF")) : random.bytes(1)[0]
      }
    }) { bytes in
      guard let form = try? Form(bytes) else { return bytes.contains(UInt8(ascii: "%")) }
      return form.fields.count <= bytes.count
    }
  }
}
