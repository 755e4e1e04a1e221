/// What an answer to a send means. By Twilio's code where there is one; the status decides only
/// where there is none, or where it says that nothing was looked at.
///
///     2xx with a sid         accepted        429                  retry
///     2xx without            ambiguous       401, 404, any 3xx    channel broken
///     5xx, 408               ambiguous       other 4xx            by code, else rejected
///     5xx with code 20503    retry           no answer            ambiguous, or retry
enum TwilioOutcome {
  /// What came of it.
  static func read(_ reply: SendReply) -> SendOutcome {
    switch reply {
    case .response(let response): return read(response)
    case .failure(let failure):
      let error = ProviderError(
        code: "no_answer", title: "No whole answer", detail: failure.description,
        errorClass: failure.mayHaveArrived
          ? TwilioErrors.ambiguousClass : TwilioErrors.retryClass)
      if failure.mayHaveArrived { return SendOutcome(.ambiguous, error: error) }
      return SendOutcome(.retry(afterMilliseconds: nil, scope: .channel), error: error)
    case .noFile(let reason):
      // Twilio fetches files by itself; none is ever uploaded.
      return SendOutcome(
        .rejected,
        error: ProviderError(
          code: "no_file", title: "The file cannot be had", detail: reason,
          errorClass: TwilioErrors.unknownClass))
    }
  }

  private static func read(_ response: HTTPResponse) -> SendOutcome {
    let answer = Answer(response)
    switch response.status {
    case 200...299: return taken(answer)
    case 300...399:
      // Twilio never redirects a send, so something else answered. It was not followed, so nothing
      // was sent: the channel waits until somebody corrects the address.
      return SendOutcome(
        .channelBroken,
        error: answer.error(
          class: TwilioErrors.credentialsClass, title: "Redirected: check api_base_url"))
    case 429:
      return SendOutcome(
        .retry(
          afterMilliseconds: retryAfter(response) ?? answer.code.flatMap { pauses[$0] },
          scope: .channel), error: answer.error(class: TwilioErrors.retryClass))
    case 401, 404:
      return SendOutcome(
        .channelBroken,
        error: answer.error(
          class: TwilioErrors.credentialsClass,
          title: response.status == 401
            ? "Credentials not accepted" : "Account not found: check account_sid"))
    // Whoever gave up waiting for the rest of a request may have had all of it.
    case 408:
      return SendOutcome(.ambiguous, error: answer.error(class: TwilioErrors.ambiguousClass))
    case 500...599:
      if answer.code == unavailable {
        return SendOutcome(
          .retry(afterMilliseconds: retryAfter(response), scope: .channel),
          error: answer.error(class: TwilioErrors.retryClass))
      }
      return SendOutcome(.ambiguous, error: answer.error(class: TwilioErrors.ambiguousClass))
    default:
      guard let code = answer.code else {
        return SendOutcome(.rejected, error: answer.error(class: TwilioErrors.unknownClass))
      }
      return outcome(code, detail: answer.message, retryAfter: retryAfter(response))
    }
  }

  private static func taken(_ answer: Answer) -> SendOutcome {
    guard let sid = answer.json?["sid"]?.string, !sid.isEmpty else {
      return SendOutcome(
        .ambiguous,
        error: answer.error(
          class: TwilioErrors.ambiguousClass, title: "Answer without a message"))
    }
    // Failed at once: no callback ever reports the state that this answer has.
    if let word = answer.json?["status"]?.string, TwilioStatus.failures.contains(word.lowercased()),
      let code = Answer.code(answer.json?["error_code"]), code != "0"
    {
      return outcome(code, detail: answer.json?["error_message"]?.string)
    }
    return SendOutcome(.accepted(ids: [sid]))
  }

  /// What a code of Twilio's means for a message that it refused.
  static func outcome(
    _ code: String, detail: String? = nil, retryAfter: Int64? = nil
  ) -> SendOutcome {
    var error =
      TwilioErrors.error(code)
      ?? ProviderError(
        code: code, title: "Unknown Twilio error", errorClass: TwilioErrors.unknownClass)
    error.detail = detail
    return SendOutcome(verdict(error, retryAfter), error: error)
  }

  private static func verdict(_ error: ProviderError, _ retryAfter: Int64?) -> SendOutcome.Verdict {
    let scope: SendOutcome.Scope = ofChannel.contains(error.code) ? .channel : .recipient
    switch error.errorClass {
    case TwilioErrors.retryClass: return .retry(afterMilliseconds: retryAfter, scope: scope)
    case TwilioErrors.retryLaterClass:
      let pause = pauses[error.code] ?? laterMilliseconds
      return .retry(afterMilliseconds: retryAfter ?? pause, scope: scope)
    case TwilioErrors.optedOut: return .recipientStopped
    case TwilioErrors.unreachableClass: return .unreachable
    case TwilioErrors.credentialsClass: return .channelBroken
    default: return .rejected
    }
  }

  /// "Service unavailable" is said before anything is done.
  private static let unavailable = "20503"

  /// A daily limit ends with a day in somebody else's time zone, so it is tried every hour.
  static let laterMilliseconds: Int64 = 3_600_000
  /// What Twilio's queue of a sender holds is at most ten hours.
  static let queueMilliseconds: Int64 = 36_000_000
  /// Meta asks to leave a person alone who gets many advertisements.
  static let pacingMilliseconds: Int64 = 86_400_000

  private static let pauses = ["21611": queueMilliseconds, "63049": pacingMilliseconds]

  /// The errors that the next message to somebody else would meet, too.
  private static let ofChannel: Set<String> = [
    "20429", "20500", "20503", "20504", "21611", "22005", "30001", "63010", "63017", "63018",
    "63038",
  ]

  /// How long the answer asks to wait: seconds, or a date against the answer's own.
  /// RFC 9110 §10.2.3.
  static func retryAfter(_ response: HTTPResponse) -> Int64? {
    guard let text = response.headers["retry-after"]?.trimmed, !text.isEmpty else { return nil }
    if text.utf8.allSatisfy({ (48...57).contains($0) }) {
      let product = Int64(text)?.multipliedReportingOverflow(by: 1000)
      return product.flatMap { $0.overflow ? nil : $0.partialValue }
    }
    guard let until = Instant(rfc5322: text),
      let now = response.headers["date"].flatMap({ Instant(rfc5322: $0) })
    else { return nil }
    return max(0, until.milliseconds(since: now))
  }

  /// What an answer holds: `{"code","message","status"}` for an error.
  private struct Answer {
    let status: Int
    let json: JSON?

    init(_ response: HTTPResponse) {
      status = response.status
      json = try? JSON.parse(response.body)
    }

    var code: String? { Self.code(json?["code"]) }
    var message: String? { json?["message"]?.string }

    static func code(_ json: JSON?) -> String? {
      json?.integer.map { String($0) } ?? json?.string.flatMap { $0.isEmpty ? nil : $0 }
    }

    /// The error under Twilio's code, or without one under the status.
    func error(class errorClass: String, title: String? = nil) -> ProviderError {
      let known = code.flatMap(TwilioErrors.error)
      return ProviderError(
        code: known?.code ?? "http_\(status)",
        title: known?.title ?? title ?? HTTPStatus.reason(status), detail: message,
        errorClass: errorClass)
    }
  }
}
