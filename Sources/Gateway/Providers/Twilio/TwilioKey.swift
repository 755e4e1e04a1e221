/// One secret that Twilio signs webhooks with, and how.
struct TwilioKey: Sendable {
  /// Where it stands in the settings, such as `auth_token[0]`: what logs may show.
  let label: String
  /// The id of a SharedKey, `nil` for an Auth Token.
  let sharedID: String?
  /// The digest it is used with. Ours to say: the request must not choose a weaker one.
  let digest: Crypto.Digest
  /// The text of the secret as bytes; hexadecimal is not decoded.
  let secret: [UInt8]

  /// The Auth Token at that place of the list: always HMAC-SHA1.
  init(authToken: String, index: Int) {
    label = "auth_token[\(index)]"
    sharedID = nil
    digest = .sha1
    secret = Array(authToken.utf8)
  }

  /// Reads `keyid:secret`, meaning SHA-256, or `keyid:HMAC_SHA256:secret` and `keyid:HMAC_SHA1:…`.
  /// <https://www.twilio.com/docs/usage/webhooks/webhook-shared-keys>, 2026-09-07, beta.
  ///
  /// - Throws: ``SettingsError`` for anything else, without the value.
  init(sharedKey: String, index: Int) throws(SettingsError) {
    let parts = sharedKey.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2, !parts[0].isEmpty else {
      throw SettingsError(
        field: "shared_keys",
        "number \(index + 1) must be \"keyid:secret\" or \"keyid:HMAC_SHA256:secret\"")
    }
    var digest = Crypto.Digest.sha256
    var secret = parts[1]
    for name in ["HMAC_SHA256", "HMAC_SHA1"] where secret.hasPrefix(name + ":") {
      digest = Self.digest(named: name) ?? .sha256
      secret = secret.dropFirst(name.count + 1)
    }
    guard !secret.isEmpty, Self.digest(named: String(secret)) == nil else {
      throw SettingsError(field: "shared_keys", "number \(index + 1) has no secret")
    }
    label = "shared_keys[\(index)]"
    sharedID = String(parts[0])
    self.digest = digest
    self.secret = Array(secret.utf8)
  }

  /// The digest of Twilio's word for it, `nil` for a word we do not know.
  static func digest(named name: String) -> Crypto.Digest? {
    switch name {
    case "HMAC_SHA256": .sha256
    case "HMAC_SHA1": .sha1
    default: nil
    }
  }
}

/// Printing a channel, in a log or a failed test, must not print its secrets.
extension TwilioKey: CustomStringConvertible, CustomReflectable {
  /// The label.
  var description: String { label }
  /// Nothing but the label.
  var customMirror: Mirror { Mirror(self, children: ["label": label]) }
}
