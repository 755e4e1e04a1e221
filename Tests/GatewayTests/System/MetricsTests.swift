import Testing

@testable import Gateway

@Suite struct MetricsTests {
  @Test func writesTheTextFormat() {
    let metrics = Metrics()
    metrics.counter("b_total", help: "Counts b.", [("kind", "x")]).add(2)
    metrics.counter("b_total", help: "Counts b.", [("kind", "y")]).add()
    metrics.counter("b_total", help: "Counts b.", [("kind", "x")]).add(3)
    metrics.gauge("a", help: "Is a.") { 1.5 }
    metrics.gauge("c", help: "Is c.") { 3 }
    #expect(
      metrics.text() == """
        # HELP a Is a.
        # TYPE a gauge
        a 1.5
        # HELP b_total Counts b.
        # TYPE b_total counter
        b_total{kind="x"} 5
        b_total{kind="y"} 1
        # HELP c Is c.
        # TYPE c gauge
        c 3

        """)
  }

  @Test func countsAHistogramUpwards() {
    let metrics = Metrics()
    let histogram = metrics.histogram("d_seconds", help: "Takes d.", [("p", "q")])
    for seconds in [0.0005, 0.002, 0.002, 11] { histogram.observe(seconds: seconds) }
    let lines = metrics.text().split(separator: "\n")
    #expect(lines.contains(#"d_seconds_bucket{p="q",le="0.0005"} 1"#))
    #expect(lines.contains(#"d_seconds_bucket{p="q",le="0.0025"} 3"#))
    #expect(lines.contains(#"d_seconds_bucket{p="q",le="10"} 3"#))
    #expect(lines.contains(#"d_seconds_bucket{p="q",le="+Inf"} 4"#))
    #expect(lines.contains(#"d_seconds_count{p="q"} 4"#))
    #expect(lines.contains(#"d_seconds_sum{p="q"} 11.0045"#))
  }

  @Test func aLabelStaysOnItsLine() {
    forAll(make: { $0.someText(8) + "\r\n" + $0.someText(2) }) { value in
      let metrics = Metrics()
      metrics.counter("a_total", help: "A.", [("b", value)]).add()
      let lines = metrics.text().utf8.split(separator: 0x0A)
      return lines.count == 3 && lines[2].last == UInt8(ascii: "1")
    }
  }

  @Test func escapesLabels() {
    let metrics = Metrics()
    metrics.counter("a_total", help: "A.", [("b", "x\\y\"z\nw")]).add()
    #expect(metrics.text().contains(#"a_total{b="x\\y\"z\nw"} 1"#))
  }

  @Test func losesNoCountOfManyThreads() {
    let counter = Metrics().counter("a_total", help: "A.")
    let threads = (0..<4).map { _ in
      WorkerThread(name: "count") { for _ in 0..<1000 { counter.add() } }
    }
    for thread in threads { thread.join() }
    #expect(counter.value == 4000)
  }
}
