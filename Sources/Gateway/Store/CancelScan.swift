// Canceling by filter: what waits is looked at in steps, by a reader; what fits is taken back by
// the writer, a step at a time, so that a million that wait hold nobody up.

/// Where a scan of what waits stands.
package struct CancelCursor: Equatable, Sendable {
  /// The delivery that was looked at last; `nil` where a chat is gone through.
  package let delivery: ID<Delivery>?
  /// Its place in its lane, or since when it waits for its fallback, in milliseconds; or the last
  /// message's place in the chat.
  package let place: Int64
  /// Whether it is one that waits for its fallback.
  package let fallsBack: Bool

  /// What stands behind the place of a delivery that waits for its fallback.
  private static let mark = "fallback"

  /// A place in a chat, or behind a delivery of a channel.
  init(_ delivery: ID<Delivery>? = nil, place: Int64, fallsBack: Bool = false) {
    self.delivery = delivery
    self.place = place
    self.fallsBack = fallsBack
  }

  /// Reads what ``text`` writes. There is no address in it: it is the delivery's.
  package init?(_ text: String) {
    var words = text.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    fallsBack = words.count == 3 && words.last == Self.mark
    if fallsBack { words.removeLast() }
    guard let place = words.last.flatMap({ Int64($0) }), (1...2).contains(words.count) else {
      return nil
    }
    self.place = place
    if words.count == 1 {
      delivery = nil
    } else {
      guard let id = words.first.flatMap({ ID<Delivery>($0) }) else { return nil }
      delivery = id
    }
  }

  /// The cursor as callers pass it back.
  package var text: String {
    let words = [delivery?.description, String(place), fallsBack ? Self.mark : nil]
    return words.compactMap(\.self).joined(separator: ".")
  }
}

/// One step of a scan.
package struct CancelStep: Sendable {
  /// What fits.
  package var fitting: [WaitingDelivery] = []
  /// Where to go on; `nil` at the end.
  package var next: CancelCursor?
}

extension Connection {
  private static let chatByID = SQL("SELECT id FROM chats WHERE id = $1 AND tenant_id = $2")
  private static let chatOfClient = SQL(
    "SELECT id FROM chats WHERE client_id = $1 AND tenant_id = $2")
  private static let chatOfContact = SQL(
    """
    SELECT h.id FROM contacts c JOIN chats h ON h.client_id = c.client_id
    WHERE c.id = $1 AND c.tenant_id = $2
    """)
  private static let lastPosition = SQL("SELECT MAX(position) FROM messages WHERE chat_id = $1")
  // Beside what waits in a lane, what has failed on one channel and waits for its fallback.
  private static let waitingInChat = SQL(
    """
    SELECT \(WaitingDelivery.columns) FROM messages m JOIN deliveries d ON d.id = m.id
    WHERE m.chat_id = $1 AND m.position > $2 AND m.position <= $3
      AND (d.state = 'queued' OR \(WaitingDelivery.fallsBack))
    UNION ALL
    SELECT \(WaitingDelivery.columns) FROM messages m
    JOIN deliveries d ON d.message_id = m.id AND d.ordinal > 0
    WHERE m.chat_id = $1 AND m.position > $2 AND m.position <= $3
      AND (d.state = 'queued' OR \(WaitingDelivery.fallsBack))
    """)
  private static let underWay = SQL(
    """
    SELECT \(WaitingDelivery.columns) FROM deliveries d JOIN messages m ON m.id = d.message_id
    WHERE d.channel_id = $1 AND d.state = 'sending'
    """)
  private static let laneOf = SQL(
    "SELECT channel_id, recipient, priority FROM deliveries WHERE id = $1 AND tenant_id = $2")

  /// The next step through what waits and fits, at most `limit` looked at.
  package func waiting(
    matching filter: CancelFilter, tenant: ID<Tenant>, after cursor: CancelCursor?, limit: Int
  ) throws(StoreError) -> CancelStep {
    if filter.chatID == nil, filter.clientID == nil, filter.contactID == nil {
      return try waitingOnChannels(filter, tenant, cursor, limit)
    }
    guard let chat = try chat(of: filter, tenant) else { return CancelStep() }
    let start = cursor?.place ?? 0
    let (end, overflow) = start.addingReportingOverflow(Int64(limit))
    let last = try first(Self.lastPosition, SQLValue(chat)) { (row) throws(StoreError) in
      row.integer(0)
    }
    guard let last, start < last, !overflow else { return CancelStep() }
    let found = try query(
      Self.waitingInChat, SQLValue(chat), .integer(start), .integer(end),
      read: WaitingDelivery.init)
    return CancelStep(
      fitting: found.filter { $0.fits(filter) },
      next: end < last ? CancelCursor(place: end) : nil)
  }

  /// How many that fit are being sent right now.
  package func underWay(
    matching filter: CancelFilter, tenant: ID<Tenant>
  ) throws(StoreError) -> Int {
    let narrowed = filter.chatID != nil || filter.clientID != nil || filter.contactID != nil
    let chat = try chat(of: filter, tenant)
    if narrowed, chat == nil { return 0 }
    var count = 0
    for channel in try channels(of: filter, tenant) {
      let found = try query(Self.underWay, SQLValue(channel), read: WaitingDelivery.init)
      count += found.count { $0.fits(filter) && (chat == nil || $0.chatID == chat) }
    }
    return count
  }

  private func waitingOnChannels(
    _ filter: CancelFilter, _ tenant: ID<Tenant>, _ cursor: CancelCursor?, _ limit: Int
  ) throws(StoreError) -> CancelStep {
    let channels = try channels(of: filter, tenant)
    var place: LanePlace?
    if let cursor, let id = cursor.delivery {
      place = try first(Self.laneOf, SQLValue(id), SQLValue(tenant)) { (row) throws(StoreError) in
        LanePlace(
          channel: try row.id(0), recipient: row.text(1), priority: row.integer(2),
          laneAt: Instant(millisecondsSinceEpoch: cursor.place), id: id)
      }
      guard place != nil else { return CancelStep() }
    }
    // What waits for its fallback comes first: should it get into a lane meanwhile, it is found
    // there.
    if cursor?.fallsBack ?? true {
      let step = try step(filter, channels, from: place, fallsBack: true) {
        (channel, place) throws(StoreError) in
        try fallingBack(on: channel, after: place, limit: limit)
      }
      if let step { return step }
      place = nil
    }
    let step = try step(filter, channels, from: place, fallsBack: false) {
      (channel, place) throws(StoreError) in
      try waiting(on: channel, after: place, limit: limit)
    }
    return step ?? CancelStep()
  }

  /// What is behind `place` on its channel, or else on the next that has anything; `nil` at the
  /// end.
  private func step(
    _ filter: CancelFilter, _ channels: [ID<Channel>], from place: LanePlace?, fallsBack: Bool,
    _ look: (ID<Channel>, LanePlace?) throws(StoreError) -> [WaitingDelivery]
  ) throws(StoreError) -> CancelStep? {
    for channel in channels where place.map({ $0.channel <= channel }) ?? true {
      let found = try look(channel, place.flatMap { $0.channel == channel ? $0 : nil })
      guard let last = found.last else { continue }
      // The end of a channel is found by looking behind its last once more.
      return CancelStep(
        fitting: found.filter { $0.fits(filter) },
        next: CancelCursor(
          last.id, place: last.laneAt.millisecondsSinceEpoch, fallsBack: fallsBack))
    }
    return nil
  }

  private func channels(
    of filter: CancelFilter, _ tenant: ID<Tenant>
  ) throws(StoreError) -> [ID<Channel>] {
    let all = try channelIDs(of: tenant)
    return filter.channelID.map { wanted in all.filter { $0 == wanted } } ?? all
  }

  /// The one chat that what is asked for leads to; `nil` when it leads to none, or to several.
  private func chat(
    of filter: CancelFilter, _ tenant: ID<Tenant>
  ) throws(StoreError) -> ID<Chat>? {
    var found: Set<ID<Chat>?> = []
    let read: (Row) throws(StoreError) -> ID<Chat> = { (row) throws(StoreError) in try row.id(0) }
    if let id = filter.chatID {
      found.insert(try first(Self.chatByID, SQLValue(id), SQLValue(tenant), read: read))
    }
    if let id = filter.clientID {
      found.insert(try first(Self.chatOfClient, SQLValue(id), SQLValue(tenant), read: read))
    }
    if let id = filter.contactID {
      found.insert(try first(Self.chatOfContact, SQLValue(id), SQLValue(tenant), read: read))
    }
    return found.count == 1 ? found.first ?? nil : nil
  }
}

extension WaitingDelivery {
  /// Whether it is one of those asked for. Chat and client were settled by where it was looked for.
  fileprivate func fits(_ filter: CancelFilter) -> Bool {
    if let contact = filter.contactID, contactID != contact { return false }
    if let channel = filter.channelID, channelID != channel { return false }
    if let line = filter.transport, transport != line { return false }
    return filter.fits(metadata: metadata)
  }
}

/// What came of canceling one message.
package enum CancelOutcome: Equatable, Sendable {
  /// It was taken back.
  case canceled
  /// It cannot be, and why.
  case refused(String)
}

extension Transaction {
  /// Takes one message back, if it still waits; `nil` when the tenant has no such message.
  package func cancel(
    _ id: ID<Message>, tenant: ID<Tenant>, note: String
  ) throws(StoreError) -> CancelOutcome? {
    guard let message = try connection.message(id, tenant: tenant) else { return nil }
    guard message.direction == .outbound else {
      return .refused("The message came in: there is nothing to cancel.")
    }
    let all = try connection.deliveries(of: id)
    // Behind the one that carries it may be a fallback that failed before a replay.
    guard let last = all.last(where: { $0.channelID == message.channelID }) ?? all.last else {
      return .refused("The message was sent by other means than this gateway.")
    }
    let waits = WaitingDelivery(last, chat: message.chatID, metadata: nil)
    if try cancel([waits], tenant: tenant, error: nil, note: note) > 0 { return .canceled }
    return .refused(Self.refusal(last, message.status))
  }

  private static func refusal(_ delivery: Delivery, _ status: MessageStatus) -> String {
    switch delivery.state {
    case .queued, .sending: "The message is being sent right now: it cannot be taken back."
    case .accepted: "The message was sent, and is \(status.rawValue): it cannot be taken back."
    case .unknown:
      "Nobody knows whether the message was sent: what may have gone cannot be taken back."
    case .canceled: "The message has ended: it is canceled already."
    case .failed, .undeliverable, .expired, .blocked:
      "The message has ended: it is \(delivery.state.rawValue)."
    }
  }
}
