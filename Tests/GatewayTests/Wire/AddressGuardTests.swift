import Testing

@testable import Gateway

/// Which addresses strangers may make this machine call.
@Suite(.timeLimit(.minutes(5))) struct AddressGuardTests {
  @Test(arguments: [
    "0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.255", "100.64.0.1", "100.127.255.255",
    "127.0.0.1", "127.255.0.1", "169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.8",
    "192.0.2.1", "192.88.99.1", "192.168.0.1", "198.18.0.1", "198.19.255.255", "198.51.100.7",
    "203.0.113.7", "224.0.0.1", "239.1.1.1", "240.0.0.1", "255.255.255.255", "::", "::1",
    "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:10.1.1.1", "64:ff9b::10.0.0.1",
    "64:ff9b::127.0.0.1", "64:ff9b:1::1", "100::1", "2001::1", "2001:10::1", "2001:db8::1",
    "2002:7f00:1::", "2002:808:808::", "3fff::1", "4000::1", "5f00::1", "fc00::1", "fd12::1",
    "fe80::1", "fec0::1", "ff02::1",
  ])
  func anAddressOutsideOfThePublicInternetIsRefused(text: String) throws {
    #expect(!AddressGuard.isPublic(try #require(IPAddress(text))))
  }

  @Test(arguments: [
    "1.1.1.1", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255",
    "128.0.0.1", "172.15.255.255", "172.32.0.0", "192.0.1.1", "198.17.255.255", "198.20.0.0",
    "223.255.255.255", "::ffff:8.8.8.8", "64:ff9b::8.8.8.8", "2001:200::1", "2606:4700::1111",
    "2a00:1450::1", "3ffe::1",
  ])
  func anAddressOfThePublicInternetIsNot(text: String) throws {
    #expect(AddressGuard.isPublic(try #require(IPAddress(text))))
  }

  @Test(arguments: [(80, true), (443, true), (8443, true), (1024, true), (25, false), (0, false)])
  func aPortOfAnotherServiceIsRefused(port: UInt16, isOpen: Bool) throws {
    let address = try #require(IPAddress("8.8.8.8"))
    #expect(
      AddressGuard.allows(address, port: port, host: "x", .publicOnly(allowing: [])) == isOpen)
    #expect(AddressGuard.allows(address, port: port, host: "x", .everywhere))
  }

  @Test(arguments: [
    ("127.0.0.1:9000", "127.0.0.1", 9000, true), ("127.0.0.1:9000", "127.0.0.1", 9001, false),
    ("127.0.0.1:9000", "::ffff:127.0.0.1", 9000, true), ("127.0.0.1", "127.0.0.1", 25, true),
    ("127.0.0.1", "127.0.0.2", 80, false), ("10.1.0.0/16", "10.1.255.3", 80, true),
    ("10.1.0.0/16", "10.2.0.0", 80, false), ("10.1.0.0/16:80", "10.1.0.1", 81, false),
    ("[fd00::]/8", "fd12::1", 443, true), ("[fd00::]/8", "fc12::1", 443, false),
    ("[::1]:80", "::1", 80, true), ("[::1]:80", "::1", 81, false),
    ("0.0.0.0/0", "10.0.0.1", 1, true), ("[::]/0", "fe80::1", 1, true),
    ("name.example", "10.0.0.1", 80, true), ("Name.Example.:80", "10.0.0.1", 80, true),
    ("name.example:80", "10.0.0.1", 81, false), ("other.example", "10.0.0.1", 80, false),
    ("example", "10.0.0.1", 80, false),
  ])
  func aRuleAllowsWhatItNames(rule: String, address: String, port: UInt16, allows: Bool) throws {
    let rule = try #require(DestinationRule(rule))
    let address = try #require(IPAddress(address))
    #expect(rule.allows(address, port: port, host: "name.example") == allows)
  }

  @Test(arguments: [
    "", ":80", "127.1", "2130706433", "0x7f000001", "0x7f.1", "10.1.2.3/16", "10.0.0.0/33",
    "10.0.0.0/", "10.0.0.0/-1", "10.0.0.0/+8", "[fd00::]/129", "fd00::/8", "[10.0.0.1]", "[::1",
    "name:0", "name:65536", "name:", "name:+80", "name/8", "a b", "-a", "a..b", "*.example",
    "http://name", "[::1]x", "name:80:80", "300.1.1.1",
  ])
  func whatIsNoRuleIsRefused(text: String) { #expect(DestinationRule(text) == nil) }

  @Test func aRuleIsShownAsItWasWritten() {
    #expect(DestinationRule("[fd00::]/8")?.description == "[fd00::]/8")
  }
}

/// The guard where it stands: at the moment of connecting.
@Suite(.timeLimit(.minutes(5))) struct DestinationTests {
  private let client = HTTPClient()

  private func kind(_ url: String, allowing rules: [String] = []) throws -> TransportFailure.Kind? {
    let rules = try rules.map { try #require(DestinationRule($0)) }
    let exchange = client.exchange("POST", url) { call in
      call.destinations = .publicOnly(allowing: rules)
      call.connectTimeoutMilliseconds = 2000
    }
    return try #require(exchange).failure?.kind
  }

  @Test(arguments: [
    "127.0.0.1", "2130706433", "0x7f000001", "0x7f.1", "0177.0.0.1", "127.1", "0", "localhost",
    "[::ffff:127.0.0.1]", "[::1]", "LOCALHOST",
  ])
  func everySpellingOfThisMachineIsForbidden(host: String) throws {
    let server = RawServer { _ = $0.request() }
    #expect(try kind("http://\(host):\(server.port)/") == .forbidden)
    #expect(server.connections == 0)
  }

  @Test func aRuleLetsACallThrough() throws {
    let server = RawServer { connection in
      while connection.request() != nil { connection.answer("ok") }
    }
    let port = server.port
    #expect(try kind(server.url(), allowing: ["127.0.0.1:\(port)"]) == nil)
    #expect(try kind(server.url(), allowing: ["127.0.0.0/8"]) == nil)
    #expect(try kind(server.url(), allowing: ["127.0.0.1:1"]) == .forbidden)
    #expect(try kind("http://localhost:\(port)/", allowing: ["localhost"]) == nil)
    #expect(try kind("http://localhost:\(port)/", allowing: ["localhos.t"]) == .forbidden)
  }

  @Test func aConnectionOfAFreerCallIsNoWayRound() throws {
    let server = RawServer { connection in
      while connection.request() != nil { connection.answer("ok") }
    }
    #expect(client.exchange("GET", server.url("/free"))?.response != nil)
    #expect(try kind(server.url("/guarded")) == .forbidden)
    #expect(server.requests.count == 1)
    #expect(client.exchange("GET", server.url("/free"))?.response != nil)
    #expect(server.requests.count == 2)
  }

  @Test func aUserInTheAddressIsRefused() throws {
    #expect(try kind("http://user:word@127.0.0.1:1/") == .invalidURL)
  }
}
