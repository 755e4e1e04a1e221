/// The ways a file can be sent. The raw value is the field that holds the file and the `type` in an
/// album. <https://core.telegram.org/bots/api#sending-files>, 10.3 of 2026-08-24.
enum TelegramMedia: String, CaseIterable {
  case photo, video, audio, voice, animation, document, sticker

  /// The largest photo that Telegram fetches from an address, in bytes: 5 MB.
  static let photoFetchedMax: Int64 = 5 << 20
  /// The largest other file that Telegram fetches, in bytes: 20 MB.
  static let fileFetchedMax: Int64 = 20 << 20
  /// The largest photo that is taken as an upload, in bytes: 10 MB.
  static let photoUploadedMax: Int64 = 10 << 20
  /// The largest other upload, in bytes: 50 MB, also of a whole album.
  static let uploadedMax: Int64 = 50 << 20
  /// The most files of an album.
  static let albumMax = 10

  /// How `attachment` is sent: as what it is, or as a document where Telegram would refuse that.
  init(_ attachment: OutboundAttachment) {
    let type = Self.type(of: attachment)
    func isOneOf(_ types: Set<String>) -> Bool { type.map(types.contains) ?? true }
    switch attachment.kind {
    case .image where type == "image/gif": self = .animation
    // Shown as a photo it would be made smaller anyway, and refused when it is too large for that.
    case .image:
      self =
        isOneOf(Self.photoTypes) && (attachment.size ?? 0) <= Self.photoUploadedMax
        ? .photo : .document
    case .video: self = isOneOf(Self.videoTypes) ? .video : .document
    case .audio: self = isOneOf(Self.audioTypes) ? .audio : .document
    case .voice: self = isOneOf(Self.voiceTypes) ? .voice : .document
    case .animation: self = isOneOf(Self.animationTypes) ? .animation : .document
    case .sticker: self = isOneOf(Self.stickerTypes) ? .sticker : .document
    case .document, .contactCard, .other: self = .document
    }
  }

  /// The method that sends one alone.
  var method: String {
    switch self {
    case .photo: "sendPhoto"
    case .video: "sendVideo"
    case .audio: "sendAudio"
    case .voice: "sendVoice"
    case .animation: "sendAnimation"
    case .document: "sendDocument"
    case .sticker: "sendSticker"
    }
  }

  /// Whether text can stand below it.
  var takesCaption: Bool { self != .sticker }

  /// The largest that can be sent at all.
  var sizeMax: Int64 { self == .photo ? Self.photoUploadedMax : Self.uploadedMax }

  /// Whether one of these may be in an album with one of those.
  func joins(_ other: TelegramMedia) -> Bool {
    switch self {
    case .photo, .video: other == .photo || other == .video
    case .audio, .document: other == self
    case .voice, .animation, .sticker: false
    }
  }

  /// Whether Telegram would not fetch `attachment` by its address, so that it goes as an upload at
  /// once: we hold it, it is too large, or of a type that is only taken as an upload.
  func mustUpload(_ attachment: OutboundAttachment) -> Bool {
    if attachment.isStored { return true }
    let fetchedMax = self == .photo ? Self.photoFetchedMax : Self.fileFetchedMax
    if let size = attachment.size, size > fetchedMax { return true }
    guard let type = Self.type(of: attachment) else { return false }
    switch self {
    case .document: return !Self.fetchedDocumentTypes.contains(type)
    case .sticker: return type != "image/webp"
    default: return false
    }
  }

  private static func type(of attachment: OutboundAttachment) -> String? {
    attachment.contentType.map { $0.prefix { $0 != ";" }.lowercased().trimmed }
  }

  private static let photoTypes: Set = ["image/jpeg", "image/jpg", "image/png", "image/webp"]
  private static let videoTypes: Set = ["video/mp4", "video/quicktime"]
  private static let audioTypes: Set = [
    "audio/mpeg", "audio/mp3", "audio/mp4", "audio/m4a", "audio/x-m4a",
  ]
  private static let voiceTypes: Set = audioTypes.union(["audio/ogg", "audio/opus"])
  private static let animationTypes: Set = ["image/gif", "video/mp4"]
  private static let stickerTypes: Set = ["image/webp", "video/webm", "application/x-tgsticker"]
  private static let fetchedDocumentTypes: Set = [
    "application/pdf", "application/zip", "image/gif",
  ]
}
