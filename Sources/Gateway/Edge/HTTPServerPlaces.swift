/// The places for connections: how many there are in all, for one address and on one thread.
///
/// A place is taken before the daemon gets a connection and given back just before it closes it.
final class HTTPServerPlaces: Sendable {
  private struct Taken {
    var all = 0
    var byAddress: [String: Int] = [:]
    var byWorker: [Int]
  }

  /// How many threads it takes.
  let workers: Int
  private let preferred: Int
  private let max: Int
  private let perAddressMax: Int
  private let taken: Locked<Taken>

  /// All places free.
  init(_ configuration: HTTPServerConfiguration) {
    let each = HTTPServerLimits.connectionsPerThreadMax
    max = Swift.max(configuration.connectionsMax, 1)
    perAddressMax = configuration.connectionsPerAddressMax
    preferred = Swift.max(configuration.threads, 1)
    workers = Swift.max(preferred, (max + each - 1) / each)
    taken = Locked(Taken(byWorker: Array(repeating: 0, count: workers)))
  }

  /// Takes a place for a client at `address` and says on which thread; `nil` when none is free.
  ///
  /// That is the emptiest of the configured threads. The others are only for more connections than
  /// those can stand: few threads with many connections each switch less.
  func take(address: String) -> Int? {
    taken.withLock { taken in
      guard taken.all < max,
        perAddressMax == 0 || taken.byAddress[address, default: 0] < perAddressMax
      else { return nil }
      let loads = taken.byWorker
      guard
        let worker = Self.emptiest(0..<preferred, loads)
          ?? Self.emptiest(preferred..<workers, loads)
      else { return nil }
      taken.all += 1
      taken.byAddress[address, default: 0] += 1
      taken.byWorker[worker] += 1
      return worker
    }
  }

  /// Gives back a place on thread `worker` for a client at `address`.
  func give(back worker: Int, address: String) {
    taken.withLock { taken in
      taken.all -= 1
      taken.byWorker[worker] -= 1
      let left = taken.byAddress[address, default: 1] - 1
      taken.byAddress[address] = left > 0 ? left : nil
    }
  }

  private static func emptiest(_ workers: Range<Int>, _ loads: [Int]) -> Int? {
    workers.filter { loads[$0] < HTTPServerLimits.connectionsPerThreadMax }
      .min { loads[$0] < loads[$1] }
  }
}
