/// A template that a message names, in Meta's own words: `{"name","language","components"?}`, where
/// the language is `"pt_BR"` or `{"code":"pt_BR"}`.
///
/// <https://developers.facebook.com/documentation/business-messaging/whatsapp/templates/overview>,
/// 2026.
struct WhatsAppTemplate {
  /// Its name.
  let name: String
  /// Its language, such as `pt_BR`.
  let language: String
  /// What fills it, as it was given.
  private let components: [JSON]

  /// The field of a message that names one.
  static let field = "provider_template"

  private static let members = ["name", "language", "components"]

  /// Reads what a message names.
  ///
  /// - Throws: ``Unsendable`` for what is no template of Meta's, or holds a text that none takes.
  init(_ object: JSONObject) throws(Unsendable) {
    if let stranger = object.keys.first(where: { !Self.members.contains($0) }) {
      throw Self.wrong(stranger, "A template of WhatsApp has a name, a language and components.")
    }
    guard let named = Self.named(object) else {
      throw Self.wrong(
        object["name"]?.string.map { $0.isEmpty } ?? true ? "name" : "language",
        "Give the template's name and its language, such as \"pt_BR\".")
    }
    (name, language) = named
    switch object["components"] {
    case nil, .null?: components = []
    case .array(let list)?: components = list
    default: throw Self.wrong("components", "Must be a list, in Meta's own words.")
    }
    for (index, component) in components.enumerated() {
      try Self.check(component, field: "components[\(index)]")
    }
  }

  /// The name and language of a template; `nil` when one of them is missing.
  static func named(_ object: JSONObject) -> (name: String, language: String)? {
    guard let name = object["name"]?.string, !name.isEmpty,
      let language = object["language"]?.string ?? object["language"]?["code"]?.string,
      !language.isEmpty
    else { return nil }
    return (name, language)
  }

  /// The part that sends it.
  var part: WhatsAppPart {
    var content: JSONObject = [
      "name": .string(name), "language": ["code": .string(language)],
    ]
    if !components.isEmpty { content["components"] = .array(components) }
    return WhatsAppPart("template", content)
  }

  /// Compares it with what Meta keeps under its name, where that is known.
  ///
  /// - Throws: ``Unsendable`` for one that is not there, that Meta does not send now, or that is
  ///   filled with something else than it has room for.
  func check(
    against message: OutboundMessage, _ recipient: WhatsAppRecipient
  ) throws(Unsendable) {
    guard let definition = message.template else {
      if message.knowsTemplates {
        throw Unsendable(
          .invalidTemplate, field: Self.field,
          "The account has no template \(name) in \(language).")
      }
      return
    }
    if let state = Self.unusable[definition.status.uppercased()] {
      let reason = definition.reason.map { " (\($0))" } ?? ""
      throw Unsendable(
        .invalidTemplate, field: Self.field, "The template \(name) \(state)\(reason).")
    }
    if case .userID = recipient, definition.category?.uppercased() == "AUTHENTICATION" {
      throw Unsendable(
        .wrongAddress, field: "to",
        "Codes to sign in with are sent to telephone numbers only, and this person's is not known.")
    }
    let slots = WhatsAppTemplateSlots(definition.components)
    if !slots.isEmpty { try slots.check(components) }
  }

  /// The states in which Meta sends no message with a template.
  private static let unusable = [
    "PENDING": "is not approved yet", "IN_APPEAL": "is not approved yet",
    "REJECTED": "was rejected", "PAUSED": "is paused because of its quality",
    "DISABLED": "is disabled", "LIMIT_EXCEEDED": "is over its limit", "ARCHIVED": "is archived",
    "PENDING_DELETION": "is about to be deleted", "DELETED": "is deleted",
  ]

  /// Looks at what every component has, whatever the template.
  private static func check(_ component: JSON, field: String) throws(Unsendable) {
    guard component["type"]?.string != nil else {
      throw wrong("\(field).type", "Must be header, body or button.")
    }
    guard let given = component["parameters"], !given.isNull else { return }
    guard let parameters = given.array else {
      throw wrong("\(field).parameters", "Must be a list.")
    }
    for (index, parameter) in parameters.enumerated() {
      let field = "\(field).parameters[\(index)]"
      guard let type = parameter["type"]?.string else {
        throw wrong("\(field).type", "Must be a kind of parameter, such as \"text\".")
      }
      guard type.lowercased() == "text" else { continue }
      guard let text = parameter["text"]?.string, !text.isEmpty else {
        throw wrong("\(field).text", "Must be a text that is not empty.")
      }
      guard isPlain(text) else {
        throw wrong(
          "\(field).text",
          "What fills a template has no line breaks, no tabs and at most 4 spaces in a row.")
      }
    }
  }

  private static func isPlain(_ text: String) -> Bool {
    var spaces = 0
    for byte in text.utf8 {
      if (0x09...0x0D).contains(byte) { return false }
      spaces = byte == 0x20 ? spaces + 1 : 0
      if spaces > spacesMax { return false }
    }
    return true
  }

  /// The most spaces in a row of what fills a template.
  static let spacesMax = 4

  /// A finding about a member of the template.
  static func wrong(_ member: String, _ sentence: String) -> Unsendable {
    Unsendable(.invalidTemplate, field: "\(field).\(member)", sentence)
  }
}
