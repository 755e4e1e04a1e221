/// The last part of an address under which a provider may fetch one file, for a while.
///
///     base64url( file 16 bytes | expiry in seconds 8 bytes | HMAC-SHA256 of both, 16 bytes )
package struct MediaToken: Equatable, Sendable {
  /// The file.
  package let fileID: ID<Attachment>
  /// When it stops to work.
  package let expiresAt: Instant

  private static let signedCount = 24
  /// Half of the digest: nobody finds one in 2¹²⁸, and the address stays short.
  private static let macCount = 16

  /// A token that expires at a whole second.
  package init(fileID: ID<Attachment>, expiresAt: Instant) {
    self.fileID = fileID
    let seconds = expiresAt.millisecondsSinceEpoch / 1000
    self.expiresAt = Instant(millisecondsSinceEpoch: seconds * 1000)
  }

  /// The token as text.
  package func text(key: [UInt8]) -> String {
    let seconds = UInt64(max(expiresAt.millisecondsSinceEpoch / 1000, 0))
    let signed = fileID.bytes + (0..<8).map { UInt8(truncatingIfNeeded: seconds >> (56 - 8 * $0)) }
    return Base64URL.encode(signed + Self.mac(signed, key))
  }

  /// Reads a token; `nil` for one that is not ours, was changed, or has expired: all alike.
  package init?(_ text: some StringProtocol, key: [UInt8], now: Instant) {
    guard let bytes = Base64URL.decode(text), bytes.count == Self.signedCount + Self.macCount,
      Crypto.constantTimeEquals(
        Array(bytes.suffix(Self.macCount)), Self.mac(Array(bytes.prefix(Self.signedCount)), key)),
      let fileID = ID<Attachment>(bytes: bytes.prefix(16))
    else { return nil }
    let seconds = bytes[16..<Self.signedCount].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    self.fileID = fileID
    expiresAt = Instant(millisecondsSinceEpoch: Int64(clamping: seconds) &* 1000)
    guard now < expiresAt else { return nil }
  }

  private static func mac(_ signed: [UInt8], _ key: [UInt8]) -> [UInt8] {
    Array(Crypto.hmac(.sha256, key: key, signed).prefix(macCount))
  }
}

/// Makes the addresses under which providers fetch files, and knows them again.
package struct MediaLinks: Sendable {
  private let key: [UInt8]

  /// Twilio fetches within seconds, but a provider's own retries may take hours.
  package static let lifetimeMilliseconds: Int64 = 86_400_000
  /// Within an hour the address stays the same, so that a retry says the same as the first try.
  package static let stableMilliseconds: Int64 = 3_600_000

  /// Links under a key of the vault's.
  package init(_ vault: Vault) { key = vault.key(for: "media") }

  /// The address of a file, at a listener known as `publicURL`.
  package func url(for file: ID<Attachment>, publicURL: String, now: Instant) -> String {
    let step = Self.stableMilliseconds
    let hour = (now.millisecondsSinceEpoch / step + 1) * step
    let token = MediaToken(
      fileID: file,
      expiresAt: Instant(millisecondsSinceEpoch: hour + Self.lifetimeMilliseconds))
    return "\(publicURL)/media/\(token.text(key: key))"
  }

  /// The file that a token opens; `nil` when it opens none.
  package func file(_ token: some StringProtocol, now: Instant) -> ID<Attachment>? {
    MediaToken(token, key: key, now: now)?.fileID
  }
}
