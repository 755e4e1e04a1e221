import Testing

@testable import Gateway

/// What a post is about, found without reading all of it.
@Suite struct MetaObjectTests {
  @Test(
    arguments: [
      (#"{"object":"page","entry":[]}"#, "page"),
      ("\u{FEFF} {\n\"object\" :\t\"instagram\" , \"entry\":[]}", "instagram"),
      // Behind everything else, and whatever stands there.
      (#"{"entry":[{"object":"page"}],"object":"instagram"}"#, "instagram"),
      (#"{"a":"\"object\":\"page\",","b":{"object":"page"},"object":"user"}"#, "user"),
      (#"{"a":"\\","b":[1,[2,{"c":"]}"}]],"d":-1.5e3,"e":null,"object":"page"}"#, "page"),
      // Written with escapes, it is the same.
      (#"{"\u006fbject":"page"}"#, "page"), (#"{"object":"p\u0061ge"}"#, "page"),
      // Not there.
      (#"{"entry":[{"object":"page"}]}"#, nil), (#"{"text":"\"object\":\"page\""}"#, nil),
      (#"{"object":5}"#, nil), (#"{"object":{"object":"page"}}"#, nil), (#"{"objec":"page"}"#, nil),
      (#"{"object":""}"#, ""),
      // No object at all, or cut short.
      ("", nil), ("{", nil), ("{}", nil), ("[]", nil), (#"["object","page"]"#, nil),
      (#""object":"page""#, nil), (#"{"object""#, nil), (#"{"object":"#, nil),
      (#"{"object":"page"#, nil), (#"{"a":"\"#, nil), (#"{"a":[{"#, nil), (#"{"a":1"#, nil),
    ] as [(String, String?)])
  func isThatOfTheOutermostObject(_ body: String, _ name: String?) {
    #expect(MetaObject.name(in: Array(body.utf8)) == name)
  }

  @Test func isFoundInWhateverIsReadAsWell() throws {
    for body in [#"{"x":[{"y":"}"}],"z":"{","object":"page","w":{}}"#, #"{"object":"page"}"#] {
      let read = try JSON.parse(Array(body.utf8))["object"]?.string
      #expect(MetaObject.name(in: Array(body.utf8)) == read)
    }
    #expect(MetaObject.name(in: Array("{\"object\":\"".utf8) + [0xFF, 0x22, 0x7D]) == nil)
  }

  @Test func nestingHasNoEndThatHurts() {
    let deep = Array(#"{"a":"#.utf8) + Array(repeating: UInt8(ascii: "["), count: 100_000)
    #expect(MetaObject.name(in: deep) == nil)
  }
}
