/// What a message says, by its type.
/// <https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/reference/messages>,
/// 2026.
///
/// A part of the wrong type is left out and the rest kept; only a message whose content itself
/// cannot be found is none.
enum WhatsAppContent {
  /// The content; `nil` when there is none that we know.
  static func read(_ type: String, _ message: JSON) -> MessageContent? {
    readers[type].flatMap { $0(message) }
  }

  /// The number of a card's telephone: as WhatsApp has it, otherwise as somebody typed it.
  static func phone(_ telephone: JSON) -> String? {
    let own = WhatsAppJSON.text(telephone["wa_id"]).flatMap { PhoneNumber.e164("+\($0)") }
    if let own { return own }
    let typed = WhatsAppJSON.text(telephone["phone"])
    return typed.flatMap(PhoneNumber.e164) ?? typed
  }

  private typealias Reader = @Sendable (JSON) -> MessageContent?

  private static let readers: [String: Reader] = [
    "text": text, "location": location, "contacts": contacts, "order": order,
    "button": templateButton, "interactive": interactive, "unsupported": unsupported,
    "request_welcome": welcome,
    "image": { file("image", .image, $0) }, "video": { file("video", .video, $0) },
    "document": { file("document", .document, $0) },
    "sticker": { file("sticker", .sticker, $0) },
    "audio": { message in
      file("audio", message["audio"]?["voice"]?.bool == true ? .voice : .audio, message)
    },
    // The type before voice notes became a kind of audio.
    "voice": { file("voice", .voice, $0) },
  ]

  @Sendable private static func text(_ message: JSON) -> MessageContent? {
    WhatsAppJSON.text(message["text"]?["body"]).map { MessageContent(kind: .text, text: $0) }
  }

  /// The address that newer webhooks give beside the id is good for five minutes: the id is kept.
  private static func file(
    _ member: String, _ kind: AttachmentKind, _ message: JSON
  ) -> MessageContent? {
    guard let media = message[member], media.object != nil else { return nil }
    var content = MessageContent(kind: .media, text: WhatsAppJSON.text(media["caption"]))
    let id = WhatsAppJSON.id(media["id"])
    var file = AttachmentReference(
      kind: kind, source: id ?? "", contentType: WhatsAppJSON.text(media["mime_type"]))
    file.isFetchable = id != nil
    file.fileName = WhatsAppJSON.text(media["filename"])
    file.providerID = WhatsAppJSON.text(media["sha256"])
    if media["animated"]?.bool == true { file.details["animated"] = true }
    content.attachments = [file]
    return content
  }

  @Sendable private static func location(_ message: JSON) -> MessageContent? {
    guard let place = message["location"], place.object != nil else { return nil }
    var content = MessageContent(kind: .location)
    if let latitude = place["latitude"]?.number, let longitude = place["longitude"]?.number {
      content.location = Location(
        latitude: latitude, longitude: longitude, name: WhatsAppJSON.text(place["name"]),
        address: WhatsAppJSON.text(place["address"]))
    }
    if let url = WhatsAppJSON.text(place["url"]) {
      content.details["venue"] = ["url": .string(url)]
    }
    return content
  }

  @Sendable private static func contacts(_ message: JSON) -> MessageContent? {
    guard let cards = message["contacts"]?.array, !cards.isEmpty else { return nil }
    var content = MessageContent(kind: .contact)
    content.details["contacts"] = .array(
      cards.compactMap { card in
        guard card.object != nil else { return nil }
        var details: JSONObject = [:]
        let name = card["name"] ?? .null
        let parts = ["first_name", "middle_name", "last_name"].compactMap {
          WhatsAppJSON.text(name[$0])
        }
        let words = WhatsAppJSON.text(name["formatted_name"]) ?? parts.joined(separator: " ")
        if !words.isEmpty { details["name"] = .string(words) }
        details["phone"] = card["phones"]?.array?.lazy.compactMap(phone).first.map(JSON.string)
        details["vcard"] = WhatsAppJSON.text(card["vcard"]).map(JSON.string)
        for name in ["phones", "emails", "addresses", "urls"] {
          if let values = card[name]?.array, !values.isEmpty { details[name] = .array(values) }
        }
        if let organisation = card["org"], organisation.object != nil {
          details["org"] = organisation
        }
        details["birthday"] = WhatsAppJSON.text(card["birthday"]).map(JSON.string)
        return .object(details)
      })
    if let origin = WhatsAppJSON.text(message["origin"]) {
      content.details["origin"] = .string(origin)
    }
    return content
  }

  @Sendable private static func order(_ message: JSON) -> MessageContent? {
    guard let order = message["order"], order.object != nil else { return nil }
    let lines = (order["product_items"]?.array ?? []).compactMap { item -> String? in
      guard let product = WhatsAppJSON.id(item["product_retailer_id"]) else { return nil }
      let amount = WhatsAppJSON.id(item["quantity"]).map { "\($0) × " } ?? ""
      let currency = WhatsAppJSON.text(item["currency"]).map { " \($0)" } ?? ""
      let price = item["item_price"]?.number.map { " (\(shown($0))\(currency))" } ?? ""
      return amount + product + price
    }
    let text = [WhatsAppJSON.text(order["text"])].compactMap(\.self) + lines
    var content = MessageContent(
      kind: .interactive, text: text.isEmpty ? "Order" : text.joined(separator: "\n"))
    content.details["order"] = order
    return content
  }

  private static func shown(_ price: Double) -> String {
    Int64(exactly: price).map(String.init) ?? "\(price)"
  }

  /// A quick reply of a template: unlike other buttons of a type of its own.
  @Sendable private static func templateButton(_ message: JSON) -> MessageContent? {
    guard let button = message["button"], button.object != nil else { return nil }
    return pressed(
      payload: WhatsAppJSON.text(button["payload"]), text: WhatsAppJSON.text(button["text"]))
  }

  private static func pressed(payload: String?, text: String?) -> MessageContent? {
    if payload == nil, text == nil { return nil }
    var content = MessageContent(kind: .interactive, text: text ?? payload)
    var button: JSONObject = [:]
    button["payload"] = payload.map(JSON.string)
    button["text"] = text.map(JSON.string)
    content.details["button"] = .object(button)
    return content
  }

  @Sendable private static func interactive(_ message: JSON) -> MessageContent? {
    let interactive = message["interactive"] ?? .null
    guard let type = WhatsAppJSON.text(interactive["type"]), let reply = interactive[type],
      reply.object != nil
    else { return nil }
    switch type {
    case "button_reply":
      return pressed(
        payload: WhatsAppJSON.text(reply["id"]), text: WhatsAppJSON.text(reply["title"]))
    case "list_reply":
      let list = WhatsAppJSON.texts(reply, ["id", "title", "description"])
      if list.isEmpty { return nil }
      var content = MessageContent(
        kind: .interactive, text: WhatsAppJSON.text(reply["title"], reply["id"]))
      content.details["list"] = .object(list)
      return content
    case "nfm_reply": return form(reply)
    case "call_permission_reply":
      var content = MessageContent(
        kind: .interactive,
        text: reply["response"]?.string == "accept"
          ? "Calls are allowed" : "Calls are not allowed")
      content.details["call_permission"] = reply
      return content
    default: return nil
    }
  }

  /// What somebody filled in: Meta's "flows", and the addresses it asks for. The answers come as
  /// JSON within a text.
  private static func form(_ reply: JSON) -> MessageContent {
    var content = MessageContent(
      kind: .interactive, text: WhatsAppJSON.text(reply["body"]) ?? "A form was sent")
    var form = WhatsAppJSON.texts(reply, ["name"])
    if let response = WhatsAppJSON.text(reply["response_json"]) {
      form["response"] = .string(response)
      if let answers = try? JSON.parse(Array(response.utf8)), depth(answers) <= formDepthMax {
        form["response"] = answers
      }
    }
    content.details["form"] = .object(form)
    return content
  }

  /// Deeper answers stay text: what we make of them must be readable within other JSON.
  private static let formDepthMax = 16

  private static func depth(_ json: JSON) -> Int {
    switch json {
    case .object(let object): 1 + (object.map { depth($0.value) }.max() ?? 0)
    case .array(let values): 1 + (values.map(depth).max() ?? 0)
    default: 0
    }
  }

  /// A message that WhatsApp does not give out: of a kind the API does not have, or with a file
  /// that could not be stored.
  @Sendable private static func unsupported(_ message: JSON) -> MessageContent? {
    let hint = WhatsAppJSON.text(message["unsupported"]?["type"])
    let error = message["errors"]?.array?.first
    let words = hint ?? WhatsAppJSON.text(error?["title"], error?["message"])
    var content = MessageContent(
      kind: .system, text: "Unsupported message\(words.map { ": \($0)" } ?? "")")
    if let hint { content.details["unsupported"] = ["type": .string(hint)] }
    return content
  }

  /// The person opened the chat for the first time, and may expect a greeting.
  @Sendable private static func welcome(_ message: JSON) -> MessageContent? {
    var content = MessageContent(kind: .system, text: "The chat was opened")
    content.details["conversation_started"] = true
    return content
  }
}
