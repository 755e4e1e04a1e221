/// What the Graph API says instead of doing what was asked: `{"error":{"message","code",…}}`. Its
/// status says little: throttling comes as 400, and some of the caller's own mistakes as 500.
///
/// <https://developers.facebook.com/docs/graph-api/guides/error-handling>, v25, 2026.
struct MetaError: Equatable, Sendable {
  /// What counts: the reason's number.
  let code: Int64
  /// A closer number, where there is one; 33 beside code 100 is an object that is not there, or
  /// that the token may not see.
  let subcode: Int64?
  /// Meta's sentence, which begins with `(#code)`.
  let message: String?
  /// What a product says beside it: `error_data.details`, or the words for a user.
  let details: String?
  /// Meta's word that the same may be taken soon.
  let isTransient: Bool

  /// What an answer says; `nil` when it is none of Meta's refusals.
  init?(_ response: HTTPResponse) {
    guard let body = try? JSON.parse(response.body), let error = body["error"] else { return nil }
    self.init(error)
  }

  /// What the object says; `nil` without a code.
  init?(_ error: JSON) {
    guard let code = Self.number(error["code"]) else { return nil }
    self.code = code
    subcode = Self.number(error["error_subcode"])
    message = Self.text(error["message"])
    details =
      Self.text(error["error_data"]?["details"]) ?? Self.text(error["error_user_msg"])
    isTransient = error["is_transient"]?.bool ?? false
  }

  /// What a person reads of it: the details, or else Meta's sentence.
  var words: String? { details ?? message }

  /// Whether the request names something that is not there, or that the token may not see.
  var isAboutMissingObject: Bool { code == 100 && subcode == 33 }

  private static func number(_ json: JSON?) -> Int64? {
    json?.integer ?? json?.string.flatMap { Int64($0) }
  }

  private static func text(_ json: JSON?) -> String? {
    json?.string.flatMap { $0.isEmpty ? nil : $0 }
  }
}

extension MetaError {
  /// How long an answer asks to wait, in milliseconds: `Retry-After`, or the minutes in the header
  /// that tells how much of a business account's allowance is used up.
  /// <https://developers.facebook.com/docs/graph-api/overview/rate-limiting>, v25, 2026.
  static func waitMilliseconds(_ response: HTTPResponse) -> Int64? {
    if let text = response.headers["retry-after"]?.trimmed, let seconds = Int64(text) {
      return seconds < 0 ? nil : min(seconds, waitSecondsMax) * 1000
    }
    guard let text = response.headers["x-business-use-case-usage"],
      let usage = try? JSON.parse(Array(text.utf8))
    else { return nil }
    let minutes = (usage.object ?? [:]).flatMap { $0.value.array ?? [] }
      .compactMap { $0["estimated_time_to_regain_access"]?.integer }
    guard let longest = minutes.max(), longest > 0 else { return nil }
    return min(longest, waitSecondsMax / 60) * 60_000
  }

  /// A day: allowances are counted by the hour, and whoever asks for more is not believed.
  static let waitSecondsMax: Int64 = 86_400
}

extension MetaApp {
  /// Words from outside that may be kept: without the channel's secrets, which some errors repeat,
  /// and no more than a person reads.
  func shown(_ words: String) -> String {
    // Cut twice, so that long words cost little and no secret is cut in the middle.
    let some = String(words.unicodeScalars.prefix(Self.detailScalarsMax * 8))
    let hidden = [Array(accessToken.utf8)] + secrets + verifyTokens
    if hidden.contains(where: { !$0.isEmpty && Self.contains(Array(some.utf8), $0) }) {
      return "(not shown: it holds a secret)"
    }
    return String(some.unicodeScalars.prefix(Self.detailScalarsMax))
  }

  /// The most scalars that are kept of what stands in an answer.
  static let detailScalarsMax = 300

  private static func contains(_ bytes: [UInt8], _ part: [UInt8]) -> Bool {
    guard bytes.count >= part.count else { return false }
    return (0...(bytes.count - part.count)).contains { bytes[$0...].starts(with: part) }
  }
}
