import Gateway

/// One thing that happens in the demonstration.
package struct DemoStep: Equatable, Sendable {
  /// What it is.
  package enum Act: Equatable, Sendable {
    /// A provider's signed request, and the status the gateway should answer with.
    case webhook(HTTPRequest, expectedStatus: Int)
    /// A message of the workshop's.
    case answer(DemoAnswer)
    /// A look at the answer of that name: it should have come to this by now.
    case look(String, expected: MessageStatus)
  }

  /// How long to wait before it, in milliseconds.
  package let delayMilliseconds: Int
  /// What happens, in one line for a person.
  package let narration: String
  /// What it is called by steps that come back to it.
  package let name: String?
  /// What it is.
  package let act: Act

  /// The webhook; `nil` for anything else.
  package var webhook: (request: HTTPRequest, expectedStatus: Int)? {
    if case .webhook(let request, let status) = act { (request, status) } else { nil }
  }

  /// The answer; `nil` for anything else.
  package var answer: DemoAnswer? {
    if case .answer(let answer) = act { answer } else { nil }
  }
}

/// A message of the workshop's, as its CRM enqueues it.
package struct DemoAnswer: Equatable, Sendable {
  /// Whom it is for.
  package enum Target: Equatable, Sendable {
    /// The chat that the webhook of that name came into.
    case chat(of: String)
    /// Somebody at an address on a line.
    case address(String, transport: String)
  }

  /// When it is to go.
  package enum Schedule: Equatable, Sendable {
    /// In so long, which the speed of the demonstration shortens.
    case soon(milliseconds: Int)
    /// In so long, which nothing shortens: after everything else.
    case later(milliseconds: Int)
  }

  /// Whom it is for.
  package var target: Target
  /// What it says: `text`, `buttons`, `fallback` and other members of a request.
  package var members: JSONObject
  /// The webhook whose message it answers, by name.
  package var replyTo: String?
  /// A picture to upload and attach.
  package var picture: [UInt8]?
  /// When it is to go; `nil` for at once.
  package var schedule: Schedule?
  /// The status that it should come to.
  package var expected: MessageStatus
}
