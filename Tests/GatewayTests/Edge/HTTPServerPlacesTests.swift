import Testing

@testable import Gateway

@Suite struct HTTPServerPlacesTests {
  private func places(_ connections: Int, perAddress: Int = 0, threads: Int = 2) -> HTTPServerPlaces
  {
    HTTPServerPlaces(
      .test {
        $0.connectionsMax = connections
        $0.connectionsPerAddressMax = perAddress
        $0.threads = threads
      })
  }

  @Test func spreadsOverTheConfiguredThreadsFirst() {
    let places = places(1000)
    #expect(places.workers == 9)
    #expect((0..<6).map { _ in places.take(address: "a") } == [0, 1, 0, 1, 0, 1])
    places.give(back: 1, address: "a")
    #expect(places.take(address: "a") == 1)
  }

  @Test func neverGivesAThreadMoreThanItStands() {
    let places = places(1000)
    var loads = [Int](repeating: 0, count: places.workers)
    while let worker = places.take(address: "a") { loads[worker] += 1 }
    #expect(loads.reduce(0, +) == 1000)
    #expect(loads.allSatisfy { $0 <= HTTPServerLimits.connectionsPerThreadMax })
  }

  @Test func countsEachAddress() {
    let places = places(10, perAddress: 2)
    #expect(places.take(address: "a") == 0)
    #expect(places.take(address: "a") == 1)
    #expect(places.take(address: "a") == nil)
    #expect(places.take(address: "b") == 0)
    places.give(back: 0, address: "a")
    #expect(places.take(address: "a") == 0)
    #expect(places.take(address: "a") == nil)
  }

  @Test func countsAll() {
    let places = places(3)
    for address in ["a", "b", "c"] { #expect(places.take(address: address) != nil) }
    #expect(places.take(address: "d") == nil)
    places.give(back: 0, address: "a")
    #expect(places.take(address: "d") == 0)
  }
}
