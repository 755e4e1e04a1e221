/// Whose turn it is: tenants go round, and the channels of each, so that nobody's campaign delays
/// another's reply.
struct Turns: Sendable {
  private var order: [ID<Tenant>] = []
  private var last: [ID<Tenant>: ID<Channel>] = [:]

  /// Nobody has had a turn.
  init() {}

  /// Puts the channels that want to send into the order of turns: first one of each tenant, then
  /// the second of each, the tenant that waited longest in front.
  mutating func arrange(_ wanting: [(tenant: ID<Tenant>, channel: ID<Channel>)]) -> [ID<Channel>] {
    var channels: [ID<Tenant>: [ID<Channel>]] = [:]
    for (tenant, channel) in wanting { channels[tenant, default: []].append(channel) }
    for tenant in channels.keys.sorted() where !order.contains(tenant) { order.append(tenant) }
    order.removeAll { channels[$0] == nil }
    var rounds: [[ID<Channel>]] = []
    for tenant in order {
      guard let own = channels[tenant]?.sorted() else { continue }
      // Behind the one that was first last time.
      let start = last[tenant].flatMap { before in own.firstIndex { $0 > before } } ?? 0
      let turned = Array(own[start...] + own[..<start])
      last[tenant] = turned.first
      for (round, channel) in turned.enumerated() {
        if rounds.count <= round { rounds.append([]) }
        rounds[round].append(channel)
      }
    }
    // Who is first now is last next time.
    if let first = order.first {
      order.removeFirst()
      order.append(first)
    }
    last = last.filter { channels[$0.key] != nil }
    return rounds.flatMap(\.self)
  }
}
