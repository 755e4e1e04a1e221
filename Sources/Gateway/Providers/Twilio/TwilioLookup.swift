// What became of a message:
// <https://www.twilio.com/docs/messaging/api/message-resource>, autumn 2026.

extension Twilio: StatusLookup {
  /// Asks for one message.
  package func lookup(_ providerMessageID: String) -> HTTPRequest {
    // An identifier of Twilio's is letters and digits; nothing else may shape the path.
    let sid = providerMessageID.filter { $0.isASCII && ($0.isLetter || $0.isNumber) }
    return api.get("/Messages/\(sid).json")
  }

  /// The state of the message in the answer.
  package func status(in response: HTTPResponse) -> StatusReport? {
    guard response.status == 200, let json = try? JSON.parse(response.body),
      let sid = json["sid"]?.string, !sid.isEmpty, let word = json["status"]?.string
    else { return nil }
    var status = TwilioStatus(sid: sid, word: word.lowercased())
    status.code = json["error_code"]?.integer.map { String($0) } ?? json["error_code"]?.string
    status.detail = json["error_message"]?.string
    return status.report
  }

  /// Lists what was sent to the person, the newest first.
  ///
  /// Not narrowed to days: that filter is over the time of sending, which a message that still
  /// waits at Twilio may not have, and then it would seem never to have arrived. Templates cannot
  /// be looked for, because their text is made at Twilio; nor can a part that the message has
  /// twice.
  package func search(
    for part: MessagePart, of message: OutboundMessage, since: Instant
  ) -> HTTPRequest? {
    guard let wanted = Wanted(part, message) else { return nil }
    let fields = [("To", wanted.to), ("PageSize", String(Self.searchPageSize))]
    let query = String(decoding: Form.encode(fields), as: UTF8.self)
    return api.get("/Messages.json?\(query)")
  }

  /// A hundred messages at their largest are about the megabyte that an answer may have.
  private static let searchPageSize = 100

  /// What the list proves. The dispatcher has to see to it that an id which it knows from another
  /// message proves nothing: the same words may have been said within the same second.
  package func evidence(
    in response: HTTPResponse, for part: MessagePart, of message: OutboundMessage, since: Instant
  ) -> SendEvidence {
    guard response.status == 200, let json = try? JSON.parse(response.body),
      let list = json["messages"]?.array, let wanted = Wanted(part, message)
    else { return .none }
    // Twilio's dates are whole seconds.
    let start = Instant(
      millisecondsSinceEpoch: since.millisecondsSinceEpoch
        - (since.millisecondsSinceEpoch % 1000 + 1000) % 1000)
    var found: [(id: String, isExact: Bool)] = []
    var isDoubtful = false
    for entry in list {
      guard let likeness = wanted.likeness(of: entry) else { continue }
      let created = entry["date_created"]?.string.flatMap { Instant(rfc5322: $0) }
      guard let created, let sid = entry["sid"]?.string, !sid.isEmpty else { return .none }
      if created >= start {
        found.append((sid, likeness == .exact))
      } else if start.milliseconds(since: created) <= Self.clockSkewMilliseconds {
        // Where the clocks differ it may be ours, else it is an older one.
        isDoubtful = true
      }
    }
    let exact = found.filter(\.isExact)
    let matches = exact.isEmpty ? found : exact
    if matches.count == 1, let match = matches.first { return .sent(id: match.id) }
    if isDoubtful || !matches.isEmpty { return .none }
    let isWhole = json["next_page_uri"]?.isNull ?? (list.count < Self.searchPageSize)
    return isWhole ? .neverSent : .none
  }

  /// How far our clock and Twilio's may be apart before a search errs.
  static let clockSkewMilliseconds: Int64 = 60_000
}

/// The message that a search looks for.
private struct Wanted {
  let to: String
  private let from: String?
  private let body: String
  private let mediaCount: Int

  /// How much an entry is like it.
  enum Likeness {
    case exact, sameWords
  }

  /// `nil` for a part that cannot be told from another.
  init?(_ part: MessagePart, _ message: OutboundMessage) {
    let part = TwilioPart(part.payload)
    guard part.contentSID == nil,
      let to = TwilioAddressing.to(message.recipient, on: message.transport)
    else { return nil }
    let twins = TwilioParts(message: message).contentParts.filter {
      $0.place != part.place && $0.media.count == part.media.count
        && Self.words($0.body ?? "") == Self.words(part.body ?? "")
    }
    guard twins.isEmpty else { return nil }
    self.to = to
    from = TwilioAddressing.from(message.sender, on: message.transport, to: to)
    body = part.body ?? ""
    mediaCount = part.media.count
  }

  /// `nil` for another message.
  func likeness(of entry: JSON) -> Likeness? {
    guard entry["to"]?.string == to,
      entry["direction"]?.string.map({ $0 == "outbound-api" }) ?? true
    else { return nil }
    // A Messaging Service chooses the sender after it has taken the message.
    if let from, let theirs = entry["from"]?.string, theirs != from { return nil }
    let count =
      entry["num_media"]?.string.flatMap { Int($0) }
      ?? entry["num_media"]?.integer.map(
        Int.init(clamping:))
    if let count, count != mediaCount { return nil }
    let text = entry["body"]?.string ?? ""
    if text.unicodeScalars.elementsEqual(body.unicodeScalars) { return .exact }
    return Self.words(text) == Self.words(body) ? .sameWords : nil
  }

  /// The letters and digits. A Messaging Service replaces quotation marks, dashes and spaces by
  /// such as need fewer segments ("smart encoding"), and white space may go at the ends.
  private static func words(_ text: String) -> [Unicode.Scalar] {
    let words = text.unicodeScalars.filter {
      $0.properties.isAlphabetic || $0.properties.numericType != nil
    }
    return words.isEmpty ? Array(text.trimmed.unicodeScalars) : Array(words)
  }
}
