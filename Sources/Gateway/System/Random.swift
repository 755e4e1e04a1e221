import CLinux

/// Where random bytes come from. Injected, so that a seed repeats a run.
package protocol RandomSource: Sendable {
  /// Sixty-four random bits.
  func next() -> UInt64
}

extension RandomSource {
  /// `count` random bytes.
  package func bytes(_ count: Int) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(count + 8)
    while bytes.count < count {
      withUnsafeBytes(of: next().littleEndian) { bytes.append(contentsOf: $0) }
    }
    bytes.removeLast(bytes.count - count)
    return bytes
  }

  /// A number in `0..<bound`; `bound` is at least 1.
  package func below(_ bound: Int) -> Int {
    Int(next().multipliedFullWidth(by: UInt64(max(bound, 1))).high)
  }
}

/// The kernel's generator: for keys, tokens and identifiers.
///
/// Drawn in larger pieces and handed out once: a system call for every identifier would be a tenth
/// of what an ingest costs.
package final class SystemRandom: RandomSource {
  private struct Pool {
    var values: [UInt64] = []
  }

  private let pool = Locked(Pool())

  /// `getrandom(2)` gives up to 256 bytes whole, whatever signals come.
  private static let valuesAtOnce = 32

  /// The kernel's generator.
  package init() {}

  /// Sixty-four bits, given to nobody else.
  package func next() -> UInt64 {
    pool.withLock { pool in
      if let value = pool.values.popLast() { return value }
      pool.values = Self.draw()
      return pool.values.popLast() ?? 0
    }
  }

  /// After boot the call neither blocks nor fails at this size; until it gave all, it is repeated.
  private static func draw() -> [UInt64] {
    var values = [UInt64](repeating: 0, count: valuesAtOnce)
    let size = valuesAtOnce * MemoryLayout<UInt64>.size
    while getrandom(&values, size, 0) != size {}
    return values
  }
}

/// A repeatable generator for tests, the simulator and the demo; never for secrets.
///
/// SplitMix64, Steele, Lea and Flood 2014, <https://doi.org/10.1145/2660193.2660195>.
package final class SeededRandom: RandomSource {
  private let state: Locked<UInt64>

  /// The same seed gives the same numbers.
  package init(seed: UInt64) { state = Locked(seed) }

  /// The next sixty-four bits.
  package func next() -> UInt64 {
    state.withLock { state in
      state &+= 0x9E37_79B9_7F4A_7C15
      var z = state
      z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
      z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
      return z ^ (z >> 31)
    }
  }
}
