import Gateway

/// What a message on WhatsApp's Cloud API is.
package enum CloudContent: Sendable {
  /// The kinds of file.
  package enum Media: String, CaseIterable, Sendable {
    case image, video, audio, voice, document, sticker

    /// The member's name: a voice note is an audio.
    var type: String { self == .voice ? "audio" : rawValue }

    /// The media type of a sample.
    var contentType: String {
      switch self {
      case .image: "image/jpeg"
      case .video: "video/mp4"
      case .audio: "audio/mpeg"
      case .voice: "audio/ogg; codecs=opus"
      case .document: "application/pdf"
      case .sticker: "image/webp"
      }
    }
  }

  case text(String)
  /// A file; stickers and audio have no caption, documents a name.
  case media(Media, caption: String?, fileName: String?)
  /// A text that quotes the message of that id.
  case reply(String, to: String)
  /// A sign on the message of that id; `nil` takes it back.
  case reaction(String?, on: String)
  /// A tap on a button of our message.
  case button(id: String, title: String, of: String)
  /// A row chosen from a list of ours.
  case list(id: String, title: String, of: String)
  /// A tap on a quick reply of our template.
  case templateButton(payload: String, text: String, of: String)
  case location(latitude: Double, longitude: Double, name: String?)
  /// A business card; `phone` with `+`.
  case contact(name: String, phone: String)
  /// The first message after a tap on an advertisement.
  case referral(String, headline: String, sourceID: String)
  case forwarded(String)
  /// Another text for an earlier message.
  case edit(of: String, text: String)
  /// An earlier message is taken back.
  case revoke(of: String)
  /// Something the API cannot show.
  case unsupported

  /// WhatsApp's word in `type`.
  var type: String {
    switch self {
    case .text, .reply, .referral, .forwarded: "text"
    case .media(let media, _, _): media.type
    case .reaction: "reaction"
    case .button, .list: "interactive"
    case .templateButton: "button"
    case .location: "location"
    case .contact: "contacts"
    case .edit: "edit"
    case .revoke: "revoke"
    case .unsupported: "unsupported"
    }
  }

  /// The members of the message behind `type`; `file` makes the one of a file.
  func members(business: String, file: (Media) -> JSONObject) -> JSONObject {
    switch self {
    case .text(let text): Self.text(text)
    case .media(let media, let caption, let fileName):
      [media.type: .object(Self.file(media, caption, fileName, file(media)))]
    case .reply(let text, let id): Self.quoting(id, business, Self.text(text))
    case .reaction(let emoji, let id): ["reaction": Self.reaction(emoji, id)]
    case .button(let id, let title, let message):
      Self.quoting(message, business, Self.choice("button_reply", id, title))
    case .list(let id, let title, let message):
      Self.quoting(message, business, Self.choice("list_reply", id, title))
    case .templateButton(let payload, let text, let id):
      Self.quoting(
        id, business, ["button": ["payload": .string(payload), "text": .string(text)]])
    case .location(let latitude, let longitude, let name):
      ["location": Self.place(latitude, longitude, name)]
    case .contact(let name, let phone): ["contacts": [Self.card(name, phone)]]
    case .referral(let text, let headline, let id): Self.referral(text, headline, id)
    case .forwarded(let text):
      Self.text(text).with("context", ["forwarded": true])
    case .edit(let id, let text):
      [
        "edit": [
          "original_message_id": .string(id),
          "message": [
            "context": ["id": "M0"], "type": "text", "text": ["body": .string(text)],
          ],
        ]
      ]
    case .revoke(let id): ["revoke": ["original_message_id": .string(id)]]
    case .unsupported:
      [
        "errors": [
          [
            "code": 131051, "title": "Message type unknown", "message": "Message type unknown",
            "error_data": ["details": "Message type is currently not supported."],
          ]
        ], "unsupported": ["type": "poll_creation"],
      ]
    }
  }

  private static func text(_ text: String) -> JSONObject { ["text": ["body": .string(text)]] }

  private static func quoting(
    _ id: String, _ business: String, _ members: JSONObject
  ) -> JSONObject {
    members.with("context", ["from": .string(business), "id": .string(id)])
  }

  private static func file(
    _ media: Media, _ caption: String?, _ fileName: String?, _ file: JSONObject
  ) -> JSONObject {
    var file = file
    if media == .voice { file["voice"] = true }
    if media == .sticker { file["animated"] = false }
    file["caption"] = caption.map(JSON.string)
    file["filename"] = fileName.map(JSON.string)
    return file
  }

  private static func reaction(_ emoji: String?, _ id: String) -> JSON {
    var reaction: JSONObject = ["message_id": .string(id)]
    reaction["emoji"] = emoji.map(JSON.string)
    return .object(reaction)
  }

  private static func choice(_ type: String, _ id: String, _ title: String) -> JSONObject {
    ["interactive": ["type": .string(type), type: ["id": .string(id), "title": .string(title)]]]
  }

  private static func place(_ latitude: Double, _ longitude: Double, _ name: String?) -> JSON {
    var place: JSONObject = ["latitude": .number(latitude), "longitude": .number(longitude)]
    place["name"] = name.map(JSON.string)
    return .object(place)
  }

  private static func card(_ name: String, _ phone: String) -> JSON {
    [
      "name": ["formatted_name": .string(name), "first_name": .string(name)],
      "phones": [
        [
          "phone": .string(phone), "wa_id": .string(phone.filter(\.isNumber)), "type": "CELL",
        ]
      ],
    ]
  }

  private static func referral(_ text: String, _ headline: String, _ id: String) -> JSONObject {
    Self.text(text).with(
      "referral",
      [
        "source_url": "https://fb.me/synthetic", "source_id": .string(id), "source_type": "ad",
        "headline": .string(headline), "body": "-", "media_type": "image",
        "ctwa_clid": .string("ARsynthetic\(id)"),
      ])
  }
}

extension JSONObject {
  /// The object with one more member.
  func with(_ name: String, _ value: JSON) -> JSONObject {
    var object = self
    object[name] = value
    return object
  }
}
