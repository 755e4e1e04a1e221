/// Every row that says something about a message: what its story is told from, and nothing else.
struct MessageHistory {
  /// The message.
  let message: Message
  /// The request that brought it, for what came in.
  var receipt: Receipt?
  /// What was told to the outside about it.
  var events: [Event] = []
  /// What the provider reported about it.
  var reports: [JSON] = []
  /// Its deliveries in order, none for what came in.
  var deliveries: [DeliveryHistory] = []
  /// What people call the channels concerned.
  var channels: [ID<Channel>: String] = [:]
  /// What happened to these channels while it was on its way, in order.
  var channelEvents: [Event] = []
  /// When the story is told.
  let now: Instant

  /// One delivery with what belongs to it.
  struct DeliveryHistory {
    /// The delivery.
    let delivery: Delivery
    /// Whose line it is.
    var provider: String
    /// Its attempts in order.
    var attempts: [Attempt] = []
    /// The one that stands before it in its line.
    var head: Delivery?
    /// The state of its channel.
    var channelState = Channel.State.active
    /// The person's last word about this line.
    var optOut: OptOut?
    /// What keeps advertisements back on it.
    var marketingHold: MarketingHold?
  }

  /// Most events of a channel that belong into one message's story.
  private static let channelEventsMax = 20

  /// Collects them; `nil` when the tenant has no such message.
  init?(
    _ id: ID<Message>, tenant: ID<Tenant>, _ connection: Connection, _ directory: ChannelDirectory,
    now: Instant
  ) throws(StoreError) {
    guard let message = try connection.message(id, tenant: tenant) else { return nil }
    self.message = message
    self.now = now
    if let receiptID = message.receiptID {
      receipt = try connection.receipt(receiptID, tenant: tenant)
    }
    events = try connection.events(about: SQLValue(id), tenant: tenant)
    reports = try connection.statusReports(of: id)
    guard message.direction == .outbound else { return }
    for delivery in try connection.deliveries(of: id) {
      var history = DeliveryHistory(
        delivery: delivery,
        provider: directory[delivery.channelID]?.channel.provider ?? message.provider,
        attempts: try connection.attempts(of: delivery.id))
      if delivery.state == .queued { history.head = try connection.head(before: delivery) }
      history.channelState = directory[delivery.channelID]?.channel.state ?? .disabled
      if let contact = delivery.contactID {
        history.optOut = try connection.optOut(
          of: contact, transport: delivery.transport, purpose: delivery.purpose)
      }
      if delivery.purpose == .marketing {
        history.marketingHold = try connection.marketingHold(
          delivery.channelID, delivery.recipient, at: now)
      }
      deliveries.append(history)
      channels[delivery.channelID] = try connection.name(of: delivery.channelID)
    }
    for channel in channels.keys.sorted() {
      let all = try connection.events(about: SQLValue(channel), tenant: tenant)
        .filter(concernsIt)
      channelEvents += all.filter { (message.createdAt...end).contains($0.timestamp) }
        .prefix(Self.channelEventsMax)
      // What a channel was when the message came says the last thing told before.
      if let before = all.last(where: { $0.timestamp < message.createdAt }),
        before.type != "channel.recovered"
      {
        channelEvents.append(before)
      }
    }
  }

  /// Whether a channel's event means something for this message: a pause of advertisements does for
  /// those alone, and only until its end.
  private func concernsIt(_ event: Event) -> Bool {
    guard event.type == "channel.paused", let data = try? JSON.parse(event.data),
      data["scope"]?.string == "marketing"
    else { return true }
    let until = data["until"]?.string.flatMap { Instant(iso8601: $0) }
    return deliveries.contains { $0.delivery.purpose == .marketing }
      && until.map { $0 > message.createdAt } ?? true
  }

  /// Until when it was on its way.
  private var end: Instant {
    let isOver = deliveries.allSatisfy { $0.delivery.laneAt == nil }
    let last = deliveries.map(\.delivery.updatedAt).max() ?? message.createdAt
    return max(message.createdAt, isOver ? last : now)
  }

  /// What people call a channel, in quotes, or its identifier.
  func name(_ channel: ID<Channel>) -> String {
    channels[channel].map { "\"\($0)\"" } ?? channel.description
  }
}
