import CCurl
import CLinux
import Glibc

/// The thread of a client: curl's transfers on one multi handle, woken by epoll.
///
/// By curl's event interface and not by `curl_multi_poll`, which with every wake-up asks the system
/// about each transfer there is: with thousands waiting for slow hosts that is all it would do.
// `@unchecked Sendable` is safe because everything but `intake` and `wakeup` is touched by the one
// thread that runs `run`, which starts after `init`.
final class HTTPClientLoop: @unchecked Sendable {
  /// Open connections together; calls beyond wait. Below the usual limit of 1,024 descriptors.
  private static let connectionsMax = 512
  /// Open connections to one host and port; calls beyond wait.
  private static let connectionsPerHostMax = 128
  /// Requests under way on one connection of HTTP/2; most servers allow 100 to 250.
  private static let streamsMax = 256
  /// Handles kept for the next calls: making one anew costs more than the rest of a small call.
  private static let sparesMax = 256
  /// Events taken in one look.
  private static let eventsMax = 256
  /// Between two looks for transfers that wait for a connection for too long.
  private static let overdueMilliseconds = 100

  /// A call on its way to the thread.
  struct Order: Sendable {
    /// The call.
    let call: HTTPCall
    /// Who is told, once.
    let completion: @Sendable (HTTPExchange) -> Void
  }

  private struct Intake {
    var orders: [Order] = []
    /// The thread sleeps, or is about to: the next order must wake it.
    var isAsleep = false
    var isStopping = false
    var thread: pthread_t?
  }

  private let intake = Locked(Intake())
  private let multi: UnsafeMutableRawPointer
  private let events: Int32
  private let wakeup: Int32
  private let trustedCertificatesPath: String?

  private var underWay: [UnsafeMutableRawPointer: HTTPTransfer] = [:]
  private var spares: [UnsafeMutableRawPointer] = []
  /// When curl wants to be called without an event, in nanoseconds.
  private var timer: Int64?
  private var nextOverdueLook: Int64 = 0

  /// What a thread needs; `nil` when the system has no descriptor left.
  init?(trustedCertificatesPath: String?) {
    _ = Self.library
    let events = epoll_create1(Int32(EPOLL_CLOEXEC))
    let wakeup = eventfd(0, Int32(EFD_CLOEXEC | EFD_NONBLOCK))
    var interest = epoll_event(events: EPOLLIN.rawValue, data: epoll_data_t(fd: wakeup))
    guard events >= 0, wakeup >= 0, epoll_ctl(events, EPOLL_CTL_ADD, wakeup, &interest) == 0,
      let multi = curl_multi_init()
    else {
      close(events)
      close(wakeup)
      return nil
    }
    self.multi = multi
    self.events = events
    self.wakeup = wakeup
    self.trustedCertificatesPath = trustedCertificatesPath
    trunkline_curl_multi_set_long(multi, CURLMOPT_PIPELINING, Int(CURLPIPE_MULTIPLEX))
    trunkline_curl_multi_set_long(multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, Self.connectionsMax)
    trunkline_curl_multi_set_long(multi, CURLMOPT_MAX_HOST_CONNECTIONS, Self.connectionsPerHostMax)
    trunkline_curl_multi_set_long(multi, CURLMOPT_MAX_CONCURRENT_STREAMS, Self.streamsMax)
    trunkline_curl_multi_set_long(multi, CURLMOPT_MAXCONNECTS, Self.connectionsMax)
    // Unretained: the handle does not outlive this object.
    let context = Unmanaged.passUnretained(self).toOpaque()
    trunkline_curl_multi_set_socket(
      multi,
      { _, socket, what, context, _ in
        guard let context else { return 0 }
        Unmanaged<HTTPClientLoop>.fromOpaque(context).takeUnretainedValue().watch(socket, what)
        return 0
      }, context)
    trunkline_curl_multi_set_timer(
      multi,
      { _, milliseconds, context in
        guard let context else { return 0 }
        Unmanaged<HTTPClientLoop>.fromOpaque(context).takeUnretainedValue().setTimer(milliseconds)
        return 0
      }, context)
  }

  deinit {
    for easy in spares { curl_easy_cleanup(easy) }
    curl_multi_cleanup(multi)
    close(wakeup)
    close(events)
  }

  /// Hands a call to the thread. False when it does not take any more.
  func submit(_ order: Order) -> Bool {
    intake.withLock { intake in
      guard !intake.isStopping else { return false }
      intake.orders.append(order)
      wake(&intake)
      return true
    }
  }

  /// Asks the thread to end.
  func stop() {
    intake.withLock { intake in
      intake.isStopping = true
      wake(&intake)
    }
  }

  /// Whether the caller is the client's thread.
  var isOwnThread: Bool {
    intake.withLock { intake in intake.thread.map { pthread_equal($0, pthread_self()) != 0 } }
      ?? false
  }

  private func wake(_ intake: inout Intake) {
    guard intake.isAsleep else { return }
    intake.isAsleep = false
    eventfd_write(wakeup, 1)
  }

  /// Set up once and never torn down: that may only be done when no other thread uses curl.
  private static let library: CURLcode = curl_global_init(Int(CURL_GLOBAL_DEFAULT))
}

/// The thread's work.
extension HTTPClientLoop {
  /// Runs until it is stopped; then ends what is under way.
  func run() {
    intake.withLock { $0.thread = pthread_self() }
    while true {
      // Taken over in one go; asleep only when nothing was there, told under the same lock.
      let (orders, isStopping) = intake.withLock { intake in
        let orders = intake.orders
        intake.orders = []
        intake.isAsleep = orders.isEmpty && !intake.isStopping
        return (orders, intake.isStopping)
      }
      if isStopping {
        end(orders)
        return
      }
      for order in orders { start(order) }
      wait(milliseconds: orders.isEmpty ? patience() : 0)
      dispatch()
      endOverdue()
    }
  }

  private func start(_ order: Order) {
    guard let easy = spares.popLast() ?? curl_easy_init() else {
      order.completion(Self.unsent(order.call, "out of memory"))
      return
    }
    do throws(TransportFailure) {
      let transfer = try HTTPTransfer(
        order.call, easy: easy, trustedCertificatesPath: trustedCertificatesPath,
        now: Self.now, completion: order.completion)
      underWay[easy] = transfer
      guard curl_multi_add_handle(multi, easy) == CURLM_OK else {
        finish(easy, transfer, transfer.stopped())
        return
      }
    } catch {
      keep(easy)
      order.completion(HTTPExchange(.failure(error)))
    }
  }

  /// How long the thread may sleep: until curl's timer, or the next look for the overdue.
  private func patience() -> Int32 {
    var until = timer
    if !underWay.isEmpty { until = min(until ?? .max, nextOverdueLook) }
    guard let until else { return -1 }
    let nanoseconds = until - Self.now
    // Rounded up: a wake-up too early would only turn round.
    return nanoseconds <= 0 ? 0 : Int32(clamping: (nanoseconds + 999_999) / 1_000_000)
  }

  private func wait(milliseconds: Int32) {
    withUnsafeTemporaryAllocation(of: epoll_event.self, capacity: Self.eventsMax) { list in
      let count = epoll_wait(events, list.baseAddress, Int32(Self.eventsMax), milliseconds)
      intake.withLock { $0.isAsleep = false }
      for event in list.prefix(Int(max(count, 0))) {
        guard event.data.fd != wakeup else {
          var ignored: eventfd_t = 0
          eventfd_read(wakeup, &ignored)
          continue
        }
        var mask: Int32 = 0
        if event.events & EPOLLIN.rawValue != 0 { mask |= CURL_CSELECT_IN }
        if event.events & EPOLLOUT.rawValue != 0 { mask |= CURL_CSELECT_OUT }
        if event.events & (EPOLLERR.rawValue | EPOLLHUP.rawValue) != 0 { mask |= CURL_CSELECT_ERR }
        var running: Int32 = 0
        curl_multi_socket_action(multi, event.data.fd, mask, &running)
      }
    }
  }

  /// Calls curl for what is due, and tells those whose transfer has ended.
  private func dispatch() {
    if let due = timer, due <= Self.now {
      timer = nil
      var running: Int32 = 0
      curl_multi_socket_action(multi, CURL_SOCKET_TIMEOUT, 0, &running)
    }
    var left: Int32 = 0
    while let message = curl_multi_info_read(multi, &left) {
      guard message.pointee.msg == CURLMSG_DONE, let easy = message.pointee.easy_handle else {
        continue
      }
      // Before the handle is taken out: the message is gone then.
      let code = trunkline_curl_message_result(message)
      guard let transfer = underWay[easy] else { continue }
      finish(easy, transfer, transfer.exchange(code))
    }
  }

  private func endOverdue() {
    guard !underWay.isEmpty else { return }
    let now = Self.now
    guard now >= nextOverdueLook else { return }
    nextOverdueLook = now + Int64(Self.overdueMilliseconds) * 1_000_000
    // Curl ends by itself what has a connection, or makes one.
    let grace = Int64(Self.overdueMilliseconds) * 1_000_000
    for (easy, transfer) in underWay where transfer.deadline + grace < now {
      finish(easy, transfer, transfer.overdue())
    }
  }

  private func finish(
    _ easy: UnsafeMutableRawPointer, _ transfer: HTTPTransfer, _ exchange: HTTPExchange
  ) {
    curl_multi_remove_handle(multi, easy)
    keep(easy)
    underWay[easy] = nil
    transfer.completion(exchange)
  }

  /// Keeps a handle for another call. It forgets everything, above all the transfer it called.
  private func keep(_ easy: UnsafeMutableRawPointer) {
    guard spares.count < Self.sparesMax else {
      curl_easy_cleanup(easy)
      return
    }
    curl_easy_reset(easy)
    spares.append(easy)
  }

  private func end(_ orders: [Order]) {
    for (easy, transfer) in underWay { finish(easy, transfer, transfer.stopped()) }
    for order in orders { order.completion(Self.unsent(order.call, "the client stopped")) }
  }

  private static var now: Int64 { Int64(clamping: monotonicNanoseconds()) }

  /// The outcome of a call that was never started.
  static func unsent(_ call: HTTPCall, _ detail: String) -> HTTPExchange {
    do throws(TransportFailure) {
      let place = try HTTPTarget(call.request.target).place
      return HTTPExchange(.failure(TransportFailure(.cannotConnect, host: place, detail: detail)))
    } catch { return HTTPExchange(.failure(error)) }
  }
}

/// What curl asks for.
extension HTTPClientLoop {
  private func watch(_ socket: curl_socket_t, _ what: Int32) {
    guard what != CURL_POLL_REMOVE else {
      // An error is fine: what was closed already has left the list by itself.
      epoll_ctl(events, EPOLL_CTL_DEL, socket, nil)
      return
    }
    var mask: UInt32 = 0
    if what & CURL_POLL_IN != 0 { mask |= EPOLLIN.rawValue }
    if what & CURL_POLL_OUT != 0 { mask |= EPOLLOUT.rawValue }
    var interest = epoll_event(events: mask, data: epoll_data_t(fd: socket))
    if epoll_ctl(events, EPOLL_CTL_MOD, socket, &interest) != 0 {
      epoll_ctl(events, EPOLL_CTL_ADD, socket, &interest)
    }
  }

  private func setTimer(_ milliseconds: Int) {
    timer = milliseconds < 0 ? nil : Self.now + Int64(milliseconds) * 1_000_000
  }
}
