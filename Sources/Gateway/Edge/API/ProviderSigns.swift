/// What the other side is shown beside messages: that somebody is writing, and what was read.
struct ProviderSigns: Sendable {
  /// A request that shows a sign, and the channel it is for.
  typealias Sign = (request: HTTPRequest, live: LiveChannel)

  private let services: Services

  /// Signs of these services' channels.
  init(_ services: Services) { self.services = services }

  /// The sign that somebody is writing, on the channel they last wrote on; `nil` where its line has
  /// none.
  func typing(
    _ addressee: Addressee, _ chat: ID<Chat>, _ tenant: ID<Tenant>, _ connection: Connection
  ) throws -> Sign? {
    guard let channelID = addressee.lastInboundChannelID,
      let live = active(channelID), let provider = live.provider as? any TypingIndicating,
      let way = try way(channelID, nil, chat, tenant, connection)
    else { return nil }
    let last = try connection.lastInbound(
      of: addressee, channel: channelID, transport: way.transport)
    let request = provider.typing(
      to: way.recipient, on: way.transport, lastInboundID: last?.providerMessageID)
    return request.map { ($0, live) }
  }

  /// The signs that messages were read: one for the last message of each line.
  func read(
    _ marks: [ReadMark], _ chat: ID<Chat>, _ tenant: ID<Tenant>, _ connection: Connection
  ) throws -> [Sign] {
    var signs: [Sign] = []
    for mark in marks where !mark.providerMessageID.isEmpty {
      guard let live = active(mark.channelID), let provider = live.provider as? any ReadMarking,
        let way = try way(mark.channelID, mark.transport, chat, tenant, connection),
        let request = provider.markRead(
          from: way.recipient, on: mark.transport, lastInboundID: mark.providerMessageID)
      else { continue }
      signs.append((request, live))
    }
    return signs
  }

  /// Shows signs without waiting: one that is lost is no loss.
  func show(_ signs: [Sign]) {
    for (request, live) in signs {
      services.client.send(Self.call(request, live)) { [metrics = services.metrics] exchange in
        var outcome = "failed"
        if case .success(let response) = exchange.result, (200...299).contains(response.status) {
          outcome = "shown"
        }
        metrics.counter(
          "trunkline_read_marks_total", help: "Read marks given to providers, by outcome.",
          [("provider", live.channel.provider), ("outcome", outcome)]
        ).add()
      }
    }
  }

  private static func call(_ request: HTTPRequest, _ live: LiveChannel) -> HTTPCall {
    var call = HTTPCall(request)
    call.totalTimeoutMilliseconds = live.channel.policy.timeoutMilliseconds
    call.destinations = live.channel.policy.destinations
    return call
  }

  /// A channel that speaks: a paused one receives only.
  private func active(_ id: ID<Channel>) -> LiveChannel? {
    services.directory[id].flatMap { $0.channel.state == .active ? $0 : nil }
  }

  private func way(
    _ channel: ID<Channel>, _ transport: TransportKind?, _ chat: ID<Chat>, _ tenant: ID<Tenant>,
    _ connection: Connection
  ) throws -> Router.Way? {
    var router = try Router(
      chat: chat, contact: nil, tenant: tenant, directory: services.directory, connection)
    do {
      let way = try router.way(to: .channel(channel), field: "channel_id")
      return transport == nil || transport == way.transport ? way : nil
    } catch is SendRefusal {
      return nil
    }
  }
}
