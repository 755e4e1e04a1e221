/// A message as a transport is to say it: everything it may need, and nothing else.
package struct OutboundMessage: Equatable, Sendable {
  /// Our identifier, `msg_…`: what a provider lets us attach, so that its reports name it.
  package var id: String
  /// The line it goes on.
  package var transport: TransportKind
  /// Who is to get it.
  package var recipient: Recipient
  /// The channel's own number, handle or mailbox, where it has one.
  package var sender: String?
  /// What it says.
  package var content: OutboundContent
  /// The provider's id of the message it answers.
  package var replyTo: String?
  /// When the recipient last wrote on this channel: service windows are counted from there.
  package var lastInboundAt: Instant?
  /// Where the provider is to report, the channel's own webhook.
  package var callbackURL: String?
  /// The provider's definition of the template it names, where that was synced.
  package var template: ProviderTemplate?
  /// Whether the channel's templates were ever synced: then one that is not there does not exist.
  package var knowsTemplates = false
  /// How many attempts its current part had before this one.
  package var tries = 0

  /// A message.
  package init(
    id: String, transport: TransportKind, recipient: Recipient, content: OutboundContent
  ) {
    self.id = id
    self.transport = transport
    self.recipient = recipient
    self.content = content
  }

  /// The message as JSON, empty members left out: the form of `….message.json` in the fixtures.
  package var json: JSON {
    var object: JSONObject = [
      "id": .string(id), "transport": .string(transport.rawValue), "recipient": recipient.json,
    ]
    if let sender { object["sender"] = .string(sender) }
    for member in content.members { object[member.key] = member.value }
    if let replyTo { object["reply_to"] = .string(replyTo) }
    if let lastInboundAt { object["last_inbound_at"] = JSON(lastInboundAt) }
    if let callbackURL { object["callback_url"] = .string(callbackURL) }
    if let template { object["template"] = template.json }
    if knowsTemplates { object["knows_templates"] = true }
    if tries > 0 { object["tries"] = JSON(tries) }
    return .object(object)
  }

  /// Reads what ``json`` writes.
  ///
  /// - Throws: ``ContentError`` naming the first field that is wrong.
  package init(json: JSON) throws(ContentError) {
    guard let id = json["id"]?.string else { throw ContentError("id", "required") }
    guard let transport = json["transport"]?.string.flatMap(TransportKind.init) else {
      throw ContentError("transport", "must be a kind of line, such as \"sms\"")
    }
    guard let recipient = json["recipient"].flatMap(Recipient.init) else {
      throw ContentError("recipient", "must be {\"type\",\"value\"} or {\"group\"}")
    }
    self.init(
      id: id, transport: transport, recipient: recipient,
      content: try OutboundContent(json.object ?? [:]))
    sender = json["sender"]?.string
    replyTo = json["reply_to"]?.string
    lastInboundAt = json["last_inbound_at"]?.string.flatMap { Instant(iso8601: $0) }
    callbackURL = json["callback_url"]?.string
    template = json["template"].flatMap { ProviderTemplate(json: $0) }
    knowsTemplates = json["knows_templates"]?.bool ?? false
    tries = json["tries"]?.integer.map(Int.init(clamping:)) ?? 0
  }
}

/// Who is to get a message, as the provider knows them.
package enum Recipient: Hashable, Sendable {
  /// One person.
  case person(Address)
  /// A group, by the provider's id of it, with its topic where it has topics.
  case group(String)

  /// The recipient as one word, the same for the same recipient: the name of a lane.
  package var key: String {
    switch self {
    case .person(let address): "\(address.type.rawValue):\(address.value)"
    case .group(let key): "group:\(key)"
    }
  }

  /// The recipient of a ``key``; `nil` for what is none.
  package init?(key: String) {
    guard let colon = key.firstIndex(of: ":") else { return nil }
    let value = String(key[key.index(after: colon)...])
    if key[..<colon] == "group" {
      self = .group(value)
    } else if let type = ContactType(rawValue: String(key[..<colon])) {
      self = .person(Address(type: type, value: value))
    } else {
      return nil
    }
  }

  /// `{"type","value"}` or `{"group"}`.
  package var json: JSON {
    switch self {
    case .person(let address):
      ["type": .string(address.type.rawValue), "value": .string(address.value)]
    case .group(let key): ["group": .string(key)]
    }
  }

  /// Reads what ``json`` writes.
  package init?(json: JSON) {
    if let key = json["group"]?.string {
      self = .group(key)
    } else if let type = json["type"]?.string.flatMap(ContactType.init),
      let value = json["value"]?.string
    {
      self = .person(Address(type: type, value: value))
    } else {
      return nil
    }
  }
}

/// What a message of ours says, whatever the line.
package struct OutboundContent: Equatable, Sendable {
  /// The text, or the caption of the first file.
  package var text: String?
  /// Spans of the text that look different, by UTF-16 units.
  package var entities: [TextEntity] = []
  /// The files, in order.
  package var attachments: [OutboundAttachment] = []
  /// A place.
  package var location: Location?
  /// A business card.
  package var contact: ContactCard?
  /// What the reader may press, in rows.
  package var buttons: [[Button]] = []
  /// A list the reader may choose from, instead of buttons.
  package var list: OptionList?
  /// A sign put on the message it answers, instead of words: an emoji, empty to take it back.
  package var reaction: String?
  /// What allows to write after the service window, such as `human_agent`.
  package var tag: String?
  /// A template the provider keeps, in the provider's own words: `{"content_sid","variables"}`, …
  package var providerTemplate: JSONObject?

  /// Nothing yet.
  package init() {}

  /// A plain text.
  package init(text: String) { self.text = text }

  /// Whether it says nothing at all.
  package var isEmpty: Bool {
    (text?.isEmpty ?? true) && attachments.isEmpty && location == nil && contact == nil
      && providerTemplate == nil && reaction == nil
  }

  /// What it mainly is.
  package var kind: MessageKind {
    if providerTemplate != nil { return .template }
    if !attachments.isEmpty { return .media }
    if location != nil { return .location }
    if contact != nil { return .contact }
    if reaction != nil { return .system }
    return buttons.isEmpty && list == nil ? .text : .interactive
  }

  /// What the reader may press, in rows: also what stands in a list, for lines that have none.
  package var pressable: [[Button]] {
    buttons + (list?.sections.flatMap(\.rows).map { [$0.button] } ?? [])
  }
}

/// A list to choose from: it opens when its button is pressed.
package struct OptionList: Equatable, Sendable {
  /// What stands on the button that opens it.
  package var button: String
  /// Its sections, at least one.
  package var sections: [Section]

  /// Some rows under a title.
  package struct Section: Equatable, Sendable {
    /// The title; may be absent where there is one section only.
    package var title: String?
    /// Its rows, at least one.
    package var rows: [Row]
  }

  /// Something to choose.
  package struct Row: Equatable, Sendable {
    /// What stands there.
    package var text: String
    /// What the answer carries.
    package var payload: String
    /// A line of explanation.
    package var description: String?

    /// The row as a button.
    package var button: Button { Button(text, .reply(payload: payload)) }
  }

  /// A list.
  package init(button: String, sections: [Section]) {
    self.button = button
    self.sections = sections
  }
}

/// A span of text that looks different.
package struct TextEntity: Equatable, Sendable {
  /// How it looks.
  package enum Style: String, CaseIterable, Sendable {
    case bold, italic, underline, strikethrough, spoiler, code, pre, link, blockquote
  }

  /// How it looks.
  package var style: Style
  /// Where it begins, in UTF-16 units from the text's beginning.
  package var offset: Int
  /// How long it is, in UTF-16 units, from 1.
  package var length: Int
  /// Where a link goes; the programming language of `pre`, if any, is not carried.
  package var url: String?

  /// A span.
  package init(style: Style, offset: Int, length: Int, url: String? = nil) {
    self.style = style
    self.offset = offset
    self.length = length
    self.url = url
  }
}

/// A file of a message of ours.
package struct OutboundAttachment: Equatable, Sendable {
  /// What it is.
  package var kind: AttachmentKind
  /// Where the provider can fetch it, for a while: the sender's own address, or ours.
  package var url: String
  /// Whether we hold the bytes, so that they can be uploaded at once.
  package var isStored: Bool
  /// Its media type, where known.
  package var contentType: String?
  /// Its name, where known.
  package var fileName: String?
  /// Its size in bytes, where known.
  package var size: Int64?
  /// The provider's id of it, from an earlier upload that is still good.
  package var uploadID: String?

  /// A file that can be fetched from `url`.
  package init(kind: AttachmentKind, url: String, isStored: Bool = false) {
    self.kind = kind
    self.url = url
    self.isStored = isStored
  }
}

/// A business card.
package struct ContactCard: Equatable, Sendable {
  /// The first name.
  package var firstName: String
  /// The last name.
  package var lastName: String?
  /// The telephone number.
  package var phone: String

  /// A card.
  package init(firstName: String, lastName: String? = nil, phone: String) {
    self.firstName = firstName
    self.lastName = lastName
    self.phone = phone
  }
}

/// Something the reader may press.
package struct Button: Equatable, Sendable {
  /// What pressing it does.
  package enum Action: Equatable, Sendable {
    /// We get a message that carries this payload.
    case reply(payload: String)
    /// A page opens.
    case open(url: String)
  }

  /// What stands on it.
  package var text: String
  /// What pressing it does.
  package var action: Action

  /// A button.
  package init(_ text: String, _ action: Action) {
    self.text = text
    self.action = action
  }
}

/// A field of a message cannot be used as given.
package struct ContentError: Error, Equatable, Sendable {
  /// The field, such as `attachments[0].url`.
  package let field: String
  /// What is wrong with it, in a few words.
  package let message: String

  /// A finding.
  package init(_ field: String, _ message: String) {
    self.field = field
    self.message = message
  }
}
