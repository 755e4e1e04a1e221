/// What the dispatcher knows of its channels, and whose turn it is. Pure: it is told what happened
/// and says what to claim next and when to look again. It knows channels and not messages: a
/// backlog of millions is no larger here than one of ten.
struct DispatchBoard: Sendable {
  /// What to claim.
  struct Order: Equatable, Sendable {
    /// For which channel.
    let channel: ID<Channel>
    /// How many at most.
    let most: Int
    /// How many of them may be of normal priority: some room stays free for what is urgent.
    let normalMost: Int
    /// How many of the urgent go before any other: a share, not all.
    let highFirst: Int
  }

  /// A channel as the board sees it.
  struct Entry: Sendable {
    let tenant: ID<Tenant>
    var bucket: TokenBucket
    var breaker: Breaker
    /// Before when the provider wants nothing.
    var notBefore: Instant?
    var isActive: Bool
    var inFlightMax: Int
    var inFlight: [Delivery.Priority: Int] = [:]
    /// When the next is due, as far as known; the distant past when nobody has looked.
    var dueAt: Instant?
    /// A claim is on its way through the database.
    var isClaiming = false
    /// How many that claim may bring: their places are taken until it is back.
    var reserved = 0
    /// Something may have become due since that claim looked.
    var isStale = false
    /// The claim at hand, or the last, had no room for what is of normal priority.
    var isNormalFull = false
    /// Counts the claims of one, so that every fourth of them is for what is not urgent.
    var single = 0
    /// Which version of the channel this is.
    var updatedAt: Instant
    /// Who was told to wait lately: three of them mean that it is the channel that is too fast.
    var throttled: [(recipient: String, at: Instant)] = []

    var inFlightTotal: Int { inFlight.values.reduce(0, +) }
  }

  /// How many sends may be under way together: what a database and a network of two cores keep
  /// busy with room to spare, and what a crash leaves in doubt at most.
  static let inFlightMax = 256
  /// A tenant may take half of them: the others' replies have room whatever one does.
  static let tenantInFlightMax = inFlightMax / 2
  /// The most a turn takes, so that turns stay short.
  static let turnMax = 64
  /// One in five places is for what is urgent.
  private static let reserve = 5

  private var entries: [ID<Channel>: Entry] = [:]
  /// The channels of which something is due, or will be: the others cost nothing.
  private var awaited: Set<ID<Channel>> = []
  /// Whether a claim is on its way through the database: what it leases has to be sent, too.
  var isClaiming: Bool { entries.values.contains { $0.isClaiming } }
  /// How many sends are under way, and of each tenant.
  private(set) var inFlightTotal = 0
  private var tenantInFlight: [ID<Tenant>: Int] = [:]
  private var turns = Turns()
  /// When claims were last planned.
  private var plannedAt: Instant?
  /// What claims on their way through the database may bring, in all and by tenant.
  private var reservedTotal = 0
  private var tenantReserved: [ID<Tenant>: Int] = [:]

  /// Whether it knows a channel.
  func knows(_ channel: ID<Channel>) -> Bool { entries[channel] != nil }

  /// Knows a channel from now on, or what has changed of it.
  mutating func set(
    _ channel: Channel, rate: SendRate, state: ChannelState, now: Instant
  ) {
    if var entry = entries[channel.id] {
      if entry.updatedAt != channel.updatedAt { entry.breaker.mended(now) }
      entry.updatedAt = channel.updatedAt
      entry.isActive = channel.state == .active
      entry.inFlightMax = channel.policy.inFlightMax
      if entry.bucket.rate != rate { entry.bucket.set(rate, now: now) }
      entries[channel.id] = entry
    } else {
      entries[channel.id] = Entry(
        tenant: channel.tenantID, bucket: TokenBucket(rate, now: now),
        breaker: Breaker(wasOpen: state.isBroken, now: now), notBefore: state.notBefore,
        isActive: channel.state == .active, inFlightMax: channel.policy.inFlightMax,
        dueAt: now, updatedAt: channel.updatedAt)
    }
    awaited.insert(channel.id)
  }

  /// Something of a channel may be due now.
  mutating func wake(_ channel: ID<Channel>, now: Instant) {
    guard var entry = entries[channel] else { return }
    entry.dueAt = now
    entry.isStale = entry.isClaiming
    entries[channel] = entry
    awaited.insert(channel)
  }

  /// What to claim now. Each order is answered by ``claimed(_:_:weight:nextDue:now:)``.
  mutating func plan(_ now: Instant) -> [Order] {
    if let plannedAt, now < plannedAt {
      // The clock was set back. Buckets would not fill before it is where it was.
      for id in entries.keys { entries[id]?.bucket.fill(now) }
    }
    plannedAt = now
    var free = Self.inFlightMax - inFlightTotal - reservedTotal
    guard free > 0 else { return [] }
    var wanting: [(tenant: ID<Tenant>, channel: ID<Channel>)] = []
    for id in awaited {
      // Whoever wants must also be ready, or they would keep others from their turn.
      guard let entry = entries[id], room(entry, now) > 0 else { continue }
      wanting.append((entry.tenant, id))
    }
    if wanting.isEmpty { return [] }
    var tenants = tenantInFlight.merging(tenantReserved, uniquingKeysWith: +)
    var orders: [Order] = []
    let share = max(1, free / Set(wanting.map(\.tenant)).count)
    for id in turns.arrange(wanting) {
      guard var entry = entries[id], free > 0 else { break }
      let tenantFree = Self.tenantInFlightMax - (tenants[entry.tenant] ?? 0)
      let most = min(room(entry, now), free, tenantFree, share, Self.turnMax)
      guard most > 0 else { continue }
      free -= most
      tenants[entry.tenant, default: 0] += most
      let urgentRoom = max(1, entry.inFlightMax / Self.reserve)
      let normalRoom =
        entry.inFlightMax == 1
        ? 1 : entry.inFlightMax - urgentRoom - (entry.inFlight[.normal] ?? 0)
      entry.single += 1
      let highFirst = most > 1 ? most * 3 / 4 : (entry.single % 4 == 0 ? 0 : 1)
      entry.isNormalFull = normalRoom <= 0
      entry.isClaiming = true
      entry.reserved = most
      reservedTotal += most
      tenantReserved[entry.tenant, default: 0] += most
      entry.isStale = false
      entry.breaker.sent()
      entries[id] = entry
      orders.append(
        Order(
          channel: id, most: most, normalMost: max(0, min(most, normalRoom)),
          highFirst: max(highFirst, 0)))
    }
    return orders
  }

  private func room(_ entry: Entry, _ now: Instant) -> Int {
    guard entry.isActive, !entry.isClaiming, let dueAt = entry.dueAt, dueAt <= now,
      entry.notBefore.map({ $0 <= now }) ?? true
    else { return 0 }
    var bucket = entry.bucket
    let room = min(bucket.available(now), entry.inFlightMax - entry.inFlightTotal)
    return entry.breaker.allowance(max(0, room), now: now)
  }

  /// A claim came back: so many are under way now, of that weight, and the next is due then.
  mutating func claimed(
    _ channel: ID<Channel>, _ counts: [Delivery.Priority: Int], weight: Int, nextDue: Instant?,
    now: Instant
  ) {
    guard var entry = entries[channel] else { return }
    entry.isClaiming = false
    reservedTotal -= entry.reserved
    let still = (tenantReserved[entry.tenant] ?? 0) - entry.reserved
    tenantReserved[entry.tenant] = still > 0 ? still : nil
    entry.reserved = 0
    for (priority, count) in counts {
      entry.inFlight[priority, default: 0] += count
      inFlightTotal += count
      tenantInFlight[entry.tenant, default: 0] += count
    }
    if weight > 0 {
      _ = entry.bucket.available(now)
      entry.bucket.take(weight)
    } else {
      entry.breaker.notSent()
    }
    entry.dueAt = entry.isStale ? now : nextDue
    if entry.dueAt == nil { awaited.remove(channel) }
    entries[channel] = entry
  }

  /// Something that was under way has ended, and its outcome is on the disk.
  mutating func finished(_ channel: ID<Channel>, _ priority: Delivery.Priority, now: Instant) {
    guard let entry = entries[channel], let count = entry.inFlight[priority], count > 0 else {
      return
    }
    entries[channel]?.inFlight[priority] = count - 1
    // What had no room has some now.
    if entry.isNormalFull, priority == .normal {
      entries[channel]?.isNormalFull = false
      wake(channel, now: now)
    }
    inFlightTotal -= 1
    let left = (tenantInFlight[entry.tenant] ?? 1) - 1
    tenantInFlight[entry.tenant] = left > 0 ? left : nil
  }

  /// The provider answered. What that did to the breaker.
  mutating func answered(_ channel: ID<Channel>) -> Breaker.Change? {
    entries[channel]?.breaker.answered()
  }

  /// Nobody answered.
  mutating func unanswered(_ channel: ID<Channel>, now: Instant) -> Breaker.Change? {
    entries[channel]?.breaker.unanswered(now)
  }

  /// The provider says that the channel cannot send.
  mutating func broken(_ channel: ID<Channel>, now: Instant) -> Breaker.Change? {
    entries[channel]?.breaker.broken(now)
  }

  /// The provider wants nothing of a channel until then. True when that is later than known.
  mutating func hold(_ channel: ID<Channel>, until instant: Instant) -> Bool {
    guard let entry = entries[channel], entry.notBefore.map({ $0 < instant }) ?? true else {
      return false
    }
    entries[channel]?.notBefore = instant
    return true
  }

  /// Before when the provider wants nothing of a channel; `nil` when it never said.
  func notBefore(_ channel: ID<Channel>) -> Instant? { entries[channel]?.notBefore }

  /// What of a channel must survive a restart.
  func state(of channel: ID<Channel>, reason: String?) -> ChannelState? {
    guard let entry = entries[channel] else { return nil }
    let isBroken = entry.breaker.state != .closed
    return ChannelState(
      notBefore: entry.notBefore, isBroken: isBroken, reason: isBroken ? reason : nil)
  }

  /// Waits of three recipients within so many milliseconds mean that all of the channel is too
  /// fast: Telegram's own advice.
  private static let throttleWindowMilliseconds: Int64 = 10_000

  /// A recipient was told to wait. True when so many were lately that the channel has to.
  mutating func throttled(
    _ channel: ID<Channel>, recipient: String, now: Instant
  ) -> Bool {
    guard var entry = entries[channel] else { return false }
    entry.throttled.removeAll {
      $0.recipient == recipient
        || now.milliseconds(since: $0.at) > Self.throttleWindowMilliseconds
    }
    entry.throttled.append((recipient, now))
    entries[channel] = entry
    return entry.throttled.count >= 3
  }

  /// When something may be claimed next without anybody waking the board; `nil` for never.
  func next(_ now: Instant) -> Instant? {
    // Whoever finds no room looks again when something has come back, and not before.
    guard inFlightTotal + reservedTotal < Self.inFlightMax else { return nil }
    var next: Instant?
    for id in awaited {
      guard let entry = entries[id], entry.isActive, !entry.isClaiming, var at = entry.dueAt,
        entry.inFlightTotal < entry.inFlightMax,
        (tenantInFlight[entry.tenant] ?? 0) + (tenantReserved[entry.tenant] ?? 0)
          < Self.tenantInFlightMax
      else { continue }
      if let notBefore = entry.notBefore { at = max(at, notBefore) }
      at = max(at, entry.bucket.next(now))
      switch entry.breaker.state {
      case .closed: break
      case .open: if let probeAt = entry.breaker.probeAt { at = max(at, probeAt) }
      case .probing: continue
      }
      next = next.map { min($0, at) } ?? at
    }
    return next
  }
}
