import Testing

@testable import Gateway

/// Whose turn it is: fair, within every cap, and never stuck.
@Suite struct DispatchBoardTests {
  private static let start = Instant(millisecondsSinceEpoch: 1_790_000_000_000)

  private static func channel(
    _ number: UInt64, tenant: UInt64, inFlightMax: Int64 = 64, isActive: Bool = true
  ) throws -> Channel {
    var channel = Channel(
      id: ID(high: 1, low: number), tenantID: ID(high: 2, low: tenant), provider: "lines",
      name: "line", address: nil, publicURL: nil, verification: .enforce,
      state: isActive ? .active : .paused, settings: [:], createdAt: start, updatedAt: start)
    channel.policy = try ChannelPolicy().changed(by: ["in_flight_max": .integer(inFlightMax)])
    return channel
  }

  private static let fast = SendRate(perSecond: 100_000, burst: 100_000)

  /// A board with these channels, whose buckets are full.
  private static func board(_ channels: [Channel], rate: SendRate = fast) -> DispatchBoard {
    var board = DispatchBoard()
    for channel in channels { board.set(channel, rate: rate, state: ChannelState(), now: start) }
    return board
  }

  private static var later: Instant { start.adding(milliseconds: 60_000) }

  @Test func tenThousandOfOneTenantLeaveAnothersSingleMessageItsTurn() throws {
    let many = try (0..<10_000).map { try Self.channel($0, tenant: 1) }
    let single = try Self.channel(99_999, tenant: 2)
    var board = Self.board(many + [single])
    let now = Self.later
    let orders = board.plan(now)
    #expect(orders.contains { $0.channel == single.id })
    let most = orders.filter { $0.channel != single.id }.reduce(0) { $0 + $1.most }
    #expect(most <= DispatchBoard.tenantInFlightMax)
    // All is taken by the one; who comes later still has room.
    for order in orders {
      let count = order.channel == single.id ? 1 : order.most
      board.claimed(order.channel, [.normal: count], weight: count, nextDue: now, now: now)
    }
    board.finished(single.id, .normal, now: now)
    board.wake(single.id, now: now)
    #expect(board.plan(now).contains { $0.channel == single.id })
  }

  @Test func aClockThatIsSetBackDoesNotStopAChannel() throws {
    let channel = try Self.channel(1, tenant: 1)
    var board = Self.board([channel], rate: SendRate(perSecond: 1, burst: 1))
    #expect(board.plan(Self.start).map(\.most) == [1])
    board.claimed(
      channel.id, [.normal: 1], weight: 1, nextDue: Self.start, now: Self.start)
    board.finished(channel.id, .normal, now: Self.start)
    let back = Self.start.adding(milliseconds: -3_600_000)
    board.wake(channel.id, now: back)
    #expect(board.plan(back).isEmpty)
    #expect(board.plan(back.adding(milliseconds: 1000)).map(\.most) == [1])
  }

  @Test func theChannelsOfATenantTakeTurns() throws {
    let channels = try (0..<1000).map { try Self.channel($0, tenant: 1) }
    var board = Self.board(channels)
    let now = Self.later
    var served: Set<ID<Channel>> = []
    // Each turn takes what it can and is done with it: after enough of them everybody had one.
    for _ in 0..<1000 where served.count < channels.count {
      for order in board.plan(now) {
        served.insert(order.channel)
        board.claimed(order.channel, [.normal: order.most], weight: 1, nextDue: now, now: now)
        for _ in 0..<order.most { board.finished(order.channel, .normal, now: now) }
      }
    }
    #expect(served.count == channels.count)
  }

  @Test func urgentAndOthersEachHaveAShare() throws {
    for inFlightMax in [1, 2, 5, 64] as [Int64] {
      let channel = try Self.channel(1, tenant: 1, inFlightMax: inFlightMax)
      var board = Self.board([channel])
      let now = Self.later
      var others = 0
      var urgent = 0
      for _ in 0..<8 {
        let order = try #require(board.plan(now).first)
        #expect(order.highFirst <= order.most && order.normalMost <= order.most)
        urgent += order.highFirst
        others += min(order.normalMost, order.most - order.highFirst)
        board.claimed(channel.id, [:], weight: 0, nextDue: now, now: now)
      }
      #expect(urgent > 0 && others > 0, "in flight \(inFlightMax)")
    }
  }

  @Test func othersLeaveRoomForWhatIsUrgent() throws {
    let channel = try Self.channel(1, tenant: 1, inFlightMax: 10)
    var board = Self.board([channel])
    let now = Self.later
    var normal = 0
    while let order = board.plan(now).first, order.normalMost > 0 {
      normal += order.normalMost
      board.claimed(
        channel.id, [.normal: order.normalMost], weight: order.normalMost, nextDue: now, now: now)
    }
    #expect(normal == 8)
    // Nothing urgent is there: nobody looks again before one of them has ended.
    board.claimed(channel.id, [:], weight: 0, nextDue: nil, now: now)
    #expect(board.plan(now) == [] && board.next(now) == nil)
    board.finished(channel.id, .normal, now: now)
    #expect(board.plan(now).first?.normalMost == 1)
  }

  @Test func whereAllPlacesAreTakenNobodyLooksAgainAtOnce() throws {
    let channels = try (0..<4).map { try Self.channel($0, tenant: $0 / 2, inFlightMax: 200) }
    var board = Self.board(channels)
    let now = Self.later
    for _ in 0..<20 {
      for order in board.plan(now) {
        board.claimed(
          order.channel, [.high: order.most], weight: order.most, nextDue: now, now: now)
      }
    }
    #expect(board.inFlightTotal == DispatchBoard.inFlightMax)
    #expect(board.next(now) == nil)
    board.finished(channels[0].id, .high, now: now)
    #expect(board.next(now).map { $0 <= now } == true)
    #expect(!board.plan(now).isEmpty)
  }

  @Test func aBrokenChannelTriesWithOneAtATime() throws {
    let channel = try Self.channel(1, tenant: 1)
    var board = Self.board([channel])
    var now = Self.later
    #expect(board.broken(channel.id, now: now) == .opened)
    #expect(board.plan(now) == [])
    now = try #require(board.next(now))
    #expect(board.plan(now).map(\.most) == [1])
    board.claimed(channel.id, [.normal: 1], weight: 1, nextDue: now, now: now)
    #expect(board.plan(now.adding(milliseconds: 10_000_000)) == [])
    #expect(board.answered(channel.id) == .closed)
    board.finished(channel.id, .normal, now: now)
    #expect(board.plan(now).first.map { $0.most > 1 } == true)
  }

  /// A channel of the course below, as the database would know it.
  private struct Line {
    let channel: Channel
    var waiting = 0
    var underWay: [Delivery.Priority] = []
    var claim: DispatchBoard.Order?
  }

  @Test func noSequenceOfEventsBreaksACapOrStopsAChannelForGood() throws {
    forAll(
      60, make: { $0.next() },
      holds: { seed in
        let random = SeededRandom(seed: seed)
        var now = Self.start
        var board = DispatchBoard()
        var lines: [Line] = []
        for number in 0..<UInt64(1 + random.below(6)) {
          let channel = try Self.channel(
            number, tenant: number / 2, inFlightMax: Int64(1 + random.below(150)))
          let rate = random.pick([
            SendRate(perSecond: 0.5), SendRate(perSecond: 30), SendRate(perSecond: 5000),
          ])
          board.set(channel, rate: rate, state: ChannelState(), now: now)
          lines.append(Line(channel: channel))
        }
        for _ in 0..<400 {
          let index = random.below(lines.count)
          let id = lines[index].channel.id
          switch random.below(10) {
          case 0, 1:
            lines[index].waiting += 1 + random.below(20)
            board.wake(id, now: now)
          case 2, 3: Self.plan(&board, &lines, now)
          case 4, 5: Self.claimed(&board, &lines[index], now, random)
          case 6, 7:
            guard !lines[index].underWay.isEmpty else { continue }
            let place = random.below(lines[index].underWay.count)
            Self.ended(&board, &lines[index], place, now, random)
          case 8:
            if random.below(8) == 0 {
              _ = board.hold(id, until: now.adding(milliseconds: Int64(random.below(5000))))
            }
          default: now = now.adding(milliseconds: Int64(random.below(2000)))
          }
          guard Self.keepsCaps(board, lines) else { return false }
        }
        return Self.drains(&board, &lines, now)
      })
  }

  private static func plan(_ board: inout DispatchBoard, _ lines: inout [Line], _ now: Instant) {
    for order in board.plan(now) {
      guard let index = lines.firstIndex(where: { $0.channel.id == order.channel }) else {
        continue
      }
      #expect(lines[index].claim == nil, "two claims at once")
      lines[index].claim = order
    }
  }

  private static func claimed(
    _ board: inout DispatchBoard, _ line: inout Line, _ now: Instant, _ random: SeededRandom
  ) {
    guard let order = line.claim else { return }
    line.claim = nil
    let urgent = min(line.waiting, order.highFirst, random.below(order.most + 1))
    let others = min(line.waiting - urgent, order.normalMost, order.most - urgent)
    line.waiting -= urgent + others
    line.underWay += Array(repeating: .high, count: urgent)
    line.underWay += Array(repeating: .normal, count: others)
    let isBlind = order.normalMost == 0
    board.claimed(
      line.channel.id, [.high: urgent, .normal: others], weight: urgent + others,
      nextDue: line.waiting > 0 && !isBlind ? now : nil, now: now)
  }

  private static func ended(
    _ board: inout DispatchBoard, _ line: inout Line, _ place: Int, _ now: Instant,
    _ random: SeededRandom?
  ) {
    let priority = line.underWay.remove(at: place)
    switch random?.below(8) {
    case 0?: _ = board.broken(line.channel.id, now: now)
    case 1?: _ = board.unanswered(line.channel.id, now: now)
    default: _ = board.answered(line.channel.id)
    }
    board.finished(line.channel.id, priority, now: now)
  }

  private static func keepsCaps(_ board: DispatchBoard, _ lines: [Line]) -> Bool {
    var tenants: [ID<Tenant>: Int] = [:]
    for line in lines {
      tenants[line.channel.tenantID, default: 0] += line.underWay.count
      if line.underWay.count > line.channel.policy.inFlightMax { return false }
    }
    return board.inFlightTotal <= DispatchBoard.inFlightMax
      && tenants.values.allSatisfy { $0 <= DispatchBoard.tenantInFlightMax }
  }

  /// From here on everything succeeds: all that waits must go, by the times that the board names.
  private static func drains(
    _ board: inout DispatchBoard, _ lines: inout [Line], _ start: Instant
  ) -> Bool {
    var now = start
    let random = SeededRandom(seed: 1)
    for _ in 0..<20_000 {
      for index in lines.indices {
        claimed(&board, &lines[index], now, random)
        while !lines[index].underWay.isEmpty { ended(&board, &lines[index], 0, now, nil) }
      }
      if lines.allSatisfy({ $0.waiting == 0 && $0.claim == nil }) { return true }
      plan(&board, &lines, now)
      if lines.allSatisfy({ $0.claim == nil }) {
        guard let next = board.next(now) else { return false }
        now = max(next, now.adding(milliseconds: 1))
      }
    }
    return false
  }
}
