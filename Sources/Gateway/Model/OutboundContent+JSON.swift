// What a message says, from and to the JSON of the API: `POST /v1/messages`, fixtures, the store.

extension OutboundContent {
  /// The members that carry content, in the order of the documentation.
  package static let memberNames = [
    "text", "entities", "attachments", "location", "contact", "buttons", "list", "reaction", "tag",
    "provider_template",
  ]
  /// The most files a message may name: the largest album of any provider.
  package static let attachmentsMax = 10
  /// The most buttons: no provider takes more on one message.
  package static let buttonsMax = 100

  /// The members that say something; ``init(_:)`` reads them back.
  package var members: JSONObject {
    var object: JSONObject = [:]
    if let text { object["text"] = .string(text) }
    if !entities.isEmpty { object["entities"] = .array(entities.map(\.json)) }
    if !attachments.isEmpty { object["attachments"] = .array(attachments.map(\.json)) }
    if let location { object["location"] = location.json }
    if let contact { object["contact"] = contact.json }
    if !buttons.isEmpty { object["buttons"] = .array(buttons.map { .array($0.map(\.json)) }) }
    if let list { object["list"] = list.json }
    if let reaction { object["reaction"] = .string(reaction) }
    if let tag { object["tag"] = .string(tag) }
    if let providerTemplate { object["provider_template"] = .object(providerTemplate) }
    return object
  }

  /// Reads the members that carry content; others are somebody else's.
  ///
  /// `attachments` are read where each has a `url`; the API replaces `file_id` before.
  ///
  /// - Throws: ``ContentError`` naming the first field that is wrong.
  package init(_ object: JSONObject) throws(ContentError) {
    self.init()
    if let value = object["text"], !value.isNull {
      guard let text = value.string else { throw ContentError("text", "must be a string") }
      self.text = text
    }
    for (index, value) in try Self.list(object, "entities").enumerated() {
      entities.append(try TextEntity(value, field: "entities[\(index)]", in: text))
    }
    for (index, value) in try Self.list(object, "attachments").enumerated() {
      attachments.append(try OutboundAttachment(value, field: "attachments[\(index)]"))
    }
    if attachments.count > Self.attachmentsMax {
      throw ContentError("attachments", "must be at most \(Self.attachmentsMax)")
    }
    if let value = object["location"], !value.isNull { location = try Location(sent: value) }
    if let value = object["contact"], !value.isNull { contact = try ContactCard(value) }
    for (index, value) in try Self.list(object, "buttons").enumerated() {
      let field = "buttons[\(index)]"
      // A plain list is a column of buttons; a list of lists says the rows.
      if let row = value.array {
        var buttons: [Button] = []
        for (place, button) in row.enumerated() {
          buttons.append(try Button(button, field: "\(field)[\(place)]"))
        }
        if buttons.isEmpty { throw ContentError(field, "must name at least one") }
        self.buttons.append(buttons)
      } else {
        buttons.append([try Button(value, field: field)])
      }
    }
    if buttons.joined().count > Self.buttonsMax {
      throw ContentError("buttons", "must be at most \(Self.buttonsMax)")
    }
    if let value = object["list"], !value.isNull { list = try OptionList(value) }
    if let value = object["reaction"], !value.isNull {
      guard let emoji = value.string, emoji.count <= 1 else {
        throw ContentError("reaction", "must be one emoji, or empty to take it back")
      }
      reaction = emoji
    }
    if let value = object["tag"], !value.isNull {
      guard let tag = value.string, !tag.isEmpty else {
        throw ContentError("tag", "must be a word, such as \"human_agent\"")
      }
      self.tag = tag
    }
    if let value = object["provider_template"], !value.isNull {
      guard let template = value.object, !template.isEmpty else {
        throw ContentError("provider_template", "must be an object in the provider's own words")
      }
      providerTemplate = template
    }
  }

  private static func list(
    _ object: JSONObject, _ name: String
  ) throws(ContentError) -> [JSON] {
    guard let value = object[name], !value.isNull else { return [] }
    guard let list = value.array else { throw ContentError(name, "must be a list") }
    return list
  }
}

extension TextEntity {
  /// `{"style","offset","length","url"?}`.
  var json: JSON {
    var object: JSONObject = [
      "style": .string(style.rawValue), "offset": JSON(offset), "length": JSON(length),
    ]
    if let url { object["url"] = .string(url) }
    return .object(object)
  }

  fileprivate init(_ json: JSON, field: String, in text: String?) throws(ContentError) {
    guard let style = json["style"]?.string.flatMap(Style.init) else {
      let known = Style.allCases.map(\.rawValue).joined(separator: ", ")
      throw ContentError("\(field).style", "must be one of \(known)")
    }
    let units = text?.utf16.count ?? 0
    guard let offset = json["offset"]?.integer, (0..<Int64(max(units, 1))).contains(offset) else {
      throw ContentError("\(field).offset", "must be a place in the text, in UTF-16 units")
    }
    guard let length = json["length"]?.integer, length > 0, length <= Int64(units) - offset else {
      throw ContentError("\(field).length", "must be from 1 to the text's end, in UTF-16 units")
    }
    self.init(style: style, offset: Int(offset), length: Int(length), url: json["url"]?.string)
    if style == .link, url.map({ OutboundAttachment.isWebAddress($0) }) != true {
      throw ContentError("\(field).url", "must be an http or https address")
    }
  }
}

extension OutboundAttachment {
  /// The longest address that is taken: what browsers and providers bear.
  package static let addressBytesMax = 2048

  /// `{"kind","url","content_type"?,"file_name"?,"size"?,"stored"?}`.
  var json: JSON {
    var object: JSONObject = ["kind": .string(kind.rawValue), "url": .string(url)]
    if let contentType { object["content_type"] = .string(contentType) }
    if let fileName { object["file_name"] = .string(fileName) }
    if let size { object["size"] = .integer(size) }
    if let uploadID { object["upload_id"] = .string(uploadID) }
    if isStored { object["stored"] = true }
    return .object(object)
  }

  fileprivate init(_ json: JSON, field: String) throws(ContentError) {
    guard let url = json["url"]?.string, Self.isWebAddress(url) else {
      throw ContentError("\(field).url", "must be an http or https address")
    }
    let contentType = json["content_type"]?.string
    let guessed = contentType ?? Self.contentType(ofPath: url)
    var kind = AttachmentKind(contentType: guessed ?? "")
    if let word = json["kind"], !word.isNull {
      guard let named = word.string.flatMap(AttachmentKind.init) else {
        throw ContentError("\(field).kind", "must be a kind of file, such as \"image\"")
      }
      kind = named
    }
    self.init(kind: kind, url: url, isStored: json["stored"]?.bool ?? false)
    self.contentType = guessed
    fileName = json["file_name"]?.string
    size = json["size"]?.integer
    uploadID = json["upload_id"]?.string
  }

  /// Whether a text is an address on the web that can be given to a provider.
  package static func isWebAddress(_ text: String) -> Bool {
    (text.hasPrefix("https://") || text.hasPrefix("http://"))
      && text.utf8.count <= addressBytesMax && text.utf8.count > "https://".utf8.count
      && !text.utf8.contains { $0 <= 0x20 || $0 == 0x7F || $0 == UInt8(ascii: "\\") }
  }

  /// The media type that an address's ending suggests; `nil` when it suggests none.
  package static func contentType(ofPath address: String) -> String? {
    let path = address.prefix { $0 != "?" && $0 != "#" }
    guard let name = path.split(separator: "/").last, let dot = name.lastIndex(of: ".") else {
      return nil
    }
    return contentTypes[name[name.index(after: dot)...].lowercased()]
  }

  /// <https://www.iana.org/assignments/media-types>, the ones people send each other.
  private static let contentTypes = [
    "jpg": "image/jpeg", "jpeg": "image/jpeg", "png": "image/png", "gif": "image/gif",
    "webp": "image/webp", "heic": "image/heic", "mp4": "video/mp4", "3gp": "video/3gpp",
    "mov": "video/quicktime", "webm": "video/webm", "mp3": "audio/mpeg", "m4a": "audio/mp4",
    "aac": "audio/aac", "amr": "audio/amr", "ogg": "audio/ogg", "oga": "audio/ogg",
    "wav": "audio/wav", "pdf": "application/pdf", "txt": "text/plain", "csv": "text/csv",
    "vcf": "text/vcard", "zip": "application/zip", "doc": "application/msword",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xls": "application/vnd.ms-excel",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "ppt": "application/vnd.ms-powerpoint",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
  ]
}

extension ContactCard {
  /// `{"first_name","last_name"?,"phone"}`.
  var json: JSON {
    var object: JSONObject = ["first_name": .string(firstName), "phone": .string(phone)]
    if let lastName { object["last_name"] = .string(lastName) }
    return .object(object)
  }

  fileprivate init(_ json: JSON) throws(ContentError) {
    guard let firstName = json["first_name"]?.string, !firstName.isEmpty else {
      throw ContentError("contact.first_name", "required")
    }
    guard let phone = json["phone"]?.string.flatMap(PhoneNumber.e164) else {
      throw ContentError("contact.phone", "must be an international number, such as +4670…")
    }
    self.init(firstName: firstName, lastName: json["last_name"]?.string, phone: phone)
  }
}

extension Button {
  /// `{"text","payload"}` or `{"text","url"}`.
  var json: JSON {
    switch action {
    case .reply(let payload): ["text": .string(text), "payload": .string(payload)]
    case .open(let url): ["text": .string(text), "url": .string(url)]
    }
  }

  fileprivate init(_ json: JSON, field: String) throws(ContentError) {
    guard let text = json["text"]?.string, !text.isEmpty else {
      throw ContentError("\(field).text", "required")
    }
    if let url = json["url"]?.string {
      guard OutboundAttachment.isWebAddress(url) else {
        throw ContentError("\(field).url", "must be an http or https address")
      }
      self.init(text, .open(url: url))
    } else {
      // Without a payload of its own the text tells which was pressed.
      self.init(text, .reply(payload: json["payload"]?.string ?? text))
    }
  }
}

extension OptionList {
  /// The most rows: no provider takes more in one list.
  package static let rowsMax = 100

  /// `{"button","sections":[{"title"?,"rows":[{"text","payload","description"?}]}]}`.
  var json: JSON {
    let render: (Section) -> JSON = { section in
      var object: JSONObject = [:]
      if let title = section.title { object["title"] = .string(title) }
      object["rows"] = .array(
        section.rows.map { row in
          var object: JSONObject = ["text": .string(row.text), "payload": .string(row.payload)]
          if let description = row.description { object["description"] = .string(description) }
          return .object(object)
        })
      return .object(object)
    }
    return ["button": .string(button), "sections": .array(sections.map(render))]
  }

  fileprivate init(_ json: JSON) throws(ContentError) {
    guard let button = json["button"]?.string, !button.isEmpty else {
      throw ContentError("list.button", "required")
    }
    guard let given = json["sections"]?.array, !given.isEmpty else {
      throw ContentError("list.sections", "must name at least one")
    }
    var sections: [Section] = []
    for (index, value) in given.enumerated() {
      sections.append(try Section(value, field: "list.sections[\(index)]"))
    }
    if sections.reduce(0, { $0 + $1.rows.count }) > Self.rowsMax {
      throw ContentError("list.sections", "must have at most \(Self.rowsMax) rows")
    }
    self.init(button: button, sections: sections)
  }
}

extension OptionList.Section {
  fileprivate init(_ json: JSON, field: String) throws(ContentError) {
    guard let given = json["rows"]?.array, !given.isEmpty else {
      throw ContentError("\(field).rows", "must name at least one")
    }
    rows = []
    for (index, value) in given.enumerated() {
      guard let text = value["text"]?.string, !text.isEmpty else {
        throw ContentError("\(field).rows[\(index)].text", "required")
      }
      // Without a payload of its own the text tells which was chosen.
      rows.append(
        OptionList.Row(
          text: text, payload: value["payload"]?.string ?? text,
          description: value["description"]?.string))
    }
    title = json["title"]?.string
  }
}

extension Location {
  fileprivate init(sent json: JSON) throws(ContentError) {
    guard let latitude = json["latitude"]?.number, let longitude = json["longitude"]?.number,
      let place = Location(
        latitude: latitude, longitude: longitude, name: json["name"]?.string,
        address: json["address"]?.string)
    else { throw ContentError("location", "must have latitude and longitude on earth") }
    self = place
  }
}
