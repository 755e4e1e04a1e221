import Testing

@testable import Gateway

/// The states of a connection, and the clock that runs beside them. Times are plain numbers here.
@Suite struct HTTPServerExchangeTests {
  /// An exchange behind a reference, since `#expect` looks only at constants. A request may take
  /// 10, silence last 100.
  private final class Subject {
    var exchange = HTTPServerExchange(now: 0)
    var serial: UInt64 { exchange.serial }
    func begin(latest: UInt64) { exchange.begin(latest: latest) }
    func handle() -> UInt64 { exchange.handle() }
    func send(deadline: UInt64) { exchange.send(deadline: deadline) }
    func end(now: UInt64) { exchange.end(now: now) }
    func close() { exchange.close() }
    func answer(_ response: HTTPResponse) -> OpaquePointer? { exchange.answer(response) }
    func deliver(
      _ connection: OpaquePointer, closing: Bool, refusal: HTTPResponse
    ) -> HTTPServerExchange.Delivery {
      exchange.deliver(connection, closing: closing, refusal: refusal)
    }
    func isOverdue(_ now: UInt64, _ peer: () -> HTTPServerExchange.Peer) -> Bool {
      exchange.isOverdue(now: now, idle: 100, request: 10, peer: peer)
    }
  }

  private let connection = OpaquePointer(bitPattern: 1)
  private let ok = HTTPResponse(status: 200)
  private let refusal = HTTPResponse(status: 503)

  private func silent(_ bytes: Int64 = 0) -> () -> HTTPServerExchange.Peer {
    { HTTPServerExchange.Peer(bytesReceived: bytes, hasEnded: false) }
  }

  @Test func findsAnAnswerGivenInsideTheHandler() throws {
    let connection = try #require(connection)
    let exchange = Subject()
    exchange.begin(latest: 10)
    _ = exchange.handle()
    #expect(exchange.answer(ok) == nil, "nothing to resume")
    guard case .send(ok) = exchange.deliver(connection, closing: false, refusal: refusal) else {
      Issue.record("not sent")
      return
    }
  }

  @Test func resumesForAnAnswerGivenLaterAndOnlyOnce() throws {
    let connection = try #require(connection)
    let exchange = Subject()
    exchange.begin(latest: 10)
    _ = exchange.handle()
    guard case .suspend = exchange.deliver(connection, closing: false, refusal: refusal) else {
      Issue.record("not suspended")
      return
    }
    #expect(exchange.answer(ok) == connection)
    #expect(exchange.answer(refusal) == nil)
    guard case .send(ok) = exchange.deliver(connection, closing: true, refusal: refusal) else {
      Issue.record("the answer was lost")
      return
    }
    guard case .none = exchange.deliver(connection, closing: false, refusal: refusal) else {
      Issue.record("sent twice")
      return
    }
  }

  @Test func neverSuspendsWhileClosing() throws {
    let connection = try #require(connection)
    let exchange = Subject()
    exchange.begin(latest: 10)
    _ = exchange.handle()
    guard case .send(refusal) = exchange.deliver(connection, closing: true, refusal: refusal) else {
      Issue.record("suspended")
      return
    }
  }

  @Test func takesNoAnswerOutsideOfARequest() {
    let exchange = Subject()
    #expect(exchange.answer(ok) == nil)
    exchange.begin(latest: 10)
    #expect(exchange.answer(ok) == nil)
    let first = exchange.handle()
    exchange.end(now: 5)
    exchange.begin(latest: 20)
    #expect(exchange.serial != first)
    exchange.close()
    #expect(exchange.answer(ok) == nil)
  }

  @Test func countsTheTimeOfARequestAndNotOfItsHandler() {
    let exchange = Subject()
    exchange.begin(latest: 10)
    #expect(!exchange.isOverdue(9, silent()))
    #expect(exchange.isOverdue(10, silent()))
    _ = exchange.handle()
    #expect(!exchange.isOverdue(1000, silent()))
    exchange.send(deadline: 1100)
    #expect(!exchange.isOverdue(1099, silent()))
    #expect(exchange.isOverdue(1100, silent()))
  }

  @Test func countsFromTheFirstByteOfAFirstLineThatTricklesIn() {
    let exchange = Subject()
    #expect(!exchange.isOverdue(50, silent(0)))
    #expect(!exchange.isOverdue(51, silent(1)))
    #expect(!exchange.isOverdue(60, silent(2)))
    #expect(exchange.isOverdue(61, silent(3)))
    exchange.begin(latest: 70)
    #expect(exchange.isOverdue(61, silent(3)))
    exchange.end(now: 100)
    // After a request the first look only learns what was there before.
    #expect(!exchange.isOverdue(110, silent(500)))
    #expect(!exchange.isOverdue(130, silent(500)))
    #expect(!exchange.isOverdue(140, silent(501)))
    #expect(exchange.isOverdue(150, silent(501)))
  }

  @Test func boundsTheWaitWithoutTheKernelsHelp() {
    let exchange = Subject()
    let unknown = { HTTPServerExchange.Peer(bytesReceived: nil, hasEnded: false) }
    #expect(!exchange.isOverdue(109, unknown))
    #expect(exchange.isOverdue(110, unknown))
    // The look may carry a time from just before the wait began.
    exchange.end(now: 200)
    #expect(!exchange.isOverdue(199, unknown))
  }

  @Test func cutsAClientThatHasEndedAtTheSecondLook() {
    let ended = { HTTPServerExchange.Peer(bytesReceived: 5, hasEnded: true) }
    let exchange = Subject()
    exchange.begin(latest: 1000)
    #expect(!exchange.isOverdue(1, ended))
    #expect(exchange.isOverdue(2, ended))
    exchange.end(now: 3)
    #expect(!exchange.isOverdue(4, ended))
    exchange.begin(latest: 1000)
    _ = exchange.handle()
    #expect(!exchange.isOverdue(5, ended))
    #expect(!exchange.isOverdue(6, ended))
  }
}
