/// Hides a channel's secrets in what is kept or told of an exchange, however they are written:
/// as they are, percent-encoded, as in a string of JSON, in Base64, or in a mixture of these.
struct SecretMask: Sendable {
  /// Shorter settings occur in any text by chance; hiding them would hide the text.
  static let secretBytesMin = 6
  /// The most that is kept of what a provider said about an error, in bytes: it goes into each
  /// event and each attempt, and a stranger's answer may be a megabyte.
  static let detailBytesMax = 1024
  /// The most that is kept of a provider's code, in bytes; the longest known has 40.
  static let codeBytesMax = 64

  private static let mark = Array("(hidden)".utf8)

  /// What is looked for: the secrets, and the stretches that stand for them in Base64.
  private let needles: [[UInt8]]
  /// Whether one of them may begin with a byte.
  private let begins: [Bool]

  /// A mask for these texts.
  init(secrets: [String]) {
    let long = secrets.map { Array($0.utf8) }.filter { $0.count >= Self.secretBytesMin }
    needles = long + long.flatMap(Self.base64)
    var begins = [Bool](repeating: false, count: 256)
    for byte in needles.compactMap(\.first) { begins[Int(byte)] = true }
    if !needles.isEmpty {
      for byte in "%+\\".utf8 { begins[Int(byte)] = true }
    }
    self.begins = begins
  }

  /// The bytes up to `limit`, each secret that begins before it replaced by a mark.
  func hide(_ bytes: [UInt8], limit: Int = .max) -> [UInt8] {
    let stop = min(bytes.count, limit)
    var shown: [UInt8] = []
    shown.reserveCapacity(stop)
    var (start, place) = (0, 0)
    while place < stop {
      if begins[Int(bytes[place])],
        let end = needles.compactMap({ Self.end(of: $0, in: bytes, from: place) }).max()
      {
        shown += bytes[start..<place] + Self.mark
        (start, place) = (end, end)
      } else {
        place += 1
      }
    }
    return start < stop ? shown + bytes[start..<stop] : shown
  }

  /// The text up to `limit` bytes, without the secrets.
  func hide(_ text: String, limit: Int = .max) -> String {
    String(decoding: hide(Array(text.utf8), limit: limit), as: UTF8.self)
  }

  /// A provider's words, shortened and without the secrets.
  func hide(_ error: ProviderError) -> ProviderError {
    var error = error
    error.code = hide(error.code, limit: Self.codeBytesMax)
    error.detail = error.detail.map { hide($0, limit: Self.detailBytesMax) }
    return error
  }

  /// What stands for the bytes in Base64, wherever among others they begin: without the characters
  /// at both ends that hold something of a neighbour, too.
  private static func base64(_ secret: [UInt8]) -> [[UInt8]] {
    let stretches = (0..<3).map { before in
      let text = Array(Base64.encode([UInt8](repeating: 0, count: before) + secret).utf8)
      return Array(text[(before * 8 + 5) / 6..<(before + secret.count) * 8 / 6])
    }
    let forURLs = stretches.map { stretch in
      stretch.map { byte in
        switch byte {
        case UInt8(ascii: "+"): UInt8(ascii: "-")
        case UInt8(ascii: "/"): UInt8(ascii: "_")
        default: byte
        }
      }
    }
    return stretches + zip(stretches, forURLs).filter { $0 != $1 }.map(\.1)
  }

  /// Where the needle ends that begins at `start`, escaped or not; `nil` for none.
  private static func end(of needle: [UInt8], in bytes: [UInt8], from start: Int) -> Int? {
    // As it is first: what looks like an escape may be the secret's own.
    if bytes[start...].starts(with: needle) { return start + needle.count }
    var (place, matched) = (start, 0)
    while matched < needle.count {
      guard place < bytes.count else { return nil }
      if let escape = Escape(bytes, at: place), escape.fits(needle[matched...]) {
        place += escape.length
        matched += escape.count
      } else if bytes[place] == needle[matched]
        || (bytes[place] == UInt8(ascii: "+") && needle[matched] == UInt8(ascii: " "))
      {
        place += 1
        matched += 1
      } else {
        return nil
      }
    }
    return place
  }
}

/// One escape, of a URL or a form (`%2F`), or of JSON (`\/`, `\n`, `\u00e9`).
private struct Escape {
  /// How many bytes the escape has.
  let length: Int
  /// How many bytes it stands for, up to four.
  let count: Int
  /// These, the first in the lowest eight bits.
  private let value: UInt32

  /// The escape at `place`; `nil` where there is none.
  init?(_ bytes: [UInt8], at place: Int) {
    guard place + 1 < bytes.count else { return nil }
    switch bytes[place] {
    case UInt8(ascii: "%"):
      guard let byte = Self.hex(bytes, place + 1, digits: 2) else { return nil }
      (length, count, value) = (3, 1, byte)
    case UInt8(ascii: "\\") where bytes[place + 1] == UInt8(ascii: "u"):
      guard let unit = Self.hex(bytes, place + 2, digits: 4) else { return nil }
      var (code, length) = (unit, 6)
      if unit & 0xFC00 == 0xD800, bytes[(place + 6)...].starts(with: [0x5C, 0x75]),
        let second = Self.hex(bytes, place + 8, digits: 4), second & 0xFC00 == 0xDC00
      {
        (code, length) = (0x10000 + (unit & 0x3FF) << 10 + second & 0x3FF, 12)
      }
      guard let scalar = Unicode.Scalar(code) else { return nil }
      self.length = length
      count = scalar.utf8.count
      value = scalar.utf8.reversed().reduce(0) { $0 << 8 | UInt32($1) }
    case UInt8(ascii: "\\"):
      (length, count, value) = (2, 1, UInt32(Self.named(bytes[place + 1])))
    default: return nil
    }
  }

  /// Whether it stands for what these bytes begin with.
  func fits(_ bytes: ArraySlice<UInt8>) -> Bool {
    bytes.count >= count
      && zip(0..<count, bytes).allSatisfy { UInt8(truncatingIfNeeded: value >> (8 * $0)) == $1 }
  }

  private static func hex(_ bytes: [UInt8], _ start: Int, digits: Int) -> UInt32? {
    guard start + digits <= bytes.count else { return nil }
    var number: UInt32 = 0
    for byte in bytes[start..<start + digits] {
      guard let digit = Hex.value(byte) else { return nil }
      number = number << 4 | UInt32(digit)
    }
    return number
  }

  private static func named(_ letter: UInt8) -> UInt8 {
    switch letter {
    case UInt8(ascii: "b"): 0x08
    case UInt8(ascii: "f"): 0x0C
    case UInt8(ascii: "n"): 0x0A
    case UInt8(ascii: "r"): 0x0D
    case UInt8(ascii: "t"): 0x09
    default: letter
    }
  }
}
