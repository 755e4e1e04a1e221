import Testing

@testable import Gateway

@Suite struct AddressTests {
  @Test(arguments: [
    ("+15550100001", "+15550100001"), (" +1 (555) 010-0001 ", "+15550100001"),
    ("+49.30/123456", "+4930123456"), ("+12345678", "+12345678"),
    ("+123456789012345", "+123456789012345"),
  ])
  func readsInternationalNumbers(_ text: String, _ expected: String) {
    #expect(PhoneNumber.e164(text) == expected)
    #expect(Address(phone: text) == Address(type: .phone, value: expected, raw: text))
  }

  @Test(arguments: [
    "", "+", "15550100001", "0015550100001", "+1234567", "+1234567890123456", "+05550100001",
    "++15550100001", "+1555+0100001", "+1555010000x", "+1555010000１", "whatsapp:+15550100001",
    "1+5550100001",
  ])
  func refusesWhatIsNoInternationalNumber(_ text: String) {
    #expect(PhoneNumber.e164(text) == nil)
  }

  @Test func readsShortCodes() {
    for code in ["123", " 12345 ", "12345678"] {
      #expect(PhoneNumber.shortCode(code) == code.trimmed)
    }
    for text in ["", "12", "123456789", "12a", "+123", "１２３"] {
      #expect(PhoneNumber.shortCode(text) == nil)
    }
    #expect(Address(phone: "12345") == Address(type: .phone, value: "12345"))
  }

  @Test func keepsWhatIsNoNumberAsItIs() {
    #expect(Address(phone: " ACME ") == Address(type: .other, value: "ACME", raw: " ACME "))
  }

  @Test func everyNormalisedNumberIsNormal() {
    let letters = utf8("+ -.()/0123456789x")
    forAll(
      3000,
      make: { random in
        "+"
          + String(
            decoding: (0..<random.below(18)).map { _ in random.pick(letters) }, as: UTF8.self)
      }
    ) { text in
      guard let number = PhoneNumber.e164(text) else { return true }
      return PhoneNumber.e164(number) == number && (9...16).contains(number.utf8.count)
    }
  }
}
