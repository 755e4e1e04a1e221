/// The 32 bytes that encrypt secrets in the database. Prints as a word, never as itself.
package struct MasterKey: Equatable, Sendable, CustomStringConvertible, CustomReflectable {
  /// AES-256 takes this many.
  package static let byteCount = 32

  /// The key.
  package let bytes: [UInt8]

  /// A key of exactly ``byteCount`` bytes; `nil` for any other number.
  package init?(bytes: [UInt8]) {
    guard bytes.count == Self.byteCount else { return nil }
    self.bytes = bytes
  }

  /// Reads 64 hexadecimal digits or the base64 of 32 bytes, with white space around: a file ends in
  /// a newline.
  package init?(_ text: String) {
    let text = text.trimmed
    // 64 hexadecimal digits are valid base64 too, of 48 bytes: hexadecimal is tried first.
    guard let bytes = Hex.decode(text) ?? Base64.decode(text) else { return nil }
    self.init(bytes: bytes)
  }

  /// The key as its file holds it: 64 hexadecimal digits.
  package var hex: String { Hex.encode(bytes) }

  /// Says that there is one.
  package var description: String { "(master key)" }

  /// Shows nothing inside to `dump` and to test failures.
  package var customMirror: Mirror { Mirror(self, children: []) }
}
