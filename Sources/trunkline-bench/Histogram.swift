/// How long answers took, to about 1.5 %: 64 steps for each doubling, from 1 µs up.
struct Histogram {
  private static let stepBits = 6
  private static let steps = 1 << stepBits
  /// Up to 2^36 µs, 19 hours; all above counts as that.
  private static let doublings = 30
  private var counts = [Int](repeating: 0, count: steps * (doublings + 1))

  /// How many durations were noted.
  private(set) var count = 0
  /// The longest duration, in nanoseconds.
  private(set) var longest: UInt64 = 0

  /// Notes a duration.
  mutating func note(nanoseconds: UInt64) {
    counts[Self.bucket(Int(clamping: nanoseconds / 1000))] += 1
    count += 1
    longest = max(longest, nanoseconds)
  }

  /// The duration that `share` of all did not exceed, in milliseconds; 0 without any.
  func milliseconds(atShare share: Double) -> Double {
    let wanted = Int((Double(count) * share).rounded(.up))
    var seen = 0
    for (bucket, number) in counts.enumerated() {
      seen += number
      if seen >= wanted, seen > 0 { return Double(Self.upperEnd(bucket)) / 1000 }
    }
    return 0
  }

  // Below 64 µs each microsecond has its bucket; above, the six bits behind the leading one count.
  private static func bucket(_ microseconds: Int) -> Int {
    guard microseconds >= steps else { return max(microseconds, 0) }
    let doubling = Int.bitWidth - 1 - microseconds.leadingZeroBitCount - stepBits
    guard doubling < doublings else { return steps * (doublings + 1) - 1 }
    return steps * (doubling + 1) + (microseconds >> doubling) - steps
  }

  private static func upperEnd(_ bucket: Int) -> Int {
    guard bucket >= steps else { return bucket }
    let doubling = bucket / steps - 1
    return ((bucket % steps + steps + 1) << doubling) - 1
  }
}
