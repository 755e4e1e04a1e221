/// Reading webhooks: one post has up to a thousand updates, also of several numbers and accounts.
/// <https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/overview>,
/// 2026.
extension WhatsAppCloud {
  /// Everything a post tells, oldest first; a handshake tells nothing.
  ///
  /// - Throws: ``Unreadable`` for what is no post of Meta's at all. An update that cannot be read
  ///   is no error: it becomes `unrecognised` and does not take the others with it.
  package func read(_ request: HTTPRequest) throws(Unreadable) -> [Item] {
    if request.method == "GET" { return [] }
    let document: JSON
    do {
      document = try JSON.parse(request.body)
    } catch {
      throw Unreadable("the body is not JSON: \(error)")
    }
    guard document.object != nil else { throw Unreadable("the body is not a JSON object") }
    guard let entries = document["entry"]?.array else { throw Unreadable("the body has no entry") }
    if let object = WhatsAppJSON.text(document["object"]), object != Self.object {
      let kind = WhatsAppJSON.kind(object, otherwise: "other")
      return [WhatsAppJSON.unrecognised("object.\(kind)", document)]
    }
    return Self.ordered(entries.flatMap(Self.items))
  }

  /// What a post names that is about WhatsApp.
  private static let object = "whatsapp_business_account"

  private static func items(ofEntry entry: JSON) -> [Item] {
    guard let changes = entry["changes"]?.array else {
      return [WhatsAppJSON.unrecognised("entry", entry)]
    }
    return changes.flatMap { change in
      WhatsAppChange(change, entry: entry)?.items()
        ?? [
          WhatsAppJSON.unrecognised("change", change, account: WhatsAppJSON.id(entry["id"]))
        ]
    }
  }

  /// The items in the order they happened, each fact once. What has no time of its own stays behind
  /// what it came behind.
  private static func ordered(_ items: [Item]) -> [Item] {
    struct Fact: Hashable {
      let key: String
      let account: String?
    }
    struct Place {
      let time: Int64
      let index: Int
    }
    var seen: Set<Fact> = []
    var places: [Place] = []
    places.reserveCapacity(items.count)
    var time = Int64.min
    for (index, item) in items.enumerated() {
      time = item.occurredAt?.millisecondsSinceEpoch ?? time
      guard seen.insert(Fact(key: item.key, account: item.account)).inserted else { continue }
      places.append(Place(time: time, index: index))
    }
    places.sort { ($0.time, $0.index) < ($1.time, $1.index) }
    return places.map { items[$0.index] }
  }
}

/// Small readings of Meta's JSON in which a wrong type is the same as nothing there.
enum WhatsAppJSON {
  /// A text that is not empty: Meta writes `""` for a number that is hidden.
  static func text(_ json: JSON?) -> String? {
    guard let text = json?.string, !text.isEmpty else { return nil }
    return text
  }

  /// The first of these that is a text and not empty.
  static func text(_ first: JSON?, _ others: JSON?...) -> String? {
    text(first) ?? others.lazy.compactMap { text($0) }.first
  }

  /// An id: a text, or of some kinds a number.
  static func id(_ json: JSON?) -> String? { text(json) ?? json?.integer.map(String.init) }

  /// A time in Unix seconds, written as text or as number. Milliseconds were met as well: no second
  /// of ours has so many digits.
  static func instant(_ json: JSON?) -> Instant? {
    guard let number = json?.integer ?? text(json).flatMap({ Int64($0) }), number > 0 else {
      return nil
    }
    guard number > secondsLast else { return Instant(secondsSinceEpoch: number) }
    let instant = Instant(millisecondsSinceEpoch: number)
    return Instant.range.contains(instant) ? instant : nil
  }

  /// A word as a kind for the log: a stranger's only if it looks like Meta's.
  static func kind(_ word: String, otherwise: String) -> String {
    let isPlain = word.utf8.allSatisfy {
      (97...122).contains($0) || (65...90).contains($0) || (48...57).contains($0)
        || $0 == UInt8(ascii: "_")
    }
    return isPlain && (1...64).contains(word.utf8.count) ? word : otherwise
  }

  /// The members of that name that are texts and not empty.
  static func texts(_ json: JSON, _ names: [String]) -> JSONObject {
    var object: JSONObject = [:]
    for name in names { object[name] = text(json[name]).map(JSON.string) }
    return object
  }

  /// What tells a thing without an id from others, the same whenever it comes again.
  static func mark(_ json: JSON) -> String {
    Hex.encode(Crypto.sha256(json.serialized()).prefix(16))
  }

  /// Something not known, or without the part that would make it something.
  static func unrecognised(
    _ kind: String, _ json: JSON, account: String? = nil, at time: Instant? = nil
  ) -> Item {
    Item(
      key: "unrecognised:\(kind):\(mark(json))", account: account, occurredAt: time,
      fact: .unrecognised(kind: kind))
  }

  /// The year 5138 in seconds, 1973 in milliseconds.
  private static let secondsLast: Int64 = 100_000_000_000
}
