/// What an answer means. By Meta's code where there is one, whatever the status; the status decides
/// only where there is none.
///
///     2xx with an id       accepted          429, 421, 425      retry
///     2xx without          ambiguous         401, 403, 404      channel broken
///     5xx, 408             ambiguous         3xx                channel broken
///     no answer            ambiguous, or retry where nothing left
///     any code             by its class, see ``MetaSendErrors``
///
/// A reaction may be put twice, so what is ambiguous of a message is tried again for a reaction.
struct MetaSendOutcome {
  /// Whose messages they are.
  let account: String
  /// What was said.
  let part: MetaSendPart
  /// The message it is of.
  let message: OutboundMessage

  /// What an account may do is counted by the hour; this often it is tried again where Meta does
  /// not say when.
  static let quotaMilliseconds: Int64 = 60_000
  /// How often a failure is tried that may also be a person who has blocked us.
  static let failureTriesMax = 3
  /// How often a file is sent that Meta could not fetch: our server may have been away.
  static let mediaTriesMax = 2

  /// What came of the part.
  func of(_ reply: SendReply) -> SendOutcome {
    var outcome: SendOutcome
    switch reply {
    case .response(let response): outcome = taken(response) ?? refused(response)
    case .failure(let failure): outcome = Self.failed(failure)
    case .noFile(let reason):
      let error = ProviderError(
        code: "no_file", title: "The file cannot be had", detail: reason,
        errorClass: MetaSendErrors.mediaClass)
      outcome = SendOutcome(.rejected, error: error)
    }
    if part.isReaction, outcome.verdict == .ambiguous {
      outcome.verdict = .retry(afterMilliseconds: nil, scope: .recipient)
      outcome.error?.title = "Whether the reaction was put is not known: it is put again"
      outcome.error?.errorClass = MetaSendErrors.retryClass
    }
    return outcome
  }

  /// What a success says; `nil` when it names no message.
  private func taken(_ response: HTTPResponse) -> SendOutcome? {
    guard (200...299).contains(response.status), let body = try? JSON.parse(response.body) else {
      return nil
    }
    var outcome: SendOutcome
    if let id = body["message_id"]?.string, !id.isEmpty {
      outcome = SendOutcome(.accepted(ids: [id]))
    } else if part.isReaction, body["recipient_id"]?.string?.isEmpty == false {
      // Meta gives reactions no id; nothing is ever reported of one.
      outcome = SendOutcome(.accepted(ids: ["reaction:\(message.id)"]))
    } else {
      return nil
    }
    outcome.note = part.note
    return outcome
  }

  private func refused(_ response: HTTPResponse) -> SendOutcome {
    let wait = MetaError.waitMilliseconds(response)
    if let error = MetaError(response), !(300...399).contains(response.status) {
      return refused(error, status: response.status, waitMilliseconds: wait)
    }
    switch response.status {
    case 300...399:
      return Self.plain(
        .channelBroken, response.status, "The answer is a redirect: api_base_url is wrong",
        MetaSendErrors.credentialsClass)
    case 401, 403, 404:
      return Self.plain(
        .channelBroken, response.status,
        "Something else than Meta answers, or it refuses the channel: check access_token, the "
          + "account's id and api_base_url", MetaSendErrors.credentialsClass)
    case 421, 425, 429:
      return Self.plain(
        .retry(afterMilliseconds: wait, scope: .channel), response.status, "Not taken now",
        MetaSendErrors.throughputClass)
    case 400...499 where response.status != 408:
      return Self.plain(
        .rejected, response.status, "Refused", MetaSendErrors.permanentClass)
    default:
      return Self.plain(
        .ambiguous, response.status,
        "The answer is not Meta's or not whole: it may have been sent",
        MetaSendErrors.ambiguousClass)
    }
  }

  private func refused(
    _ error: MetaError, status: Int, waitMilliseconds: Int64?
  ) -> SendOutcome {
    let known = MetaSendErrors.reason(code: error.code, subcode: error.subcode)
    var reason = ProviderError(
      code: error.subcode.map { "\(error.code)-\($0)" } ?? "\(error.code)",
      title: known?.title ?? error.message.map(Self.shortened) ?? "Unknown error of Meta's",
      detail: error.words, errorClass: known?.errorClass ?? MetaSendErrors.permanentClass)
    if known == nil, status == 401 { reason.errorClass = MetaSendErrors.credentialsClass }
    if known == nil, error.isTransient { reason.errorClass = MetaSendErrors.retryClass }
    if known == nil, !error.isTransient, status >= 500 {
      reason.errorClass = MetaSendErrors.ambiguousClass
    }
    // The same code, whichever of the two is not there: but the sentence names it.
    if error.isAboutMissingObject, error.message?.contains("'\(account)'") == true {
      reason.title = "The account's id is wrong, or the token may not use it"
      reason.errorClass = MetaSendErrors.credentialsClass
    }
    if error.code == Self.failureCode, message.tries + 1 >= Self.failureTriesMax {
      reason.errorClass = MetaSendErrors.unreachableClass
    }
    return SendOutcome(verdict(reason.errorClass, waitMilliseconds), error: reason)
  }

  private func verdict(_ errorClass: String, _ wait: Int64?) -> SendOutcome.Verdict {
    switch errorClass {
    case MetaSendErrors.retryClass: .retry(afterMilliseconds: wait, scope: .recipient)
    case MetaSendErrors.throughputClass:
      .retry(afterMilliseconds: wait ?? Self.quotaMilliseconds, scope: .channel)
    case MetaSendErrors.mediaClass where message.tries + 1 < Self.mediaTriesMax:
      .retry(afterMilliseconds: wait, scope: .recipient)
    case MetaSendErrors.ambiguousClass: .ambiguous
    case MetaSendErrors.unreachableClass: .unreachable
    case MetaSendErrors.credentialsClass, MetaSendErrors.accountClass: .channelBroken
    default: .rejected
    }
  }

  /// The code for a failure that may pass, and for some people who have blocked us.
  private static let failureCode: Int64 = 2

  private static func plain(
    _ verdict: SendOutcome.Verdict, _ status: Int, _ title: String, _ errorClass: String
  ) -> SendOutcome {
    let error = ProviderError(code: "http_\(status)", title: title, errorClass: errorClass)
    return SendOutcome(verdict, error: error)
  }

  /// No whole answer. Nothing is known of one person alone, so a wait concerns the channel.
  private static func failed(_ failure: TransportFailure) -> SendOutcome {
    let isUnknown = failure.mayHaveArrived
    let error = ProviderError(
      code: "no_answer",
      title: isUnknown ? "No whole answer: it may have been sent" : "Meta was not reached",
      detail: failure.description,
      errorClass: isUnknown ? MetaSendErrors.ambiguousClass : MetaSendErrors.retryClass)
    return SendOutcome(
      isUnknown ? .ambiguous : .retry(afterMilliseconds: nil, scope: .channel), error: error)
  }

  /// Meta's sentence without the code in front: `(#100) Invalid parameter`.
  private static func shortened(_ message: String) -> String {
    guard message.hasPrefix("(#"), let end = message.firstRange(of: ") ") else { return message }
    return String(message[end.upperBound...])
  }
}
