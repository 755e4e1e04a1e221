/// Signs and writes as Meta does: from Meta's description alone, so that the simulator and the
/// verifying code cannot share a mistake.
///
/// <https://developers.facebook.com/docs/graph-api/webhooks/getting-started>, read 2026-11-21.
package enum MetaSigner {
  /// The header that carries the signature.
  package static let header = "X-Hub-Signature-256"

  /// Signs a body: the value of ``header``.
  package static func sign(_ body: [UInt8], secret: String) -> String {
    let key = Array(secret.utf8)
    return "sha256=" + TwilioSigner.hexadecimal(TwilioSigner.hmac(.sha256, key: key, body))
  }

  /// Writes JSON with everything beyond ASCII as `\uXXXX` and each slash as `\/`, as Meta's
  /// servers do: parsed and written again it has other bytes, and another signature.
  package static func wire(_ json: [UInt8]) -> [UInt8] {
    var wire: [UInt8] = []
    wire.reserveCapacity(json.count + json.count / 8)
    // A slash stands in nothing but strings.
    for byte in TelegramSimulator.ascii(json) {
      if byte == UInt8(ascii: "/") { wire.append(UInt8(ascii: "\\")) }
      wire.append(byte)
    }
    return wire
  }
}
