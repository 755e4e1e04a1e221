import COpenSSL

/// Hashes, message authentication and sealing, on OpenSSL. Nothing else in the program calls it.
package enum Crypto {
  /// The digest under an HMAC.
  package enum Digest: Sendable {
    case sha1
    case sha256
  }

  /// HMAC, RFC 2104. `key` and `message` may be empty.
  package static func hmac(_ digest: Digest, key: [UInt8], _ message: [UInt8]) -> [UInt8] {
    let size = digest == .sha1 ? 20 : 32
    let algorithm = digest == .sha1 ? EVP_sha1() : EVP_sha256()
    var length: UInt32 = 0
    return [UInt8](unsafeUninitializedCapacity: Int(EVP_MAX_MD_SIZE)) { buffer, count in
      // OpenSSL reads a null key as "the key of last time": an empty key needs an address.
      let padded = key.isEmpty ? [0] : key
      _ = HMAC(
        algorithm, padded, Int32(key.count), message, message.count, buffer.baseAddress, &length)
      count = Int(length) == size ? size : 0
    }
  }

  /// SHA-256, FIPS 180-4: 32 bytes.
  package static func sha256(_ message: [UInt8]) -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: 32) { buffer, count in
      _ = SHA256(message, message.count, buffer.baseAddress)
      count = 32
    }
  }

  /// Whether both are the same, in a time that depends on the lengths alone.
  package static func constantTimeEquals(_ left: [UInt8], _ right: [UInt8]) -> Bool {
    guard left.count == right.count else { return false }
    return CRYPTO_memcmp(left, right, left.count) == 0
  }

  /// AES-256-GCM (NIST SP 800-38D): a 12-byte nonce, the ciphertext and the 16-byte tag in one.
  ///
  /// `bound` is authenticated but not stored: what is sealed for one row opens in that row only.
  package static func seal(
    _ plain: [UInt8], key: [UInt8], bound: [UInt8], random: any RandomSource
  ) -> [UInt8]? {
    guard key.count == 32, let context = EVP_CIPHER_CTX_new() else { return nil }
    defer { EVP_CIPHER_CTX_free(context) }
    let nonce = random.bytes(12)
    var cipher = [UInt8](repeating: 0, count: plain.count + 16)
    var tag = [UInt8](repeating: 0, count: 16)
    var length: Int32 = 0
    var written: Int32 = 0
    guard EVP_EncryptInit_ex(context, EVP_aes_256_gcm(), nil, key, nonce) == 1,
      bound.isEmpty || EVP_EncryptUpdate(context, nil, &length, bound, Int32(bound.count)) == 1,
      EVP_EncryptUpdate(context, &cipher, &written, plain, Int32(plain.count)) == 1,
      EVP_EncryptFinal_ex(context, nil, &length) == 1,
      EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_GET_TAG, 16, &tag) == 1
    else { return nil }
    return nonce + cipher.prefix(Int(written)) + tag
  }

  /// Opens what ``seal(_:key:bound:random:)`` made. `nil`: another key, another row, or changed.
  package static func open(_ sealed: [UInt8], key: [UInt8], bound: [UInt8]) -> [UInt8]? {
    guard key.count == 32, sealed.count >= 28, let context = EVP_CIPHER_CTX_new() else {
      return nil
    }
    defer { EVP_CIPHER_CTX_free(context) }
    let nonce = Array(sealed.prefix(12))
    let cipher = Array(sealed.dropFirst(12).dropLast(16))
    var tag = Array(sealed.suffix(16))
    var plain = [UInt8](repeating: 0, count: cipher.count + 16)
    var length: Int32 = 0
    var written: Int32 = 0
    guard EVP_DecryptInit_ex(context, EVP_aes_256_gcm(), nil, key, nonce) == 1,
      bound.isEmpty || EVP_DecryptUpdate(context, nil, &length, bound, Int32(bound.count)) == 1,
      EVP_DecryptUpdate(context, &plain, &written, cipher, Int32(cipher.count)) == 1,
      EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_SET_TAG, 16, &tag) == 1,
      EVP_DecryptFinal_ex(context, nil, &length) == 1
    else { return nil }
    return Array(plain.prefix(Int(written)))
  }
}
