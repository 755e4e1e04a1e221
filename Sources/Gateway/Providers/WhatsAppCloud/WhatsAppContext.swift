/// What goes with a message of any content: what it answers, whether it was forwarded, the product
/// or advertisement it came from, and what is wrong with it.
enum WhatsAppContext {
  /// Adds what `message` has of it.
  static func add(to content: inout MessageContent, from message: JSON) {
    if let context = message["context"] {
      if let id = WhatsAppJSON.text(context["id"]), id != placeholder { content.replyTo = id }
      for name in ["forwarded", "frequently_forwarded"] where context[name]?.bool == true {
        content.details[name] = true
      }
      if let product = context["referred_product"], product.object != nil {
        content.details["referred_product"] = product
      }
    }
    let referral = referral(message["referral"] ?? .null)
    if !referral.isEmpty { content.details["referral"] = .object(referral) }
    if let error = error(message["errors"]?.array?.first) { content.details["error"] = error }
  }

  /// What an edit writes in place of the message it answers.
  private static let placeholder = "M0"

  /// The advertisement or post that somebody wrote from.
  private static func referral(_ json: JSON) -> JSONObject {
    var referral = WhatsAppJSON.texts(
      json,
      [
        "source_url", "source_id", "source_type", "headline", "body", "media_type", "image_url",
        "video_url", "thumbnail_url", "ctwa_clid",
      ])
    if let text = WhatsAppJSON.text(json["welcome_message"]?["text"]) {
      referral["welcome_message"] = .string(text)
    }
    return referral
  }

  private static func error(_ json: JSON?) -> JSON? {
    guard let json, let code = WhatsAppJSON.id(json["code"]) else { return nil }
    var error: JSONObject = ["code": .string(code)]
    error["title"] = WhatsAppJSON.text(json["title"], json["message"]).map(JSON.string)
    error["detail"] = WhatsAppJSON.text(json["error_data"]?["details"]).map(JSON.string)
    return .object(error)
  }
}
