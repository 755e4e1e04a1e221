import Testing

@testable import Gateway

@Suite struct EncodingTests {
  // RFC 4648 §10.
  @Test(arguments: [
    ("", "", ""), ("f", "Zg==", "66"), ("fo", "Zm8=", "666f"), ("foo", "Zm9v", "666f6f"),
    ("foob", "Zm9vYg==", "666f6f62"), ("fooba", "Zm9vYmE=", "666f6f6261"),
    ("foobar", "Zm9vYmFy", "666f6f626172"),
  ])
  func encodesAsTheStandardPrints(_ text: String, _ base64: String, _ hex: String) {
    #expect(Base64.encode(utf8(text)) == base64)
    #expect(Base64.decode(base64) == utf8(text))
    #expect(Hex.encode(utf8(text)) == hex)
    #expect(Hex.decode(hex) == utf8(text))
    #expect(Hex.decode(hex.uppercased()) == utf8(text))
  }

  @Test(arguments: [
    "Zg", "Zg=", "Zg===", "Z", "=", "==", "====", "Zg==Zg==", "Zh==", "Zm9=", "Z=g=", "Zm 9v",
    "Zm9v\n", " Zm9v", "Zm-_", "Zm9é", "Zm9v=",
  ])
  func refusesLooseBase64(_ text: String) {
    #expect(Base64.decode(text) == nil)
  }

  @Test(arguments: ["6", "666", "6g", "0x66", " 66", "66 ", "é", "+1", "-1"])
  func refusesWhatIsNoHexadecimal(_ text: String) {
    #expect(Hex.decode(text) == nil)
  }

  @Test func readsWhatItWrote() {
    forAll(make: { $0.someBytes(70) }) { bytes in
      Base64.decode(Base64.encode(bytes)) == bytes && Hex.decode(Hex.encode(bytes)) == bytes
    }
  }

  @Test func everyTextThatIsReadIsTheOneThatWouldBeWritten() {
    let letters = utf8("AZaz09+/=B")
    forAll(
      2000,
      make: { random in
        String(decoding: (0..<random.below(9)).map { _ in random.pick(letters) }, as: UTF8.self)
      }
    ) { text in
      Base64.decode(text).map { Base64.encode($0) == text } ?? true
    }
  }
}
