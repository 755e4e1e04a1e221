import Testing

@testable import Gateway

/// The fold as a full table: every state by every report.
@Suite struct StatusFoldTests {
  private struct Report: Equatable {
    let status: MessageStatus
    let error: ProviderError?
    let at: Instant
  }

  private static let reports: [Report] = MessageStatus.allCases.enumerated().flatMap {
    index, status -> [Report] in
    let at = Instant(millisecondsSinceEpoch: Int64(1000 + index))
    guard StatusFold.isFailure(status) else { return [Report(status: status, error: nil, at: at)] }
    return [nil, "30005", "30008"].map { code in
      Report(
        status: status,
        error: code.map { ProviderError(code: $0, title: "t", errorClass: "unreachable") }, at: at)
    }
  }

  private static func fold(_ reports: [Report]) -> StatusFold {
    var fold = StatusFold(status: .queued)
    for report in reports { _ = fold.apply(report.status, error: report.error, at: report.at) }
    return fold
  }

  @Test func twoReportsComeToTheSameInEitherOrderForEveryPair() {
    for first in Self.reports {
      for second in Self.reports {
        #expect(
          Self.fold([first, second]) == Self.fold([second, first]), "\(first), then \(second)")
      }
    }
  }

  @Test func aRepeatedReportChangesNothingInAnyState() {
    for first in Self.reports {
      for second in Self.reports {
        #expect(Self.fold([first, second]) == Self.fold([first, second, first, second, second]))
      }
    }
  }

  @Test func noReportTakesAnyStateBack() {
    for first in Self.reports {
      for second in Self.reports {
        var fold = Self.fold([first])
        let before = StatusFold.order(fold.status)
        let moved = fold.apply(second.status, error: second.error, at: second.at)
        #expect(StatusFold.order(fold.status) >= before)
        #expect(moved == (StatusFold.order(fold.status) > before))
      }
    }
  }

  @Test func fiveReportsInRandomOrdersComeToTheSame() {
    forAll { random in
      (0..<5).map { _ in random.below(Self.reports.count) }
        + (0..<5).map { _ in random.below(5) }
    } holds: { drawn in
      let chosen = drawn.prefix(5).map { Self.reports[$0] }
      var shuffled = chosen
      for (index, other) in drawn.suffix(5).enumerated() { shuffled.swapAt(index, other) }
      return Self.fold(shuffled) == Self.fold(chosen)
    }
  }

  @Test func noTwoStatesShareAPlaceInTheOrder() {
    let places = MessageStatus.allCases.map { "\(StatusFold.order($0))" }
    #expect(Set(places).count == MessageStatus.allCases.count)
  }

  @Test func aDeliveryAfterAFailureIsADeliveryWithoutError() {
    let error = ProviderError(code: "63024", title: "t", errorClass: "unreachable")
    let at = Instant(millisecondsSinceEpoch: 5)
    let fold = Self.fold([
      Report(status: .failed, error: error, at: at), Report(status: .delivered, error: nil, at: at),
    ])
    #expect(fold.status == .delivered)
    #expect(fold.error == nil)
    #expect(fold.deliveredAt == at)
  }
}
