import Glibc
import Testing

@testable import Gateway

/// Every provider of this build against `ProviderFixtures`: a new one needs no test of its own.
///
/// `TRUNKLINE_UPDATE_GOLDENS=1` writes the golden files anew: read what was written before
/// committing it.
@Suite struct ContractTests {
  private static let suite = ContractSuite(
    root: "\(Repository.root)/ProviderFixtures",
    updateGoldens: getenv("TRUNKLINE_UPDATE_GOLDENS").map { String(cString: $0) } == "1",
    complete: true)

  @Test(arguments: suite.fixtures)
  func keepsTheContract(_ fixture: Fixture) {
    for check in ContractCheck.allCases {
      #expect(Self.suite.findings(fixture, check) == [])
    }
  }

  @Test(arguments: suite.outbound)
  func keepsTheContractOfSending(_ fixture: OutboundFixture) throws {
    for check in OutboundCheck.allCases {
      #expect(Self.suite.findings(fixture, check) == [])
    }
    #expect(try OutboundMessage(json: fixture.message.json) == fixture.message)
  }

  @Test func everyProviderHasFixturesWithoutFault() {
    #expect(Self.suite.folderFindings() == [])
  }

  @Test func everyProviderDeclaresItselfWell() {
    #expect(Providers.all.flatMap(ProviderDeclaration.findings) == [])
  }

  @Test func everyProviderIsFoundByItsNameAlone() {
    #expect(Set(Providers.all.map { $0.name }).count == Providers.all.count)
    for provider in Providers.all { #expect(Providers.named(provider.name) == provider) }
    #expect(Providers.named("carrier_pigeon") == nil)
  }
}
