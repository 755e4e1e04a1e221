import CMicrohttpd
import Glibc

/// One connection of a server, from accept to close.
// `@unchecked Sendable` is safe because everything but `exchange` is constant or, as said there,
// touched only in callbacks of the daemon's thread that owns the connection.
final class HTTPServerConnection: @unchecked Sendable {
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
  private let worker: Int
  private let context: HTTPServerContext
  private let exchange = Locked(HTTPServerExchange(now: monotonicNanoseconds()))

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
  private var wasCut = false

  /// A connection just accepted.
  init(socket: Int32, remoteAddress: String, worker: Int, context: HTTPServerContext) {
    self.socket = socket
    self.remoteAddress = remoteAddress
    self.worker = worker
    self.context = context
  }

  // MARK: Called by the daemon, on its thread

  /// The request line is there.
  func begin(_ target: String?) {
    context.inFlight.update { $0 += 1 }
    self.target = target
    step = .head
    let latest = monotonicNanoseconds() + context.requestNanoseconds
    exchange.withLock { $0.begin(latest: latest) }
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
    if answeredStatus == nil, code == .REQUEST_TERMINATED_WITH_ERROR { lingers = !wasCut }
    context.count(status: answeredStatus)
    release()
    request = HTTPRequest(method: "", target: "")
    target = nil
    refusal = nil
    answeredStatus = nil
    bodyBytesDropped = 0
    let now = monotonicNanoseconds()
    exchange.withLock { $0.end(now: now) }
    context.inFlight.update { $0 -= 1 }
  }

  /// The socket is about to be closed.
  func close() {
    exchange.withLock { $0.close() }
    context.reaper.remove(self, lingering: lingers)
    context.places.give(back: worker, address: remoteAddress)
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
      return queue(response, connection, close: true)
    }
    refusal = response
    lingers = lingers || close
    return .YES
  }

  private func receive(_ bytes: UnsafeBufferPointer<UInt8>) -> MHD_Result {
    if refusal != nil {
      bodyBytesDropped += bytes.count
      if bodyBytesDropped <= HTTPServerLimits.droppedBytesMax { return .YES }
      wasCut = true
      return .NO
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
    release()
  }

  /// Gives back what ``reserve(_:)`` took.
  private func release() {
    guard bodyBytesCounted > 0 else { return }
    context.bodyBytes.withLock { $0 -= bodyBytesCounted }
    bodyBytesCounted = 0
  }

  /// Counts a body of that size towards what all may hold together.
  private func reserve(_ bytes: Int) -> Bool {
    let unit = HTTPServerLimits.bodyBytesUncounted
    guard bytes > unit, bytes > bodyBytesCounted else { return true }
    // In units: not a common lock for each piece of a body.
    let step = (bytes / unit + 1) * unit - bodyBytesCounted
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
      return queue(refusal, connection, close: lingers)
    }
    handledAt = monotonicNanoseconds()
    let serial = exchange.withLock { $0.handle() }
    let incoming = IncomingRequest(
      http: request, remoteAddress: remoteAddress, receivedAt: context.clock.now())
    // The handler has the only reference to the body now; nothing here keeps it alive.
    request = HTTPRequest(method: "", target: "")
    context.handler.handle(incoming, Reply(self, serial: serial))
    return deliver(connection)
  }

  private func deliver(_ connection: OpaquePointer) -> MHD_Result {
    let answer: HTTPResponse? = exchange.withLock {
      switch $0.deliver(connection, closing: context.isClosing, refusal: .shuttingDown) {
      case .send(let response): return response
      case .suspend:
        MHD_suspend_connection(connection)
        return nil
      case .none: return nil
      }
    }
    guard let answer else { return .YES }
    context.duration.observe(seconds: Double(monotonicNanoseconds() - handledAt) / 1e9)
    return queue(answer, connection, close: false)
  }

  private func queue(
    _ response: HTTPResponse, _ connection: OpaquePointer, close: Bool
  ) -> MHD_Result {
    let deadline = monotonicNanoseconds() + context.responseNanoseconds
    exchange.withLock { $0.send(deadline: deadline) }
    var response = response
    if !(200...599).contains(response.status) {
      context.log.error(
        "a handler answered with an impossible status",
        ["status": .integer(Int64(response.status))])
      response = .problem(500, "The request could not be answered.")
    }
    if let file = response.file, let created = Self.created(file) {
      return queue(response, created, connection, close: close)
    }
    if let file = response.file {
      context.log.error("a file cannot be sent", ["path": .string(file.path)])
      response = .problem(500, "The file cannot be read.")
    }
    let created = response.body.withUnsafeBytes {
      MHD_create_response_from_buffer(
        $0.count, UnsafeMutableRawPointer(mutating: $0.baseAddress), .RESPMEM_MUST_COPY)
    }
    guard let created else { return .NO }
    return queue(response, created, connection, close: close)
  }

  /// A stretch of a file as the daemon sends it, piece by piece; `nil` when it is not there whole.
  private static func created(_ slice: FileSlice) -> OpaquePointer? {
    guard slice.offset >= 0, slice.length >= 0 else { return nil }
    let descriptor = open(slice.path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    var info = stat()
    let (end, overflow) = slice.offset.addingReportingOverflow(slice.length)
    guard fstat(descriptor, &info) == 0, info.st_mode & S_IFMT == S_IFREG, !overflow,
      end <= Int64(info.st_size),
      // The descriptor is the response's from here on: it goes with it.
      let created = MHD_create_response_from_fd_at_offset64(
        UInt64(slice.length), descriptor, UInt64(slice.offset))
    else {
      Glibc.close(descriptor)
      return nil
    }
    return created
  }

  private func queue(
    _ response: HTTPResponse, _ created: OpaquePointer, _ connection: OpaquePointer, close: Bool
  ) -> MHD_Result {
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
    exchange.withLock { if $0.serial == serial { Self.answer(response, &$0) } }
  }

  /// Nobody is left who could answer: if nobody has, that is the answer.
  func abandon(serial: UInt64) {
    let isOpen = exchange.withLock { $0.serial == serial && $0.isUnanswered }
    if isOpen { answer(.problem(500, "The request was not answered."), serial: serial) }
  }

  /// Answers whatever is waiting for an answer: the server stops.
  func dismiss() { exchange.withLock { Self.answer(.shuttingDown, &$0) } }

  private static func answer(_ response: HTTPResponse, _ exchange: inout HTTPServerExchange) {
    // Under the lock: the daemon keeps a suspended connection, but not one that was resumed.
    if let connection = exchange.answer(response) { MHD_resume_connection(connection) }
  }

  /// Whether the connection has had its time. For the reaper, which holds the socket open.
  func isOverdue(_ now: UInt64) -> Bool {
    exchange.withLock {
      $0.isOverdue(
        now: now, idle: context.idleNanoseconds, request: context.requestNanoseconds
      ) {
        let state = trunkline_tcp_state(socket)
        return HTTPServerExchange.Peer(
          bytesReceived: state.bytes_received < 0 ? nil : state.bytes_received,
          hasEnded: state.peer_has_ended != 0)
      }
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
