import CMicrohttpd
import Glibc

// One connection, and on it one request after the other:
//
//   waiting ─▶ receiving ─▶ handling ─▶ answered ─▶ sending ─▶ waiting …
//                               │           ▲
//                               └▶ suspended ┘   (no answer yet when the handler returned)
//
// The daemon's thread drives the upper line. Other threads only take `handling` and `suspended` to
// `answered`. Both happen under one lock, and so do suspending and resuming: an answer that comes
// while the handler is still running is found by the daemon's thread, one that comes later finds
// the connection suspended, and there is nothing in between.

/// One connection of a server, from accept to close.
// `@unchecked Sendable` is safe because everything but `shared` is constant or, as said there,
// touched only in callbacks of the daemon's thread that owns the connection.
final class HTTPServerConnection: @unchecked Sendable {
  /// Where the present request stands.
  private enum Phase {
    case waiting
    case receiving
    case handling
    case suspended(OpaquePointer)
    case answered(HTTPResponse)
    case sending
    case closed
  }

  private struct Shared {
    var phase = Phase.waiting
    /// Counts requests, so that a late answer cannot hit the next one.
    var serial: UInt64 = 0
    /// When to cut the connection, in monotonic nanoseconds; `nil` while we are the slow ones.
    var deadline: UInt64?
    /// When the present wait began.
    var waitingSince = monotonicNanoseconds()
    /// What the client had sent when the present wait began; `nil` when not known yet.
    var bytesBefore: Int64? = 0
  }

  /// What the daemon's next call means.
  private enum Step {
    case head
    case body
    case answer
  }

  /// The socket; valid while the connection is in the reaper's table.
  let socket: Int32
  /// The client's numeric address.
  let remoteAddress: String
  private let context: HTTPServerContext
  private let shared = Locked(Shared())

  // Of the daemon's thread alone.
  private var step = Step.head
  private var target: String?
  private var request = HTTPRequest(method: "", target: "")
  private var bodyBytesMax = 0
  private var bodyBytesCounted = 0
  private var bodyBytesDropped = 0
  private var refusal: HTTPResponse?
  private var answeredStatus: Int?
  private var handledAt: UInt64 = 0
  private var lingers = false

  /// A connection just accepted.
  init(socket: Int32, remoteAddress: String, context: HTTPServerContext) {
    self.socket = socket
    self.remoteAddress = remoteAddress
    self.context = context
  }

  // MARK: Called by the daemon, on its thread

  /// The request line is there.
  func begin(_ target: String?) {
    context.inFlight.update { $0 += 1 }
    self.target = target
    step = .head
    let latest = monotonicNanoseconds() + context.requestNanoseconds
    shared.withLock {
      $0.phase = .receiving
      $0.serial &+= 1
      // The wait may have ended earlier, with a first byte that the reaper saw.
      $0.deadline = min($0.deadline ?? latest, latest)
    }
  }

  /// The header is there, some of the body, its end, or the time to answer after a suspension.
  func proceed(
    _ connection: OpaquePointer, method: UnsafePointer<CChar>?, version: UnsafePointer<CChar>?,
    bytes: UnsafeBufferPointer<UInt8>
  ) -> MHD_Result {
    switch step {
    case .head:
      return admit(
        connection, HTTPServerHead(connection, method: method, version: version, target: target))
    case .body where !bytes.isEmpty: return receive(bytes)
    case .body: return complete(connection)
    case .answer: return deliver(connection)
    }
  }

  /// The request is over, well or badly.
  func end(_ code: MHD_RequestTerminationCode) {
    // An error answer of the library's own needs the same care as ours.
    if answeredStatus == nil, code == .REQUEST_TERMINATED_WITH_ERROR { lingers = true }
    context.count(status: answeredStatus)
    if bodyBytesCounted > 0 {
      context.bodyBytes.withLock { $0 -= bodyBytesCounted }
      bodyBytesCounted = 0
    }
    request = HTTPRequest(method: "", target: "")
    target = nil
    refusal = nil
    answeredStatus = nil
    bodyBytesDropped = 0
    let now = monotonicNanoseconds()
    shared.withLock {
      $0.phase = .waiting
      $0.deadline = nil
      $0.waitingSince = now
      $0.bytesBefore = nil
    }
    context.inFlight.update { $0 -= 1 }
  }

  /// The socket is about to be closed.
  func close() {
    shared.withLock {
      $0.phase = .closed
      $0.deadline = nil
    }
    context.reaper.remove(self, lingering: lingers)
  }

  private func admit(_ connection: OpaquePointer, _ head: HTTPServerHead) -> MHD_Result {
    step = .body
    let announced = head.announcesBody
    if let problem = head.problem(headerBytesMax: context.configuration.headerBytesMax) {
      return refuse(problem, connection, bodyAnnounced: announced, close: true)
    }
    if context.isDraining {
      return refuse(.shuttingDown, connection, bodyAnnounced: announced, close: true)
    }
    request = HTTPRequest(method: head.method, target: target ?? "", headers: head.headers)
    switch context.handler.admit(request, remoteAddress: remoteAddress) {
    case .answer(let response):
      return refuse(response, connection, bodyAnnounced: announced, close: false)
    case .accept(let limit):
      bodyBytesMax = limit
      if let length = head.contentLength, length > limit {
        return refuse(.tooLarge(limit), connection, bodyAnnounced: true, close: true)
      }
      if let length = head.contentLength, length > 0 {
        request.body.reserveCapacity(min(length, HTTPServerLimits.bodyBytesReserved))
      }
      return .YES
    }
  }

  /// Answers without the handler. A body that was announced is not read: the answer goes out now
  /// and the connection is closed behind it. Otherwise the answer waits for the daemon's next call,
  /// which comes at once: the daemon closes a connection that is answered in the first.
  private func refuse(
    _ response: HTTPResponse, _ connection: OpaquePointer, bodyAnnounced: Bool, close: Bool
  ) -> MHD_Result {
    if bodyAnnounced {
      lingers = true
      step = .answer
      markSending()
      return queue(response, connection, close: true)
    }
    refusal = response
    lingers = lingers || close
    return .YES
  }

  private func receive(_ bytes: UnsafeBufferPointer<UInt8>) -> MHD_Result {
    if refusal != nil {
      bodyBytesDropped += bytes.count
      return bodyBytesDropped <= HTTPServerLimits.droppedBytesMax ? .YES : .NO
    }
    if bytes.count > bodyBytesMax - request.body.count {
      drop(.tooLarge(bodyBytesMax))
    } else if !reserve(request.body.count + bytes.count) {
      drop(.problem(503, "Too many large requests at a time; try again later."))
    } else {
      request.body.append(contentsOf: bytes)
    }
    return .YES
  }

  /// From now on the body is thrown away, and `answer` sent when it ends.
  private func drop(_ answer: HTTPResponse) {
    refusal = answer
    lingers = true
    request.body = []
  }

  /// Counts a body of that size towards what all may hold together.
  private func reserve(_ bytes: Int) -> Bool {
    guard bytes > HTTPServerLimits.bodyBytesUncounted, bytes > bodyBytesCounted else { return true }
    // In steps: not a common lock for each piece of a body.
    let step = min(max(bytes, bodyBytesCounted * 2), max(bytes, bodyBytesMax)) - bodyBytesCounted
    let fits = context.bodyBytes.withLock { total in
      guard total + step <= context.configuration.bodyBytesTotalMax else { return false }
      total += step
      return true
    }
    if fits { bodyBytesCounted += step }
    return fits
  }

  private func complete(_ connection: OpaquePointer) -> MHD_Result {
    step = .answer
    if let refusal {
      markSending()
      return queue(refusal, connection, close: lingers)
    }
    handledAt = monotonicNanoseconds()
    let serial = shared.withLock {
      $0.phase = .handling
      $0.deadline = nil
      return $0.serial
    }
    let incoming = IncomingRequest(
      http: request, remoteAddress: remoteAddress, receivedAt: context.clock.now())
    // The handler has the only reference to the body now; nothing here keeps it alive.
    request = HTTPRequest(method: "", target: "")
    context.handler.handle(incoming, Reply(self, serial: serial))
    return deliver(connection)
  }

  private func deliver(_ connection: OpaquePointer) -> MHD_Result {
    let answer: HTTPResponse? = shared.withLock {
      switch $0.phase {
      case .answered(let response):
        $0.phase = .sending
        return response
      case .handling where context.isClosing:
        $0.phase = .sending
        return .shuttingDown
      case .handling:
        $0.phase = .suspended(connection)
        MHD_suspend_connection(connection)
        return nil
      default: return nil
      }
    }
    guard let answer else { return .YES }
    markSending()
    context.duration.observe(seconds: Double(monotonicNanoseconds() - handledAt) / 1e9)
    return queue(answer, connection, close: false)
  }

  private func markSending() {
    let deadline = monotonicNanoseconds() + context.responseNanoseconds
    shared.withLock {
      $0.phase = .sending
      $0.deadline = deadline
    }
  }

  private func queue(
    _ response: HTTPResponse, _ connection: OpaquePointer, close: Bool
  ) -> MHD_Result {
    var response = response
    if !(200...599).contains(response.status) {
      context.log.error(
        "a handler answered with an impossible status",
        ["status": .integer(Int64(response.status))])
      response = .problem(500, "The request could not be answered.")
    }
    let created = response.body.withUnsafeBytes {
      MHD_create_response_from_buffer(
        $0.count, UnsafeMutableRawPointer(mutating: $0.baseAddress), .RESPMEM_MUST_COPY)
    }
    guard let created else { return .NO }
    defer { MHD_destroy_response(created) }
    // The daemon writes Content-Length and Date itself, and refuses a value with a line break.
    for field in response.headers.fields
    where !HTTPHeaders.sameName(field.name, "Content-Length")
      && MHD_add_response_header(created, field.name, field.value) == .NO
    {
      context.log.warning("a response header was left out", ["name": .string(field.name)])
    }
    if close || context.isDraining { MHD_add_response_header(created, "Connection", "close") }
    answeredStatus = response.status
    return MHD_queue_response(connection, UInt32(response.status), created)
  }

  // MARK: Called by any thread

  /// Answers the request `serial`, if it is still waiting for an answer.
  func answer(_ response: HTTPResponse, serial: UInt64) {
    shared.withLock {
      guard $0.serial == serial else { return }
      Self.answer(response, &$0)
    }
  }

  /// Answers whatever is waiting for an answer: the server stops.
  func dismiss() { shared.withLock { Self.answer(.shuttingDown, &$0) } }

  private static func answer(_ response: HTTPResponse, _ shared: inout Shared) {
    switch shared.phase {
    case .handling: shared.phase = .answered(response)
    case .suspended(let connection):
      shared.phase = .answered(response)
      // Under the lock: the daemon keeps a suspended connection, but not a resumed one.
      MHD_resume_connection(connection)
    case .waiting, .receiving, .answered, .sending, .closed: break
    }
  }

  /// Whether the connection has had its time. For the reaper, which holds the socket open.
  func isOverdue(_ now: UInt64) -> Bool {
    shared.withLock {
      if let deadline = $0.deadline { return now >= deadline }
      guard case .waiting = $0.phase else { return false }
      // The daemon tells of a request only when its first line is complete. The kernel knows
      // earlier: bytes have come that were not there when the wait began.
      let bytes = trunkline_tcp_bytes_received(socket)
      if let before = $0.bytesBefore, bytes > before {
        $0.deadline = now + context.requestNanoseconds
      } else if bytes >= 0 {
        $0.bytesBefore = bytes
      }
      // Without the kernel's help: a silent client is gone by then.
      return now - $0.waitingSince >= context.idleNanoseconds + context.requestNanoseconds
    }
  }
}

extension HTTPResponse {
  /// The server is stopping: come again, to the next one.
  fileprivate static let shuttingDown = HTTPResponse.problem(503, "The server is shutting down.")

  fileprivate static func tooLarge(_ limit: Int) -> HTTPResponse {
    .problem(413, "The body may have at most \(limit) bytes.")
  }
}
