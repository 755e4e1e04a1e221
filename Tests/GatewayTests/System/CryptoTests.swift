import Testing

@testable import Gateway

@Suite struct CryptoTests {
  /// A key, a message and the HMACs that the RFCs print for them.
  struct Vector: Sendable {
    var key: [UInt8]
    var message: [UInt8]
    var sha1: String?
    var sha256: String?
  }

  @Test(arguments: [
    // RFC 2202 §3, cases 1, 2, 3 and 6; RFC 4231 §4, cases 1, 2, 3, 6 and 7.
    Vector(
      key: [UInt8](repeating: 0x0B, count: 20), message: utf8("Hi There"),
      sha1: "b617318655057264e28bc0b6fb378c8ef146be00",
      sha256: "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"),
    Vector(
      key: utf8("Jefe"), message: utf8("what do ya want for nothing?"),
      sha1: "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79",
      sha256: "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"),
    Vector(
      key: [UInt8](repeating: 0xAA, count: 20), message: [UInt8](repeating: 0xDD, count: 50),
      sha1: "125d7342b9ac11cd91a39af48aa17b4f63f175d3",
      sha256: "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"),
    Vector(
      key: [UInt8](repeating: 0xAA, count: 80),
      message: utf8("Test Using Larger Than Block-Size Key - Hash Key First"),
      sha1: "aa4ae5e15272d00e95705637ce8a3b55ed402112"),
    Vector(
      key: [UInt8](repeating: 0xAA, count: 131),
      message: utf8("Test Using Larger Than Block-Size Key - Hash Key First"),
      sha256: "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"),
    // Nothing in, nothing to key with: the values every other library gives.
    Vector(
      key: [], message: [], sha1: "fbdb1d1b18aa6c08324b7d64b71fb76370690e1d",
      sha256: "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad"),
  ])
  func authenticatesAsTheStandardsPrint(_ vector: Vector) {
    if let expected = vector.sha1 {
      #expect(Hex.encode(Crypto.hmac(.sha1, key: vector.key, vector.message)) == expected)
    }
    if let expected = vector.sha256 {
      #expect(Hex.encode(Crypto.hmac(.sha256, key: vector.key, vector.message)) == expected)
    }
  }

  @Test func anEmptyKeyIsNotTheKeyOfTheLastCall() {
    let empty = Crypto.hmac(.sha256, key: [], utf8("a"))
    _ = Crypto.hmac(.sha256, key: utf8("another"), utf8("a"))
    #expect(Crypto.hmac(.sha256, key: [], utf8("a")) == empty)
  }

  @Test(arguments: [
    ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
    (
      "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
      "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
    ),
  ])
  func hashesAsTheStandardPrints(_ text: String, _ expected: String) {
    #expect(Hex.encode(Crypto.sha256(utf8(text))) == expected)
  }

  @Test func comparesByContent() {
    #expect(Crypto.constantTimeEquals([], []))
    #expect(Crypto.constantTimeEquals([1, 2], [1, 2]))
    #expect(!Crypto.constantTimeEquals([1, 2], [1, 3]))
    #expect(!Crypto.constantTimeEquals([1, 2], [1]))
    #expect(!Crypto.constantTimeEquals([], [0]))
  }

  @Test func opensWhatItSealed() {
    forAll(200, make: { ($0.bytes(32), $0.someBytes(100), $0.someBytes(20)) }) {
      key, plain, bound in
      let sealed = Crypto.seal(plain, key: key, bound: bound, random: SystemRandom())
      return sealed.map { $0.count == plain.count + 28 } == true
        && sealed.flatMap { Crypto.open($0, key: key, bound: bound) } == plain
    }
  }

  @Test func opensNothingThatWasChanged() throws {
    let key = SeededRandom(seed: 1).bytes(32)
    let sealed = try #require(
      Crypto.seal(utf8("the secret"), key: key, bound: utf8("row 1"), random: SystemRandom()))
    #expect(Crypto.open(sealed, key: key, bound: utf8("row 1")) == utf8("the secret"))
    #expect(Crypto.open(sealed, key: key, bound: utf8("row 2")) == nil)
    #expect(Crypto.open(sealed, key: key, bound: []) == nil)
    #expect(Crypto.open(sealed, key: key.reversed(), bound: utf8("row 1")) == nil)
    for index in sealed.indices {
      var changed = sealed
      changed[index] ^= 1
      #expect(Crypto.open(changed, key: key, bound: utf8("row 1")) == nil)
      #expect(Crypto.open(Array(sealed.prefix(index)), key: key, bound: utf8("row 1")) == nil)
    }
  }

  @Test func neverSealsTwiceTheSameWay() {
    let key = SeededRandom(seed: 1).bytes(32)
    let sealed = (0..<50).compactMap { _ in
      Crypto.seal(utf8("a"), key: key, bound: [], random: SystemRandom())
    }
    #expect(Set(sealed.map { $0.prefix(12) }).count == 50)
  }

  @Test(arguments: [0, 16, 31, 33])
  func takesOnlyKeysOf32Bytes(_ count: Int) {
    let key = [UInt8](repeating: 1, count: count)
    #expect(Crypto.seal([1], key: key, bound: [], random: SystemRandom()) == nil)
    #expect(Crypto.open([UInt8](repeating: 1, count: 40), key: key, bound: []) == nil)
  }
}
