/// Outcomes of what is no success, by Telegram's own words where it spoke.
extension TelegramRefusal {
  /// What the refusal means when nothing is left to change about the request.
  var outcome: SendOutcome {
    switch status {
    case 429:
      // The chat first: Telegram limits chats far more tightly than bots.
      outcome(
        .retry(afterMilliseconds: waitMilliseconds, scope: .recipient), "Too many messages", "retry"
      )
    case 401: outcome(.channelBroken, "The bot's token is revoked or wrong", "credentials")
    case 404: outcome(.channelBroken, "The bot's token or api_base_url is wrong", "credentials")
    case 300..<400:
      // A redirect would carry the token to wherever it points.
      outcome(.channelBroken, "The answer is a redirect: api_base_url is wrong", "channel_config")
    case 403 where description == nil:
      outcome(
        .channelBroken, "Something in front of Telegram refuses to let the bot through",
        "channel_config")
    case 400, 403: spoken
    case 413: outcome(.rejected, "The request is too large", TelegramErrors.unknownClass)
    case 409:
      outcome(
        .retry(afterMilliseconds: waitMilliseconds, scope: .channel),
        "Another program uses the bot in a way that excludes this one", "retry")
    case 408, 421, 425:
      outcome(
        .retry(afterMilliseconds: waitMilliseconds, scope: .recipient),
        "The request did not reach the right place", "retry")
    case 500...: outcome(.ambiguous, "Telegram failed: it may have sent the message", "ambiguous")
    default: outcome(.rejected, "Telegram refused", TelegramErrors.unknownClass)
    }
  }

  /// What Telegram's words mean.
  private var spoken: SendOutcome {
    guard let description,
      let error = TelegramErrors.error(status: status, description: description)
    else {
      // Of a forbidden chat nothing is known but that; anything else is the message's own fault.
      return status == 403
        ? outcome(.unreachable, "Telegram forbids to write to this chat", "unreachable")
        : outcome(.rejected, "Telegram refused the message", TelegramErrors.unknownClass)
    }
    switch error.errorClass {
    case "opted_out": return SendOutcome(.recipientStopped, error: error)
    case "unreachable", "chat_config": return SendOutcome(.unreachable, error: error)
    case "credentials": return SendOutcome(.channelBroken, error: error)
    default: return SendOutcome(.rejected, error: error)
    }
  }

  private func outcome(
    _ verdict: SendOutcome.Verdict, _ title: String, _ errorClass: String
  ) -> SendOutcome {
    let error = ProviderError(
      code: "\(status)", title: title, detail: description, errorClass: errorClass)
    return SendOutcome(verdict, error: error)
  }
}

extension SendOutcome {
  /// An answer that only looks like success.
  static func telegramUnclear(status: Int) -> SendOutcome {
    let error = ProviderError(
      code: "\(status)", title: "The answer is not Telegram's or not whole: it may have been sent",
      errorClass: "ambiguous")
    return SendOutcome(.ambiguous, error: error)
  }

  /// No whole answer. Nothing is known of one chat alone, so a wait concerns the channel.
  static func telegramFailed(_ failure: TransportFailure) -> SendOutcome {
    let isUnknown = failure.mayHaveArrived
    let error = ProviderError(
      code: "connection",
      title: isUnknown ? "No whole answer: it may have been sent" : "Telegram was not reached",
      detail: failure.description, errorClass: isUnknown ? "ambiguous" : "retry")
    return SendOutcome(
      isUnknown ? .ambiguous : .retry(afterMilliseconds: nil, scope: .channel), error: error)
  }
}
