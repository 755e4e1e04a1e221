/// What a template has room for, by its definition at Meta: what a message fills it with has to
/// match in number and kind.
///
/// <https://developers.facebook.com/documentation/business-messaging/whatsapp/templates/components>,
/// 2026.
struct WhatsAppTemplateSlots {
  /// What stands above the text.
  private enum Header {
    case none
    case text([String])
    /// A file or place, by Meta's word for it in lower case.
    case other(String)
  }

  private var header = Header.none
  private var body: [String] = []
  private var buttons: [JSON] = []

  /// Whether the definition says nothing: one that was only heard of by a report.
  let isEmpty: Bool

  /// Reads a definition's components.
  init(_ components: JSON) {
    let list = components.array ?? []
    isEmpty = list.isEmpty
    for component in list {
      switch component["type"]?.string?.uppercased() {
      case "HEADER"?:
        let format = component["format"]?.string?.lowercased() ?? "text"
        let names = Self.placeholders(component["text"]?.string)
        header = format == "text" ? (names.isEmpty ? .none : .text(names)) : .other(format)
      case "BODY"?: body = Self.placeholders(component["text"]?.string)
      case "BUTTONS"?: buttons = component["buttons"]?.array ?? []
      default: break
      }
    }
  }

  /// Compares what a message gives with what there is room for.
  ///
  /// - Throws: ``Unsendable`` naming the first component that does not match.
  func check(_ given: [JSON]) throws(Unsendable) {
    var seen: Set<String> = []
    var filled: Set<Int> = []
    for (index, component) in given.enumerated() {
      let field = "components[\(index)]"
      let type = component["type"]?.string?.lowercased() ?? ""
      let parameters = component["parameters"]?.array ?? []
      switch type {
      case "header", "body":
        guard seen.insert(type).inserted else {
          throw WhatsAppTemplate.wrong(field, "There is a \(type) already.")
        }
        if type == "body" {
          try Self.check(parameters, against: body, "body", field)
        } else {
          try checkHeader(parameters, field)
        }
      case "button":
        let place = try checkButton(component, parameters, field)
        guard filled.insert(place).inserted else {
          throw WhatsAppTemplate.wrong("\(field).index", "This button is filled already.")
        }
      // Cards and offers are left to Meta.
      default: continue
      }
    }
    if !seen.contains("body") { try Self.check([], against: body, "body", "components") }
    if !seen.contains("header") { try checkHeader([], "components") }
    for (index, button) in buttons.enumerated()
    where Self.needsParameter(button) && !filled.contains(index) {
      throw WhatsAppTemplate.wrong(
        "components", "The template's button \(index) needs a parameter, and there is none.")
    }
  }

  private func checkHeader(_ parameters: [JSON], _ field: String) throws(Unsendable) {
    switch header {
    case .none: try Self.check(parameters, against: [], "header", field)
    case .text(let names): try Self.check(parameters, against: names, "header", field)
    case .other(let kind):
      guard parameters.count == 1, let parameter = parameters.first,
        parameter["type"]?.string?.lowercased() == kind
      else {
        throw WhatsAppTemplate.wrong(
          field, "The template's header is one \(kind): give a parameter of that type.")
      }
      guard parameter[kind]?.object?.isEmpty == false else {
        throw WhatsAppTemplate.wrong(field, "The header's \(kind) is missing.")
      }
    }
  }

  /// Which button a component fills.
  private func checkButton(
    _ component: JSON, _ parameters: [JSON], _ field: String
  ) throws(Unsendable) -> Int {
    let index = component["index"]
    guard
      let place = index?.integer.map(Int.init(clamping:))
        ?? index?.string.flatMap({ Int($0) }), buttons.indices.contains(place)
    else {
      throw WhatsAppTemplate.wrong(
        "\(field).index", "The template has \(buttons.count) buttons, counted from 0.")
    }
    let button = buttons[place]
    let type = button["type"]?.string?.lowercased() ?? ""
    let given = component["sub_type"]?.string?.lowercased() ?? ""
    // A code to sign in with fills a button of its own kind as if it were a link.
    guard given == type || (type == "otp" && given == "url") else {
      throw WhatsAppTemplate.wrong(
        "\(field).sub_type", "The template's button \(place) is of the kind \(type).")
    }
    if type == "url" || type == "otp" {
      let wanted = Self.needsParameter(button) ? 1 : 0
      guard parameters.count == wanted else {
        throw WhatsAppTemplate.wrong(
          "\(field).parameters",
          "The template's button \(place) takes \(wanted) parameters, not \(parameters.count).")
      }
    }
    return place
  }

  /// Whether a button cannot be sent without something that fills it.
  private static func needsParameter(_ button: JSON) -> Bool {
    switch button["type"]?.string?.uppercased() {
    case "URL"?: !placeholders(button["url"]?.string).isEmpty
    case "OTP"?, "COPY_CODE"?: true
    default: false
    }
  }

  private static func check(
    _ parameters: [JSON], against names: [String], _ part: String, _ field: String
  ) throws(Unsendable) {
    guard parameters.count == names.count else {
      throw WhatsAppTemplate.wrong(
        field,
        "The template's \(part) takes \(names.count) parameters, and there are "
          + "\(parameters.count).")
    }
    // Numbered ones are filled in order; named ones by their name.
    guard names.contains(where: { Int($0) == nil }) else { return }
    let given = Set(parameters.compactMap { $0["parameter_name"]?.string })
    if let missing = names.first(where: { !given.contains($0) }) {
      throw WhatsAppTemplate.wrong(
        field, "The template's \(part) needs a parameter with the parameter_name \(missing).")
    }
  }

  /// The different words between `{{` and `}}`, in the order of the text.
  static func placeholders(_ text: String?) -> [String] {
    var names: [String] = []
    var rest = (text ?? "")[...]
    while let start = rest.firstRange(of: "{{") {
      rest = rest[start.upperBound...]
      guard let end = rest.firstRange(of: "}}") else { break }
      let name = String(rest[..<end.lowerBound]).trimmed
      if !name.isEmpty, !names.contains(name) { names.append(name) }
      rest = rest[end.upperBound...]
    }
    return names
  }
}
