/// The ways a file can be sent. The raw value is the message's `type` and the field that holds it.
///
/// <https://developers.facebook.com/documentation/business-messaging/whatsapp/business-phone-numbers/media>,
/// 2026.
enum WhatsAppMedia: String {
  case image, video, audio, document, sticker

  /// The largest image, in bytes: 5 MB.
  static let imageBytesMax: Int64 = 5 << 20
  /// The largest film, in bytes: 16 MB.
  static let videoBytesMax: Int64 = 16 << 20
  /// The largest sound, in bytes: 16 MB.
  static let audioBytesMax: Int64 = 16 << 20
  /// The largest sticker, in bytes: 500 KB for one that moves; one that does not may have 100 KB,
  /// and the file alone tells which it is.
  static let stickerBytesMax: Int64 = 500 << 10
  /// The largest of anything else, in bytes: 100 MB.
  static let documentBytesMax: Int64 = 100 << 20

  /// How `attachment` is sent: as what it is, or as a document where WhatsApp would refuse that.
  init(_ attachment: OutboundAttachment) {
    let type = Self.type(of: attachment)
    let size = attachment.size ?? 0
    func isOneOf(_ types: Set<String>, _ most: Int64) -> Bool {
      (type.map(types.contains) ?? true) && size <= most
    }
    let isImage = isOneOf(Self.imageTypes, Self.imageBytesMax)
    let isVideo = isOneOf(Self.videoTypes, Self.videoBytesMax)
    switch attachment.kind {
    case .image: self = isImage ? .image : .document
    case .video: self = isVideo ? .video : .document
    // A moving picture is a film; a GIF is none.
    case .animation: self = type != nil && isVideo ? .video : .document
    case .audio, .voice:
      self = isOneOf(Self.audioTypes, Self.audioBytesMax) ? .audio : .document
    case .sticker:
      self =
        isOneOf(Self.stickerTypes, Self.stickerBytesMax)
        ? .sticker : isImage ? .image : .document
    case .document, .contactCard, .other: self = .document
    }
  }

  /// Whether text can stand below it.
  var takesCaption: Bool {
    switch self {
    case .image, .video, .document: true
    case .audio, .sticker: false
    }
  }

  /// The media type of a file, lower case, under the name that Meta knows it by; `nil` when it is
  /// not known.
  static func type(of attachment: OutboundAttachment) -> String? {
    attachment.contentType.map { contentType in
      let type = contentType.prefix { $0 != ";" }.lowercased().trimmed
      return otherNames[type] ?? type
    }
  }

  /// The media type to upload a file as; `nil` for one that is better fetched by Meta from its
  /// address, as an upload of its type is refused.
  static func uploadType(of attachment: OutboundAttachment) -> String? {
    type(of: attachment).flatMap { uploadTypes.contains($0) ? $0 : nil }
  }

  /// Whether a sound is one that is shown as a voice note.
  static func isVoice(_ attachment: OutboundAttachment) -> Bool {
    attachment.kind == .voice && ["audio/ogg", "audio/opus"].contains(type(of: attachment))
  }

  private static let imageTypes: Set = ["image/jpeg", "image/png"]
  private static let videoTypes: Set = ["video/mp4", "video/3gpp"]
  private static let audioTypes: Set = [
    "audio/aac", "audio/amr", "audio/mpeg", "audio/mp4", "audio/ogg", "audio/opus",
  ]
  private static let stickerTypes: Set = ["image/webp"]
  private static let otherNames = [
    "image/jpg": "image/jpeg", "audio/mp3": "audio/mpeg", "audio/m4a": "audio/mp4",
    "audio/x-m4a": "audio/mp4", "application/ogg": "audio/ogg", "video/3gp": "video/3gpp",
  ]
  /// What the upload takes, by the words of its own error.
  private static let uploadTypes: Set<String> = imageTypes.union(videoTypes).union(audioTypes)
    .union(stickerTypes).union([
      "application/pdf", "text/plain", "application/msword", "application/vnd.ms-excel",
      "application/vnd.ms-powerpoint",
      "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
      "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
      "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    ])
}
