import Testing

@testable import Gateway

/// Lines with two numbers.
@Suite struct PhoneVariantTests {
  @Test(arguments: [
    // São Paulo, with and without the ninth digit.
    ("+5511987654321", "+551187654321"),
    // Belo Horizonte, whose WhatsApp accounts are mostly without.
    ("+5531988887777", "+553188887777"),
    // Mexico City and Monterrey.
    ("+5215512345678", "+525512345678"), ("+5218112345678", "+528112345678"),
    // Buenos Aires and Córdoba.
    ("+5491123456789", "+541123456789"), ("+5493511234567", "+543511234567"),
  ])
  func aLineHasBothItsNumbers(_ long: String, _ short: String) {
    #expect(PhoneNumber.variants(of: long) == [short])
    #expect(PhoneNumber.variants(of: short) == [long])
  }

  @Test(arguments: [
    // A landline in São Paulo, and one with a digit too many.
    "+551132654321", "+5511932654321",
    // Of other countries, and what is no number.
    "+15035550142", "+4930123456", "+551198765432100", "5511987654321", "", "+", "+55", "+5511",
    "AR.1389920147755001234567", "+52155123456789",
  ])
  func mostHaveOne(_ number: String) {
    #expect(PhoneNumber.variants(of: number) == [])
  }

  @Test func aVariantOfAVariantIsTheNumberAgain() {
    forAll(
      500, make: { $0.next() },
      holds: { seed in
        let random = SeededRandom(seed: seed)
        let prefix = random.pick(["+55", "+52", "+521", "+54", "+549", "+1", "+5511", "+55119"])
        let digits = (0..<(6 + random.below(6))).map { _ in String(random.below(10)) }
        let number = prefix + digits.joined()
        return PhoneNumber.variants(of: number).allSatisfy {
          PhoneNumber.variants(of: $0) == [number]
        }
      })
  }
}
