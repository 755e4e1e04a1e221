/// A method that sends a message.
struct TelegramMethod: Equatable, Sendable {
  /// Its name as documented.
  let name: String
  /// The parameter with the file; `nil` where there is none.
  let file: String?

  /// The method of that name; Telegram does not look at the case.
  static func find(_ name: String) -> TelegramMethod? {
    if let method = byExactName[name] { return method }
    return byLowerName[name.lowercased()]
  }

  private static let all = [
    TelegramMethod(name: "sendMessage", file: nil),
    TelegramMethod(name: "sendPhoto", file: "photo"),
    TelegramMethod(name: "sendDocument", file: "document"),
    TelegramMethod(name: "sendVideo", file: "video"),
    TelegramMethod(name: "sendAudio", file: "audio"),
    TelegramMethod(name: "sendVoice", file: "voice"),
    TelegramMethod(name: "sendAnimation", file: "animation"),
    TelegramMethod(name: "sendVideoNote", file: "video_note"),
    TelegramMethod(name: "sendSticker", file: "sticker"),
    TelegramMethod(name: "sendMediaGroup", file: nil),
    TelegramMethod(name: "sendLocation", file: nil),
    TelegramMethod(name: "sendVenue", file: nil),
    TelegramMethod(name: "sendContact", file: nil),
  ]

  private static let byExactName = Dictionary(uniqueKeysWithValues: all.map { ($0.name, $0) })
  private static let byLowerName = Dictionary(
    uniqueKeysWithValues: all.map { ($0.name.lowercased(), $0) })
}
