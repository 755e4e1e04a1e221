/// What people see of a message's content: two versions that agree in it look the same.
struct ShownContent: Equatable {
  private let kind: String?
  private let text: String?
  private let location: JSON?
  private let details: JSONObject
  private let files: [String?]

  /// What a message said when it came.
  init(_ message: Message) {
    kind = message.kind
    text = message.text
    location = message.location.flatMap { try? JSON.parse($0) }
    details = Self.visible(message.details.flatMap { try? JSON.parse($0) }?.object)
    files = message.attachments.map(\.reference.providerID)
  }

  /// What a version says, as stored.
  init(_ content: JSON) {
    kind = content["kind"]?.string
    text = content["text"]?.string.map(MessageContent.withoutNUL)
    location = content["location"]
    details = Self.visible(content["details"]?.object)
    // The provider's handle on a file changes from request to request, its id does not.
    files = content["attachments"]?.array?.map { $0["provider_id"]?.string } ?? []
  }

  private static func visible(_ details: JSONObject?) -> JSONObject {
    var details = details ?? [:]
    // Ours: only the first version's answer is looked up, and an edit cannot change it.
    details[replyToProviderID] = nil
    return details
  }

  /// The detail of a message that answers one we do not hold.
  static let replyToProviderID = "reply_to_provider_id"
}

extension JSON {
  /// A content's JSON without where its files are kept: some places hold a secret.
  var withoutSources: JSON {
    guard var object, let files = object["attachments"]?.array else { return self }
    object["attachments"] = .array(
      files.map { file in
        guard var file = file.object else { return file }
        file["source"] = nil
        return .object(file)
      })
    return .object(object)
  }
}
