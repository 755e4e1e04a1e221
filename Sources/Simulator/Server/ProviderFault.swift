import Gateway

/// A way in which a provider's API fails. The raw value is the word in a script.
package enum ProviderFault: String, CaseIterable, Sendable {
  /// 429 with `Retry-After`; nothing was accepted.
  case tooMany = "429"
  /// A 5xx before anything was accepted.
  case serverError = "5xx"
  /// A 5xx although the message was accepted.
  case serverErrorAfter = "5xx_after"
  /// No answer; nothing was accepted.
  case timeout
  /// No answer although the message was accepted.
  case timeoutAfter = "timeout_after"
  /// The connection is cut; nothing was accepted.
  case cut
  /// The connection is cut although the message was accepted.
  case cutAfter = "cut_after"
  /// A page of some proxy; nothing was accepted.
  case html
  /// A redirect to elsewhere; nothing was accepted.
  case redirect
  /// Half of the answer, then the connection is cut; the message was accepted.
  case halfBody = "half_body"
  /// An answer of many megabytes; the message was accepted.
  case hugeBody = "huge_body"

  /// Whether the message was accepted all the same.
  package var accepts: Bool {
    switch self {
    case .serverErrorAfter, .timeoutAfter, .cutAfter, .halfBody, .hugeBody: true
    case .tooMany, .serverError, .timeout, .cut, .html, .redirect: false
    }
  }
}

/// What the stand-in for a provider does with a request.
struct ProviderAnswer: Sendable {
  /// How the exchange ends.
  enum Ending: Sendable {
    /// With an answer.
    case response(HTTPResponse)
    /// With the first half of an answer's body.
    case half(HTTPResponse)
    /// With nothing, at once.
    case cut
    /// With nothing, after that long.
    case hold(milliseconds: Int)
  }

  /// How long it takes before that.
  var delayMilliseconds = 0
  /// How it ends.
  var ending: Ending
}
