import CLinux
import Gateway
import Glibc

/// Sends requests over many kept connections from one thread, each the next when its answer came.
struct LoadGenerator {
  /// What came of it.
  struct Outcome {
    /// Answers 2xx of the whole run: what the daemon says it has.
    var accepted = 0
    /// Other answers of the whole run.
    var refused = 0
    /// Answers 2xx within the measured time.
    var measured = 0
    /// The measured time, in seconds.
    var seconds = 0.0
    /// How long the answers of the measured time took, from sending.
    var latencies = Histogram()
    /// The processor's time the sending thread took in the whole run, in nanoseconds.
    var processorNanoseconds: UInt64 = 0
    /// Whether the requests ran out before the time did.
    var ranOut = false

    /// Answers 2xx a second.
    var perSecond: Double { seconds > 0 ? Double(measured) / seconds : 0 }
  }

  /// The daemon's port.
  let port: UInt16
  /// How many connections send.
  let connections: Int
  /// What they send, each request once.
  let book: RequestBook

  /// How long the daemon may be silent before the run counts as failed.
  private static let silenceMilliseconds: Int32 = 10_000

  /// Sends for `warmUp` seconds, then for `seconds` more that count, or until the requests run out.
  /// `begin` and `end` are called around the measured time.
  ///
  /// - Throws: ``RigError`` when the daemon closes a connection, is silent or talks no HTTP.
  func run(
    warmUp: Double, seconds: Double, begin: () -> Void = {}, end: () -> Void = {}
  ) throws(RigError) -> Outcome {
    var run = try LoadRun(self)
    defer { run.close() }
    let started = monotonicNanoseconds()
    let processor = Self.processorNanoseconds()
    let from = started + UInt64(warmUp * 1e9)
    let until = from + UInt64(seconds * 1e9)
    try run.sendFirst()
    var hasBegun = false
    var measuredFrom: UInt64 = 0
    while run.waiting > 0 {
      try run.turn(until: until, silence: Self.silenceMilliseconds)
      if !hasBegun, run.now >= from {
        hasBegun = true
        run.isMeasuring = true
        measuredFrom = run.now
        begin()
      }
      if run.isMeasuring, run.now >= until || run.isEmpty {
        run.isMeasuring = false
        run.outcome.seconds = Double(run.now - measuredFrom) / 1e9
        end()
      }
    }
    run.outcome.processorNanoseconds = Self.processorNanoseconds() - processor
    run.outcome.ranOut = run.isEmpty && run.now < until
    return run.outcome
  }

  private static func processorNanoseconds() -> UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
  }
}

/// The state of one run: the connections, and what they have heard.
private struct LoadRun {
  private struct Line {
    let socket: Int32
    var answer = AnswerReader()
    var sentAt: UInt64 = 0
  }

  private let book: RequestBook
  private let poll: Int32
  private var lines: [Line] = []
  private var next = 0
  private var events: [epoll_event]
  /// Answers that are still to come.
  private(set) var waiting = 0
  /// The time at the last look.
  private(set) var now: UInt64 = 0
  var outcome = LoadGenerator.Outcome()
  /// Whether answers count at present.
  var isMeasuring = false

  /// Whether every request was sent.
  var isEmpty: Bool { next == book.count }

  init(_ load: LoadGenerator) throws(RigError) {
    book = load.book
    events = [epoll_event](repeating: epoll_event(), count: load.connections)
    poll = epoll_create1(0)
    guard poll >= 0 else { throw .system("epoll_create1") }
    for index in 0..<load.connections {
      let socket = try Loopback.connect(port: load.port)
      lines.append(Line(socket: socket))
      var event = epoll_event()
      event.events = EPOLLIN.rawValue
      event.data.u32 = UInt32(index)
      guard epoll_ctl(poll, EPOLL_CTL_ADD, socket, &event) == 0 else { throw .system("epoll_ctl") }
    }
  }

  func close() {
    for line in lines { Glibc.close(line.socket) }
    Glibc.close(poll)
  }

  mutating func sendFirst() throws(RigError) {
    now = monotonicNanoseconds()
    for index in lines.indices { try sendNext(index) }
  }

  /// Waits for answers, counts them and sends the next requests.
  mutating func turn(until: UInt64, silence: Int32) throws(RigError) {
    let count = epoll_wait(poll, &events, Int32(events.count), silence)
    if count < 0, errno == EINTR { return }
    guard count > 0 else { throw RigError("the daemon left \(waiting) requests without an answer") }
    for event in events.prefix(Int(count)) {
      let index = Int(event.data.u32)
      guard let status = try lines[index].answer.read(lines[index].socket) else { continue }
      now = monotonicNanoseconds()
      waiting -= 1
      if (200...299).contains(status) {
        outcome.accepted += 1
        if isMeasuring {
          outcome.measured += 1
          outcome.latencies.note(nanoseconds: now - lines[index].sentAt)
        }
      } else {
        outcome.refused += 1
      }
      if now < until { try sendNext(index) }
    }
  }

  private mutating func sendNext(_ index: Int) throws(RigError) {
    guard next < book.count else { return }
    let socket = lines[index].socket
    let isSent = book.withRequest(next) { bytes in
      // A request is smaller than the kernel's buffer, and the line was idle: never half of it.
      send(socket, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count
    }
    guard isSent else { throw .system("sending a request") }
    lines[index].sentAt = now
    next += 1
    waiting += 1
  }
}
