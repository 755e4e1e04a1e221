/// What a message says. Immutable once stored.
package struct MessageContent: Equatable, Sendable {
  /// What it mainly is.
  package var kind: MessageKind
  /// The text or caption; `nil` when there is none.
  package var text: String?
  /// The files, in order.
  package var attachments: [AttachmentReference] = []
  /// The place, if one was shared.
  package var location: Location?
  /// The provider's id of the message this one answers.
  package var replyTo: String?
  /// What only some messages have, by documented name: `button`, `contacts`, `entities`,
  /// `forwarded`, `referral`, `quote`, `poll`, `group_id` (an album), `thread_id`, `automated`, …
  package var details: JSONObject = [:]

  /// Content of that kind.
  package init(kind: MessageKind, text: String? = nil) {
    self.kind = kind
    self.text = text
  }

  /// PostgreSQL cannot hold U+0000 in a text, and nobody ever meant to write one.
  static func withoutNUL(_ text: String) -> String {
    text.utf8.contains(0)
      ? String(text.unicodeScalars.filter { $0.value != 0 }.map(Character.init)) : text
  }

  /// The content as JSON, empty members left out.
  package var json: JSON {
    var object: JSONObject = ["kind": .string(kind.rawValue), "text": JSON(text)]
    if !attachments.isEmpty { object["attachments"] = .array(attachments.map(\.json)) }
    if let location { object["location"] = location.json }
    if let replyTo { object["reply_to"] = .string(replyTo) }
    if !details.isEmpty { object["details"] = .object(details) }
    return .object(object)
  }
}

/// A file of a message, before it is fetched: where the provider keeps it and what it says of it.
package struct AttachmentReference: Equatable, Sendable {
  /// What it is.
  package var kind: AttachmentKind
  /// The media type, if the provider says.
  package var contentType: String?
  /// The file's name, if the provider says.
  package var fileName: String?
  /// The size in bytes, if the provider says.
  package var size: Int64?
  /// How to fetch it: an URL or the provider's file id. Never shown outside: some hold a secret.
  package var source: String
  /// The provider's stable id of the content, for recognising the same file.
  package var providerID: String?
  /// False when the provider will not give it to us, such as a file above its download limit.
  package var isFetchable = true
  /// Duration, dimensions and the like, by documented name.
  package var details: JSONObject = [:]

  /// A file at `source`.
  package init(kind: AttachmentKind, source: String, contentType: String? = nil) {
    self.kind = kind
    self.source = source
    self.contentType = contentType
  }

  /// The reference as JSON, for fixtures; unknown members left out.
  package var json: JSON {
    var object: JSONObject = ["kind": .string(kind.rawValue), "source": .string(source)]
    if let contentType { object["content_type"] = .string(contentType) }
    if let fileName { object["file_name"] = .string(fileName) }
    if let size { object["size"] = .integer(size) }
    if let providerID { object["provider_id"] = .string(providerID) }
    if !isFetchable { object["fetchable"] = false }
    if !details.isEmpty { object["details"] = .object(details) }
    return .object(object)
  }
}

/// A place on earth, WGS 84.
package struct Location: Equatable, Sendable {
  /// Degrees north, -90 to 90.
  package var latitude: Double
  /// Degrees east, -180 to 180.
  package var longitude: Double
  /// The place's name.
  package var name: String?
  /// The place's address.
  package var address: String?

  /// A place; `nil` for coordinates that are not on earth.
  package init?(latitude: Double, longitude: Double, name: String? = nil, address: String? = nil) {
    guard (-90...90).contains(latitude), (-180...180).contains(longitude) else { return nil }
    self.latitude = latitude
    self.longitude = longitude
    self.name = name
    self.address = address
  }

  /// The place as JSON: `{"latitude","longitude","name"?,"address"?}`.
  package var json: JSON {
    var object: JSONObject = ["latitude": .number(latitude), "longitude": .number(longitude)]
    if let name { object["name"] = .string(name) }
    if let address { object["address"] = .string(address) }
    return .object(object)
  }
}
