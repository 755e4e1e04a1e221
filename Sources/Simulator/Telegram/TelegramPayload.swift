import Gateway

/// What a Telegram message is.
package enum TelegramPayload: Sendable {
  case text(String)
  case photo(caption: String?)
  case video(caption: String?, seconds: Int64)
  /// A silent clip: comes as `animation` and as `document`.
  case animation
  case voice(seconds: Int64)
  case document(fileName: String, contentType: String, size: Int64, caption: String?)
  case sticker(emoji: String)
  case location(latitude: Double, longitude: Double)
  /// A place with a name: comes as `venue` and as `location`.
  case venue(title: String, address: String, latitude: Double, longitude: Double)
  /// A contact card; `userID` equal to the sender's proves the number to be their own.
  case contact(phone: String, firstName: String, userID: Int64?)

  /// The members of `Message` that hold it. File ids come from `random`.
  func members(_ random: any RandomSource) -> JSONObject {
    switch self {
    case .text(let text): Self.text(text)
    case .photo(let caption): Self.photo(caption, random)
    case .video(let caption, let seconds):
      Self.captioned(
        ["video": Self.clip("BAACAgIAAxkBAA", "clip.mp4", seconds, random)], caption)
    case .animation: Self.animation(random)
    case .voice(let seconds):
      [
        "voice": .object(
          Self.file(
            "AwACAgIAAxkBAA", size: 4000 * max(seconds, 1), random,
            ["duration": .integer(seconds), "mime_type": "audio/ogg"]))
      ]
    case .document(let fileName, let contentType, let size, let caption):
      Self.captioned(
        [
          "document": .object(
            Self.file(
              "BQACAgIAAxkBAA", size: size, random,
              ["file_name": .string(fileName), "mime_type": .string(contentType)]))
        ], caption)
    case .sticker(let emoji): Self.sticker(emoji, random)
    case .location(let latitude, let longitude): ["location": Self.place(latitude, longitude)]
    case .venue(let title, let address, let latitude, let longitude):
      [
        "venue": [
          "location": Self.place(latitude, longitude), "title": .string(title),
          "address": .string(address),
        ],
        "location": Self.place(latitude, longitude),
      ]
    case .contact(let phone, let firstName, let userID):
      Self.contact(phone, firstName, userID)
    }
  }

  private static func text(_ text: String) -> JSONObject {
    var members: JSONObject = ["text": .string(text)]
    let entities = entities(text)
    if !entities.isEmpty { members["entities"] = .array(entities) }
    return members
  }

  /// Finds commands, mentions and links; offsets and lengths count UTF-16 units.
  private static func entities(_ text: String) -> [JSON] {
    text.split { $0 == " " || $0 == "\n" }.compactMap { word in
      let type: JSON
      switch word.first {
      case "/" where word.count > 1: type = "bot_command"
      case "@" where word.count > 1: type = "mention"
      case _ where word.hasPrefix("https://"): type = "url"
      default: return nil
      }
      return [
        "type": type,
        "offset": .integer(Int64(text.utf16.distance(from: text.startIndex, to: word.startIndex))),
        "length": .integer(Int64(word.utf16.count)),
      ]
    }
  }

  private static func photo(_ caption: String?, _ random: any RandomSource) -> JSONObject {
    let sizes: [(Int64, Int64, Int64)] = [(90, 60, 1280), (320, 213, 21_840), (1280, 853, 148_220)]
    let photo = sizes.map { width, height, size in
      JSON.object(
        file(
          "AgACAgIAAxkBAA", size: size, random,
          ["width": .integer(width), "height": .integer(height)]))
    }
    return captioned(["photo": .array(photo)], caption)
  }

  private static func animation(_ random: any RandomSource) -> JSONObject {
    let clip = clip("CgACAgIAAxkBAA", "cat.mp4", 3, random)
    var document = clip.object ?? [:]
    for key in ["duration", "width", "height"] { document[key] = nil }
    return ["animation": clip, "document": .object(document)]
  }

  private static func sticker(_ emoji: String, _ random: any RandomSource) -> JSONObject {
    let thumbnail = file(
      "AAMCAgADGQEAA", size: 3100, random, ["width": 128, "height": 128])
    let members: JSONObject = [
      "width": 512, "height": 512, "emoji": .string(emoji), "set_name": "ExamplePack",
      "is_animated": false, "is_video": false, "type": "regular",
      "thumbnail": .object(thumbnail),
    ]
    return ["sticker": .object(file("CAACAgIAAxkBAA", size: 20_110, random, members))]
  }

  private static func contact(
    _ phone: String, _ firstName: String, _ userID: Int64?
  ) -> JSONObject {
    var contact: JSONObject = [
      "phone_number": .string(phone), "first_name": .string(firstName),
    ]
    contact["user_id"] = userID.map(JSON.integer)
    contact["vcard"] = .string(
      "BEGIN:VCARD\nVERSION:3.0\nFN:\(firstName)\nTEL;CELL:\(phone)\nEND:VCARD")
    return ["contact": .object(contact)]
  }

  private static func clip(
    _ prefix: String, _ fileName: String, _ seconds: Int64, _ random: any RandomSource
  ) -> JSON {
    .object(
      file(
        prefix, size: 90_111 * max(seconds, 1), random,
        [
          "file_name": .string(fileName), "mime_type": "video/mp4",
          "duration": .integer(seconds), "width": 320, "height": 240,
        ]))
  }

  private static func place(_ latitude: Double, _ longitude: Double) -> JSON {
    ["latitude": .number(latitude), "longitude": .number(longitude)]
  }

  private static func captioned(_ members: JSONObject, _ caption: String?) -> JSONObject {
    var members = members
    members["caption"] = caption.map(JSON.string)
    return members
  }

  /// A file's members behind its own: ids of the length and alphabet of real ones.
  private static func file(
    _ prefix: String, size: Int64, _ random: any RandomSource, _ members: JSONObject
  ) -> JSONObject {
    var members = members
    members["file_id"] = .string(prefix + letters(58, random))
    members["file_unique_id"] = .string("AQAD" + letters(11, random))
    members["file_size"] = .integer(size)
    return members
  }

  private static func letters(_ count: Int, _ random: any RandomSource) -> String {
    let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)
    return String(
      decoding: random.bytes(count).map { alphabet[Int($0 & 63)] }, as: UTF8.self)
  }
}
