import Gateway

/// Makes identifiers as the daemon does, greater than all it has made before, without a lock or a
/// call of the system.
struct Ticks {
  private var tick: UInt64

  /// Begins at the present time.
  init() {
    let now = SystemClock().now().millisecondsSinceEpoch
    tick = UInt64(max(now, 0)) << 12
  }

  /// The two halves of a new identifier, UUID version 7.
  mutating func next() -> (UInt64, UInt64) {
    tick += 1
    return ((tick >> 12) << 16 | 0x7000 | tick & 0xFFF, Self.scatter(tick) >> 2 | 1 << 63)
  }

  /// A number that follows from `value` and looks random.
  ///
  /// The last step of SplitMix64, <https://doi.org/10.1145/2660193.2660195>.
  static func scatter(_ value: UInt64) -> UInt64 {
    var z = value &* 0x9E37_79B9_7F4A_7C15
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}
