/// What an answer means. By Meta's code where there is one, whatever the status; the status decides
/// only where there is none.
///
///     2xx with an id       accepted          429, 421, 425      retry
///     2xx without          ambiguous         401, 403, 404      channel broken
///     5xx, 408             ambiguous         3xx                channel broken
///     no answer            ambiguous, or retry where nothing left
///     any code             by its class, see ``WhatsAppErrors``
///
/// An upload sends nothing, so what is ambiguous of a message is tried again for an upload.
enum WhatsAppOutcome {
  /// An upload that did not come to an id.
  struct Refusal: Error {
    /// What came of it.
    let outcome: SendOutcome
  }

  /// Meta's maintenance of a number takes about a minute.
  static let maintenanceMilliseconds: Int64 = 60_000
  /// What an app or business account may do is counted by the hour; this often it is tried again
  /// where Meta does not say when.
  static let quotaMilliseconds: Int64 = 60_000
  /// Meta asks to wait 4^n seconds after the nth refusal for one person. From the fifth on it is
  /// 1,024: the largest debt to one person, 45 messages, is paid in 270.
  static let pairWaitTriesMax = 5

  /// What came of a message.
  static func send(
    _ reply: SendReply, to recipient: WhatsAppRecipient, tries: Int
  ) -> SendOutcome {
    switch reply {
    case .response(let response):
      if (200...299).contains(response.status), let outcome = taken(response, recipient) {
        return outcome
      }
      return refused(response, tries: tries) ?? unclear(response)
    case .failure(let failure): return failed(failure, mayHaveSent: failure.mayHaveArrived)
    case .noFile(let reason): return noFile(reason)
    }
  }

  /// The id of an upload, or what came of it instead.
  static func upload(_ reply: SendReply, tries: Int) -> Result<String, Refusal> {
    switch reply {
    case .response(let response):
      if (200...299).contains(response.status),
        let id = (try? JSON.parse(response.body))?["id"]?.string, !id.isEmpty
      {
        return .success(id)
      }
      var outcome = refused(response, tries: tries) ?? unclear(response)
      if outcome.verdict == .ambiguous {
        outcome.verdict = .retry(afterMilliseconds: nil, scope: .recipient)
        outcome.error?.title = "The file was not uploaded"
        outcome.error?.errorClass = WhatsAppErrors.retryClass
      }
      return .failure(Refusal(outcome: outcome))
    case .failure(let failure):
      return .failure(Refusal(outcome: failed(failure, mayHaveSent: false)))
    case .noFile(let reason): return .failure(Refusal(outcome: noFile(reason)))
    }
  }

  /// Whether an answer to a message may be about the id of its file: gone, or not good any more.
  static func mayBeStale(_ reply: SendReply) -> Bool {
    guard case .response(let response) = reply, let error = MetaError(response),
      !error.isAboutMissingObject
    else { return false }
    return staleCodes.contains(error.code)
  }

  /// Meta has no code for it alone.
  private static let staleCodes: Set<Int64> = [100, 131008, 131009, 131052, 131053]

  /// What a code means for a message that was refused with it.
  static func outcome(
    _ error: MetaError, status: Int, waitMilliseconds: Int64?, tries: Int
  ) -> SendOutcome {
    var reason = WhatsAppErrors.error(
      code: error.code, title: error.message.map(shortened), detail: error.words)
    if error.isAboutMissingObject {
      reason.title = "phone_number_id is wrong, or the token may not use it"
      reason.errorClass = WhatsAppErrors.credentialsClass
    }
    let isKnown = WhatsAppErrors.isKnown(error.code)
    if !isKnown, status == 401 { reason.errorClass = WhatsAppErrors.credentialsClass }
    if !isKnown, error.isTransient { reason.errorClass = WhatsAppErrors.retryClass }
    var outcome = SendOutcome(
      verdict(error.code, reason.errorClass, waitMilliseconds, tries: tries), error: reason)
    if !isKnown, !error.isTransient, status >= 500 {
      outcome.verdict = .ambiguous
      outcome.error?.errorClass = ambiguousClass
    }
    if reason.errorClass == WhatsAppErrors.optedOutClass { outcome.stoppedPurpose = .marketing }
    outcome.marketingPause = WhatsAppErrors.marketingPause(code: error.code)
    return outcome
  }

  private static func verdict(
    _ code: Int64, _ errorClass: String, _ wait: Int64?, tries: Int
  ) -> SendOutcome.Verdict {
    switch errorClass {
    case WhatsAppErrors.retryClass:
      return .retry(
        afterMilliseconds: wait ?? waits[code],
        scope: ofMessage.contains(code) ? .recipient : .channel)
    case WhatsAppErrors.pairLimitClass:
      return .retry(
        afterMilliseconds: max(wait ?? 0, pairWaitMilliseconds(tries: tries)), scope: .recipient)
    case WhatsAppErrors.throughputClass:
      return .retry(afterMilliseconds: wait ?? waits[code], scope: .channel)
    case WhatsAppErrors.marketingLimitClass:
      // To this person no more; of the number's trouble everybody's message is one.
      guard code == spamCode else { return .rejected }
      return .retry(
        afterMilliseconds: WhatsAppErrors.spamPauseMilliseconds, scope: .recipient)
    case WhatsAppErrors.unreachableClass: return .unreachable
    case WhatsAppErrors.optedOutClass: return .recipientStopped
    case WhatsAppErrors.credentialsClass: return .channelBroken
    case WhatsAppErrors.accountClass:
      // A country that the account may not write to says nothing of other countries.
      return code == countryCode ? .rejected : .channelBroken
    default: return .rejected
    }
  }

  /// 4^n seconds after n tries that were refused before.
  static func pairWaitMilliseconds(tries: Int) -> Int64 {
    1_000 << (2 * Int64(min(max(tries, 0), pairWaitTriesMax)))
  }

  private static let spamCode: Int64 = 131048
  private static let countryCode: Int64 = 130497
  private static let waits: [Int64: Int64] = [
    4: quotaMilliseconds, 80007: quotaMilliseconds, 131057: maintenanceMilliseconds,
  ]
  /// Failures that one message alone may be the cause of.
  private static let ofMessage: Set<Int64> = [1, 131000]

  /// Nobody knows whether it was taken.
  private static let ambiguousClass = "ambiguous"

  /// What a success says; `nil` when it names no message.
  private static func taken(
    _ response: HTTPResponse, _ recipient: WhatsAppRecipient
  ) -> SendOutcome? {
    guard let body = try? JSON.parse(response.body),
      let sent = body["messages"]?.array?.first, let id = sent["id"]?.string, !id.isEmpty
    else { return nil }
    var outcome = SendOutcome(.accepted(ids: [id]))
    switch sent["message_status"]?.string {
    case "held_for_quality_assessment"?:
      outcome.note = "held by Meta until it has assessed the template's quality"
    case "paused"?: outcome.note = "paused by Meta because of the template's quality"
    default: break
    }
    if case .group = recipient { return outcome }
    let contacts = body["contacts"]?.array ?? []
    // Two would be of two people.
    if contacts.count == 1, let contact = contacts.first { outcome.addresses = addresses(contact) }
    return outcome
  }

  /// How the person is called: the id first, as it stays when the number is hidden.
  private static func addresses(_ contact: JSON) -> [Address] {
    var addresses: [Address] = []
    if let id = contact["user_id"]?.string, WhatsAppRecipient.isUserID(id) {
      addresses.append(Address(type: .whatsapp, value: id))
    }
    if let digits = contact["wa_id"]?.string,
      let number = PhoneNumber.e164(digits.hasPrefix("+") ? digits : "+\(digits)")
    {
      addresses += WhatsAppParty.addresses(ofPhone: number, raw: digits)
    }
    return addresses
  }

  /// What a refusal says; `nil` for a 2xx that is none.
  private static func refused(_ response: HTTPResponse, tries: Int) -> SendOutcome? {
    let wait = MetaError.waitMilliseconds(response)
    if let error = MetaError(response), !(300...399).contains(response.status) {
      return outcome(error, status: response.status, waitMilliseconds: wait, tries: tries)
    }
    switch response.status {
    case 200...299: return nil
    case 300...399:
      return plain(
        .channelBroken, response.status, "The answer is a redirect: api_base_url is wrong",
        WhatsAppErrors.credentialsClass)
    case 401, 403, 404:
      return plain(
        .channelBroken, response.status,
        "Something else than Meta answers, or it refuses the channel: check access_token, "
          + "phone_number_id and api_base_url", WhatsAppErrors.credentialsClass)
    case 421, 425, 429:
      return plain(
        .retry(afterMilliseconds: wait, scope: .channel), response.status, "Not taken now",
        WhatsAppErrors.retryClass)
    case 408, 500...: return nil
    default:
      return plain(.rejected, response.status, "Refused", WhatsAppErrors.permanentClass)
    }
  }

  private static func unclear(_ response: HTTPResponse) -> SendOutcome {
    plain(
      .ambiguous, response.status, "The answer is not Meta's or not whole: it may have been sent",
      ambiguousClass)
  }

  private static func plain(
    _ verdict: SendOutcome.Verdict, _ status: Int, _ title: String, _ errorClass: String
  ) -> SendOutcome {
    let error = ProviderError(code: "http_\(status)", title: title, errorClass: errorClass)
    return SendOutcome(verdict, error: error)
  }

  /// No whole answer. Nothing is known of one person alone, so a wait concerns the channel.
  private static func failed(_ failure: TransportFailure, mayHaveSent: Bool) -> SendOutcome {
    let error = ProviderError(
      code: "no_answer",
      title: mayHaveSent ? "No whole answer: it may have been sent" : "No whole answer",
      detail: failure.description,
      errorClass: mayHaveSent ? ambiguousClass : WhatsAppErrors.retryClass)
    return SendOutcome(
      mayHaveSent ? .ambiguous : .retry(afterMilliseconds: nil, scope: .channel), error: error)
  }

  private static func noFile(_ reason: String) -> SendOutcome {
    let error = ProviderError(
      code: "no_file", title: "The file cannot be had", detail: reason,
      errorClass: WhatsAppErrors.mediaClass)
    return SendOutcome(.rejected, error: error)
  }

  /// Meta's sentence without the code in front: `(#100) Invalid parameter`.
  private static func shortened(_ message: String) -> String {
    guard message.hasPrefix("(#"), let end = message.firstRange(of: ") ") else { return message }
    return String(message[end.upperBound...])
  }
}
