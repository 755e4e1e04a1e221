/// Counters, gauges and histograms, shown in the Prometheus text format 0.0.4
/// (<https://prometheus.io/docs/instrumenting/exposition_formats/>).
package final class Metrics: Sendable {
  /// A number that only grows.
  package final class Counter: Sendable {
    private let total = Locked(0)

    /// Counts `count` more.
    package func add(_ count: Int = 1) { total.withLock { $0 += count } }

    /// What was counted since the start.
    package var value: Int { total.withLock { $0 } }
  }

  /// How many observations fell into which range.
  package final class Histogram: Sendable {
    fileprivate struct State {
      var counts: [Int]
      var sum = 0.0
    }

    /// Upper bounds in seconds, from 0.5 ms to 10 s: the range in which a webhook answer matters.
    package static let bounds = [
      0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
    ]
    fileprivate let state = Locked(State(counts: Array(repeating: 0, count: bounds.count + 1)))

    /// Notes one duration.
    package func observe(seconds: Double) {
      let index = Self.bounds.firstIndex { seconds <= $0 } ?? Self.bounds.count
      state.withLock {
        $0.counts[index] += 1
        $0.sum += seconds
      }
    }
  }

  private enum Series {
    case counter(Counter)
    case histogram(Histogram)
    case gauge(@Sendable () -> Double)
  }

  private struct Family {
    let help: String
    var series: [(labels: String, series: Series)]
  }

  private let families = Locked<[String: Family]>([:])

  /// No metrics yet.
  package init() {}

  /// The counter of that name and labels, made at first use. Keep it: the look-up takes a lock.
  package func counter(
    _ name: String, help: String, _ labels: [(String, String)] = []
  ) -> Counter {
    let key = Self.render(labels)
    return families.withLock { families in
      if case .counter(let known)? = families[name]?.series.first(where: { $0.labels == key })?
        .series
      {
        return known
      }
      let counter = Counter()
      families[name, default: Family(help: help, series: [])].series.append(
        (key, .counter(counter)))
      return counter
    }
  }

  /// The histogram of that name and labels, made at first use.
  package func histogram(
    _ name: String, help: String, _ labels: [(String, String)] = []
  ) -> Histogram {
    let key = Self.render(labels)
    return families.withLock { families in
      if case .histogram(let known)? = families[name]?.series.first(where: { $0.labels == key })?
        .series
      {
        return known
      }
      let histogram = Histogram()
      families[name, default: Family(help: help, series: [])].series.append(
        (key, .histogram(histogram)))
      return histogram
    }
  }

  /// A number that is asked for at each scrape.
  package func gauge(
    _ name: String, help: String, _ labels: [(String, String)] = [],
    _ read: @escaping @Sendable () -> Double
  ) {
    let key = Self.render(labels)
    families.withLock {
      $0[name, default: Family(help: help, series: [])].series.append((key, .gauge(read)))
    }
  }

  /// Forgets every gauge: each holds on to what it asks, which may hold on to these metrics.
  package func forgetGauges() {
    families.withLock { families in
      families = families.compactMapValues { family in
        let kept = family.series.filter { if case .gauge = $0.series { false } else { true } }
        return kept.isEmpty ? nil : Family(help: family.help, series: kept)
      }
    }
  }

  /// Everything, in the order of the names.
  package func text() -> String {
    // Gauges run outside of the lock: they may take other locks.
    let snapshot = families.withLock { $0 }
    var lines: [String] = []
    for (name, family) in snapshot.sorted(by: { $0.key < $1.key }) {
      lines.append("# HELP \(name) \(family.help)")
      for (index, entry) in family.series.enumerated() {
        switch entry.series {
        case .counter(let counter):
          if index == 0 { lines.append("# TYPE \(name) counter") }
          lines.append("\(name)\(entry.labels) \(counter.value)")
        case .gauge(let read):
          if index == 0 { lines.append("# TYPE \(name) gauge") }
          lines.append("\(name)\(entry.labels) \(Self.number(read()))")
        case .histogram(let histogram):
          if index == 0 { lines.append("# TYPE \(name) histogram") }
          lines += Self.lines(name, entry.labels, histogram)
        }
      }
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private static func lines(_ name: String, _ labels: String, _ histogram: Histogram) -> [String] {
    let state = histogram.state.withLock { $0 }
    let inner = labels.isEmpty ? "" : labels.dropFirst().dropLast() + ","
    var total = 0
    var lines: [String] = []
    for (bound, count) in zip(Histogram.bounds.map(number) + ["+Inf"], state.counts) {
      total += count
      lines.append("\(name)_bucket{\(inner)le=\"\(bound)\"} \(total)")
    }
    return lines + ["\(name)_sum\(labels) \(state.sum)", "\(name)_count\(labels) \(total)"]
  }

  private static func number(_ value: Double) -> String {
    value == value.rounded() && abs(value) < 1e15 ? String(Int64(value)) : String(value)
  }

  private static func render(_ labels: [(String, String)]) -> String {
    if labels.isEmpty { return "" }
    let pairs = labels.map { name, value in
      // By scalars: a carriage return and a newline are one character to Swift.
      let escaped = value.unicodeScalars.map { scalar in
        switch scalar {
        case "\\": "\\\\"
        case "\"": "\\\""
        case "\n": "\\n"
        default: String(scalar)
        }
      }
      return "\(name)=\"\(escaped.joined())\""
    }
    return "{\(pairs.joined(separator: ","))}"
  }
}
