/// One request's worth of a message: the payload of a ``MessagePart``.
struct TwilioPart: Equatable {
  /// Its place in the message, from 0.
  var place = 0
  /// The text.
  var body: String?
  /// Which of the message's files go along. Their addresses expire, so they are read when it goes.
  var media: [Int] = []
  /// The Content template.
  var contentSID: String?
  /// What fills it, as the JSON text that Twilio wants.
  var contentVariables: String?
  /// The place on the map.
  var action: String?
  /// What a person should know of how it was said.
  var note: String?

  /// A part with this text.
  init(body: String? = nil, media: [Int] = []) {
    self.body = body
    self.media = media
  }

  /// Reads what ``payload`` writes.
  init(_ payload: JSONObject) {
    place = payload["part"]?.integer.map(Int.init(clamping:)) ?? 0
    body = payload["body"]?.string
    media = (payload["media"]?.array ?? []).compactMap { $0.integer.map(Int.init(clamping:)) }
    contentSID = payload["content_sid"]?.string
    contentVariables = payload["content_variables"]?.string
    action = payload["action"]?.string
    note = payload["note"]?.string
  }

  /// The part for the queue.
  var payload: JSONObject {
    var object: JSONObject = ["part": JSON(place)]
    if let body { object["body"] = .string(body) }
    if !media.isEmpty { object["media"] = .array(media.map { .integer(Int64($0)) }) }
    if let contentSID { object["content_sid"] = .string(contentSID) }
    if let contentVariables { object["content_variables"] = .string(contentVariables) }
    if let action { object["action"] = .string(action) }
    if let note { object["note"] = .string(note) }
    return object
  }

  /// The part with what it counts on its line: SMS counts by segments.
  func queued(on transport: TransportKind) -> MessagePart {
    let isText = transport == .sms && media.isEmpty
    let weight = isText ? body.map { TwilioSegments($0).count } : nil
    return MessagePart(payload, weight: weight ?? 1)
  }
}
