/// Reading of Instagram's and Messenger's posts, which share one form:
///
///     {"object", "entry": [{"id", "time", "messaging": [{"sender", "recipient", …}]}]}
///
/// An entry is about one account. Beside or instead of `messaging` it has `standby` (another app
/// answers this conversation) or `changes` (comments and the like); some pages of Meta's show
/// `field` and `value` directly on the entry. ``MetaMessagingEvent`` reads one event of an entry,
/// ``MetaMessagingContent`` what a message says.
/// <https://developers.facebook.com/documentation/business-messaging/instagram-messaging/webhooks>,
/// 2026-09-11.
struct MetaMessaging: Sendable {
  /// The `object` that posts of this line name: `instagram` or `page`.
  let object: String
  /// The line.
  let transport: TransportKind
  /// What the other side's ids are: scoped to our account.
  let contactType: ContactType
  /// The ids of our own account.
  let accounts: [String]

  /// Fields of `changes` that hold what `messaging` holds otherwise: how the console's test button
  /// and the pages about Instagram login show events.
  private static let messagingFields: Set<String> = [
    "messages", "message_echoes", "message_edit", "message_edits", "message_reactions",
    "message_reads", "message_deliveries", "messaging_seen", "messaging_postbacks",
    "messaging_referral", "messaging_referrals", "messaging_optins", "messaging_handover",
    "messaging_handovers", "messaging_policy_enforcement", "messaging_account_linking",
    MetaMessaging.standby,
  ]
  /// Fields of `changes` that are said in public or about the account, and not to us.
  private static let publicFields: Set<String> = [
    "comments", "live_comments", "mentions", "mention", "story_insights", "feed", "ratings",
    "leadgen", "conversations", "videos", "live_videos", "picture", "page_upcoming_change",
    "page_change_proposal",
  ]
  private static let standby = "standby"

  /// Everything a post tells, oldest first; a handshake tells nothing.
  ///
  /// - Throws: ``Unreadable`` for what is no JSON object. Whatever is wrong inside of one costs
  ///   only itself: it becomes `unrecognised`.
  func items(of request: HTTPRequest) throws(Unreadable) -> [Item] {
    if request.method == "GET" { return [] }
    let document: JSON
    do {
      document = try JSON.parse(request.body)
    } catch {
      throw Unreadable("the body is not JSON: \(error)")
    }
    guard case .object(let members) = document else {
      throw Unreadable("the body is not a JSON object")
    }
    guard let object = members["object"]?.string, object == self.object else {
      let kind = MetaMessagingJSON.kind(members["object"]?.string, otherwise: "object")
      return [Self.unrecognised(kind, document)]
    }
    guard let entries = members["entry"]?.array else {
      return [Self.unrecognised("entry", document)]
    }
    return Self.inOrder(once(entries.flatMap(items)))
  }

  /// The person with that id.
  func person(_ id: String) -> Person {
    Person(addresses: [Address(type: contactType, value: id)])
  }

  /// The same as a sender.
  func sender(_ id: String) -> Sender {
    transport == .instagram
      ? .instagram(InstagramSender(userID: id))
      : .other(OtherSender(network: transport.rawValue, address: id))
  }

  /// Something not known, under a key of its own bytes: the same whenever it comes again.
  static func unrecognised(
    _ kind: String, _ json: JSON, account: String? = nil, at time: Instant? = nil
  ) -> Item {
    Item(
      key: "unrecognised:\(kind):\(MetaMessagingJSON.mark(of: json))", account: account,
      occurredAt: time, fact: .unrecognised(kind: kind))
  }

  private func items(of entry: JSON) -> [Item] {
    guard let members = entry.object else { return [Self.unrecognised("entry", entry)] }
    let id = MetaMessagingJSON.id(members["id"])
    let time = MetaMessagingJSON.instant(members["time"])
    var isKnown = false
    var items: [Item] = []
    for name in ["messaging", Self.standby, "changes"] {
      guard let list = members[name] else { continue }
      isKnown = true
      guard let elements = list.array else {
        items.append(Self.unrecognised(name, list, account: id, at: time))
        continue
      }
      for element in elements {
        items +=
          name == "changes"
          ? change(element, entry: id, at: time)
          : event(element, isStandby: name == Self.standby, entry: id, at: time)
      }
    }
    if members["field"] != nil {
      isKnown = true
      items += change(entry, entry: id, at: time)
    }
    return isKnown ? items : [Self.unrecognised("entry", entry, account: id, at: time)]
  }

  private func event(
    _ json: JSON, isStandby: Bool, entry: String?, at time: Instant?
  ) -> [Item] {
    guard let members = json.object else {
      return [Self.unrecognised("event", json, account: entry, at: time)]
    }
    return MetaMessagingEvent(members, on: self, isStandby: isStandby, entry: entry, at: time)
      .items()
  }

  private func change(_ json: JSON, entry: String?, at time: Instant?) -> [Item] {
    let field = MetaMessagingJSON.kind(json["field"]?.string, otherwise: "change")
    let value = json["value"] ?? .null
    if Self.messagingFields.contains(field), value.object != nil {
      return event(value, isStandby: field == Self.standby, entry: entry, at: time)
    }
    guard Self.publicFields.contains(field) else {
      return [Self.unrecognised(field, json, account: entry, at: time)]
    }
    let mark = MetaMessagingJSON.mark(of: [JSON(entry), value])
    return [
      Item(
        key: "change:\(field):\(mark)", account: entry, occurredAt: time,
        fact: .ignored(kind: field))
    ]
  }

  /// Each fact of an account once: a tap may be told as a message and as a postback with one mid.
  /// The one that says what was tapped stays.
  private func once(_ items: [Item]) -> [Item] {
    struct Fact: Hashable {
      let key: String
      let account: String?
    }
    var places: [Fact: Int] = [:]
    var kept: [Item] = []
    for item in items {
      // Whichever of its ids it goes by, it is the one account.
      let isOwn = item.account.map(accounts.contains) ?? false
      let fact = Fact(key: item.key, account: isOwn ? accounts.first : item.account)
      if let place = places[fact] {
        if !Self.saysButton(kept[place]), Self.saysButton(item) { kept[place] = item }
      } else {
        places[fact] = kept.count
        kept.append(item)
      }
    }
    return kept
  }

  private static func saysButton(_ item: Item) -> Bool {
    guard case .message(let message) = item.fact else { return false }
    return message.content.details[MetaMessagingContent.button] != nil
  }

  /// Oldest first. What has no time stays behind what it came behind.
  private static func inOrder(_ items: [Item]) -> [Item] {
    var last = Instant.range.lowerBound
    return items.enumerated().map { index, item in
      last = item.occurredAt ?? last
      return (time: last, index: index, item: item)
    }
    .sorted { ($0.time, $0.index) < ($1.time, $1.index) }
    .map(\.item)
  }
}
