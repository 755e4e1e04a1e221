/// What became of a telephone call, computed from the steps told of it.
///
/// A join of ranked steps, as ``StatusFold`` is of reports: whatever the order and however often
/// each comes, the result is the same. `ended` beats `missed`: networks report both of a call that
/// rang in several places, and that somebody spoke is the fact.
package struct CallFold: Equatable, Sendable {
  /// `started`, `missed` or `ended`.
  package private(set) var state: CallReport.Step
  /// The longest length told, in seconds; a recording's is its own.
  package private(set) var durationSeconds: Int64?
  /// The earliest step of a call under way.
  package private(set) var startedAt: Instant?
  /// The earliest step that told the state, of a call that is over.
  package private(set) var endedAt: Instant?
  /// The provider's words of the furthest step, the latest of several, with its time as `as_of`.
  package private(set) var details: JSONObject

  /// The fold so far; without arguments, of a call of which nothing is known.
  package init(
    state: CallReport.Step = .started, durationSeconds: Int64? = nil, startedAt: Instant? = nil,
    endedAt: Instant? = nil, details: JSONObject = [:]
  ) {
    self.state = state
    self.durationSeconds = durationSeconds
    self.startedAt = startedAt
    self.endedAt = endedAt
    self.details = details
  }

  /// Takes one step in. True when the state itself moved.
  package mutating func apply(_ report: CallReport, at instant: Instant) -> Bool {
    // A recording says nothing of how the call went.
    guard report.step != .recorded else { return false }
    if let told = report.durationSeconds {
      durationSeconds = durationSeconds.map { max($0, told) } ?? told
    }
    if report.step == .started {
      startedAt = startedAt.map { min($0, instant) } ?? instant
    }
    let (reported, known) = (Self.rank(report.step), Self.rank(state))
    guard reported >= known else { return false }
    if reported > known {
      state = report.step
      endedAt = instant
      details = Self.stamped(report.details, instant)
      return true
    }
    if report.step != .started { endedAt = endedAt.map { min($0, instant) } ?? instant }
    let other = Self.stamped(report.details, instant)
    if Self.order(other, isAfter: details) { details = other }
    return false
  }

  private static func rank(_ step: CallReport.Step) -> Int {
    switch step {
    case .started, .recorded: 0
    case .missed: 1
    case .ended: 2
    }
  }

  private static func stamped(_ details: JSONObject, _ instant: Instant) -> JSONObject {
    var details = details
    details["as_of"] = JSON(instant)
    return details
  }

  /// By time; the text only settles ties, so that the order of arrival does not matter.
  private static func order(_ left: JSONObject, isAfter right: JSONObject) -> Bool {
    guard let last = right["as_of"]?.string else { return true }
    let time = left["as_of"]?.string ?? ""
    if time != last { return time > last }
    return JSON.object(right).serialized().lexicographicallyPrecedes(
      JSON.object(left).serialized())
  }
}
