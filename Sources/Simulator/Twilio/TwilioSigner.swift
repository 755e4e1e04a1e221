import COpenSSL

/// Signs as Twilio does: written from Twilio's description alone, so that the simulator and the
/// verifying code cannot share a mistake.
///
/// <https://www.twilio.com/docs/usage/webhooks/webhooks-security>, read 2026-08-13.
package enum TwilioSigner {
  /// The digest under the HMAC; the raw value is Twilio's word in
  /// `X-Twilio-Webhooks-Signature-Settings`.
  package enum Digest: String, Sendable {
    case sha1 = "HMAC_SHA1"
    case sha256 = "HMAC_SHA256"
  }

  /// Signs a form: the value of `X-Twilio-Signature`.
  package static func sign(
    url: String, form: TwilioParameters = TwilioParameters(), key: String, digest: Digest = .sha1
  ) -> String {
    base64(hmac(digest, key: Array(key.utf8), canonical(url: url, form: form)))
  }

  /// Builds the bytes under the HMAC: the address, then each distinct parameter's name and value,
  /// ordered by name and value as bytes.
  ///
  /// Bytes and not `String`: Swift holds composed and decomposed letters for equal.
  package static func canonical(url: String, form: TwilioParameters) -> [UInt8] {
    var pairs = form.fields.map { [Array($0.name.utf8), Array($0.value.utf8)] }
    pairs.sort { left, right in
      left.lexicographicallyPrecedes(right) { $0.lexicographicallyPrecedes($1) }
    }
    var text = Array(signable(url).utf8)
    var previous: [[UInt8]] = []
    for pair in pairs where pair != previous {
      for part in pair { text += part }
      previous = pair
    }
    return text
  }

  /// Drops what Twilio never signs: the fragment, where connection overrides live, and credentials.
  package static func signable(_ url: String) -> String {
    let bare = url.prefix { $0 != "#" }
    guard let colon = bare.firstIndex(of: ":"), bare[colon...].hasPrefix("://") else {
      return String(bare)
    }
    let start = bare.index(colon, offsetBy: 3)
    let authority = bare[start...].prefix { $0 != "/" && $0 != "?" }
    guard let at = authority.lastIndex(of: "@") else { return String(bare) }
    return String(bare[..<start] + bare[bare.index(after: at)...])
  }

  /// Hashes a body for `bodySHA256`: 64 lower-case hexadecimal digits.
  package static func bodyHash(_ body: [UInt8]) -> String {
    let hash = [UInt8](unsafeUninitializedCapacity: 32) { buffer, count in
      _ = SHA256(body, body.count, buffer.baseAddress)
      count = 32
    }
    return hexadecimal(hash)
  }

  /// Writes bytes as lower-case hexadecimal digits.
  static func hexadecimal(_ bytes: [UInt8]) -> String {
    let digits = Array("0123456789abcdef".utf8)
    return String(
      decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
  }

  /// Computes an HMAC, RFC 2104.
  static func hmac(_ digest: Digest, key: [UInt8], _ message: [UInt8]) -> [UInt8] {
    var length: UInt32 = 0
    // OpenSSL takes a null key for "as before", so an empty one needs an address.
    let address = key.isEmpty ? [0] : key
    return [UInt8](unsafeUninitializedCapacity: Int(EVP_MAX_MD_SIZE)) { buffer, count in
      _ = HMAC(
        digest == .sha1 ? EVP_sha1() : EVP_sha256(), address, Int32(key.count), message,
        message.count, buffer.baseAddress, &length)
      count = Int(length)
    }
  }

  /// Writes bytes as padded Base64, with OpenSSL's encoder.
  static func base64(_ bytes: [UInt8]) -> String {
    // The encoder ends its text with a zero byte.
    let text = [UInt8](unsafeUninitializedCapacity: (bytes.count + 2) / 3 * 4 + 1) {
      buffer, count in
      count = Int(EVP_EncodeBlock(buffer.baseAddress, bytes, Int32(bytes.count)))
    }
    return String(decoding: text, as: UTF8.self)
  }
}
