// One connection, and on it one request after the other:
//
//   waiting ─▶ receiving ─▶ handling ─▶ answered ─▶ sending ─▶ waiting …
//                               │           ▲
//                               └▶ suspended ┘   (no answer yet when the handler returned)
//
// The daemon's thread drives the upper line. Other threads only take `handling` and `suspended` to
// `answered`. All of it happens under the connection's lock, and so do suspending and resuming: an
// answer that comes while the handler is still running is found by the daemon's thread, one that
// comes later finds the connection suspended, and there is nothing in between.

/// Where the present request of a connection stands, and how long it may take.
struct HTTPServerExchange {
  /// The states of the drawing above.
  private enum Phase {
    case waiting
    case receiving
    case handling
    case suspended(OpaquePointer)
    case answered(HTTPResponse)
    case sending
    case closed
  }

  /// What the daemon's thread does after the handler has returned or the connection was resumed.
  enum Delivery {
    /// Send this now.
    case send(HTTPResponse)
    /// Suspend the connection, before the lock is given back.
    case suspend
    /// Nothing.
    case none
  }

  /// What the kernel says about the client's side of the connection.
  struct Peer {
    /// Bytes that have come so far; `nil` when not known.
    let bytesReceived: Int64?
    /// Whether no more will come.
    let hasEnded: Bool
  }

  private var phase = Phase.waiting
  /// Counts requests, so that a late answer cannot hit the next one.
  private(set) var serial: UInt64 = 0
  /// When to cut the connection, in monotonic nanoseconds; `nil` while we are the slow ones.
  private var deadline: UInt64?
  private var waitingSince: UInt64
  /// What the client had sent at the last look; `nil` when nobody has looked since the wait began.
  private var bytesSeen: Int64? = 0
  /// Whether the client had ended its side at the last look.
  private var endSeen = false

  /// A connection that was just accepted.
  init(now: UInt64) { waitingSince = now }

  /// The first line of a request is there; the rest must be by `latest`.
  mutating func begin(latest: UInt64) {
    phase = .receiving
    serial &+= 1
    // The time has run from the first byte, if the reaper has seen that come.
    deadline = min(deadline ?? latest, latest)
    endSeen = false
  }

  /// The last byte is there and the handler gets the request; answers to it bear this number.
  mutating func handle() -> UInt64 {
    phase = .handling
    deadline = nil
    return serial
  }

  /// Looks for an answer. Without one the connection is to be suspended, or while `closing`, when
  /// that is not allowed any more, refused.
  mutating func deliver(
    _ connection: OpaquePointer, closing: Bool, refusal: HTTPResponse
  ) -> Delivery {
    switch phase {
    case .answered(let response):
      phase = .sending
      return .send(response)
    case .handling where closing:
      phase = .sending
      return .send(refusal)
    case .handling:
      phase = .suspended(connection)
      return .suspend
    case .waiting, .receiving, .suspended, .sending, .closed: return .none
    }
  }

  /// The response is with the daemon; the client must have taken it by `deadline`.
  mutating func send(deadline: UInt64) {
    phase = .sending
    self.deadline = deadline
  }

  /// Whether the present request still waits for its answer.
  var isUnanswered: Bool {
    switch phase {
    case .handling, .suspended: true
    case .waiting, .receiving, .answered, .sending, .closed: false
    }
  }

  /// Takes the answer to the present request, unless there is one already or none is wanted. Gives
  /// back the connection when it is suspended and must be resumed, before the lock is given back.
  mutating func answer(_ response: HTTPResponse) -> OpaquePointer? {
    switch phase {
    case .handling:
      phase = .answered(response)
      return nil
    case .suspended(let connection):
      phase = .answered(response)
      return connection
    case .waiting, .receiving, .answered, .sending, .closed: return nil
    }
  }

  /// The request is over.
  mutating func end(now: UInt64) {
    phase = .waiting
    deadline = nil
    waitingSince = now
    bytesSeen = nil
    endSeen = false
  }

  /// The connection is over.
  mutating func close() {
    phase = .closed
    deadline = nil
  }

  /// Looks at the connection, once a second, and says whether it has had its time.
  ///
  /// `idle` is how long the daemon lets a silent connection be, `request` how long a request may
  /// take; both in nanoseconds. `peer` is asked for only when it matters.
  mutating func isOverdue(
    now: UInt64, idle: UInt64, request: UInt64, peer: () -> Peer
  ) -> Bool {
    if let deadline, now >= deadline { return true }
    switch phase {
    case .handling, .suspended, .answered, .sending, .closed: return false
    case .waiting, .receiving: break
    }
    let peer = peer()
    // The daemon overlooks an end that comes together with bytes. Two looks, a second apart, are
    // time enough for it to have made a request of those bytes if they are one.
    if peer.hasEnded, endSeen { return true }
    endSeen = peer.hasEnded
    guard case .waiting = phase, deadline == nil else { return false }
    // The daemon tells of a request only when its first line is complete. The kernel knows earlier:
    // bytes have come that were not there before.
    if let bytes = peer.bytesReceived {
      if let bytesSeen, bytes > bytesSeen { deadline = now + request }
      bytesSeen = bytes
    }
    // Without the kernel's help: a silent client is gone by then.
    return now >= waitingSince + idle + request
  }
}
