import Gateway

/// What Meta's stand-in knows of its accounts, people and templates, beside ``GraphMagic``.
package struct GraphScript: Equatable, Sendable {
  /// Refusals at once, by recipient: a number with `+`, a business-scoped id, or a person's id.
  package var errors: [String: Fault] = [:]
  /// Codes in a later status of WhatsApp's, by recipient.
  package var statusErrors: [String: Int] = [:]
  /// People who did not write for a day: without a template, 131047 later on WhatsApp, and 10 with
  /// 2534022 at once on Instagram and Messenger.
  package var closedWindows: Set<String> = []
  /// Whether only who wrote within a day is free to be written to; see
  /// ``ProviderServer/metaPersonWrote(_:to:)``.
  package var enforcesWindows = false
  /// The templates of each business account; empty for any that is named.
  package var templates: [ProviderTemplate] = []
  /// The numbers that WhatsApp knows people by, where it is not the one that was dialled.
  package var waIDs: [String: String] = [:]
  /// The names of people on Instagram and Messenger, by their ids.
  package var names: [String: String] = [:]
  /// Tokens that have expired: 190.
  package var expiredTokens: Set<String> = []
  /// So many calls with a token are answered before it expires; `nil` for all.
  package var tokenCalls: Int?
  /// How long the address of a file's bytes is good.
  package var mediaExpirySeconds = MetaFile.expirySeconds
  /// How often the address of a file's bytes may be used; `nil` for any number.
  package var mediaUses: Int?
  /// The share of WhatsApp messages that fail and arrive all the same, on another device.
  package var deliveredAfterFailedRate = 0.0
  /// The share of WhatsApp messages that are read without having been delivered.
  package var deliveredMissingRate = 0.0
  /// Whether what an Instagram account or a page sends is told to its webhook too.
  package var echoes = true
  /// Why messages are not delivered that ``ProviderScript/Statuses/failedRate`` chooses.
  package var failedCode = 131026

  /// Nothing in particular.
  package init() {}

  /// A code, with its subcode where there is one.
  package struct Fault: Equatable, Sendable {
    /// Meta's code.
    package var code: Int
    /// What it means more exactly.
    package var subcode: Int?

    /// A refusal.
    package init(_ code: Int, _ subcode: Int? = nil) {
      self.code = code
      self.subcode = subcode
    }
  }
}

/// Recipients whose number or id says what happens to them.
package enum GraphMagic {
  /// With six digits of a code behind it: that error at once, such as `+1500557131030`; on
  /// Instagram and Messenger without `+`.
  package static let errorPrefix = "1500557"
  /// With six digits of a code behind it: that error in a later status, such as `+1500558131026`.
  package static let statusPrefix = "1500558"

  /// The code behind a prefix; `nil` for an ordinary recipient.
  static func code(in recipient: String, behind prefix: String) -> Int? {
    let number = recipient.drop { $0 == "+" }
    guard number.hasPrefix(prefix) else { return nil }
    let digits = number.dropFirst(prefix.count)
    return digits.utf8.count == 6 ? Int(digits) : nil
  }
}
