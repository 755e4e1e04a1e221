/// What came of saying one part of a message. The list is closed: the dispatcher obeys it.
package struct SendOutcome: Equatable, Sendable {
  /// What happened, and so what has to happen next.
  package enum Verdict: Equatable, Sendable {
    /// The provider has it, under these ids of its own; an album has several.
    case accepted(ids: [String])
    /// It was not taken now; a later try may succeed. `afterMilliseconds` is the provider's word.
    case retry(afterMilliseconds: Int64?, scope: Scope)
    /// It will never be taken as it is.
    case rejected
    /// The person wants no messages.
    case recipientStopped
    /// The person cannot be reached on this line.
    case unreachable
    /// Nothing can be sent on this channel until somebody mends it.
    case channelBroken
    /// It may have been taken or not; nobody knows. Never sent again blindly.
    case ambiguous
  }

  /// Whom a wait concerns.
  package enum Scope: String, Equatable, Sendable {
    case recipient
    case channel
  }

  /// What happened.
  package var verdict: Verdict
  /// Why, in the provider's code and our words; `nil` only for what was accepted.
  package var error: ProviderError?
  /// What the provider told beside it: a group that goes on under another id.
  package var identity: IdentityChange?
  /// What a person should know, such as "sent without formatting".
  package var note: String?
  /// What a person who was reported to want none wants none of; `nil` for messages of any purpose.
  package var stoppedPurpose: MessagePurpose?
  /// What it means for other advertisements.
  package var marketingPause: MarketingPause?
  /// Addresses that the provider's answer proves to be the recipient's: how they are called there.
  package var addresses: [Address] = []
  /// Files the provider holds now and takes again by their id.
  package var uploads: [UploadedMedia] = []

  /// An outcome.
  package init(_ verdict: Verdict, error: ProviderError? = nil, note: String? = nil) {
    self.verdict = verdict
    self.error = error
    self.note = note
  }

  /// The word for the outcome in attempts, metrics and fixtures.
  package var word: String {
    switch verdict {
    case .accepted: "accepted"
    case .retry: "retry"
    case .rejected: "rejected"
    case .recipientStopped: "recipient_stopped"
    case .unreachable: "unreachable"
    case .channelBroken: "channel_broken"
    case .ambiguous: "ambiguous"
    }
  }

  /// Every word there is.
  package static let words = [
    "accepted", "retry", "rejected", "recipient_stopped", "unreachable", "channel_broken",
    "ambiguous",
  ]

  /// The outcome as JSON: the form of `….outcome.json` in the fixtures.
  package var json: JSON {
    var object: JSONObject = ["outcome": .string(word)]
    switch verdict {
    case .accepted(let ids): object["ids"] = .array(ids.map(JSON.string))
    case .retry(let after, let scope):
      object["after_milliseconds"] = JSON(after)
      object["scope"] = .string(scope.rawValue)
    default: break
    }
    if let error { object["error"] = error.json }
    switch identity {
    case .conversation(let old, let new)?:
      object["conversation"] = ["from": .string(old), "to": .string(new)]
    case .address(let old, let new)?: object["address"] = ["from": old.json, "to": new.json]
    case nil: break
    }
    if let note { object["note"] = .string(note) }
    if let stoppedPurpose { object["stopped_purpose"] = .string(stoppedPurpose.rawValue) }
    if let marketingPause { object["marketing_pause"] = marketingPause.json }
    if !addresses.isEmpty { object["addresses"] = .array(addresses.map(\.json)) }
    if !uploads.isEmpty { object["uploads"] = .array(uploads.map(\.json)) }
    return .object(object)
  }
}

/// A file that a provider holds for us for a while.
package struct UploadedMedia: Equatable, Sendable {
  /// Which of the message's attachments it is, by index.
  package var attachment: Int
  /// The provider's id of it.
  package var id: String
  /// How long the provider takes the id, from the upload on.
  package var lifeMilliseconds: Int64

  /// A file under the provider's id.
  package init(attachment: Int, id: String, lifeMilliseconds: Int64) {
    self.attachment = attachment
    self.id = id
    self.lifeMilliseconds = lifeMilliseconds
  }

  /// The file as JSON: `{"attachment","id","life_milliseconds"}`.
  package var json: JSON {
    [
      "attachment": JSON(attachment), "id": .string(id),
      "life_milliseconds": .integer(lifeMilliseconds),
    ]
  }
}

/// Why a message cannot be said on a line at all, known before anything is sent.
package struct Unsendable: Error, Equatable, Sendable, CustomStringConvertible {
  /// What stands in the way.
  package enum Reason: String, Sendable {
    /// It says nothing.
    case empty
    /// It is longer, larger or more than the provider takes.
    case tooLarge = "too_large"
    /// The provider has no such thing on this line.
    case unsupported
    /// The address is none of this line's.
    case wrongAddress = "wrong_address"
    /// Free text may be written only for a while after the person wrote.
    case windowClosed = "window_closed"
    /// The template, or what fills it, is not one the provider takes.
    case invalidTemplate = "invalid_template"
  }

  /// What stands in the way.
  package let reason: Reason
  /// The field of the message concerned, such as `text`.
  package let field: String
  /// A sentence a person can act on.
  package let description: String

  /// A finding.
  package init(_ reason: Reason, field: String, _ description: String) {
    self.reason = reason
    self.field = field
    self.description = description
  }

  /// The finding as the error of a message, where it is found only when it is to be sent.
  package var error: ProviderError {
    ProviderError(
      code: reason.rawValue, title: description,
      errorClass: reason == .windowClosed
        ? "window" : "permanent")
  }
}
