import Gateway

/// A file at Meta's.
package struct MetaFile: Equatable, Sendable {
  /// Its media type, with parameters where it has some.
  package var contentType: String
  /// Its bytes.
  package var bytes: [UInt8]

  /// A file.
  package init(contentType: String, bytes: [UInt8]) {
    self.contentType = contentType
    self.bytes = bytes
  }

  /// The media types of samples, by the first digit of their ids.
  private static let types: [Character: String] = [
    "1": "image/jpeg", "2": "video/mp4", "3": "audio/mpeg", "4": "audio/ogg; codecs=opus",
    "5": "application/pdf", "6": "image/webp",
  ]

  /// An id whose sample is of that media type.
  static func id(_ contentType: String, _ random: any RandomSource) -> String {
    let digit = types.first { $0.value == contentType }?.key ?? "1"
    return "\(digit)\(MetaID.digits(random, count: 14))"
  }

  /// The file that stands behind an id nobody put one under, the same at each time.
  package static func sample(_ id: String) -> MetaFile {
    let contentType = types[id.first ?? "1"] ?? "image/jpeg"
    var bytes: [UInt8]
    switch id.first {
    case "2": bytes = [0, 0, 0, 0x18] + Array("ftypmp42".utf8)
    case "3": bytes = Array("ID3".utf8) + [4, 0, 0]
    case "4": bytes = Array("OggS".utf8) + [0, 2]
    case "5": bytes = Array("%PDF-1.4\n".utf8)
    case "6": bytes = Array("RIFF____WEBPVP8 ".utf8)
    default:
      bytes = [0xFF, 0xD8, 0xFF, 0xE0, 0, 0x10] + Array("JFIF".utf8) + [0, 1, 1, 0, 0, 1, 0, 1]
    }
    bytes += Array("a file of \(id)".utf8)
    return MetaFile(contentType: contentType, bytes: bytes)
  }

  /// The digest as WhatsApp tells it: SHA-256 as Base64.
  package var sha256: String { TwilioSigner.base64(Crypto.sha256(bytes)) }

  /// How long an address of a file's bytes is good: Meta's five minutes.
  package static let expirySeconds: Int64 = 300

  /// The address of a file's bytes, good until `expiry`.
  package static func address(
    base: String, path: String = MetaFile.path, id: String, expiry: Instant, seed: UInt64
  ) -> String {
    let seconds = expiry.millisecondsSinceEpoch / 1000
    let hash = signature(id, seconds: seconds, seed: seed)
    return "\(base)\(path)?mid=\(id)&ext=\(seconds)&hash=\(hash)"
  }

  /// Where the bytes of WhatsApp's files are.
  package static let path = "/whatsapp_business/attachments/"
  /// Where the bytes of Instagram's and Messenger's files are.
  package static let messagingPath = "/ig_messaging_cdn/"

  /// What makes an address one that was given out.
  static func signature(_ id: String, seconds: Int64, seed: UInt64) -> String {
    let key = Array("lookaside \(seed)".utf8)
    let digest = TwilioSigner.hmac(.sha256, key: key, Array("\(id) \(seconds)".utf8))
    return "AT" + TwilioSigner.hexadecimal(Array(digest.prefix(16)))
  }
}
