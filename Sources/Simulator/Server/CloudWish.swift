import Gateway

/// A message to be sent on WhatsApp, and what Meta finds wrong with it.
///
/// <https://developers.facebook.com/documentation/business-messaging/whatsapp/messages>, read
/// 2026-11-21.
struct CloudWish: Sendable {
  /// Whom it is to: a number with `+`, or a business-scoped id.
  let recipient: String
  /// What they were called in the request.
  let input: String
  /// What it is: `text`, `image`, `template`.
  let type: String
  /// The sender's own id.
  let ourID: String?
  /// The member that `type` names.
  let content: JSON

  private static let files = ["image", "video", "audio", "document", "sticker"]
  private static let textMax = 4096
  private static let captionMax = 1024
  private static let interactiveMax = 1024
  private static let buttonsMax = 3
  private static let rowsMax = 10
  private static let titleMax = 20
  private static let rowTitleMax = 24
  private static let descriptionMax = 72
  private static let opaqueMax = 512

  /// Reads a request; refuses what is nobody's message.
  init(_ call: GraphCall) throws(GraphError) {
    guard call.text("messaging_product") == "whatsapp" else {
      throw GraphError(100, nil, "The parameter messaging_product is required.")
    }
    let to = call.text("to")
    input = to.isEmpty ? call.text("recipient") : to
    guard !input.isEmpty else { throw GraphError(131008, nil, "The parameter to is required.") }
    // Without a plus Meta may put its own country in front: what it then reaches is another.
    recipient = to.isEmpty || to.hasPrefix("+") ? input : "+1\(to)"
    let digits = to.dropFirst()
    if !to.isEmpty,
      !(6...15).contains(digits.utf8.count) || !digits.utf8.allSatisfy({ (48...57).contains($0) })
    {
      throw GraphError(131009, nil, "The parameter to is no phone number.")
    }
    type = call.optionalText("type") ?? "text"
    ourID = call.optionalText("biz_opaque_callback_data")
    content = call.json(type) ?? .null
    guard ourID?.utf8.count ?? 0 <= Self.opaqueMax else {
      throw .parameter("biz_opaque_callback_data is longer than 512 characters")
    }
  }

  /// What a person is shown, as one line.
  var text: String {
    var pieces: [String?] = [
      content["body"]?.string, content["caption"]?.string, content["link"]?.string,
      content["id"]?.string, content["name"]?.string, content["emoji"]?.string,
      content["body"]?["text"]?.string,
    ]
    for component in content["components"]?.array ?? [] {
      pieces += (component["parameters"]?.array ?? []).map { $0["text"]?.string }
    }
    return pieces.compactMap { $0 }.filter { !$0.isEmpty }.joined(separator: " ")
  }

  /// Finds what Meta refuses at once; `holdsFile` knows the files that were uploaded.
  func check(
    _ script: GraphScript, templates: [ProviderTemplate], holdsFile: (String) -> Bool
  ) throws(GraphError) {
    if let code = GraphMagic.code(in: recipient, behind: GraphMagic.errorPrefix) {
      throw GraphError(code)
    }
    if let fault = script.errors[recipient] { throw GraphError(fault.code, fault.subcode) }
    guard content.object != nil || type == "contacts" else {
      throw GraphError(131008, nil, "The parameter \(type) is required.")
    }
    switch type {
    case "text": try Self.check(content["body"], "text.body", most: Self.textMax)
    case "location":
      guard content["latitude"]?.number != nil, content["longitude"]?.number != nil else {
        throw GraphError(131008, nil, "latitude and longitude are required.")
      }
    case "contacts":
      guard let cards = content.array, !cards.isEmpty,
        cards.allSatisfy({ $0["name"]?["formatted_name"]?.string != nil })
      else { throw GraphError(131008, nil, "contacts need a name with formatted_name.") }
    case "reaction":
      guard content["message_id"]?.string != nil, content["emoji"]?.string != nil else {
        throw GraphError(131008, nil, "reaction needs message_id and emoji.")
      }
    case "interactive": try checkInteractive()
    case "template": try CloudTemplate(content).check(templates)
    default:
      guard Self.files.contains(type) else { throw GraphError(131051) }
      try checkFile(holdsFile)
    }
  }

  /// What a later status will say is wrong.
  func laterError(_ script: GraphScript, isOpen: Bool) -> Int? {
    if let code = GraphMagic.code(in: recipient, behind: GraphMagic.statusPrefix) { return code }
    if let code = script.statusErrors[recipient] { return code }
    if type != "template", !isOpen { return 131047 }
    if let link = content["link"]?.string, !GraphLink.isFetchable(link) { return 131053 }
    return nil
  }

  private func checkFile(_ holdsFile: (String) -> Bool) throws(GraphError) {
    let id = content["id"]?.string
    let link = content["link"]?.string
    guard (id == nil) != (link == nil) else {
      throw GraphError(131008, nil, "\(type) needs either id or link.")
    }
    if let id, !holdsFile(id) {
      throw GraphError(131009, nil, "\(type).id is not the id of an uploaded file.")
    }
    if let link, !GraphLink.isLink(link) {
      throw GraphError(131009, nil, "\(type).link is no address.")
    }
    if let caption = content["caption"] {
      guard type != "audio", type != "sticker" else {
        throw .parameter("Unexpected key \"caption\" on param \"\(type)\"")
      }
      try Self.check(caption, "\(type).caption", most: Self.captionMax)
    }
  }

  private func checkInteractive() throws(GraphError) {
    try Self.check(
      content["body"]?["text"], "interactive.body.text", most: Self.interactiveMax)
    let action = content["action"]
    switch content["type"]?.string {
    case "button":
      let buttons = action?["buttons"]?.array ?? []
      guard (1...Self.buttonsMax).contains(buttons.count) else {
        throw GraphError(131009, nil, "Invalid buttons count. Min allowed buttons: 1, Max: 3.")
      }
      let replies = buttons.compactMap { $0["reply"] }
      for reply in replies {
        try Self.check(reply["title"], "button title", most: Self.titleMax)
        try Self.check(reply["id"], "button id", most: 256)
      }
      try Self.unique(replies, "title")
      try Self.unique(replies, "id")
    case "list":
      try Self.check(action?["button"], "list button", most: Self.titleMax)
      let sections = action?["sections"]?.array ?? []
      let rows = sections.flatMap { $0["rows"]?.array ?? [] }
      guard (1...Self.rowsMax).contains(rows.count) else {
        throw GraphError(131009, nil, "Total row count exceeds max allowed count: 10.")
      }
      guard sections.count == 1 || sections.allSatisfy({ $0["title"]?.string != nil }) else {
        throw GraphError(131009, nil, "Section titles are required with more than one section.")
      }
      for row in rows {
        try Self.check(row["title"], "row title", most: Self.rowTitleMax)
        try Self.check(row["id"], "row id", most: 200)
        if let text = row["description"] {
          try Self.check(text, "row description", most: Self.descriptionMax)
        }
      }
      try Self.unique(rows, "id")
    case "cta_url", "location_request_message", "flow", "product", "product_list": break
    default: throw GraphError(131009, nil, "interactive.type is not valid.")
    }
  }

  /// Counted in UTF-16 units, the reading that lets the least through.
  private static func check(_ value: JSON?, _ name: String, most: Int) throws(GraphError) {
    guard let text = value?.string, !text.isEmpty else {
      throw GraphError(131008, nil, "The parameter \(name) is required.")
    }
    guard text.utf16.count <= most else {
      throw GraphError(131009, nil, "\(name) must be at most \(most) characters long.")
    }
  }

  private static func unique(_ objects: [JSON], _ name: String) throws(GraphError) {
    let texts = objects.map { $0[name]?.string ?? "" }
    guard Set(texts).count == texts.count else {
      throw GraphError(131009, nil, "Duplicated \(name).")
    }
  }
}

/// A template that a message names, with the parameters it gives.
struct CloudTemplate: Sendable {
  private let name: String
  private let language: String
  private let components: [JSON]

  /// Reads the member `template` of a message.
  init(_ json: JSON) throws(GraphError) {
    guard let name = json["name"]?.string, let language = json["language"]?["code"]?.string else {
      throw GraphError(131008, nil, "template needs name and language.code.")
    }
    self.name = name
    self.language = language
    components = json["components"]?.array ?? []
  }

  /// Finds what is wrong with it; without any templates nothing is.
  func check(_ templates: [ProviderTemplate]) throws(GraphError) {
    if templates.isEmpty { return }
    guard let template = templates.first(where: { $0.name == name && $0.language == language })
    else {
      throw GraphError(
        132001, nil, "template name (\(name)) does not exist in \(language)")
    }
    switch template.status {
    case "PAUSED": throw GraphError(132015)
    case "DISABLED": throw GraphError(132016)
    case "APPROVED": break
    default: throw GraphError(132001, nil, "template \(name) is \(template.status)")
    }
    for part in template.components.array ?? [] {
      let type = part["type"]?.string ?? ""
      guard type == "BODY" || type == "HEADER" else { continue }
      let expected = Self.count(part)
      let given =
        components.first { $0["type"]?.string?.uppercased() == type }?["parameters"]?.array?.count
        ?? 0
      guard given == expected else {
        throw GraphError(
          132000, nil,
          "\(type.lowercased()): number of localizable_params (\(given)) does not match the "
            + "expected number of params (\(expected))")
      }
    }
  }

  /// How many parameters a part takes: its placeholders, or the file of a header.
  private static func count(_ part: JSON) -> Int {
    if let format = part["format"]?.string, format != "TEXT" { return 1 }
    let text = part["text"]?.string ?? ""
    var names: Set<Substring> = []
    for piece in text.split(separator: "{{").dropFirst(text.hasPrefix("{{") ? 0 : 1) {
      if let end = piece.firstRange(of: "}}") { names.insert(piece[..<end.lowerBound]) }
    }
    return names.count
  }
}
